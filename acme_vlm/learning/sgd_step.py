"""One step of V-trace actor-critic: a pure function of state and batch."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, PyTree

from acme_vlm import replicate
from acme_vlm.learning import eyes_loss
from acme_vlm.learning.config import LearnerConfig
from acme_vlm.learning.state import TrainingState
from acme_vlm.networks import policy_network
from acme_vlm.networks.policy import DistinctRows, Policy
from acme_vlm.ops import losses, vtrace
from acme_vlm.types import LabeledBatch

Metrics = dict[str, Float[Array, '']]


class _Stream(NamedTuple):
  """Rows of one stream, `[T]` each, with what does not count neutralised."""

  action: Array
  log_prob: Array
  reward: Array
  discount: Array
  mask: Array


class _StreamLoss(NamedTuple):
  """Sums over the rows of one stream, and what the metrics need, `[T]`."""

  policy: Array
  baseline: Array
  entropy: Array
  rho: Array
  target: Array
  value: Array


def sgd_step(
  state: TrainingState,
  batch: LabeledBatch,
  rows: DistinctRows | None = None,
  *,
  policy: Policy,
  optimizer: optax.GradientTransformation,
  config: LearnerConfig,
  axis_name: str | None = None,
) -> tuple[TrainingState, Metrics]:
  """Learns from one batch, `config.passes_per_batch` times.

  Rows whose mask is 0 touch neither the loss nor the targets of other rows.
  The loss is the mean over the rows that count, over all devices: D devices
  with a part of the batch each make the update of one device with all of it.

  Args:
    state: before the step.
    batch: this device's part, `B` unrolls of `T` transitions.
    rows: the batch's frames and instructions without repetitions; if given,
      those of `batch` are not read.
    policy: the network.
    optimizer: the one that made `state.opt_state`.
    config: costs, discounts and clips.
    axis_name: device axis of the surrounding `replicate.pmap`; None without.

  Returns:
    The state after the step, and scalars averaged over devices and passes.
  """
  params, opt_state = state.params, state.opt_state
  history = []
  # Not a lax.scan: XLA on CPU runs convolutions inside of one ten times slower.
  for _ in range(config.passes_per_batch):
    grads, metrics = jax.grad(loss, has_aux=True)(
      params,
      batch,
      rows,
      policy=policy,
      config=config,
      axis_name=axis_name,
    )
    grads = _mean(grads, axis_name)
    updates, opt_state = optimizer.update(grads, opt_state, params)
    params = optax.apply_updates(params, updates)
    metrics['grad_norm'] = optax.tree.norm(grads)
    history.append(metrics)
  metrics = jax.tree.map(lambda *x: sum(x) / len(x), *history)
  metrics['param_norm'] = optax.tree.norm(params)
  key = jax.random.split(jax.random.wrap_key_data(state.key), 1)[0]
  state = TrainingState(
    params=params,
    opt_state=opt_state,
    steps=state.steps + 1,
    key=jax.random.key_data(key),
  )
  return state, metrics


def loss(
  params: PyTree,
  batch: LabeledBatch,
  rows: DistinctRows | None = None,
  *,
  policy: Policy,
  config: LearnerConfig,
  axis_name: str | None = None,
) -> tuple[Float[Array, ''], Metrics]:
  """IMPALA's loss: policy gradient, value and entropy, mean over the rows.

  Args:
    params: the policy's parameters.
    batch: this device's part.
    rows: its frames and instructions without repetitions, or None.
    policy: the network.
    config: costs, discounts and clips.
    axis_name: device axis to count the rows over; None without devices.

  Returns:
    The loss, scalar, and the metrics, averaged over the devices.
  """
  if rows is None:
    rows = _all_rows(batch)
  stream = _neutralise(batch)
  outcome = eyes = jnp.zeros(())
  unrolled = (params, rows, batch.first, batch.core_state)
  action = batch.action
  if policy.config.outcome_head and policy.config.grid is not None:
    question = policy_network.Question(batch.action, batch.outcome_goal)
    logits, values, answer = policy.unroll_answering(
      *unrolled, question, action
    )
    outcome = _outcome_loss(answer, batch, stream, policy.config.grid)
  elif policy.config.eyes == 'own':
    logits, values, seen = policy.unroll_seeing(*unrolled, action)
    eyes = eyes_loss.eyes_loss(
      seen, batch.goal_scores, functools.partial(_mean, axis_name=axis_name)
    )
  else:
    logits, values = policy.unroll_distinct(*unrolled, action)
  parts = jax.vmap(lambda *rows: _stream_loss(*rows, config=config))(
    logits, values, stream
  )
  # Rows per device, averaged over devices: the later mean of gradients over
  # devices is then the gradient of the mean over all rows.
  count = _mean(jnp.sum(stream.mask), axis_name)
  count = jnp.maximum(count, 1.0)
  policy_loss, baseline, entropy, outcome = (
    jnp.sum(x) / count
    for x in (parts.policy, parts.baseline, parts.entropy, outcome)
  )
  total = (
    policy_loss
    + config.baseline_cost * baseline
    + config.entropy_cost * entropy
    + config.outcome_cost * outcome
    + config.eyes_cost * eyes
  )
  metrics = {
    'loss': total,
    'policy_loss': policy_loss,
    'baseline_loss': baseline,
    'entropy': -entropy,
    'outcome_loss': outcome,
    'eyes_loss': eyes,
  }
  metrics = _mean(metrics, axis_name)
  metrics.update(_row_metrics(stream, parts, count, config, axis_name))
  return total, metrics


def _all_rows(batch: LabeledBatch) -> DistinctRows:
  """Every row of the batch, as it stands."""
  shape = batch.first.shape
  return DistinctRows(
    # Not -1: pixels that nobody looks at have height 0.
    pixels=batch.pixels.reshape(batch.first.size, *batch.pixels.shape[2:]),
    sight=batch.sight.reshape(-1, batch.sight.shape[-1]),
    instruction=batch.instruction.reshape(-1, batch.instruction.shape[-1]),
    position=jnp.arange(shape[0] * shape[1], dtype=jnp.int32).reshape(shape),
  )


def _outcome_loss(
  answer: policy_network.Answer,
  batch: LabeledBatch,
  stream: _Stream,
  grid: tuple[int, int],
) -> Float[Array, '']:
  """Cross-entropy of what taps achieved, summed over both goals and all rows.

  Of the row's own goal the label is the reward; of another one it is the
  reward model's answer to the question that the batch carries. A reward that is
  neither 0 nor 1 is a score without a threshold: it says how much, not whether.
  """
  tapped = batch.action < grid[0] * grid[1]
  verdict = (stream.reward == 0) | (stream.reward == 1)
  total = jnp.zeros(())
  for logit, label, counts in (
    (answer.own, stream.reward, (stream.mask > 0) & verdict),
    (answer.asked, batch.outcome, batch.outcome_mask > 0),
  ):
    counts &= tapped
    # The label is selected too: the gradient of a NaN that is not is NaN.
    label = jnp.where(counts, label, 0.0)
    loss = optax.sigmoid_binary_cross_entropy(logit, label)
    total += jnp.sum(jnp.where(counts, loss, 0.0))
  return total


def _neutralise(batch: LabeledBatch) -> _Stream:
  """Replaces what rows that do not count hold: it may be anything at all.

  Selected, not multiplied: 0 times NaN is NaN.
  """
  counts = batch.mask > 0

  def keep(x: Array) -> Array:
    return jnp.where(counts, x, jnp.zeros_like(x))

  return _Stream(
    action=keep(batch.action),
    log_prob=keep(batch.log_prob),
    reward=keep(batch.reward),
    discount=keep(batch.discount),
    mask=counts.astype(jnp.float32),
  )


def _stream_loss(
  logits: Float[Array, 't1 a'],
  values: Float[Array, ' t1'],
  stream: _Stream,
  *,
  config: LearnerConfig,
) -> _StreamLoss:
  """Losses of one stream, summed over its rows."""
  logits_t, v_tm1 = logits[:-1], values[:-1]
  log_rho = losses.log_prob(logits_t, stream.action) - stream.log_prob
  # A weight of 0 gives a masked row no error and lets no trace over it, so the
  # row before (a time-out) bootstraps from the plain value of the last frame.
  rho = jax.lax.stop_gradient(jnp.exp(log_rho)) * stream.mask
  targets = vtrace.vtrace(
    v_tm1,
    values[1:],
    stream.reward,
    config.discount * stream.discount,
    rho,
    lambda_=config.lambda_,
    clip_rho_threshold=config.clip_rho_threshold,
    clip_pg_rho_threshold=config.clip_pg_rho_threshold,
  )
  target = jax.lax.stop_gradient(v_tm1) + targets.errors
  return _StreamLoss(
    policy=losses.policy_gradient_loss(
      logits_t, stream.action, targets.pg_advantage, stream.mask
    ),
    baseline=losses.baseline_loss(v_tm1, target, stream.mask),
    entropy=losses.entropy_loss(logits_t, stream.mask),
    rho=rho,
    target=target,
    value=v_tm1,
  )


def _row_metrics(
  stream: _Stream,
  parts: _StreamLoss,
  count: Float[Array, ''],
  config: LearnerConfig,
  axis_name: str | None,
) -> Metrics:
  """Statistics over all rows that count, of all devices."""

  def mean(x: Array) -> Float[Array, '']:
    return _mean(jnp.sum(x * stream.mask), axis_name) / count

  error = parts.target - parts.value
  error_variance = mean(jnp.square(error)) - jnp.square(mean(error))
  variance = mean(jnp.square(parts.target)) - jnp.square(mean(parts.target))
  rho_max = jnp.max(parts.rho)
  if axis_name is not None:
    rho_max = jax.lax.pmax(rho_max, axis_name)
  return {
    'rho_mean': mean(parts.rho),
    'rho_max': rho_max,
    'rho_clipped': mean(
      (parts.rho > config.clip_rho_threshold).astype(jnp.float32)
    ),
    'explained_variance': 1.0 - error_variance / jnp.maximum(variance, 1e-8),
    'value_mean': mean(parts.value),
    'reward_mean': mean(stream.reward),
    'rows_counted': _mean(jnp.mean(stream.mask), axis_name),
  }


def _mean(tree: PyTree, axis_name: str | None) -> PyTree:
  return tree if axis_name is None else replicate.pmean(tree, axis_name)
