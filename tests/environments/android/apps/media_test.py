from acme_vlm.environments.android.apps import media
from tests.environments.android.apps import recording

CAMERA, PHOTOS, MUSIC, VIDEOS, PODCASTS, RADIO, RECORDER, BOOKS, NEWS = (
  media.APPS
)


def test_every_app_keeps_the_rules():
  # The camera's view and the player's cover say what they are.
  recording.check(
    media.APPS, wordless={'Camera', 'Music'}, one_theme={'Camera'}
  )


def test_the_radio_plays_on_the_vhf_band():
  for seed in range(20):
    station = float(recording.texts(RADIO, seed=seed)[1])
    assert 88 <= station <= 108


def test_a_camera_has_modes_and_a_white_shutter():
  page = recording.RecordingPage(CAMERA)
  assert page.texts == ['Video', 'Photo', 'Night']
  assert page.finish().getpixel((36, 103)) == (255, 255, 255)


def test_a_song_has_a_title_and_a_singer():
  written = recording.texts(MUSIC)
  assert written[0] == 'Now playing'
  assert len(written[1].split()) == 2 and written[2].isalpha()


def test_covers_and_headlines_have_words():
  assert len(recording.texts(PODCASTS)) == 1 + 6
  assert len(recording.texts(VIDEOS)) == 1 + 2 * 3
  assert len(recording.texts(NEWS)) == 1 + 2 + 4
  for app in (PHOTOS, BOOKS):
    assert recording.texts(app) == [app.name]


def test_a_recording_runs():
  minutes, seconds = recording.texts(RECORDER)[1].split(':')
  assert int(minutes) < 60 and int(seconds) < 60
