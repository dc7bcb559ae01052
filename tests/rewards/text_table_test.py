import jax
import numpy as np
import pytest

from acme_vlm import errors, rewards
from acme_vlm.networks import clip_checkpoint
from acme_vlm.rewards import prompts, text_table

GOALS = ('a', 'b', 'c')


@pytest.fixture(scope='module')
def clip(clip_folder):
  return clip_checkpoint.load(clip_folder)


def _config(**changes):
  values = {
    'prompt_templates': ('see [TASK]',),
    'num_negatives': 0,
    'extra_negatives': ('a', 'nothing'),
  }
  return rewards.RewardConfig(**(values | changes))


def _table(clip, goals=('b',), **changes):
  config = _config(**changes)
  encoder = text_table.TextEncoder(clip)
  return text_table.TextTable(encoder, config, prompts.make(config, goals))


def _tower(clip, text):
  """One text through the tower, alone, normalised in float64."""
  encode = jax.jit(clip.module.apply, static_argnames='method')
  row = encode(
    {'params': clip.parameters}, *clip.tokenize([text]), method='encode_text'
  )
  row = np.asarray(row, np.float64)[0]
  return row / np.linalg.norm(row)


def test_a_goal_has_the_embedding_of_its_prompt(clip):
  texts = _table(clip).look_up(['a', 'b', 'a'])
  np.testing.assert_array_equal(texts.goal[0], texts.goal[2])
  for row, text in zip(texts.goal, ['see a', 'see b'], strict=False):
    np.testing.assert_allclose(row, _tower(clip, text), rtol=1e-4, atol=1e-6)
  # The negative 'a' is the goal 'a'.
  np.testing.assert_allclose(texts.goal[0], texts.negatives[0], rtol=1e-5)
  np.testing.assert_array_equal(
    texts.negative_mask, [[False, True], [True, True], [False, True]]
  )


def test_several_texts_are_one_embedding(clip):
  table = _table(
    clip,
    prompt_templates=('see [TASK]', 'my [TASK]', 'the [TASK] app'),
    goal_prompts={'b': ('bee', 'beta')},
  )
  found = table.look_up(['c', 'b']).goal
  of_c = sum(_tower(clip, t) for t in ('see c', 'my c', 'the c app'))
  of_b = _tower(clip, 'bee') + _tower(clip, 'beta')
  for row, total in zip(found, (of_c, of_b), strict=True):
    expected = total / np.linalg.norm(total)
    np.testing.assert_allclose(row, expected, rtol=1e-4, atol=1e-6)


def test_a_negative_is_the_goal_by_its_words_or_its_prompts(clip):
  table = _table(
    clip,
    goal_prompts={'b': ('one',), 'c': ('one',), 'A': ('another a',)},
    extra_negatives=('a', 'c', 'nothing'),
  )
  masks = table.look_up(['A', 'b', 'C', 'd']).negative_mask
  np.testing.assert_array_equal(
    masks,
    [
      [False, True, True],
      [True, False, True],
      [True, False, True],
      [True, True, True],
    ],
  )


def test_the_baseline_is_a_text_of_its_own(clip):
  table = _table(clip, head='goal_baseline', baseline_prompt='a phone')
  texts = table.look_up(['b'])
  np.testing.assert_allclose(
    texts.baseline, _tower(clip, 'a phone'), rtol=1e-4, atol=1e-6
  )
  assert texts.negatives.shape == (0, clip.dimension)
  assert texts.negative_mask.shape == (1, 0)


def test_a_baseline_that_is_the_goal_is_refused(clip):
  table = _table(clip, head='goal_baseline', baseline_prompt='see d')
  for _ in range(2):
    with pytest.raises(errors.ConfigError, match="prompt of goal 'd', got"):
      table.look_up(['d'])


def test_each_text_is_embedded_once(clip):
  asked = []
  encoder = text_table.TextEncoder(clip)
  # Counts at the border to the tokenizer, which every text passes.
  object.__setattr__(encoder, '_model', _Counting(clip, asked))
  config = _config()
  made = prompts.make(config, ('b',))
  for goals in (['a', 'b'], ['b', 'a'], ['a', 'c']):
    # Another table of the same model remembers as well.
    text_table.TextTable(encoder, config, made).look_up(goals)
  assert asked == ['see a', 'see nothing', 'see b', 'see c']


class _Counting:
  def __init__(self, clip, asked):
    self.module, self.parameters = clip.module, clip.parameters
    self.dimension, self.tokenizer = clip.dimension, clip.tokenizer
    self._clip, self._asked = clip, asked

  def tokenize(self, texts):
    self._asked.extend(texts)
    return self._clip.tokenize(texts)


def test_more_texts_than_one_batch_keep_their_order(clip):
  goals = [f'goal {n}' for n in range(37)]
  together = _table(clip).look_up(goals).goal
  for n in (0, 15, 16, 36):
    alone = _table(clip).look_up([goals[n]]).goal[0]
    np.testing.assert_allclose(together[n], alone, rtol=1e-4, atol=1e-6)


def test_a_goal_that_is_its_only_negative_is_refused(clip):
  table = _table(clip, extra_negatives=('a',))
  with pytest.raises(errors.ConfigError, match="other than the goal 'a'"):
    table.look_up(['a'])


def test_empty_goals_and_texts_too_long_are_refused(clip):
  table = _table(clip)
  with pytest.raises(errors.ConfigError, match="a goal in words, got ''"):
    table.look_up(['b', ''])
  with pytest.raises(errors.ConfigError, match='at most 64 tokens, got 20'):
    table.look_up(['b', 'x' * 200])
  with pytest.raises(errors.ConfigError, match='at most 64 tokens, got 20'):
    _table(clip, extra_negatives=('x' * 200,))
  # What was refused was not remembered either.
  with pytest.raises(errors.ConfigError, match='at most 64 tokens'):
    table.look_up(['x' * 200])
