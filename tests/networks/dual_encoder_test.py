"""Checkpoints as the rest sees them, and families from anywhere."""

import dataclasses
import pathlib
import re
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.networks import (
  clip_checkpoint,
  clip_config,
  clip_family,
  dual_encoder,
  random_parameters,
  siglip_config,
)
from acme_vlm.rewards import RewardConfig, make_reward_model

_DOCS = pathlib.Path(__file__).parents[2] / 'docs/dual_encoders.md'


def _with(parameters):
  return dataclasses.replace(
    clip_checkpoint.load('in_domain/phone_tiny'), parameters=parameters
  )


def test_temperature_is_that_of_the_training():
  # CLIP's logits are multiplied by 100 after training.
  trained = _with({'logit_scale': jnp.log(100.0)})
  assert trained.temperature == pytest.approx(0.01, rel=1e-5)
  assert trained.logit_bias == 0


def test_a_bias_may_be_a_vector_of_one():
  model = _with({'logit_scale': np.zeros(1), 'logit_bias': np.array([-10.0])})
  assert model.logit_bias == -10
  assert model.temperature == 1


@pytest.fixture(autouse=True)
def _forget(monkeypatch):
  """What a test registers is gone after it, what is shipped is not."""
  for model_type in dual_encoder._SHIPPED:
    dual_encoder.find(model_type)
  monkeypatch.setattr(
    dual_encoder, '_registered', dict(dual_encoder._registered)
  )


def _example():
  """Runs the code of the document; returns what it defines."""
  code = re.search(r'```python\n(.*?)```', _DOCS.read_text(), re.DOTALL)[1]
  names = {'__name__': 'example'}
  exec(compile(code, str(_DOCS), 'exec'), names)
  return names


def test_the_documents_example_is_a_reward_model(tmp_path):
  tiny = clip_checkpoint.load('in_domain/phone_tiny')
  config = _example()['ColourConfig'](text=tiny.config.text, projection_dim=8)
  family = dual_encoder.family_of(config)
  assert family.model_type == 'colour' and 'colour' in dual_encoder.families()
  module = family.make_module(config, jnp.float32, jnp.float32)
  clip_checkpoint.save(
    tmp_path,
    config=config,
    parameters=random_parameters.draw(module, config, 0),
    preprocessing=family.read_preprocessing({}, config),
    tokenizer=tiny.tokenizer,
  )
  raw = (tmp_path / 'model.safetensors').read_bytes()
  assert b'"colours.weight"' in raw and b'grid' not in raw
  model = make_reward_model(
    RewardConfig(checkpoint=str(tmp_path), head='cosine', num_negatives=1),
    ('Gmail', 'Clock'),
  )
  frames = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
  # Its cells have 8 x 8 pixels: what changes within one changes nothing.
  frames[1] = frames[0].reshape(8, 8, 8, 8, 3)[:, ::-1].reshape(64, 64, 3)
  scores = model.score(frames, ['Gmail'] * 3)
  assert scores[1] == pytest.approx(scores[0], abs=1e-5)
  assert scores[2] != pytest.approx(scores[0], abs=1e-4)


def test_the_document_names_every_family_and_file():
  text = _DOCS.read_text()
  for model_type, module in dual_encoder._SHIPPED.items():
    assert f'`{model_type}`' in text and module.replace('.', '/') in text
  for field in dataclasses.fields(dual_encoder.Family):
    if field.default is not dataclasses.MISSING:
      assert f'`{field.name}`' in text


def test_the_same_file_may_run_twice():
  first, second = _example()['ColourConfig'], _example()['ColourConfig']
  text = clip_config.TextConfig()
  assert dual_encoder.family_of(second(text)).config_class is second
  with pytest.raises(errors.CheckpointError, match='ColourConfig; expected'):
    dual_encoder.family_of(first(text))


