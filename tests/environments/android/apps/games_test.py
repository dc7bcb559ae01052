import re

from acme_vlm.environments.android.apps import games
from tests.environments.android.apps import recording

CHESS, SUDOKU, SOLITAIRE, PUZZLE, PAINT, PIANO, DRUMS = games.APPS


def test_every_app_keeps_the_rules():
  recording.check(games.APPS)


def test_sudoku_writes_digits_only():
  written = recording.texts(SUDOKU)[1:]
  assert len(written) > 9 + 20
  assert set(written) <= set('123456789')


def test_puzzle_tiles_are_powers_of_two():
  for seed in range(5):
    tiles = [int(text) for text in recording.texts(PUZZLE, seed=seed)[2:]]
    assert len(tiles) <= 16
    assert set(tiles) <= {2, 4, 8, 16, 32, 64, 128, 256}


def test_chess_has_a_player_and_a_clock():
  _, name, clock = recording.texts(CHESS)
  assert name.isalpha()
  assert re.fullmatch(r'\d{1,2}:\d\d', clock)


def test_the_other_games_are_played_without_words():
  for game in (SOLITAIRE, PAINT, DRUMS):
    assert recording.texts(game) == [game.name]
  assert len(recording.texts(PIANO)) == 2


def test_pieces_stand_on_both_sides_of_the_board():
  image = recording.RecordingPage(CHESS).finish().convert('L')
  far = [image.getpixel((x, y)) for x in range(4, 70) for y in range(24, 40)]
  near = [image.getpixel((x, y)) for x in range(4, 70) for y in range(76, 92)]
  assert sum(value < 40 for value in far) > 3 * sum(v < 40 for v in near)
  assert sum(value > 245 for value in near) > 3 * sum(v > 245 for v in far)
