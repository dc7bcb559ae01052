"""The JSON files of a checkpoint."""

import json
import pathlib
from collections.abc import Mapping
from typing import Any

from acme_vlm import errors


def read(path: pathlib.Path) -> dict[str, Any]:
  """Reads a JSON object.

  Args:
    path: the file.

  Returns:
    The object.

  Raises:
    CheckpointError: no such file, or not a JSON object.
  """
  try:
    content = json.loads(path.read_text(encoding='utf-8'))
  except FileNotFoundError:
    raise errors.CheckpointError(
      f'expected {path.name}, found no such file'
    ) from None
  except (ValueError, OSError, RecursionError) as error:
    raise errors.CheckpointError(
      f'expected JSON in {path.name}, got: {error}'
    ) from None
  if not isinstance(content, dict):
    raise errors.CheckpointError(f'expected a JSON object in {path.name}')
  return content


def write(path: pathlib.Path, content: Mapping[str, Any]) -> None:
  """Writes a JSON object, its keys sorted.

  Args:
    path: the file.
    content: the object.
  """
  path.write_text(json.dumps(content, indent=2, sort_keys=True) + '\n')
