"""The loss against NumPy, and that eyes learn by it where things are."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from acme_vlm import replicate
from acme_vlm.learning import eyes_loss, sgd_step
from acme_vlm.learning import state as state_lib
from acme_vlm.learning.config import LearnerConfig
from acme_vlm.networks import policy as policy_lib
from acme_vlm.networks import policy_eyes
from acme_vlm.networks.policy_config import PolicyConfig
from acme_vlm.types import LabeledBatch


def _by_hand(logits, scores):
  pairs = [
    (x, float(np.clip(s, 0, 1)))
    for x, s in zip(logits.ravel(), scores.ravel(), strict=True)
    if not np.isnan(s)
  ]
  positive = sum(s for _, s in pairs)
  weight = np.clip((len(pairs) - positive) / positive, 1, eyes_loss.MOST)
  total = 0.0
  for x, s in pairs:
    p = 1 / (1 + np.exp(-x))
    total -= weight * s * np.log(p) + (1 - s) * np.log(1 - p)
  return total / len(pairs)


@pytest.mark.parametrize('rare', [0.9, 0.1, 0.001])
def test_loss_is_that_of_numpy(rare):
  rng = np.random.default_rng(0)
  logits = rng.normal(size=(4, 5, 6)).astype(np.float32)
  scores = (rare * rng.random((4, 5, 6))).astype(np.float32)
  scores[0], scores[1, 0] = np.nan, 1.5
  scores[2, 1] = -0.3
  loss = eyes_loss.eyes_loss(jnp.asarray(logits), jnp.asarray(scores))
  np.testing.assert_allclose(loss, _by_hand(logits, scores), rtol=1e-4)


def test_without_scores_there_is_nothing_to_learn():
  gradient = jax.grad(eyes_loss.eyes_loss)(
    jnp.ones((2, 3, 1)), jnp.full((2, 3, 1), jnp.nan)
  )
  np.testing.assert_array_equal(gradient, 0.0)


_COLOURS = np.array([(220, 40, 40), (40, 200, 60), (50, 80, 230)], np.uint8)
_SIDE, _CELL = 32, 8
_CONFIG = PolicyConfig(
  eyes='own',
  eyes_size=32,
  grid=None,
  patch=4,
  channels=(16, 32),
  strides=(2,),
  instruction_size=8,
  hidden_size=16,
  core_size=8,
)
# Words: 1 is "find", 2 to 4 are colours, 5 is of a goal that is held out.
_GOALS = np.array([[1, 2], [1, 3], [1, 4]], np.int32)


def _policy():
  return policy_lib.make_policy(
    _CONFIG,
    num_actions=3,
    frame_shape=(_SIDE, _SIDE, 3),
    num_words=6,
    goal_words=_GOALS,
  )


def _frames(num, rng):
  """Noisy frames with a block here and there; and where each colour is."""
  pixels = rng.integers(60, 130, (num, _SIDE, _SIDE, 3), np.uint8)
  places = np.full((num, 3), -1)
  cells = _SIDE // _CELL
  for n in range(num):
    for colour in np.flatnonzero(rng.random(3) < 0.15):
      cell = rng.integers(cells * cells)
      if cell in places[n]:
        continue
      places[n, colour] = cell
      y, x = _CELL * (cell // cells), _CELL * (cell % cells)
      pixels[n, y : y + _CELL, x : x + _CELL] = _COLOURS[colour]
  return pixels, places


def _batch(streams, rows, seed):
  rng = np.random.default_rng(seed)
  pixels, places = _frames(streams * rows, rng)
  # As sure as a CLIP may be, and without a verdict now and then.
  scores = np.where(places >= 0, 0.9, 0.05).astype(np.float32)
  scores[rng.random(scores.shape) < 0.1] = np.nan
  shape, steps = (streams, rows), (streams, rows - 1)
  zeros = np.zeros(steps, np.float32)
  batch = LabeledBatch(
    pixels=pixels.reshape(*shape, *pixels.shape[1:]),
    sight=np.zeros((*shape, 1), np.float32),
    instruction=_GOALS[rng.integers(3, size=shape)],
    first=np.zeros(shape, bool),
    action=rng.integers(0, 3, steps).astype(np.int32),
    log_prob=zeros - 1.1,
    reward=(rng.random(steps) < 0.1).astype(np.float32),
    discount=zeros + 1,
    mask=zeros + 1,
    core_state=np.zeros((streams, 8), np.float32),
    outcome_goal=np.zeros((*steps, 2), np.int32),
    outcome=zeros,
    outcome_mask=zeros,
    goal_scores=scores.reshape(*shape, 3),
  )
  return jax.tree.map(jnp.asarray, batch)


def _learn(policy, config, batches, **options):
  optimizer = state_lib.make_optimizer(config)
  state = state_lib.initial(policy, optimizer, jax.random.key(0))
  step = jax.jit(
    functools.partial(
      sgd_step.sgd_step, policy=policy, optimizer=optimizer, config=config
    )
  )
  losses = []
  for batch in batches:
    state, metrics = step(state, batch)
    losses.append(float(metrics['eyes_loss']))
  return state, losses


def _found(policy, params, num=200):
  """How often the maximum of the map lies on the goal that is in the frame."""
  pixels, places = _frames(num, np.random.default_rng(99))
  eyes = policy.network.eyes
  own = {'params': params['params'][policy_eyes.EYES]}
  hits, shown, hidden = [], [], []
  for colour in range(3):
    words = jnp.asarray(np.repeat(_GOALS[colour : colour + 1], num, axis=0))
    maps, score, _ = eyes.apply(own, jnp.asarray(pixels), words, words[:1])
    there = places[:, colour] >= 0
    best = np.argmax(np.asarray(maps).reshape(num, -1), axis=1)
    hits += list(best[there] == places[there, colour])
    shown += list(np.asarray(score)[there])
    hidden += list(np.asarray(score)[~there])
  return np.mean(hits), np.mean(shown), np.mean(hidden)


def test_eyes_learn_from_whole_frames_where_things_are():
  policy = _policy()
  config = LearnerConfig(learning_rate=3e-3, passes_per_batch=1)
  batches = [_batch(16, 9, seed) for seed in range(60)]
  state, losses = _learn(policy, config, batches)
  assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:10])
  hits, shown, hidden = _found(policy, state.params)
  assert hits > 0.9
  assert shown > 0 > hidden


def test_without_a_weight_eyes_stay_as_they_began():
  policy = _policy()
  config = LearnerConfig(passes_per_batch=1, eyes_cost=0.0)
  state, _ = _learn(policy, config, [_batch(4, 3, 0)])
  start = state_lib.initial(
    policy, state_lib.make_optimizer(config), jax.random.key(0)
  ).params
  for name, same in ((policy_eyes.EYES, True), ('policy', False)):
    pairs = zip(
      jax.tree.leaves(start['params'][name]),
      jax.tree.leaves(state.params['params'][name]),
      strict=True,
    )
    assert all(np.array_equal(a, b) for a, b in pairs) == same


def test_many_devices_see_as_one():
  policy, devices = _policy(), replicate.local_devices(2)
  batch = _batch(4, 3, 1)
  # Devices with unequal numbers of scores.
  batch = batch._replace(goal_scores=batch.goal_scores.at[0].set(jnp.nan))
  config = LearnerConfig()
  params = policy.init(jax.random.key(0))
  gradient = functools.partial(
    jax.grad(sgd_step.loss, has_aux=True), policy=policy, config=config
  )
  alone, metrics = jax.jit(gradient)(params, batch)
  spread = replicate.pmap(
    functools.partial(gradient, axis_name=replicate.AXIS), devices=devices
  )
  parts, shared = spread(
    replicate.replicate(params, devices), replicate.shard(batch, 2)
  )
  np.testing.assert_allclose(
    shared['eyes_loss'][0], metrics['eyes_loss'], rtol=1e-4
  )
  jax.tree.map(
    lambda whole, halves: np.testing.assert_allclose(
      jnp.mean(halves, axis=0), whole, rtol=1e-3, atol=1e-5
    ),
    alone,
    parts,
  )
