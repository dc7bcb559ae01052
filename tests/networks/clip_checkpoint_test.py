"""Folders in, models out; and one clear line for everything else."""

import json
import pathlib
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import transformers
from safetensors import numpy as safetensors_numpy

from acme_vlm import errors
from acme_vlm.networks import (
  clip,
  clip_checkpoint,
  clip_config,
  clip_source,
  clip_tokenizer,
  clip_tokenizer_training,
)
from acme_vlm.ops import pixels

_GOLDEN = pathlib.Path(__file__).parent / 'goldens/gelu_first_eos'


def _clip_tokenizer(*, symbols='openthclkamzriu7', **special):
  """One id a letter, then the start and the end token."""
  tokens = [*symbols, *(letter + '</w>' for letter in symbols)]
  tokens += ['<|startoftext|>', '<|endoftext|>']
  ids = {token: index for index, token in enumerate(tokens)}
  return clip_tokenizer.Tokenizer(
    transformers.CLIPTokenizer(vocab=ids, merges=[], **special), 10
  )


@pytest.fixture(scope='session')
def _tokenizer():
  # The end token's id is 33, as the golden's configuration has it.
  return _clip_tokenizer()


@pytest.fixture
def folder(tmp_path, _tokenizer):
  """The golden, completed to a whole checkpoint."""
  shutil.copy(_GOLDEN / 'config.json', tmp_path)
  shutil.copy(_GOLDEN / 'model.safetensors', tmp_path)
  _tokenizer.save(tmp_path)
  (tmp_path / 'preprocessor_config.json').write_text(
    json.dumps(
      {
        'crop_size': {'height': 30, 'width': 30},
        'size': {'shortest_edge': 30},
        'resample': 3,
      }
    )
  )
  return tmp_path


def _rewrite(folder, change):
  file = folder / 'model.safetensors'
  tensors = safetensors_numpy.load_file(file)
  change(tensors)
  safetensors_numpy.save_file(tensors, file)


def _edit(file, **fields):
  file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))


def _refused(folder):
  with pytest.raises(errors.CheckpointError) as caught:
    clip_checkpoint.load(str(folder))
  message = str(caught.value)
  assert '\n' not in message
  return message


def test_load_gives_the_model_of_the_files(folder):
  checkpoint = clip_checkpoint.load(str(folder))
  golden = safetensors_numpy.load_file(_GOLDEN / 'golden.safetensors')
  features = checkpoint.module.apply(
    {'params': checkpoint.parameters},
    golden['ids'],
    golden['mask'],
    method='encode_text',
  )
  np.testing.assert_allclose(features, golden['text_features'], atol=2e-5)
  assert checkpoint.preprocessing == pixels.Preprocessing(30, (30, 30))
  assert checkpoint.module.dtype == jnp.float32
  ids, mask = checkpoint.tokenize(['Open the MAP', 'clock'])
  assert ids.shape == mask.shape == (2, 10) and ids.dtype == np.int32


def test_half_precision_is_of_the_computation_only(folder):
  checkpoint = clip_checkpoint.load(str(folder), dtype=jnp.bfloat16)
  assert checkpoint.module.dtype == jnp.bfloat16
  assert checkpoint.parameters['visual_projection']['kernel'].dtype == (
    jnp.float32
  )


def test_parameters_may_be_held_in_half_precision(folder):
  checkpoint = clip_checkpoint.load(str(folder), param_dtype=jnp.bfloat16)
  exact = clip_checkpoint.load(str(folder)).parameters
  assert checkpoint.module.dtype == jnp.float32
  halves = dict(checkpoint.parameters)
  assert halves.pop('logit_scale') == exact.pop('logit_scale')
  for half, whole in zip(
    jax.tree.leaves(halves), jax.tree.leaves(exact), strict=True
  ):
    assert half.dtype == jnp.bfloat16
    np.testing.assert_array_equal(half, whole.astype(jnp.bfloat16))


@pytest.mark.parametrize('dtype', [np.float16, jnp.bfloat16])
def test_weights_stored_in_half_precision_are_read(folder, tmp_path, dtype):
  first = clip_checkpoint.load(str(folder))
  clip_checkpoint.save(
    tmp_path / 'half',
    config=first.config,
    parameters=first.parameters,
    preprocessing=first.preprocessing,
    tokenizer=first.tokenizer,
    dtype=dtype,
  )
  second = clip_checkpoint.load(str(tmp_path / 'half'))
  kernel = second.parameters['visual_projection']['kernel']
  assert kernel.dtype == jnp.float32
  expected = first.parameters['visual_projection']['kernel'].astype(dtype)
  np.testing.assert_array_equal(kernel, expected.astype(jnp.float32))


