"""A CSV file of metrics that may be appended to and whose columns may grow."""

import csv
import io
import math
import os
import pathlib
from typing import Any

from acme.utils.loggers import base

from acme_vlm import errors


class CSVLogger(base.Logger):
  """One row per write; every row is on disk when `write` returns.

  A key that was not there before becomes a new last column, and earlier rows
  stay empty in it. Opened on an existing file it goes on after its last whole
  row: a row that a crash cut short is dropped.
  """

  def __init__(
    self,
    path: str | os.PathLike,
    *,
    keep_until: tuple[str, float] | None = None,
  ):
    """Opens or makes the file.

    Args:
      path: of the file; its folder exists.
      keep_until: column and largest value of the rows to keep of an existing
        file, for a run that resumes from before its last row.

    Raises:
      RunDirectoryError: if the file cannot be written or is no such CSV.
    """
    self._path = pathlib.Path(path)
    self._columns: list[str] = []
    try:
      if self._path.exists():
        self._resume(keep_until)
      self._file = self._path.open('a', newline='', encoding='utf-8')
    except OSError as error:
      raise errors.RunDirectoryError(
        f'expected a writable CSV file, got {self._path}: {error.strerror}'
      ) from error

  def write(self, data: base.LoggingData) -> None:
    """Appends a row.

    Args:
      data: flat keys to numbers or words; NaN and None leave the cell empty.
    """
    new = [key for key in data if key not in self._columns]
    if new:
      self._grow(new)
    self._file.write(_line(_cell(data.get(key)) for key in self._columns))
    self._file.flush()

  def close(self) -> None:
    """Closes the file."""
    self._file.close()

  def _grow(self, new: list[str]) -> None:
    """Rewrites the file under a longer header, all of it or nothing."""
    rows = read_rows(self._path) if self._columns else []
    self._columns += new
    self._file.close()
    self._rewrite(rows)
    self._file = self._path.open('a', newline='', encoding='utf-8')

  def _resume(self, keep_until: tuple[str, float] | None) -> None:
    text = self._path.read_text(encoding='utf-8')
    if not text:
      return
    whole = text[: text.rfind('\n') + 1]
    header = next(csv.reader(io.StringIO(whole)), [])
    if not header or len(set(header)) < len(header):
      raise errors.RunDirectoryError(
        f'expected a CSV file with a header of distinct columns: {self._path}'
      )
    self._columns = header
    if whole != text:
      # Reverting to the last whole row keeps every column as it is.
      self._replace(whole)
    rows = read_rows(self._path)
    if keep_until is not None:
      column, largest = keep_until
      kept = [
        row
        for row in rows
        if not isinstance(row.get(column), float) or row[column] <= largest
      ]
      if len(kept) < len(rows):
        self._rewrite(kept)

  def _rewrite(self, rows: list[dict[str, Any]]) -> None:
    lines = [_line(self._columns)]
    lines += [_line(_cell(r.get(key)) for key in self._columns) for r in rows]
    self._replace(''.join(lines))

  def _replace(self, text: str) -> None:
    temporary = self._path.with_name(self._path.name + '.new')
    with temporary.open('w', newline='', encoding='utf-8') as file:
      file.write(text)
      file.flush()
      os.fsync(file.fileno())
    temporary.replace(self._path)


def read_rows(path: str | os.PathLike) -> list[dict[str, Any]]:
  """Reads a file that `CSVLogger` wrote.

  Args:
    path: of the file.

  Returns:
    Its rows, numbers as float and other words as str; empty cells are absent.
  """
  with open(path, newline='', encoding='utf-8') as file:
    return [
      {key: _value(cell) for key, cell in row.items() if cell}
      for row in csv.DictReader(file)
    ]


def _line(cells: Any) -> str:
  buffer = io.StringIO()
  csv.writer(buffer, lineterminator='\n').writerow(list(cells))
  return buffer.getvalue()


def _cell(value: Any) -> str:
  if value is None:
    return ''
  if isinstance(value, str):
    return value
  number = float(value)
  if math.isnan(number):
    return ''
  return str(int(number)) if number.is_integer() else f'{number:.7g}'


def _value(cell: str) -> float | str:
  try:
    return float(cell)
  except ValueError:
    return cell