def test_two_families_of_one_class_are_a_mistake():
  family = dataclasses.replace(clip_family.FAMILY, model_type='mine')
  with pytest.raises(ValueError, match="ClipConfig, which 'clip' has"):
    dual_encoder.register(family)


@pytest.mark.parametrize('model_type', ['blip', None, ['clip']])
def test_unknown_architectures_are_named_beside_the_known(model_type):
  with pytest.raises(errors.CheckpointError) as caught:
    dual_encoder.find(model_type)
  assert str(caught.value) == (
    f'unknown model_type {model_type!r} in config.json; expected one of: '
    'clip, conv_clip, siglip, siglip2, spatial_clip'
  )


def _install(folder, monkeypatch, code):
  """A package with an entry point, as an installer leaves it."""
  (folder / 'their_model.py').write_text(code)
  info = folder / 'their_model-1.0.dist-info'
  info.mkdir()
  (info / 'METADATA').write_text('Name: their-model\nVersion: 1.0\n')
  (info / 'entry_points.txt').write_text(
    f'[{dual_encoder.ENTRY_POINTS}]\ntheirs = their_model\n'
  )
  monkeypatch.syspath_prepend(str(folder))
  monkeypatch.delitem(sys.modules, 'their_model', raising=False)


def test_installed_packages_bring_families(tmp_path, monkeypatch):
  _install(
    tmp_path,
    monkeypatch,
    """
import dataclasses
from acme_vlm.networks import clip_config, clip_family, dual_encoder

class Config(clip_config.ClipConfig):
  pass

dual_encoder.register(
  dataclasses.replace(
    clip_family.FAMILY, model_type='theirs', config_class=Config
  )
)
""",
  )
  assert 'theirs' in dual_encoder.families()
  assert 'their_model' not in sys.modules
  assert dual_encoder.find('theirs').config_class.__module__ == 'their_model'


def test_a_package_that_fails_is_named(tmp_path, monkeypatch):
  _install(tmp_path, monkeypatch, 'raise RuntimeError("no\\ngood")')
  with pytest.raises(errors.CheckpointError) as caught:
    dual_encoder.find('theirs')
  assert str(caught.value) == (
    "expected their_model to register model_type 'theirs', got RuntimeError: "
    'no good'
  )


@pytest.mark.parametrize(
  'path,rank,name,axes',
  [
    (('a', 'layers_0', 'fc1', 'kernel'), 2, 'a.layers.0.fc1.weight', (1, 0)),
    (('a', 'conv', 'kernel'), 4, 'a.conv.weight', (3, 2, 0, 1)),
    (
      ('a', 'stages_1_12', 'norm1', 'scale'),
      1,
      'a.stages.1.12.norm1.weight',
      None,
    ),
    (('tokens', 'embedding'), 2, 'tokens.weight', None),
    (('fc2_1', 'bias'), 1, 'fc2.1.bias', None),
    (('logit_scale',), 0, 'logit_scale', None),
  ],
)
def test_names_and_axes_are_torchs(path, rank, name, axes):
  assert dual_encoder.hugging_face_place(path, rank) == (
    dual_encoder.Place(name, axes)
  )


def test_float32_products_are_not_rounded_by_an_accelerator():
  def lowered(dtype):
    def product(a, b):
      with dual_encoder.matmul_precision(dtype):
        return a @ b

    example = jnp.ones((2, 2), dtype)
    return jax.jit(product).lower(example, example).as_text()

  assert 'HIGHEST' in lowered(jnp.float32)
  assert 'HIGHEST' not in lowered(jnp.bfloat16)


def test_who_embeds_patches_says_how_many():
  vision = clip_config.VisionConfig(image_size=50, patch_size=16)
  config = clip_config.ClipConfig(vision=vision)
  assert dual_encoder.patch_grid(config) == (3, 3)
  with pytest.raises(errors.CheckpointError, match='got a SiglipConfig'):
    dual_encoder.patch_grid(siglip_config.SiglipConfig())
