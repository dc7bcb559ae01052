import numpy as np
import pytest

from acme_vlm.acting import instructions

SENTENCES = ('open Gmail', 'open the Clock', 'Open F-Droid!')


def test_ids_are_those_of_the_sorted_words():
  vocabulary = instructions.Vocabulary(SENTENCES)
  assert vocabulary.words == ('clock', 'droid', 'f', 'gmail', 'open', 'the')
  assert (vocabulary.length, vocabulary.num_ids) == (3, 8)
  np.testing.assert_array_equal(vocabulary.encode('open Gmail'), [5, 4, 0])
  np.testing.assert_array_equal(vocabulary.encode('Open, THE clock'), [5, 6, 1])
  np.testing.assert_array_equal(vocabulary.encode('open F-Droid!'), [5, 3, 2])


def test_order_of_the_sentences_does_not_matter():
  reverse = instructions.Vocabulary(reversed(SENTENCES))
  assert reverse.words == instructions.Vocabulary(SENTENCES).words


def test_unknown_words_share_the_last_id():
  vocabulary = instructions.Vocabulary(SENTENCES)
  encoded = vocabulary.encode('open Sheets now')
  np.testing.assert_array_equal(encoded, [5, 7, 7])
  assert vocabulary.unknown == vocabulary.num_ids - 1 == 7
  assert encoded.dtype == np.int32


def test_the_shared_encoding_cannot_be_written_to():
  encoded = instructions.Vocabulary(SENTENCES).encode('open Gmail')
  with pytest.raises(ValueError, match='read-only'):
    encoded[0] = 1


def test_bad_sentences_are_refused():
  with pytest.raises(ValueError, match='at least one word'):
    instructions.Vocabulary(['', '!'])
  with pytest.raises(ValueError, match='at most 3 words, got 4'):
    instructions.Vocabulary(SENTENCES).encode('please open the Clock')


def test_what_all_ways_to_say_it_share():
  ways = ('Go near a green roll', 'find a green roll', 'walk to the green roll')
  assert instructions.shared(ways) == 'green roll'
  assert instructions.shared(ways[:2]) == 'a green roll'
  assert instructions.shared(ways[:1]) == 'go near a green roll'
  assert instructions.shared(('open it', 'start that')) == 'open it'
