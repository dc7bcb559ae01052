import contextlib
import functools
import threading
from typing import NamedTuple

import jax
import numpy as np
import pytest

from acme_vlm import errors, types
from acme_vlm.acting import actor, actor_core, blind, config, instructions, loop
from acme_vlm.networks import policy as policy_lib
from acme_vlm.networks.policy_config import PolicyConfig
from acme_vlm.testing import (
  fake_environment,
  fake_eyes,
  fake_reward_model,
  recording_adder,
)

SIZE = 6
GOALS = fake_environment.GOALS[:4]
VOCABULARY = instructions.Vocabulary(f'open the {goal}' for goal in GOALS)
POLICY = policy_lib.make_policy(
  PolicyConfig(grid=(4, 3), channels=(4, 6), strides=(3,), core_size=5),
  num_actions=16,
  frame_shape=(48, 36, 3),
  num_words=VOCABULARY.num_ids,
)
PARAMS = jax.tree.map(lambda x: 2.0 * x, POLICY.init(jax.random.key(3)))


class Source:
  def get_variables(self, names):
    return [types.Variables(7, PARAMS)]


class Run:
  """A loop over fake environments, with everything it told anyone."""

  def __init__(
    self,
    termination='relabel',
    threads=1,
    kind=fake_environment.FakeEnvironment,
    core=None,
    eyes=None,
  ):
    self.adders = [recording_adder.RecordingAdder() for _ in range(SIZE)]
    self.records: list[loop.EpisodeRecord] = []
    self.counter = loop.counting.Counter()
    self.loop = loop.VectorizedLoop(
      lambda slot: blind.BlindEnvironment(
        kind(seed=slot, end_on_success=False), VOCABULARY
      ),
      actor.BatchedActor(
        core or uniform_core(), Source(), seed=0, adders=self.adders
      ),
      config.ActorConfig(
        num_environments=SIZE, termination=termination, threads=threads
      ),
      scorer=fake_reward_model.FakeRewardModel(GOALS),
      eyes=eyes,
      episode_log=self.records.append,
      counter=self.counter,
    )

  def steps(self, number=120):
    for _ in range(number):
      self.loop.step()
    return self

  def episodes(self):
    """Finished episodes of all slots."""
    return [
      (first, steps)
      for adder in self.adders
      for first, steps in adder.episodes
      if steps and steps[-1].next_timestep.last()
    ]


@functools.cache
def uniform_core():
  return actor_core.make_uniform_core(16, batch_size=SIZE)


@functools.cache
def policy_core():
  return actor_core.make_actor_core(POLICY, batch_size=SIZE)


def shows_goal(timestep):
  observation = timestep.observation
  model = fake_reward_model.FakeRewardModel(GOALS)
  (score,) = model.score(
    observation['pixels'][None], [GOALS[int(observation['goal'])]]
  )
  return score > model.threshold


def test_relabel_runs_every_episode_to_its_time_out():
  episodes = Run('relabel').steps().episodes()
  assert any(
    shows_goal(step.next_timestep) for _, steps in episodes for step in steps
  )
  for _, steps in episodes:
    assert len(steps) == 10
    assert all(step.next_timestep.discount == 1.0 for step in steps)


def test_online_ends_an_episode_exactly_at_its_first_reward():
  episodes = Run('online').steps().episodes()
  rewarded = 0
  for _, steps in episodes:
    *before, last = (shows_goal(step.next_timestep) for step in steps)
    assert not any(before)
    assert last or len(steps) == 10
    assert [step.next_timestep.discount for step in steps] == [1.0] * len(
      before
    ) + [0.0 if last else 1.0]
    rewarded += last
  assert 0 < rewarded < len(episodes)


@pytest.mark.parametrize('termination', ['relabel', 'online'])
def test_no_reward_reaches_the_adders(termination):
  for _, steps in Run(termination).steps().episodes():
    assert all(step.next_timestep.reward == 0.0 for step in steps)


class NoisyReward(fake_environment.FakeEnvironment):
  def step(self, action):
    timestep = super().step(action)
    if timestep.first():
      return timestep
    noise = float(np.random.default_rng().normal())
    return timestep._replace(reward=noise)


@pytest.mark.parametrize('termination', ['relabel', 'online'])
def test_noise_as_true_reward_changes_no_bit_of_what_the_adders_get(
  termination,
):
  plain = Run(termination, core=policy_core()).steps(40)
  noisy = Run(termination, core=policy_core(), kind=NoisyReward).steps(40)
  assert len(plain.episodes()) > SIZE
  for a, b in zip(plain.adders, noisy.adders, strict=True):
    jax.tree.map(np.testing.assert_array_equal, a.episodes, b.episodes)
  returns = [[r.true_return for r in run.records] for run in (plain, noisy)]
  assert returns[0] != returns[1], 'the log does see it'


def test_threads_change_nothing():
  plain, threaded = Run('online').steps(40), Run('online', 3).steps(40)
  for a, b in zip(plain.adders, threaded.adders, strict=True):
    jax.tree.map(np.testing.assert_array_equal, a.episodes, b.episodes)
  threaded.loop.close()


def test_extras_are_what_the_policy_says_when_asked_again():
  run = Run('online', core=policy_core()).steps(30)
  policy_step = jax.jit(POLICY.step)
  for adder in run.adders:
    state = POLICY.initial_state(1)
    for first, steps in adder.episodes:
      timestep = first
      for step in steps:
        np.testing.assert_allclose(
          step.extras['core_state'], state[0], atol=1e-5
        )
        output = policy_step(
          PARAMS,
          timestep.observation['pixels'][None],
          timestep.observation['instruction'][None],
          np.array([timestep.first()]),
          state,
        )
        log_probs = jax.nn.log_softmax(output.logits)[0]
        np.testing.assert_allclose(
          step.extras['log_prob'], log_probs[step.action], atol=1e-4
        )
        assert step.extras['policy_version'] == 7
        state, timestep = output.core_state, step.next_timestep


