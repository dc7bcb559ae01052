"""Every head and every shipped model; and the suite must catch faults."""

import functools
import types
import unittest

import numpy as np
import pytest

from acme_vlm import replicate, rewards
from acme_vlm.networks import (
  clip_checkpoint,
  conv_clip,
  dual_encoder,
  random_parameters,
  siglip_config,
)
from acme_vlm.rewards import windows
from acme_vlm.testing import (
  fake_environment,
  fake_reward_model,
  reward_suite,
)

GOALS = ('Gmail', 'Calendar', 'Clock', 'Phone')
TINY, SMALL = 'in_domain/phone_tiny', 'in_domain/phone_small'

HEADS = {
  'softmax': {'num_negatives': 3, 'threshold': 0.2},
  'sigmoid': {'bias': -1.0, 'threshold': 0.2},
  'cosine': {'threshold': 0.0},
  'goal_baseline': {'baseline_prompt': 'a phone', 'threshold': 0.1},
}

MODELS = {
  'tiny': {'checkpoint': TINY},
  'small': {'checkpoint': SMALL},
  **{
    kind: {'checkpoint': TINY, 'members': (SMALL,), 'ensemble': kind}
    for kind in ('mean', 'min', 'agree')
  },
}


@functools.cache
def _towers():
  """Both shipped models, loaded and compiled once for all cases."""
  config = rewards.RewardConfig(
    checkpoint=TINY, members=(SMALL,), num_negatives=1
  )
  # Nothing remembered: every score comes out of the towers.
  service = rewards.ServiceConfig(batch_sizes=(8,), cache_frames=0)
  return service, rewards.make_reward_model(
    config, GOALS, service=service, devices=_DEVICES
  )


_DEVICES = tuple(replicate.local_devices(1))


def frames_of(num, seed):
  """Smooth random pictures, so that scores spread."""
  rng = np.random.default_rng(seed)
  coarse = rng.integers(0, 256, (num, 5, 3, 3), dtype=np.uint8)
  return coarse.repeat(24, axis=1).repeat(24, axis=2)


class Configured(reward_suite.DualEncoderTestMixin):
  goals = GOALS
  fields = types.MappingProxyType({})

  def make_configured(self, **changes):
    values = {'temperature': 0.2} | dict(self.fields) | changes
    service, towers = self.make_towers()
    return rewards.make_reward_model(
      rewards.RewardConfig(**values),
      GOALS,
      service=service,
      devices=_DEVICES,
      like=towers,
    )

  def make_towers(self):
    return _towers()

  def make_episode_scorer(self, model):
    return windows.EpisodeScorer(model, GOALS, 100)

  def make_frames(self, num, seed):
    return frames_of(num, seed)


def _cases(case):
  result = unittest.TestResult()
  unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
  assert result.testsRun > 5
  return {
    failed.id().split('.')[-1]: text
    for failed, text in result.failures + result.errors
  }


@pytest.mark.parametrize('model', MODELS)
@pytest.mark.parametrize('head', HEADS)
def test_every_head_of_every_model_passes(head, model):
  class Case(Configured, unittest.TestCase):
    fields = {'head': head} | HEADS[head] | MODELS[model]

  assert _cases(Case) == {}


def _small_config(family, text):
  """Sizes of a family's smallest model, for the texts of a shipped one."""
  tower = {
    'hidden_size': 16,
    'intermediate_size': 32,
    'num_hidden_layers': 1,
    'num_attention_heads': 2,
  }
  if family == 'conv_clip':
    return conv_clip.ConvClipConfig(
      vision=conv_clip.ConvConfig(image_size=17, widths=(8,), depths=(1,)),
      text=text,
      projection_dim=16,
    )
  vision, whole = {
    'siglip': (
      siglip_config.FixedVisionConfig(**tower, patch_size=8, image_size=24),
      siglip_config.SiglipConfig,
    ),
    'siglip2': (
      siglip_config.NaflexVisionConfig(**tower, patch_size=8, num_patches=16),
      siglip_config.NaflexConfig,
    ),
  }[family]
  words = siglip_config.TextConfig(
    **tower,
    vocab_size=text.vocab_size,
    max_position_embeddings=text.max_position_embeddings,
    projection_size=16,
  )
  return whole(vision=vision, text=words)


@pytest.mark.parametrize('family', ['siglip', 'siglip2', 'conv_clip'])
def test_every_family_passes(family, tmp_path):
  shipped = clip_checkpoint.load(TINY)
  config = _small_config(family, shipped.config.text)
  of = dual_encoder.family_of(config)
  module = of.make_module(config, np.float32, np.float32)
  clip_checkpoint.save(
    tmp_path,
    config=config,
    parameters=random_parameters.draw(module, config, 0),
    preprocessing=of.read_preprocessing({}, config),
    tokenizer=shipped.tokenizer,
    dtype=np.float32,
  )
  head = 'softmax' if family == 'conv_clip' else 'sigmoid'
  fields_of = {'checkpoint': str(tmp_path), 'head': head} | HEADS[head]
  service = rewards.ServiceConfig(batch_sizes=(8,), cache_frames=0)
  towers = rewards.make_reward_model(
    rewards.RewardConfig(**fields_of), GOALS, service=service, devices=_DEVICES
  )

  class Case(Configured, unittest.TestCase):
    fields = fields_of

    def make_towers(self):
      return service, towers

  assert _cases(Case) == {}


