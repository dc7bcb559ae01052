import dm_env
import pytest

from acme_vlm.testing import recording_adder


def test_episodes_are_kept_apart_and_in_order():
  adder = recording_adder.RecordingAdder()
  for n in range(2):
    adder.add_first(dm_env.restart(n))
    adder.add(10 + n, dm_env.transition(0.0, n), {'a': n})
    adder.add(20 + n, dm_env.truncation(0.0, n), {'a': -n})
  actions = [[step.action for step in steps] for _, steps in adder.episodes]
  assert actions == [[10, 20], [11, 21]]
  assert [first.observation for first, _ in adder.episodes] == [0, 1]


def test_calls_out_of_order_are_refused():
  adder = recording_adder.RecordingAdder()
  with pytest.raises(ValueError, match='add_first before add'):
    adder.add(0, dm_env.transition(0.0, 0))
  with pytest.raises(ValueError, match='a first timestep'):
    adder.add_first(dm_env.transition(0.0, 0))
  adder.add_first(dm_env.restart(0))
  with pytest.raises(ValueError, match='the end of an episode'):
    adder.add_first(dm_env.restart(0))
