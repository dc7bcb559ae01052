import jax
import jax.numpy as jnp
import numpy as np
import pytest

from acme_vlm import replicate
from acme_vlm.learning import checkpoint, learner
from acme_vlm.learning.config import LearnerConfig
from acme_vlm.networks import policy as policy_lib
from acme_vlm.networks.policy_config import PolicyConfig
from acme_vlm.types import BatchProvenance, LabeledBatch

_B, _T = 4, 3


class Recorder:
  def __init__(self):
    self.rows = []

  def write(self, data):
    self.rows.append(dict(data))

  def close(self):
    pass


def _policy():
  config = PolicyConfig(
    grid=(2, 1), patch=4, channels=(4,), strides=(), core_size=4, film_size=4
  )
  return policy_lib.make_policy(
    config, num_actions=3, frame_shape=(8, 4, 3), num_words=5
  )


def _batch(seed, rows=_B):
  rng = np.random.default_rng(seed)
  mask = np.ones((rows, _T), np.float32)
  mask[0, 1] = 0.0
  batch = LabeledBatch(
    pixels=rng.integers(0, 256, (rows, _T + 1, 8, 4, 3), dtype=np.uint8),
    sight=np.zeros((rows, _T + 1, 1), np.float32),
    instruction=rng.integers(0, 5, (rows, _T + 1, 2)).astype(np.int32),
    first=np.zeros((rows, _T + 1), bool),
    action=rng.integers(0, 3, (rows, _T)).astype(np.int32),
    log_prob=np.full((rows, _T), -1.0, np.float32),
    reward=rng.integers(0, 2, (rows, _T)).astype(np.float32),
    discount=np.ones((rows, _T), np.float32),
    mask=mask,
    core_state=np.zeros((rows, 4), np.float32),
    outcome_goal=rng.integers(0, 5, (rows, _T, 2)).astype(np.int32),
    outcome=rng.integers(0, 2, (rows, _T)).astype(np.float32),
    outcome_mask=np.ones((rows, _T), np.float32),
    goal_scores=np.zeros((rows, _T + 1, 1), np.float32),
  )
  version = np.zeros((rows, _T), np.int32)
  version[0] = (-1, -90, -3)
  labeled_at = np.linspace(96.0, 99.0, rows)
  return batch, BatchProvenance(version, np.zeros(rows, np.int64), labeled_at)


def _learner(batches, **options):
  config = LearnerConfig(
    publish_every=options.pop('publish_every', 1), passes_per_batch=1
  )
  options.setdefault('devices', replicate.local_devices(2))
  return learner.Learner(
    _policy(),
    config,
    batches,
    key=jax.random.key(options.pop('seed', 0)),
    clock=lambda: 100.0,
    **options,
  )


def _differs(x, y):
  pairs = zip(jax.tree.leaves(x), jax.tree.leaves(y), strict=True)
  return any(np.any(np.asarray(a) != np.asarray(b)) for a, b in pairs)


def test_metrics_counts_lag_and_age():
  logger, counter = Recorder(), learner.counting.Counter()
  one = _learner([_batch(0), _batch(1)], logger=logger, counter=counter)
  one.run()
  counted = _B * _T - 1
  assert counter.get_counts() == {
    'learner_steps': 2,
    'learner_frames': 2 * counted,
  }
  first, second = logger.rows
  # Nine rows of version 0; -1 and -3; the masked row's -90 is not counted.
  np.testing.assert_allclose(first['policy_lag_mean'], 4.0 / counted)
  assert (first['policy_lag_max'], second['policy_lag_max']) == (3.0, 4.0)
  np.testing.assert_allclose(first['label_age_mean'], 2.5)
  np.testing.assert_allclose(first['label_age_max'], 4.0)
  rewards = _batch(0)[0].reward[_batch(0)[0].mask > 0]
  np.testing.assert_allclose(first['reward_mean'], rewards.mean(), rtol=1e-6)
  np.testing.assert_allclose(first['rows_counted'], counted / (_B * _T))


def test_variables_carry_their_version_and_are_published_on_time():
  one = _learner([_batch(i) for i in range(4)], publish_every=2)
  before = one.get_variables(['policy'])[0]
  assert before.version == 0
  versions = []
  for _ in range(4):
    one.step()
    versions.append(one.get_variables(['policy'])[0].version)
  assert versions == [0, 2, 2, 4]
  after = one.get_variables(['policy'])[0].params
  assert all(isinstance(x, np.ndarray) for x in jax.tree.leaves(after))
  assert _differs(before.params, after)
  jax.tree.map(np.testing.assert_array_equal, after, one.save().params)


def test_only_the_policy_may_be_asked_for():
  with pytest.raises(ValueError, match="expected the name 'policy', got 'q'"):
    _learner([]).get_variables(['q'])


def test_a_closed_source_ends_the_run():
  one = _learner([_batch(0)])
  one.run()
  assert one.steps == 1
  with pytest.raises(learner.BatchesEndedError):
    one.step()


def test_rows_must_divide_among_the_devices():
  with pytest.raises(ValueError, match='divides among 2 devices'):
    _learner([_batch(0, rows=3)]).step()


def test_a_resumed_run_is_the_run_that_never_stopped(tmp_path):
  batches = [_batch(i) for i in range(5)]
  whole = _learner(batches)
  whole.run()

  stopped = _learner(batches[:2])
  stopped.run()
  store = checkpoint.CheckpointStore(tmp_path / 'run')
  store.save(stopped.steps, stopped.save())
  store.close()

  # Another seed: everything must come from the checkpoint.
  resumed = _learner(batches[2:], seed=9)
  store = checkpoint.CheckpointStore(tmp_path / 'run')
  state, _ = store.restore(resumed.save())
  store.close()
  resumed.restore(state)
  assert resumed.steps == 2
  assert resumed.get_variables(['policy'])[0].version == 2
  resumed.run()

  assert resumed.steps == whole.steps == 5
  assert _differs(state.params, whole.save().params)
  jax.tree.map(np.testing.assert_array_equal, resumed.save(), whole.save())


def test_a_policy_fed_with_a_sight_learns_without_any_pixels():
  config = PolicyConfig(
    eyes='reward_model', grid=None, core_size=4, hidden_size=4
  )
  policy = policy_lib.make_policy(
    config,
    num_actions=3,
    frame_shape=(8, 4, 3),
    num_words=5,
    sight_grid=(1, 2, 2),
  )
  rng = np.random.default_rng(3)
  batch, provenance = _batch(0)
  batch = batch._replace(
    sight=rng.random((_B, _T + 1, 8), np.float32),
    pixels=batch.pixels[:, :, :0],
  )
  states, logger = [], Recorder()
  for sight in (batch.sight, 1 - batch.sight):
    one = learner.Learner(
      policy,
      LearnerConfig(passes_per_batch=1),
      [(batch._replace(sight=sight), provenance)],
      key=jax.random.key(0),
      devices=replicate.local_devices(2),
      logger=logger,
    )
    before = one.save()
    one.step()
    states.append(one.save())
    assert _differs(before.params, states[-1].params)
  assert _differs(states[0].params, states[1].params)
  assert logger.rows[0]['distinct_rows'] == 1.0


def test_one_key_gives_one_run():
  states = []
  for _ in range(2):
    one = _learner([_batch(0)])
    one.run()
    states.append(one.save())
  jax.tree.map(np.testing.assert_array_equal, *states)
  assert jnp.any(states[0].key != _learner([]).save().key)
