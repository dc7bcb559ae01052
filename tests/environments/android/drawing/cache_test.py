from acme_vlm.environments.android.drawing import cache


def _make(calls, value):
  def make():
    calls.append(value)
    return value

  return make


def test_a_value_is_made_once():
  kept, calls = cache.BoundedCache(100), []
  for _ in range(3):
    assert kept.get('a', _make(calls, 'x' * 10), len) == 'x' * 10
  assert len(calls) == 1
  assert kept.num_bytes == 10


def test_the_least_recently_used_goes_first():
  kept, calls = cache.BoundedCache(30), []
  for key in 'abc':
    kept.get(key, _make(calls, key * 10), len)
  kept.get('a', _make(calls, 'again'), len)
  kept.get('d', _make(calls, 'd' * 10), len)
  assert kept.num_bytes == 30
  calls.clear()
  for key in 'acd':
    kept.get(key, _make(calls, key), len)
  assert calls == []
  kept.get('b', _make(calls, 'b'), len)
  assert calls == ['b']


def test_one_value_larger_than_the_bound_is_kept():
  kept, calls = cache.BoundedCache(5), []
  kept.get('a', _make(calls, 'x' * 50), len)
  kept.get('a', _make(calls, 'x' * 50), len)
  assert len(calls) == 1
