"""The learner's step against loops over single episodes, and on the toy."""

import functools
import importlib.util
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from acme_vlm import replicate
from acme_vlm.learning import sgd_step
from acme_vlm.learning import state as state_lib
from acme_vlm.learning.config import LearnerConfig
from acme_vlm.networks import policy as policy_lib
from acme_vlm.networks.policy_config import PolicyConfig

_spec = importlib.util.spec_from_file_location(
  'toy', pathlib.Path(__file__).with_name('toy.py')
)
toy = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(toy)

_CONFIG = LearnerConfig(
  learning_rate=3e-3, discount=0.9, clip_pg_rho_threshold=1.5
)


def _policy():
  return policy_lib.make_policy(
    PolicyConfig(
      grid=(toy.ROWS, toy.COLUMNS),
      patch=toy.CELL,
      channels=(16,),
      strides=(),
      instruction_size=16,
      film_size=32,
      hidden_size=16,
      core_size=8,
    ),
    num_actions=toy.NUM_ACTIONS,
    frame_shape=toy.SHAPE,
    num_words=toy.NUM_COLOURS + 1,
  )


def _actor(policy):
  @jax.jit
  def act(params, pixels, words, first, state, key):
    out = policy.step(params, pixels, words, first, state)
    action = jax.random.categorical(key, out.logits)
    log_pi = jax.nn.log_softmax(out.logits)
    log_prob = jnp.take_along_axis(log_pi, action[:, None], axis=-1)
    return action, log_prob[:, 0], out.core_state

  return act


def _batch(policy, num=8, length=9, seed=0):
  """Played by other parameters than the learner's, so ratios are not 1."""
  act = _actor(policy)
  rng = np.random.default_rng(5)
  params = jax.tree.map(
    lambda x: x + 0.1 * rng.normal(size=x.shape).astype(np.float32),
    policy.init(jax.random.key(5)),
  )
  keys = iter(jax.random.split(jax.random.key(seed), length))
  batch, _ = toy.collect(
    toy.Toy(num, seed),
    lambda *row: act(params, *map(jnp.asarray, row), next(keys)),
    policy.initial_state(num),
    length,
  )
  return jax.tree.map(jnp.asarray, batch)


@pytest.fixture(scope='module')
def parts():
  policy = _policy()
  optimizer = state_lib.make_optimizer(_CONFIG)
  state = state_lib.initial(policy, optimizer, jax.random.key(0))
  # Values away from 0, or bootstrapping would not show.
  bias = state.params['params']['value']['bias']
  state.params['params']['value']['bias'] = bias + 0.7
  step = functools.partial(
    sgd_step.sgd_step, policy=policy, optimizer=optimizer, config=_CONFIG
  )
  return policy, state, step, jax.jit(step)


def _episode_losses(rows, bootstrap):
  """IMPALA 4.1 on one episode's transitions, backwards in plain Python."""
  pg = baseline = entropy = 0.0
  target_next, value_next = bootstrap, bootstrap
  for logits, action, mu, reward, discount, value in reversed(rows):
    log_pi = logits - np.log(np.sum(np.exp(logits)))
    rho = np.exp(log_pi[action] - mu)
    gamma = 0.9 * discount
    delta = min(1.0, rho) * (reward + gamma * value_next - value)
    q = reward + gamma * target_next
    target = value + delta + gamma * min(1.0, rho) * (target_next - value_next)
    pg -= min(1.5, rho) * (q - value) * log_pi[action]
    baseline += 0.5 * (target - value) ** 2
    entropy -= np.sum(np.exp(log_pi) * log_pi)
    target_next, value_next = target, value
  return np.array([pg, baseline, entropy])


def test_losses_are_those_of_the_episodes_taken_one_by_one(parts):
  policy, state, *_ = parts
  batch = _batch(policy)
  assert np.sum(batch.mask == 0) > 0
  assert np.any((batch.mask == 0)[:, 1:] & (batch.discount[:, :-1] == 1))
  assert np.any(batch.reward > 0)
  logits, values = jax.jit(policy.unroll)(
    state.params, batch.pixels, batch.instruction, batch.first, batch.core_state
  )
  logits, values = np.asarray(logits, np.float64), np.asarray(values)
  total, count = np.zeros(3), 0
  for b in range(batch.mask.shape[0]):
    rows = []
    for t in range(batch.mask.shape[1] + 1):
      ended = t == batch.mask.shape[1] or batch.mask[b, t] == 0
      if ended:
        # A success has discount 0: the bootstrap is multiplied away.
        total += _episode_losses(rows, values[b, t])
        count += len(rows)
        rows = []
      else:
        rows.append(
          (
            logits[b, t],
            int(batch.action[b, t]),
            float(batch.log_prob[b, t]),
            float(batch.reward[b, t]),
            float(batch.discount[b, t]),
            float(values[b, t]),
          )
        )
  _, metrics = jax.jit(
    functools.partial(sgd_step.loss, policy=policy, config=_CONFIG)
  )(state.params, batch)
  came = [metrics[k] for k in ('policy_loss', 'baseline_loss', 'entropy')]
  np.testing.assert_allclose(came, total / count, rtol=1e-3, atol=1e-5)


