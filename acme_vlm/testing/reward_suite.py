"""What every reward model must hold, as mixins for its tests.

For any `RewardModel`:

    class MyModelTest(reward_suite.RewardModelTestMixin, absltest.TestCase):
      goals = ('open gmail', 'open clock')

      def make_reward_model(self):
        return MyModel(self.goals)

      def make_frames(self, num, seed):
        rng = np.random.default_rng(seed)
        return rng.integers(0, 256, (num, 72, 96, 3), dtype=np.uint8)

For a head or a dual encoder of your own, behind a `RewardConfig`:

    class MyHeadTest(reward_suite.DualEncoderTestMixin, absltest.TestCase):
      goals = ('gmail', 'clock', 'phone')

      def make_configured(self, **changes):
        config = rewards.RewardConfig(head='mine', **changes)
        return rewards.make_reward_model(config, self.goals)

      def make_episode_scorer(self, model):
        return windows.EpisodeScorer(model, self.goals, 100)

      def make_frames(self, num, seed):
        ...
"""

import unittest
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from acme_vlm import errors
from acme_vlm.interfaces import RewardModel
from acme_vlm.ops import detection

_NUM = 7

# To type checkers a mixin is the test case that it is mixed into.
if TYPE_CHECKING:
  _Case = unittest.TestCase
else:
  _Case = object


class RewardModelTestMixin(_Case):
  """Conformance of a `RewardModel`; mix into `absltest.TestCase`.

  A model that states them is held to `lowest` and `highest`, the range of its
  scores, and to `abstains`, without which no score is NaN.

  Attributes:
    goals: at least two goals that the model can score.
  """

  goals: Sequence[str] = ()

  def make_reward_model(self) -> RewardModel:
    """Returns the model; the subclass says which. May be the same one."""
    raise NotImplementedError

  def make_frames(self, num: int, seed: int) -> np.ndarray:
    """Returns frames uint8 [num, H, W, 3], all different, of the seed."""
    raise NotImplementedError

  def test_scores_are_of_one_shape_type_and_range(self):
    """float32, [N] and [N, G], of no frames too; NaN only if it abstains."""
    model = self.make_reward_model()
    self.assertIsInstance(model, RewardModel)
    for num in (_NUM, 1, 0):
      frames = self.make_frames(num, 0)
      own = model.score(frames, self._words(num))
      table = model.score_goals(frames, self.goals)
      for scores, shape in ((own, (num,)), (table, (num, len(self.goals)))):
        self.assertEqual(scores.dtype, np.float32)
        self.assertEqual(scores.shape, shape)
        known = scores[~np.isnan(scores)]
        self.assertTrue(np.isfinite(known).all())
        self.assertTrue((known >= getattr(model, 'lowest', -np.inf)).all())
        self.assertTrue((known <= getattr(model, 'highest', np.inf)).all())
        if not getattr(model, 'abstains', False):
          self.assertEqual(known.size, scores.size)

  def test_threshold_and_version_are_numbers_that_stay(self):
    """A finite threshold; a version that fits a signed 64-bit integer."""
    model, again = self.make_reward_model(), self.make_reward_model()
    self.assertTrue(np.isfinite(model.threshold))
    self.assertIsInstance(model.version, int)
    self.assertTrue(0 <= model.version < 2**63)
    before = model.version
    model.score(self.make_frames(2, 1), self._words(2))
    self.assertEqual(model.version, before)
    self.assertEqual(again.version, before)

  def test_a_frame_with_its_goal_scores_as_with_all_goals(self):
    """`score` is the diagonal of `score_goals`, whatever stands beside."""
    model = self.make_reward_model()
    frames = self.make_frames(_NUM, 2)
    table = model.score_goals(frames, self.goals)
    own = np.arange(_NUM) % len(self.goals)
    _close(model.score(frames, self._words(_NUM)), table[np.arange(_NUM), own])
    backwards = model.score_goals(frames, self.goals[::-1])
    _close(backwards[:, ::-1], table)

  def test_no_frame_changes_the_score_of_another(self):
    """Neither the order of a batch nor its size means anything."""
    model = self.make_reward_model()
    frames, words = self.make_frames(_NUM, 3), self._words(_NUM)
    scores = model.score(frames, words)
    order = np.random.default_rng(0).permutation(_NUM)
    shuffled = model.score(frames[order], [words[n] for n in order])
    _close(shuffled, scores[order])
    for size in (1, 3):
      pieces = [
        model.score(frames[n : n + size], words[n : n + size])
        for n in range(0, _NUM, size)
      ]
      _close(np.concatenate(pieces), scores)

  def test_equal_frames_have_equal_scores(self):
    """Twice in a batch, in another call, by another instance, in a view."""
    model = self.make_reward_model()
    frames, goal = self.make_frames(3, 4), self.goals[0]
    twice = model.score(np.concatenate([frames, frames]), [goal] * 6)
    _close(twice[:3], twice[3:])
    again = self.make_reward_model().score(frames, [goal] * 3)
    _close(again, twice[:3])
    mirrored = np.ascontiguousarray(frames[:, :, ::-1])
    view = model.score(mirrored[:, :, ::-1], [goal] * 3)
    _close(view, twice[:3])

  def test_frames_are_left_as_they_are(self):
    """They may be read-only, and nothing is written into them."""
    model = self.make_reward_model()
    frames = self.make_frames(3, 5)
    before = frames.copy()
    frames.setflags(write=False)
    model.score(frames, self._words(3))
    model.score_goals(frames, self.goals)
    np.testing.assert_array_equal(frames, before)

  def test_bad_input_gives_one_clear_line(self):
    """Frames of another type or shape, goals that do not fit them."""
    model = self.make_reward_model()
    frames, words = self.make_frames(2, 6), self._words(2)
    for wrong in (
      frames.astype(np.float32) / 255,
      frames[..., :1],
      frames[0],
      frames[:, :0],
      frames[:, :, :0],
    ):
      self._refused(model.score, wrong, words[: len(wrong)])
      self._refused(model.score_goals, wrong, self.goals)
    self._refused(model.score, frames, words[:1])
    self._refused(model.score, frames, [*words, self.goals[0]])

  def _words(self, num: int) -> list[str]:
    return [self.goals[n % len(self.goals)] for n in range(num)]

  def _refused(self, call: Callable[..., Any], *args: Any) -> None:
    with self.assertRaises((ValueError, errors.AcmeVlmError)) as caught:
      call(*args)
    self.assertTrue(str(caught.exception))
    self.assertNotIn('\n', str(caught.exception))


