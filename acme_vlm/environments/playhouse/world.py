"""A home with its physics, and the agent in it.

The agent walks like a figure on a board: it is moved, not simulated, and stops
at walls, furniture and what stands on the floor. Objects obey MuJoCo; those at
rest sleep, so that a step in which nothing moves costs no physics. The hand is
a magnet: it pulls the object that is aimed at into the air before the eye,
where it collides with everything on its way.
"""

import math

import mujoco
import numpy as np

from acme_vlm.environments.playhouse import (
  filling,
  layout,
  model,
  rays,
  shapes,
  view,
)
from acme_vlm.environments.playhouse import mesh as mesh_lib
from acme_vlm.environments.playhouse import walking as walking_lib
from acme_vlm.environments.playhouse.furniture import catalogue as furniture
from acme_vlm.environments.playhouse.objects import catalogue as objects

EYE_HEIGHT = 0.75
PITCHES = (-0.7, 1.1)
SUBSTEPS = 20
# Width of the view by its height that truth goes by, whatever the frame's.
ASPECT = 4 / 3
# The magnet: how far and how far from the middle of the view it reaches, where
# it holds, and how far a thing may lag behind before it slips.
REACH, AIM, HOLD, SLIP = 1.4, math.radians(16), 0.75, 0.45
# Metres that what is held keeps from the eye, or it slips.
_CLEAR = 0.08
_SLEEPS = mujoco.mjtSleepPolicy
_SLEEP = int(mujoco.mjtEnableBit.mjENBL_SLEEP)


