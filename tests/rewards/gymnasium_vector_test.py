import functools
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium import vector

from acme_vlm import errors, rewards
from acme_vlm.rewards import (
  gymnasium_vector,
  gymnasium_wrapper,
  vector_infos,
)
from tests.rewards import brightness

MODES = vector.AutoresetMode
SEEDS = [5, 11, 4]


def _vector(model, mode, *, goal='bright', nested=False, cls=None, **options):
  make = functools.partial(brightness.BrightnessEnv, nested=nested)
  env = (cls or vector.SyncVectorEnv)([make] * 3, autoreset_mode=mode)
  return gymnasium_vector.VlmVectorReward(env, model, goal, **options)


class _OneByOne:
  """What a vector of environments does, with the wrapper of a single one."""

  def __init__(self, model, mode, *, goal='bright', **options):
    goals = [goal] * 3 if isinstance(goal, str) else goal
    self.envs = [
      gymnasium_wrapper.VlmReward(
        brightness.BrightnessEnv(), model, goal, **options
      )
      for goal in goals
    ]
    self._mode = mode
    self.done = [False] * 3

  def reset(self):
    results = [e.reset(seed=s) for e, s in zip(self.envs, SEEDS, strict=True)]
    return [r[0] for r in results]

  def step(self, actions):
    rows = []
    for n, (env, action) in enumerate(zip(self.envs, actions, strict=True)):
      if self._mode is MODES.NEXT_STEP and self.done[n]:
        observation, info = env.reset()
        row = [observation, 0.0, False, False, info, None]
      else:
        row = [*env.step(action), None]
        if self._mode is MODES.SAME_STEP and (row[2] or row[3]):
          row[5] = row[0], row[4]
          row[0], row[4] = env.reset()
      self.done[n] = row[2] or row[3]
      rows.append(row)
    return rows


@pytest.mark.parametrize('ends', [True, False])
@pytest.mark.parametrize(
  ('mode', 'frames'),
  [
    (MODES.NEXT_STEP, 'render'),
    (MODES.NEXT_STEP, 'observation'),
    (MODES.SAME_STEP, 'observation'),
  ],
)
def test_many_do_what_each_does_alone(mode, frames, ends):
  model = brightness.BrightnessModel(0.7, hysteresis=(2, 3))
  options = {
    'frames': frames,
    'goal': ['bright', 'dark', 'bright'],
    'terminate_on_success': ends,
    'keep_true_reward': True,
  }
  many = _vector(model, mode, **options)
  alone = _OneByOne(model, mode, **options)
  observations, _ = many.reset(seed=SEEDS)
  np.testing.assert_array_equal(observations, alone.reset())
  rng = np.random.default_rng(0)
  seen = set()
  for _ in range(40):
    actions = rng.choice(3, 3, p=[0.3, 0.3, 0.4])
    model.calls.clear()
    observations, reward, terminated, truncated, infos = many.step(actions)
    assert len(model.calls) <= 1, 'one call for all environments'
    for n, row in enumerate(alone.step(actions)):
      np.testing.assert_array_equal(observations[n], row[0])
      assert (reward[n], terminated[n], truncated[n]) == tuple(row[1:4])
      scored = 'vlm_score' in row[4]
      if mode is MODES.NEXT_STEP:
        assert infos['_vlm_score'][n] == infos['_true_reward'][n] == scored
      if scored:
        assert infos['vlm_score'][n] == pytest.approx(row[4]['vlm_score'])
        assert infos['true_reward'][n] == row[4]['true_reward']
      if row[5] is not None:
        assert infos['_final_obs'][n]
        np.testing.assert_array_equal(infos['final_obs'][n], row[5][0])
        final = vector_infos.row(infos['final_info'], n)
        assert final == pytest.approx(row[5][1])
      elif '_final_obs' in infos:
        assert not infos['_final_obs'][n]
      # What the environment itself tells: `start` at a reset, else `steps`.
      for name in ('start', 'steps'):
        told = infos.get(f'_{name}', np.zeros(3, bool))[n]
        assert told == (name in row[4]), name
        if told:
          assert infos[name][n] == row[4][name]
      seen.add((float(reward[n]), bool(terminated[n]), bool(truncated[n])))
  won = {(1.0, True, False)} if ends else {(1.0, False, False)}
  assert won | {(0.0, False, False), (0.0, False, True)} <= seen


