"""The two tables, and what an item of each looks like."""

from typing import Any, NamedTuple

import reverb
import tensorflow as tf
from acme import specs
from acme.adders import reverb as adders

from acme_vlm.replay import config as config_lib
from acme_vlm.types import LabeledTrajectory

UNLABELED = 'unlabeled'
LABELED = 'labeled'


class TrajectorySpec(NamedTuple):
  """Sizes of the arrays in a trajectory.

  Attributes:
    frame_shape: (H, W, 3).
    instruction_length: L, in word ids.
    state_size: S, of the policy's recurrent state.
    sight_size: F, of what the policy is fed with in place of frames; 1 for
      nothing.
    num_scores: G, scores of goals beside each frame; 1 for nothing.
  """

  frame_shape: tuple[int, int, int]
  instruction_length: int
  state_size: int
  sight_size: int = 1
  num_scores: int = 1


def make_tables(
  config: config_lib.ReplayConfig, spec: TrajectorySpec
) -> list[reverb.Table]:
  """Makes both tables, with the rate limiters that hold the stages together.

  'unlabeled' is a queue: each item is taken once, and inserts block while it is
  full. In 'labeled' each item is taken `samples_per_trajectory` times; sampling
  blocks while the labels lag, inserts block while the learner lags.

  Args:
    config: sizes of the tables.
    spec: sizes of the arrays; items of other shapes are refused.

  Returns:
    The two tables.
  """
  times = config.samples_per_trajectory
  room = config.labeled_max_size * times
  unlabeled = reverb.Table.queue(
    UNLABELED,
    config.unlabeled_max_size,
    signature=unlabeled_signature(config.unroll_length, spec),
  )
  labeled = reverb.Table(
    LABELED,
    # First in first out would give a batch its copies one after the other.
    sampler=(
      reverb.selectors.Fifo() if times == 1 else reverb.selectors.Uniform()
    ),
    remover=reverb.selectors.Fifo(),
    # Items with one sample left each may be that many. An item thrown out
    # unsampled would be missing from the limiter's account forever, and in
    # the end inserts and samples would both be blocked.
    max_size=room,
    max_times_sampled=times,
    rate_limiter=reverb.rate_limiters.SampleToInsertRatio(
      samples_per_insert=times,
      min_size_to_sample=1,
      error_buffer=(0, room),
    ),
    signature=labeled_signature(config.unroll_length, spec)._asdict(),
  )
  return [unlabeled, labeled]


def unlabeled_signature(unroll_length: int, spec: TrajectorySpec) -> Any:
  """Returns the item of Acme's adder as a nest of `tf.TensorSpec`.

  Args:
    unroll_length: transitions T.
    spec: sizes of the arrays.
  """
  scalar_f32 = specs.Array((), 'float32')
  scalar_i32 = specs.Array((), 'int32')
  environment = specs.EnvironmentSpec(
    observations={
      'pixels': specs.Array(spec.frame_shape, 'uint8'),
      'sight': specs.Array((spec.sight_size,), 'float32'),
      'instruction': specs.Array((spec.instruction_length,), 'int32'),
      'goal': scalar_i32,
    },
    actions=scalar_i32,
    rewards=scalar_f32,
    discounts=scalar_f32,
  )
  extras = {
    'log_prob': scalar_f32,
    'core_state': specs.Array((spec.state_size,), 'float32'),
    'policy_version': scalar_i32,
    'episode': specs.Array((), 'int64'),
  }
  return adders.SequenceAdder.signature(
    environment, extras, sequence_length=unroll_length + 1
  )


def labeled_signature(
  unroll_length: int, spec: TrajectorySpec
) -> LabeledTrajectory:
  """Returns a `LabeledTrajectory` of `tf.TensorSpec`.

  Args:
    unroll_length: transitions T.
    spec: sizes of the arrays.
  """
  t = unroll_length
  fields = {
    'pixels': ((t + 1, *spec.frame_shape), tf.uint8),
    'sight': ((t + 1, spec.sight_size), tf.float32),
    'instruction': ((t + 1, spec.instruction_length), tf.int32),
    'first': ((t + 1,), tf.bool),
    'action': ((t,), tf.int32),
    'log_prob': ((t,), tf.float32),
    'reward': ((t,), tf.float32),
    'discount': ((t,), tf.float32),
    'mask': ((t,), tf.float32),
    'core_state': ((spec.state_size,), tf.float32),
    'outcome_goal': ((t, spec.instruction_length), tf.int32),
    'outcome': ((t,), tf.float32),
    'outcome_mask': ((t,), tf.float32),
    'goal_scores': ((t + 1, spec.num_scores), tf.float32),
    'policy_version': ((t,), tf.int32),
    'reward_version': ((), tf.int64),
    'labeled_at': ((), tf.float64),
    'goal': ((t + 1,), tf.int32),
    'episode': ((t + 1,), tf.int64),
    'environment_discount': ((t,), tf.float32),
  }
  return LabeledTrajectory(
    **{
      name: tf.TensorSpec(shape, dtype, name)
      for name, (shape, dtype) in fields.items()
    }
  )
