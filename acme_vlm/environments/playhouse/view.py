"""The eye: a camera, what it can see, and the frames it draws."""

import atexit
import math
import operator
import threading
from typing import NamedTuple

import mujoco
import numpy as np

from acme_vlm.environments.playhouse import backend, floor_plan, model, rays

# Shadows: colour, half their thickness in metres, radius by that of the thing.
_SHADE, _THICK, _SHARE = (0.0, 0.0, 0.0, 0.5), 0.002, 0.8
_HALF_FIELD = np.tan(np.radians(model.FIELD_OF_VIEW) / 2)


class Pose(NamedTuple):
  """Where the agent stands and looks.

  Attributes:
    x, y: on the floor, metres.
    yaw: radians, counter-clockwise from the x axis.
    pitch: radians, positive looking down.
  """

  x: float
  y: float
  yaw: float
  pitch: float


class Camera(NamedTuple):
  """The eye in the home's frame.

  Attributes:
    position: `[3]`.
    right, up, forward: unit vectors `[3]`.
  """

  position: np.ndarray
  right: np.ndarray
  up: np.ndarray
  forward: np.ndarray


class Shadow(NamedTuple):
  """What shows how high something hangs: a dark disc straight beneath it.

  Attributes:
    position: middle of the disc, `[3]`.
    radius: metres.
  """

  position: np.ndarray
  radius: float


def camera(pose: Pose, height: float) -> Camera:
  """The camera of a pose, `height` metres above the floor."""
  cy, sy = math.cos(pose.yaw), math.sin(pose.yaw)
  cp, sp = math.cos(pose.pitch), math.sin(pose.pitch)
  return Camera(
    np.array([pose.x, pose.y, height]),
    np.array([sy, -cy, 0.0]),
    np.array([cy * sp, sy * sp, cp]),
    np.array([cy * cp, sy * cp, -sp]),
  )


def cast_shadow(
  beams: rays.Rays, centre: np.ndarray, radius: float, body: int
) -> Shadow | None:
  """The shadow of a thing; None if nothing is beneath it.

  Args:
    beams: rays in the present state.
    centre: of the thing, `[3]`.
    radius: seen from above, metres.
    body: its id.

  Returns:
    A disc a little smaller than the thing.
  """
  distance = beams.down(centre, body).distance
  if distance < 0:
    return None
  return Shadow(centre - np.array([0.0, 0.0, distance]), _SHARE * radius)


