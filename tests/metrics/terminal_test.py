import io

import pytest

from acme_vlm.metrics import terminal

ROW = {
  'seconds': 133.4,
  'environment_frames': 181_248,
  'actor/frames_per_second': 1420.4,
  'learner/frames_per_second': 2799.6,
  'actor/true_success': 0.806,
  'evaluation/vlm_success': 0.925,
  'evaluation/true_success': float('nan'),
}
LINE = (
  '02:13/05:30 | 181,248 frames | frames/s: act 1,420, learn 2,800'
  ' | success: true 81 %, eval VLM 92 %'
)


class Terminal(io.StringIO):
  def isatty(self):
    return True


def test_the_line_says_what_is_known():
  logger = terminal.TerminalLogger(stream=io.StringIO(), total_seconds=330)
  logger.write(ROW)
  assert logger.line() == LINE
  logger.write({'seconds': 3733, 'environment_frames': 200_000})
  assert logger.line().startswith('1:02:13/05:30 | 200,000 frames | frames/s')
  assert 'eval VLM 92 %' in logger.line(), 'an older figure stays'


@pytest.mark.parametrize('period, lines', [(0.0, 3), (60.0, 1)])
def test_plain_lines_keep_their_distance(period, lines):
  stream = io.StringIO()
  logger = terminal.TerminalLogger(stream=stream, plain_period=period)
  for _ in range(3):
    logger.write(ROW)
  logger.close()
  assert stream.getvalue().count('\n') == lines
  assert '\x1b' not in stream.getvalue()


def test_the_newest_plain_line_stands_at_the_end():
  stream = io.StringIO()
  logger = terminal.TerminalLogger(stream=stream, plain_period=60.0)
  for seconds in (1, 2, 3):
    logger.write(ROW | {'seconds': seconds})
  logger.close()
  logger.close()
  first, last = stream.getvalue().splitlines()
  assert first.startswith('00:01 | ')
  assert last.startswith('00:03 | ')
  quiet = io.StringIO()
  terminal.TerminalLogger(stream=quiet).close()
  assert not quiet.getvalue()


def test_a_terminal_gets_a_live_line(monkeypatch):
  monkeypatch.setenv('TERM', 'xterm')
  monkeypatch.setenv('COLUMNS', '200')
  stream = Terminal()
  logger = terminal.TerminalLogger(stream=stream, total_seconds=330)
  for _ in range(3):
    logger.write(ROW)
  logger.close()
  shown = stream.getvalue()
  logger.close()
  assert stream.getvalue() == shown
  assert LINE in shown
  assert '\x1b[' in stream.getvalue()


def test_after_a_change_of_reward_the_line_says_whose_labels_are_learned():
  logger = terminal.TerminalLogger(stream=io.StringIO())
  logger.write(ROW)
  assert 'newest reward' not in logger.line()
  logger.write({'labels/newest_share': 0.625})
  assert logger.line().endswith(' | labels of the newest reward: 62 %')
