"""SigLIP checkpoints: read, written, refused, and used as a reward."""

import json
import pathlib
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sentencepiece
from safetensors import numpy as safetensors_numpy

from acme_vlm import errors, rewards
from acme_vlm.networks import clip, clip_checkpoint, siglip, siglip_config
from acme_vlm.ops import pixels

_GOLDENS = pathlib.Path(__file__).parent / 'goldens'
_NAMES = ('siglip_fixed', 'siglip_naflex')


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
  """Both goldens as whole checkpoints, with a tokenizer of at most 48 ids."""
  top = tmp_path_factory.mktemp('checkpoints')
  sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=iter(['open the clock', 'a red cup', 'go home'] * 9),
    model_prefix=str(top / 'spiece'),
    vocab_size=40,
    hard_vocab_limit=False,
    pad_id=0,
    eos_id=1,
    unk_id=2,
    bos_id=-1,
    minloglevel=2,
  )
  for name in _NAMES:
    shutil.copytree(_GOLDENS / name, top / name)
    shutil.copy(top / 'spiece.model', top / name)
  return top


@pytest.fixture
def broken(folders, tmp_path):
  """A copy to break: (folder, a function that rewrites one of its JSONs)."""
  folder = tmp_path / 'siglip'
  shutil.copytree(folders / 'siglip_naflex', folder)

  def change(file, **fields):
    path = folder / file
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))

  return folder, change


def test_frames_to_probabilities_are_the_references(folders):
  model = clip_checkpoint.load(str(folders / 'siglip_fixed'))
  assert model.temperature == pytest.approx(np.exp(-2.3))
  assert (model.logit_bias, model.dimension) == (-4.0, 24)
  golden = safetensors_numpy.load_file(
    _GOLDENS / 'siglip_fixed/golden.safetensors'
  )
  x = pixels.preprocess(golden['frames'], model.preprocessing)

  @jax.jit
  def cosines(x, ids):
    variables = {'params': model.parameters}
    images = model.module.apply(variables, x, method='encode_image')
    texts = model.module.apply(variables, ids, ids, method='encode_text')
    return clip.normalize(images) @ clip.normalize(texts).T

  logits = cosines(x, golden['ids']) / model.temperature + model.logit_bias
  np.testing.assert_allclose(
    jax.nn.sigmoid(logits), golden['probabilities'], atol=2e-5
  )


@pytest.mark.parametrize('name', _NAMES)
def test_what_is_saved_is_what_was_loaded(folders, name, tmp_path):
  model = clip_checkpoint.load(str(folders / name))
  clip_checkpoint.save(
    tmp_path / name,
    config=model.config,
    parameters=model.parameters,
    preprocessing=model.preprocessing,
    tokenizer=model.tokenizer,
    dtype=np.float32,
  )
  again = clip_checkpoint.load(str(tmp_path / name))
  assert again.config == model.config
  assert again.preprocessing == model.preprocessing
  texts = ['Open the CLOCK!', 'a red cup']
  np.testing.assert_array_equal(again.tokenize(texts), model.tokenize(texts))
  # The same tensors as the reference wrote, bit by bit.
  ours, theirs = (
    safetensors_numpy.load_file(top / name / 'model.safetensors')
    for top in (tmp_path, _GOLDENS)
  )
  assert ours.keys() == theirs.keys()
  for key, value in theirs.items():
    np.testing.assert_array_equal(ours[key], value, err_msg=key, strict=True)


