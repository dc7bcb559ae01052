"""What a vector of Gymnasium environments tells: batched, with masks.

`infos[name]` is an array over the N environments, or a dictionary of such, and
`infos['_' + name]` tells for which of them it holds. NumPy alone.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np


def tell(
  infos: dict[str, Any], name: str, values: Any, mask: np.ndarray
) -> None:
  """Puts something into the infos, in place.

  Args:
    infos: of N environments.
    name: of what is told.
    values: an array `[N, ...]`, or a dictionary of them.
    mask: bool `[N]`, for which environments it holds.
  """
  infos[name], infos[f'_{name}'] = values, np.array(mask, bool)


def row(values: Any, n: int) -> Any:
  """Takes out what belongs to one environment.

  Args:
    values: batched observations or infos, nested or not.
    n: index of the environment.

  Returns:
    The same without the batch; of infos, only what holds for it.
  """
  if isinstance(values, Mapping):
    return {
      name: row(value, n)
      for name, value in values.items()
      if not name.startswith('_') and _holds(values, name, n)
    }
  if isinstance(values, tuple):
    return tuple(row(value, n) for value in values)
  return np.array(values[n]) if isinstance(values, np.ndarray) else values[n]


def merged(
  infos: Mapping[str, Any], added: Mapping[str, Any], mask: np.ndarray
) -> dict[str, Any]:
  """Joins infos.

  Args:
    infos: of N environments; they stay as they are.
    added: of N environments; what is told of an episode's end is left out.
    mask: bool `[N]`, the environments of which something is added.

  Returns:
    The infos, with those added in their place.
  """
  result = dict(infos)
  for name, values in added.items():
    if name.startswith(('_', 'final_')):
      continue
    rows = mask & added.get(f'_{name}', mask)
    if not rows.any():
      continue
    if isinstance(values, Mapping):
      result[name] = merged(result.get(name, {}), values, mask)
    else:
      known = result.get(name)
      joined = np.zeros_like(values) if known is None else known.copy()
      joined[rows] = values[rows]
      result[name] = joined
    result[f'_{name}'] = rows | result.get(f'_{name}', False)
  return result


def copied(values: Any) -> Any:
  """Copies batched observations, nested or not."""
  if isinstance(values, Mapping):
    return {name: copied(value) for name, value in values.items()}
  if isinstance(values, tuple):
    return tuple(map(copied, values))
  return np.array(values)


def same_rows(before: Any, after: Any, rows: np.ndarray) -> bool:
  """Compares batched observations, nested or not.

  Args:
    before: of N environments.
    after: of the same.
    rows: indices of the environments that are compared.

  Returns:
    Whether they are equal there.
  """
  if isinstance(before, Mapping):
    return all(same_rows(before[k], after[k], rows) for k in before)
  if isinstance(before, tuple):
    pairs = zip(before, after, strict=True)
    return all(same_rows(a, b, rows) for a, b in pairs)
  return bool(np.array_equal(before[rows], np.asarray(after)[rows]))


def _holds(infos: Mapping[str, Any], name: str, n: int) -> bool:
  mask = infos.get(f'_{name}')
  return mask is None or bool(mask[n])
