"""Where the agent can walk: collisions on the floor, and ways through it."""

import collections
import math

import numpy as np

from acme_vlm.environments.playhouse import floor_plan, layout
from acme_vlm.environments.playhouse.furniture import catalogue as furniture

RADIUS = 0.2
CELL = 0.2
# A move is made in pieces that no wall is thinner than.
_PIECE = 0.2


class Walking:
  """The floor of one home for an agent of radius `RADIUS`."""

  def __init__(self, home: layout.Layout):
    """Collects what stands on the floor.

    Args:
      home: the layout; only furniture that collides is in the way.
    """
    boxes = [
      floor_plan.Rectangle(
        wall.x - wall.half_x,
        wall.x + wall.half_x,
        wall.y - wall.half_y,
        wall.y + wall.half_y,
      )
      for wall in home.plan.walls()
      # Lintels hang above the head.
      if wall.z - wall.half_z < 1e-6
    ]
    boxes += [
      piece.footprint
      for piece in home.furniture
      if furniture.KINDS[piece.kind].solids
    ]
    self._boxes = np.array(boxes)
    self._plan = home.plan

  def free(
    self,
    x: float,
    y: float,
    loose: np.ndarray,
    came_from: tuple[float, float] | None = None,
    size: float = RADIUS,
  ) -> bool:
    """Whether the agent, or something of another size, fits somewhere.

    Args:
      x: its middle.
      y: its middle.
      loose: circles in the way, x, y and radius, `[N, 3]`.
      came_from: where it stands; a circle that it already touches is then
        in the way only if it comes nearer to its middle.
      size: radius of what is to fit, metres.

    Returns:
      Whether it touches nothing.
    """
    boxes = self._boxes
    dx = np.maximum(np.maximum(boxes[:, 0] - x, x - boxes[:, 1]), 0)
    dy = np.maximum(np.maximum(boxes[:, 2] - y, y - boxes[:, 3]), 0)
    if np.min(dx * dx + dy * dy) < size * size:
      return False
    for cx, cy, radius in loose:
      away = math.hypot(x - cx, y - cy)
      if away < size + radius and (
        came_from is None
        or away < math.hypot(came_from[0] - cx, came_from[1] - cy)
      ):
        return False
    return True

  def walk(
    self,
    start: tuple[float, float],
    yaw: float,
    forward: float,
    left: float,
    loose: np.ndarray,
  ) -> tuple[float, float]:
    """Walks as far as it can, sliding along what is in the way.

    Args:
      start: x and y.
      yaw: direction of "forward", radians.
      forward: metres.
      left: metres.
      loose: see `free`.

    Returns:
      x and y.
    """
    if not forward and not left:
      return start
    x, y = start
    dx = forward * math.cos(yaw) - left * math.sin(yaw)
    dy = forward * math.sin(yaw) + left * math.cos(yaw)
    pieces = max(1, math.ceil(math.hypot(dx, dy) / _PIECE))
    dx, dy = dx / pieces, dy / pieces
    for _ in range(pieces):
      for nx, ny in ((x + dx, y + dy), (x + dx, y), (x, y + dy)):
        if (nx, ny) != (x, y) and self.free(nx, ny, loose, (x, y)):
          x, y = nx, ny
          break
    return x, y

  def grid(self, loose: np.ndarray) -> 'Grid':
    """The cells on which the agent fits."""
    rooms = self._plan.rooms
    x0, y0 = min(r.x0 for r in rooms), min(r.y0 for r in rooms)
    xs = np.arange(x0, max(r.x1 for r in rooms), CELL) + CELL / 2
    ys = np.arange(y0, max(r.y1 for r in rooms), CELL) + CELL / 2
    x, y = xs[:, None, None], ys[None, :, None]
    boxes = self._boxes
    dx = np.maximum(np.maximum(boxes[:, 0] - x, x - boxes[:, 1]), 0)
    dy = np.maximum(np.maximum(boxes[:, 2] - y, y - boxes[:, 3]), 0)
    margin = RADIUS + 0.02
    free = np.min(dx * dx + dy * dy, axis=2) > margin * margin
    for cx, cy, radius in loose:
      free &= (x[..., 0] - cx) ** 2 + (y[..., 0] - cy) ** 2 > (
        margin + radius
      ) ** 2
    inside = np.zeros_like(free)
    for room in rooms:
      inside |= (
        (x[..., 0] >= room.x0)
        & (x[..., 0] <= room.x1)
        & (y[..., 0] >= room.y0)
        & (y[..., 0] <= room.y1)
      )
    return Grid(xs, ys, free & inside)


class Grid:
  """Free cells of the floor, and shortest ways over them."""

  def __init__(self, xs: np.ndarray, ys: np.ndarray, free: np.ndarray):
    """Takes the cells' middles along x and y, and which are free `[X, Y]`."""
    self.xs, self.ys, self.free = xs, ys, free

  def reaching(self, targets: np.ndarray) -> np.ndarray:
    """Cells from which there is a way to any of the targets.

    Args:
      targets: bool `[X, Y]`.

    Returns:
      bool `[X, Y]`: where `steps_to` is finite, many times as fast.
    """
    # All cells are one number, a bit each, and a step is a shift; blocked
    # cells at the end of the rows keep steps from leaving a row for the next.
    rows, columns = self.free.shape
    wide = columns + 1
    free, reached = (
      int.from_bytes(np.packbits(np.pad(cells, ((0, 0), (0, 1)))).tobytes())
      for cells in (self.free, targets & self.free)
    )
    before = 0
    while reached != before:
      before = reached
      for shift in (1, wide):
        reached |= ((reached << shift) | (reached >> shift)) & free
    packed = reached.to_bytes(-(-rows * wide // 8))
    bits = np.unpackbits(np.frombuffer(packed, np.uint8))[: rows * wide]
    return bits.reshape(rows, wide)[:, :columns].astype(bool)

  def steps_to(self, targets: np.ndarray) -> np.ndarray:
    """Length of the shortest way from each cell to any of the targets.

    Args:
      targets: bool `[X, Y]`.

    Returns:
      Steps between neighbours, float64 `[X, Y]`; infinite where there is none.
    """
    steps = np.full(self.free.shape, np.inf)
    pending: collections.deque[tuple[int, int]] = collections.deque()
    for i, j in np.argwhere(targets & self.free):
      steps[i, j] = 0
      pending.append((int(i), int(j)))
    rows, columns = self.free.shape
    free = self.free
    while pending:
      i, j = pending.popleft()
      for a, b in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):
        if (
          0 <= a < rows
          and 0 <= b < columns
          and free[a, b]
          and steps[a, b] > steps[i, j] + 1
        ):
          steps[a, b] = steps[i, j] + 1
          pending.append((a, b))
    return steps
