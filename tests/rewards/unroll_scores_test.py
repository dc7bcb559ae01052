import numpy as np
import pytest

from acme_vlm import replicate, rewards
from acme_vlm.rewards import unroll_scores
from acme_vlm.types import Trajectory

GOALS = ('gmail', 'sheets', 'clock')


def _model(clip_folder, **config):
  config = rewards.RewardConfig(
    checkpoint=clip_folder, num_negatives=3, temperature=0.5, **config
  )
  return rewards.make_reward_model(
    config,
    GOALS,
    service=rewards.ServiceConfig(batch_sizes=(8, 32), cache_frames=0),
    devices=replicate.local_devices(1),
  )


class Plain:
  """The same model behind nothing but the protocol."""

  def __init__(self, model):
    self.version, self.threshold = model.version, model.threshold
    self.score, self.score_goals = model.score, model.score_goals


def _unroll(first, episode, goal, seed):
  rng = np.random.default_rng(seed)
  rows = len(first)
  return Trajectory(
    pixels=rng.integers(0, 256, (rows, 24, 16, 3), dtype=np.uint8),
    sight=np.zeros((rows, 1), np.float32),
    instruction=np.zeros((rows, 1), np.int32),
    goal=np.array(goal, np.int32),
    first=np.array(first, bool),
    action=np.zeros(rows, np.int32),
    log_prob=np.zeros(rows, np.float32),
    discount=np.ones(rows, np.float32),
    core_state=np.zeros(2, np.float32),
    policy_version=np.zeros(rows, np.int32),
    episode=np.array(episode, np.int64),
  )


@pytest.fixture(scope='module')
def unrolls():
  return [
    # An episode begins; it ends in the third row; another one begins.
    _unroll([1, 0, 0, 1, 0], [1, 1, 0, 2, 2], [0, 0, 0, 2, 2], seed=1),
    # One goes on, from a row that no step of this unroll led to.
    _unroll([0, 0, 0, 0, 0], [7, 7, 7, 7, 7], [1, 1, 1, 1, 1], seed=2),
    # Nothing but a placeholder, and the row after it.
    _unroll([0, 1], [0, 9], [2, 0], seed=3),
  ]


def _scorer(model, *, all_goals):
  return unroll_scores.UnrollScorer(
    model, GOALS, all_goals=all_goals, episodes_remembered=9
  )


@pytest.mark.parametrize('plain', [False, True])
def test_scores_are_those_of_the_frames_one_by_one(clip_folder, unrolls, plain):
  model = _model(clip_folder)
  # A threshold among the scores, or nothing or everything would be achieved.
  threshold = float(np.median(model.score_goals(unrolls[0].pixels, GOALS)))
  model = _model(clip_folder, threshold=threshold)
  scorer = _scorer(Plain(model) if plain else model, all_goals=True)
  seen = set()
  for unroll, scores in zip(unrolls, scorer(unrolls), strict=True):
    for t, frame in enumerate(unroll.pixels):
      if unroll.first[t]:
        assert not scores.achieved[t].any()
        assert t == 0 or scores.scores[t - 1] == 0
        continue
      for g, goal in enumerate(GOALS):
        p = model.score(frame[None], [goal])[0]
        if abs(p - threshold) > 1e-5:
          assert scores.achieved[t, g] == (p > threshold)
          seen.add(bool(scores.achieved[t, g]))
        if t and g == unroll.goal[t - 1]:
          assert scores.scores[t - 1] == pytest.approx(p, rel=1e-5)
  assert seen == {False, True}


@pytest.mark.parametrize(('all_goals', 'frames'), [(True, 9), (False, 7)])
def test_each_frame_is_looked_up_once(clip_folder, unrolls, all_goals, frames):
  model = _model(clip_folder)
  scores = _scorer(model, all_goals=all_goals)(unrolls)
  # Twelve rows, three of which begin an episode; and two first rows go on
  # from an unroll before, which are needed for the other goals only.
  assert model.counters()['frames'] == frames
  assert all((row.achieved is not None) == all_goals for row in scores)


def test_a_window_reaches_over_unrolls_but_is_not_for_other_goals(clip_folder):
  model = _model(clip_folder, window=2)
  one, two = (
    _unroll([first, 0, 0], [3, 3, 3], [1, 1, 1], seed)
    for seed, first in enumerate([True, False])
  )
  two.pixels[0] = one.pixels[2]
  scorer = _scorer(model, all_goals=True)
  scorer([one])
  (scores,) = scorer([two])
  rows = model.embed(np.stack([one.pixels[2], two.pixels[1]]))
  pair = model.score_windows(rows[None], np.ones((1, 2), bool), ['sheets'])
  assert scores.scores[0] == pytest.approx(pair[0], rel=1e-5)
  alone = model.score_goals(two.pixels, GOALS) > np.float32(model.threshold)
  np.testing.assert_array_equal(scores.achieved, alone)


def test_what_an_ensemble_abstains_from_is_unknown(
  clip_folder, other_clip_folder, unrolls
):
  def model(**changes):
    return _model(
      clip_folder,
      members=(other_clip_folder,),
      ensemble='agree',
      head='cosine',
      **changes,
    )

  # Between the scores of both members, in the widest gap near their middle:
  # those of other batches differ a little, and none may cross the line.
  shown = np.concatenate([unroll.pixels for unroll in unrolls])
  known = [
    _model(folder, head='cosine').score_goals(shown, GOALS).ravel()
    for folder in (clip_folder, other_clip_folder)
  ]
  middle = np.quantile(
    np.concatenate(known), np.linspace(0.3, 0.7, 41), method='nearest'
  )
  widest = np.argmax(np.diff(middle))
  threshold = float(middle[widest : widest + 2].mean())
  agreeing = model(threshold=threshold)
  scores = _scorer(agreeing, all_goals=True)(unrolls)
  seen = set()
  for unroll, row in zip(unrolls, scores, strict=True):
    known = agreeing.score_goals(unroll.pixels, GOALS)
    shown = ~unroll.first
    np.testing.assert_array_equal(row.unknown[shown], np.isnan(known[shown]))
    assert not row.unknown[unroll.first].any()
    assert not (row.unknown & row.achieved).any()
    seen |= set(row.unknown[shown].ravel().tolist())
    valid = ~unroll.first[1:]
    own = known[1:][np.arange(len(valid)), unroll.goal[:-1]]
    np.testing.assert_array_equal(np.isnan(row.scores), valid & np.isnan(own))
  assert seen == {False, True}


def test_of_goals_that_are_held_out_nothing_is_told(clip_folder, unrolls):
  model = _model(clip_folder)
  scorer = unroll_scores.UnrollScorer(
    model,
    GOALS,
    all_goals=True,
    episodes_remembered=9,
    training_goals=(2, 0),
  )
  whole = _scorer(model, all_goals=True)(unrolls)
  for unroll, some, row in zip(unrolls, scorer(unrolls), whole, strict=True):
    # A held-out goal still scores its own episodes.
    np.testing.assert_array_equal(some.scores, row.scores)
    for name in ('achieved', 'unknown', 'table'):
      np.testing.assert_array_equal(
        getattr(some, name), getattr(row, name)[:, [2, 0]], name
      )
    known = model.score_goals(unroll.pixels, GOALS)
    shown = ~unroll.first
    np.testing.assert_allclose(row.table[shown], known[shown], rtol=1e-5)
    assert np.isnan(row.table[unroll.first]).all()
