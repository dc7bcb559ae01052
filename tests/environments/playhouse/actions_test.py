import math
import random

import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.environments.playhouse import actions, config


def space(**changes):
  return actions.ActionSpace(config.HomeConfig(**changes))


def test_every_discrete_action_does_what_its_name_says():
  table = {
    'stay': (0, 0),
    'forward': (0.3, 0),
    'backward': (-0.3, 0),
    'left': (0, 0.3),
    'right': (0, -0.3),
  }
  looks = {
    'ahead': (0, 0),
    'turn left': (math.pi / 4, 0),
    'turn right': (-math.pi / 4, 0),
    'look up': (0, -math.pi / 18),
    'look down': (0, math.pi / 18),
  }
  made = space(step_metres=0.3, step_degrees=45.0, pitch_degrees=10.0)
  assert len(set(made.names)) == made.spec().num_values == 50
  for action, name in enumerate(made.names):
    move, look, grab = name.split(', ')
    motion = made.decode(action)
    assert motion[:2] == pytest.approx(table[move])
    assert motion[2:4] == pytest.approx(looks[look])
    assert motion.grab == (grab == 'grab')


def test_a_motion_at_random_is_one_of_the_discrete_actions():
  made = space()
  decoded = {made.decode(action) for action in range(50)}
  rng = random.Random(0)
  for grab in (False, True):
    motions = {made.wander(rng, grab=grab) for _ in range(400)}
    assert motions == {motion for motion in decoded if motion.grab == grab}


def test_encode_is_the_inverse_of_the_heads_product():
  made = space()
  seen = [
    made.encode(m, l, g)
    for m in range(5)
    for l in range(5)  # noqa: E741
    for g in range(2)
  ]
  assert seen == list(range(math.prod(made.heads)))


def test_continuous_actions_are_clipped_and_diagonals_no_longer():
  made = space(control='continuous')
  assert made.heads == ()
  assert made.spec().shape == (5,)
  motion = made.decode(np.array([1, 1, 9, -1, 0.1]))
  assert math.hypot(motion.forward, motion.left) == pytest.approx(0.4)
  assert motion.turn == pytest.approx(math.radians(30))
  # Positive pitch of the action looks up, positive tilt down.
  assert motion.tilt == pytest.approx(math.radians(20))
  assert motion.grab
  half = made.decode(np.array([0.5, 0, 0, 0, 0]))
  assert half.forward == pytest.approx(0.2) and not half.grab


@pytest.mark.parametrize('action', [-1, 50])
def test_an_unknown_discrete_action_is_told(action):
  with pytest.raises(errors.ConfigError, match=r'action in \[0, 50\), got'):
    space().decode(action)


@pytest.mark.parametrize(
  'action', [np.zeros(4), np.array([0, 0, 0, 0, np.nan])]
)
def test_a_wrong_continuous_action_is_told(action):
  with pytest.raises(errors.ConfigError, match='5 finite numbers'):
    space(control='continuous').decode(action)
