import numpy as np
import pytest

from acme_vlm.rewards import precision_bounds


def _brute_bootstrap(said, hits, replicates=4000):
  rng = np.random.default_rng(7)
  shares = []
  for _ in range(replicates):
    drawn = rng.integers(0, len(said), len(said))
    if said[drawn].sum():
      shares.append(hits[drawn].sum() / said[drawn].sum())
  return np.percentile(shares, [2.5, 97.5])


def test_the_interval_is_the_wider_of_bootstrap_and_wilson_by_episodes():
  rng = np.random.default_rng(0)
  groups = rng.permutation(np.repeat(np.arange(40), 25))
  # Of a quarter of the episodes almost everything that is said is wrong.
  good = (np.arange(40) % 4 > 0)[groups]
  p = rng.random(1000).astype(np.float32)
  shows = rng.random(1000) < np.where(good, 0.97, 0.1)
  thresholds = np.array([0.0, 0.5, 0.9, 0.95, 2.0])
  found = precision_bounds.intervals(p, shows, groups, thresholds)
  for (precision, low, high), threshold in zip(
    found[:4], thresholds, strict=False
  ):
    said = np.bincount(groups, p > threshold, 40)
    hits = np.bincount(groups, (p > threshold) & shows, 40)
    assert precision == pytest.approx(hits.sum() / said.sum())
    episodes = (said > 0).sum()
    centre = precision + 1.96**2 / (2 * episodes)
    spread = 1.96 * np.sqrt(
      precision * (1 - precision) / episodes + (1.96 / (2 * episodes)) ** 2
    )
    wilson = np.array([centre - spread, centre + spread])
    wilson /= 1 + 1.96**2 / episodes
    brute = _brute_bootstrap(said, hits)
    assert low == pytest.approx(min(wilson[0], brute[0]), abs=0.015)
    assert high == pytest.approx(max(wilson[1], brute[1]), abs=0.015)
  assert np.isnan(found[4]).all(), 'nothing is above 2'


def test_where_nothing_is_wrong_there_still_is_doubt():
  low = precision_bounds.intervals(
    np.ones(60), np.ones(60, bool), np.repeat(np.arange(20), 3), np.zeros(1)
  )[0, 1]
  # Wilson's bound of 20 of 20, as in his paper: n / (n + z²).
  assert low == pytest.approx(20 / (20 + 1.96**2), abs=1e-4)


def test_a_share_has_the_interval_of_a_precision():
  chosen = np.array([True, True, False, True])
  groups = np.array([0, 1, 1, 2])
  share, low, high = precision_bounds.of_share(chosen, groups)
  assert share == 0.75 and low < 0.75 < high
  assert np.isnan(precision_bounds.of_share(chosen[:0], groups[:0])[0])
