"""Held-out numbers against counting by hand."""

import numpy as np

from acme_vlm.rewards import contrastive_evaluation


def test_average_precision_is_the_mean_precision_at_the_hits():
  scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
  positive = np.array([True, False, True, False, True])
  np.testing.assert_allclose(
    contrastive_evaluation.average_precision(scores, positive),
    (1 / 1 + 2 / 3 + 3 / 5) / 3,
  )


def test_average_precision_takes_equal_scores_together():
  positive = np.array([True, False, False, False])
  for order in ([0, 1, 2, 3], [3, 2, 1, 0]):
    found = contrastive_evaluation.average_precision(
      np.zeros(4), positive[order]
    )
    np.testing.assert_allclose(found, 1 / 4)


class _Lookup:
  """A CLIP whose image features are the frames' own first three values."""

  def apply(self, variables, *args, method):
    if method == 'encode_text':
      return np.eye(3, dtype=np.float32)
    return args[0][:, 0, 0]


class _Checkpoint:
  module = _Lookup()
  parameters = {'logit_scale': np.log(10.0)}  # noqa: RUF012

  class preprocessing:  # noqa: N801
    pass

  def tokenize(self, prompts):
    assert prompts == ['Open Clock', 'Open Maps', 'Open home']
    return np.zeros((3, 2), np.int32), np.ones((3, 2), np.int32)


def test_counts_are_those_of_the_pairs(monkeypatch):
  monkeypatch.setattr(
    contrastive_evaluation.pixels,
    'preprocess',
    lambda frames, preprocessing: frames.astype(np.float32),
  )
  one_hot = np.eye(3, dtype=np.uint8) * 255
  #        right     right     Clock taken for Maps, home for Clock, right
  seen = one_hot[[0, 1, 1, 0, 2]]
  report = contrastive_evaluation.evaluate(
    _Checkpoint(),
    seen[:, None, None, :],
    ['Clock', 'Maps', 'Clock', 'home', 'home'],
    goals=('Clock', 'Maps'),
    neutral='home',
    template='Open [TASK]',
    batch_size=2,
  )
  np.testing.assert_allclose(report.temperature, 0.1)
  np.testing.assert_allclose(report.precision, 2 / 4)
  np.testing.assert_allclose(report.recall, 2 / 3)
  np.testing.assert_allclose(report.accuracy, 3 / 5)
  np.testing.assert_allclose(report.neutral_false_positives, 1 / 2)
  assert sorted(report.worst) == ['Clock > Maps: 1', 'home > Clock: 1']
