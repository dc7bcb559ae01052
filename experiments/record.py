"""Records episodes with their ground truth, for reports and calibration.

  python -m experiments.record android/open_common_apps --out FOLDER

Solver, erring solver and random policy take turns. Ctrl-C stops; the same
command with `--resume` goes on, and the episodes are those that one
uninterrupted command would have recorded. The format is described in
docs/recorded_episodes.md.
"""

import contextlib
import dataclasses
import datetime
import functools
import json
import multiprocessing
import pathlib
import signal
import sys
import time
from collections.abc import Iterator

from acme_vlm import datasets, environments, errors
from acme_vlm.agent import run_directory
from acme_vlm.datasets import episodes as episode_files
from experiments import recording, recording_report
from launch import command_line

PROG = 'python -m experiments.record'
_INTERRUPTED = 130  # Exit code, as shells have it for Ctrl-C.
_SECONDS_BETWEEN_LINES = 10.0


@dataclasses.dataclass(frozen=True)
class Record:
  """Records episodes of an environment with their ground truth."""

  out: pathlib.Path = pathlib.Path('recordings')
  """Folder to record to; new, empty, or (with resume) of the same command."""

  episodes: int = 200
  """Episodes in the folder at the end; at least 1."""

  split: str = 'validation'
  """Whose worlds: 'train', 'validation' or 'evaluation'."""

  seed: int = 0
  """Of all episodes; at least 0."""

  solver_fraction: float = 0.5
  """Share of episodes that the scripted solver plays, in [0, 1]; the rest are
  random. 0 needs no solver."""

  noisy_fraction: float = 0.5
  """Share of the solver's episodes in which it errs, so that near misses
  appear, in [0, 1]."""

  epsilon: float = 0.4
  """Chance of a random action where it errs, in [0, 1]."""

  linger: int = 3
  """Steps that a solver's episode goes on for after success; at least 0."""

  max_steps: int = 1000
  """Cuts the episodes of environments that have no time-out; at least 1."""

  options: str = '{}'
  """Options of the environment as JSON, such as '{"screen": [224, 134]}'."""

  processes: int = 1
  """Processes that play; at least 1. Their number changes no episode."""

  sheet: bool = True
  """Draws some episodes into sheet.png in the folder."""

  def __post_init__(self):
    for name in ('episodes', 'processes'):
      if getattr(self, name) < 1:
        raise errors.ConfigError(
          f'expected {name} >= 1, got {getattr(self, name)}'
        )


def plan_of(environment: str, args: Record) -> recording.Plan:
  """What of the command line determines the episodes."""
  try:
    options = json.loads(args.options)
  except ValueError as error:
    raise errors.ConfigError(
      f'expected options as JSON, got {args.options!r}: {error}'
    ) from error
  if not isinstance(options, dict):
    raise errors.ConfigError(
      f'expected options as a JSON object, got {args.options!r}'
    )
  # JSON has no tuples, and environments compare shapes with theirs.
  options = {
    name: tuple(value) if isinstance(value, list) else value
    for name, value in options.items()
  }
  fields = {field.name for field in dataclasses.fields(recording.Plan)}
  same = {name: value for name, value in vars(args).items() if name in fields}
  return recording.Plan(
    **same | {'environment': environment, 'options': options}
  )


def open_writer(
  plan: recording.Plan, args: Record, resume: bool
) -> datasets.EpisodeWriter:
  """Makes the dataset, or goes on with the one that the same plan began."""
  asked = json.loads(json.dumps(dataclasses.asdict(plan)))
  # Made here once: its mistakes are told before anything is written.
  environment = recording.make_environment(plan, plan.seed)
  try:
    if plan.solver_fraction:
      environments.solver(environment)
    writer = datasets.create(
      args.out,
      goals=environment.goals,
      instructions=environment.instructions,
      environment=plan.environment,
      metadata={
        'plan': asked,
        'split': plan.split,
        'command': [*PROG.split(), *sys.argv[1:]],
        'commit': run_directory.git_commit(),
        'date': datetime.datetime.now(datetime.UTC).isoformat('T', 'seconds'),
      },
      resume=resume,
    )
  finally:
    environment.close()
  found = writer.metadata.get('plan', {})
  for name, value in asked.items():
    if found.get(name) != value:
      raise errors.ConfigError(
        f'expected to go on with {name} {found.get(name)!r} of {args.out}, got '
        f'{value!r}'
      )
  return writer


@contextlib.contextmanager
def episodes_of(
  plan: recording.Plan, indices: range, processes: int
) -> Iterator[Iterator[datasets.Episode]]:
  """Plays the episodes of these numbers and gives them in order."""
  play = functools.partial(recording.play, plan)
  if processes == 1:
    yield map(play, indices)
    return
  # Spawned: a process that has drawn may not be forked.
  context = multiprocessing.get_context('spawn')
  ignore = (signal.SIGINT, signal.SIG_IGN)
  with context.Pool(processes, signal.signal, ignore) as pool:
    yield pool.imap(play, indices)


def record(plan: recording.Plan, args: Record, resume: bool) -> None:
  """Records what is missing, and tells of what lies there then."""
  writer = open_writer(plan, args, resume)
  indices = range(len(writer), args.episodes)
  frames, began = 0, time.monotonic()
  told = began
  try:
    with episodes_of(plan, indices, args.processes) as episodes:
      for episode in episodes:
        writer.append(episode)
        frames += episode.num_frames
        seconds = time.monotonic() - began
        line = (
          f'{len(writer)}/{args.episodes} episodes, {frames} frames, '
          f'{frames / seconds:.0f} frames/s'
        )
        if sys.stdout.isatty():
          print(f'\r{line}', end='', flush=True)
        elif time.monotonic() - told > _SECONDS_BETWEEN_LINES:
          told = time.monotonic()
          print(line, flush=True)
  except KeyboardInterrupt:
    # Counted on disk: it may have come between a file and its count.
    written = episode_files.count(args.out)
    print(
      f'\nstopped after {written} of {args.episodes} episodes in {args.out}'
      '; the same command with --resume goes on'
    )
    raise SystemExit(_INTERRUPTED) from None
  if sys.stdout.isatty():
    print()
  dataset = datasets.open_dataset(args.out)
  print(recording_report.table(dataset))
  if frames:
    print(f'{frames / (time.monotonic() - began):.0f} frames/s recorded')
  if args.sheet:
    path = args.out / 'sheet.png'
    recording_report.draw_sheet(dataset).save(path, optimize=True)
    print(path)


def main() -> None:
  argv = [arg for arg in sys.argv[1:] if arg != '--resume']
  prog = f'{PROG} ENVIRONMENT [--resume]'
  with command_line.user_mistakes():
    if argv[:1] in ([], ['--help'], ['-h']):
      command_line.parse(Record(), ['--help'], prog=prog)
    if argv[0].startswith('-'):
      raise errors.ConfigError(
        f'expected the name of an environment before the options, got {argv[0]}'
      )
    args = command_line.parse(Record(), argv[1:], prog=prog)
    record(plan_of(argv[0], args), args, resume='--resume' in sys.argv)


if __name__ == '__main__':
  main()
