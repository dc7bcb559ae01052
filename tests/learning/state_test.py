import jax
import jax.numpy as jnp
import numpy as np
import optax

from acme_vlm.learning import state as state_lib
from acme_vlm.learning.config import LearnerConfig
from acme_vlm.networks import policy as policy_lib
from acme_vlm.networks.policy_config import PolicyConfig


def test_gradients_are_clipped_by_their_global_norm_before_adam():
  config = LearnerConfig(learning_rate=0.1, max_grad_norm=0.5, adam_eps=0.01)
  optimizer = state_lib.make_optimizer(config)
  params = {'x': jnp.zeros(2), 'y': jnp.zeros(())}
  grads = {'x': jnp.array([3.0, 0.0]), 'y': jnp.array(-4.0)}
  updates, _ = optimizer.update(grads, optimizer.init(params), params)
  # Norm 5 becomes 0.5: a tenth. Adam's first step is g / (|g| + eps).
  clipped = {'x': np.array([0.3, 0.0]), 'y': np.array(-0.4)}
  for name, g in clipped.items():
    np.testing.assert_allclose(
      updates[name], -0.1 * g / (np.abs(g) + 0.01), rtol=1e-5
    )


def test_the_eyes_gradient_leaves_the_policys_alone():
  config = LearnerConfig(learning_rate=0.1, max_grad_norm=0.5, adam_eps=0.01)
  optimizer = state_lib.make_optimizer(config)

  def update(eyes, policy):
    grads = {'params': {'eyes': {'x': eyes}, 'policy': {'x': policy}}}
    zeros = jax.tree.map(jnp.zeros_like, grads)
    updates, _ = optimizer.update(grads, optimizer.init(zeros), zeros)
    return {name: u['x'] for name, u in updates['params'].items()}

  small, large = jnp.array([0.03, 0.04]), jnp.array([30.0, 40.0])
  alone, together = update(jnp.zeros(2), small), update(large, small)
  np.testing.assert_array_equal(alone['policy'], together['policy'])
  # Norm 50 becomes 0.5.
  clipped = np.array([0.3, 0.4])
  np.testing.assert_allclose(
    together['eyes'], -0.1 * clipped / (clipped + 0.01), rtol=1e-5
  )
  np.testing.assert_allclose(
    together['policy'], -0.1 * small / (small + 0.01), rtol=1e-5
  )


def test_the_step_size_falls_over_learner_steps_and_then_stays():
  config = LearnerConfig(learning_rate=0.1, decay_steps=4, passes_per_batch=2)
  optimizer = state_lib.make_optimizer(config)
  params = {'x': jnp.zeros(())}
  state = optimizer.init(params)
  sizes = []
  for _ in range(12):
    update, state = optimizer.update({'x': jnp.ones(())}, state, params)
    sizes.append(-float(update['x']))
  # Of one gradient, always the same, Adam's step is the step size: 8 updates
  # from 0.1 to 0.005, and no further.
  want = [0.1 - 0.095 * min(n / 8, 1.0) for n in range(12)]
  np.testing.assert_allclose(sizes, want, rtol=1e-4)


def test_one_key_gives_one_state_and_another_another():
  config = PolicyConfig(grid=None, channels=(4,), strides=(), core_size=2)
  policy = policy_lib.make_policy(
    config, num_actions=3, frame_shape=(8, 8, 3), num_words=4
  )
  optimizer = optax.sgd(0.1)
  one, same, other = (
    state_lib.initial(policy, optimizer, jax.random.key(seed))
    for seed in (0, 0, 1)
  )
  jax.tree.map(np.testing.assert_array_equal, one, same)
  kernel = [
    x.params['params']['torso']['patches']['kernel'] for x in (one, other)
  ]
  assert np.any(kernel[0] != kernel[1])
  assert np.any(one.key != other.key)
  assert one.steps == 0
