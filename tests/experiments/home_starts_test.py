import dataclasses

import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.agent import config as config_lib
from acme_vlm.agent import run_directory
from acme_vlm.environments.playhouse import config as home_config
from experiments import home_starts, playhouse_lift


def test_a_watched_home_notes_what_the_hand_took():
  env = home_starts.Watched(
    'pick_and_place',
    seed=3,
    screen=(16, 16),
    home=home_config.HomeConfig(held_starts=1.0),
  )
  env.reset()
  hold, let_go = 1, 0
  env.step(hold)
  assert env.world.held == 0
  env.reset()
  env.step(let_go)
  env.step(let_go)
  assert env.taken == [True, False]


def test_only_runs_in_homes_are_played(tmp_path):
  run = run_directory.RunDirectory(tmp_path)
  config = config_lib.ExperimentConfig(name='phone')
  run.write_config(config_lib.to_json(config))
  with pytest.raises(errors.ConfigError, match='a run in homes'):
    home_starts.measure(tmp_path, home_starts.Options())
  with pytest.raises(errors.RunDirectoryError, match='configuration of a run'):
    home_starts.measure(tmp_path / 'none', home_starts.Options())
  config = dataclasses.replace(playhouse_lift.CONFIG, seed=1)
  run.write_config(config_lib.to_json(config))
  with pytest.raises(errors.CheckpointError, match='expected a checkpoint'):
    home_starts.measure(tmp_path, home_starts.Options())


@pytest.mark.parametrize('fields', [{'episodes': 0}, {'seed': -1}])
def test_options_out_of_range_are_refused(fields):
  with pytest.raises(
    errors.ConfigError, match=f'expected {next(iter(fields))}'
  ):
    home_starts.Options(**fields)


def test_a_row_counts_what_was_achieved():
  def episode(*achieved):
    return type(
      'Episode',
      (),
      {'achieved': np.array(achieved), 'true_success': any(achieved)},
    )

  row = home_starts._row(
    'near',
    [episode(False, False, True), episode(True, True), episode(False)],
    2 / 3,
  )
  assert row.startswith('| near | 66.7 % (20.8 to 93.9) of 3 | 67 % | 2.0 |')
