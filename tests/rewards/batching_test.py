import hypothesis
import pytest
from hypothesis import strategies as st

from acme_vlm.rewards import batching

sizes_strategy = st.lists(
  st.integers(1, 64), min_size=1, max_size=4, unique=True
).map(sorted)


@hypothesis.given(num=st.integers(0, 500), sizes=sizes_strategy)
def test_slices_cover_every_row_once_in_fixed_sizes(num, sizes):
  slices = batching.split(num, sizes)
  rows = [row for s in slices for row in range(s.start, s.stop)]
  assert rows == list(range(num))
  for s in slices:
    assert s.size in sizes
    assert 0 < s.stop - s.start <= s.size


@hypothesis.given(num=st.integers(1, 500), sizes=sizes_strategy)
def test_only_a_last_smallest_batch_is_less_than_half_full(num, sizes):
  for s in batching.split(num, sizes):
    if s.size != sizes[0]:
      assert 2 * (s.stop - s.start) >= s.size
    elif s.stop < num:
      assert s.stop - s.start == s.size


@pytest.mark.parametrize(
  ('num', 'expected'),
  [
    (0, []),
    (3, [(0, 3, 16)]),
    (16, [(0, 16, 16)]),
    (40, [(0, 40, 64)]),
    (100, [(0, 64, 64), (64, 100, 64)]),
    (140, [(0, 140, 256)]),
    (300, [(0, 256, 256), (256, 300, 64)]),
  ],
)
def test_table(num, expected):
  assert batching.split(num, (16, 64, 256)) == expected


def test_sizes_divide_among_the_devices():
  assert batching.device_sizes((16, 64), 1) == (16, 64)
  assert batching.device_sizes((1, 2, 6), 4) == (4, 8)
