import re
import xml.etree.ElementTree as ElementTree

import imageio.v2 as imageio
import matplotlib
import numpy as np
import pytest
from matplotlib import figure as figure_lib

from acme_vlm.evaluation import reward_figures


def make(title='title'):
  with matplotlib.rc_context(reward_figures.STYLE):
    figure = figure_lib.Figure(figsize=(4, 3), layout='constrained')
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=reward_figures.THEME['s1'], marker='o')
    axes.set_title(title)
    return figure


def test_a_png_is_white_and_of_its_size(tmp_path):
  path = tmp_path / 'a.png'
  reward_figures.png(make(), path)
  image = imageio.imread(path)
  assert image.shape[:2] == (450, 600)
  assert (image[0, 0, :3] == 255).all()


def test_an_svg_takes_every_colour_from_the_page():
  text = reward_figures.svg(make(), 'one', 'a line')
  assert 'var(--s1)' in text and 'var(--ink)' in text and 'var(--line)' in text
  found = set(re.findall(r'#[0-9a-fA-F]{6}\b', text))
  assert found <= {'#000000'}, 'a colour that stays as it is in the dark'
  root = ElementTree.fromstring(text)
  assert root.tag.endswith('svg') and root.get('role') == 'img'


def test_the_label_of_an_svg_is_escaped():
  text = reward_figures.svg(make(), 'one', 'a "b" <c> & d')
  root = ElementTree.fromstring(text)
  assert root.get('aria-label') == 'a "b" <c> & d'
  ElementTree.fromstring(reward_figures.svg(make('x < y & z'), 'one', 'x'))


def test_ids_of_two_figures_do_not_meet():
  ids = [
    set(re.findall(r' id="([^"]*)"', reward_figures.svg(make(), name, name)))
    for name in ('one', 'two')
  ]
  assert ids[0] and not ids[0] & ids[1]


@pytest.mark.parametrize('name', ['one', 'two'])
def test_what_an_svg_refers_to_is_in_it_and_it_is_the_same_again(name):
  text = reward_figures.svg(make(), name, 'x')
  ids = set(re.findall(r' id="([^"]*)"', text))
  assert set(re.findall(r'(?:url\(|href=")#([^)"]*)', text)) <= ids
  assert reward_figures.svg(make(), name, 'x') == text


def test_the_colours_are_told_apart():
  rgb = np.array(
    [
      [int(reward_figures.THEME[f's{n}'][i : i + 2], 16) for i in (1, 3, 5)]
      for n in range(6)
    ]
  )
  apart = np.abs(rgb[:, None] - rgb[None]).sum(axis=-1)
  assert apart[~np.eye(6, dtype=bool)].min() > 50
