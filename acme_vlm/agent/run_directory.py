"""The folder of one run: `runs/<experiment>/<run>/`."""

import contextlib
import dataclasses
import datetime
import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from acme_vlm import errors

# All made by the run itself: what it has to write is its own, whoever asks.
_SUBFOLDERS = ('checkpoints', 'plots', 'videos', 'reward')
# Somebody who only looks whether a run is held holds it for a moment.
_PATIENCE_SECONDS = 1.0


@dataclasses.dataclass(frozen=True)
class RunDirectory:
  """Paths of everything that a run leaves behind."""

  path: pathlib.Path

  @property
  def config(self) -> pathlib.Path:
    """The configuration as it ran, with the git commit."""
    return self.path / 'config.json'

  @property
  def metrics(self) -> pathlib.Path:
    """One row per report, columns as flat keys."""
    return self.path / 'metrics.csv'

  @property
  def checkpoints(self) -> pathlib.Path:
    """Orbax checkpoints of the learner."""
    return self.path / 'checkpoints'

  @property
  def plots(self) -> pathlib.Path:
    """Pictures of the results."""
    return self.path / 'plots'

  @property
  def videos(self) -> pathlib.Path:
    """Evaluation episodes."""
    return self.path / 'videos'

  @property
  def requests(self) -> pathlib.Path:
    """Requests for another reward, and their answers."""
    return self.path / 'reward'

  @property
  def native_log(self) -> pathlib.Path:
    """What C++ libraries printed."""
    return self.path / 'native.log'

  @property
  def summary(self) -> pathlib.Path:
    """Flat keys; written when the run has been evaluated."""
    return self.path / 'summary.json'

  @classmethod
  def create(
    cls, root: str | pathlib.Path, experiment: str, seed: int, need_mib: int
  ) -> Self:
    """Makes a new run's folder.

    Args:
      root: the folder of all runs.
      experiment: the experiment's name.
      seed: the run's seed, part of the folder's name.
      need_mib: free space that the run needs, MiB.

    Returns:
      The run's paths; the folders exist.

    Raises:
      RunDirectoryError: the folder cannot be written or the disk is full.
    """
    parent = pathlib.Path(root) / experiment
    try:
      parent.mkdir(parents=True, exist_ok=True)
      cls(parent).check_room(need_mib)
      path = _unused(parent, seed)
      for folder in _SUBFOLDERS:
        (path / folder).mkdir(parents=True)
    except OSError as error:
      raise errors.RunDirectoryError(
        f'expected a writable folder for runs, got {parent}: {error.strerror}'
      ) from error
    return cls(path)

  @classmethod
  def newest(cls, root: str | pathlib.Path, experiment: str) -> Self:
    """Finds the newest run of an experiment.

    Args:
      root: the folder of all runs.
      experiment: the experiment's name.

    Returns:
      The run's paths.

    Raises:
      RunDirectoryError: there is no run with a configuration.
    """
    parent = pathlib.Path(root) / experiment
    runs = sorted(file.parent for file in parent.glob('*/config.json'))
    if not runs:
      raise errors.RunDirectoryError(
        f'expected a run to resume in {parent}, found none'
      )
    return cls(runs[-1])

  def check_room(self, need_mib: int) -> None:
    """Refuses a disk on which a run would not fit.

    Args:
      need_mib: free space that the run needs, MiB.

    Raises:
      RunDirectoryError: there is less.
    """
    free_mib = shutil.disk_usage(self.path).free >> 20
    if free_mib < need_mib:
      raise errors.RunDirectoryError(
        f'expected {need_mib} MiB free in {self.path} for a run, found'
        f' {free_mib} MiB (--run.disk-mib sets the need)'
      )

  @contextlib.contextmanager
  def hold(self) -> Iterator[None]:
    """Marks the run as running, for as long as this process lives.

    Raises:
      RunDirectoryError: another process is running it.
    """
    with self._lock_file().open('a+') as file:
      deadline = time.monotonic() + _PATIENCE_SECONDS
      while not _lock(file.fileno()):
        if time.monotonic() > deadline:
          file.seek(0)
          raise errors.RunDirectoryError(
            f'expected a run that no other process is training, got'
            f' {self.path}, which process {file.read().strip()} is'
          )
        time.sleep(0.05)
      file.truncate(0)
      file.write(f'{os.getpid()}\n')
      file.flush()
      yield

  def is_held(self) -> bool:
    """Whether a process is training the run now."""
    try:
      with self._lock_file().open() as file:
        return not _lock(file.fileno())
    except OSError:
      return False

  def _lock_file(self) -> pathlib.Path:
    return self.path / 'running.lock'

  def write_config(
    self,
    config: Mapping[str, Any],
    rewards: Sequence[Mapping[str, Any]] = (),
  ) -> None:
    """Writes `config.json`: the configuration and the commit that runs.

    A run that is resumed keeps the commit that it began with; those that it was
    resumed with are listed beside it.

    Args:
      config: JSON values.
      rewards: the rewards of the run in the order of their use, JSON values.

    Raises:
      RunDirectoryError: the file cannot be written.
    """
    commits = [*self.commits(), git_commit()]
    self.write_json(
      self.config,
      {
        'commit': commits[0],
        'resumed': commits[1:],
        'config': dict(config),
        'rewards': [dict(reward) for reward in rewards],
      },
    )

  def add_reward(
    self, config: Mapping[str, Any], reward: Mapping[str, Any]
  ) -> None:
    """Notes in `config.json` that the run goes on with another reward.

    Args:
      config: the configuration with that reward, JSON values.
      reward: what is to be known of it, JSON values.

    Raises:
      RunDirectoryError: the file cannot be written.
    """
    values = json.loads(self.config.read_text())
    values['config'] = dict(config)
    values['rewards'] = [*self.rewards(), dict(reward)]
    self.write_json(self.config, values)

  def rewards(self) -> list[dict[str, Any]]:
    """The rewards that the run has had so far, in order."""
    if not self.config.exists():
      return []
    return list(json.loads(self.config.read_text()).get('rewards', []))

  def commits(self) -> list[str]:
    """Commits that the run has run with so far, in order."""
    if not self.config.exists():
      return []
    values = json.loads(self.config.read_text())
    return [values['commit'], *values.get('resumed', [])]

  def write_json(self, path: pathlib.Path, values: Mapping[str, Any]) -> None:
    """Writes a JSON file whole or not at all.

    Raises:
      RunDirectoryError: the file cannot be written.
    """
    partial = path.with_suffix('.partial')
    try:
      partial.write_text(json.dumps(values, indent=2) + '\n')
      partial.replace(path)
    except OSError as error:
      raise errors.RunDirectoryError(
        f'expected to write {path}, got: {error.strerror}'
      ) from error


def _lock(descriptor: int) -> bool:
  """Takes the lock of an open file, or says that another has it.

  The operating system lets go of it when the process ends, however it ends.
  """
  try:
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
  except BlockingIOError:
    return False
  return True


def git_commit() -> str:
  """The commit of the code that runs, `-dirty` if changed, or 'unknown'."""
  here = pathlib.Path(__file__).parent
  try:
    answer = subprocess.run(
      ['git', 'describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'],
      cwd=here,
      capture_output=True,
      text=True,
      check=True,
    )
  except (OSError, subprocess.CalledProcessError):
    return 'unknown'
  return answer.stdout.strip()


def _unused(parent: pathlib.Path, seed: int) -> pathlib.Path:
  """A folder name that sorts by time and is not taken."""
  now = datetime.datetime.now()
  while True:
    stamp = f'{now:%Y%m%d-%H%M%S}'
    # Two runs of one second would sort by their seeds.
    if not any(parent.glob(f'{stamp}-*')):
      return parent / f'{stamp}-seed{seed}'
    now += datetime.timedelta(seconds=1)
