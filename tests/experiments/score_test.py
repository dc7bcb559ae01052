import csv
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from acme_vlm import rewards
from acme_vlm.environments.android import frames as frames_lib
from acme_vlm.rewards import windows
from experiments import reward_source, score

GOALS = ('Clock', 'Gmail', 'Calendar')
MODEL = ('--checkpoint', 'in_domain/phone_tiny')
SCREEN = (120, 72)


@pytest.fixture(scope='module')
def shots(tmp_path_factory):
  """Screens of the three apps and of home, by name, in two sizes."""
  frames, labels = frames_lib.labeled_frames(
    'open_common_apps', split='evaluation', seed=1, num=80, screen=SCREEN
  )
  folder = tmp_path_factory.mktemp('shots')
  for name in (*GOALS, frames_lib.HOME_SCREEN):
    image = Image.fromarray(frames[labels.index(name)])
    image.convert('RGBA').save(folder / f'{name}.png')
    if name == 'Clock':
      image.resize((144, 240)).save(folder / 'larger.png')
  return folder


def _video(shots, path):
  """Four frames of home, then six of the clock, five a second."""
  order = [frames_lib.HOME_SCREEN] * 4 + ['Clock'] * 6
  frames = [
    np.asarray(Image.open(shots / f'{name}.png').convert('RGB'))
    for name in order
  ]
  raw = ('-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', '72x120', '-r', '5')
  command = [imageio_ffmpeg.get_ffmpeg_exe(), '-loglevel', 'error', *raw]
  command += ['-i', '-', '-c:v', 'ffv1', str(path)]  # Without loss.
  data = np.stack(frames).tobytes()
  subprocess.run(command, check=True, input=data)
  return np.stack(frames)


def _table(out):
  with open(out / 'scores.csv', newline='', encoding='utf-8') as file:
    return list(csv.DictReader(file))


def _numbers(rows):
  return np.array([[float(row[goal]) for goal in GOALS] for row in rows])


def test_images_of_several_sizes_against_goals(shots, tmp_path, capsys):
  out = tmp_path / 'out'
  words = ('--goals', *GOALS, '--negatives', 'the home screen')
  score.main([*MODEL, '--images', str(shots), *words, '--out', str(out)])
  rows = {row['file'].rpartition('/')[2]: row for row in _table(out)}
  assert list(rows) == sorted(rows, key=str.lower) and len(rows) == 5
  for name, row in rows.items():
    shown = {'larger.png': 'Clock'}.get(name, name.removesuffix('.png'))
    for goal in GOALS:
      assert (float(row[goal]) > 0.5) == (goal == shown), name
  # The other goals, and the home screen, are the negatives of eq. 1.
  reward = rewards.RewardConfig(
    checkpoint='in_domain/phone_tiny',
    prompt_templates=('[TASK]',),
    num_negatives=3,
    extra_negatives=('the home screen',),
    threshold=0.5,
    task_set=GOALS,
  )
  assert reward_source.read(str(out / 'reward.json')).reward == reward
  model = rewards.make_reward_model(reward)
  frame = np.asarray(Image.open(shots / 'Gmail.png').convert('RGB'))
  np.testing.assert_allclose(
    _numbers([rows['Gmail.png']]),
    model.score_goals(frame[None], GOALS),
    atol=1e-4,
  )
  shown = capsys.readouterr().out
  assert '5 frames against 3 goals, threshold 0.5' in shown
  assert shown.count('*') == 5, 'four screens, and what the mark means'
  assert (out / 'scores.png').read_bytes()[:4] == b'\x89PNG'