def project(
  eye: Camera, points: np.ndarray, aspect: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
  """Projects points onto the frame.

  Args:
    eye: the camera.
    points: `[N, 3]`.
    aspect: width of the frame by its height.

  Returns:
    x to the right and y up, both in [-1, 1] within the frame, and the depth
    in metres, each `[N]`. Behind the eye the depth is at most 0, and x and y
    are far out on the point's side.
  """
  away = points - eye.position
  depth = away @ eye.forward
  safe = np.maximum(depth, 1e-6) * _HALF_FIELD
  return away @ eye.right / (safe * aspect), away @ eye.up / safe, depth


def directions(
  eye: Camera, rows: int, columns: int, aspect: float
) -> np.ndarray:
  """Directions of the middles of a grid's places in the frame.

  Args:
    eye: the camera.
    rows: of the grid.
    columns: of the grid.
    aspect: width of the frame by its height.

  Returns:
    `[rows * columns, 3]`, row by row from the top left.
  """
  x = ((np.arange(columns) + 0.5) / columns * 2 - 1) * _HALF_FIELD * aspect
  y = (1 - (np.arange(rows) + 0.5) / rows * 2) * _HALF_FIELD
  y, x = (grid.reshape(-1, 1) for grid in np.meshgrid(y, x, indexing='ij'))
  return eye.forward + x * eye.right + y * eye.up


def visible_rooms(
  plan: floor_plan.FloorPlan, pose: Pose, aspect: float
) -> list[int]:
  """Rooms of which something can be in view, through doorways too.

  Args:
    plan: of the home.
    pose: of the agent.
    aspect: width of the frame by its height.

  Returns:
    Indices of rooms, the agent's own first.
  """
  if len(plan.rooms) == 1:
    return [0]
  # Looking up or down widens what the frame's corners cover.
  half = np.arctan(_HALF_FIELD * aspect / max(np.cos(pose.pitch) - 0.5, 0.15))
  here = plan.room_at(pose.x, pose.y)
  seen = [here]
  pending = [(here, pose.yaw - half, pose.yaw + half)]
  while pending:
    room, low, high = pending.pop()
    for door in plan.doorways:
      if room not in door.rooms:
        continue
      other = door.rooms[0] if door.rooms[1] == room else door.rooms[1]
      window = _through(door, pose, low, high)
      if other not in seen and window is not None:
        seen.append(other)
        pending.append((other, *window))
  return seen


def _through(
  door: floor_plan.Doorway, pose: Pose, low: float, high: float
) -> tuple[float, float] | None:
  """The part of a range of directions that a doorway lets through."""
  dx, dy = door.x - pose.x, door.y - pose.y
  half = floor_plan.DOOR_WIDTH / 2
  if dx * dx + dy * dy < (half + 0.3) ** 2:
    return low, high
  ends = (
    ((-half, 0.0), (half, 0.0))
    if door.along == 'x'
    else (
      (0.0, -half),
      (0.0, half),
    )
  )
  middle = (low + high) / 2
  angles = [
    (np.arctan2(dy + ey, dx + ex) - middle + np.pi) % (2 * np.pi) - np.pi
    for ex, ey in ends
  ]
  # Both ends on either side of "behind": not in view.
  if max(angles) - min(angles) > np.pi:
    return None
  low, high = max(low, middle + min(angles)), min(high, middle + max(angles))
  return (low, high) if low < high else None


class _Contexts(threading.local):
  """GL contexts belong to a thread: each has its own, by model and size."""

  def __init__(self):
    self.renderers: dict[tuple[model.Capacity, int, int], Renderer] = {}


_CONTEXTS = _Contexts()
_SIZING = threading.Lock()


class Renderer:
  """Draws frames of one size of all models of one blueprint, in one thread."""

  def __init__(self, blueprint: model.Blueprint, height: int, width: int):
    """Opens a GL context.

    Args:
      blueprint: of the models.
      height: of the frames, pixels.
      width: of the frames, pixels.

    Raises:
      EnvironmentFailure: no GL library, or no context to be had.
    """
    # A user's mistake must not look like a missing library.
    width, height = operator.index(width), operator.index(height)
    try:
      self._gl = mujoco.GLContext(width, height)
      self._gl.make_current()
      # The context holds the meshes, which all copies of the model share; its
      # size stands in the model.
      sized = blueprint.model
      with _SIZING:
        sized.vis.global_.offwidth, sized.vis.global_.offheight = width, height
        self._context = mujoco.MjrContext(
          sized, mujoco.mjtFontScale.mjFONTSCALE_100.value
        )
    except Exception as error:
      raise backend.failure(error) from None
    mujoco.mjr_setBuffer(
      mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self._context
    )
    self._scene = mujoco.MjvScene(blueprint.model, maxgeom=1000)
    for flag in ('SHADOW', 'REFLECTION', 'SKYBOX', 'HAZE', 'FOG'):
      self._scene.flags[getattr(mujoco.mjtRndFlag, f'mjRND_{flag}')] = 0
    self._option = mujoco.MjvOption()
    self._camera = mujoco.MjvCamera()
    self._camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
    self._camera.fixedcamid = 0
    self._viewport = mujoco.MjrRect(0, 0, width, height)
    self._frame = np.empty((height, width, 3), np.uint8)

  def draw(
    self,
    target: mujoco.MjModel,
    data: mujoco.MjData,
    eye: Camera,
    rooms: list[int],
    shadow: Shadow | None = None,
  ) -> np.ndarray:
    """Draws a frame.

    Args:
      target: the model.
      data: its state; the camera's pose is written to it.
      eye: the camera.
      rooms: those that are drawn.
      shadow: of what hangs in the air, or None.

    Returns:
      uint8 `[H, W, 3]`, the caller's own.
    """
    data.cam_xpos[0] = eye.position
    data.cam_xmat[0] = np.stack([eye.right, eye.up, -eye.forward], 1).ravel()
    self._option.geomgroup[:] = 0
    self._option.geomgroup[rooms] = 1
    self._gl.make_current()
    mujoco.mjv_updateScene(
      target,
      data,
      self._option,
      None,
      self._camera,
      mujoco.mjtCatBit.mjCAT_ALL.value,
      self._scene,
    )
    if shadow is not None:
      self._add(shadow)
    mujoco.mjr_render(self._viewport, self._scene, self._context)
    mujoco.mjr_readPixels(self._frame, None, self._viewport, self._context)
    return np.ascontiguousarray(self._frame[::-1])

  def _add(self, shadow: Shadow) -> None:
    mujoco.mjv_initGeom(
      self._scene.geoms[self._scene.ngeom],
      mujoco.mjtGeom.mjGEOM_CYLINDER.value,
      np.array([shadow.radius, _THICK, 0.0]),
      shadow.position + np.array([0.0, 0.0, 3 * _THICK]),
      np.eye(3).ravel(),
      np.array(_SHADE, np.float32),
    )
    self._scene.ngeom += 1

  def close(self) -> None:
    """Frees the context; in the thread that made it."""
    self._gl.make_current()
    self._context.free()
    self._gl.free()


def renderer(blueprint: model.Blueprint, height: int, width: int) -> Renderer:
  """The calling thread's renderer of a size, opened when first asked for."""
  key = blueprint.capacity, height, width
  found = _CONTEXTS.renderers.get(key)
  if found is None:
    found = _CONTEXTS.renderers[key] = Renderer(blueprint, height, width)
    if threading.current_thread() is threading.main_thread():
      # At exit, before MuJoCo shuts EGL down: what comes later complains.
      atexit.register(found.close)
  return found
