import itertools

from acme_vlm.environments.playhouse import paints

PAINTS = {name: value for name, value in vars(paints).items() if name.isupper()}


def test_no_paint_is_colourful():
  for paint in PAINTS.values():
    assert max(paint) <= 1
    assert min(paint) >= 0
    assert max(paint) - min(paint) <= 0.25


def test_paints_differ():
  for one, other in itertools.combinations(PAINTS.values(), 2):
    assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.05
