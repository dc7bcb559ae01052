"""The actors' loop on the real adders and a real replay server."""

import numpy as np
import pytest

from acme_vlm import types
from acme_vlm.acting import actor, actor_core, blind, config, instructions, loop
from acme_vlm.replay import adder, server, source, tables
from acme_vlm.replay import config as replay_config
from acme_vlm.testing import fake_environment, fake_reward_model

SIZE, UNROLL, STEPS = 3, 4, 41
GOALS = fake_environment.GOALS[:4]
VOCABULARY = instructions.Vocabulary(f'open the {goal}' for goal in GOALS)


class Source:
  def get_variables(self, names):
    return [types.Variables(5, None)]


def trajectories(termination):
  """All unrolls that the loop has put into replay, and its log."""
  log = []
  spec = tables.TrajectorySpec((48, 36, 3), VOCABULARY.length, 1)
  with server.ReplayServer(
    replay_config.ReplayConfig(unroll_length=UNROLL, batch_size=2), spec
  ) as replay:
    client = replay.client()
    acting = actor.BatchedActor(
      actor_core.make_uniform_core(16, batch_size=SIZE),
      Source(),
      seed=0,
      adders=[adder.make_adder(client, UNROLL) for _ in range(SIZE)],
    )
    running = loop.VectorizedLoop(
      lambda slot: blind.BlindEnvironment(
        fake_environment.make(slot, end_on_success=False), VOCABULARY
      ),
      acting,
      config.ActorConfig(num_environments=SIZE, termination=termination),
      scorer=fake_reward_model.FakeRewardModel(GOALS),
      episode_log=log.append,
    )
    for _ in range(STEPS):
      running.step()
    pulled = source.UnlabeledSource(replay.client())
    found = []
    while taken := pulled.take(100, 1.0):
      found += taken
    pulled.close()
    running.close()
    client.close()
  return found, log


@pytest.mark.parametrize('termination', ['relabel', 'online'])
def test_unrolls_hold_the_episodes_that_were_played(termination):
  found, log = trajectories(termination)
  lengths = {record.episode: record.length for record in log}
  model = fake_reward_model.FakeRewardModel(GOALS)
  # Transitions of each episode; rows overlap by the last, which has no action.
  counted: dict[int, int] = {}
  for unroll in found:
    rows = slice(0, UNROLL)
    placeholder = unroll.first[1:]
    shown = model.rewards(unroll.pixels[1:], unroll.goal[1:], None)
    for row in np.flatnonzero(~placeholder):
      number = int(unroll.episode[row])
      counted[number] = counted.get(number, 0) + 1
      assert unroll.policy_version[row] == 5
      ended = termination == 'online' and shown[row] > 0
      assert unroll.discount[row] == (0.0 if ended else 1.0)
    np.testing.assert_array_equal(unroll.episode[rows][placeholder], 0)
  whole = [n for n in counted if n in lengths and counted[n] == lengths[n]]
  assert len(whole) >= len(log) - SIZE
  assert all(counted[n] <= lengths.get(n, 10) for n in counted)
