import subprocess

import imageio_ffmpeg
import numpy as np
import pytest

from acme_vlm.evaluation import results, video

HEIGHT, WIDTH, SCALE = 60, 60, 3
LENGTH = 4


def episode(*, success=True, rewarded=True, pixels=True):
  rng = np.random.default_rng(0)
  frames = rng.integers(100, 156, (LENGTH + 1, HEIGHT, WIDTH, 3), np.uint8)
  scores = np.array([0.1, 0.2, 0.3, 0.9 if rewarded else 0.3], np.float32)
  return results.EpisodeResult(
    goal=0,
    goal_name='Gmail',
    length=LENGTH,
    true_success=success,
    vlm_success=rewarded,
    true_return=float(success),
    scores=scores,
    achieved=np.array([False, False, False, success]),
    actions=np.arange(LENGTH, dtype=np.int32),
    pixels=frames if pixels else None,
  )


def describe(action):
  return video.ActionMark('tap', (0.25, 0.75) if action else None)


def panel(step, **options):
  return video.draw_panel(episode(**options), step, describe, 0.5, SCALE)


def has(image, colour):
  return (image == colour).all(axis=-1)


def test_the_frame_is_enlarged_as_it_is():
  drawn = panel(0)
  top = (drawn.shape[0] - HEIGHT * SCALE) - video._FOOTER
  shown = drawn[top : top + HEIGHT * SCALE, : WIDTH * SCALE]
  np.testing.assert_array_equal(shown[1::SCALE, 1::SCALE], episode().pixels[0])


def test_a_tap_is_marked_where_it_goes():
  assert not has(panel(0), video._TAP).any()
  y, x = np.nonzero(has(panel(1), video._TAP))
  assert y.mean() == pytest.approx(video._HEADER + 0.25 * HEIGHT * SCALE, abs=2)
  assert x.mean() == pytest.approx(0.75 * WIDTH * SCALE, abs=2)


def test_the_bar_is_as_long_as_the_score():
  lengths = []
  for step in (1, 2, 3):
    bar = has(panel(step), video._BAR)
    lengths.append(bar.any(axis=0).sum())
  end = WIDTH * SCALE - 40
  # The threshold's tick does not cover these.
  np.testing.assert_allclose(lengths, np.array([0.1, 0.2, 0.3]) * end, atol=2)


def test_the_bar_begins_at_the_lowest_score():
  """Similarities may be negative, and an ensemble may say nothing."""
  scores = np.array([-1.0, -0.5, 0.2, np.nan], np.float32)
  lengths, taken = [], episode()._replace(scores=scores)
  for step in (1, 2, 3, 4):
    drawn = video.draw_panel(taken, step, describe, 0.6, SCALE, (-1.0, 1.0))
    lengths.append(has(drawn, video._BAR).any(axis=0).sum())
    assert not has(drawn, video._GOOD).all(axis=0).any()
  end = WIDTH * SCALE - 40
  np.testing.assert_allclose(lengths, np.array([0, 0.25, 0.6, 0]) * end, atol=2)


@pytest.mark.parametrize('success', [True, False])
@pytest.mark.parametrize('rewarded', [True, False])
def test_the_end_shows_what_was_true_and_what_was_said(success, rewarded):
  before = panel(LENGTH - 1, success=success, rewarded=rewarded)
  end = panel(LENGTH, success=success, rewarded=rewarded)
  footer = end.shape[0] - video._FOOTER
  outline = end[video._HEADER, 5]
  np.testing.assert_array_equal(outline, video._GOOD if success else video._BAD)
  assert not has(before[:footer], video._GOOD).any(), (
    'the end is not told early'
  )
  # The score bar of a rewarded frame turns green.
  bar = end[footer + 8 : footer + 16]
  assert has(bar, video._GOOD).any() == rewarded


def _read(path):
  """Frames uint8 [H, W, 3]; imageio's reader leaves its pipes open."""
  program = imageio_ffmpeg.get_ffmpeg_exe()
  data = subprocess.run(
    [program, '-i', path, '-f', 'image2pipe', '-c:v', 'ppm', '-'],
    capture_output=True,
    check=True,
  ).stdout
  frames = []
  while data:
    kind, size, most, data = data.split(b'\n', 3)
    assert (kind, most) == (b'P6', b'255')
    width, height = map(int, size.split())
    pixels, data = data[: 3 * width * height], data[3 * width * height :]
    frames.append(np.frombuffer(pixels, np.uint8).reshape(height, width, 3))
  return frames


def test_a_video_holds_every_episode_to_its_end(tmp_path):
  path = tmp_path / 'episodes.mp4'
  short = episode()
  video.write_video(
    path, [short] * 3, describe, threshold=0.5, columns=2, scale=SCALE
  )
  frames = _read(path)
  hold = round(1.5 * 3)
  # Two at once, then the third alone.
  assert len(frames) == 2 * (LENGTH + 1 + hold)
  assert frames[0].shape[0] % 2 == 0 and frames[0].shape[1] % 2 == 0
  right = frames[0].shape[1] // 2 + video._GAP
  assert frames[0][:, right:].std() > 10
  assert frames[-1][:, right:].std() < 10, 'an empty place is drawn'


def test_episodes_without_frames_are_refused(tmp_path):
  with pytest.raises(ValueError, match='episodes with recorded frames'):
    video.write_video(
      tmp_path / 'v.mp4', [episode(pixels=False)], describe, threshold=0.5
    )
