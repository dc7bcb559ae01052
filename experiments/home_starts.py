"""Says from which starts the policy of a run achieves its goals.

  python -m experiments.home_starts runs/playhouse_pick_and_place/seed0

plays the newest checkpoint of a run in training homes, on training goals, with
episodes that begin anywhere, near the goal's object, and, of Pick and Place,
with it in the hand; the last two within sight and within reach. Episodes end
by the truth or in time: what the reward sees is not asked. Prints and writes
`starts.md` into the run's folder: true success, how often a thing that the goal
names was taken, and the mean length of the episodes that succeeded. Options:
--episodes of each kind of start, --greedy True, --seed of the homes.
"""

import dataclasses
import pathlib
import sys
from collections.abc import Sequence

import dm_env
import jax
import numpy as np

from acme_vlm import errors, types
from acme_vlm.acting import actor_core
from acme_vlm.agent import builder, run_directory
from acme_vlm.agent import config as config_lib
from acme_vlm.environments.playhouse import config as home_config
from acme_vlm.environments.playhouse import environment
from acme_vlm.evaluation import evaluator as evaluator_lib
from acme_vlm.evaluation import metrics, results
from acme_vlm.learning import checkpoint
from launch import command_line

PROG = 'python -m experiments.home_starts'
# Shares of starts near, in the hand, and of these within reach.
STARTS: dict[str, tuple[float, float, float]] = {
  'anywhere': (0.0, 0.0, 0.0),
  'near, within sight': (1.0, 0.0, 0.0),
  'near, within reach': (1.0, 0.0, 1.0),
  'held, place in sight': (0.0, 1.0, 0.0),
  'held, place in reach': (0.0, 1.0, 1.0),
}
# Sets these homes apart from those that any run was trained in.
_SEED = 10**15


@dataclasses.dataclass(frozen=True)
class Options:
  """What to play.

  Attributes:
    episodes: of each kind of start, at least 1.
    greedy: whether the likeliest action is taken, in the place of a drawn one.
    seed: of the homes, at least 0.
  """

  episodes: int = 64
  greedy: bool = False
  seed: int = 0

  def __post_init__(self):
    if self.episodes < 1:
      raise errors.ConfigError(f'expected episodes >= 1, got {self.episodes}')
    if self.seed < 0:
      raise errors.ConfigError(f'expected seed >= 0, got {self.seed}')


class Watched(environment.Playhouse):
  """A home that notes whether what the goal is about was in the hand.

  Attributes:
    taken: of each episode, from the first step on.
  """

  def __init__(self, *args, **kwargs):
    """As of `Playhouse`."""
    super().__init__(*args, **kwargs)
    self.taken: list[bool] = []

  def reset(self) -> dm_env.TimeStep:
    """Begins an episode."""
    self.taken.append(False)
    return super().reset()

  def step(self, action: int | np.ndarray) -> dm_env.TimeStep:
    """Takes a step, and looks into the hand."""
    timestep = super().step(action)
    held = self.world.held
    if held is not None and not timestep.first():
      thing, goal = self.world.home.objects[held], self.task
      self.taken[-1] |= thing.kind in (
        goal.kind,
        goal.neighbour,
      ) and goal.colour in (None, thing.colour)
    return timestep


def measure(folder: pathlib.Path, options: Options) -> str:
  """Plays every kind of start; prints a table and leaves it in the folder.

  Args:
    folder: of a run in homes.
    options: see there.

  Returns:
    The table, in Markdown.

  Raises:
    AcmeVlmError: no run in homes there, no checkpoint of it, one of another
      network than its configuration makes now, or the folder is not writable.
  """
  run = run_directory.RunDirectory(folder)
  config = config_lib.read(run.config)
  family = config.environment.name.removeprefix('playhouse/')
  if family == config.environment.name:
    raise errors.ConfigError(
      f'expected a run in homes, got one in {config.environment.name!r}'
    )
  variables = types.Variables(
    0, checkpoint.CheckpointStore(run.checkpoints).parameters()
  )
  parts = builder.Parts(config)
  _check_fits(parts, variables)
  try:
    (folder / 'starts.md').touch()
  except OSError as error:
    raise errors.RunDirectoryError(
      f'expected a folder that can be written to, got {folder}: {error}'
    ) from error
  rows = ['| start | true success | taken | steps |', '|---|---|---|---|']
  print('\n'.join(rows))
  for name, (near, held, reach) in STARTS.items():
    if held and family != 'pick_and_place':
      continue
    home = dataclasses.replace(
      config.environment.home,
      near_starts=near,
      held_starts=held,
      reach_starts=reach,
      start_steps=0,
    )
    episodes, taken = _play(parts, variables, home, options)
    rows.append(_row(name, episodes, None if held else taken))
    print(rows[-1], flush=True)
  (folder / 'starts.md').write_text('\n'.join([*rows, '']))
  return '\n'.join(rows)


