import json

import jax
import numpy as np
import pytest

from acme_vlm import errors
from acme_vlm.agent import beginning, run_directory
from acme_vlm.agent.config import (
  EnvironmentConfig,
  ExperimentConfig,
  RunConfig,
  to_json,
)
from acme_vlm.learning import checkpoint
from acme_vlm.learning import state as state_lib
from acme_vlm.learning.config import LearnerConfig
from acme_vlm.networks import policy
from acme_vlm.networks.policy import PolicyConfig


def fresh(seed, num_words=7, hidden_size=8, switch=None):
  made = policy.make_policy(
    PolicyConfig(
      eyes='reward_model',
      grid=None,
      hidden_size=hidden_size,
      core_size=4,
      switch=switch,
    ),
    num_actions=6,
    frame_shape=(8, 8, 3),
    num_words=num_words,
    sight_grid=(1, 2, 3),
  )
  optimizer = state_lib.make_optimizer(LearnerConfig())
  return state_lib.initial(made, optimizer, jax.random.key(seed))


def config(folder, oracle=False, task='playhouse/lift'):
  return ExperimentConfig(
    name='next',
    environment=EnvironmentConfig(name=task),
    run=RunConfig(start=str(folder), oracle_reward=oracle),
  )


@pytest.fixture
def written(tmp_path):
  """Another run: its folder, and the state of its checkpoint."""

  def write(oracle=False, **changes):
    state = fresh(1, **changes)
    store = checkpoint.CheckpointStore(tmp_path / 'checkpoints')
    store.save(3, state)
    store.close()
    theirs = to_json(config('', oracle, task='playhouse/find'))
    (tmp_path / 'config.json').write_text(json.dumps({'config': theirs}))
    return tmp_path, state

  return write


def same(one, other):
  return {
    jax.tree_util.keystr(path): np.array_equal(leaf, other_leaf)
    for (path, leaf), other_leaf in zip(
      jax.tree_util.tree_flatten_with_path(one)[0],
      jax.tree.leaves(other),
      strict=True,
    )
    # Zeros are the same of every seed.
    if np.any(np.asarray(leaf))
  }


def test_a_run_begins_with_the_parameters_of_another(written):
  folder, theirs = written()
  mine = fresh(2)
  begun = beginning.begin(config(folder), mine)
  equal = same(begun.params, theirs.params)
  # What is expected of another task is no value of this one.
  assert {path for path in equal if not equal[path]} == {
    path for path in equal if 'value' in path or 'instruction' in path
  }
  assert not any(same(mine.params, theirs.params).values())
  assert int(begun.steps) == 0
  jax.tree.map(np.testing.assert_array_equal, begun.opt_state, mine.opt_state)


def test_a_full_hand_begins_anew(written):
  folder, theirs = written(switch=0.5)
  begun = beginning.begin(config(folder), fresh(2, switch=0.5))
  anew = {
    path
    for path, equal in same(begun.params, theirs.params).items()
    if not equal
  }
  assert {path.split("'")[3] for path in anew} == {
    'value',
    'value_switched',
    'actions_switched',
    'instruction',
  }


def test_a_policy_with_heads_more_begins_as_one_without(written):
  folder, theirs = written()
  begun = beginning.begin(config(folder), fresh(2, switch=0.5))
  equal = same(begun.params['params']['maps'], theirs.params['params']['maps'])
  assert equal and all(equal.values())


@pytest.mark.parametrize(
  'changes',
  [{'goals': ['a red duck up close']}, {'home': {'goal_set': 'diverse'}}],
)
def test_of_other_goals_of_the_family_words_begin_anew(written, changes):
  folder, theirs = written()
  values = json.loads((folder / 'config.json').read_text())
  values['config']['environment'] |= changes
  (folder / 'config.json').write_text(json.dumps(values))
  begun = beginning.begin(config(folder, task='playhouse/find'), fresh(2))
  equal = same(begun.params, theirs.params)
  assert not all(v for k, v in equal.items() if 'instruction' in k)
  assert all(v for k, v in equal.items() if "['maps']" in k)


def test_of_the_same_goals_nothing_begins_anew(written):
  folder, theirs = written(switch=0.5)
  begun = beginning.begin(
    config(folder, task='playhouse/find'), fresh(2, switch=0.5)
  )
  assert all(same(begun.params, theirs.params).values())


def test_words_have_other_numbers_and_begin_anew(written, capsys):
  folder, _ = written(num_words=9)
  mine = fresh(2)
  begun = beginning.begin(config(folder), mine)
  other = same(fresh(1).params, begun.params)
  new = [path for path, equal in other.items() if not equal]
  assert 1 <= len(new) < len(other)
  assert all('instruction' in p or 'value' in p for p in new)
  assert str(folder) in capsys.readouterr().out


def test_what_learned_from_the_true_reward_begins_no_other_run(written):
  folder, theirs = written(oracle=True)
  with pytest.raises(errors.ConfigError, match='not trained on the true rew'):
    beginning.begin(config(folder), fresh(2))
  begun = beginning.begin(config(folder, oracle=True), fresh(2))
  assert sum(same(begun.params, theirs.params).values()) > 4


def test_a_policy_unlike_it_is_refused(written):
  folder, _ = written()
  with pytest.raises(errors.CheckpointError, match='a policy like this one'):
    beginning.begin(config(folder), fresh(2, hidden_size=16))


def test_a_resumed_run_neither_began_nor_learned_otherwise(written):
  folder, _ = written()
  run = run_directory.RunDirectory(folder)
  beginning.check_resumed(config(''), run)
  with pytest.raises(errors.ConfigError, match="start '' of the resumed"):
    beginning.check_resumed(config('elsewhere'), run)
  with pytest.raises(errors.ConfigError, match='oracle_reward False of'):
    beginning.check_resumed(config('', oracle=True), run)


def test_a_folder_that_is_no_run_or_broken_is_refused(written, tmp_path):
  with pytest.raises(errors.CheckpointError, match='the folder of a run in'):
    beginning.begin(config(tmp_path / 'nowhere'), fresh(2))
  folder, _ = written()
  for file in (folder / 'checkpoints' / '3').rglob('*'):
    if file.is_file() and file.name != 'digests.json':
      file.write_bytes(b'')
  with pytest.raises(errors.CheckpointError, match='a whole checkpoint'):
    beginning.begin(config(folder), fresh(2))


def test_a_run_without_a_checkpoint_is_refused(tmp_path):
  told = {'config': to_json(config(''))}
  (tmp_path / 'config.json').write_text(json.dumps(told))
  with pytest.raises(errors.CheckpointError, match='expected a checkpoint in'):
    beginning.begin(config(tmp_path), fresh(2))
