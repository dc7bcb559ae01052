from acme_vlm.rewards import episode_set


def test_the_oldest_is_forgotten_first():
  episodes = episode_set.EpisodeSet(2, [1, 2, 3])
  assert list(episodes) == [2, 3]
  episodes.add(2)
  episodes.add(4)
  # Adding 2 again made it no younger.
  assert list(episodes) == [3, 4]
  assert 2 not in episodes and 4 in episodes


def test_discarding_makes_room_and_strangers_do_no_harm():
  episodes = episode_set.EpisodeSet(2, [1, 2])
  episodes.discard(1)
  episodes.discard(7)
  episodes.add(3)
  assert list(episodes) == [2, 3]
  assert len(episodes) == 2
