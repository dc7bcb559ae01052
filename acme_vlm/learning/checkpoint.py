"""Checkpoints of the learner on disk, by Orbax.

A checkpoint is a folder named by its step. Orbax writes it under another name
and renames it when it is whole, so a run that dies while writing leaves the one
before. What is read back is bit for bit what was written.
"""

import pathlib
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp

from acme_vlm import errors
from acme_vlm.learning.state import TrainingState

_STATE = 'state'
_EXTRA = 'extra'


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
      if step in manager.all_steps():
        return
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
    except Exception as error:
      raise errors.CheckpointError(
        f'expected to write checkpoint {step} to {self._folder}, '
        f'got {_one_line(error)}'
      ) from error

  def latest_step(self) -> int | None:
    """Step of the newest whole checkpoint, or None."""
    if not self._folder.is_dir():
      return None
    return self._manager().latest_step()

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
      # Orbax has no error of its own for a file that is cut or absent.
      raise errors.CheckpointError(
        f'expected a whole checkpoint of this configuration in '
        f'{self._folder / str(step)}, got {_one_line(error)}'
      ) from error
    state = jax.tree.map(np.asarray, restored[_STATE])
    _check_fits(template, state, self._folder / str(step))
    return state, dict(restored[_EXTRA])

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
