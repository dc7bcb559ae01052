from acme_vlm.environments.android.apps import tools
from tests.environments.android.apps import recording

BY_NAME = {app.name: app for app in tools.APPS}


def test_every_app_keeps_the_rules():
  recording.check(tools.APPS, one_theme={'Flashlight', 'Terminal'})


def test_instruments_show_plausible_readings():
  for seed in range(10):
    degrees = recording.texts(BY_NAME['Thermostat'], seed=seed)[1]
    assert 15 <= int(degrees) < 30
    tilt = recording.texts(BY_NAME['Level'], seed=seed)[1]
    assert 0 <= float(tilt.removesuffix('°')) < 45
    charge = recording.texts(BY_NAME['Flashlight'], seed=seed)[1]
    assert 10 <= int(charge.removesuffix('%')) < 100


def test_the_terminal_is_green_on_black_in_both_themes():
  for dark in (False, True):
    page = recording.RecordingPage(BY_NAME['Terminal'], dark=dark)
    pixels = page.finish()
    reds, greens, _ = (band.getextrema()[1] for band in pixels.split())
    assert greens > 200 > 120 > reds
    assert pixels.getpixel((70, 60))[1] < 40
    assert any(text.startswith('$ ') for text in page.texts)


def test_code_has_numbered_lines_of_a_python_file():
  written = recording.texts(BY_NAME['Code'])
  assert written[0].endswith('.py')
  assert written[2:] == [str(line) for line in range(1, 19)]


def test_a_scanner_needs_no_words():
  assert recording.texts(BY_NAME['Scanner']) == ['Scanner']
