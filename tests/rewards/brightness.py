"""A pixel environment whose frames are as bright as a number, and its judge."""

import gymnasium
import numpy as np
from gymnasium import spaces

TIME_OUT, END = 6, 230


def frame(value, size=4):
  return np.full((size, size + 2, 3), value, np.uint8)


class BrightnessEnv(gymnasium.Env):
  """Starts at 0 to 60; actions add 0, 15 or 40; ends above 230 by itself.

  Its own reward is random: whoever learns from it learns nothing.
  """

  def __init__(self, render_mode='rgb_array', nested=False):
    self.metadata = {'render_modes': ['rgb_array'], 'render_fps': 10}
    self.render_mode = render_mode
    self.action_space = spaces.Discrete(3)
    pixels = spaces.Box(0, 255, (4, 6, 3), np.uint8)
    self._nested = nested
    self.observation_space = (
      spaces.Dict({'camera': pixels, 'place': spaces.Box(-1, 1, (1,))})
      if nested
      else pixels
    )

  def reset(self, *, seed=None, options=None):
    super().reset(seed=seed)
    self._value = int(self.np_random.integers(0, 61))
    self._steps = 0
    return self._observation(), {'start': self._value}

  def step(self, action):
    self._value = min(255, self._value + (0, 15, 40)[int(action)])
    self._steps += 1
    reward = float(np.random.default_rng(self._value).normal())
    ended, out = self._value > END, self._steps >= TIME_OUT
    return self._observation(), reward, ended, out, {'steps': self._steps}

  def render(self):
    return frame(self._value, 8)

  def _observation(self):
    pixels = frame(self._value)
    if not self._nested:
      return pixels
    return {'camera': pixels, 'place': np.zeros(1, np.float32)}


class BrightnessModel:
  """Scores how bright the first pixel is; 'dark' the other way round."""

  version = 1

  def __init__(self, threshold=0.5, hysteresis=(1, 1), thresholded=True):
    self.threshold = threshold
    self.hysteresis = hysteresis
    self.thresholded = thresholded
    self.calls = []

  def score(self, frames, goals):
    self.calls.append(len(frames))
    bright = frames[:, 0, 0, 0] / np.float32(255)
    dark = np.array([goal == 'dark' for goal in goals])
    return np.where(dark, 1 - bright, bright).astype(np.float32)

  def score_goals(self, frames, goals):
    columns = [self.score(frames, [goal] * len(frames)) for goal in goals]
    return np.stack(columns, axis=1)
