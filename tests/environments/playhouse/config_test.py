import pytest

from acme_vlm import errors
from acme_vlm.environments.playhouse import config


@pytest.mark.parametrize(
  ('changes', 'said'),
  [
    ({'goal_set': 'all'}, "unknown home.goal_set 'all'"),
    ({'control': 'joystick'}, "unknown home.control 'joystick'"),
    ({'episode_goals': 'some'}, "unknown home.episode_goals 'some'"),
    ({'rooms': (0, 1)}, '1 <= least <= most <= 5, got (0, 1)'),
    ({'rooms': (3, 2)}, 'got (3, 2)'),
    ({'rooms': (1, 6)}, 'got (1, 6)'),
    ({'rooms': (1,)}, 'expected home.rooms (least, most) with 1 <= least'),
    ({'rooms': ()}, 'least <= most <= 5, got ()'),
    ({'objects': (2, 3, 4)}, 'least <= most <= 16, got (2, 3, 4)'),
    ({'objects': (1, 4)}, '2 <= least <= most <= 16, got (1, 4)'),
    ({'objects': (2, 17)}, 'got (2, 17)'),
    ({'room_kinds': ()}, 'at least one of room_kinds, got none'),
    ({'room_kinds': ('cellar',)}, "unknown room 'cellar'"),
    ({'step_metres': 0.0}, 'home.step_metres in (0, 0.5], got 0.0'),
    ({'step_metres': 0.6}, 'got 0.6'),
    ({'step_degrees': -1.0}, 'home.step_degrees in (0, 45], got -1.0'),
    ({'pitch_degrees': float('nan')}, 'home.pitch_degrees in (0, 45], got nan'),
    ({'near_starts': 1.5}, 'home.near_starts in [0, 1], got 1.5'),
    ({'reach_starts': 2.0}, 'home.reach_starts in [0, 1], got 2.0'),
    ({'start_steps': -1}, 'home.start_steps in [0, 50], got -1'),
    ({'start_steps': 51}, 'home.start_steps in [0, 50], got 51'),
    ({'held_starts': -0.5}, 'home.held_starts in [0, 1], got -0.5'),
  ],
)
def test_what_is_out_of_range_is_told_in_one_line(changes, said):
  with pytest.raises(errors.AcmeVlmError) as caught:
    config.HomeConfig(**changes)
  assert said in str(caught.value)
  assert '\n' not in str(caught.value)


def test_edges_of_the_ranges_are_allowed():
  home = config.HomeConfig(
    rooms=(5, 5),
    objects=(2, 16),
    room_kinds=config.ROOMS,
    step_metres=0.5,
    step_degrees=45.0,
    near_starts=1.0,
    held_starts=0.0,
  )
  assert home.rooms == (5, 5)