def test_tensors_that_disagree_are_named(broken):
  folder, _ = broken
  path = folder / 'model.safetensors'
  tensors = safetensors_numpy.load_file(path)
  packed = 'vision_model.head.attention.in_proj_weight'
  del tensors['logit_bias'], tensors['text_model.head.weight']
  tensors[packed] = np.ascontiguousarray(tensors[packed].T)
  tensors['vision_model.embeddings.patch_embedding.weight'] = np.zeros(
    (24, 3, 4, 4), np.float32
  )
  tensors['vision_model.class_embedding'] = np.zeros(24, np.float32)
  safetensors_numpy.save_file(tensors, path)
  with pytest.raises(errors.CheckpointError) as caught:
    clip_checkpoint.load(str(folder))
  message = str(caught.value)
  assert '\n' not in message
  for part in (
    'missing logit_bias, text_model.head.weight',
    'surplus vision_model.class_embedding',
    f'{packed} (72, 24) but got (24, 72)',
    'patch_embedding.weight (24, 48) but got (24, 3, 4, 4)',
  ):
    assert part in message


@pytest.mark.parametrize(
  'file,fields,message',
  [
    (
      'preprocessor_config.json',
      {'patch_size': 8},
      'expected patch_size 4 .*as in config.json, got 8',
    ),
    (
      'preprocessor_config.json',
      {'max_num_patches': 0.5},
      r'expected a positive integer max_num_patches .* got 0\.5',
    ),
    (
      'preprocessor_config.json',
      {'image_mean': [0.5], 'image_std': [0.5]},
      'image_mean of 3 channels',
    ),
    ('config.json', {'model_type': 'siglip3'}, "unknown model_type 'siglip3'"),
  ],
)
def test_files_that_disagree_are_refused(broken, file, fields, message):
  folder, change = broken
  change(file, **fields)
  with pytest.raises(errors.CheckpointError, match=message):
    clip_checkpoint.load(str(folder))


def test_another_size_than_the_towers_is_refused(folders, tmp_path):
  shutil.copytree(folders / 'siglip_fixed', tmp_path / 'siglip')
  path = tmp_path / 'siglip' / 'preprocessor_config.json'
  content = json.loads(path.read_text()) | {'size': {'height': 18, 'width': 20}}
  path.write_text(json.dumps(content))
  with pytest.raises(errors.CheckpointError, match=r'18x18 pixels.*18, 20'):
    clip_checkpoint.load(str(tmp_path / 'siglip'))


def test_silent_preprocessing_files_mean_the_processors_defaults():
  fixed = siglip_config.SiglipConfig()
  naflex = siglip_config.NaflexConfig()
  assert siglip.read_preprocessing({}, fixed) == pixels.Preprocessing(
    (224, 224), None, 'bicubic', mean=(0.5,) * 3, std=(0.5,) * 3
  )
  # The published SigLIP 2 of a fixed resolution state bilinear.
  assert siglip.read_preprocessing({'resample': 2}, fixed).filter == 'bilinear'
  assert siglip.read_naflex_preprocessing({}, naflex) == pixels.Preprocessing(
    pixels.PatchBudget(16, 256),
    None,
    'bilinear',
    mean=(0.5,) * 3,
    std=(0.5,) * 3,
  )


def test_it_rewards_by_its_own_sigmoid(folders):
  folder = str(folders / 'siglip_naflex')
  goals = ('red', 'go')
  config = rewards.RewardConfig(
    checkpoint=folder,
    head='sigmoid',
    prompt_templates=('[TASK]',),
    num_negatives=0,
    extra_negatives=(),
  )
  reward = rewards.make_reward_model(config, goals)
  golden = safetensors_numpy.load_file(
    _GOLDENS / 'siglip_naflex/golden.safetensors'
  )
  frames = golden['wide.frames']
  model = clip_checkpoint.load(folder)
  assert model.preprocessing.resize == pixels.PatchBudget(4, 16)
  x = pixels.preprocess(frames, model.preprocessing)
  ids, mask = model.tokenize(goals)
  out = jax.jit(model.module.apply)(
    {'params': model.parameters}, x, jnp.asarray(ids), jnp.asarray(mask)
  )
  np.testing.assert_allclose(
    reward.score_goals(frames, goals), jax.nn.sigmoid(out.logits), atol=1e-5
  )
