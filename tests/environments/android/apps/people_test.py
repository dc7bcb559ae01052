from acme_vlm.environments.android.apps import people
from tests.environments.android.apps import recording

CONTACTS, MEET, FRIENDS, FORUM = people.APPS


def test_every_app_keeps_the_rules():
  # Two faces and a red button are all that a call shows.
  recording.check(people.APPS, wordless={'Meet'}, one_theme={'Meet'})


def test_contacts_are_in_alphabetical_order():
  for seed in range(5):
    names = recording.texts(CONTACTS, seed=seed)[1:8]
    assert names == sorted(names)
    assert len(names) == 7


def test_a_call_has_two_people():
  assert len(recording.texts(MEET)) == 2


def test_posts_have_authors():
  assert len(recording.texts(FRIENDS)) == 1 + 5 + 2 * 2
  written = recording.texts(FORUM)[1:]
  votes, authors = written[::2], written[1::2]
  assert len(votes) == len(authors) == 6
  assert all(vote.isdigit() for vote in votes)
  assert all(author.isalpha() for author in authors)
