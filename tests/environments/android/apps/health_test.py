import re

from acme_vlm.environments.android.apps import health
from tests.environments.android.apps import recording

FITNESS, HEALTH, SLEEP, RUNNING = health.APPS


def test_every_app_keeps_the_rules():
  recording.check(health.APPS)


def test_readings_are_plausible():
  for seed in range(20):
    pulse = int(recording.texts(HEALTH, seed=seed)[1])
    assert 50 <= pulse < 120
    night = recording.texts(SLEEP, seed=seed)[1]
    hours, minutes = re.fullmatch(r'(\d+)h (\d+)m', night).groups()
    assert 4 <= int(hours) < 10 and int(minutes) < 60
    written = recording.texts(RUNNING, seed=seed)
    assert 1 <= float(written[1]) < 31 and written[2] == 'km'


def test_fitness_names_its_three_rings():
  assert {'Move', 'Train', 'Stand'} <= set(recording.texts(FITNESS))