def test_a_video_is_one_episode_for_each_goal(shots, tmp_path):
  frames = _video(shots, tmp_path / 'phone.mkv')
  reward = tmp_path / 'reward.json'
  reward_source.write(
    reward,
    rewards.RewardConfig(
      checkpoint='in_domain/phone_tiny',
      task_set=GOALS,
      num_negatives=3,
      window=2,
      hysteresis=(2, 3),
      threshold=0.6,
    ),
  )
  out = tmp_path / 'out'
  source = ('--experiment', str(reward), '--video', str(tmp_path / 'phone.mkv'))
  score.main([*source, '--out', str(out)])
  rows = _table(out)
  assert [row['frame'] for row in rows] == [str(n) for n in range(10)]
  seconds = [float(row['seconds']) for row in rows]
  np.testing.assert_allclose(seconds, np.arange(10) / 5, atol=1e-3)
  config = reward_source.read(str(reward)).reward
  model = rewards.make_reward_model(config)
  expected = np.empty((10, 3))
  for g in range(3):
    episode = windows.EpisodeScorer(model, GOALS, 1)
    for n in range(10):
      expected[n, g] = episode.scores(
        frames[n : n + 1], np.array([g], np.int32), np.array([7])
      )[0]
  np.testing.assert_allclose(_numbers(rows), expected, atol=1e-4)
  success = expected[:, 0] > 0.6
  assert success[5:].all() and not success[:5].any(), 'the second frame of two'
  score.main([*source, '--goals', 'Gmail', '--fps', '2', '--out', str(out)])
  rows = _table(out)
  assert [row['frame'] for row in rows] == ['0', '3', '5', '8']
  assert 'Clock' not in rows[0]


@pytest.mark.parametrize(
  ('options', 'said'),
  [
    (['--goals', 'a', 'b'], 'expected --images or --video, got neither'),
    (['--goals', 'a', '--images', 'x', '--video', 'y'], 'got both'),
    (['--images', 'shots'], 'expected at least one goal (--goals), got none'),
    (['--images', 'shots', '--goals', ' '], "a goal in words, got ' '"),
    (['--images', 'shots', '--goals', 'a', 'a'], "differ, got ('a', 'a')"),
    (['--images', 'shots', '--goals', 'a'], "to tell the goal 'a' from: more"),
    (['--images', 'bare', '--goals', 'a', 'b'], 'in the folder'),
    (['--images', 'no.png', '--goals', 'a', 'b'], "got 'no.png'"),
    (['--images', 'empty.png', '--goals', 'a', 'b'], 'format is not known'),
    (['--video', 'empty.png', '--goals', 'a', 'b'], 'that ffmpeg reads'),
    (
      ['--images', 'shots', '--goals', 'word ' * 90, 'b'],
      'texts of at most 20 tokens',
    ),
    (['--images', 'shots', '--goals', 'a', 'b', '--head', 'x'], "got 'x'"),
    (['--images', 'shots', '--goals', 'a', 'b', '--template', 'x'], '[TASK]'),
    (['--images', 'shots', '--goals', 'a', 'b', '--out', 'empty.png/x'], 'to'),
  ],
)
def test_mistakes_are_one_clear_line(
  shots, tmp_path, monkeypatch, capsys, options, said
):
  monkeypatch.chdir(tmp_path)
  (tmp_path / 'bare').mkdir()
  (tmp_path / 'empty.png').touch()
  (tmp_path / 'shots').symlink_to(shots)
  words = [*MODEL, '--threshold', '0.4', *options]
  with pytest.raises(SystemExit) as stop:
    score.main(words)
  shown = capsys.readouterr().err
  assert stop.value.code == 2
  assert said in shown and shown.count('\n') == 1, shown


@pytest.mark.parametrize(
  ('checkpoint', 'said'),
  [
    (['--checkpoint', 'in_domain/none'], 'in_domain/none'),
    ([], 'expected --checkpoint or --experiment, got none'),
    (['--experiment', 'none.py'], 'none.py'),
  ],
)
def test_no_model(capsys, checkpoint, said):
  words = ['--images', 'docs', '--goals', 'a', 'b']
  with pytest.raises(SystemExit):
    score.main([*checkpoint, *words])
  assert said in capsys.readouterr().err


def test_the_help_tells_what_the_negatives_are(capsys):
  with pytest.raises(SystemExit) as stop:
    score.main(['--help'])
  assert stop.value.code == 0
  assert 'the other goals are its negatives' in ' '.join(
    capsys.readouterr().out.replace('│', ' ').split()
  )
