"""A real Reverb server, and trajectories whose content tells which they are."""

import contextlib

import dm_env
import numpy as np
import pytest

from acme_vlm.replay import adder as adder_lib
from acme_vlm.replay import config as config_lib
from acme_vlm.replay import server as server_lib
from acme_vlm.replay import tables
from acme_vlm.types import LabeledTrajectory

SPEC = tables.TrajectorySpec(
  frame_shape=(4, 3, 3),
  instruction_length=2,
  state_size=5,
  sight_size=6,
  num_scores=3,
)
T = 4


def observation(number):
  return {
    'pixels': np.full((4, 3, 3), number, np.uint8),
    'sight': np.full(6, number / 2, np.float32),
    'instruction': np.array([number, 0], np.int32),
    'goal': np.int32(number % 3),
  }


def extras(number, episode):
  return {
    'log_prob': np.float32(-number),
    'core_state': np.full(5, number, np.float32),
    'policy_version': np.int32(number),
    'episode': np.int64(episode),
  }


class Actor:
  """Adds episodes whose every observation has the next number."""

  def __init__(self, adder):
    self.adder = adder
    self.number = 0

  def next(self):
    self.number += 1
    return observation(self.number)

  def play(self, episode, length, *, success=False):
    self.adder.add_first(dm_env.restart(self.next()))
    for step in range(1, length + 1):
      came_from = self.number
      seen = self.next()
      if step < length:
        timestep = dm_env.transition(reward=7.0, observation=seen)
      elif success:
        timestep = dm_env.termination(reward=7.0, observation=seen)
      else:
        timestep = dm_env.truncation(reward=7.0, observation=seen)
      self.adder.add(100 + came_from, timestep, extras(came_from, episode))


def labeled(number):
  def f32(*shape):
    return np.full(shape, number, np.float32)

  return LabeledTrajectory(
    pixels=np.full((T + 1, *SPEC.frame_shape), number, np.uint8),
    sight=f32(T + 1, SPEC.sight_size),
    instruction=np.full((T + 1, 2), number, np.int32),
    first=np.arange(T + 1) % 2 == number % 2,
    action=np.full(T, number, np.int32),
    log_prob=f32(T),
    reward=f32(T),
    discount=f32(T),
    mask=f32(T),
    core_state=f32(5),
    outcome_goal=np.full((T, 2), number + 1, np.int32),
    outcome=f32(T),
    outcome_mask=f32(T),
    goal_scores=f32(T + 1, SPEC.num_scores),
    policy_version=np.arange(T, dtype=np.int32) + number,
    reward_version=np.int64(2**62 + number),
    labeled_at=np.float64(1.7e9 + number / 8),
    goal=np.full(T + 1, number % 3, np.int32),
    episode=np.full(T + 1, 2**40 + number, np.int64),
    environment_discount=f32(T),
  )


@pytest.fixture
def spec():
  return SPEC


@pytest.fixture
def make_labeled():
  return labeled


@pytest.fixture
def make_actor():
  """Makes an actor over a new adder of its own."""
  return lambda client: Actor(adder_lib.make_adder(client, T))


@pytest.fixture
def serve():
  """Starts servers, which end with the test."""
  with contextlib.ExitStack() as stack:

    def start(spec=SPEC, **config):
      values = {
        'unroll_length': T,
        'batch_size': 2,
        'unlabeled_max_size': 8,
        'labeled_max_size': 4,
      }
      config = config_lib.ReplayConfig(**(values | config))
      return stack.enter_context(server_lib.ReplayServer(config, spec))

    yield start
