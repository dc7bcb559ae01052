import threading
import time

import dm_env
import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.replay import source

# (length of the episode, whether it ends by success) in; rows of the items
# out: numbers of the observations, firsts, actions, episodes, discounts.
TABLE = {
  'one episode longer than an unroll': (
    [(6, False)],
    [([1, 2, 3, 4, 5], '10000', [101, 102, 103, 104, 105], [1] * 5)],
  ),
  'two episodes in one unroll, with the placeholder between': (
    [(2, False), (2, False)],
    [([1, 2, 3, 4, 5], '10010', [101, 102, 0, 104, 105], [1, 1, 0, 2, 2])],
  ),
  'unrolls overlap by one row': (
    [(3, False), (3, False), (3, False)],
    [
      ([1, 2, 3, 4, 5], '10001', [101, 102, 103, 0, 105], [1, 1, 1, 0, 2]),
      ([5, 6, 7, 8, 9], '10001', [105, 106, 107, 0, 109], [2, 2, 2, 0, 3]),
    ],
  ),
  'an episode that ends with the unroll': (
    [(4, False), (1, False)],
    [([1, 2, 3, 4, 5], '10000', [101, 102, 103, 104, 0], [1, 1, 1, 1, 0])],
  ),
  'an episode of one step': (
    [(1, False), (3, False)],
    [([1, 2, 3, 4, 5], '10100', [101, 0, 103, 104, 105], [1, 0, 2, 2, 2])],
  ),
}


@pytest.mark.parametrize('name', TABLE)
def test_table_of_episodes_in_and_items_out(name, serve, make_actor):
  episodes, items = TABLE[name]
  client = serve().client()
  actor = make_actor(client)
  for number, (length, success) in enumerate(episodes, start=1):
    actor.play(number, length, success=success)
  taken = _take(client, len(items))
  assert len(taken) == len(items)
  for unroll, (numbers, first, action, episode) in zip(
    taken, items, strict=True
  ):
    np.testing.assert_array_equal(unroll.pixels[:, 0, 0, 0], numbers)
    np.testing.assert_array_equal(unroll.sight[:, 5], np.array(numbers) / 2)
    np.testing.assert_array_equal(unroll.instruction[:, 0], numbers)
    np.testing.assert_array_equal(unroll.goal, np.array(numbers) % 3)
    np.testing.assert_array_equal(unroll.first, [f == '1' for f in first])
    np.testing.assert_array_equal(unroll.action, action)
    np.testing.assert_array_equal(unroll.episode, episode)
    acted = unroll.action > 0
    np.testing.assert_array_equal(
      unroll.policy_version, np.where(acted, numbers, 0)
    )
    np.testing.assert_array_equal(
      unroll.log_prob, np.where(acted, -np.float32(numbers), 0)
    )
    state = numbers[0] if acted[0] else 0
    np.testing.assert_array_equal(unroll.core_state, np.full(5, state))


def test_time_outs_keep_their_discount_and_successes_lose_it(serve, make_actor):
  client = serve().client()
  actor = make_actor(client)
  actor.play(1, 2, success=True)
  actor.play(2, 2, success=False)
  actor.play(3, 4)
  first, second = _take(client, 2)
  np.testing.assert_array_equal(first.discount[:4], [1, 0, 0, 1])
  # Row 0 of the second is episode 2's last transition: a time-out.
  np.testing.assert_array_equal(second.discount[:2], [1, 0])


def test_types_are_those_of_the_arrow(serve, make_actor):
  client = serve().client()
  make_actor(client).play(1, 6)
  (unroll,) = _take(client, 1)
  assert {name: str(x.dtype) for name, x in unroll._asdict().items()} == {
    'pixels': 'uint8',
    'sight': 'float32',
    'instruction': 'int32',
    'goal': 'int32',
    'first': 'bool',
    'action': 'int32',
    'log_prob': 'float32',
    'discount': 'float32',
    'core_state': 'float32',
    'policy_version': 'int32',
    'episode': 'int64',
  }


