"""What a folder of recorded episodes holds: a table and a sheet of frames."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from acme_vlm import datasets

_EPISODES, _FRAMES = 12, 12
_FRAME_HEIGHT, _FRAME_WIDTH, _GAP, _TEXT = 132, 264, 6, 14
_PAPER, _INK, _FAINT = (255, 255, 255), (30, 32, 36), (120, 124, 132)
_GOAL, _OTHER = (34, 160, 84), (240, 160, 30)
_MANY_GOALS = 12


def table(dataset: datasets.EpisodeDataset) -> str:
  """Returns counts by policy and by goal, for the terminal."""
  policies: dict[str, list[tuple[int, bool]]] = {}
  num_goals = len(dataset.goals)
  positives, asked = np.zeros(num_goals, int), np.zeros(num_goals, int)
  for episode in dataset:
    row = (episode.num_frames, bool(np.any(episode.goal_achieved == 1)))
    policies.setdefault(episode.policy, []).append(row)
    positives += np.sum(episode.achieved == 1, axis=0)
    asked[episode.goal] += 1
  lines = [f'{"policy":12}{"episodes":>9}{"frames":>9}{"goal achieved":>15}']
  everything = [row for rows in policies.values() for row in rows]
  for name, rows in [*sorted(policies.items()), ('all', everything)]:
    share = np.mean([achieved for _, achieved in rows])
    frames = sum(length for length, _ in rows)
    lines.append(f'{name:12}{len(rows):>9}{frames:>9}{share:>15.1%}')
  order = np.argsort(positives, kind='stable')
  shown = order if num_goals <= _MANY_GOALS else order[: _MANY_GOALS // 2]
  title = 'goal' if len(shown) == num_goals else 'goals shown least'
  lines += ['', f'{title:28}{"frames":>7}{"asked for":>11}']
  lines += [
    f'{dataset.goals[goal][:27]:28}{positives[goal]:>7}{asked[goal]:>11}'
    for goal in shown
  ]
  lines.append(
    f'{f"median of {num_goals}":28}{np.median(positives):>7g}'
    f'{np.median(asked):>11g}'
  )
  size = sum(file.stat().st_size for file in dataset.path.rglob('*.npz'))
  lines += ['', f'{dataset.path}: {size / 2**20:.1f} MiB']
  return '\n'.join(lines)


def draw_sheet(dataset: datasets.EpisodeDataset) -> Image.Image:
  """Draws some episodes, one a row.

  Frames that achieve the episode's goal are framed in green, those that
  achieve another in orange. Of long episodes evenly spaced frames are drawn.
  """
  count = min(_EPISODES, len(dataset))
  chosen = np.linspace(0, len(dataset) - 1, count).round().astype(int)
  rows = [_row(dataset, dataset[index]) for index in chosen]
  head = _GAP + _TEXT
  sheet = Image.new(
    'RGB',
    (max(row.width for row in rows), head + sum(row.height for row in rows)),
    _PAPER,
  )
  draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_TEXT - 2)
  left = _GAP
  for text, colour in (
    (f'{dataset.environment}, {len(dataset)} episodes. Framed: ', _INK),
    ('achieves the goal', _GOAL),
    (', ', _INK),
    ('achieves another', _OTHER),
  ):
    draw.text((left, _GAP // 2), text, colour, font)
    left += round(draw.textlength(text, font))
  top = head
  for row in rows:
    sheet.paste(row, (0, top))
    top += row.height
  return sheet


def _row(
  dataset: datasets.EpisodeDataset, episode: datasets.Episode
) -> Image.Image:
  count = min(_FRAMES, episode.num_frames)
  chosen = np.linspace(0, episode.num_frames - 1, count).round().astype(int)
  height, width = episode.pixels.shape[1:3]
  scale = min(_FRAME_HEIGHT / height, _FRAME_WIDTH / width)
  height, width = max(round(height * scale), 1), max(round(width * scale), 1)
  row = Image.new(
    'RGB',
    (max(count * (width + _GAP), 640) + _GAP, _FRAME_HEIGHT + 3 * _GAP + _TEXT),
    _PAPER,
  )
  draw = ImageDraw.Draw(row)
  font = ImageFont.load_default(_TEXT - 2)
  title = f'{dataset.instructions[episode.goal][0]}  '
  draw.text((_GAP, _GAP // 2), title, _INK, font)
  draw.text(
    (_GAP + draw.textlength(title, font), _GAP // 2),
    f'{episode.policy}, {episode.num_frames} frames, seed {episode.seed}',
    _FAINT,
    font,
  )
  for place, index in enumerate(chosen):
    left, top = _GAP + place * (width + _GAP), _GAP + _TEXT
    achieved = episode.achieved[index] == 1
    if achieved.any():
      colour = _GOAL if achieved[episode.goal] else _OTHER
      draw.rectangle(
        (left - 3, top - 3, left + width + 2, top + height + 2), colour
      )
    frame = Image.fromarray(episode.pixels[index])
    row.paste(
      frame.resize((width, height), Image.Resampling.LANCZOS),
      (left, top),
    )
  return row
