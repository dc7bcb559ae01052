"""Where a checkpoint's name points to: shipped, a folder, or the hub."""

import pathlib

import huggingface_hub

import acme_vlm
from acme_vlm import errors

SHIPPED = pathlib.Path(acme_vlm.__file__).parent / 'checkpoints'
_FILES = ('*.json', 'merges.txt', '*.safetensors')


def shipped() -> tuple[str, ...]:
  """Names of the checkpoints that come with the package."""
  return tuple(
    str(file.parent.relative_to(SHIPPED))
    for file in sorted(SHIPPED.glob('*/*/config.json'))
  )


def resolve(
  name_or_path: str,
  *,
  revision: str | None = None,
  cache_dir: str | None = None,
  offline: bool = False,
) -> pathlib.Path:
  """Finds the folder of a checkpoint.

  Args:
    name_or_path: a shipped name, a path to a folder, or a name on the
      Hugging Face hub; tried in this order.
    revision: of a hub name.
    cache_dir: folder of downloads.
    offline: ask nobody.

  Returns:
    The folder. Hub checkpoints are downloaded into its client's cache once.

  Raises:
    CheckpointError: there is no such checkpoint, or the hub is out of reach.
  """
  if name_or_path in shipped():
    return SHIPPED / name_or_path
  folder = pathlib.Path(name_or_path).expanduser()
  if folder.is_dir():
    return folder
  if folder.exists():
    raise errors.CheckpointError(
      f'expected the folder of a checkpoint, got the file {folder}'
    )
  known = ', '.join(shipped()) or 'none'
  parts = name_or_path.split('/')
  if len(parts) != 2 or not all(parts) or parts[0] in ('.', '..', '~'):
    raise errors.CheckpointError(
      f'no checkpoint folder {name_or_path!r} (shipped: {known})'
    )
  if parts[0] == 'in_domain':
    raise errors.CheckpointError(
      f'no shipped checkpoint {name_or_path!r} (shipped: {known})'
    )
  return _from_hub(name_or_path, known)


def _from_hub(name: str, known: str) -> pathlib.Path:
  try:
    return pathlib.Path(
      huggingface_hub.snapshot_download(name, allow_patterns=list(_FILES))
    )
  # The client raises its own errors, its transport's and the system's.
  except Exception as error:
    line = (str(error).splitlines() or [type(error).__name__])[0]
    raise errors.CheckpointError(
      f'no checkpoint {name!r}: not shipped ({known}), not a folder, and the '
      f'Hugging Face hub gave: {line}'
    ) from error
