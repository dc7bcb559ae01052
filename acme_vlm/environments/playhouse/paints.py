"""Fixed paints of details: neutral, so that no goal's colour hides in them."""

from acme_vlm.environments.playhouse.kinds import Point

WHITE: Point = (0.93, 0.93, 0.93)
CREAM: Point = (0.88, 0.83, 0.74)
LIGHT: Point = (0.72, 0.72, 0.73)
GREY: Point = (0.48, 0.48, 0.5)
DARK: Point = (0.24, 0.25, 0.27)
BLACK: Point = (0.06, 0.06, 0.06)
CARD: Point = (0.62, 0.54, 0.44)
OAK: Point = (0.52, 0.4, 0.28)
WALNUT: Point = (0.33, 0.25, 0.18)
LEAF: Point = (0.3, 0.34, 0.27)
WATER: Point = (0.6, 0.66, 0.7)
