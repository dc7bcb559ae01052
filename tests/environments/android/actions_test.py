import numpy as np
import pytest
from android_env.components import action_type, specs

from acme_vlm import errors
from acme_vlm.environments.android import actions

TOUCH, LIFT = action_type.ActionType.TOUCH, action_type.ActionType.LIFT

# Action -> what android_env is told, on a grid of two rows and one column.
TABLE = {
  'tap row 0 column 0': [(TOUCH, 0.5, 0.25), (LIFT, 0.5, 0.25)],
  'tap row 1 column 0': [(TOUCH, 0.5, 0.75), (LIFT, 0.5, 0.75)],
  'next page': [
    (TOUCH, 0.8, 0.5),
    (TOUCH, 0.5, 0.5),
    (TOUCH, 0.2, 0.5),
    (LIFT, 0.2, 0.5),
  ],
  'previous page': [
    (TOUCH, 0.2, 0.5),
    (TOUCH, 0.5, 0.5),
    (TOUCH, 0.8, 0.5),
    (LIFT, 0.8, 0.5),
  ],
  'back': [(TOUCH, 0.25, 0.965), (LIFT, 0.25, 0.965)],
  'home': [(TOUCH, 0.5, 0.965), (LIFT, 0.5, 0.965)],
}


def test_actions_decode_as_the_table_says():
  grid = actions.ActionGrid(rows=2, columns=1)
  assert grid.names == tuple(TABLE)
  assert grid.num_actions == len(TABLE)
  for action, steps in enumerate(TABLE.values()):
    decoded = [
      (int(raw['action_type']), *raw['touch_position'])
      for raw in grid.decode(action)
    ]
    np.testing.assert_allclose(decoded, steps, rtol=1e-6)


def test_decoded_actions_meet_android_envs_spec():
  grid = actions.ActionGrid()
  spec = specs.base_action_spec()
  for action in range(grid.num_actions):
    for raw in grid.decode(action):
      assert set(raw) == set(spec)
      for name, value in raw.items():
        spec[name].validate(value)


def test_gestures_follow_the_taps():
  grid = actions.ActionGrid()
  assert grid.num_actions == 64
  assert grid.names[60:] == ('next page', 'previous page', 'back', 'home')


def test_tap_is_the_inverse_of_decode():
  grid = actions.ActionGrid(rows=7, columns=4)
  for action in range(grid.num_taps):
    x, y = grid.decode(action)[0]['touch_position']
    assert grid.tap(float(x), float(y)) == action
  assert grid.tap(1.0, 1.0) == grid.num_taps - 1


def test_mistakes():
  grid = actions.ActionGrid()
  for action in (-1, 64):
    with pytest.raises(errors.ConfigError, match=rf'\[0, 64\), got {action}'):
      grid.decode(action)
  with pytest.raises(errors.ConfigError, match='got 0 x 6'):
    actions.ActionGrid(rows=0)