def test_what_masked_rows_hold_changes_nothing(parts):
  policy, state, _, step = parts
  batch = _batch(policy)
  off = batch.mask == 0
  junk = batch._replace(
    action=jnp.where(off, 2**30, batch.action),
    log_prob=jnp.where(off, jnp.nan, batch.log_prob),
    reward=jnp.where(off, jnp.inf, batch.reward),
    discount=jnp.where(off, jnp.nan, batch.discount),
    outcome=jnp.where(batch.outcome_mask == 0, jnp.nan, batch.outcome),
  )
  jax.tree.map(
    np.testing.assert_array_equal, step(state, batch), step(state, junk)
  )


def test_a_batch_without_rows_leaves_the_parameters(parts):
  policy, state, _, step = parts
  batch = _batch(policy)
  after, metrics = step(state, batch._replace(mask=jnp.zeros_like(batch.mask)))
  jax.tree.map(np.testing.assert_array_equal, after.params, state.params)
  assert all(np.isfinite(x) for x in metrics.values())


def test_labels_of_other_goals_teach_only_where_they_count(parts):
  policy, state, *_ = parts
  batch = _batch(policy)
  rng = np.random.default_rng(0)
  batch = batch._replace(
    outcome_goal=jnp.asarray(
      rng.integers(1, toy.NUM_COLOURS, (*batch.mask.shape, 1)), jnp.int32
    ),
    outcome=jnp.asarray(rng.random(batch.mask.shape) < 0.5, jnp.float32),
    outcome_mask=jnp.asarray(rng.random(batch.mask.shape) < 0.5, np.float32),
  )
  loss = jax.jit(
    functools.partial(sgd_step.loss, policy=policy, config=_CONFIG)
  )

  def outcome_loss(batch):
    return loss(state.params, batch)[1]['outcome_loss']

  before = outcome_loss(batch)
  counted = (batch.outcome_mask > 0) & (batch.action < toy.SWIPE)
  for where, changes in ((counted, True), (~counted, False)):
    flipped = jnp.where(where, 1.0 - batch.outcome, batch.outcome)
    after = outcome_loss(batch._replace(outcome=flipped))
    assert bool(after != before) == changes
  # A score that is the reward says how much, not whether: it teaches nothing.
  scored = batch._replace(reward=jnp.full_like(batch.reward, -0.5))
  unscored = outcome_loss(scored)
  assert unscored < before
  np.testing.assert_array_equal(
    outcome_loss(scored._replace(reward=jnp.full_like(batch.reward, 2.0))),
    unscored,
  )
  # Nothing is known yet: log-odds of about -3 for every question.
  own = (batch.mask > 0) & (batch.action < toy.SWIPE)
  positives = jnp.sum(own * batch.reward) + jnp.sum(counted * batch.outcome)
  asked = jnp.sum(own) + jnp.sum(counted)
  expected = np.log1p(np.exp(-3.0)) * asked + 3.0 * positives
  np.testing.assert_allclose(before, expected / jnp.sum(batch.mask), rtol=0.1)


@pytest.mark.parametrize('num_devices', [2, 4])
def test_many_devices_make_the_update_of_one(parts, num_devices):
  policy, state, step, jitted = parts
  batch = _batch(policy)
  # Devices with unequal numbers of rows that count.
  batch = batch._replace(mask=batch.mask.at[:3].set(0.0))
  alone, metrics = jitted(state, batch)
  devices = replicate.local_devices(num_devices)
  spread = replicate.pmap(
    functools.partial(step, axis_name=replicate.AXIS), devices=devices
  )
  together, shared = replicate.unreplicate(
    spread(
      replicate.replicate(state, devices), replicate.shard(batch, num_devices)
    )
  )
  # One step of Adam is about the learning rate in size, whatever the gradient:
  # compare the moments, which are linear in it.
  jax.tree.map(
    lambda x, y: np.testing.assert_allclose(x, y, rtol=1e-3, atol=2e-6),
    alone.opt_state,
    together.opt_state,
  )
  for name in metrics:
    np.testing.assert_allclose(
      metrics[name], shared[name], rtol=1e-3, atol=1e-5, err_msg=name
    )


def test_success_on_the_toy_rises_to_nearly_all():
  policy = _policy()
  optimizer = state_lib.make_optimizer(_CONFIG)
  state = state_lib.initial(policy, optimizer, jax.random.key(0))
  step = jax.jit(
    functools.partial(
      sgd_step.sgd_step, policy=policy, optimizer=optimizer, config=_CONFIG
    )
  )
  act = _actor(policy)
  phones, core_state = toy.Toy(64), policy.initial_state(64)
  key, rates = jax.random.key(1), []
  for _ in range(80):
    key, *keys = jax.random.split(key, 17)
    keys = iter(keys)
    batch, core_state = toy.collect(
      phones,
      lambda *row, p=state.params, k=keys: act(p, *row, next(k)),
      core_state,
      16,
    )
    state, _ = step(state, batch)
    ended = np.sum(batch.mask == 0)
    rates.append(np.sum(batch.reward) / ended)
  assert np.mean(rates[:3]) < 0.6
  # Successes of this batch by ends in it: about a rate, not quite.
  assert np.mean(rates[-10:]) > 0.93
