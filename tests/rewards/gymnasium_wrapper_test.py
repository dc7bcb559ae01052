import subprocess
import sys
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils import env_checker

from acme_vlm import errors, rewards
from acme_vlm.rewards import gymnasium_wrapper
from tests.rewards import brightness

VlmReward = gymnasium_wrapper.VlmReward
GOALS = ('upright', 'fallen')


def _clip(folder, **changes):
  values = {'checkpoint': folder, 'num_negatives': 2, 'temperature': 0.2}
  config = rewards.RewardConfig(**(values | changes))
  service = rewards.ServiceConfig(batch_sizes=(4,))
  return rewards.make_reward_model(config, GOALS, service=service)


@pytest.fixture
def cart_pole(monkeypatch):
  monkeypatch.setenv('SDL_VIDEODRIVER', 'dummy')
  with warnings.catch_warnings():
    warnings.simplefilter('ignore')  # Of pygame's import.
    env = gymnasium.make('CartPole-v1', render_mode='rgb_array')
    env.reset(seed=0)
    env.render()
  yield env
  env.close()


def _play(env, num=12, seed=3):
  """Steps with frames and what the wrapper said, one episode."""
  rng = np.random.default_rng(seed)
  env.reset(seed=seed)
  steps = []
  for _ in range(num):
    result = env.step(int(rng.integers(2)))
    steps.append((env.unwrapped.render(), *result[1:]))
    if result[2]:
      break
  return steps


def test_cart_poles_reward_is_that_of_the_scorer(clip_folder, cart_pole):
  model = _clip(clip_folder)
  frames = np.stack([step[0] for step in _play(cart_pole)])
  expected = model.score(frames, ['upright'] * len(frames))
  middle = float(np.median(expected))
  model = _clip(clip_folder, threshold=middle)
  env = VlmReward(cart_pole, model, 'upright', terminate_on_success=False)
  steps = _play(env)
  assert len(steps) == len(frames) > 8
  scores = [step[4]['vlm_score'] for step in steps]
  np.testing.assert_allclose(scores, expected, rtol=1e-5)
  won = np.array([step[1] for step in steps])
  np.testing.assert_array_equal(won, expected > np.float32(middle))
  assert 0 < won.sum() < len(won), 'both rewards occur'
  assert not any('true_reward' in step[4] for step in steps)


def test_a_window_is_the_mean_of_the_newest_frames(clip_folder, cart_pole):
  model = _clip(clip_folder, window=3, thresholded=False)
  env = VlmReward(cart_pole, model, 'fallen')
  for _ in range(2):  # The second episode begins with nothing remembered.
    steps = _play(env, num=5)
    rows = model.embed(np.stack([step[0] for step in steps]))
    for n, step in enumerate(steps):
      window = rows[max(0, n - 2) : n + 1].mean(axis=0)
      padded = np.stack([window] * 3)[None]
      expected = model.score_windows(padded, np.ones((1, 3), bool), ['fallen'])
      assert step[1] == pytest.approx(float(expected[0]), rel=1e-5)
      assert not step[2]


def test_it_passes_gymnasiums_checks(cart_pole):
  env = VlmReward(cart_pole, brightness.BrightnessModel(1.0), 'bright')
  with warnings.catch_warnings():
    # That it is a wrapper, and what CartPole's own spaces are.
    warnings.filterwarnings('ignore', message='.*unwrapped version')
    warnings.filterwarnings('ignore', message='.*Box observation space')
    env_checker.check_env(env)


def test_it_is_made_anew_from_its_spec_with_the_same_model(cart_pole):
  model = brightness.BrightnessModel()
  env = VlmReward(cart_pole, model, 'bright', keep_true_reward=True)
  again = gymnasium.make(env.spec)
  again.reset(seed=0)
  assert again.step(0)[4]['true_reward'] == 1.0
  assert model.calls == [1]
  again.close()


@pytest.mark.parametrize('nested', [False, True])
@pytest.mark.parametrize('frames', ['render', 'observation'])
def test_an_episode_ends_where_the_reward_is_one(frames, nested):
  env = brightness.BrightnessEnv(nested=nested)
  key = 'camera' if nested and frames == 'observation' else None
  env = VlmReward(
    env, brightness.BrightnessModel(), 'bright', frames=frames, key=key
  )
  _, info = env.reset(seed=1)
  value, results = info['start'], []
  for _ in range(brightness.TIME_OUT):
    _, reward, terminated, truncated, info = env.step(2)
    value += 40
    results.append((reward, terminated))
    assert info['vlm_score'] == pytest.approx(value / 255, abs=1e-6)
    assert (reward, terminated) == ((1, True) if value > 127 else (0, False))
    assert not truncated
    if terminated:
      break
  assert info['vlm_success'] is True and len(results) >= 2


