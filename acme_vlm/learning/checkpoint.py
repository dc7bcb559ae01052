"""Checkpoints of the learner on disk, by Orbax.

A checkpoint is a folder named by its step. Orbax writes it under another name
and renames it when it is whole; then the digests of its files are added, which
makes it a checkpoint. A run that dies before leaves the one before. What is
read back is bit for bit what was written: the digests are checked first.
"""

import hashlib
import json
import pathlib
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp
from jaxtyping import PyTree

from acme_vlm import errors
from acme_vlm.learning.state import TrainingState

_STATE = 'state'
_EXTRA = 'extra'
_DIGESTS = 'digests.json'


class CheckpointStore:
  """The checkpoints of one run, in one folder.

  The order of calls:

      store = CheckpointStore(folder, keep=2)
      store.save(step, learner.save(), {'environment_frames': 1000})
      state, extra = store.restore(learner.save())
      store.close()
  """

  def __init__(self, folder: str | pathlib.Path, *, keep: int = 2):
    """Opens the folder; it is made by the first `save`.

    Args:
      folder: where the checkpoints are.
      keep: how many of the newest stay, at least 1.

    Raises:
      CheckpointError: if the folder cannot be used.
      ConfigError: if `keep` is below 1.
    """
    if keep < 1:
      raise errors.ConfigError(f'keep: expected at least 1, got {keep}.')
    self._folder = pathlib.Path(folder).resolve()
    self._keep = keep
    self._open: ocp.CheckpointManager | None = None

  def save(
    self,
    step: int,
    state: TrainingState,
    extra: dict[str, Any] | None = None,
  ) -> None:
    """Writes one checkpoint and removes the oldest beyond `keep`.

    Args:
      step: learner steps; a step that is there already is left as it is.
      state: on the host, from `Learner.save`.
      extra: counters and other JSON values of the run.

    Raises:
      CheckpointError: if it cannot be written.
    """
    try:
      manager = self._manager(create=True)
      place = self._folder / str(step)
      if (place / _DIGESTS).exists():
        return
      if step in manager.all_steps():
        # Left without digests by a run that died just then.
        manager.delete(step)
      manager.save(
        step,
        args=ocp.args.Composite(
          **{
            _STATE: ocp.args.StandardSave(jax.tree.map(np.asarray, state)),
            _EXTRA: ocp.args.JsonSave(extra or {}),
          }
        ),
      )
      manager.wait_until_finished()
      unnamed = place / f'{_DIGESTS}.tmp'
      unnamed.write_text(json.dumps(_digests(place), indent=0))
      unnamed.rename(place / _DIGESTS)
    except Exception as error:
      raise errors.CheckpointError(
        f'expected to write checkpoint {step} to {self._folder}, '
        f'got {_one_line(error)}'
      ) from error

  def latest_step(self) -> int | None:
    """Step of the newest whole checkpoint, or None."""
    steps = [
      int(place.parent.name)
      for place in self._folder.glob(f'*/{_DIGESTS}')
      if place.parent.name.isdigit()
    ]
    return max(steps, default=None)

  def restore(
    self, template: TrainingState, step: int | None = None
  ) -> tuple[TrainingState, dict[str, Any]]:
    """Reads a checkpoint back.

    Args:
      template: a state of the structure, shapes and dtypes expected, such as
        a new learner's; its values are not used.
      step: which one; None for the newest.

    Returns:
      The state, NumPy arrays, and `extra` as it was given to `save`.

    Raises:
      CheckpointError: if it is missing, truncated, or of other shapes.
    """
    if step is None:
      step = self.latest_step()
    if step is None or not (self._folder / str(step)).is_dir():
      raise errors.CheckpointError(
        f'expected checkpoint {"" if step is None else step} in '
        f'{self._folder}, got none'
      )
    _check_whole(self._folder / str(step))
    template = jax.tree.map(np.asarray, template)
    try:
      restored = self._manager().restore(
        step,
        args=ocp.args.Composite(
          **{
            _STATE: ocp.args.StandardRestore(template),
            _EXTRA: ocp.args.JsonRestore(),
          }
        ),
      )
    except Exception as error:
      # Orbax has no error of its own for a state of another structure.
      raise errors.CheckpointError(
        f'expected a checkpoint of this configuration in '
        f'{self._folder / str(step)}, got {_one_line(error)}'
      ) from error
    state = jax.tree.map(np.asarray, restored[_STATE])
    _check_fits(template, state, self._folder / str(step))
    return state, dict(restored[_EXTRA])

  def parameters(self) -> PyTree:
    """The policy's parameters of the newest checkpoint, of whatever shapes.

    Returns:
      A nest of arrays.

    Raises:
      CheckpointError: if there is no whole checkpoint.
    """
    step = self.latest_step()
    if step is None:
      raise errors.CheckpointError(
        f'expected a checkpoint in {self._folder}, got none'
      )
    place = self._folder / str(step)
    _check_whole(place)
    try:
      return ocp.PyTreeCheckpointer().restore(place / _STATE)['params']
    except Exception as error:
      raise errors.CheckpointError(
        f'expected a checkpoint of a learner in {place}, got {_one_line(error)}'
      ) from error

  def close(self) -> None:
    """Ends Orbax's threads."""
    if self._open is not None:
      self._open.close()
      self._open = None

  def _manager(self, *, create: bool = False) -> ocp.CheckpointManager:
    if self._open is None:
      try:
        if create:
          self._folder.mkdir(parents=True, exist_ok=True)
        self._open = ocp.CheckpointManager(
          self._folder,
          item_handlers={
            _STATE: ocp.StandardCheckpointHandler(),
            _EXTRA: ocp.JsonCheckpointHandler(),
          },
          options=ocp.CheckpointManagerOptions(
            max_to_keep=self._keep,
            create=False,
            enable_async_checkpointing=False,
          ),
        )
      except (OSError, ValueError) as error:
        raise errors.CheckpointError(
          f'expected a folder of checkpoints at {self._folder}, '
          f'got {_one_line(error)}'
        ) from error
    return self._open


