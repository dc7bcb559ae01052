import collections

import pytest

from acme_vlm import errors, rewards
from acme_vlm.rewards import prompts

GOALS = tuple('abcdefgh')


def test_the_goal_stands_in_the_place_of_the_placeholder():
  assert (
    prompts.fill('Screenshot of [TASK] on Android', 'Gmail')
    == 'Screenshot of Gmail on Android'
  )


def test_a_template_without_placeholder_is_refused():
  with pytest.raises(errors.ConfigError, match=r"\[TASK\], got 'Open it'"):
    prompts.fill('Open it', 'Gmail')


def test_an_empty_goal_is_refused():
  with pytest.raises(errors.ConfigError, match="a goal in words, got ' '"):
    prompts.fill('Open [TASK]', ' ')


def test_the_draw_is_fixed_by_its_seed():
  first = prompts.draw_negatives(GOALS, 4, 1)
  assert prompts.draw_negatives(GOALS, 4, 1) == first
  others = {prompts.draw_negatives(GOALS, 4, seed) for seed in range(10)}
  assert len(others) > 5


def test_the_draw_is_uniform_without_replacement():
  counts = collections.Counter()
  for seed in range(2000):
    drawn = prompts.draw_negatives(GOALS, 2, seed)
    assert len(set(drawn)) == 2
    counts.update(drawn)
  # 500 expected of each; the standard deviation is 19.
  assert set(counts) == set(GOALS)
  assert all(420 < count < 580 for count in counts.values())


def test_more_negatives_than_goals_are_refused():
  with pytest.raises(errors.ConfigError, match=r'of at most the 8 goals .* 9'):
    prompts.draw_negatives(GOALS, 9, 0)


def test_neutral_prompts_follow_the_drawn_ones():
  config = rewards.RewardConfig(
    prompt_templates=('see [TASK]',),
    num_negatives=2,
    extra_negatives=('nothing',),
  )
  made = prompts.make(config, GOALS)
  assert made.goals == tuple((f'see {goal}',) for goal in GOALS)
  assert len(made.negatives) == 3
  assert set(made.negatives[:2]) < set(made.goals)
  assert made.negatives[2] == ('see nothing',)
  assert [f'see {word}' for word in made.words] == [
    n[0] for n in made.negatives
  ]
  assert made.baseline == ()


def test_a_goal_has_its_own_prompts_or_all_templates():
  config = rewards.RewardConfig(
    prompt_templates=('see [TASK]', 'a [TASK]'),
    goal_prompts={'b': ('bee', 'be', 'beta')},
    num_negatives=8,
    extra_negatives=(),
  )
  made = prompts.make(config, GOALS)
  assert made.goals[0] == ('see a', 'a a')
  assert made.goals[1] == ('bee', 'be', 'beta')
  # Where it is another goal's negative too.
  assert made.negatives[made.words.index('b')] == ('bee', 'be', 'beta')


@pytest.mark.parametrize('head', ['cosine', 'sigmoid', 'goal_baseline'])
def test_a_head_has_the_texts_that_it_asks_for(head):
  config = rewards.RewardConfig(head=head, baseline_prompt='a phone')
  made = prompts.make(config, ('a',))
  assert made.words == made.negatives == ()
  expected = ('a phone',) if head == 'goal_baseline' else ()
  assert made.baseline == expected


def test_goals_are_the_same_by_their_words():
  assert prompts.same('Open  Clock ', 'open clock')
  assert not prompts.same('open clock', 'open clocks')


def test_without_neutral_prompts_the_negatives_are_the_papers():
  config = rewards.RewardConfig(num_negatives=8, extra_negatives=())
  made = prompts.make(config, GOALS)
  assert sorted(made.negatives) == sorted(made.goals)


def test_a_goal_without_any_other_negative_is_refused():
  config = rewards.RewardConfig(num_negatives=1, extra_negatives=())
  with pytest.raises(errors.ConfigError, match='a negative other than'):
    prompts.make(config, GOALS)


def test_a_goal_that_stands_twice_is_refused():
  with pytest.raises(errors.ConfigError, match='distinct goals'):
    prompts.make(rewards.RewardConfig(num_negatives=0), ('a', 'a'))


def test_goals_of_other_sorts_do_not_compete():
  """A thing on a bed may be next to another: no negative of one another."""
  goals = ('a duck on a bed', 'a duck on a sofa', 'a duck next to a car')
  config = rewards.RewardConfig(
    negatives_sharing=(' on ', ' next to '), extra_negatives=('nothing',)
  )
  rivals = {
    goal: [w for w in (*goals, 'nothing') if prompts.compete(config, goal, w)]
    for goal in goals
  }
  on = ['a duck on a bed', 'a duck on a sofa', 'nothing']
  assert rivals == {
    goals[0]: on,
    goals[1]: on,
    goals[2]: ['a duck next to a car', 'nothing'],
  }
  config = rewards.RewardConfig(extra_negatives=('nothing',))
  assert all(prompts.compete(config, goals[0], w) for w in goals)


def test_a_goal_that_is_left_without_rivals_is_refused():
  config = rewards.RewardConfig(
    prompt_templates=('[TASK]',),
    num_negatives=2,
    extra_negatives=(),
    negatives_sharing=(' on ', ' next to '),
  )
  with pytest.raises(errors.ConfigError, match="goal 'a duck on a bed', got"):
    prompts.make(config, ('a duck on a bed', 'a car next to a duck'))
