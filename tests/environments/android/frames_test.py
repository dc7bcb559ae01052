import collections

import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.environments.android import frames
from acme_vlm.environments.android.apps import catalogue
from acme_vlm.environments.android.drawing import renderer

TASK_SET = 'open_common_apps'


def _draw(**options):
  return frames.labeled_frames(
    TASK_SET, **{'split': 'train', 'seed': 0, 'num': 60, **options}
  )


def test_shares_of_labels():
  pixels, labels = _draw(num=200, home_fraction=0.3)
  assert pixels.shape == (200, 120, 72, 3) and pixels.dtype == np.uint8
  counts = collections.Counter(labels)
  assert counts.pop(frames.HOME_SCREEN) == 60
  assert set(counts) == set(catalogue.TASK_SETS[TASK_SET])
  assert set(counts.values()) == {14}


def test_a_label_says_what_was_drawn(monkeypatch):
  apps = catalogue.TASK_SETS[TASK_SET]

  def coded(value):
    return np.full((120, 72, 3), value, np.uint8)

  monkeypatch.setattr(
    renderer, 'app_frame', lambda look, name, screen: coded(apps.index(name))
  )
  monkeypatch.setattr(renderer, 'home_frame', lambda *_: coded(255))
  pixels, labels = _draw()
  for frame, label in zip(pixels, labels, strict=True):
    expected = 255 if label == frames.HOME_SCREEN else apps.index(label)
    assert frame[0, 0, 0] == expected


def test_seeds_are_repeatable_and_splits_share_no_frame():
  drawn = {
    (split, seed): _draw(split=split, seed=seed, num=40)
    for split in ('train', 'validation', 'evaluation')
    for seed in (0, 1)
  }
  again, labels = _draw(num=40)
  np.testing.assert_array_equal(again, drawn['train', 0][0])
  assert labels == drawn['train', 0][1]
  seen = [{frame.tobytes() for frame in pixels} for pixels, _ in drawn.values()]
  assert len(set().union(*seen)) == sum(map(len, seen))


def test_frames_are_shuffled():
  _, labels = _draw(num=100)
  home = [index for index, label in enumerate(labels) if label == 'home screen']
  assert min(home) < 20 and max(home) > 80


def test_no_home_screens_and_only_home_screens():
  assert frames.HOME_SCREEN not in _draw(home_fraction=0.0, num=10)[1]
  assert set(_draw(home_fraction=1.0, num=10)[1]) == {frames.HOME_SCREEN}


@pytest.mark.parametrize(
  'options',
  [
    {'num': -1},
    {'home_fraction': 1.5},
    {'num_contents': 0},
    {'split': 'dev'},
  ],
)
def test_mistakes(options):
  with pytest.raises(errors.AcmeVlmError):
    _draw(**options)


def test_unknown_task_set():
  with pytest.raises(errors.UnknownNameError, match="task set 'open_doors'"):
    frames.labeled_frames('open_doors', split='train', seed=0, num=1)
