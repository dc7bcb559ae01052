import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from acme_vlm.networks import policy_heads


@pytest.mark.parametrize('sizes', [(5, 5, 2), (3, 4), (6,), (1, 2, 1)])
def test_the_product_has_the_heads_distributions(sizes):
  rng = np.random.default_rng(0)
  logits = rng.normal(size=(2, 3, sum(sizes))).astype(np.float32)
  joint = np.asarray(policy_heads.outer_sum(jnp.asarray(logits), sizes))
  assert joint.shape == (2, 3, np.prod(sizes))
  heads = np.split(logits, np.cumsum(sizes)[:-1], axis=-1)
  for b in range(2):
    for t in range(3):
      own = [np.exp(h[b, t]) / np.exp(h[b, t]).sum() for h in heads]
      probs = np.exp(joint[b, t]) / np.exp(joint[b, t]).sum()
      for n, action in enumerate(np.ndindex(*sizes)):
        expected = np.prod([p[a] for p, a in zip(own, action, strict=True)])
        np.testing.assert_allclose(probs[n], expected, rtol=1e-4)


@pytest.mark.parametrize('sizes', [(5, 5, 2), (3, 4), ()])
def test_one_hots_say_what_each_head_chose(sizes):
  shape = sizes or (6,)
  num = int(np.prod(shape))
  actions = jnp.asarray([[-1, *range(num)]], jnp.int32)
  found = policy_heads.one_hots(actions, num, sizes)
  assert found.shape == (1, num + 1, sum(shape))
  np.testing.assert_array_equal(found[0, 0], 0)
  for n, action in enumerate(np.ndindex(*shape)):
    own = [np.eye(size)[a] for size, a in zip(shape, action, strict=True)]
    np.testing.assert_array_equal(found[0, n + 1], np.concatenate(own))


class _Heads(nn.Module):
  heads: tuple[int, ...]

  @nn.compact
  def __call__(self, x):
    return policy_heads.action_logits(x, 12, self.heads, 'act')


def test_a_product_has_the_parameters_of_its_heads():
  x = jax.random.normal(jax.random.key(0), (1, 1, 4))
  for heads, width in (((), 12), ((3, 4), 7)):
    logits, params = _Heads(heads).init_with_output(jax.random.key(1), x)
    assert logits.shape == (1, 1, 12)
    assert params['params']['act']['kernel'].shape == (4, width)
