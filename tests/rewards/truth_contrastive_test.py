"""The losses of truth against their definitions in loops, and its update."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from acme_vlm.rewards import truth_contrastive

# Six frames; captions 0-2 exclude one another, 3-4 too, 5 stands alone.
_GROUP = np.array([0, 0, 0, 1, 1, -1], np.int32)
_TRUTH = np.array(
  [
    [1, 0, 0, 1, 0, 1],
    [0, 1, 0, -1, -1, 0],
    [1, 1, 0, 0, 1, -1],
    [0, 0, 0, 1, 1, 1],
    [-1, 1, 1, 0, 0, 0],
    [1, 0, 0, -1, 1, 0],
  ],
  np.int8,
)


def _logits(scale=3.0):
  rng = np.random.default_rng(0)
  return (rng.normal(size=_TRUTH.shape) * scale).astype(np.float32)


def _group_reference(s, truth, group):
  groups = []
  for k in sorted(set(group.tolist()) - {-1}):
    own = [c for c in range(len(group)) if group[c] == k]
    losses = []
    for i in range(len(s)):
      wrong = sum(np.exp(s[i, c]) for c in own if truth[i, c] == 0)
      right = [np.exp(s[i, c]) for c in own if truth[i, c] == 1]
      if right:
        losses.append(np.mean([-np.log(e / (e + wrong)) for e in right]))
    if losses:
      groups.append(np.mean(losses))
  return np.mean(groups)


def _caption_reference(s, truth, group):
  losses = []
  for c in np.flatnonzero(group >= 0):
    wrong = sum(np.exp(s[j, c]) for j in np.flatnonzero(truth[:, c] == 0))
    own = np.flatnonzero(truth[:, c] == 1)
    if len(own):
      losses.append(
        np.mean(
          [-np.log(np.exp(s[i, c]) / (np.exp(s[i, c]) + wrong)) for i in own]
        )
      )
  return np.mean(losses)


@pytest.mark.parametrize(
  'ours,reference',
  [
    (truth_contrastive.group_loss, _group_reference),
    (truth_contrastive.caption_loss, _caption_reference),
  ],
)
def test_losses_of_groups_are_the_definition(ours, reference):
  s = _logits()
  loss, grads = jax.jit(jax.value_and_grad(ours))(s, _TRUTH, _GROUP)
  np.testing.assert_allclose(
    loss, reference(s.astype(float), _TRUTH, _GROUP), rtol=1e-5
  )
  # By differences, in double precision.
  for i, c in ((0, 0), (1, 2), (2, 4), (3, 3), (5, 3), (0, 5)):
    step = np.zeros(s.shape)
    step[i, c] = 1e-5
    up, down = (
      reference(s + sign * step, _TRUTH, _GROUP) for sign in (1.0, -1.0)
    )
    np.testing.assert_allclose(grads[i, c], (up - down) / 2e-5, atol=1e-5)


@pytest.mark.parametrize(
  'loss', [truth_contrastive.group_loss, truth_contrastive.caption_loss]
)
def test_unknown_pairs_and_padding_have_no_gradient(loss):
  s = _logits()
  padded = np.concatenate([s, np.full((6, 2), 90, np.float32)], axis=1)
  truth = np.pad(_TRUTH, ((0, 0), (0, 2)), constant_values=-1)
  group = np.pad(_GROUP, (0, 2), constant_values=-1)
  value, grads = jax.jit(jax.value_and_grad(loss))(padded, truth, group)
  np.testing.assert_allclose(value, loss(s, _TRUTH, _GROUP), rtol=1e-6)
  np.testing.assert_array_equal(np.asarray(grads)[truth < 0], 0)
  np.testing.assert_array_equal(grads[:, 6:], 0)


@pytest.mark.parametrize(
  'loss', [truth_contrastive.group_loss, truth_contrastive.caption_loss]
)
def test_far_logits_and_empty_batches_stay_finite(loss):
  far = _logits(scale=300.0)
  for s, truth in ((far, _TRUTH), (far, np.full_like(_TRUTH, -1))):
    value, grads = jax.jit(jax.value_and_grad(loss))(s, truth, _GROUP)
    assert np.isfinite(value) and np.isfinite(grads).all()
  assert loss(far, np.zeros_like(_TRUTH), _GROUP) == 0


def test_patches_are_compared_with_caption_and_background():
  rng = np.random.default_rng(0)
  patches = rng.normal(size=(2, 2, 3, 4)).astype(np.float32)
  texts = rng.normal(size=(5, 4)).astype(np.float32)
  nothing = rng.normal(size=4).astype(np.float32)
  z = truth_contrastive.patch_logits(
    patches, texts, jnp.asarray(nothing), jnp.asarray(7.0)
  )
  for n, r, c, m in ((0, 0, 0, 0), (1, 1, 2, 4), (1, 0, 1, 3)):
    f = patches[n, r, c]
    expected = 7.0 * (f @ texts[m] - f @ nothing)
    np.testing.assert_allclose(z[n, r, c, m], expected, rtol=1e-4)


def test_patch_loss_is_the_definition():
  rng = np.random.default_rng(0)
  places = rng.normal(size=(6, 2, 3, 6)).astype(np.float32)
  z = np.log(np.exp(places.astype(float)).sum(axis=(1, 2)))
  p = 1 / (1 + np.exp(-z))
  right = np.mean(-np.log(p[_TRUTH == 1]))
  wrong = np.mean(-np.log(1 - p[_TRUTH == 0]))
  loss, grads = jax.value_and_grad(truth_contrastive.patch_loss)(
    places, _TRUTH, 0.3
  )
  np.testing.assert_allclose(loss, 0.3 * right + 0.7 * wrong, rtol=1e-5)
  unknown = np.moveaxis(np.asarray(grads), 3, 1)[_TRUTH < 0]
  np.testing.assert_array_equal(unknown, 0)


def test_patch_loss_of_a_batch_without_positives_is_finite():
  places = np.full((2, 2, 2, 3), -50.0, np.float32)
  truth = np.zeros((2, 3), np.int8)
  loss = truth_contrastive.patch_loss(places, truth, 0.5)
  np.testing.assert_allclose(loss, 0, atol=1e-6)


def test_place_loss_is_the_definition():
  rng = np.random.default_rng(0)
  z = rng.normal(size=(3, 2, 2, 5)).astype(np.float32) * 2
  # The last caption is padding.
  alone = np.array([4, 7, 8, 9, -1], np.int32)
  column = np.array([0, 0, 1, 1, 0], np.int32)
  at = np.stack(
    [rng.choice([-2, -1, 0, 1], (3, 2, 2)), rng.choice([-1, 2, 3], (3, 2, 2))],
    axis=-1,
  ).astype(np.int16)
  columns = []
  for k, own in enumerate(([0, 1], [2, 3])):
    # Of each frame and caption one mean.
    there, nothing = {}, []
    for place in np.ndindex(3, 2, 2):
      scores = np.exp(z[place].astype(float))
      total = 1 + sum(scores[c] for c in own)
      here = at[place][k]
      if here >= 0:
        loss = -np.log(scores[here] / total)
        there.setdefault((place[0], here), []).append(loss)
      elif here == -1:
        nothing.append(-np.log(1 / total))
    means = [np.mean(losses) for losses in there.values()]
    columns.append(0.3 * np.mean(means) + 0.7 * np.mean(nothing))
  loss, grads = jax.jit(
    jax.value_and_grad(truth_contrastive.place_loss), static_argnums=4
  )(z, at, alone, column, 0.3)
  np.testing.assert_allclose(loss, np.sum(columns), rtol=1e-5)
  grads = np.asarray(grads)
  assert not grads[..., 4].any()
  assert not grads[..., :2][at[..., 0] == -2].any()
  assert np.all(grads[..., 2:4] != 0)


def test_place_loss_where_nothing_is_known_is_zero():
  at = np.full((1, 2, 2, 1), -2, np.int16)
  z = np.full((1, 2, 2, 3), 80.0, np.float32)
  zeros = np.zeros(3, np.int32)
  assert truth_contrastive.place_loss(z, at, zeros, zeros, 0.5) == 0


def test_groups_are_numbered_from_nothing():
  group = np.array([70, -2, 5, 70, 5, -1])
  np.testing.assert_array_equal(
    truth_contrastive.renumber(group), [1, -1, 0, 1, 0, -1]
  )
  np.testing.assert_array_equal(truth_contrastive.renumber(group[:1]), [0])


def test_shifts_reach_every_place_and_repeat_the_edge():
  frames = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 3), np.uint8)
  padded = np.pad(frames, ((0, 0), (1, 1), (1, 1), (0, 0)), mode='edge')
  windows = {
    padded[:, i : i + 4, j : j + 5].tobytes(): (i, j)
    for i in range(3)
    for j in range(3)
  }
  seen = set()
  for seed in range(60):
    shifted = truth_contrastive.shift(frames, 1, jax.random.key(seed))
    seen.add(windows[np.asarray(shifted).tobytes()])
  assert len(seen) == 9
  assert truth_contrastive.shift(frames, 0, jax.random.key(0)) is frames
