import dm_env
import jax
import jax.numpy as jnp
import numpy as np

from acme_vlm import types
from acme_vlm.acting import actor, actor_core
from acme_vlm.testing import recording_adder

BATCH = 2


class Source:
  """Publishes a new version at each third call."""

  def __init__(self):
    self.calls = 0

  def get_variables(self, names):
    assert list(names) == ['policy']
    self.calls += 1
    version = self.calls // 3
    return [types.Variables(version, np.float32(version))]


class Echo:
  """The action is the parameter; the core state is the sum of actions."""

  def initial_state(self, batch):
    return jnp.zeros((batch, 1))

  def step(self, params, pixels, instruction, first, core_state, sight=None):
    del instruction, first
    logits = jax.nn.one_hot(params.astype(int), 8) * 1e4
    logits = jnp.broadcast_to(logits, (pixels.shape[0], 8))
    return actor_core._UniformOutput(logits, core_state + params)

  def remember(self, core_state, action):
    return core_state


OBSERVATION = {
  'pixels': np.zeros((BATCH, 2, 2, 3), np.uint8),
  'instruction': np.zeros((BATCH, 1), np.int32),
  'first': np.zeros(BATCH, bool),
}


def make(**options):
  core = actor_core.make_actor_core(Echo(), batch_size=BATCH)
  return actor.BatchedActor(core, Source(), seed=0, **options)


def test_parameters_are_fetched_once_per_period_and_when_waited_for():
  source = Source()
  core = actor_core.make_actor_core(Echo(), batch_size=BATCH)
  acting = actor.BatchedActor(core, source, seed=0, update_period=4)
  assert acting.policy_version == -1
  acting.update(wait=True)
  calls = []
  for _ in range(8):
    acting.update()
    calls.append(source.calls)
  assert calls == [1, 1, 2, 2, 2, 2, 3, 3]


def test_extras_tell_the_version_that_acted():
  adders = [recording_adder.RecordingAdder() for _ in range(BATCH)]
  acting = make(adders=adders)
  acting.update(wait=True)
  acting.observe_first({slot: dm_env.restart(0) for slot in range(BATCH)})
  for _ in range(5):
    actions = acting.select_action(OBSERVATION)
    acting.observe(actions, [dm_env.transition(0.0, 0)] * BATCH)
    acting.update()
  for adder in adders:
    _, steps = adder.episodes[0]
    versions = [int(step.extras['policy_version']) for step in steps]
    assert versions == [0, 0, 1, 1, 1]
    assert [int(step.action) for step in steps] == versions
    states = [float(step.extras['core_state'][0]) for step in steps]
    assert states == [0.0, 0.0, 0.0, 1.0, 2.0]


def test_extras_have_the_dtypes_of_replay():
  adder = recording_adder.RecordingAdder()
  acting = make(adders=[adder, recording_adder.RecordingAdder()])
  acting.update(wait=True)
  acting.observe_first({slot: dm_env.restart(0) for slot in range(BATCH)})
  actions = acting.select_action(OBSERVATION)
  acting.observe(actions, [dm_env.transition(0.0, 0)] * BATCH)
  (step,) = adder.episodes[0][1]
  dtypes = {key: (v.dtype, v.shape) for key, v in step.extras.items()}
  assert dtypes == {
    'log_prob': (np.float32, ()),
    'core_state': (np.float32, (1,)),
    'policy_version': (np.int32, ()),
    'episode': (np.int64, ()),
  }
  assert (step.action.dtype, step.action.shape) == (np.int32, ())


def test_episode_numbers_are_unique_over_slots_and_actors():
  seen = []
  for actor_id in range(3):
    acting = make(actor_id=actor_id)
    for slots in ([0, 1], [1], [0], [0, 1]):
      acting.observe_first({slot: dm_env.restart(0) for slot in slots})
      seen += [int(acting.episodes[slot]) for slot in slots]
  assert len(set(seen)) == len(seen) == 18
  assert min(seen) > 0, '0 marks placeholders'
