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
  return shlex.join(_words(options, '', always))


def _words(options: Any, prefix: str, always: tuple[str, ...]) -> list[str]:
  words = []
  for field in dataclasses.fields(options):
    value = getattr(options, field.name)
    name = f'{prefix}{field.name.replace("_", "-")}'
    if dataclasses.is_dataclass(value):
      # Only what differs from the field's own default.
      base = _default(field)
      words += [
        word
        for word in _words(value, f'{name}.', ())
        if word not in _words(base, f'{name}.', ())
      ]
    elif value != _default(field) or field.name in always:
      values = value if isinstance(value, tuple) else (value,)
      words.append(f'--{name}')
      words += [f'{v:g}' if isinstance(v, float) else str(v) for v in values]
  return words


def _default(field: dataclasses.Field) -> Any:
  if field.default_factory is not dataclasses.MISSING:
    return field.default_factory()
  return field.default
