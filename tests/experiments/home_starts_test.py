import dataclasses

import jax
import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.agent import builder, run_directory
from acme_vlm.agent import config as config_lib
from acme_vlm.environments.playhouse import config as home_config
from acme_vlm.learning import checkpoint
from acme_vlm.learning import state as state_lib
from experiments import home_starts, playhouse_lift, playhouse_pick_and_place


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


def test_starts_of_a_run_are_played(tmp_path, capsys):
  """A policy that knows nothing, of Pick and Place: five kinds of starts."""
  config = playhouse_pick_and_place.CONFIG
  config = dataclasses.replace(
    config,
    environment=dataclasses.replace(config.environment, max_steps=3),
    evaluation=dataclasses.replace(config.evaluation, num_environments=2),
  )
  run = run_directory.RunDirectory(tmp_path)
  run.write_config(config_lib.to_json(config))
  parts = builder.Parts(config)
  optimizer = state_lib.make_optimizer(config.learner)
  store = checkpoint.CheckpointStore(run.checkpoints)
  state = state_lib.initial(parts.policy, optimizer, jax.random.key(0))
  store.save(1, state)
  store.close()
  table = home_starts.measure(tmp_path, home_starts.Options(episodes=4))
  rows = table.splitlines()[2:]
  assert [row.split('|')[1].strip() for row in rows] == list(home_starts.STARTS)
  # Nothing is said of what was in the hand at first.
  assert [row.split('|')[3].strip() == '-' for row in rows] == 3 * [False] + [
    True
  ] * 2
  assert all('of 4' in row for row in rows)
  assert (tmp_path / 'starts.md').read_text() == table + '\n'
  assert table == capsys.readouterr().out.strip()
  other = dataclasses.replace(config.policy, switch=0.5)
  config = dataclasses.replace(config, policy=other)
  run.write_config(config_lib.to_json(config))
  with pytest.raises(errors.CheckpointError, match='actions_switched'):
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
