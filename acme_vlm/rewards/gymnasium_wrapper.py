"""Any Gymnasium environment with the reward model's reward instead of its own.

The only importer of gymnasium, which is optional: nothing else imports this.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Literal

import gymnasium
import numpy as np
from gymnasium import spaces

from acme_vlm import errors
from acme_vlm.interfaces import RewardModel
from acme_vlm.ops import detection
from acme_vlm.rewards import observed_frames, windows

Goal = str | Callable[[Any, dict], str]
Frames = Literal['render', 'observation']


@dataclasses.dataclass(frozen=True)
class _Shared:
  """Keeps a model from being copied with the arguments of its wrapper."""

  model: RewardModel

  def __deepcopy__(self, memo: dict) -> '_Shared':
    return self


class VlmReward(gymnasium.Wrapper, gymnasium.utils.RecordConstructorArgs):
  """Rewards what the goal in words says, and ends episodes on it.

  The reward of a step looks at the frame that the step led to: 1 where its
  score is above the model's threshold, else 0 (arXiv 2312.09187, eq. 2); the
  score itself if the model is not thresholded. The model's window and
  hysteresis reach back within the episode. The environment's own reward is
  dropped, unless it is asked for.

      env = gymnasium.make('CartPole-v1', render_mode='rgb_array')
      env = VlmReward(env, model, 'a pole upright on top of a cart')

  `info` of a step tells `vlm_score` (NaN: no verdict), `vlm_success` and
  `vlm_goal`.
  """

  def __init__(
    self,
    env: gymnasium.Env,
    model: RewardModel,
    goal: Goal,
    *,
    frames: Frames = 'render',
    key: str | None = None,
    layout: str | None = None,
    terminate_on_success: bool = True,
    keep_true_reward: bool = False,
  ):
    """Wraps an environment that shows pixels.

    Args:
      env: the environment.
      model: says what is rewarded.
      goal: in words; or a function of an episode's first observation and info
        that gives it.
      frames: 'render' looks at `env.render()`, which needs render_mode
        'rgb_array'; 'observation' at the observation.
      key: of the pixels in the observation, if it is a dictionary; of nested
        ones 'outer/inner'.
      layout: of the observation's pixels, see `observed_frames.FrameReader`.
      terminate_on_success: ends the episode where the reward is 1. Has no
        effect on a model that is not thresholded.
      keep_true_reward: puts the environment's own reward into `info` as
        `true_reward`, for evaluation.

    Raises:
      ConfigError: an empty goal, or no such pixels.
    """
    gymnasium.utils.RecordConstructorArgs.__init__(
      self,
      model=_Shared(model),
      goal=goal,
      frames=frames,
      key=key,
      layout=layout,
      terminate_on_success=terminate_on_success,
      keep_true_reward=keep_true_reward,
    )
    super().__init__(env)
    # Made anew from its spec, it is given what its spec holds.
    self._model = model.model if isinstance(model, _Shared) else model
    self._goal_of: Callable[[Any, dict], str] = (
      goal if callable(goal) else lambda _, __: goal
    )
    if not callable(goal):
      checked_goal(goal)
    self._renders = renders(frames, env.render_mode)
    if self._renders:
      self.metadata = {**env.metadata, 'render_modes': ['rgb_array']}
    self._path = key.split('/') if key else []
    if not self._renders:
      self._reader = reader(env.observation_space, self._path, layout)
    self._thresholded: bool = getattr(self._model, 'thresholded', True)
    self._ends = terminate_on_success and self._thresholded
    self._keeps = keep_true_reward
    self._goal = ''

  def reset(
    self, *, seed: int | None = None, options: dict[str, Any] | None = None
  ) -> tuple[Any, dict[str, Any]]:
    """Begins an episode; its first frame is not scored."""
    observation, info = self.env.reset(seed=seed, options=options)
    self._goal = checked_goal(self._goal_of(observation, info))
    # A new one for each episode: nothing of the last is remembered.
    self._episode = windows.EpisodeScorer(self._model, (self._goal,), 1)
    return observation, {**info, 'vlm_goal': self._goal}

  def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
    """Steps, and rewards the frame that the step led to."""
    observation, own, terminated, truncated, info = self.env.step(action)
    frame = (
      rendered(self.env.render())
      if self._renders
      else self._reader(pick(observation, self._path))
    )
    zero = np.zeros(1, np.int64)
    scores = self._episode.scores(frame[None], zero.astype(np.int32), zero)
    rewards, success = rewards_of(self._model, scores)
    info = {
      **info,
      'vlm_score': float(scores[0]),
      'vlm_success': bool(success[0]),
      'vlm_goal': self._goal,
    }
    if self._keeps:
      info['true_reward'] = own
    if self._ends:
      terminated = bool(terminated or success[0])
    return observation, float(rewards[0]), terminated, truncated, info


def checked_goal(goal: str) -> str:
  """Returns the goal; raises `ConfigError` unless it is words."""
  if not isinstance(goal, str) or not goal.strip():
    raise errors.ConfigError(f'expected a goal in words, got {goal!r}')
  return goal


def renders(frames: str, render_mode: str | None) -> bool:
  """Tells whether frames are rendered.

  Args:
    frames: 'render' or 'observation'.
    render_mode: of the environment.

  Returns:
    Whether they are.

  Raises:
    ConfigError: another word, or a mode that gives no frames.
  """
  if frames not in ('render', 'observation'):
    raise errors.ConfigError(
      f"expected frames 'render' or 'observation', got {frames!r}"
    )
  if frames == 'render' and render_mode != 'rgb_array':
    raise errors.ConfigError(
      "expected an environment made with render_mode='rgb_array', got "
      f"{render_mode!r} (or use frames='observation')"
    )
  return frames == 'render'


def reader(
  space: spaces.Space, path: Sequence[str], layout: str | None
) -> observed_frames.FrameReader:
  """Finds the pixels in a space of observations.

  Args:
    space: of one environment's observations.
    path: names that lead to the pixels through dictionaries.
    layout: of the pixels, see `observed_frames.FrameReader`.

  Returns:
    What reads them.

  Raises:
    ConfigError: no pixels there.
    UnknownNameError: a name that is not there.
  """
  pixels: Any = space
  for name in path:
    known = list(pixels) if isinstance(pixels, spaces.Dict) else []
    if name not in known:
      raise errors.UnknownNameError('key of pixels', name, known)
    pixels = pixels[name]
  if not isinstance(pixels, spaces.Box):
    raise errors.ConfigError(
      f'expected pixels in a Box, got {pixels}'
      + (
        f': give the key, one of {", ".join(pixels)}'
        if isinstance(pixels, spaces.Dict)
        else ''
      )
    )
  return observed_frames.FrameReader(
    pixels.shape,
    pixels.dtype,
    low=float(np.min(pixels.low, initial=255)),
    high=float(np.max(pixels.high, initial=0)),
    layout=layout,
  )


def pick(observation: Any, path: Sequence[str]) -> Any:
  """Takes the pixels out of an observation."""
  for name in path:
    observation = observation[name]
  return observation


def rendered(frame: Any) -> np.ndarray:
  """Returns a rendered frame; raises `ConfigError` unless it is RGB, 8 bits."""
  array = np.asarray(frame)
  if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
    raise errors.ConfigError(
      'expected render() to give uint8 [H, W, 3], got '
      f'{array.dtype} {list(array.shape)}'
    )
  return array


def rewards_of(
  model: RewardModel, scores: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
  """Turns scores into rewards.

  Args:
    model: says whether it is thresholded, and where.
    scores: float32 `[N]`; NaN, no verdict, rewards nothing.

  Returns:
    Rewards float64 `[N]` and successes bool `[N]`.
  """
  success = detection.success(scores, model.threshold)
  if getattr(model, 'thresholded', True):
    return success.astype(np.float64), success
  return np.nan_to_num(scores.astype(np.float64), nan=0.0), success