def test_hysteresis_needs_several_steps_of_one_episode():
  model = brightness.BrightnessModel(0.6, hysteresis=(2, 3))
  env = VlmReward(brightness.BrightnessEnv(), model, 'dark')
  for _ in range(2):
    env.reset(seed=0)
    assert [env.step(0)[1] for _ in range(3)] == [0, 1, 1]


def test_the_score_itself_never_ends_an_episode():
  model = brightness.BrightnessModel(0.01, thresholded=False)
  env = VlmReward(brightness.BrightnessEnv(), model, 'dark')
  _, info = env.reset(seed=2)
  for _ in range(brightness.TIME_OUT):
    _, reward, terminated, truncated, _ = env.step(0)
    assert reward == pytest.approx(1 - info['start'] / 255, abs=1e-6)
    assert not terminated
  assert truncated


def test_no_verdict_is_no_reward():
  model = brightness.BrightnessModel(thresholded=False)
  model.abstains = True
  model.score = lambda frames, goals: np.full(len(frames), np.nan, np.float32)
  for thresholded in (False, True):
    model.thresholded = thresholded
    env = VlmReward(brightness.BrightnessEnv(), model, 'bright')
    env.reset(seed=0)
    _, reward, terminated, _, info = env.step(2)
    assert (reward, terminated) == (0.0, False)
    assert np.isnan(info['vlm_score'])


def test_each_episode_has_the_goal_that_the_function_gives():
  goals = iter(['dark', 'bright'])
  env = VlmReward(
    brightness.BrightnessEnv(),
    brightness.BrightnessModel(),
    lambda observation, info: f'{next(goals)}{"!" * (info["start"] > 99)}',
  )
  for goal in ('dark', 'bright'):
    _, info = env.reset(seed=0)
    assert info['vlm_goal'] == goal
    assert env.step(0)[1] == (goal == 'dark')


@pytest.mark.parametrize(
  ('options', 'said'),
  [
    ({'goal': ' '}, "expected a goal in words, got ' '"),
    ({'frames': 'screen'}, "'render' or 'observation', got 'screen'"),
    (
      {'frames': 'observation'},
      'got Dict(',
    ),
    (
      {'frames': 'observation', 'key': 'eye'},
      "unknown key of pixels 'eye'; expected one of: camera, place",
    ),
    (
      {'frames': 'observation', 'key': 'place'},
      'expected pixels whose layout the shape tells, got [1]: give it as',
    ),
    (
      {'frames': 'observation', 'key': 'camera', 'layout': 'CHWT'},
      "for pixels [4, 6, 3], got 'CHWT'",
    ),
  ],
)
def test_what_cannot_be_wrapped_is_one_clear_line(options, said):
  env = brightness.BrightnessEnv(nested=True)
  with pytest.raises(errors.AcmeVlmError) as caught:
    VlmReward(env, brightness.BrightnessModel(), **{'goal': 'x', **options})
  assert said in str(caught.value)
  assert '\n' not in str(caught.value)


def test_an_environment_that_does_not_render_is_refused():
  env = brightness.BrightnessEnv(render_mode=None)
  with pytest.raises(errors.ConfigError, match="='rgb_array', got None"):
    VlmReward(env, brightness.BrightnessModel(), 'x')


def test_a_function_that_gives_no_words_is_refused():
  env = VlmReward(
    brightness.BrightnessEnv(),
    brightness.BrightnessModel(),
    lambda observation, info: '',
  )
  with pytest.raises(errors.ConfigError, match="in words, got ''"):
    env.reset()


def test_pixels_of_a_floating_range_are_read():
  class Float(brightness.BrightnessEnv):
    def __init__(self):
      super().__init__()
      self.observation_space = spaces.Box(0, 1, (3, 4, 6), np.float32)

    def _observation(self):
      pixels = brightness.frame(self._value).transpose(2, 0, 1)
      return (pixels / 255).astype(np.float32)

  env = VlmReward(
    Float(), brightness.BrightnessModel(), 'bright', frames='observation'
  )
  _, info = env.reset(seed=0)
  score = env.step(1)[4]['vlm_score']
  assert score == pytest.approx((info['start'] + 15) / 255, abs=1e-6)


def test_the_rest_works_where_gymnasium_is_not_installed():
  code = (
    'import sys; sys.modules["gymnasium"] = None\n'
    'import acme_vlm.rewards, acme_vlm.rewards.dm_env_wrapper\n'
  )
  subprocess.run([sys.executable, '-c', code], check=True)
