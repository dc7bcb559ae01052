import numpy as np
import pytest

from acme_vlm import errors, interfaces
from acme_vlm.testing import fake_environment, fake_eyes

GOALS = fake_environment.GOALS[:4]


def _frames(num=60):
  environment = fake_environment.make(3, end_on_success=False)
  rng = np.random.default_rng(0)
  frames, taps = [], []
  timestep = environment.reset()
  for _ in range(num):
    frames.append(timestep.observation['pixels'])
    tiles = {
      tap: tile
      for (page, tap), tile in environment._tiles.items()
      if page == environment._page and environment._open < 0
    }
    taps.append(tiles)
    timestep = environment.step(int(rng.integers(16)))
  return np.stack(frames), taps


def test_the_maximum_lies_on_the_goals_tile():
  eyes: interfaces.Eyes = fake_eyes.FakeEyes()
  frames, taps = _frames()
  found = 0
  for frame, tiles in zip(frames, taps, strict=True):
    for tap, tile in tiles.items():
      (sight,) = eyes.see(frame[None], np.array([tile], np.int32))
      assert np.argmax(sight[:12]) == tap
      assert sight[12] == sight[:12].max() > 0.99
      np.testing.assert_allclose(
        sight[13:15],
        [(tap % 3 - 1) * 2 / 3, (1.5 - tap // 3) / 2],
        atol=1e-6,
      )
      found += 1
  assert found > 50


def test_a_goal_that_is_not_there_is_not_seen():
  eyes = fake_eyes.FakeEyes()
  frames, taps = _frames()
  for frame, tiles in zip(frames, taps, strict=True):
    missing = set(range(4)) - set(tiles.values())
    if tiles:
      for goal in missing:
        assert eyes.see(frame[None], np.array([goal]))[0, 12] < 0.5


def test_shape_type_and_count():
  eyes = fake_eyes.FakeEyes()
  frames, _ = _frames(5)
  sight = eyes.see(frames, np.arange(5) % 4)
  maps, rows, columns = eyes.grid
  assert eyes.size == maps * (rows * columns + 4) == 16
  assert (sight.shape, sight.dtype) == ((5, 16), np.float32)
  eyes.see(frames[:2], np.zeros(2, np.int32))
  assert eyes.asked == [5, 2]


def test_noise_belongs_to_the_frame_the_goal_and_the_seed():
  frames, _ = _frames(6)
  goals = np.arange(6) % 4

  def see(seed, noise=0.1):
    return fake_eyes.FakeEyes(noise=noise, seed=seed).see(frames, goals)

  np.testing.assert_array_equal(see(1), see(1))
  assert np.abs(see(1)[:, :12] - see(2)[:, :12]).mean() > 0.05
  assert np.abs(see(1)[:, :12] - see(0, 0.0)[:, :12]).mean() > 0.05


def test_a_goal_without_a_colour_is_refused():
  with pytest.raises(errors.UnknownNameError, match='grey square'):
    fake_eyes.FakeEyes(['grey square'])
