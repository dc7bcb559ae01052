"""Values of a reward's configuration, in the text of an experiment file."""

import ast
import io
import itertools
import pathlib
import tokenize
from collections.abc import Mapping

from acme_vlm import errors


def replace_values(source: str, values: Mapping[str, float | None]) -> str:
  """Writes numbers into the call of `RewardConfig`; all else stays as it is.

  A field that the call does not name is added behind the others, on a line of
  its own if they stand so.

  Args:
    source: Python text with one call `RewardConfig(..., name=number, ...)`.
    values: new number, or None, by the name of its field.

  Returns:
    The new text.

  Raises:
    ConfigError: text that is not Python, not exactly one such call, or a field
      that stands in it as something else than a plain number or None.
  """
  try:
    tree = ast.parse(source)
  except SyntaxError as error:
    raise errors.ConfigError(
      f'expected an experiment in Python, got line {error.lineno}: {error.msg}'
    ) from error
  calls = [
    node
    for node in ast.walk(tree)
    if isinstance(node, ast.Call) and _name(node.func) == 'RewardConfig'
  ]
  if len(calls) != 1:
    raise errors.ConfigError(
      f'expected one call of RewardConfig in the experiment, got {len(calls)}'
    )
  text = source.encode()  # The parser counts bytes.
  starts = [0, *itertools.accumulate(map(len, text.splitlines(True)))]
  edits = []
  added = {}
  for name, value in values.items():
    node = next((k.value for k in calls[0].keywords if k.arg == name), None)
    if node is None:
      if any(keyword.arg is None for keyword in calls[0].keywords):
        raise errors.ConfigError(
          f'expected {name}=<number> in the call of RewardConfig, got **'
        )
      added[name] = value
    elif _is_number(node):
      edits.append((*_span(node, starts), repr(value)))
    else:
      raise errors.ConfigError(
        f'expected {name}=<number> in the call of RewardConfig, got '
        f'{ast.unparse(node)}'
      )
  if added:
    place = _span(calls[0], starts)
    edits.append(_insertion(text, place, added, calls[0], starts))
  # From the end, so that the places further up stay where they are.
  for start, end, new in sorted(edits, reverse=True):
    text = text[:start] + new.encode() + text[end:]
  return text.decode()


def _is_number(node: ast.expr) -> bool:
  if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
    node = node.operand
  return isinstance(node, ast.Constant) and not isinstance(
    node.value, str | bytes
  )


def _span(node: ast.expr, starts: list[int]) -> tuple[int, int]:
  """Where the node begins and ends, in bytes of the text."""
  assert node.end_lineno is not None and node.end_col_offset is not None
  return (
    starts[node.lineno - 1] + node.col_offset,
    starts[node.end_lineno - 1] + node.end_col_offset,
  )


def _insertion(
  text: bytes,
  place: tuple[int, int],
  added: Mapping[str, float | None],
  call: ast.Call,
  starts: list[int],
) -> tuple[int, int, str]:
  """Where fields are added to a call, nothing there, and what is added."""
  last, position = '', place[0]
  # Comments and line ends behind the last argument stay behind what is added.
  blank = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE)
  inside = text[place[0] : place[1] - 1].decode() + ')'
  tokens = tokenize.generate_tokens(io.StringIO(inside).readline)
  lines = [0, *itertools.accumulate(map(len, inside.splitlines(True)))]
  for token in tokens:
    end = lines[token.end[0] - 1] + token.end[1]
    if end >= len(inside):
      break
    if token.type not in blank and token.string.strip():
      last = token.string
      position = place[0] + len(inside[:end].encode())
  fields = [f'{name}={value!r}' for name, value in added.items()]
  if last == '(':
    return position, position, ', '.join(fields)
  # As the last argument stands: behind the one before, or on its own line.
  argument = max(
    [*call.args, *(keyword.value for keyword in call.keywords)],
    key=lambda node: _span(node, starts)[1],
  )
  begin = starts[argument.lineno - 1]
  line = text[begin : begin + len(text[begin:]) - len(text[begin:].lstrip())]
  alone = call.lineno != argument.lineno
  gap = '\n' + line.decode() if alone else ' '
  comma = last == ','
  joined = (',' + gap).join(fields)
  new = gap + joined + ',' if comma else ',' + gap + joined
  return position, position, new if alone or not comma else new.rstrip(',')


def rewrite(path: pathlib.Path, values: Mapping[str, float | None]) -> None:
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
