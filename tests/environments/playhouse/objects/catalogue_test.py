import itertools

import numpy as np
import pytest

from acme_vlm.environments.playhouse.objects import catalogue
from tests.environments.playhouse import geometry

COMMON = 'ball,bear,boat,car,duck,mug,plane,robot,roll,table lamp'
LIGHTS = {
  'full': (1.0, 1.0, 1.0),
  'dim': (0.4, 0.4, 0.4),
  'warm': (1.0, 0.82, 0.62),
  'dim and warm': (0.45, 0.36, 0.27),
}


def lab(colour):
  """CIE L*a*b* of sRGB."""
  value = np.asarray(colour)
  linear = np.where(
    value > 0.04045, ((value + 0.055) / 1.055) ** 2.4, value / 12.92
  )
  to_xyz = [
    [0.4124, 0.3576, 0.1805],
    [0.2126, 0.7152, 0.0722],
    [0.0193, 0.1192, 0.9505],
  ]
  x, y, z = np.cbrt(np.array(to_xyz) @ linear / (0.9505, 1.0, 1.089))
  return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_there_are_enough_kinds_under_their_own_names():
  assert len(catalogue.KINDS) >= 32
  assert all(name == kind.name for name, kind in catalogue.KINDS.items())
  assert all(name == name.lower().strip() for name in catalogue.KINDS)


def test_the_common_kinds_and_colours():
  assert ','.join(catalogue.COMMON) == COMMON
  assert set(catalogue.COMMON) < set(catalogue.KINDS)
  assert catalogue.COMMON_COLOURS == (
    'red',
    'blue',
    'green',
    'yellow',
    'purple',
    'orange',
  )
  assert set(catalogue.COLOURS) - set(catalogue.COMMON_COLOURS) == {
    'pink',
    'white',
    'black',
    'cyan',
  }


@pytest.mark.parametrize('light', LIGHTS)
def test_colours_are_far_apart_in_every_light(light):
  seen = {
    name: lab(np.array(colour) * LIGHTS[light])
    for name, colour in catalogue.COLOURS.items()
  }
  apart = {
    pair: np.linalg.norm(seen[pair[0]] - seen[pair[1]])
    for pair in itertools.combinations(seen, 2)
  }
  closest = min(apart, key=apart.get)
  assert apart[closest] > 18, closest


def test_no_common_kind_has_the_outline_of_another_from_anywhere():
  outlines = {
    name: [
      geometry.outline(geometry.drawn(catalogue.KINDS[name]), yaw)
      for yaw in range(0, 360, 45)
    ]
    for name in catalogue.COMMON
  }
  for one, other in itertools.combinations(outlines, 2):
    likeness = [
      geometry.overlap(a, b)
      for a, b in itertools.product(outlines[one], outlines[other])
    ]
    assert max(likeness) < 0.9, (one, other)
    assert np.mean(likeness) < 0.82, (one, other)


def test_no_kind_has_the_outline_of_another_from_everywhere():
  outlines = {
    name: [
      geometry.outline(geometry.drawn(kind), yaw, size=20)
      for yaw in (20, 65, 110)
    ]
    for name, kind in catalogue.KINDS.items()
  }
  for one, other in itertools.combinations(outlines, 2):
    likeness = [
      geometry.overlap(a, b)
      for a, b in itertools.product(outlines[one], outlines[other])
    ]
    assert np.mean(likeness) < 0.92, (one, other)