def test_the_image_processor_may_lie_in_the_whole_processors_file(folder):
  file = folder / 'preprocessor_config.json'
  content = {'image_processor': json.loads(file.read_text())}
  file.rename(folder / 'processor_config.json')
  (folder / 'processor_config.json').write_text(json.dumps(content))
  checkpoint = clip_checkpoint.load(str(folder))
  assert checkpoint.preprocessing == pixels.Preprocessing(30, (30, 30))


def test_mistakes_show_before_the_weights_are_read(folder):
  (folder / 'model.safetensors').write_bytes(b'')
  (folder / 'tokenizer.json').unlink()
  assert 'expected tokenizer.json, or vocab.json' in _refused(folder)


def test_a_channel_less_is_refused(folder):
  steps = {'image_mean': [0.5, 0.5], 'image_std': [0.5, 0.5]}
  _edit(folder / 'preprocessor_config.json', **steps)
  assert 'expected image_mean of 3 channels, got (0.5, 0.5)' in (
    _refused(folder)
  )


def test_a_revision_is_of_the_hub_only(folder):
  with pytest.raises(errors.CheckpointError, match="beside revision 'main'"):
    clip_checkpoint.load(str(folder), revision='main')


def test_sizes_of_no_family_are_refused(folder):
  loaded = clip_checkpoint.load(str(folder))

  class Sizes(clip_config.ClipConfig):
    pass

  with pytest.raises(errors.CheckpointError, match='configuration Sizes; exp'):
    clip_checkpoint.save(
      folder / 'new',
      config=Sizes(),
      parameters=loaded.parameters,
      preprocessing=loaded.preprocessing,
      tokenizer=loaded.tokenizer,
    )
  assert not (folder / 'new').exists()


def test_save_then_load_gives_the_same(folder, tmp_path):
  first = clip_checkpoint.load(str(folder))
  copy = tmp_path / 'a' / 'copy'
  clip_checkpoint.save(
    copy,
    config=first.config,
    parameters=first.parameters,
    preprocessing=first.preprocessing,
    tokenizer=first.tokenizer,
    dtype=np.float32,
  )
  second = clip_checkpoint.load(str(copy))
  assert second.config == first.config
  assert second.preprocessing == first.preprocessing
  texts = ['Open the clock app', 'zürich 7']
  for ours, theirs in zip(
    second.tokenize(texts), first.tokenize(texts), strict=True
  ):
    np.testing.assert_array_equal(ours, theirs)
  assert safetensors_numpy.load_file(copy / 'model.safetensors').keys() == (
    safetensors_numpy.load_file(_GOLDEN / 'model.safetensors').keys()
  )
  np.testing.assert_array_equal(
    second.parameters['text_projection']['kernel'],
    first.parameters['text_projection']['kernel'],
  )


def test_shards_are_read_by_their_index(folder):
  tensors = safetensors_numpy.load_file(folder / 'model.safetensors')
  (folder / 'model.safetensors').unlink()
  names = sorted(tensors)
  weight_map = {}
  for part, group in enumerate((names[::2], names[1::2])):
    file = f'model-{part}.safetensors'
    safetensors_numpy.save_file({n: tensors[n] for n in group}, folder / file)
    weight_map.update(dict.fromkeys(group, file))
  index = folder / 'model.safetensors.index.json'
  index.write_text(json.dumps({'weight_map': weight_map}))
  loaded = clip_checkpoint.load(str(folder))
  np.testing.assert_array_equal(
    loaded.parameters['text_projection']['kernel'],
    tensors['text_projection.weight'].T,
  )
  (folder / 'model-1.safetensors').unlink()
  assert 'expected model-1.safetensors, found no such file' in _refused(folder)


def test_position_ids_of_old_files_are_no_weights(folder):
  name = 'text_model.embeddings.position_ids'
  _rewrite(folder, lambda t: t.update({name: np.arange(10)[None]}))
  clip_checkpoint.load(str(folder))


@pytest.mark.parametrize(
  'name', ['config.json', 'model.safetensors', 'preprocessor_config.json']
)
def test_a_missing_file_is_named(folder, name):
  (folder / name).unlink()
  message = _refused(folder)
  assert f'expected {name}' in message and str(folder) in message


def _edit_text(folder, **fields):
  raw = json.loads((folder / 'config.json').read_text())
  raw['text_config'].update(fields)
  (folder / 'config.json').write_text(json.dumps(raw))


def test_a_tokenizer_with_more_ids_than_the_tower_is_refused(folder):
  clip_tokenizer_training.train(
    ['clock'], num_merges=1, context_length=10
  ).save(folder)
  message = _refused(folder)
  assert str(folder) in message
  assert 'expected token ids below vocab_size 48, got a tokenizer with' in (
    message
  )