def test_observations_follow_on_each_other_and_on_the_environment():
  run = Run('relabel').steps(35)
  for slot, adder in enumerate(run.adders):
    alone = fake_environment.FakeEnvironment(seed=slot, end_on_success=False)
    for first, steps in adder.episodes:
      expected = alone.reset()
      np.testing.assert_array_equal(
        first.observation['pixels'], expected.observation['pixels']
      )
      for step in steps:
        expected = alone.step(step.action)
        observation = step.next_timestep.observation
        np.testing.assert_array_equal(
          observation['pixels'], expected.observation['pixels']
        )
        assert observation['goal'] == alone.goal_index
        assert step.next_timestep.step_type == expected.step_type


@pytest.mark.parametrize('termination', ['relabel', 'online'])
def test_every_observation_has_the_sight_of_its_frame_and_goal(termination):
  eyes = fake_eyes.FakeEyes(GOALS)
  run = Run(termination, eyes=eyes).steps(40)
  asked, again = list(eyes.asked), fake_eyes.FakeEyes(GOALS)
  begun = 0
  for adder in run.adders:
    for first, steps in adder.episodes:
      begun += 1
      for timestep in (first, *(step.next_timestep for step in steps)):
        seen = timestep.observation
        (expected,) = again.see(seen['pixels'][None], seen['goal'][None])
        np.testing.assert_array_equal(seen['sight'], expected)
  # Each frame once: all slots at each step, and those that begin an episode.
  assert asked.count(SIZE) >= 41
  assert sum(asked) == 40 * SIZE + begun


class Watching(NamedTuple):
  """Keeps what it acts on."""

  seen: list

  def initial_state(self, batch):
    return np.zeros((batch, 1), np.float32)

  def step(self, params, pixels, instruction, first, core_state, sight=None):
    def keep(*row):
      self.seen.append([np.array(x) for x in row])

    jax.debug.callback(keep, pixels, sight, ordered=True)
    return actor_core._UniformOutput(jax.numpy.zeros((SIZE, 16)), core_state)

  def remember(self, core_state, action):
    return core_state


def test_the_policy_acts_on_the_sight_of_the_newest_frames():
  watching, goals = Watching([]), []
  core = actor_core.make_actor_core(watching, batch_size=SIZE)
  run = Run('online', core=core, eyes=fake_eyes.FakeEyes(GOALS))
  run.steps(1)
  for _ in range(25):
    goals.append(run.loop._goals.copy())
    run.steps(1)
  jax.effects_barrier()
  again = fake_eyes.FakeEyes(GOALS)
  assert len(watching.seen) == 26
  for (pixels, sight), goal in zip(watching.seen[1:], goals, strict=True):
    np.testing.assert_array_equal(sight, again.see(pixels, goal))


def test_eyes_look_before_the_scorer():
  order = []

  class Eyes(fake_eyes.FakeEyes):
    def see(self, frames, goals):
      order.append(('eyes', len(frames)))
      return super().see(frames, goals)

  run = Run('online', eyes=Eyes(GOALS))
  scorer = run.loop._scorer
  rewards = scorer.rewards

  def note(*row):
    order.append(('scorer', SIZE))
    return rewards(*row)

  scorer.rewards = note
  run.steps(1)
  assert order[:3] == [('eyes', SIZE), ('eyes', SIZE), ('scorer', SIZE)]


@pytest.mark.parametrize('termination', ['relabel', 'online'])
def test_the_log_agrees_with_what_was_added(termination):
  run = Run(termination).steps()
  by_number = {r.episode: r for r in run.records}
  assert len(by_number) == len(run.records) == len(run.episodes())
  for first, steps in run.episodes():
    record = by_number[int(steps[0].extras['episode'])]
    assert {int(s.extras['episode']) for s in steps} == {record.episode}
    assert record.length == len(steps)
    assert record.goal == first.observation['goal']
    shown = any(shows_goal(step.next_timestep) for step in steps)
    assert record.true_return == float(shown)
    known = termination == 'online'
    assert record.vlm_success == (shown if known else None)
  assert run.counter.get_counts()[loop.FRAMES] == 120 * SIZE
  assert run.records[-1].environment_frames == 120 * SIZE


@pytest.mark.parametrize('stopped', [True, False])
@pytest.mark.parametrize('kind', [errors.ReplayError, ArithmeticError])
def test_only_the_end_of_replay_after_a_stop_is_forgiven(stopped, kind):
  run = Run()
  stop = threading.Event()

  def break_down(record):
    if stopped:
      stop.set()
    raise kind('gone')

  run.loop._log = break_down
  forgiven = stopped and kind is errors.ReplayError
  with contextlib.nullcontext() if forgiven else pytest.raises(kind):
    run.loop.run(stop)


def test_metrics_split_the_time():
  run = Run('online').steps(20)
  figures = run.loop.metrics()
  shares = [v for key, v in figures.items() if key.endswith('_share')]
  assert len(shares) == 4 and min(shares) > 0 and sum(shares) <= 1.0
  assert figures['frames_per_second'] > 0
  assert run.loop.metrics()['frames_per_second'] == 0


def test_online_needs_a_scorer():
  core = uniform_core()
  with pytest.raises(errors.ConfigError, match='expected a reward scorer'):
    loop.VectorizedLoop(
      lambda slot: None,
      actor.BatchedActor(core, Source(), seed=0),
      config.ActorConfig(num_environments=SIZE, termination='online'),
    )