class DualEncoderTestMixin(RewardModelTestMixin):
  """Conformance of what `make_reward_model` makes of a configuration.

  Attributes:
    goals: the task set, at least three goals.
    later: a goal outside of it.
    too_long: a text longer than the model's context.
  """

  later: str = 'something else'
  too_long: str = 'far too long ' * 200

  def make_configured(self, **changes: Any) -> Any:
    """Returns the model of a configuration with some fields changed."""
    raise NotImplementedError

  def make_episode_scorer(self, model: Any) -> Any:
    """Returns an `EpisodeScorer` of the model and `goals`."""
    raise NotImplementedError

  def make_reward_model(self) -> RewardModel:
    """The configuration as it is."""
    return self.make_configured()

  def test_embeddings_are_what_scores_are_made_of(self):
    """One image forward serves every goal."""
    model = self.make_configured()
    frames = self.make_frames(_NUM, 7)
    rows = model.embed(frames)
    self.assertEqual(rows.dtype, np.float32)
    self.assertEqual(rows.shape, (_NUM, model.dimension))
    before = model.counters()['embedded']
    _close(
      model.score_embeddings(rows, self.goals),
      model.score_goals(frames, self.goals),
    )
    embedded = model.counters()['embedded'] - before
    self.assertLessEqual(embedded, _NUM * len(model.members))

  def test_a_goal_added_later_changes_no_other_score(self):
    """Nor the version; and it has a score of its own."""
    model = self.make_configured()
    frames, version = self.make_frames(4, 8), model.version
    before = model.score_goals(frames, self.goals)
    table = model.score_goals(frames, [*self.goals, self.later])
    _close(table[:, :-1], before)
    self.assertFalse(_equal(table[:, -1], before[:, 0]))
    self.assertEqual(model.version, version)

  def test_a_negative_that_is_the_goal_is_dropped(self):
    """By its words, whatever their case; other goals keep it."""
    base = {'num_negatives': 0, 'extra_negatives': (self.later,)}
    goal = self.goals[0]
    more = base | {'extra_negatives': (self.later, goal.upper())}
    model, with_it = self.make_configured(**base), self.make_configured(**more)
    frames = self.make_frames(_NUM, 9)
    before = model.score_goals(frames, self.goals)
    after = with_it.score_goals(frames, self.goals)
    _close(after[:, 0], before[:, 0])
    if with_it.negatives:
      self.assertEqual(with_it.negatives, (self.later, goal.upper()))
      known = ~np.isnan(after[:, 1:]) & ~np.isnan(before[:, 1:])
      self.assertTrue((after[:, 1:] <= before[:, 1:] + 1e-6)[known].all())
    else:
      _close(after, before)

  def test_own_prompts_of_a_goal_stand_for_it(self):
    """The template filled by hand is the template; other words are not."""
    same = {goal: (f'see {goal}',) for goal in self.goals[:1]}
    other = {self.goals[0]: ('a wholly different thing',)}
    frames = self.make_frames(4, 10)
    table, by_hand, changed = (
      self.make_configured(
        prompt_templates=('see [TASK]',), goal_prompts=own
      ).score_goals(frames, self.goals)
      for own in ({}, same, other)
    )
    _close(by_hand, table)
    self.assertFalse(_equal(changed[:, 0], table[:, 0]))

  def test_the_same_template_twice_is_that_template(self):
    """Several templates are averaged, not added."""
    frames = self.make_frames(4, 11)
    once, twice = (
      self.make_configured(prompt_templates=('see [TASK]',) * n).score_goals(
        frames, self.goals
      )
      for n in (1, 2)
    )
    _close(twice, once)

  def test_the_version_is_of_what_makes_the_reward(self):
    """Each such field changes it; how it is loaded does not."""
    threshold = self.make_configured().threshold
    versions = [
      self.make_configured(**changes).version
      for changes in (
        {},
        {'threshold': threshold / 2 + 0.01},
        {'window': 2},
        {'hysteresis': (1, 2)},
        {'thresholded': False},
        {'prompt_templates': ('see [TASK]',)},
        {'goal_prompts': {self.later: ('words',)}},
      )
    ]
    self.assertEqual(len(set(versions)), len(versions))
    for changes in ({'offline': True}, {'task_set': tuple(self.goals[:2])}):
      self.assertEqual(self.make_configured(**changes).version, versions[0])

  def test_a_window_of_equal_frames_is_the_frame(self):
    """And so is the first frame of an episode."""
    model = self.make_configured(window=3)
    frames = self.make_frames(_NUM, 12)
    alone = model.score(frames, self._words(_NUM))
    goals = (np.arange(_NUM) % len(self.goals)).astype(np.int32)
    episodes = np.arange(_NUM) + 1
    scorer = self.make_episode_scorer(model)
    for _ in range(4):
      scores = scorer.scores(frames, goals, episodes)
      _close(scores, alone)

  def test_hysteresis_is_k_of_the_newest_n(self):
    """Against a plain loop over two episodes, their frames interleaved."""
    frames = self.make_frames(24, 13)
    alone = self.make_configured().score_goals(frames, self.goals)
    # In the midst of the scores, or nothing or everything were a success.
    threshold = float(np.median(alone[~np.isnan(alone)]))
    model = self.make_configured(hysteresis=(2, 3), threshold=threshold)
    single = model.score(frames, [self.goals[0]] * 24)
    episodes = np.random.default_rng(0).integers(1, 3, 24)
    expected = _two_of_three(single, threshold, episodes)
    goals = np.zeros(24, np.int32)
    scorer = self.make_episode_scorer(model)
    # In several calls, as frames come.
    parts = np.split(np.arange(24), [5, 6, 17])
    scores = np.concatenate(
      [scorer.scores(frames[p], goals[p], episodes[p]) for p in parts]
    )
    success = detection.success(scores, threshold)
    said = np.where(np.isnan(scores), np.nan, success)
    np.testing.assert_array_equal(said, expected)
    rewards = self.make_episode_scorer(model).rewards(frames, goals, episodes)
    np.testing.assert_array_equal(rewards, success.astype(np.float32))

  def test_a_score_as_reward_ends_no_episode(self):
    """Not thresholded, the actors are told of no success."""
    model = self.make_configured(thresholded=False, threshold=0.0)
    scorer = self.make_episode_scorer(model)
    goals, episodes = np.zeros(_NUM, np.int32), np.arange(_NUM)
    rewards = scorer.rewards(self.make_frames(_NUM, 14), goals, episodes)
    np.testing.assert_array_equal(rewards, np.zeros(_NUM))

  def test_nothing_compiles_after_the_warm_up(self):
    """Whatever number of frames comes."""
    model = self.make_configured()
    frames = self.make_frames(21, 15)
    model.warm_up(frames.shape[1:3])
    before = model.compilations
    for num in (1, 7, 21):
      model.score(frames[:num], self._words(num))
      model.score_goals(frames[:num], self.goals)
    self.assertEqual(model.compilations, before)

  def test_bad_texts_give_one_clear_line(self):
    """Empty goals and texts that the model would cut."""
    model = self.make_configured()
    frames = self.make_frames(2, 16)
    for wrong in ('', '  ', self.too_long):
      self._refused(model.score, frames, [self.goals[0], wrong])
      self._refused(model.score_goals, frames, [wrong])
    self._refused(
      lambda: self.make_configured(goal_prompts={self.goals[0]: ()})
    )
    self._refused(
      lambda: self.make_configured(
        goal_prompts={self.goals[0]: (self.too_long,)}
      )
    )


def _two_of_three(
  scores: np.ndarray, threshold: float, episodes: np.ndarray
) -> list[float]:
  """1 where 2 of an episode's newest 3 are above, NaN where that is open."""
  newest: dict[int, list[float]] = {}
  expected = []
  for score, episode in zip(scores, episodes.tolist(), strict=True):
    unknown = bool(np.isnan(score))
    known = np.nan if unknown else float(score > np.float32(threshold))
    newest[episode] = [*newest.get(episode, []), known][-3:]
    least = sum(value == 1 for value in newest[episode])
    most = sum(value != 0 for value in newest[episode])
    expected.append(1.0 if least >= 2 else (np.nan if most >= 2 else 0.0))
  return expected


def _equal(actual: np.ndarray, desired: np.ndarray) -> bool:
  # Batches of another size may differ in the last bits of an embedding.
  return bool(np.allclose(actual, desired, rtol=1e-3, atol=1e-5))


def _close(actual: np.ndarray, desired: np.ndarray) -> None:
  np.testing.assert_allclose(actual, desired, rtol=1e-3, atol=1e-5)
