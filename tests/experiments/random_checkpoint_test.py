"""Random checkpoints: what is written is of the size asked for, and loads."""

import dataclasses
import pathlib
import subprocess
import sys

import jax
import numpy as np
import pytest
from safetensors import numpy as safetensors_numpy

from acme_vlm import errors
from acme_vlm.networks import clip_checkpoint, published
from experiments import random_checkpoint

Options = random_checkpoint.Options
_ROOT = pathlib.Path(__file__).parents[2]
# Narrow towers: the published ones take seconds each.
_NARROW = {
  'hidden_size': 16,
  'intermediate_size': 32,
  'num_hidden_layers': 1,
  'num_attention_heads': 2,
}


def _narrow(name):
  model = published.MODELS[name]
  config = model.config
  text = dict(_NARROW)
  if name.startswith('siglip'):
    text['projection_size'] = 16
  return model._replace(
    config=dataclasses.replace(
      config,
      vision=dataclasses.replace(config.vision, **_NARROW),
      text=dataclasses.replace(config.text, **text),
    )
  )


@pytest.mark.parametrize('name', ['vit_b_32', 'siglip_b_16'])
def test_written_in_shards_and_loaded(name, tmp_path, monkeypatch, capsys):
  model = _narrow(name)
  monkeypatch.setitem(published.MODELS, name, model)
  out = tmp_path / 'new'
  random_checkpoint.write(Options(architecture=name, out=out, shards=3))
  assert model.repository in capsys.readouterr().out
  # The table of tokens is most of it, and lies in one piece.
  assert 2 <= len(list(out.glob('model-*.safetensors'))) <= 3
  loaded = clip_checkpoint.load(str(out))
  assert loaded.config.vision == model.config.vision
  assert loaded.config.text.vocab_size == model.config.text.vocab_size
  ids, mask = loaded.tokenize(['open Gmail', 'open Clock'])
  assert ids.shape == (2, model.config.context_length)
  text = loaded.module.apply(
    {'params': loaded.parameters}, ids, mask, method='encode_text'
  )
  assert np.abs(text[0] - text[1]).max() > 1e-3 and np.isfinite(text).all()


def test_seed_and_type_are_those_asked_for(tmp_path, monkeypatch):
  monkeypatch.setitem(published.MODELS, 'vit_b_32', _narrow('vit_b_32'))
  options = Options(out=tmp_path, seed=1, dtype='float32')
  random_checkpoint.write(options)
  first = safetensors_numpy.load_file(tmp_path / 'model.safetensors')
  _, parameters = random_checkpoint.make(options)
  np.testing.assert_array_equal(
    first['text_projection.weight'], parameters['text_projection']['kernel'].T
  )
  other = tmp_path / 'other'
  random_checkpoint.write(dataclasses.replace(options, seed=2, out=other))
  second = safetensors_numpy.load_file(other / 'model.safetensors')
  assert all(value.dtype == np.float32 for value in second.values())
  name = 'visual_projection.weight'
  assert np.abs(first[name] - second[name]).max() > 0.1
  leaves = jax.tree.leaves(parameters)
  assert sum(x.size for x in leaves) == sum(x.size for x in second.values())


@pytest.mark.parametrize(
  'field,value,line',
  [
    ('architecture', 'resnet', "unknown architecture 'resnet'; expected one"),
    ('seed', -1, 'expected seed >= 0, got -1'),
    ('shards', 0, 'expected shards >= 1, got 0'),
    ('dtype', 'int8', "'bfloat16'), got 'int8'"),
    ('tokenizer', 'mine', "unknown shipped checkpoint 'mine'"),
  ],
)
def test_what_makes_no_sense_is_refused(field, value, line):
  with pytest.raises(errors.AcmeVlmError) as caught:
    Options(**{field: value})
  assert line in str(caught.value) and '\n' not in str(caught.value)


def test_other_peoples_folders_are_left_alone(tmp_path):
  (tmp_path / 'thesis.txt').touch()
  trained = tmp_path / 'trained'
  trained.mkdir()
  (trained / 'config.json').touch()
  for out in (tmp_path, tmp_path / 'thesis.txt', trained):
    with pytest.raises(errors.CheckpointError, match='a new or empty folder'):
      random_checkpoint.write(Options(out=out))
  with pytest.raises(errors.CheckpointError, match='expected to write /proc/x'):
    random_checkpoint.write(Options(out=pathlib.Path('/proc/x')))


def test_a_mistake_on_the_command_line_is_one_line():
  done = subprocess.run(
    [
      sys.executable,
      '-m',
      'experiments.random_checkpoint',
      '--architecture',
      'vit',
    ],
    cwd=_ROOT,
    capture_output=True,
    text=True,
  )
  assert done.returncode == 2
  assert done.stderr.startswith("error: unknown architecture 'vit'")
  assert done.stderr.count('\n') == 1
