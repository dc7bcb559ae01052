"""The arrows of the data flow, one frozen type each.

```
environments --TimeStep--> acting --Trajectory--> replay[unlabeled]
  --> rewards --LabeledTrajectory--> replay[labeled] --LabeledBatch-->
learning --Variables--> acting
```

`TimeStep` is dm_env's own. The letters in the shapes:

* `T`: transitions in one unroll; a trajectory holds `T + 1` observations.
* `B`: trajectories in a batch.
* `H`, `W`: frame height and width in pixels.
* `L`: instruction length in word ids, padded with 0.
* `S`: size of the policy's recurrent state.
* `F`: numbers in a sight, which the policy is fed with in place of the frame
  (`interfaces.Eyes`); 1, a zero, where it looks at the frame itself.
* `G`: goals that the policy's own eyes learn from; 1, a zero, where it has no
  eyes of its own.

Rows of an unroll. Row `t` holds the observation `o_t` and the action `a_t`
taken there. An unroll may pack several episodes: the last observation of an
episode is a row too, whose action is a placeholder (nothing was done there).
Row `t` is such a placeholder exactly if `first[t + 1]`.

The true reward of the environment has no field here: it goes from the
environment's wrapper to the logs and never enters replay.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Float32, Int32, Int64, PyTree, UInt8


class Trajectory(NamedTuple):
  """Acting to replay to rewards: one unroll, not labeled yet.

  Attributes:
    pixels: frames, uint8 `[T+1, H, W, 3]`, RGB.
    sight: what the run's eyes saw in them, float32 `[T+1, F]`.
    instruction: word ids of the instruction, int32 `[T+1, L]`, 0 is padding.
    goal: index of the goal in the run's task set, int32 `[T+1]`.
    first: whether the row is the first of an episode, bool `[T+1]`.
    action: int32 `[T+1]`; placeholders and the row `T` are not used.
    log_prob: log-probability of `action` under the behaviour policy, float32
      `[T+1]`.
    discount: the environment's own discount of the transition that leaves the
      row, float32 `[T+1]`: 1 while running and on a time-out, 0 if the
      environment ended the episode for reasons other than success.
    core_state: recurrent state before row 0, float32 `[S]`.
    policy_version: learner steps behind the acting parameters, int32
      `[T+1]`.
    episode: number of the episode, unique in the run, int64 `[T+1]`; 0 on
      placeholders.
  """

  pixels: UInt8[np.ndarray, 't1 h w 3']
  sight: Float32[np.ndarray, 't1 f']
  instruction: Int32[np.ndarray, 't1 l']
  goal: Int32[np.ndarray, ' t1']
  first: Bool[np.ndarray, ' t1']
  action: Int32[np.ndarray, ' t1']
  log_prob: Float32[np.ndarray, ' t1']
  discount: Float32[np.ndarray, ' t1']
  core_state: Float32[np.ndarray, ' s']
  policy_version: Int32[np.ndarray, ' t1']
  episode: Int64[np.ndarray, ' t1']


class LabeledTrajectory(NamedTuple):
  """Rewards to replay: one unroll with the reward model's labels.

  Everything that the learner may know. `reward[t]` looks at the frame that
  the step led to: `r_t = 1[p(o_{t+1}, l) > beta]` (arXiv 2312.09187, eq. 2).

  Attributes:
    pixels: uint8 `[T+1, H, W, 3]`.
    sight: float32 `[T+1, F]`, as it came.
    instruction: int32 `[T+1, L]`.
    first: bool `[T+1]`.
    action: int32 `[T]`.
    log_prob: float32 `[T]`, behaviour policy.
    reward: float32 `[T]`, from the reward model.
    discount: float32 `[T]`: 0 where `reward` ended the episode, else the
      environment's.
    mask: float32 `[T]`: 1 where the transition counts; 0 on placeholders and
      after the first success of an episode.
    core_state: float32 `[S]`, before row 0.
    outcome_goal: int32 `[T, L]`, word ids of another goal of the task set.
    outcome: float32 `[T]`: 1 where the frame that the step led to achieves
      that goal, by the reward model; by that frame alone, even where `reward`
      scores a window of several.
    outcome_mask: float32 `[T]`: 1 where that is the step's doing: the frame
      before did not achieve it.
    goal_scores: float32 `[T+1, G]`, the reward model's score of each row's
      frame with each goal that training may have; NaN where there is none.
    policy_version: int32 `[T]`.
    reward_version: int64 scalar: hash of everything that makes the reward.
    labeled_at: float64 scalar, seconds since the epoch.
    goal: int32 `[T+1]`, as it came; with the next two, what another reward
      needs to label the unroll anew. No part of a batch.
    episode: int64 `[T+1]`, as it came.
    environment_discount: float32 `[T]`, the environment's own, untouched by
      any success.
  """

  pixels: UInt8[np.ndarray, 't1 h w 3']
  sight: Float32[np.ndarray, 't1 f']
  instruction: Int32[np.ndarray, 't1 l']
  first: Bool[np.ndarray, ' t1']
  action: Int32[np.ndarray, ' t']
  log_prob: Float32[np.ndarray, ' t']
  reward: Float32[np.ndarray, ' t']
  discount: Float32[np.ndarray, ' t']
  mask: Float32[np.ndarray, ' t']
  core_state: Float32[np.ndarray, ' s']
  outcome_goal: Int32[np.ndarray, 't l']
  outcome: Float32[np.ndarray, ' t']
  outcome_mask: Float32[np.ndarray, ' t']
  goal_scores: Float32[np.ndarray, 't1 g']
  policy_version: Int32[np.ndarray, ' t']
  reward_version: np.ndarray
  labeled_at: np.ndarray
  goal: Int32[np.ndarray, ' t1']
  episode: Int64[np.ndarray, ' t1']
  environment_discount: Float32[np.ndarray, ' t']


class LabeledBatch(NamedTuple):
  """Replay to learning: `LabeledTrajectory` stacked along a leading `B`.

  Of its fields, those that learning needs.
  The learner's step takes this type and no other, so learning from an
  unlabeled reward is a type error.

  Attributes:
    pixels: uint8 `[B, T+1, H, W, 3]`; H is 0 where the policy is fed with
      `sight` in their place.
    sight: float32 `[B, T+1, F]`.
    instruction: int32 `[B, T+1, L]`.
    first: bool `[B, T+1]`.
    action: int32 `[B, T]`.
    log_prob: float32 `[B, T]`.
    reward: float32 `[B, T]`.
    discount: float32 `[B, T]`.
    mask: float32 `[B, T]`.
    core_state: float32 `[B, S]`.
    outcome_goal: int32 `[B, T, L]`.
    outcome: float32 `[B, T]`.
    outcome_mask: float32 `[B, T]`.
    goal_scores: float32 `[B, T+1, G]`.
  """

  pixels: UInt8[Array, 'b t1 h w 3']
  sight: Float32[Array, 'b t1 f']
  instruction: Int32[Array, 'b t1 l']
  first: Bool[Array, 'b t1']
  action: Int32[Array, 'b t']
  log_prob: Float32[Array, 'b t']
  reward: Float32[Array, 'b t']
  discount: Float32[Array, 'b t']
  mask: Float32[Array, 'b t']
  core_state: Float32[Array, 'b s']
  outcome_goal: Int32[Array, 'b t l']
  outcome: Float32[Array, 'b t']
  outcome_mask: Float32[Array, 'b t']
  goal_scores: Float32[Array, 'b t1 g']


class BatchProvenance(NamedTuple):
  """Where the rows of one `LabeledBatch` come from; for the logs only.

  Attributes:
    policy_version: int32 `[B, T]`, learner steps behind the behaviour policy.
    reward_version: int64 `[B]`.
    labeled_at: float64 `[B]`, seconds since the epoch.
  """

  policy_version: Int32[np.ndarray, 'b t']
  reward_version: Int64[np.ndarray, ' b']
  labeled_at: np.ndarray


class Variables(NamedTuple):
  """Learning to acting: parameters with their age.

  Attributes:
    version: learner steps taken when these were published.
    params: the policy's parameters.
  """

  version: int
  params: PyTree
