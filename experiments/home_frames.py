"""Frames of policies in homes, with what is true of them.

Reward models are judged on these: what an agent sees that knows nothing, and
one that achieves its goals.
"""

import random

import numpy as np

from acme_vlm import environments
from acme_vlm.environments.playhouse import captions, environment
from acme_vlm.environments.playhouse import config as home_config
from acme_vlm.environments.playhouse import goals as goals_lib


def played(
  home: home_config.HomeConfig,
  *,
  split: str,
  seed: int,
  episodes: int,
  screen: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:
  """Plays every family with random actions and with the scripted solver.

  Args:
    home: what homes are like.
    split: 'train', 'validation' or 'evaluation'.
    seed: the same seed gives the same frames.
    episodes: of each family and policy, at least 1.
    screen: height H and width W in pixels.

  Returns:
    Frames, uint8 `[N, H, W, 3]`, and the truth of each caption of
    `captions.bank(home.goal_set)`, int8 `[N, C]`.
  """
  shown: list[np.ndarray] = []
  rows: list[np.ndarray] = []
  rng = random.Random(seed)
  for family in goals_lib.FAMILIES:
    for solved in (False, True):
      env = environments.make(
        f'playhouse/{family}',
        # The solver's homes are not those of the random policy.
        seed=2 * seed + solved,
        split=split,
        screen=screen,
        home=home,
      )
      assert isinstance(env, environment.Playhouse)
      solver = environments.solver(env) if solved else None
      for _ in range(episodes):
        timestep = env.reset()
        while True:
          shown.append(timestep.observation['pixels'])
          rows.append(captions.label(env.world, home.goal_set))
          if timestep.last():
            break
          timestep = env.step(
            solver(timestep)
            if solver
            else rng.randrange(env.action_spec().num_values)
          )
      env.close()
  return np.stack(shown), np.stack(rows)
