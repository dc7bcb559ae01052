"""Figures as PNG, and as SVG that takes the colours of an HTML page.

`png` saves a figure on white; `svg` writes it so that it lies inside a page:
the page's style sheet gives every colour of `THEME` by its name, light or dark.
Figures are drawn inside `matplotlib.rc_context(STYLE)`.
"""

import io
import os
import re

import matplotlib
from matplotlib import figure as figure_lib

# Name of the page's colour -> what the PNG shows. The series are told apart by
# the colour-blind (after Okabe and Ito).
THEME = {
  'ink': '#1f2328',
  'muted': '#656d77',
  'line': '#e3e6ea',
  'axis': '#9aa2ab',
  'paper': '#ffffff',
  's0': '#2f6db3',
  's1': '#c8551b',
  's2': '#14805e',
  's3': '#8a4fa3',
  's4': '#a8841a',
  's5': '#00a6a6',
  'good': '#2c8a57',
  'bad': '#c2413b',
  'warn': '#d99a2b',
}
STYLE = {
  'font.size': 9.5,
  'axes.titlesize': 10.5,
  'axes.titleweight': 'bold',
  'axes.titlelocation': 'left',
  'axes.titlepad': 8,
  'axes.spines.top': False,
  'axes.spines.right': False,
  'axes.edgecolor': THEME['axis'],
  'axes.labelcolor': THEME['ink'],
  'axes.titlecolor': THEME['ink'],
  'axes.facecolor': 'none',
  'text.color': THEME['ink'],
  'xtick.color': THEME['axis'],
  'ytick.color': THEME['axis'],
  'xtick.labelcolor': THEME['ink'],
  'ytick.labelcolor': THEME['ink'],
  'axes.grid': True,
  'axes.axisbelow': True,
  'grid.color': THEME['line'],
  'grid.linewidth': 0.8,
  'legend.frameon': False,
  'legend.fontsize': 8.5,
  'legend.handlelength': 2.6,
  'figure.facecolor': THEME['paper'],
  'savefig.dpi': 150,
  'svg.fonttype': 'none',
}


def png(figure: figure_lib.Figure, path: str | os.PathLike) -> None:
  """Saves a figure on white."""
  with matplotlib.rc_context(STYLE):
    figure.savefig(path, format='png')


def svg(figure: figure_lib.Figure, name: str, label: str) -> str:
  """Writes a figure as an element for an HTML page.

  Args:
    figure: any of this module.
    name: unique in the page, so that no two figures share an id.
    label: what the picture shows, for those who do not see it.

  Returns:
    `<svg ...>...</svg>`, its colours `var(--NAME)` of `THEME`.
  """
  file = io.StringIO()
  with matplotlib.rc_context({**STYLE, 'svg.hashsalt': name}):
    figure.savefig(
      file,
      format='svg',
      transparent=True,
      metadata={'Date': None, 'Creator': None, 'Format': None, 'Type': None},
    )
  text = file.getvalue()
  text = text[text.index('<svg') :].strip()
  text = re.sub(r'<metadata>.*?</metadata>', '', text, flags=re.DOTALL)
  text = text.replace('xlink:href=', 'href=')
  # Groups are named alike in all figures, and nothing refers to them.
  text = re.sub(r'<g id="[^"]*"', '<g', text)
  for variable, colour in THEME.items():
    text = text.replace(colour, f'var(--{variable})')
  text = re.sub(r"font: ([^;']*)'[^;]*;", r'font: \1inherit;', text)
  safe = label.replace('&', '&amp;').replace('<', '&lt;').replace('"', '&quot;')
  opening = text[: text.index('>') + 1]
  box = re.search(r'viewBox="[^"]*"', opening)
  assert box is not None
  return (
    f'<svg xmlns="http://www.w3.org/2000/svg" {box.group()} role="img" '
    f'aria-label="{safe}" style="max-width:{figure.get_figwidth() * 96:.0f}px">'
    + re.sub(r'\n\s*', '\n', text[len(opening) :])
  )
