"""Embeddings on disk: they outlive the run that computed them."""

import logging
import pathlib
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence

import numpy as np

from acme_vlm import errors

# Marks the file as ours, so that no other database is ever written into.
_APPLICATION = 0x61767331
# SQLite's default bound on the variables of one statement is far above.
_AT_ONCE = 500
# For which a process waits for another one's write.
_PATIENCE_SECONDS = 10.0
# Share of the rows that go when the file is full: rarely, and many at once.
_EVICTED = 0.1


class EmbeddingStore:
  """A bounded file of embeddings by key; what was written first goes first.

  Several threads and several processes of one machine may use one file. It is
  a cache: what goes wrong while it is in use is logged once, and from then on
  it holds nothing.
  """

  def __init__(self, path: str | pathlib.Path, max_mib: int):
    """Opens the file, or makes it.

    Args:
      path: of the file; its folder is made if absent.
      max_mib: size at which the oldest tenth is thrown out, MiB, at least 1.

    Raises:
      ConfigError: a path that cannot be written, or another kind of file.
    """
    self._max_bytes = max_mib * 2**20
    self._lock = threading.Lock()
    self._database: sqlite3.Connection | None = None
    path = pathlib.Path(path).expanduser()
    try:
      path.parent.mkdir(parents=True, exist_ok=True)
      self._database = _open(path)
    except (sqlite3.Error, OSError) as error:
      raise errors.ConfigError(
        f'expected a file of embeddings, or a place for one, got {path}: '
        f'{error}'
      ) from None

  def get(self, keys: Sequence[bytes]) -> dict[bytes, np.ndarray]:
    """Reads those that are there.

    Args:
      keys: any number of them.

    Returns:
      float32 [D] by key.
    """
    found: dict[bytes, np.ndarray] = {}
    with self._lock:
      if self._database is None:
        return found
      try:
        for start in range(0, len(keys), _AT_ONCE):
          part = keys[start : start + _AT_ONCE]
          marks = ','.join('?' * len(part))
          for key, row in self._database.execute(
            f'SELECT key, row FROM embeddings WHERE key IN ({marks})', part
          ):
            found[key] = np.frombuffer(row, np.float32)
      except sqlite3.Error as error:
        self._give_up(error)
    return found

  def put(self, rows: Mapping[bytes, np.ndarray]) -> None:
    """Writes rows; one whose key is there already is left as it is.

    Args:
      rows: float32 [D] by key.
    """
    with self._lock:
      if self._database is None or not rows:
        return
      try:
        with self._database:
          self._database.executemany(
            'INSERT OR IGNORE INTO embeddings (key, row) VALUES (?, ?)',
            [(key, row.tobytes()) for key, row in rows.items()],
          )
          self._evict(self._database)
      except sqlite3.Error as error:
        self._give_up(error)

  def __len__(self) -> int:
    with self._lock:
      if self._database is None:
        return 0
      query = 'SELECT COUNT(*) FROM embeddings'
      return int(self._database.execute(query).fetchone()[0])

  def close(self) -> None:
    """Closes the file; from then on nothing is found or kept."""
    with self._lock:
      if self._database is not None:
        self._database.close()
      self._database = None

  def _evict(self, database: sqlite3.Connection) -> None:
    """Throws the oldest rows out while the file is above its bound."""
    pages, free, size = (
      database.execute(f'PRAGMA {name}').fetchone()[0]
      for name in ('page_count', 'freelist_count', 'page_size')
    )
    if (pages - free) * size > self._max_bytes:
      database.execute(
        'DELETE FROM embeddings WHERE id <= (SELECT id FROM embeddings ORDER BY'
        ' id LIMIT 1 OFFSET (SELECT CAST(COUNT(*) * ? AS INTEGER) FROM'
        ' embeddings))',
        (_EVICTED,),
      )

  def _give_up(self, error: sqlite3.Error) -> None:
    logging.warning('embeddings are no longer kept on disk: %s', error)
    if self._database is not None:
      self._database.close()
    self._database = None


def _open(path: pathlib.Path) -> sqlite3.Connection:
  database = sqlite3.connect(
    path, timeout=_PATIENCE_SECONDS, check_same_thread=False
  )
  try:
    with database:
      # At once, so that another process sees the file with all of it or none.
      database.execute('BEGIN IMMEDIATE')
      (mark,) = database.execute('PRAGMA application_id').fetchone()
      tables = database.execute('SELECT name FROM sqlite_master').fetchall()
      if mark != _APPLICATION and tables:
        raise sqlite3.DatabaseError('a database of something else')
      database.execute(f'PRAGMA application_id = {_APPLICATION}')
      database.execute(
        'CREATE TABLE IF NOT EXISTS embeddings'
        ' (id INTEGER PRIMARY KEY, key BLOB UNIQUE NOT NULL, row BLOB NOT NULL)'
      )
    _share(database)
    database.execute('PRAGMA synchronous = NORMAL')
  except BaseException:
    database.close()
    raise
  return database


def _share(database: sqlite3.Connection) -> None:
  """Lets readers go on while another process writes."""
  deadline = time.monotonic() + _PATIENCE_SECONDS
  while True:
    try:
      database.execute('PRAGMA journal_mode = WAL')
      return
    except sqlite3.OperationalError:
      # Here SQLite fails at once, whatever its timeout, if others open it too.
      if time.monotonic() > deadline:
        raise
      time.sleep(0.01)
