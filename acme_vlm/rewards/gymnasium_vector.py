"""Many Gymnasium environments with the reward model's reward."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from gymnasium import vector

from acme_vlm import errors
from acme_vlm.interfaces import RewardModel
from acme_vlm.rewards import gymnasium_wrapper, vector_infos, windows

Goal = str | Sequence[str] | Callable[[int, Any, dict], str]
_MODES = vector.AutoresetMode


class VlmVectorReward(vector.VectorWrapper):
  """`VlmReward` for many environments: one call of the model for each step.

  Where the reward ends an episode that its environment would have gone on
  with, this resets that environment as the autoreset mode says: 'next step',
  'same step' (with `final_obs` and `final_info`), or leaves it to the caller
  ('disabled'). In 'next step' the environment is stepped once more in the old
  episode; nobody sees it.
  """

  def __init__(
    self,
    env: vector.VectorEnv,
    model: RewardModel,
    goal: Goal,
    *,
    task_set: Sequence[str] | None = None,
    frames: gymnasium_wrapper.Frames = 'render',
    key: str | None = None,
    layout: str | None = None,
    terminate_on_success: bool = True,
    keep_true_reward: bool = False,
  ):
    """Wraps environments that show pixels of one size.

    Args:
      env: the environments; to end episodes by the reward it must be able to
        reset some of them (`options['reset_mask']`), as SyncVectorEnv and
        AsyncVectorEnv do.
      model: says what is rewarded.
      goal: in words; or one for each environment; or a function of an
        environment's index, first observation and info that gives one of
        `task_set`.
      task_set: all goals that the function can give.
      frames: see `VlmReward`; 'render' cannot be had in the mode 'same step',
        in which the last frame of an episode is gone.
      key: see `VlmReward`.
      layout: see `VlmReward`; of one environment, without the batch.
      terminate_on_success: see `VlmReward`.
      keep_true_reward: see `VlmReward`.

    Raises:
      ConfigError: an empty goal, no such pixels, or a mode in which this does
        not work.
    """
    super().__init__(env)
    self._model = model
    self._goal_of, self._goals = _vector_goals(goal, task_set, env.num_envs)
    self._renders = gymnasium_wrapper.renders(frames, env.render_mode)
    self._path = key.split('/') if key else []
    if not self._renders:
      self._reader = gymnasium_wrapper.reader(
        env.single_observation_space, self._path, layout
      )
    thresholded: bool = getattr(model, 'thresholded', True)
    self._ends = terminate_on_success and thresholded
    self._keeps = keep_true_reward
    self._mode = _check_mode(env, self._renders, self._ends)
    # Of each environment the episode of the moment, and the one before.
    self._scorer = windows.EpisodeScorer(model, self._goals, 2 * env.num_envs)
    self._goal = np.zeros(env.num_envs, np.int32)
    self._episode = np.zeros(env.num_envs, np.int64)
    self._next_episode = 0
    self._done = np.zeros(env.num_envs, bool)
    self._pending = np.zeros(env.num_envs, bool)

  def reset(
    self, *, seed: Any = None, options: dict[str, Any] | None = None
  ) -> tuple[Any, dict[str, Any]]:
    """Begins episodes: of all environments, or of `options['reset_mask']`."""
    mask = np.ones(self.num_envs, bool)
    if options is not None and 'reset_mask' in options:
      mask = np.array(options['reset_mask'], bool)
    observations, infos = self.env.reset(seed=seed, options=options)
    self._begin(mask, observations, infos)
    self._tell_goals(infos)
    return observations, infos

  def step(
    self, actions: Any
  ) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
    """Steps all, and rewards the frames that the steps led to."""
    observations, own, terminated, truncated, infos = self.env.step(actions)
    fresh = self._done.copy() & (self._mode is _MODES.NEXT_STEP)
    if self._pending.any():
      again = self._pending.copy()
      observations = self._reset_some(again, observations, infos)
      own, terminated, truncated = (
        np.where(again, 0, x).astype(x.dtype)
        for x in (own, terminated, truncated)
      )
    if fresh.any():
      self._begin(fresh, observations, infos)
    ended = terminated | truncated
    scores = np.full(self.num_envs, np.nan, np.float32)
    live = np.flatnonzero(~fresh)
    if live.size:
      shown = self._frames(live, observations, infos, ended)
      scores[live] = self._scorer.scores(
        shown, self._goal[live], self._episode[live]
      )
    rewards, success = gymnasium_wrapper.rewards_of(self._model, scores)
    wins = success if self._ends else np.zeros_like(success)
    # Those that their environments would have gone on with.
    cut = wins & ~ended
    terminated = terminated | wins
    self._done = terminated | truncated
    if self._mode is _MODES.NEXT_STEP:
      self._pending = cut
    told = {'vlm_score': scores, 'vlm_success': success}
    if self._keeps:
      told['true_reward'] = own
    if self._mode is _MODES.SAME_STEP and self._done.any():
      over, goals = self._done.copy(), self._words()
      observations = self._end_now(cut, observations, infos)
      for name, values in (told | {'vlm_goal': goals}).items():
        vector_infos.tell(infos['final_info'], name, values, over)
    for name, values in told.items():
      vector_infos.tell(infos, name, values, ~fresh)
    self._tell_goals(infos)
    return observations, rewards, terminated, truncated, infos

  def _end_now(
    self, cut: np.ndarray, observations: Any, infos: dict[str, Any]
  ) -> Any:
    """Begins the next episodes within the step that ended the last ones."""
    if cut.any():
      blank = np.full(self.num_envs, None, object)
      final = infos.get('final_obs', blank)
      for n in np.flatnonzero(cut):
        final[n] = vector_infos.row(observations, n)
      told = vector_infos.merged(infos.get('final_info', {}), infos, cut)
      vector_infos.tell(
        infos, 'final_obs', final, cut | infos.get('_final_obs', False)
      )
      vector_infos.tell(
        infos, 'final_info', told, cut | infos.get('_final_info', False)
      )
      observations = self._reset_some(cut, observations, infos)
    self._begin(self._done, observations, infos)
    return observations

  def _reset_some(
    self, mask: np.ndarray, observations: Any, infos: dict[str, Any]
  ) -> Any:
    """Resets some environments; their infos take the place of those there."""
    before = vector_infos.copied(observations)
    observations, begun = self.env.reset(options={'reset_mask': mask.copy()})
    if not vector_infos.same_rows(before, observations, np.flatnonzero(~mask)):
      raise errors.ConfigError(
        "expected an environment that resets only options['reset_mask'], got "
        f'{self.env.unwrapped!r}: use SyncVectorEnv, or '
        'terminate_on_success=False'
      )
    for name, mask_of in infos.items():
      if name.startswith('_') and name not in ('_final_obs', '_final_info'):
        infos[name] = mask_of & ~mask
    infos.update(vector_infos.merged(infos, begun, mask))
    return observations

  def _frames(
    self,
    live: np.ndarray,
    observations: Any,
    infos: dict[str, Any],
    ended: np.ndarray,
  ) -> np.ndarray:
    """The frames that the steps of the live environments led to."""
    if self._renders:
      shown = self.env.render() or ()
      return np.stack([gymnasium_wrapper.rendered(shown[n]) for n in live])
    pixels = np.array(gymnasium_wrapper.pick(observations, self._path))
    if self._mode is _MODES.SAME_STEP:
      # There the observation is the next episode's first already.
      for n in np.flatnonzero(ended):
        pixels[n] = gymnasium_wrapper.pick(infos['final_obs'][n], self._path)
    return self._reader.batch(pixels[live])

  def _begin(
    self, mask: np.ndarray, observations: Any, infos: dict[str, Any]
  ) -> None:
    for n in np.flatnonzero(mask).tolist():
      goal = self._goal_of(
        n, vector_infos.row(observations, n), vector_infos.row(infos, n)
      )
      if goal not in self._goals:
        raise errors.UnknownNameError('goal', goal, self._goals)
      self._goal[n] = self._goals.index(goal)
      self._episode[n] = self._next_episode
      self._next_episode += 1
    self._done = self._done & ~mask
    self._pending = self._pending & ~mask

  def _tell_goals(self, infos: dict[str, Any]) -> None:
    every = np.ones(self.num_envs, bool)
    vector_infos.tell(infos, 'vlm_goal', self._words(), every)

  def _words(self) -> np.ndarray:
    return np.array([self._goals[g] for g in self._goal.tolist()], object)


def _vector_goals(
  goal: Goal, task_set: Sequence[str] | None, num: int
) -> tuple[Callable[[int, Any, dict], str], tuple[str, ...]]:
  """The function that chooses an episode's goal, and all goals there are."""
  if callable(goal):
    if not task_set:
      raise errors.ConfigError(
        'expected a task_set of the goals that the function can give, got '
        f'{task_set!r}'
      )
    return goal, tuple(map(gymnasium_wrapper.checked_goal, task_set))
  goals = [goal] * num if isinstance(goal, str) else list(goal)
  if len(goals) != num:
    raise errors.ConfigError(
      f'expected a goal for each of {num} environments, got {len(goals)}'
    )
  known = tuple(dict.fromkeys(map(gymnasium_wrapper.checked_goal, goals)))
  return lambda n, _, __: goals[n], known


def _check_mode(
  env: vector.VectorEnv, renders: bool, ends: bool
) -> vector.AutoresetMode:
  known = [mode.value for mode in _MODES]
  mode = env.metadata.get('autoreset_mode')
  if mode not in known and mode not in list(_MODES):
    raise errors.ConfigError(
      f"expected metadata['autoreset_mode'] among {known}, got {mode!r}"
    )
  mode = _MODES(mode)
  if mode is _MODES.SAME_STEP and renders:
    raise errors.ConfigError(
      "expected autoreset mode NextStep or Disabled for frames='render', got "
      'SameStep: it renders the next episode where one has ended'
    )
  shared = getattr(env.unwrapped, 'shared_memory', True)
  if mode is _MODES.NEXT_STEP and ends and not shared:
    # Its workers forget to call off their own reset.
    raise errors.ConfigError(
      'expected shared_memory=True of an AsyncVectorEnv in autoreset mode '
      'NextStep, got False: use Disabled or SameStep'
    )
  return mode
