import jax
import jax.numpy as jnp
import numpy as np

from acme_vlm.networks import clip, clip_config, clip_tokenizer_training
from acme_vlm.rewards import text_pretraining

_TEXTS = [
  f'a {colour} {kind} {where}'
  for colour in ('red', 'blue', 'green')
  for kind in ('duck', 'mug', 'boat')
  for where in ('up close', 'held up')
]


def test_targets_are_sums_of_the_words_own_directions():
  rows = text_pretraining.targets(['duck', 'red', 'a red duck'], 8, 0)
  np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-6)
  both = rows[0] + rows[1]
  np.testing.assert_allclose(
    rows[2] @ both / np.linalg.norm(both), 1, atol=1e-4
  )


def test_words_are_at_right_angles_and_articles_say_nothing():
  rows = text_pretraining.targets(
    ['duck', 'mug', 'red', 'the duck', 'an duck'], 8, 0
  )
  np.testing.assert_allclose(rows[:3] @ rows[:3].T, np.eye(3), atol=1e-2)
  np.testing.assert_allclose(rows[3:] @ rows[0], 1, atol=1e-6)


def test_texts_that_differ_by_a_word_are_told_apart_afterwards():
  tokenizer = clip_tokenizer_training.train(
    _TEXTS, num_merges=60, context_length=12
  )
  config = clip_config.ClipConfig(
    vision=clip_config.VisionConfig(
      hidden_size=8,
      intermediate_size=8,
      num_hidden_layers=1,
      num_attention_heads=1,
      image_size=8,
      patch_size=8,
    ),
    text=clip_config.TextConfig(
      hidden_size=32,
      intermediate_size=64,
      num_hidden_layers=1,
      num_attention_heads=2,
      max_position_embeddings=12,
      vocab_size=len(tokenizer),
      eos_token_id=tokenizer.eos_token_id,
    ),
    projection_dim=16,
  )
  module = clip.Clip(config)
  params = module.init(
    jax.random.key(0), jnp.zeros((1, 8, 8, 3)), jnp.zeros((1, 2), jnp.int32)
  )['params']
  said = [*_TEXTS, 'a red duck close by']
  meant = [*_TEXTS, 'a red duck up close']
  trained, cosine = text_pretraining.pretrain(
    params, module, tokenizer, said, meant=meant, seed=0, num_steps=300
  )
  assert cosine > 0.97
  embed = lambda texts: np.asarray(  # noqa: E731
    clip.normalize(
      module.apply({'params': trained}, *tokenizer(texts), method='encode_text')
    )
  )
  rows = embed(_TEXTS)
  wanted = text_pretraining.targets(meant, 16, 0)[: len(_TEXTS)]
  # Each text is nearest to what it means, of all that is said.
  assert (np.argmax(rows @ wanted.T, axis=1) == np.arange(len(_TEXTS))).all()
  # Another way to say it comes to the same place.
  other = embed(['a red duck close by'])[0]
  assert other @ rows[_TEXTS.index('a red duck up close')] > 0.9
  for name in ('vision_model', 'visual_projection', 'logit_scale'):
    assert trained[name] is params[name]
