"""What the trainings of in-domain models share: folders, progress, commands."""

import dataclasses
import shlex
from pathlib import Path
from typing import Any

import acme_vlm
from acme_vlm import errors
from acme_vlm.rewards import contrastive_training

SHIPPED = Path(acme_vlm.__file__).parent / 'checkpoints'
RUNS = Path('runs', 'pretrain_clip')


def show(
  state: contrastive_training.TrainingState,
  batch_size: int,
  metrics: dict[str, float],
) -> None:
  """Prints a line of progress."""
  speed = int(state.step) * batch_size / float(state.seconds)
  listed = ' '.join(f'{k} {v:.4f}' for k, v in metrics.items())
  print(
    f'{float(state.seconds):.0f} s, update {int(state.step)}, '
    f'{speed:.0f} frames/s: {listed}',
    flush=True,
  )


def make_folder(folder: Path) -> None:
  """Makes the checkpoint's folder before anything is trained."""
  try:
    folder.mkdir(parents=True, exist_ok=True)
  except OSError as error:
    raise errors.ConfigError(
      f'expected a folder to write to, got {folder}: {error.strerror}'
    ) from error


def command(options: Any) -> str:
  """Options as the command line has them; most only if not the default."""
  always = ('size', 'num_steps', 'minutes')
  return shlex.join(_words(options, type(options)(), '', always))


def _words(
  options: Any, default: Any, prefix: str, always: tuple[str, ...]
) -> list[str]:
  words = []
  for field in dataclasses.fields(options):
    value, usual = (getattr(x, field.name) for x in (options, default))
    name = f'{prefix}{field.name.replace("_", "-")}'
    if dataclasses.is_dataclass(value):
      words += _words(value, usual, f'{name}.', ())
    elif value != usual or field.name in always:
      values = value if isinstance(value, tuple) else (value,)
      words.append(f'--{name}')
      words += [f'{v:g}' if isinstance(v, float) else str(v) for v in values]
  return words
