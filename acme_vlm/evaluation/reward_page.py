"""A reward report as one HTML page that needs no other file.

The template beside this module holds the words, the style sheet and the few
lines of script that sort tables; this module gives it numbers as text, pictures
as SVG and frames as data URIs.
"""

import base64
import io
import json
import math
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jinja2
import numpy as np
from matplotlib import figure as figure_lib
from PIL import Image

from acme_vlm import errors
from acme_vlm.evaluation import (
  metrics,
  reward_figures,
  reward_plots,
  reward_rows,
  reward_tables,
)
from acme_vlm.evaluation.reward_labels import Labels
from acme_vlm.evaluation.reward_rows import Row
from acme_vlm.evaluation.reward_worst import Worst

PAGE, PLOTS, PROVENANCE = 'report.html', 'plots', 'provenance.json'
_TEMPLATE = 'reward_page.html'
# Larger frames are shrunk: a page of many stays small.
_MOST_PIXELS = 240
_THEME_CSS = '; '.join(f'--{k}: {v}' for k, v in reward_figures.THEME.items())


class Report(NamedTuple):
  """All that is written.

  Attributes:
    labels: of the frames.
    rows: the models side by side, at least one.
    worst: frames to look at, by the row's name.
    frames: those frames, uint8 [H, W, 3], by episode and step.
    provenance: what the report was made from, JSON values: 'command',
      'commit', 'date', 'machine', 'software', 'seed', 'replicates' and
      'datasets'.
  """

  labels: Labels
  rows: Sequence[Row]
  worst: Mapping[str, Sequence[Worst]]
  frames: Mapping[tuple[int, int], np.ndarray]
  provenance: Mapping[str, Any]


def write(folder: str | os.PathLike, report: Report) -> pathlib.Path:
  """Writes page, tables, pictures and provenance.

  Args:
    folder: that exists.
    report: what to write.

  Returns:
    The page.

  Raises:
    RunDirectoryError: something cannot be written.
  """
  out = pathlib.Path(folder)
  try:
    (out / PLOTS).mkdir(exist_ok=True)
    for old in (out / PLOTS).glob('*.png'):
      old.unlink()
    figures = _figures(report)
    for name, figure in figures.items():
      reward_figures.png(figure, out / PLOTS / f'{name}.png')
    reward_tables.write(out, report.rows, report.worst)
    _write_text(out / PROVENANCE, json.dumps(_provenance(report), indent=2))
    _write_text(out / PAGE, _render(report, figures))
  except OSError as error:
    raise errors.RunDirectoryError(
      f'expected to write the report to {out}, got: {error.strerror}'
    ) from error
  return out / PAGE


def render(report: Report) -> str:
  """Makes the page."""
  return _render(report, _figures(report))


def _render(report: Report, figures: Mapping[str, figure_lib.Figure]) -> str:
  environment = jinja2.Environment(
    loader=jinja2.PackageLoader('acme_vlm.evaluation', '.'),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
  )
  environment.filters |= {
    'number': _number,
    'percent': _percent,
    'bounds': _bounds,
    'count': lambda n: f'{n:,}'.replace(',', '\N{NARROW NO-BREAK SPACE}'),
  }
  labels = report.labels
  known = labels.achieved >= 0
  best = reward_rows.best(report.rows)
  leads = {row.name: reward_rows.lead(row, best) for row in report.rows}
  pictures = {
    name: reward_figures.svg(figure, name, name)
    for name, figure in figures.items()
  }
  return environment.get_template(_TEMPLATE).render(
    report=report,
    labels=labels,
    best=best,
    leads=leads,
    ties=sum(lead.low <= 0 <= lead.high for lead in leads.values()) - 1,
    first_right=reward_rows.first_right,
    chance=float((labels.achieved == 1).sum() / known.sum()),
    pairs=int(known.sum()),
    unknown=int((~known).sum()),
    policies={p: labels.policies.count(p) for p in sorted({*labels.policies})},
    pictures=pictures,
    frames={key: _data_uri(value) for key, value in report.frames.items()},
    slugs={row.name: f'model-{n}' for n, row in enumerate(report.rows, 1)},
    colours=_THEME_CSS,
    nan=math.nan,
    shared=_shared([row.settings for row in report.rows]),
  )


def text_table(rows: Sequence[Row]) -> str:
  """The summary for a terminal."""
  width = max(len(row.name) for row in rows)
  lines = [
    f'{"":{width}}  average precision       precision  recall   EPIC   '
    'first reward right'
  ]
  for row in rows:
    every, own = row.analysis.every, row.analysis.own
    area = every.curve.average_precision if every.curve else None
    lines.append(
      f'{row.name:{width}}  '
      f'{_number(area.value) if area else "–"} {_bounds(area):16}  '
      f'{_number(own.precision.value):9}  {_number(own.recall.value):7}  '
      f'{_number(row.analysis.epic.value):5}  '
      f'{_percent(reward_rows.first_right(row).value)}'
    )
  return '\n'.join(lines)


def _figures(report: Report) -> dict[str, figure_lib.Figure]:
  """Every picture by its name, which is that of its PNG too."""
  figures = {'comparison': reward_plots.comparison(report.rows)}
  for n, row in enumerate(report.rows, 1):
    found = row.analysis
    figures[f'{n}_curve'] = reward_plots.curve(row)
    if found.calibration is not None:
      figures[f'{n}_reliability'] = reward_plots.reliability(found.calibration)
    if found.hits is not None:
      figures[f'{n}_first_reward'] = reward_plots.first_hits(
        reward_rows.outcomes(row, report.labels.policies)
      )
    figures[f'{n}_confusion'] = reward_plots.confusion(
      found.confusion, report.labels.goals
    )
  return figures


def _provenance(report: Report) -> dict[str, Any]:
  rows = {
    row.name: {'reward_version': row.version, 'config': dict(row.config)}
    for row in report.rows
  }
  return {**report.provenance, 'rows': rows}


def _write_text(path: pathlib.Path, text: str) -> None:
  partial = path.with_suffix('.partial')
  partial.write_text(text.rstrip() + '\n', encoding='utf-8')
  partial.replace(path)


def _data_uri(frame: np.ndarray) -> tuple[str, int, int]:
  """A frame without loss, or shrunk if it is large; its width and height."""
  image = Image.fromarray(frame)
  if max(image.size) > _MOST_PIXELS:
    image.thumbnail((_MOST_PIXELS, _MOST_PIXELS))
  file = io.BytesIO()
  image.save(file, 'WEBP', lossless=True, quality=100, method=4)
  code = base64.b64encode(file.getvalue()).decode()
  return f'data:image/webp;base64,{code}', image.width, image.height


def _number(value: float, digits: int = 3) -> str:
  if math.isnan(value):
    return '–'
  # Zero has no sign, also after rounding; a true minus is as wide as a plus.
  text = f'{round(value, digits) + 0.0:.{digits}f}'
  return text.replace('-', '\N{MINUS SIGN}')


def _percent(value: float) -> str:
  return '–' if math.isnan(value) else f'{100 * value:.1f} %'


def _bounds(interval: metrics.Interval | None, digits: int = 3) -> str:
  if interval is None or math.isnan(interval.low):
    return ''
  low, high = _number(interval.low, digits), _number(interval.high, digits)
  return f'[{low}, {high}]'


def _shared(settings: Sequence[str]) -> str:
  """What is said once if it holds for all rows; else nothing."""
  return settings[0] if len(set(settings)) == 1 else ''
