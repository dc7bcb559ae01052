import math
import pathlib
import random

import mujoco
import numpy as np
import pytest

from acme_vlm.environments.playhouse import config, frames, goals, model, view
from acme_vlm.environments.playhouse import world as world_lib
from tests.environments.playhouse import homes, segmentation

REFERENCES = pathlib.Path(__file__).parent / 'references' / 'frames.npz'
# Two software renderers round a few edge pixels differently, no more: of a
# whole frame, and of the worst block of pixels.
TOLERANCE, BLOCK = 3.0, 12.0
CLOSE = (*goals.kinds('common'), *sorted(set(goals.kinds('diverse')))[::3])


def poses(number, seed=0):
  rng = random.Random(seed)
  return [
    view.Pose(
      rng.uniform(-1, 1),
      rng.uniform(-1, 1),
      rng.uniform(-3, 3),
      rng.uniform(*world_lib.PITCHES),
    )
    for _ in range(number)
  ]


def test_project_agrees_with_mujocos_own_camera():
  """Position, axes and frustum that MuJoCo draws with."""
  world = homes.built(homes.home(0))
  points = np.random.default_rng(0).uniform(-2, 2, (50, 3))
  height, width = 72, 96
  for pose in poses(5):
    world.pose = pose
    world.frame(height, width)
    camera = mujoco.MjvCamera()
    camera.type, camera.fixedcamid = mujoco.mjtCamera.mjCAMERA_FIXED, 0
    scene = mujoco.MjvScene(world.model, maxgeom=500)
    mujoco.mjv_updateScene(
      world.model,
      world.data,
      mujoco.MjvOption(),
      None,
      camera,
      mujoco.mjtCatBit.mjCAT_ALL.value,
      scene,
    )
    eye = scene.camera[0]
    away = points - (scene.camera[0].pos + scene.camera[1].pos) / 2
    depth = away @ eye.forward
    right = np.cross(eye.forward, eye.up)
    half = (eye.frustum_top - eye.frustum_bottom) / 2 / eye.frustum_near
    x, y, got = view.project(world.eye, points, width / height)
    np.testing.assert_allclose(got, depth, atol=1e-4)
    front = depth > 0.1
    y_expected = (away @ eye.up / (depth * half))[front]
    x_expected = (away @ right / (depth * half * width / height))[front]
    np.testing.assert_allclose(y[front], y_expected, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(x[front], x_expected, rtol=1e-3, atol=1e-3)


def test_an_object_is_drawn_where_project_puts_it():
  rng = random.Random(0)
  for _ in range(12):
    distance, angle = rng.uniform(0.7, 1.6), rng.uniform(-0.45, 0.45)
    ball = homes.thing(
      'ball', distance * math.cos(angle), distance * math.sin(angle)
    )
    pose = view.Pose(0, 0, 0, rng.uniform(0.3, 0.7))
    world = homes.built(homes.empty([ball]), pose)
    seen = segmentation.bodies(world) == world.blueprint.objects[0].body
    x, y, _ = view.project(world.eye, world.centre(0)[None], 4 / 3)
    if max(abs(x[0]), abs(y[0])) > 0.7:
      continue
    rows, columns = np.nonzero(seen)
    assert columns.mean() == pytest.approx((x[0] + 1) / 2 * 128, abs=4)
    assert rows.mean() == pytest.approx((1 - y[0]) / 2 * 96, abs=4)


@pytest.mark.parametrize('rooms', [2, 5])
def test_rooms_left_out_would_not_have_been_seen(rooms):
  """To the pixel, from many poses; and most rooms are left out."""
  home = config.HomeConfig(rooms=(rooms, rooms), objects=(4, 8))
  world = world_lib.World(model.Capacity(rooms, 8))
  rng = random.Random(rooms)
  drawn = 0
  for _ in range(5):
    frames._furnish(world, rng, home)
    for _ in range(25):
      pose = frames._anywhere(world, rng)
      world.pose = pose._replace(pitch=rng.uniform(*world_lib.PITCHES))
      picked = view.visible_rooms(world.home.plan, world.pose, 4 / 3)
      drawn += len(picked)
      assert picked[0] == world.home.plan.room_at(pose.x, pose.y)
      whole = view.renderer(world.blueprint, 72, 96).draw(
        world.model, world.data, world.eye, list(range(rooms))
      )
      np.testing.assert_array_equal(world.frame(72, 96), whole)
  assert drawn / 125 < 0.8 * rooms


def test_frames_have_their_size_and_belong_to_the_caller():
  world = homes.built(homes.home(0))
  for size in ((72, 96), (48, 48), (224, 224)):
    frame = world.frame(*size)
    assert frame.shape == (*size, 3) and frame.dtype == np.uint8
    kept = frame.copy()
    world.pose = world.pose._replace(yaw=world.pose.yaw + 1)
    world.frame(*size)
    np.testing.assert_array_equal(frame, kept)


def test_a_frame_is_upright_and_not_mirrored():
  """Ceiling above floor; what stands to the left is drawn on the left."""
  home = homes.empty([homes.thing('ball', 1.2, 0.5)])
  world = homes.built(home, view.Pose(0, 0, 0, 0.3))
  seen = segmentation.bodies(world) == world.blueprint.objects[0].body
  rows, columns = np.nonzero(seen)
  assert columns.mean() < 60 and rows.mean() > 48
  frame = world.frame(96, 128).astype(int)
  reddish = frame[..., 0] - frame[..., 1:].max(-1) > 40
  assert (reddish & seen).sum() > 0.8 * seen.sum()


def test_the_shadow_of_what_is_held_lies_straight_beneath_it():
  """Against pixels: darker where the point beneath it is projected to."""
  home = homes.empty([homes.thing('mug', 0.8, 0.0)])
  world = homes.built(home, view.Pose(0.1, 0, 0, 0.65))
  world.step(0, 0, 0, 0, True)
  world.step(0, 0, 0, -0.2, True)
  assert world.held == 0 and world.clearance(0) > 0.1
  lit = world.frame(96, 128).astype(int)
  beneath = world.centre(0)
  beneath[2] = 0.0
  shaded, none = (
    view.renderer(world.blueprint, 96, 128)
    .draw(world.model, world.data, world.eye, [0], shadow)
    .astype(int)
    for shadow in (view.Shadow(beneath, 0.8 * world.radius(0)), None)
  )
  np.testing.assert_array_equal(lit, shaded)
  darker = (none - lit).sum(axis=-1) > 60
  x, y, _ = view.project(world.eye, beneath[None], world_lib.ASPECT)
  row, column = (1 - y[0]) / 2 * 96, (x[0] + 1) / 2 * 128
  rows, columns = np.nonzero(darker)
  assert darker.sum() > 30
  assert abs(columns.mean() - column) < 2 and abs(rows.mean() - row) < 4


def reference_frames():
  made = []
  for seed, rooms in ((0, 1), (1, 1), (2, 3), (3, 5), (4, 5)):
    world = homes.built(homes.home(seed, rooms))
    x, y = world.home.plan.rooms[0].middle
    for yaw in (0.3, 2.0):
      world.pose = view.Pose(x, y, yaw, 0.3)
      made.append(world.frame(24, 32))
  return np.stack(made)


def close_ups(shown=True):
  """Kinds from nearby, and one that is held; or the room without them."""
  made = []
  for kind in CLOSE:
    things = [homes.thing(kind, 0.8, 0.0)] if shown else []
    world = homes.built(homes.empty(things), view.Pose(0.3, 0, 0, 0.8))
    made.append(world.frame(48, 64))
  world = homes.built(
    homes.empty([homes.thing('duck', 0.8, 0.0)]), view.Pose(0.1, 0, 0, 0.7)
  )
  if shown:
    for _ in range(3):
      world.step(0, 0, 0, -0.2, True)
    assert world.held == 0
  made.append(world.frame(48, 64))
  return np.stack(made)


def blocks(one, other):
  """Greatest mean difference of a block of 8x8 pixels, of each frame."""
  off = np.abs(one.astype(int) - other).mean(axis=-1)
  num, height, width = off.shape
  off = off.reshape(num, height // 8, 8, width // 8, 8)
  return off.mean(axis=(2, 4)).max(axis=(1, 2))


def test_frames_look_as_they_always_did():
  """Small frames stored in the repository, made by

  python -c 'from tests.environments.playhouse import conftest, view_test;
    view_test.store()'
  """
  stored = np.load(REFERENCES)
  for name, made in (('homes', reference_frames()), ('close', close_ups())):
    assert made.shape == stored[name].shape
    off = np.abs(made.astype(int) - stored[name]).mean(axis=(1, 2, 3))
    assert off.max() < TOLERANCE, off
    assert blocks(made, stored[name]).max() < BLOCK


def test_a_missing_object_would_show_in_the_references():
  off = blocks(close_ups(shown=False), np.load(REFERENCES)['close'])
  assert off.min() > 1.5 * BLOCK, off


def test_the_references_tell_homes_apart():
  stored = np.load(REFERENCES)['homes'].astype(int)
  for n, one in enumerate(stored):
    for other in stored[:n]:
      assert np.abs(one - other).mean() > 2 * TOLERANCE


def store():
  REFERENCES.parent.mkdir(exist_ok=True)
  np.savez_compressed(REFERENCES, homes=reference_frames(), close=close_ups())
