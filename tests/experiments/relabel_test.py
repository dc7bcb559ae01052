import csv
import json

import numpy as np
import pytest

from acme_vlm.datasets import episodes
from experiments import relabel

_EXPERIMENT = 'experiments/open_common_apps.py'
_SMALL = (
  *('--reward.checkpoint', 'in_domain/phone_tiny'),
  *('--reward.num-negatives', '3', '--service.batch-sizes', '16'),
)
_GOALS = ('Gmail', 'Clock', 'Docs')


@pytest.fixture
def folder(tmp_path):
  rng = np.random.default_rng(0)
  writer = episodes.create(
    tmp_path / 'recorded', goals=_GOALS, environment='somewhere'
  )
  for number in range(3):
    writer.append(
      episodes.Episode(
        pixels=rng.integers(0, 256, (4, 40, 24, 3), dtype=np.uint8),
        goal=number,
        # Truth that no frame bears out: labels must not follow it.
        achieved=np.ones((4, 3), np.int8),
        action=np.zeros(3, np.int32),
        policy='random',
        seed=number,
      )
    )
  return writer.path


def _run(monkeypatch, capsys, folder, *options):
  words = [_EXPERIMENT, str(folder), *_SMALL, *options]
  monkeypatch.setattr('sys.argv', ['relabel', *words])
  code = 0
  try:
    relabel.main()
  except SystemExit as stop:
    code = stop.code
  printed = capsys.readouterr()
  return code, printed.out, printed.err


def test_images_are_read_once(monkeypatch, capsys, folder):
  code, out, _ = _run(monkeypatch, capsys, folder)
  assert code == 0
  assert '12 images embedded' in out
  # From here on the images may as well be gone.
  monkeypatch.setattr(
    episodes.EpisodeDataset, '__getitem__', lambda *_: pytest.fail('opened')
  )
  for options in (
    ('--reward.threshold', '0.0'),
    ('--reward.prompt-templates', 'a [TASK]', 'the [TASK] app'),
    ('--reward.hysteresis', '2', '3'),
  ):
    code, out, _ = _run(monkeypatch, capsys, folder, *options)
    assert code == 0
    assert '0 images embedded' in out
  assert len(list((folder / 'labels').iterdir())) == 4


def test_labels_say_when_which_goal_was_achieved(monkeypatch, capsys, folder):
  out = folder / 'here'
  code, _, _ = _run(
    monkeypatch, capsys, folder, '--out', str(out), '--reward.threshold', '0.4'
  )
  assert code == 0
  with open(out / 'labels.csv', newline='') as file:
    rows = list(csv.DictReader(file))
  assert [row['goal'] for row in rows] == list(_GOALS)
  for number, row in enumerate(rows):
    scores = np.load(out / 'scores' / f'{number:08d}.npy')
    assert scores.shape == (3, 3)
    firsts = {}
    for goal, name in enumerate(_GOALS):
      over = [step for step in range(3) if scores[step, goal] > 0.4]
      if over:
        firsts[name] = over[0]
    own = firsts.pop(row['goal'], '')
    assert row['success_step'] == str(own)
    assert row['hindsight'] == '; '.join(f'{k}@{v}' for k, v in firsts.items())
  about = json.loads((out / 'reward.json').read_text())
  assert about['reward']['threshold'] == 0.4
  # Exact in any reader of JSON, as in the name of the folder.
  assert len(about['version']) == 16 and int(about['version'], 16) > 0


@pytest.mark.parametrize(
  ('options', 'line'),
  [
    (('--reward.threshold', '2'), 'expected a threshold in [0, 1]'),
    (('--out', '/proc/nowhere'), 'expected a folder to write labels to'),
  ],
)
def test_a_mistake_is_one_line(monkeypatch, capsys, folder, options, line):
  code, _, err = _run(monkeypatch, capsys, folder, *options)
  assert code == 2
  assert line in err
  assert err.count('\n') == 1


def test_a_folder_without_episodes_is_one_line(monkeypatch, capsys, tmp_path):
  code, _, err = _run(monkeypatch, capsys, tmp_path)
  assert code == 2
  assert 'expected a folder of recorded episodes' in err
