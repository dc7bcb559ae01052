"""Tests of requests and answers as files."""

import json

import pytest

from acme_vlm import errors
from acme_vlm.agent import swap_requests
from acme_vlm.rewards import RewardConfig


@pytest.fixture
def mailbox(tmp_path):
  return swap_requests.Mailbox(tmp_path / 'reward')


def test_what_is_asked_is_what_is_read(mailbox):
  reward = RewardConfig(
    threshold=0.25,
    temperature=None,
    prompt_templates=('a [TASK]', 'the [TASK]'),
    goal_prompts={'Gmail': ('an inbox', 'mails')},
    hysteresis=(2, 3),
  )
  assert mailbox.ask(reward, 'drop') == 1
  assert mailbox.ask(RewardConfig()) == 2
  assert mailbox.waiting() == [1, 2]
  assert mailbox.read(1) == swap_requests.Request(1, reward, 'drop')
  assert mailbox.read(2) == swap_requests.Request(2, RewardConfig(), None)


def test_a_number_that_is_taken_meanwhile_is_passed_over(mailbox, monkeypatch):
  mailbox.ask(RewardConfig(threshold=0.1))
  monkeypatch.setattr(mailbox, '_numbers', list)
  assert mailbox.ask(RewardConfig(threshold=0.2)) == 2
  assert mailbox.read(1).reward.threshold == 0.1


def test_requests_wait_until_their_answer_is_final(mailbox):
  for _ in range(4):
    mailbox.ask(RewardConfig())
  mailbox.reply(1, swap_requests.SWITCHED, frames=5)
  mailbox.reply(2, swap_requests.LOADING)
  mailbox.reply(3, swap_requests.REFUSED, error='no')
  assert mailbox.waiting() == [2, 4]
  assert mailbox.answer(1) == {'state': 'switched', 'frames': 5}
  assert mailbox.answer(4) is None


def test_what_nobody_will_do_is_refused(mailbox):
  for _ in range(3):
    mailbox.ask(RewardConfig())
  mailbox.reply(1, swap_requests.SWITCHED)
  mailbox.reply(2, swap_requests.LOADING)
  mailbox.refuse_waiting()
  assert mailbox.waiting() == []
  states = [mailbox.answer(number)['state'] for number in (1, 2, 3)]
  assert states == ['switched', 'refused', 'refused']


def test_a_run_without_requests_has_none(mailbox):
  assert mailbox.waiting() == []


def test_half_an_answer_is_none_yet(mailbox, tmp_path):
  mailbox.ask(RewardConfig())
  (tmp_path / 'reward' / 'answer_0001.json').write_text('{"state": "swi')
  assert mailbox.answer(1) is None
  assert mailbox.waiting() == [1]


@pytest.mark.parametrize(
  ('text', 'line'),
  [
    ('{"reward": {"threshold": 1.5}}', r'threshold in \[0, 1\], got 1.5'),
    ('{"reward": {"threshold": "0.5"}}', "threshold of type float, got '0.5'"),
    ('{"reward": {"treshold": 0.5}}', 'RewardConfig, got unknown treshold'),
    ('{"reward": {"offline": 1}}', 'offline of type bool, got 1'),
    ('{"reward": 0.5}', 'fields of a reward in .*, got 0.5'),
    ('{"reward": {}, "on_swap": "burn"}', "on_swap .*, got 'burn'"),
    ('[]', 'expected a request for a reward'),
    ('{}', 'expected a request for a reward'),
    ('{"rew', 'expected a request for a reward'),
    ('[' * 100_000, 'expected a request for a reward'),
    ('{"reward": {}, "x": "' + 'x' * (1 << 20) + '"}', 'bytes'),
  ],
)
def test_a_strangers_file_is_checked(mailbox, tmp_path, text, line):
  mailbox.ask(RewardConfig())
  (tmp_path / 'reward' / 'request_0002.json').write_text(text)
  with pytest.raises(errors.ConfigError, match=line) as caught:
    mailbox.read(2)
  assert '\n' not in str(caught.value)


def test_other_files_are_no_requests(mailbox, tmp_path):
  mailbox.ask(RewardConfig())
  for name in ('request_1.json', 'request_0002.json.partial', 'notes.txt'):
    (tmp_path / 'reward' / name).write_text('{}')
  assert mailbox.waiting() == [1]


def test_nothing_is_executed(mailbox, tmp_path):
  """Both sides write plain JSON."""
  mailbox.ask(RewardConfig())
  mailbox.reply(1, swap_requests.LOADED)
  written = sorted((tmp_path / 'reward').iterdir())
  assert len(written) == 2
  for path in written:
    assert isinstance(json.loads(path.read_text()), dict)


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
  (tmp_path / 'reward').write_text('a file')
  mailbox = swap_requests.Mailbox(tmp_path / 'reward')
  with pytest.raises(errors.RunDirectoryError, match='expected to write a req'):
    mailbox.ask(RewardConfig())