def _digests(place: pathlib.Path) -> dict[str, str]:
  """SHA-256 of each file of a checkpoint, by its path."""
  return {
    str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest()
    for path in sorted(place.rglob('*'))
    if path.is_file() and not path.name.startswith(_DIGESTS)
  }


def _check_whole(place: pathlib.Path) -> None:
  """Compares the files with their digests, before Orbax reads any.

  Raises:
    CheckpointError: naming the first file that is cut, changed or absent.
  """
  try:
    expected = json.loads((place / _DIGESTS).read_text())
    came = _digests(place)
  except (OSError, ValueError) as error:
    raise errors.CheckpointError(
      f'expected a whole checkpoint in {place}, got {_one_line(error)}'
    ) from error
  for name, digest in expected.items():
    if came.get(name) != digest:
      kind = 'a truncated or changed' if name in came else 'no'
      raise errors.CheckpointError(
        f'expected a whole checkpoint in {place}, got {kind} file {name}'
      )


def _check_fits(
  template: TrainingState, state: TrainingState, place: pathlib.Path
) -> None:
  """Orbax may hand out a leaf of another shape; the run must not start."""

  def check(path: Any, expected: np.ndarray, came: np.ndarray) -> None:
    if expected.shape != came.shape or expected.dtype != came.dtype:
      raise errors.CheckpointError(
        f'expected {jax.tree_util.keystr(path)} of {expected.dtype}'
        f'{list(expected.shape)}, got {came.dtype}{list(came.shape)} in {place}'
      )

  jax.tree_util.tree_map_with_path(check, template, state)


def _one_line(error: Exception) -> str:
  """The kind of an error and the first line of what it says."""
  lines = str(error).strip().splitlines()
  return f'{type(error).__name__}: {lines[0]}' if lines else repr(error)