@pytest.mark.parametrize('eos_token_id', [32, 34])
def test_a_tokenizer_that_ends_texts_otherwise_is_refused(folder, eos_token_id):
  # Id 32 is the start token's: it stands in every text, but not at the end.
  _edit_text(folder, eos_token_id=eos_token_id)
  message = _refused(folder)
  assert f'whose texts end with id {eos_token_id}' in message
  assert 'got ids [32, ' in message and "for 'clock'" in message


def test_the_end_token_of_the_first_configs_is_the_largest_id(folder):
  _edit_text(folder, eos_token_id=2)
  clip_checkpoint.load(str(folder))
  # The start token's is larger: the tower would pool there.
  _clip_tokenizer(bos_token='<|endoftext|>', eos_token='<|startoftext|>').save(
    folder
  )
  assert 'whose texts end with the largest id' in _refused(folder)


def test_a_tokenizer_that_cannot_pad_is_refused(folder):
  file = folder / 'tokenizer_config.json'
  _edit(file, pad_token=None)
  assert 'expected a tokenizer with a pad token, got one without' in (
    _refused(folder)
  )


def test_a_missing_tokenizer_is_named(folder):
  (folder / 'tokenizer.json').unlink()
  assert 'expected tokenizer.json, or vocab.json' in _refused(folder)


def test_truncated_weights_are_refused(folder):
  file = folder / 'model.safetensors'
  file.write_bytes(file.read_bytes()[:-100])
  assert 'expected whole safetensors in model.safetensors' in _refused(folder)
  file.write_bytes(b'')
  assert '(0 bytes)' in _refused(folder)


def test_pickle_weights_are_refused_unread(folder):
  (folder / 'model.safetensors').unlink()
  (folder / 'pytorch_model.bin').write_bytes(b'cos\nsystem\n')
  message = _refused(folder)
  assert 'pytorch_model.bin' in message and 'can run code' in message


def test_another_architecture_is_refused(folder):
  _edit(folder / 'config.json', model_type='blip')
  message = _refused(folder)
  assert "unknown model_type 'blip' in config.json" in message
  assert 'expected one of: clip' in message


def test_broken_json_is_refused(folder):
  (folder / 'config.json').write_text('{')
  assert 'expected JSON in config.json' in _refused(folder)


def test_impossible_sizes_are_refused(folder):
  raw = json.loads((folder / 'config.json').read_text())
  raw['vision_config']['num_attention_heads'] = 5
  (folder / 'config.json').write_text(json.dumps(raw))
  assert '24 is not a multiple of num_attention_heads 5' in _refused(folder)


def test_tensors_that_disagree_are_named(folder):
  def change(tensors):
    del tensors['visual_projection.weight']
    tensors['extra.weight'] = np.zeros(3, np.float32)
    tensors['text_projection.weight'] = np.zeros((12, 15), np.float32)
    name = 'vision_model.embeddings.patch_embedding.weight'
    tensors[name] = np.zeros((24, 3, 64), np.float32)

  _rewrite(folder, change)
  message = _refused(folder)
  assert 'missing visual_projection.weight;' in message
  assert 'surplus extra.weight;' in message
  assert 'text_projection.weight (12, 16) but got (12, 15)' in message
  assert 'patch_embedding.weight (24, 3, 8, 8) but got (24, 3, 64)' in message


def test_preprocessing_of_another_size_is_refused(folder):
  _edit(folder / 'preprocessor_config.json', crop_size=28)
  assert 'expected preprocessing to end at 30x30' in _refused(folder)


def test_unknown_filter_is_refused(folder):
  _edit(folder / 'preprocessor_config.json', resample=1)
  message = _refused(folder)
  assert 'expected an image processor' in message and 'resample 1' in message


def test_every_shipped_checkpoint_knows_its_world():
  assert clip_source.shipped()
  for name in clip_source.shipped():
    checkpoint = clip_checkpoint.load(name)
    ids, mask = checkpoint.tokenize(
      ['Screenshot of Clock', 'screenshot  of clock', 'Screenshot of Maps']
    )
    text = clip.normalize(
      checkpoint.module.apply(
        {'params': checkpoint.parameters}, ids, mask, method='encode_text'
      )
    )
    similarity = text @ text.T
    assert similarity[0, 1] > 0.999 and similarity[0, 2] < 0.8
    size = (checkpoint.path / 'model.safetensors').stat().st_size
    assert size < 5e6 and (checkpoint.path / 'README.md').is_file()