def test_no_reward_reaches_replay_whatever_the_environment_gives(
  serve, make_actor
):
  client = serve().client()
  make_actor(client).play(1, 6)
  (sample,) = client.sample(
    'unlabeled', 1, emit_timesteps=False, unpack_as_table_signature=True
  )
  np.testing.assert_array_equal(sample.data.reward, np.zeros(5))


def test_a_frame_of_another_size_is_refused(serve, make_actor):
  actor = make_actor(serve().client())
  actor.next = lambda: {
    'pixels': np.zeros((5, 3, 3), np.uint8),
    'sight': np.zeros(6, np.float32),
    'instruction': np.zeros(2, np.int32),
    'goal': 0,
  }
  with pytest.raises(ValueError, match='pixels'):
    actor.play(1, 9)


def test_without_eyes_a_zero_stands_in_the_place_of_a_sight(
  serve, make_actor, spec
):
  client = serve(spec._replace(sight_size=1)).client()
  actor = make_actor(client)
  with_sight = actor.next
  actor.next = lambda: {
    name: x for name, x in with_sight().items() if name != 'sight'
  }
  actor.play(1, 6)
  (unroll,) = _take(client, 1)
  np.testing.assert_array_equal(unroll.sight, np.zeros((5, 1)))


def test_actors_block_while_the_scorer_lags(serve, make_actor):
  client = serve(unlabeled_max_size=2).client()
  actor = make_actor(client)
  thread = threading.Thread(target=actor.play, args=(1, 20))
  thread.start()
  _wait_for(lambda: client.server_info()['unlabeled'].current_size == 2)
  thread.join(0.5)
  # Two items are in; the third item's frame is number 13.
  assert thread.is_alive()
  assert actor.number == 14
  assert len(_take(client, 5)) == 5
  thread.join(10)
  assert not thread.is_alive()


def test_closing_ends_a_blocked_actor(serve, make_actor):
  client = serve(unlabeled_max_size=1).client()
  actor, raised = make_actor(client), []

  def play():
    try:
      actor.play(1, 30)
    except errors.ReplayError as error:
      raised.append(error)

  thread = threading.Thread(target=play)
  thread.start()
  _wait_for(lambda: client.server_info()['unlabeled'].current_size == 1)
  client.close()
  thread.join(5)
  assert not thread.is_alive()
  assert len(raised) == 1


def test_many_adders_share_a_client(serve, make_actor):
  client = serve(unlabeled_max_size=100).client()
  actors = [make_actor(client) for _ in range(16)]
  for n, actor in enumerate(actors):
    actor.number = 10 * n
  for actor in actors:
    actor.adder.add_first(dm_env.restart(actor.next()))
  for step in range(1, 6):
    for n, actor in enumerate(actors):
      came_from = actor.number
      seen = actor.next()
      actor.adder.add(
        100 + came_from,
        dm_env.transition(reward=0.0, observation=seen),
        {
          'log_prob': 0.0,
          'core_state': np.zeros(5, np.float32),
          'policy_version': step,
          'episode': n,
        },
      )
  unrolls = _take(client, 16)
  starts = [int(unroll.pixels[0, 0, 0, 0]) for unroll in unrolls]
  assert sorted(starts) == [10 * n + 1 for n in range(16)]
  for start, unroll in zip(starts, unrolls, strict=True):
    np.testing.assert_array_equal(
      unroll.pixels[:, 0, 0, 0], start + np.arange(5)
    )
    assert set(unroll.episode) == {start // 10}


def _take(client, num):
  """Takes so many, and a moment longer what should not be there."""
  unlabeled = source.UnlabeledSource(client)
  taken = []
  while len(taken) < num:
    more = unlabeled.take(num, timeout=20)
    assert more, f'only {len(taken)} of {num} came'
    taken += more
  taken += unlabeled.take(9, timeout=0.3)
  return taken


def _wait_for(condition, seconds=20):
  end = time.monotonic() + seconds
  while not condition():
    assert time.monotonic() < end, 'it did not come to that'
    time.sleep(0.02)