class World:
  """The state of one home.

  The order of use:

      world = World(capacity)
      world.build(home, pose)            # an episode
      world.step(forward, left, turn, tilt, grab)
      world.frame(72, 96)
  """

  def __init__(self, capacity: model.Capacity):
    """Copies the model of a capacity.

    Args:
      capacity: the most that a home can hold.
    """
    self.blueprint = model.blueprint(capacity)
    self.model = self.blueprint.model.__copy__()
    self.data = mujoco.MjData(self.model)
    self.rays = rays.Rays(self.model, self.data)
    self.home: layout.Layout
    # What was worked out of the present state and pose.
    self._known: dict[int, float] = {}
    self._pose = view.Pose(0.0, 0.0, 0.0, 0.0)
    self._eye = view.camera(self._pose, EYE_HEIGHT)
    self.held: int | None = None
    self.walking: walking_lib.Walking
    self._hand, self._grip_yaw = np.zeros(3), 0.0
    self._gripping = False
    walls = [solid for _, solid in self.blueprint.walls]
    self._walls = set(self.model.geom_bodyid[walls].tolist())

  def build(self, home: layout.Layout, pose: view.Pose) -> None:
    """Begins an episode: writes the home, and lets everything settle.

    Args:
      home: fits the capacity.
      pose: of the agent.
    """
    mujoco.mj_resetData(self.model, self.data)
    filling.fill(self.model, self.data, self.blueprint, home)
    self.model.tree_sleep_policy[:] = _SLEEPS.mjSLEEP_AUTO_ALLOWED
    self.home, self.pose, self.held = home, pose, None
    self.walking = walking_lib.Walking(home)
    self._kinds = [objects.KINDS[thing.kind] for thing in home.objects]
    self._points = [shapes.sample(kind.solids) for kind in self._kinds]
    self._boxes = [shapes.bounds(kind.solids) for kind in self._kinds]
    self._bodies = {self._body(n): n for n in range(len(home.objects))}
    self._supports = {
      slot.body: piece.kind
      for slot, piece in zip(
        self.blueprint.furniture, home.furniture, strict=False
      )
    }
    self._grip(False)
    self.model.opt.enableflags &= ~_SLEEP  # Which places static bodies once.
    mujoco.mj_forward(self.model, self.data)
    self.model.opt.enableflags |= _SLEEP
    mujoco.mj_step(self.model, self.data, SUBSTEPS)
    self._assign_rooms()

  @property
  def pose(self) -> view.Pose:
    """Where the agent stands and looks."""
    return self._pose

  @pose.setter
  def pose(self, pose: view.Pose) -> None:
    self._pose, self._eye = pose, view.camera(pose, EYE_HEIGHT)
    self._known.clear()

  @property
  def eye(self) -> view.Camera:
    """The camera."""
    return self._eye

  def step(
    self, forward: float, left: float, turn: float, tilt: float, grab: bool
  ) -> None:
    """Moves the agent and lets time pass.

    Args:
      forward: metres.
      left: metres.
      turn: radians, counter-clockwise.
      tilt: radians, positive looks down.
      grab: whether the magnet is on.
    """
    self.pose = self.moved(self.pose, forward, left, turn, tilt)
    if grab and self.held is None:
      self.grab(self.aimed_at())
    elif not grab:
      self.release()
    self._grip(self.held is not None)
    self._advance()
    self._known.clear()
    self._assign_rooms()

  def moved(
    self,
    pose: view.Pose,
    forward: float,
    left: float,
    turn: float,
    tilt: float,
    loose: np.ndarray | None = None,
  ) -> view.Pose:
    """The pose after a step from `pose`; `loose` saves working it out."""
    x, y = pose.x, pose.y
    if forward or left:
      loose = self.loose() if loose is None else loose
      x, y = self.walking.walk((x, y), pose.yaw, forward, left, loose)
    yaw = (pose.yaw + turn + math.pi) % (2 * math.pi) - math.pi
    pitch = min(max(pose.pitch + tilt, PITCHES[0]), PITCHES[1])
    return view.Pose(x, y, yaw, pitch)

  def grab(self, index: int | None) -> None:
    """Takes an object into the hand; None takes nothing."""
    if index is None:
      return
    joined = self.blueprint.joined[index]
    quaternion = self.data.qpos[joined.qpos + 3 : joined.qpos + 7]
    self.held, self._hand = index, self.centre(index)
    w, z = quaternion[0], quaternion[3]
    self._grip_yaw = 2 * math.atan2(z, w) - self.pose.yaw
    # Upright, its middle in the hand.
    weld = self.model.eq_data[joined.weld]
    weld[:] = 0
    weld[3:6] = 0, 0, -self._middle(index)
    weld[6], weld[10] = 1.0, 1.0
    self.data.eq_active[joined.weld] = 1
    self.model.tree_sleep_policy[joined.tree] = _SLEEPS.mjSLEEP_NEVER
    # Any movement wakes it.
    self.data.qvel[joined.dof + 2] += 0.1

  def release(self) -> None:
    """Lets go of what is held."""
    if self.held is None:
      return
    joined = self.blueprint.joined[self.held]
    self.data.eq_active[joined.weld] = 0
    self.model.tree_sleep_policy[joined.tree] = _SLEEPS.mjSLEEP_AUTO_ALLOWED
    self.held = None

  def hand_over(self, index: int) -> None:
    """Puts an object into the hand, wherever it was."""
    eye = self.eye
    x, y, z = eye.position + HOLD * eye.forward
    first = self.blueprint.joined[index].qpos
    self.data.qpos[first : first + 3] = x, y, z - self._middle(index)
    self.grab(index)
    self._grip(True)
    self._advance()
    self._known.clear()
    self._assign_rooms()

  def put(self, index: int, x: float, y: float, z: float) -> None:
    """Puts an object somewhere, upright and at rest, by its base's middle."""
    joined = self.blueprint.joined[index]
    yaw = 2 * math.atan2(*self.data.qpos[[joined.qpos + 6, joined.qpos + 3]])
    upright = filling.yaw_quaternion(yaw)
    self.data.qpos[joined.qpos : joined.qpos + 7] = x, y, z + 1e-3, *upright
    # A little speed wakes it.
    self.data.qvel[joined.dof : joined.dof + 6] = (0, 0, -0.03, 0, 0, 0)
    mujoco.mj_step(self.model, self.data, SUBSTEPS)
    self._known.clear()
    self._assign_rooms()

  def aimed_at(self) -> int | None:
    """The object that the magnet would take: the one nearest to the axis."""
    eye = self.eye
    best, least = None, math.cos(AIM)
    for index in range(len(self._kinds)):
      away = self.centre(index) - eye.position
      distance = math.sqrt(away @ away)
      cosine = float(away @ eye.forward) / max(distance, 1e-6)
      if distance < REACH and cosine > least and self.seen(index) > 0.2:
        best, least = index, cosine
    return best

  def centre(self, index: int) -> np.ndarray:
    """Middle of an object as it lies, `[3]`."""
    up = self._rotation(index)[:, 2]
    return self.position(index) + self._middle(index) * up

  def position(self, index: int) -> np.ndarray:
    """Middle of an object's base as it stands upright, `[3]`."""
    joined = self.blueprint.joined[index]
    return self.data.qpos[joined.qpos : joined.qpos + 3].copy()

  def radius(self, index: int) -> float:
    """Radius of an object seen from above, metres."""
    box = self._boxes[index]
    return float(np.max(box[1, :2] - box[0, :2])) / 2

  def height(self, index: int) -> float:
    """Height of an object as it stands upright, metres."""
    box = self._boxes[index]
    return float(box[1, 2] - box[0, 2])

  def speed(self, index: int) -> float:
    """Of an object, metres a second."""
    first = self.blueprint.joined[index].dof
    return math.hypot(*self.data.qvel[first : first + 3])

  def seen(self, index: int) -> float:
    """Share of an object that is in the frame and not hidden, in [0, 1]."""
    if index not in self._known:
      self._known[index] = self._seen(index)
    return self._known[index]

  def _seen(self, index: int) -> float:
    away = self.centre(index) - self._eye.position
    if away @ self._eye.forward < -0.3:
      return 0.0
    points = self._placed(index, self._points[index])
    return self._share(self._body(index), points)

  def furniture_seen(self, index: int) -> float:
    """Share of a piece of furniture that is in view and not hidden."""
    piece = self.home.furniture[index]
    points = shapes.sample(furniture.KINDS[piece.kind].solids)
    turn = mesh_lib.rotation((0, 0, 90 * piece.quarter))
    points = points @ turn.T + (piece.x, piece.y, 0.0)
    return self._share(self.blueprint.furniture[index].body, points)

  def share_of_frame(self, index: int) -> float:
    """Size of an object's box on the frame, as a share of the frame's area."""
    points = self._placed(index, shapes.corners(self._boxes[index]))
    x, y, depth = view.project(self.eye, points, ASPECT)
    if np.all(depth <= 0.05):
      return 0.0
    x, y = np.clip(x, -1, 1), np.clip(y, -1, 1)
    return float((x.max() - x.min()) * (y.max() - y.min())) / 4

  def clearance(self, index: int) -> float:
    """Height of an object's lowest point over what is beneath it, metres."""
    # From its middle: what it rests on gives way a little, and the lowest
    # point is then inside of it.
    distance = self.rays.down(self.centre(index), self._body(index)).distance
    return distance - self._half_height(index) if distance >= 0 else 10.0

  def beneath(self, index: int) -> int | str | None:
    """What an object stands on: an object, a kind of furniture, or None."""
    hit = self.rays.down(self.centre(index), self._body(index))
    if not 0 <= hit.distance <= self._half_height(index) + 0.04:
      return None
    return self._bodies.get(hit.body, self._supports.get(hit.body))

  def frame(self, height: int, width: int) -> np.ndarray:
    """Draws what the agent sees, uint8 `[height, width, 3]`."""
    rooms = view.visible_rooms(self.home.plan, self.pose, width / height)
    shadow, held = None, self.held
    if held is not None:
      shadow = view.cast_shadow(
        self.rays, self.centre(held), self.radius(held), self._body(held)
      )
    return view.renderer(self.blueprint, height, width).draw(
      self.model, self.data, self.eye, rooms, shadow
    )

  def loose(self) -> np.ndarray:
    """Where objects stand in the way: x, y and radius of each, `[N, 3]`."""
    rows = []
    for index in range(len(self._kinds)):
      x, y, z = self.position(index)
      if index != self.held and z < 0.6:
        rows.append((x, y, self.radius(index)))
    return np.array(rows).reshape(-1, 3)

  def _body(self, index: int) -> int:
    return self.blueprint.objects[index].body

  def _middle(self, index: int) -> float:
    return float(self._boxes[index][:, 2].sum()) / 2

  def _placed(self, index: int, points: np.ndarray) -> np.ndarray:
    return points @ self._rotation(index).T + self.position(index)

  def _half_height(self, index: int) -> float:
    """Half the height of an object's box as it lies."""
    box = self._boxes[index]
    return float(np.abs(self._rotation(index)[2]) @ (box[1] - box[0])) / 2

  def _share(self, body: int, points: np.ndarray) -> float:
    """Share of a body's points that a ray from the eye reaches first."""
    eye = self.eye
    x, y, depth = view.project(eye, points, ASPECT)
    inside = (np.abs(x) < 1) & (np.abs(y) < 1) & (depth > 0.05)
    count = 0
    for point in points[inside]:
      count += self.rays.cast(eye.position, point - eye.position).body == body
    return count / len(points)

  def _rotation(self, index: int) -> np.ndarray:
    joined = self.blueprint.joined[index]
    matrix = np.empty(9)
    mujoco.mju_quat2Mat(
      matrix, self.data.qpos[joined.qpos + 3 : joined.qpos + 7]
    )
    return matrix.reshape(3, 3)

  def _advance(self) -> None:
    """Lets 0.2 s pass, the hand gliding to where it now has to be."""
    data = self.data
    if self.held is None:
      if data.ntree_awake:
        mujoco.mj_step(self.model, data, SUBSTEPS)
      return
    end = self.eye.position + self._reach(self.held) * self.eye.forward
    start = self._hand
    yaw = self.pose.yaw + self._grip_yaw
    data.mocap_quat[0] = filling.yaw_quaternion(yaw)
    for substep in range(1, SUBSTEPS + 1):
      data.mocap_pos[0] = start + (end - start) * (substep / SUBSTEPS)
      mujoco.mj_step(self.model, data)
    self._hand = end
    centre, least = self.centre(self.held), self.radius(self.held) + _CLEAR
    near = np.linalg.norm(centre - self.eye.position) < least
    if near or np.linalg.norm(centre - end) > SLIP:
      self.release()
      self._grip(False)

  def _reach(self, index: int) -> float:
    """How far before the eye a thing is held: not through a wall."""
    body, radius = self._body(index), self.radius(index)
    hit = self.rays.cast(self.eye.position, self.eye.forward, body)
    if hit.body not in self._walls:
      return HOLD
    return min(HOLD, max(hit.distance - radius, radius + _CLEAR))

  def _grip(self, holds: bool) -> None:
    """Shows the gripper around what is held, or puts it away."""
    if holds == self._gripping and not holds:
      return
    self._gripping = holds
    group = model.SOLID_GROUP
    if holds:
      group = self.home.plan.room_at(self.pose.x, self.pose.y)
    else:
      self.data.mocap_pos[0] = model.NOWHERE
    gripper = list(self.blueprint.gripper)
    self.model.geom_group[gripper] = group
    # What cannot be seen stops no ray either.
    self.model.geom_rgba[gripper, 3] = float(holds)

  def _assign_rooms(self) -> None:
    """Gives every object the group of the room it is in."""
    if len(self.home.plan.rooms) == 1:
      return
    for index in range(len(self._kinds)):
      slot = self.blueprint.objects[index]
      x, y, _ = self.position(index)
      room = self.home.plan.room_at(x, y)
      for geom in (slot.tint, slot.paint):
        if self.model.geom_group[geom] != model.SOLID_GROUP:
          self.model.geom_group[geom] = room
