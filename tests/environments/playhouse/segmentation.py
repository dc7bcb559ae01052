"""Which body each pixel of a frame shows, by MuJoCo's own renderer."""

import mujoco
import numpy as np


def bodies(world, height=96, width=128, only=None):
  """Ids of bodies, int `[H, W]`, -1 for none; `only`: a body drawn alone."""
  world.model.vis.global_.offwidth = max(width, 512)
  world.model.vis.global_.offheight = max(height, 512)
  option = mujoco.MjvOption()
  option.geomgroup[:] = 1
  option.geomgroup[5] = 0
  camera = mujoco.MjvCamera()
  camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
  camera.fixedcamid = 0
  eye = world.eye
  world.data.cam_xpos[0] = eye.position
  world.data.cam_xmat[0] = np.stack(
    [eye.right, eye.up, -eye.forward], 1
  ).ravel()
  hidden = []
  if only is not None:
    # What is not drawn alone is put into the group that is never drawn.
    mine = world.model.geom_bodyid == only
    hidden = np.flatnonzero(~mine)
    before = world.model.geom_group[hidden].copy()
    world.model.geom_group[hidden] = 5
  with mujoco.Renderer(world.model, height, width) as renderer:
    renderer.enable_segmentation_rendering()
    renderer.update_scene(world.data, camera, option)
    ids = renderer.render()
  if only is not None:
    world.model.geom_group[hidden] = before
  geoms = np.where(ids[..., 1] == mujoco.mjtObj.mjOBJ_GEOM, ids[..., 0], -1)
  return np.where(geoms >= 0, world.model.geom_bodyid[geoms], -1)
