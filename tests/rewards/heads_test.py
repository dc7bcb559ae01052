"""Tests of the registry; what heads compute is tested in ops."""

import jax.numpy as jnp
import numpy as np
import pytest

from acme_vlm import errors, replicate, rewards
from acme_vlm.rewards import heads

GOALS = ('gmail', 'sheets', 'clock', 'phone')


def _negated(image, texts, numbers):
  return -numbers.alpha * jnp.dot(image, texts.goal)


@pytest.fixture
def registered(monkeypatch):
  monkeypatch.setattr(heads, '_HEADS', dict(heads._HEADS))
  head = heads.Head('negated', _negated, -1.0, 1.0, parameters=('alpha',))
  heads.register(head)
  return head


def test_a_registered_head_is_one_key_away(registered, clip_folder):
  model = rewards.make_reward_model(
    rewards.RewardConfig(
      checkpoint=clip_folder,
      head='negated',
      baseline_alpha=0.25,
      threshold=-0.5,
      # No part of it: there are fewer goals.
      num_negatives=99,
    ),
    GOALS,
    service=rewards.ServiceConfig(batch_sizes=(4,)),
    devices=replicate.local_devices(1),
  )
  frames = np.random.default_rng(0).integers(
    0, 256, (4, 24, 16, 3), dtype=np.uint8
  )
  cosines = model.similarities(frames, GOALS)
  np.testing.assert_allclose(
    model.score_goals(frames, GOALS), -0.25 * cosines.goals, atol=1e-6
  )
  assert cosines.negatives.shape == (4, 0)
  assert model.negatives == ()
  assert (model.lowest, model.highest) == (-1.0, 1.0)


def test_names_are_taken_once(registered):
  assert heads.names()[-1] == 'negated'
  assert heads.get('negated') is registered
  with pytest.raises(errors.ConfigError, match=r"a new name .* got 'negated'"):
    heads.register(registered)


def test_an_unknown_head_is_named_with_those_that_exist():
  with pytest.raises(errors.UnknownNameError, match=r"'dot'.*softmax, cosine"):
    heads.get('dot')


@pytest.mark.parametrize('values', [{'lowest': 1.0}, {'parameters': ('tau',)}])
def test_a_head_that_cannot_be_is_refused(values):
  fields = {'name': 'a', 'program': _negated, 'lowest': 0.0, 'highest': 1.0}
  with pytest.raises(errors.ConfigError, match='lowest < highest and param'):
    heads.Head(**(fields | values))


@pytest.mark.parametrize('name', heads.names())
def test_every_head_says_what_it_looks_at(name):
  """Change each text and number: the score changes exactly if it is said."""
  head = heads.get(name)
  rng = np.random.default_rng(0)

  def unit(*shape):
    rows = rng.normal(size=shape)
    rows /= np.linalg.norm(rows, axis=-1, keepdims=True)
    return jnp.asarray(rows, jnp.float32)

  image = unit(6)
  kept = jnp.ones(3, bool)
  texts = heads.Texts(unit(6), kept, unit(3, 6), unit(6))
  numbers = heads.Parameters(temperature=0.5, bias=0.1, alpha=0.4)

  def changed(texts=texts, numbers=numbers):
    return bool(head.program(image, texts, numbers) != score)

  score = head.program(image, texts, numbers)
  assert head.lowest <= score <= head.highest
  assert changed(texts._replace(goal=unit(6)))
  assert changed(texts._replace(negatives=unit(3, 6))) == head.negatives
  dropped = texts._replace(negative_mask=kept.at[0].set(False))
  assert changed(dropped) == head.negatives
  assert changed(texts._replace(baseline=unit(6))) == head.baseline
  for number in heads.Parameters._fields:
    other = numbers._replace(**{number: 0.7})
    assert changed(numbers=other) == (number in head.parameters)