def test_members_that_disagree_abstain_and_others_do_not():
  kwargs = {'head': 'cosine', 'threshold': 0.0}
  frames = frames_of(32, 0)
  singles = [
    Configured().make_configured(checkpoint=name, **kwargs)
    for name in (TINY, SMALL)
  ]
  scores = np.stack([m.score_goals(frames, GOALS) for m in singles])
  of = {
    kind: Configured()
    .make_configured(**MODELS[kind], **kwargs)
    .score_goals(frames, GOALS)
    for kind in ('mean', 'min', 'agree')
  }
  mean = scores.mean(axis=0)
  np.testing.assert_allclose(of['mean'], mean, atol=1e-5)
  np.testing.assert_allclose(of['min'], scores.min(axis=0), atol=1e-5)
  disagree = (scores > 0).any(axis=0) & ~(scores > 0).all(axis=0)
  assert 5 < disagree.sum() < disagree.size - 5
  expected = np.where(disagree, np.nan, mean)
  np.testing.assert_allclose(of['agree'], expected, atol=1e-5)


class Fake(reward_suite.RewardModelTestMixin):
  goals = fake_environment.GOALS[:4]
  kind = fake_reward_model.FakeRewardModel

  def make_reward_model(self):
    return self.kind(self.goals, false_positive_rate=0.3)

  def make_frames(self, num, seed):
    environment = fake_environment.FakeEnvironment(
      seed=seed, goals=self.goals, end_on_success=False
    )
    rng = np.random.default_rng(seed)
    steps = [environment.reset()]
    while len(steps) < num:
      steps.append(environment.step(rng.integers(4)))
    frames = [step.observation['pixels'] for step in steps]
    return np.stack(frames)[:num].copy()


def _fake_cases(fault):
  class Case(Fake, unittest.TestCase):
    kind = fault

  return _cases(Case)


def test_the_fake_passes():
  assert _fake_cases(fake_reward_model.FakeRewardModel) == {}


class _Base(fake_reward_model.FakeRewardModel):
  """A sound one, to be spoilt."""


class Wide(_Base):
  """float64."""

  def score(self, frames, goals):
    return super().score(frames, goals).astype(np.float64)


class Relative(_Base):
  """Each frame is scored against the others of its batch."""

  def score(self, frames, goals):
    scores = super().score(frames, goals)
    brightness = frames.reshape(len(frames), -1).mean(axis=1)
    rank = np.argsort(np.argsort(brightness))
    return (scores * (1 + rank) / (1 + len(frames))).astype(np.float32)


class Moody(_Base):
  """Another score every time."""

  def score(self, frames, goals):
    scores = super().score(frames, goals)
    return (scores * np.random.default_rng().random()).astype(np.float32)


class Writing(_Base):
  """Preprocesses in place."""

  def score(self, frames, goals):
    scores = super().score(frames, goals)
    frames //= 2
    return scores


class Careless(_Base):
  """Takes whatever comes."""

  def score(self, frames, goals):
    return np.full(len(frames), 0.5, np.float32)


class Restless(_Base):
  """Its version changes as it works."""

  @property
  def version(self):
    return self.calls


class Broken(_Base):
  """NaN, which only a model that abstains may say."""

  def score(self, frames, goals):
    return super().score(frames, goals) * np.float32(np.nan)


@pytest.mark.parametrize(
  'fault, caught_by',
  [
    (Wide, 'test_scores_are_of_one_shape_type_and_range'),
    (Broken, 'test_scores_are_of_one_shape_type_and_range'),
    (Relative, 'test_no_frame_changes_the_score_of_another'),
    (Moody, 'test_equal_frames_have_equal_scores'),
    (Writing, 'test_frames_are_left_as_they_are'),
    (Careless, 'test_bad_input_gives_one_clear_line'),
    (Restless, 'test_threshold_and_version_are_numbers_that_stay'),
  ],
)
def test_each_fault_is_caught(fault, caught_by):
  assert caught_by in _fake_cases(fault)


def _spoilt(**patches):
  """A configured model whose methods are replaced; the failing cases."""

  class Case(Configured, unittest.TestCase):
    fields = HEADS['softmax'] | {'checkpoint': TINY}

    def make_configured(self, **changes):
      model = super().make_configured(**changes)
      for name, patch in patches.items():
        setattr(model, name, functools.partial(patch, model))
      return model

  return _cases(Case)


def test_a_window_that_ignores_its_mask_is_caught():
  def score_windows(model, windows_, mask, goals):
    kind = type(model)
    return kind.score_windows(model, windows_, np.ones_like(mask), goals)

  def score(model, frames, goals):
    # As a first frame is where a mask that is ignored hurts most.
    return model.score_goals(frames, list(goals))[
      np.arange(len(frames)), np.arange(len(frames))
    ]

  failed = _spoilt(
    score_windows=lambda model, w, m, g: score_windows(model, w * 0 + 1, m, g),
    score=score,
  )
  assert 'test_a_window_of_equal_frames_is_the_frame' in failed
