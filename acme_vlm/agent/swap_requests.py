"""Requests for another reward, as files in a run's folder.

    reward/request_0001.json   what somebody wants: fields of `RewardConfig`
    reward/answer_0001.json    what the run has done about it so far

A request appears whole or not at all and is never changed; requests are taken
in the order of their numbers. Both are JSON: nothing in them is ever executed.
"""

import contextlib
import datetime
import json
import os
import pathlib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from acme_vlm import errors
from acme_vlm.agent import config as config_lib
from acme_vlm.rewards.config import RewardConfig, ServiceConfig
from acme_vlm.rewards.swapping import Table

# Of an answer, in the order in which a run gets there; 'refused' from any.
LOADING, LOADED, SWITCHED, REFUSED = 'loading', 'loaded', 'switched', 'refused'
FINAL = (SWITCHED, REFUSED)

_REQUEST = re.compile(r'request_(\d{4,})\.json')
_LARGEST = 1 << 20  # Bytes: no reward takes more to describe.


class Request(NamedTuple):
  """One wish.

  Attributes:
    number: from 1 in each run.
    reward: what the run shall have.
    table: what becomes of labels that are not learned from yet; None is as
      the run is configured.
  """

  number: int
  reward: RewardConfig
  table: Table | None


class Mailbox:
  """The requests of one run and their answers.

  The side that asks calls `ask`, then `answer` again and again; the run calls
  `waiting`, `read` and `reply`.
  """

  def __init__(self, folder: pathlib.Path):
    """Names the folder, which `ask` and `reply` make.

    Args:
      folder: `RunDirectory.requests`.
    """
    self._folder = folder

  def ask(self, reward: RewardConfig, table: Table | None = None) -> int:
    """Writes a request.

    Args:
      reward: what the run shall have.
      table: see `Request`.

    Returns:
      Its number.

    Raises:
      RunDirectoryError: the folder cannot be written.
    """
    values = {
      'reward': config_lib.to_json(reward),
      'on_swap': table,
      'asked': datetime.datetime.now().isoformat(timespec='seconds'),
    }
    try:
      self._folder.mkdir(exist_ok=True)
      partial = self._folder / f'{os.getpid()}.partial'
      partial.write_text(json.dumps(values, indent=2) + '\n')
      number = max(self._numbers(), default=0)
      while True:
        number += 1
        # A link fails where a rename would write over another's request.
        with contextlib.suppress(FileExistsError):
          os.link(partial, self._request(number))
          break
      partial.unlink()
    except OSError as error:
      raise errors.RunDirectoryError(
        f'expected to write a request to {self._folder}, got: {error.strerror}'
      ) from error
    return number

  def waiting(self) -> list[int]:
    """Numbers of the requests without a final answer, rising."""
    return [
      number
      for number in self._numbers()
      if (self.answer(number) or {}).get('state') not in FINAL
    ]

  def read(self, number: int) -> Request:
    """Reads a request.

    Args:
      number: of the request.

    Returns:
      The request, checked as any configuration is.

    Raises:
      ConfigError: what is there is no request.
    """
    path = self._request(number)
    try:
      if path.stat().st_size > _LARGEST:
        raise ValueError(f'{path.stat().st_size} bytes')
      values = json.loads(path.read_text())
      reward, table = values['reward'], values.get('on_swap')
    except (
      *(OSError, ValueError, KeyError, TypeError, AttributeError),
      RecursionError,  # Of brackets in brackets in brackets.
    ) as error:
      raise errors.ConfigError(
        f'expected a request for a reward in {path}, got {error!r}'
      ) from error
    if not isinstance(reward, Mapping):
      raise errors.ConfigError(
        f'expected the fields of a reward in {path}, got {reward!r}'
      )
    if table is not None:
      ServiceConfig(on_swap=table)  # Checks the word.
    return Request(number, config_lib.from_json(RewardConfig, reward), table)

  def reply(self, number: int, state: str, **figures: Any) -> None:
    """Says how far a request has come.

    Args:
      number: of the request.
      state: 'loading', 'loaded', 'switched' or 'refused'.
      **figures: JSON values beside it.

    Raises:
      RunDirectoryError: the file cannot be written.
    """
    path = self._folder / f'answer_{number:04d}.json'
    partial = path.with_suffix('.partial')
    try:
      partial.write_text(json.dumps({'state': state, **figures}, indent=2))
      partial.replace(path)
    except OSError as error:
      raise errors.RunDirectoryError(
        f'expected to write {path}, got: {error.strerror}'
      ) from error

  def refuse_waiting(self) -> None:
    """Refuses what will not be done because the session is over."""
    for number in self.waiting():
      self.reply(number, REFUSED, error='the run ended before it had switched')

  def answer(self, number: int) -> dict[str, Any] | None:
    """The newest reply to a request, or None."""
    path = self._folder / f'answer_{number:04d}.json'
    try:
      values = json.loads(path.read_text())
    except (OSError, ValueError):
      return None
    return values if isinstance(values, dict) else None

  def _request(self, number: int) -> pathlib.Path:
    return self._folder / f'request_{number:04d}.json'

  def _numbers(self) -> list[int]:
    """Of all requests, rising; looked for several times a second."""
    try:
      names = os.listdir(self._folder)
    except FileNotFoundError:
      return []
    matches = map(_REQUEST.fullmatch, names)
    return sorted(int(match[1]) for match in matches if match)