def test_a_success_in_the_same_step_tells_the_final_info():
  many = _vector(
    brightness.BrightnessModel(), MODES.SAME_STEP, frames='observation'
  )
  many.reset(seed=SEEDS)
  for _ in range(4):
    _, _, terminated, _, infos = many.step(np.full(3, 2))
    for n in np.flatnonzero(terminated):
      assert infos['_final_info'][n]
      assert infos['final_info']['_steps'][n]
      assert infos['final_info']['steps'][n] >= 2
      assert infos['_start'][n] and not infos['_steps'][n]


def test_a_reset_by_the_caller_begins_all_anew():
  model = brightness.BrightnessModel(0.1)
  many = _vector(model, MODES.NEXT_STEP)
  many.reset(seed=SEEDS)
  for _ in range(2):
    # All succeed and would be reset by the following step.
    _, _, terminated, _, infos = many.step(np.full(3, 2))
    assert terminated.all() and infos['_vlm_score'].all()
    _, infos = many.reset(seed=SEEDS)
    starts = infos['start']
    assert infos['_vlm_goal'].all()
  _, _, _, _, infos = many.step(np.full(3, 1))
  np.testing.assert_allclose(infos['vlm_score'], (starts + 15) / 255, rtol=1e-6)


def test_disabled_autoreset_is_left_to_the_caller():
  many = _vector(brightness.BrightnessModel(), MODES.DISABLED)
  many.reset(seed=SEEDS)
  for _ in range(20):
    _, reward, terminated, truncated, _ = many.step(np.array([2, 0, 1]))
    np.testing.assert_array_equal(reward == 1, terminated)
    done = terminated | truncated
    if done.any():
      before = many.unwrapped._observations.copy()
      observations, infos = many.reset(options={'reset_mask': done})
      np.testing.assert_array_equal(observations[~done], before[~done])
      np.testing.assert_array_equal(infos['_start'], done)


def test_a_window_reaches_no_further_than_its_episode(clip_folder):
  config = rewards.RewardConfig(
    checkpoint=clip_folder, num_negatives=1, threshold=0.5, window=2
  )
  model = rewards.make_reward_model(
    config, ('bright', 'dark'), service=rewards.ServiceConfig(batch_sizes=(4,))
  )
  many = _vector(model, MODES.NEXT_STEP, terminate_on_success=False)
  many.reset(seed=SEEDS)
  history = [[], [], []]
  compared = 0
  for t in range(2 * brightness.TIME_OUT + 2):
    _, _, _, _, infos = many.step(np.array([t % 3, 1, 0]))
    for n, image in enumerate(many.render()):
      if not infos['_vlm_score'][n]:
        history[n] = []
        continue
      history[n].append(image)
      rows = model.embed(np.stack(history[n][-2:]))
      mean = np.stack([rows.mean(axis=0)] * 2)[None]
      score = model.score_windows(mean, np.ones((1, 2), bool), ['bright'])[0]
      assert infos['vlm_score'][n] == pytest.approx(float(score), rel=1e-4)
      compared += 1
  assert compared > 25


def test_a_function_gives_each_episode_its_goal():
  asked = []

  def goal(n, observation, info):
    asked.append((n, int(observation[0, 0, 0]) == info['start']))
    return 'dark' if len(asked) <= 3 else 'bright'

  many = _vector(
    brightness.BrightnessModel(0.7),
    MODES.NEXT_STEP,
    goal=goal,
    task_set=('bright', 'dark'),
  )
  _, infos = many.reset(seed=SEEDS)
  assert infos['vlm_goal'].tolist() == ['dark'] * 3
  assert asked == [(0, True), (1, True), (2, True)]
  _, reward, _, _, infos = many.step(np.zeros(3, int))
  np.testing.assert_array_equal(reward, 1)
  _, reward, _, _, infos = many.step(np.zeros(3, int))
  np.testing.assert_array_equal(reward, 0)
  assert infos['vlm_goal'].tolist() == ['bright'] * 3


