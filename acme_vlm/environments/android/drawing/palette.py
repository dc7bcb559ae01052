"""Colours as (red, green, blue) in [0, 255]."""

from collections.abc import Sequence

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
INK: Colour = (32, 36, 44)
GREY: Colour = (128, 134, 144)
SILVER: Colour = (206, 211, 220)
RED: Colour = (222, 58, 48)
ORANGE: Colour = (247, 137, 36)
AMBER: Colour = (252, 190, 32)
YELLOW: Colour = (255, 220, 72)
LIME: Colour = (150, 200, 60)
GREEN: Colour = (40, 160, 84)
TEAL: Colour = (0, 150, 140)
CYAN: Colour = (40, 184, 214)
SKY: Colour = (110, 180, 240)
BLUE: Colour = (56, 122, 240)
NAVY: Colour = (26, 42, 92)
INDIGO: Colour = (74, 80, 190)
PURPLE: Colour = (142, 68, 190)
MAGENTA: Colour = (206, 54, 150)
PINK: Colour = (240, 98, 146)
BROWN: Colour = (134, 92, 62)
CREAM: Colour = (250, 240, 214)

AVATARS: tuple[Colour, ...] = (
  (230, 120, 90),
  (90, 160, 220),
  (120, 180, 90),
  (190, 120, 210),
  (240, 180, 60),
  (80, 180, 170),
  (200, 90, 120),
  (120, 130, 160),
)


def mix(first: Colour, second: Colour, weight: float) -> Colour:
  """Returns first * (1 - weight) + second * weight, rounded."""
  blend = [
    round(a + (b - a) * weight) for a, b in zip(first, second, strict=True)
  ]
  return (blend[0], blend[1], blend[2])


def luminance(colour: Sequence[int]) -> float:
  """Returns the Rec. 601 luma of a colour, in [0, 255]."""
  return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
