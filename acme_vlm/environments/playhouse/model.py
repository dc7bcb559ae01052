"""The MuJoCo model of all homes of one capacity: slots, filled anew in place.

Compiling takes a good part of a second, filling the slots a millisecond: so one
model is compiled for a number of rooms, pieces of furniture and objects, and
every episode writes its own home into a copy of it. A slot can hold any kind:
its geoms are given another mesh or another primitive.

Geom groups: 0 to 4 are drawn, one for each room, so that rooms out of sight are
left out; 5 holds the primitives that collide and stop rays.
"""

import dataclasses
import functools
from typing import Any, NamedTuple

import mujoco
import numpy as np

from acme_vlm.environments.playhouse import kinds, layout, textures
from acme_vlm.environments.playhouse import mesh as mesh_lib
from acme_vlm.environments.playhouse.furniture import catalogue as furniture
from acme_vlm.environments.playhouse.objects import catalogue as objects

SOLID_GROUP = 5
TIMESTEP = 0.01
FIELD_OF_VIEW = 60.0
# Where what is not in use is kept.
NOWHERE = (0.0, 0.0, -50.0)
_GEOM = mujoco.mjtGeom
_CATALOGUES: dict[str, dict[str, Any]] = {
  'object': objects.KINDS,
  'furniture': furniture.KINDS,
}
PRIMITIVES = {
  'box': _GEOM.mjGEOM_BOX,
  'ellipsoid': _GEOM.mjGEOM_ELLIPSOID,
  'sphere': _GEOM.mjGEOM_SPHERE,
  'cylinder': _GEOM.mjGEOM_CYLINDER,
  'capsule': _GEOM.mjGEOM_CAPSULE,
}


class Capacity(NamedTuple):
  """How much a home can hold at most."""

  rooms: int
  objects: int

  @property
  def furniture(self) -> int:
    """Pieces of furniture."""
    return self.rooms * layout.MAX_FURNITURE_PER_ROOM

  @property
  def walls(self) -> int:
    """Pieces of wall: four a room, and at each doorway two more a side.

    One doorway fewer than rooms: together they form a tree.
    """
    return 4 * self.rooms + 4 * (self.rooms - 1)


class Slot(NamedTuple):
  """Ids of what a piece of furniture or an object is written into.

  Attributes:
    body: of the whole.
    tint: geom of the parts that take a colour.
    paint: geom of the painted parts.
    solids: geoms that collide.
  """

  body: int
  tint: int
  paint: int
  solids: tuple[int, ...]


class Joined(NamedTuple):
  """What an object has besides: where its state lies, and its weld."""

  qpos: int
  dof: int
  tree: int
  weld: int


@dataclasses.dataclass(frozen=True)
class Blueprint:
  """A compiled model and where its slots are; shared, not to be written to.

  Attributes:
    capacity: what it was compiled for.
    model: to be copied for each environment.
    furniture: a slot for each piece.
    objects: a slot for each object.
    joined: more of each object.
    walls: (drawn geom, solid geom) of each piece of wall.
    floors: drawn geom of each room.
    ceilings: drawn geom of each room.
    gripper: drawn geoms of the hand.
    materials: id of each floor's and each wall's texture, by name.
    meshes: ids of (tint, paint) of each kind, such as 'object/duck' or
      'furniture/bed'; -1 for none.
  """

  capacity: Capacity
  model: mujoco.MjModel
  furniture: tuple[Slot, ...]
  objects: tuple[Slot, ...]
  joined: tuple[Joined, ...]
  walls: tuple[tuple[int, int], ...]
  floors: tuple[int, ...]
  ceilings: tuple[int, ...]
  gripper: tuple[int, ...]
  materials: dict[str, int]
  meshes: dict[str, tuple[int, int]]


