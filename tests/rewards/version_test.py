import dataclasses
import shutil

import pytest

from acme_vlm import replicate, rewards

GOALS = ('gmail', 'sheets', 'clock', 'phone')


@pytest.fixture(scope='module')
def first(clip_folder):
  config = rewards.RewardConfig(
    checkpoint=clip_folder, num_negatives=3, temperature=0.5, threshold=0.3
  )
  return _model(config)


def _model(config, goals=GOALS, like=None, sizes=(8,)):
  return rewards.make_reward_model(
    config,
    goals,
    service=rewards.ServiceConfig(batch_sizes=sizes),
    devices=replicate.local_devices(1),
    like=like,
  )


def _version(first, goals=GOALS, **changes):
  # Taking over the towers spares compilations; the version looks at content.
  config = dataclasses.replace(first.config, **changes)
  return _model(config, goals, like=first).version


BASELINE = {'head': 'goal_baseline', 'baseline_prompt': 'a phone'}


@pytest.mark.parametrize(
  ('base', 'change'),
  [
    ({}, {'prompt_templates': ('Open [TASK]',)}),
    ({}, {'prompt_templates': ('Open [TASK]', 'a [TASK]')}),
    ({}, {'goal_prompts': {'clock': ('a clock',)}}),
    ({}, {'goal_prompts': {'some goal added later': ('text',)}}),
    ({}, {'num_negatives': 2}),
    ({}, {'negatives_seed': 5}),
    ({}, {'extra_negatives': ()}),
    ({}, {'temperature': 0.4}),
    ({}, {'temperature': None}),
    ({}, {'threshold': 0.31}),
    ({}, {'thresholded': False}),
    ({}, {'window': 2}),
    ({}, {'hysteresis': (1, 2)}),
    ({'hysteresis': (1, 2)}, {'hysteresis': (2, 2)}),
    ({}, {'head': 'cosine'}),
    ({'head': 'sigmoid'}, {'bias': 0.5}),
    ({'head': 'sigmoid'}, {'temperature': 0.4}),
    (BASELINE, {'baseline_prompt': 'another phone'}),
    (BASELINE, {'baseline_alpha': 0.6}),
  ],
)
def test_each_ingredient_changes_it(first, base, change):
  assert _version(first, **base) != _version(first, **base | change)


def test_templates_count_for_goals_that_come_later(first):
  texts = {goal: (f'a {goal}',) for goal in (*GOALS, 'the home screen')}
  versions = {
    _version(first, goal_prompts=texts, prompt_templates=(template,))
    for template in ('Open [TASK]', 'a [TASK]')
  }
  assert len(versions) == 2


@pytest.mark.parametrize(
  ('base', 'change'),
  [
    ({}, {'offline': True}),
    ({}, {'cache_dir': 'somewhere'}),
    ({}, {'task_set': ('not', 'asked')}),
    # No part of the score of this head, or of an ensemble of one.
    ({}, {'ensemble': 'min'}),
    ({}, {'bias': 3.0}),
    ({}, {'baseline_prompt': 'a phone', 'baseline_alpha': 0.1}),
    ({'head': 'cosine'}, {'temperature': 0.4}),
    ({'head': 'cosine'}, {'num_negatives': 1, 'extra_negatives': ()}),
  ],
)
def test_what_makes_no_score_does_not_change_it(first, base, change):
  assert _version(first, **base) == _version(first, **base | change)


def test_what_the_checkpoint_was_trained_to_may_be_said_by_number(first):
  model = first.members[0].towers.model
  numbers = {'temperature': model.temperature, 'bias': model.logit_bias}
  none = {'temperature': None, 'bias': None}
  for head in ('softmax', 'sigmoid'):
    by_number, own = ({'head': head} | given for given in (numbers, none))
    assert _version(first, **by_number) == _version(first, **own)


def test_the_weights_and_the_task_set_change_it(first, other_clip_folder):
  assert _version(first, checkpoint=other_clip_folder) != first.version
  assert _version(first, (*GOALS, 'maps')) != first.version


def test_members_and_how_they_are_combined_change_it(first, other_clip_folder):
  versions = {
    _version(first, members=(other_clip_folder,), ensemble=kind)
    for kind in ('mean', 'min', 'agree')
  }
  assert len(versions | {first.version}) == 4


def test_a_type_of_computation_changes_it(first):
  assert _version(first, dtype='bfloat16') != first.version


def test_a_copy_of_the_checkpoint_and_another_speed_do_not(first, tmp_path):
  copy = shutil.copytree(first.config.checkpoint, tmp_path / 'copy')
  moved = dataclasses.replace(first.config, checkpoint=str(copy))
  assert _model(moved, sizes=(4, 16)).version == first.version


def test_weights_written_anew_in_place_change_it(
  first, other_clip_folder, tmp_path
):
  place = shutil.copytree(first.config.checkpoint, tmp_path / 'place')
  config = dataclasses.replace(first.config, checkpoint=str(place))
  before = _model(config)
  assert before.version == first.version
  shutil.copytree(other_clip_folder, place, dirs_exist_ok=True)
  after = _model(config, like=before)
  assert after.version != before.version


def test_it_fits_a_signed_64_bit_integer(first):
  versions = [_version(first, temperature=0.1 * n) for n in range(1, 12)]
  assert all(0 <= v < 2**63 for v in versions)
  assert max(versions) > 2**61
