import numpy as np

from acme_vlm.evaluation import playing
from acme_vlm.testing import fake_environment, fake_eyes


class Observed:
  """Keeps what it is asked to act on."""

  def __init__(self):
    self.seen = []

  def init(self, key):
    return key

  def select_action(self, params, observation, state):
    self.seen.append({k: v.copy() for k, v in observation.items()})
    return np.full(3, params, np.int32), state + 1


def test_batch_flags_first_frames_once_and_keeps_idle_rows_dark():
  functions = Observed()
  batch = playing.Batch(functions, 5, 3, 0)
  environment = fake_environment.make(0)
  timestep = environment.reset()
  batch.show(1, timestep, lambda words: np.array([len(words), 7], np.int32))
  np.testing.assert_array_equal(batch.act(), [5, 5, 5])
  batch.pixels[1] = 9
  batch.act()
  first, second = functions.seen
  assert first['first'][1] and not second['first'][1]
  np.testing.assert_array_equal(
    first['pixels'][1], timestep.observation['pixels']
  )
  assert (second['pixels'][1] == 9).all()
  assert not first['pixels'][[0, 2]].any()
  words = len(str(timestep.observation['instruction']))
  np.testing.assert_array_equal(first['instruction'][1], [words, 7])


def test_batch_looks_at_the_rows_that_it_is_told_to():
  functions, eyes = Observed(), fake_eyes.FakeEyes()
  batch = playing.Batch(functions, 5, 3, 0, eyes)
  environment = fake_environment.make(0)
  for n in (0, 2):
    batch.show(n, environment.reset(), lambda words: np.zeros(2, np.int32))
  batch.look({0: 3, 2: 1})
  batch.act()
  batch.pixels[2] = environment.step(15).observation['pixels']
  batch.look({2: 0})
  batch.look({})
  batch.act()
  first, second = (seen['sight'] for seen in functions.seen)
  assert first.shape == (3, eyes.size)
  assert not first[1].any()
  shown = functions.seen[0]['pixels']
  np.testing.assert_array_equal(
    first[[0, 2]], eyes.see(shown[[0, 2]], np.array([3, 1]))
  )
  np.testing.assert_array_equal(second[0], first[0])
  assert not np.array_equal(second[2], first[2])
  assert eyes.asked[:2] == [2, 1]


def test_slot_plays_its_episodes_and_no_more():
  environment = fake_environment.make(1, end_on_success=False, max_steps=3)
  slot = playing.Slot(environment, [4, 9], recorded=5)
  results = []
  while slot.playing:
    number = slot.episode
    slot.begin()
    ended = False
    while not ended:
      slot.step(15)
      ended = slot.scored(0.2, 0.5)
    results.append((number, slot.finish()))
  assert [number for number, _ in results] == [4, 9]
  assert [r.length for _, r in results] == [3, 3]
  assert [r.pixels is not None for _, r in results] == [True, False]
  assert not any(r.vlm_success for _, r in results)


def test_a_score_at_the_threshold_is_no_reward():
  environment = fake_environment.make(1, end_on_success=False)
  slot = playing.Slot(environment, [0], recorded=0)
  slot.begin()
  slot.step(15)
  assert not slot.scored(0.5, 0.5)
  slot.step(15)
  assert slot.scored(0.5000001, 0.5)
