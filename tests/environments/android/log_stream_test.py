import re

import pytest
from android_env.components import logcat_thread

from acme_vlm import errors
from acme_vlm.environments.android import log_stream


@pytest.fixture
def stream():
  stream = log_stream.SimulatedLogStream()
  stream.set_log_filters(['Loud:I'])
  return stream


def _listen(reader, pattern):
  heard = []
  listener = logcat_thread.EventListener(
    re.compile(pattern), lambda event, match: heard.append(match.group(0))
  )
  reader.add_event_listener(listener)
  return heard


def test_a_line_is_handled_before_emit_returns(stream):
  reader = log_stream.PromptLogcat(stream)
  heard = _listen(reader, 'Displayed .*')
  reader.resume()
  for number in range(3):
    stream.emit('Loud', f'Displayed app{number}')
    assert heard[-1] == f'Displayed app{number}'
  assert len(heard) == 3


def test_other_tags_pauses_and_the_end_are_silent(stream):
  reader = log_stream.PromptLogcat(stream)
  heard = _listen(reader, '.*')
  stream.emit('Loud', 'before the start')
  reader.resume()
  stream.emit('Quiet', 'filtered')
  reader.pause()
  stream.emit('Loud', 'paused')
  reader.resume()
  stream.emit('Loud', 'heard')
  reader.kill()
  stream.emit('Loud', 'after the end')
  assert heard == ['heard']


def test_a_log_without_a_reader_fails_rather_than_loses_rewards(stream):
  stream.resume_stream()
  with pytest.raises(errors.EnvironmentFailure, match='PromptLogcat'):
    stream.emit('Loud', 'anybody?')
