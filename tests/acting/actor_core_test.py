import jax
import jax.numpy as jnp
import numpy as np

from acme_vlm.acting import actor_core

BATCH = 4096
LOGITS = np.array([0.0, 1.0, 2.0, -1.0], np.float32)


class Output:
  def __init__(self, logits, core_state):
    self.logits, self.core_state = logits, core_state


class Counting:
  """Fixed logits; the core state counts the steps of the episode."""

  def initial_state(self, batch):
    return jnp.zeros((batch, 1))

  def step(self, params, pixels, instruction, first, core_state, sight=None):
    core_state = jnp.where(first[:, None], 0.0, core_state) + 1.0
    logits = jnp.broadcast_to(params, (pixels.shape[0], params.shape[0]))
    return Output(logits, core_state)

  def remember(self, core_state, action):
    return core_state


def observation(first, batch=BATCH):
  return {
    'pixels': np.zeros((batch, 2, 2, 3), np.uint8),
    'instruction': np.zeros((batch, 3), np.int32),
    'first': np.full(batch, first),
  }


def test_sampled_actions_follow_the_softmax():
  core = actor_core.make_actor_core(Counting(), batch_size=BATCH)
  state = core.init(jax.random.key(0))
  actions, state = core.select_action(LOGITS, observation(True), state)
  expected = np.exp(LOGITS) / np.exp(LOGITS).sum()
  shares = np.bincount(actions, minlength=4) / BATCH
  # Five standard deviations of the share of 4096 draws.
  assert np.abs(shares - expected).max() < 5 * np.sqrt(0.25 / BATCH)
  log_prob = core.get_extras(state)['log_prob']
  np.testing.assert_allclose(log_prob, np.log(expected)[actions], rtol=1e-5)
  again, _ = core.select_action(LOGITS, observation(False), state)
  assert not np.array_equal(actions, again)


def test_greedy_takes_the_most_likely_action():
  core = actor_core.make_actor_core(Counting(), batch_size=3, greedy=True)
  state = core.init(jax.random.key(0))
  actions, _ = core.select_action(LOGITS, observation(True, 3), state)
  np.testing.assert_array_equal(actions, [2, 2, 2])


def test_stored_core_state_is_that_before_the_step_and_its_reset():
  core = actor_core.make_actor_core(Counting(), batch_size=1)
  state = core.init(jax.random.key(0))
  stored = []
  for first in (True, False, False, True, False):
    _, state = core.select_action(LOGITS, observation(first, 1), state)
    stored.append(float(core.get_extras(state)['core_state'][0, 0]))
  assert stored == [0.0, 1.0, 2.0, 3.0, 1.0]


def test_uniform_core_needs_no_parameters():
  core = actor_core.make_uniform_core(5, batch_size=BATCH)
  state = core.init(jax.random.key(0))
  actions, state = core.select_action(None, observation(True), state)
  shares = np.bincount(actions, minlength=5) / BATCH
  assert np.abs(shares - 0.2).max() < 5 * np.sqrt(0.16 / BATCH)
  np.testing.assert_allclose(state.log_prob, np.log(0.2), rtol=1e-5)
