from acme_vlm.environments.android.apps import outdoors
from tests.environments.android.apps import recording

BY_NAME = {app.name: app for app in outdoors.APPS}


def test_every_app_keeps_the_rules():
  recording.check(outdoors.APPS, one_theme={'Stargazer'})


def test_instruments_show_plausible_readings():
  for seed in range(10):
    heading = recording.texts(BY_NAME['Compass'], seed=seed)[-1]
    assert 0 <= int(heading.removesuffix('°')) < 360
    degrees = recording.texts(BY_NAME['Weather'], seed=seed)[1]
    assert -9 <= int(degrees.removesuffix('°')) < 38


def test_the_compass_names_the_quarters():
  assert [
    text for text in recording.texts(BY_NAME['Compass']) if text in 'NESW'
  ] == [*'NESW']


def test_stars_need_no_words():
  assert recording.texts(BY_NAME['Stargazer']) == ['Stargazer']