@functools.lru_cache(maxsize=4)
def blueprint(capacity: Capacity) -> Blueprint:
  """Compiles the model of a capacity, once in a process."""
  spec = mujoco.MjSpec()
  _options(spec)
  _assets(spec)
  world = spec.worldbody
  world.add_geom(
    name='ground',
    type=_GEOM.mjGEOM_PLANE,
    size=(30, 30, 0.1),
    group=SOLID_GROUP,
    friction=(1, 0.02, 0.002),
  )
  world.add_light(
    name='lamp', type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL, castshadow=False
  )
  world.add_camera(name='eye', fovy=FIELD_OF_VIEW)
  for room in range(capacity.rooms):
    _drawn(world, f'floor_{room}')
    _drawn(world, f'ceiling_{room}')
  for n in range(capacity.walls):
    body = world.add_body(name=f'wall_{n}', pos=NOWHERE)
    _drawn(body, f'wall_{n}')
    _solid(body, f'wall_{n}_solid')
  for n in range(capacity.furniture):
    body = world.add_body(name=f'furniture_{n}', pos=NOWHERE)
    _slot(body, f'furniture_{n}', kinds.MAX_FURNITURE_SOLIDS)
  hand = world.add_body(name='hand', mocap=True, pos=NOWHERE)
  _gripper(hand)
  for n in range(capacity.objects):
    _object(spec, n)
  model = spec.compile()
  # The compiler notes which geoms lie at the origin of their bodies, and would
  # then not look at their positions; slots move them.
  model.geom_sameframe[:] = 0
  return _indexed(model, capacity)


def _options(spec: mujoco.MjSpec) -> None:
  option = spec.option
  option.timestep = TIMESTEP
  option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
  option.iterations = 20
  option.sleep_tolerance = 0.02
  option.enableflags |= mujoco.mjtEnableBit.mjENBL_SLEEP
  # Bounding volumes inside a body are compiled; slots change what they bound.
  option.disableflags |= mujoco.mjtDisableBit.mjDSBL_MIDPHASE
  visual = spec.visual
  visual.quality.shadowsize = 0
  visual.quality.offsamples = 0
  visual.quality.numslices, visual.quality.numstacks = 12, 8
  visual.quality.numquads = 1
  visual.headlight.specular = (0, 0, 0)
  visual.map.znear, visual.map.zfar = 0.01, 20
  visual.__getattribute__('global').offwidth = 512
  visual.__getattribute__('global').offheight = 512
  # Distances of the clipping planes are in units of the extent.
  spec.stat.extent, spec.stat.center = 1.0, (0, 0, 1)


def _assets(spec: mujoco.MjSpec) -> None:
  for prefix, catalogue in _CATALOGUES.items():
    for kind in catalogue.values():
      for layer, parts in _layers(kind.parts).items():
        if parts:
          _add_mesh(spec, f'{prefix}/{kind.name}/{layer}', parts)
  _texture(spec, 'palette', textures.palette(), 0.0)
  for name in layout.FLOORS:
    _texture(spec, name, textures.floor(name), 0.5)
  for name in layout.WALLS:
    _texture(spec, name, textures.wall(name), 0.4)


def _layers(parts: tuple[kinds.Part, ...]) -> dict[str, list[kinds.Part]]:
  return {
    'tint': [part for part in parts if part.paint is None],
    'paint': [part for part in parts if part.paint is not None],
  }


def _add_mesh(spec: mujoco.MjSpec, name: str, parts: list[kinds.Part]) -> None:
  merged = mesh_lib.merged([part.mesh for part in parts])
  rgb = np.concatenate(
    [
      np.tile(part.paint or (part.shade,) * 3, (len(part.mesh.vertices), 1))
      for part in parts
    ]
  )
  spec.add_mesh(
    name=name,
    uservert=merged.vertices.ravel(),
    usernormal=merged.normals.ravel(),
    usertexcoord=textures.coordinates(rgb).ravel(),
    userface=merged.faces.ravel(),
    # Parts overlap, and some are open: there is no volume to speak of.
    inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL,
  )


def _texture(
  spec: mujoco.MjSpec, name: str, image: np.ndarray, per_metre: float
) -> None:
  spec.add_texture(
    name=name,
    type=mujoco.mjtTexture.mjTEXTURE_2D,
    width=image.shape[1],
    height=image.shape[0],
    nchannel=3,
    data=image.ravel().tolist(),
  )
  material = spec.add_material(
    name=name,
    specular=0,
    shininess=0,
    texuniform=per_metre > 0,
    texrepeat=(per_metre, per_metre) if per_metre else (1, 1),
  )
  material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = name


def _drawn(body: mujoco.MjsBody, name: str) -> None:
  body.add_geom(
    name=name,
    type=_GEOM.mjGEOM_BOX,
    size=(0.1, 0.1, 0.1),
    pos=NOWHERE,
    contype=0,
    conaffinity=0,
    mass=0,
  )


def _solid(body: mujoco.MjsBody, name: str) -> None:
  body.add_geom(
    name=name,
    type=_GEOM.mjGEOM_BOX,
    size=(0.1, 0.1, 0.1),
    group=SOLID_GROUP,
    mass=0,
    friction=(1, 0.02, 0.002),
  )