def test_processes_of_their_own_do_the_same():
  def play(cls):
    with warnings.catch_warnings():
      warnings.simplefilter('ignore')  # Of forking beside threads.
      many = _vector(brightness.BrightnessModel(), MODES.NEXT_STEP, cls=cls)
    many.reset(seed=SEEDS)
    steps = [many.step(np.array([2, 1, 0]))[:4] for _ in range(12)]
    many.close()
    return [np.stack(part) for part in zip(*steps, strict=True)]

  here = play(vector.SyncVectorEnv)
  spawned = functools.partial(vector.AsyncVectorEnv, context='forkserver')
  for one, other in zip(here, play(spawned), strict=True):
    np.testing.assert_array_equal(one, other)


def test_cart_poles_in_a_vector(monkeypatch):
  monkeypatch.setenv('SDL_VIDEODRIVER', 'dummy')
  with warnings.catch_warnings():
    warnings.simplefilter('ignore')  # Of pygame's import.
    env = gymnasium.make_vec('CartPole-v1', 2, 'sync', render_mode='rgb_array')
    env.reset(seed=0)
    env.render()
  model = brightness.BrightnessModel(thresholded=False)
  env = gymnasium_vector.VlmVectorReward(env, model, 'bright')
  env.reset(seed=0)
  _, reward, _, _, _ = env.step(np.array([0, 1]))
  np.testing.assert_array_equal(reward, [1.0, 1.0])  # Its background is white.
  env.close()


class _ResetsAll(vector.SyncVectorEnv):
  def reset(self, *, seed=None, options=None):
    return super().reset(seed=seed)


def test_environments_that_reset_only_together_are_refused_in_one_line():
  many = _vector(brightness.BrightnessModel(), MODES.NEXT_STEP, cls=_ResetsAll)
  many.reset(seed=SEEDS)
  with pytest.raises(errors.ConfigError) as caught:
    for _ in range(6):
      many.step(np.array([2, 1, 0]))
  assert "resets only options['reset_mask'], got _ResetsAll" in str(
    caught.value
  )


@pytest.mark.parametrize(
  ('mode', 'options', 'said'),
  [
    (MODES.SAME_STEP, {}, "NextStep or Disabled for frames='render'"),
    (MODES.NEXT_STEP, {'goal': ['bright']}, 'of 3 environments, got 1'),
    (MODES.NEXT_STEP, {'goal': ['a', '', 'b']}, "goal in words, got ''"),
    (MODES.NEXT_STEP, {'goal': len}, 'expected a task_set'),
    (
      MODES.NEXT_STEP,
      {'frames': 'observation', 'key': 'camera'},
      "unknown key of pixels 'camera'; expected one of: (none)",
    ),
  ],
)
def test_what_cannot_be_wrapped_is_one_clear_line(mode, options, said):
  with pytest.raises(errors.AcmeVlmError) as caught:
    _vector(brightness.BrightnessModel(), mode, **options)
  assert said in str(caught.value)


def test_a_goal_outside_of_the_task_set_is_refused():
  many = _vector(
    brightness.BrightnessModel(),
    MODES.NEXT_STEP,
    goal=lambda n, observation, info: 'purple',
    task_set=('bright', 'dark'),
  )
  with pytest.raises(errors.UnknownNameError, match="unknown goal 'purple'"):
    many.reset()


def test_workers_that_forget_to_call_off_a_reset_are_refused():
  cls = functools.partial(vector.AsyncVectorEnv, shared_memory=False)
  env = cls([brightness.BrightnessEnv], context='forkserver')
  try:
    with pytest.raises(errors.ConfigError, match='expected shared_memory=True'):
      gymnasium_vector.VlmVectorReward(
        env, brightness.BrightnessModel(), 'bright'
      )
  finally:
    env.close()