def _check_fits(parts: builder.Parts, variables: types.Variables) -> None:
  """Refuses a checkpoint that is not of the policy of the configuration."""
  mine = jax.eval_shape(parts.policy.init, jax.random.key(0))
  told = [
    {
      jax.tree_util.keystr(path): leaf.shape
      for path, leaf in jax.tree_util.tree_flatten_with_path(params)[0]
    }
    for params in (mine, variables.params)
  ]
  if told[0] != told[1]:
    other = sorted(
      k for k in told[0] | told[1] if told[0].get(k) != told[1].get(k)
    )
    raise errors.CheckpointError(
      'expected a checkpoint of the policy that the configuration makes, got '
      f'another {other[0]}'
    )


def _play(
  parts: builder.Parts,
  variables: types.Variables,
  home: home_config.HomeConfig,
  options: Options,
) -> tuple[Sequence[results.EpisodeResult], float]:
  """The episodes of one kind of start, and how many took the object."""
  config = parts.config.environment
  made: list[Watched] = []

  def make(slot: int) -> Watched:
    one = Watched(
      config.name.removeprefix('playhouse/'),
      seed=_SEED + 1000 * options.seed + slot,
      split='train',
      goals=config.goals or None,
      screen=config.screen,
      max_steps=config.max_steps,
      home=home,
    )
    made.append(one)
    return one

  mode = 'greedy' if options.greedy else 'sampled'
  core = actor_core.make_actor_core(
    parts.policy,
    batch_size=parts.config.evaluation.num_environments,
    greedy=options.greedy,
  )
  player = evaluator_lib.Evaluator(
    make,
    {mode: core},
    parts.vocabulary.encode,
    # Never above the threshold: it is not asked.
    lambda frames, *_: np.zeros(len(frames), np.float32),
    1.0,
    parts.config.evaluation,
    eyes=parts.eyes,
    seed=options.seed,
  )
  played = player.evaluate(
    mode, num_episodes=options.episodes, variables=variables
  )
  taken = sum(sum(one.taken) for one in made)
  return played.episodes, taken / len(played.episodes)


def _row(
  name: str, episodes: Sequence[results.EpisodeResult], taken: float | None
) -> str:
  """A row of the table, with the 95 % Wilson interval; None: not asked."""
  lengths = [int(np.argmax(e.achieved)) + 1 for e in episodes if e.true_success]
  found = metrics.wilson_interval(len(lengths), len(episodes))
  steps = f'{np.mean(lengths):.1f}' if lengths else '-'
  return (
    f'| {name} | {100 * found.value:.1f} % ({100 * found.low:.1f} to'
    f' {100 * found.high:.1f}) of {len(episodes)} |'
    f' {"-" if taken is None else f"{100 * taken:.0f} %"} | {steps} |'
  )


def main() -> None:
  """Runs the command line."""
  argv = sys.argv[1:]
  with command_line.user_mistakes():
    if not argv or argv[0] in ('-h', '--help'):
      print(__doc__)
      if not argv:
        raise errors.ConfigError('expected the folder of a run, got none')
      raise SystemExit(0)
    folder = pathlib.Path(argv[0])
    options = command_line.parse(Options(), argv[1:], prog=f'{PROG} {folder}')
    measure(folder, options)
    print(folder / 'starts.md')


if __name__ == '__main__':
  main()