def _slot(body: mujoco.MjsBody, name: str, num_solids: int) -> None:
  for layer in ('tint', 'paint'):
    body.add_geom(
      name=f'{name}_{layer}',
      type=_GEOM.mjGEOM_MESH,
      meshname='object/ball/tint',
      material='palette',
      contype=0,
      conaffinity=0,
      mass=0,
    )
  for n in range(num_solids):
    _solid(body, f'{name}_solid_{n}')


def _object(spec: mujoco.MjSpec, n: int) -> None:
  name = f'object_{n}'
  body = spec.worldbody.add_body(name=name, pos=(n, 0, -40))
  body.add_freejoint()
  # Every kind gets its own mass and inertia when it is written into the slot;
  # off the origin, so that the compiler takes no shortcut that then is wrong.
  body.explicitinertial = True
  body.ipos = (0.01, 0.01, 0.1)
  body.mass, body.inertia = 0.3, (2e-3, 2e-3, 2e-3)
  _slot(body, name, kinds.MAX_OBJECT_SOLIDS)
  spec.add_equality(
    name=f'weld_{n}',
    type=mujoco.mjtEq.mjEQ_WELD,
    objtype=mujoco.mjtObj.mjOBJ_BODY,
    name1='hand',
    name2=name,
    active=False,
    solref=(0.04, 1.0),
    solimp=(0.9, 0.95, 0.001, 0.5, 2),
  )


def _gripper(hand: mujoco.MjsBody) -> None:
  """Two fingers and a bar: what is held can be seen to be held.

  They are thin, and only there while something is held: what hides an object
  hides its name.
  """
  dark = (0.16, 0.16, 0.17, 1.0)
  for name, size, pos in (
    ('left', (0.011, 0.007, 0.1), (0.0, 0.19, 0.06)),
    ('right', (0.011, 0.007, 0.1), (0.0, -0.19, 0.06)),
    ('bar', (0.011, 0.197, 0.008), (0.0, 0.0, 0.168)),
  ):
    hand.add_geom(
      name=f'gripper_{name}',
      type=_GEOM.mjGEOM_BOX,
      size=size,
      pos=pos,
      rgba=dark,
      contype=0,
      conaffinity=0,
      mass=0,
      group=SOLID_GROUP,
    )


def _indexed(model: mujoco.MjModel, capacity: Capacity) -> Blueprint:
  def geom(name: str) -> int:
    return model.geom(name).id

  def slot(name: str, num_solids: int) -> Slot:
    return Slot(
      body=model.body(name).id,
      tint=geom(f'{name}_tint'),
      paint=geom(f'{name}_paint'),
      solids=tuple(geom(f'{name}_solid_{n}') for n in range(num_solids)),
    )

  def joined(n: int) -> Joined:
    body = model.body(f'object_{n}').id
    joint = model.body_jntadr[body]
    return Joined(
      qpos=int(model.jnt_qposadr[joint]),
      dof=int(model.jnt_dofadr[joint]),
      tree=int(model.body_treeid[body]),
      weld=model.equality(f'weld_{n}').id,
    )

  rooms = range(capacity.rooms)
  return Blueprint(
    capacity=capacity,
    model=model,
    furniture=tuple(
      slot(f'furniture_{n}', kinds.MAX_FURNITURE_SOLIDS)
      for n in range(capacity.furniture)
    ),
    objects=tuple(
      slot(f'object_{n}', kinds.MAX_OBJECT_SOLIDS)
      for n in range(capacity.objects)
    ),
    joined=tuple(joined(n) for n in range(capacity.objects)),
    walls=tuple(
      (geom(f'wall_{n}'), geom(f'wall_{n}_solid'))
      for n in range(capacity.walls)
    ),
    floors=tuple(geom(f'floor_{room}') for room in rooms),
    ceilings=tuple(geom(f'ceiling_{room}') for room in rooms),
    gripper=tuple(geom(f'gripper_{n}') for n in ('left', 'right', 'bar')),
    materials={
      name: model.material(name).id for name in (*layout.FLOORS, *layout.WALLS)
    },
    meshes={
      f'{prefix}/{name}': (
        _mesh(model, f'{prefix}/{name}/tint'),
        _mesh(model, f'{prefix}/{name}/paint'),
      )
      for prefix, catalogue in _CATALOGUES.items()
      for name in catalogue
    },
  )


def _mesh(model: mujoco.MjModel, name: str) -> int:
  return mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_MESH, name)
