import re

from acme_vlm.environments.android.apps import travel
from tests.environments.android.apps import recording

BY_NAME = {app.name: app for app in travel.APPS}


def test_every_app_keeps_the_rules():
  recording.check(travel.APPS, wordless={'Maps'})


def test_a_boarding_pass_has_airports_and_times():
  written = recording.texts(BY_NAME['Flights'])[1:]
  airports = [text for text in written if re.fullmatch('[A-Z]{3}', text)]
  times = [text for text in written if re.fullmatch(r'\d{1,2}:\d\d', text)]
  assert len(airports) == len(times) == 4


def test_a_line_has_seven_stops_with_times():
  written = recording.texts(BY_NAME['Transit'])[3:]
  assert len(written) == 14
  assert all(':' in time for time in written[1::2])


def test_rides_and_rooms_have_prices():
  for name in ('Taxi', 'Hotels'):
    prices = [
      text for text in recording.texts(BY_NAME[name]) if text.startswith('$')
    ]
    assert len(prices) == 2
  assert recording.texts(BY_NAME['Taxi'])[-1] == 'Order'


def test_maps_invite_to_search():
  assert recording.texts(BY_NAME['Maps']) == ['Search here']
