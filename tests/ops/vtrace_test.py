"""V-trace against the paper, written out as sums and products."""

import hypothesis
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import strategies as st

from acme_vlm.ops import vtrace


def _stream(seed, length, ends=0.2):
  rng = np.random.default_rng(seed)
  values = rng.normal(size=length + 1)
  return {
    'v_tm1': values[:-1],
    'v_t': values[1:],
    'r_t': rng.normal(size=length),
    'discount_t': 0.9 * (rng.random(length) > ends),
    'rho_tm1': np.exp(rng.normal(size=length)),
  }


def _run(stream, **options):
  stream = {k: jnp.asarray(v, jnp.float32) for k, v in stream.items()}
  return vtrace.vtrace(**stream, **options)


def _paper(stream, lambda_=1.0, rho_bar=1.0, pg_rho_bar=1.0):
  """Equation 1 of IMPALA as printed: a sum of products, no recursion."""
  v, v_next = stream['v_tm1'], stream['v_t']
  r, gamma, rho = stream['r_t'], stream['discount_t'], stream['rho_tm1']
  length = len(r)
  vs = np.zeros(length + 1)
  for s in range(length):
    vs[s] = v[s]
    for t in range(s, length):
      product = 1.0
      for i in range(s, t):
        product *= gamma[i] * lambda_ * min(1.0, rho[i])
      delta = min(rho_bar, rho[t]) * (r[t] + gamma[t] * v_next[t] - v[t])
      vs[s] += product * delta
  vs[length] = v_next[-1]
  q = r + gamma * vs[1:]
  return vs[:-1] - v, np.minimum(pg_rho_bar, rho) * (q - v), q


@hypothesis.given(
  seed=st.integers(0, 10_000),
  length=st.sampled_from((1, 2, 9)),
  lambda_=st.floats(0, 1),
  rho_bar=st.floats(1, 3),
  pg_rho_bar=st.floats(0.1, 3),
)
@hypothesis.settings(max_examples=25)
def test_equals_the_papers_sums(seed, length, lambda_, rho_bar, pg_rho_bar):
  stream = _stream(seed, length)
  out = _run(
    stream,
    lambda_=lambda_,
    clip_rho_threshold=rho_bar,
    clip_pg_rho_threshold=pg_rho_bar,
  )
  expected = _paper(stream, lambda_, rho_bar, pg_rho_bar)
  for came, wanted in zip(out, expected, strict=True):
    np.testing.assert_allclose(came, wanted, rtol=1e-4, atol=1e-4)


def test_on_policy_is_the_n_step_return():
  stream = _stream(1, 12, ends=0.0) | {'rho_tm1': np.ones(12)}
  out = _run(stream)
  n_step = stream['v_t'][-1]
  for s in reversed(range(12)):
    n_step = stream['r_t'][s] + 0.9 * n_step
    np.testing.assert_allclose(
      out.errors[s] + stream['v_tm1'][s], n_step, rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(out.q_estimate[s], n_step, rtol=1e-4, atol=1e-5)


def test_no_gradient_flows_through_any_output():
  stream = {k: jnp.asarray(v, jnp.float32) for k, v in _stream(2, 6).items()}

  def total(stream):
    return sum(jnp.sum(x) for x in vtrace.vtrace(**stream))

  for name, gradient in jax.grad(total)(stream).items():
    np.testing.assert_array_equal(gradient, 0.0, err_msg=name)


def test_two_episodes_in_one_trace_equal_each_alone():
  first, second = _stream(3, 5, ends=0.0), _stream(4, 7, ends=0.0)
  first['discount_t'][-1] = 0.0
  both = {k: np.concatenate([first[k], second[k]]) for k in first}
  out = _run(both)
  for alone, part in ((first, slice(0, 5)), (second, slice(5, 12))):
    for came, wanted in zip(out, _run(alone), strict=True):
      np.testing.assert_allclose(came[part], wanted, rtol=1e-5, atol=1e-6)


def test_a_row_of_weight_zero_separates_what_lies_around_it():
  """A time-out's placeholder: the row before bootstraps, nothing passes."""
  before, after = _stream(5, 4, ends=0.0), _stream(6, 3, ends=0.0)
  gap = {
    'v_tm1': before['v_t'][-1:],
    'v_t': after['v_tm1'][:1],
    'r_t': np.array([50.0]),
    'discount_t': np.array([0.9]),
    'rho_tm1': np.zeros(1),
  }
  both = {k: np.concatenate([before[k], gap[k], after[k]]) for k in before}
  out = _run(both)
  assert out.errors[4] == 0.0
  assert out.pg_advantage[4] == 0.0
  for alone, part in ((before, slice(0, 4)), (after, slice(5, 8))):
    for came, wanted in zip(out, _run(alone), strict=True):
      np.testing.assert_allclose(came[part], wanted, rtol=1e-5, atol=1e-6)


@hypothesis.given(seed=st.integers(0, 10_000), scale=st.floats(0.1, 10))
@hypothesis.settings(max_examples=10)
def test_scales_with_rewards_and_values(seed, scale):
  stream = _stream(seed, 6)
  scaled = stream | {k: scale * stream[k] for k in ('v_tm1', 'v_t', 'r_t')}
  for came, wanted in zip(_run(scaled), _run(stream), strict=True):
    np.testing.assert_allclose(came, scale * wanted, rtol=1e-3, atol=1e-3)


def test_a_shorter_argument_is_refused():
  stream = _stream(0, 4) | {'r_t': np.zeros(1)}
  with pytest.raises((AssertionError, TypeError)):
    _run(stream)
