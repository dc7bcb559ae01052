import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.networks import clip_checkpoint
from acme_vlm.rewards import text_table

TEMPLATE = 'see [TASK]'
NEGATIVES = ('see a', 'see nothing')


@pytest.fixture(scope='module')
def clip(clip_folder):
  return clip_checkpoint.load(clip_folder)


def test_a_goal_has_the_embedding_of_its_prompt(clip):
  table = text_table.TextTable(clip, TEMPLATE, NEGATIVES)
  embeddings, masks = table.look_up(['a', 'b', 'a'])
  np.testing.assert_array_equal(embeddings[0], embeddings[2])
  # The negative 'see a' is the prompt of the goal 'a' and the same text.
  np.testing.assert_allclose(embeddings[0], table.negatives[0], rtol=1e-5)
  assert not np.allclose(embeddings[1], embeddings[0])
  np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, rtol=1e-5)
  np.testing.assert_array_equal(
    masks, [[False, True], [True, True], [False, True]]
  )


def test_each_text_is_embedded_once(clip):
  table = text_table.TextTable(clip, TEMPLATE, NEGATIVES)
  asked = []
  # Counts at the border to the tokenizer, which every text passes.
  object.__setattr__(table, '_model', _Counting(clip, asked))
  for goals in (['a', 'b'], ['b', 'a'], ['a', 'c']):
    table.look_up(goals)
  assert asked == ['see a', 'see b', 'see c']


class _Counting:
  def __init__(self, clip, asked):
    self.module, self.parameters = clip.module, clip.parameters
    self._clip, self._asked = clip, asked

  def tokenize(self, texts):
    self._asked.extend(texts)
    return self._clip.tokenize(texts)


def test_more_texts_than_one_batch_keep_their_order(clip):
  goals = [f'goal {n}' for n in range(37)]
  table = text_table.TextTable(clip, TEMPLATE, NEGATIVES)
  together, _ = table.look_up(goals)
  for n in (0, 15, 16, 36):
    alone, _ = text_table.TextTable(clip, TEMPLATE, NEGATIVES).look_up(
      [goals[n]]
    )
    np.testing.assert_allclose(together[n], alone[0], rtol=1e-4, atol=1e-6)


def test_a_goal_that_is_its_only_negative_is_refused(clip):
  table = text_table.TextTable(clip, TEMPLATE, ('see a',))
  with pytest.raises(errors.ConfigError, match="other than the goal 'a'"):
    table.look_up(['a'])
