import re

from acme_vlm.environments.android.apps import essentials
from tests.environments.android.apps import recording

CHROME, CALCULATOR, CLOCK, MESSAGES, PHONE, SETTINGS = essentials.APPS


def test_every_app_keeps_the_rules():
  recording.check(
    essentials.APPS, wordless={'Chrome', 'Calculator', 'Messages', 'Phone'}
  )


def test_the_calculator_calculates():
  for seed in range(20):
    task, result = recording.texts(CALCULATOR, seed=seed)[:2]
    left, sign, right = re.fullmatch(r'(\d+)([-+x])(\d+)', task).groups()
    expected = {
      '+': int(left) + int(right),
      '-': int(left) - int(right),
      'x': int(left) * int(right),
    }[sign]
    assert int(result.replace(',', '')) == expected


def test_the_clock_shows_a_time_of_day():
  for seed in range(20):
    times = [text for text in recording.texts(CLOCK, seed=seed) if ':' in text]
    (time,) = times
    assert re.fullmatch(r'(1[0-2]|[1-9]):[0-5]\d', time)


def test_keypads_are_complete():
  assert {*'0123456789'} <= set(recording.texts(CALCULATOR))
  assert {*'0123456789*#'} <= set(recording.texts(PHONE))


def test_settings_are_different_rows():
  rows = recording.texts(SETTINGS)[2:]
  assert len(rows) == len(set(rows)) == 7
  assert recording.texts(SETTINGS, seed=1)[2:] != rows


def test_chrome_shows_an_address_and_a_search_field():
  written = recording.texts(CHROME)
  assert written[0].endswith('.org')
  assert 'Search the web' in written


def test_a_chat_has_two_sides():
  sides = set()
  for seed in range(3):
    page = recording.RecordingPage(MESSAGES, seed=seed)
    image = page.finish()
    left, right = (image.getpixel((x, 25)) for x in (6, 64))
    sides |= {left != right}
  assert True in sides
