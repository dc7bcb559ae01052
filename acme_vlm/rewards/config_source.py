"""Values of a reward's configuration, in the text of an experiment file."""

import ast
import pathlib
from collections.abc import Mapping

from acme_vlm import errors


def replace_values(source: str, values: Mapping[str, float]) -> str:
  """Writes numbers into the call of `RewardConfig`; all else stays as it is.

  Args:
    source: Python text with one call `RewardConfig(..., name=number, ...)`.
    values: new number by the name of its field.

  Returns:
    The new text.

  Raises:
    ConfigError: not exactly one such call, or a field that does not stand in
      it as a plain number.
  """
  calls = [
    node
    for node in ast.walk(ast.parse(source))
    if isinstance(node, ast.Call) and _name(node.func) == 'RewardConfig'
  ]
  if len(calls) != 1:
    raise errors.ConfigError(
      f'expected one call of RewardConfig in the experiment, got {len(calls)}'
    )
  places = []
  for name, value in values.items():
    node = next((k.value for k in calls[0].keywords if k.arg == name), None)
    if not isinstance(node, ast.Constant):
      came = 'nothing' if node is None else ast.unparse(node)
      raise errors.ConfigError(
        f'expected {name}=<number> in the call of RewardConfig, got {came}'
      )
    places.append((node, repr(value)))
  lines = source.splitlines(keepends=True)
  # From the end, so that the places further up stay where they are.
  for node, text in sorted(places, key=lambda p: _start(p[0]), reverse=True):
    assert node.end_lineno == node.lineno and node.end_col_offset is not None
    # The parser counts bytes.
    line = lines[node.lineno - 1].encode()
    head, tail = line[: node.col_offset], line[node.end_col_offset :]
    lines[node.lineno - 1] = (head + text.encode() + tail).decode()
  return ''.join(lines)


def rewrite(path: pathlib.Path, values: Mapping[str, float]) -> None:
  """Writes numbers into an experiment file: all of them or nothing.

  Args:
    path: of the file.
    values: new number by the name of its field, as for `replace_values`.

  Raises:
    ConfigError: a file that cannot be read or written, or see
      `replace_values`.
  """
  # Through links, so that the file they lead to is the one replaced.
  path = path.resolve()
  partial = path.with_name(f'.{path.name}.partial')
  try:
    changed = replace_values(path.read_text(encoding='utf-8'), values)
    partial.write_text(changed, encoding='utf-8')
    partial.chmod(path.stat().st_mode & 0o777)
    partial.replace(path)
  except OSError as error:
    partial.unlink(missing_ok=True)
    raise errors.ConfigError(
      f'expected an experiment file that can be rewritten, got {path}: '
      f'{error.strerror}'
    ) from error


def _name(function: ast.expr) -> str:
  if isinstance(function, ast.Attribute):
    return function.attr
  return function.id if isinstance(function, ast.Name) else ''


def _start(node: ast.expr) -> tuple[int, int]:
  return node.lineno, node.col_offset
