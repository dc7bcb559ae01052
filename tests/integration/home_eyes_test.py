"""What a policy of the home is fed with, by the shipped reward model."""

import numpy as np
import pytest

from acme_vlm import environments
from acme_vlm.environments.playhouse import captions, config, frames
from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.rewards import RewardConfig, make_reward_model, sight
from experiments import (
  playhouse_find,
  playhouse_lift,
  playhouse_pick_and_place,
)

EXPERIMENTS = (
  playhouse_find.CONFIG,
  playhouse_lift.CONFIG,
  playhouse_pick_and_place.CONFIG,
)


@pytest.fixture(scope='module')
def shown():
  return frames.captioned(
    config.HomeConfig(), split='validation', seed=7, num=300, screen=(72, 96)
  )


@pytest.mark.parametrize('experiment', EXPERIMENTS, ids=lambda e: e.name)
def test_every_map_is_bright_where_its_words_are_true_and_dark_elsewhere(
  shown, experiment
):
  """Maps that nobody trained are always bright, and blind the policy."""
  name = experiment.environment.name
  model = make_reward_model(
    RewardConfig(
      checkpoint=experiment.reward.checkpoint,
      prompt_templates=('[TASK]',),
      task_set=environments.goals(name),
      num_negatives=1,
      extra_negatives=experiment.reward.extra_negatives,
    )
  )
  family = name.partition('/')[2]
  goals = goals_lib.goals(family, 'common')[::9]
  phrases = [goals_lib.phrases(goal) for goal in goals]
  eyes = sight.Sight(model, phrases, goals_lib.BACKGROUND)
  num_maps, rows, columns = eyes.grid
  bank = captions.bank('common')
  true: list[list[np.ndarray]] = [[] for _ in range(num_maps)]
  false: list[list[np.ndarray]] = [[] for _ in range(num_maps)]
  for n, texts in enumerate(phrases):
    seen = eyes.see(shown.frames, np.full(len(shown.frames), n, np.int32))
    maps = seen[:, : num_maps * rows * columns].reshape(
      -1, num_maps, rows, columns
    )
    for k, text in enumerate(texts):
      place = bank.texts.index(text)
      here = (shown.places == place).any(axis=-1)
      true[k].append(maps[:, k][here])
      false[k].append(maps[:, k][~here])
  for k in range(num_maps):
    bright, dark = np.concatenate(true[k]), np.concatenate(false[k])
    assert len(bright) > 20
    assert bright.mean() > 0.4 and dark.mean() < 0.1, (k, phrases[0][k])
