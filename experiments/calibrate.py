"""Chooses an experiment's temperature and threshold on labeled frames.

  python -m experiments.calibrate experiments/open_common_apps.py

Frames are of validation phones, which neither training nor evaluation sees:
one half chooses, the other half says what was reached. The two numbers are
written into the experiment file.
"""

import dataclasses
import pathlib
import sys

import numpy as np

from acme_vlm import environments, errors, rewards
from acme_vlm.agent import config as config_lib
from acme_vlm.environments.android import frames as frames_lib
from acme_vlm.evaluation import metrics
from acme_vlm.ops import detection
from acme_vlm.rewards import calibration, config_source, scorer
from launch import command_line

PROG = 'python -m experiments.calibrate EXPERIMENT.py'


@dataclasses.dataclass(frozen=True)
class Calibrate:
  """Chooses an experiment's temperature and threshold on labeled frames.

  Attributes:
    experiment: experiment file, whose numbers are replaced.
    precision: precision wanted, in (0, 1].
    frames: frames in each half, at least 1.
    home_fraction: share of frames that show no goal, in [0, 1].
    seed: of the frames.
    dry_run: prints, but writes nothing.
  """

  experiment: pathlib.Path = pathlib.Path('experiments/open_common_apps.py')
  precision: float = 0.98
  frames: int = 2000
  home_fraction: float = 0.5
  seed: int = 0
  dry_run: bool = False

  def __post_init__(self):
    if not 0 < self.precision <= 1:
      raise errors.ConfigError(
        f'expected a precision in (0, 1], got {self.precision}'
      )
    if self.frames < 1 or not 0 <= self.home_fraction <= 1:
      raise errors.ConfigError(
        'expected frames >= 1 and a home_fraction in [0, 1], '
        f'got {self.frames} and {self.home_fraction}'
      )


def compare(
  args: Calibrate,
  config: config_lib.ExperimentConfig,
  model: scorer.DualEncoderScorer,
  seed: int,
) -> tuple[calibration.Similarities, np.ndarray]:
  """Similarities of fresh frames, and which frame shows which goal."""
  goals = environments.goals(config.environment.name)
  frames, labels = frames_lib.labeled_frames(
    config.environment.name,
    split='validation',
    seed=seed,
    num=args.frames,
    screen=config.environment.screen,
    home_fraction=args.home_fraction,
  )
  shows = np.array([[label == goal for goal in goals] for label in labels])
  return model.similarities(frames, goals), shows


def report(
  name: str, p: np.ndarray, shows: np.ndarray, threshold: float
) -> None:
  said = detection.success(p, threshold)
  hits = int(np.sum(said & shows))
  precision = metrics.wilson_interval(hits, int(np.sum(said)))
  recall = metrics.wilson_interval(hits, int(np.sum(shows)))
  print(f'{name:24}{threshold:10.6g}{_text(precision)}{_text(recall)}')


def _text(interval: metrics.Interval) -> str:
  return f'  {interval.value:.4f} [{interval.low:.4f}, {interval.high:.4f}]'


def calibrate(args: Calibrate) -> None:
  config = command_line.load_experiment(str(args.experiment))
  goals = environments.goals(config.environment.name)
  model = rewards.make_reward_model(config.reward, goals)
  similarities, shows = compare(args, config, model, args.seed)
  temperature = calibration.choose_temperature(
    similarities, shows, np.round(np.geomspace(0.005, 0.5, 81), 4)
  )
  p = calibration.probabilities(similarities, temperature)
  point = calibration.choose_threshold(p, shows, args.precision)
  threshold = calibration.shortest_threshold(point.threshold, p)
  held_out, shown = compare(args, config, model, args.seed + 1)
  p_held_out = calibration.probabilities(held_out, temperature)
  before = calibration.probabilities(held_out, config.reward.temperature)
  print(
    f'{config.environment.name}: {args.frames} frames x {len(goals)} goals a '
    f'half, temperature {config.reward.temperature} -> {temperature}'
  )
  print(f'{"":24}{"threshold":>10}  {"precision":24}  recall')
  report('as it was, held-out', before, shown, config.reward.threshold)
  report('chosen, its own half', p, shows, threshold)
  report('chosen, held-out half', p_held_out, shown, threshold)
  for other in (0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
    report('held-out half', p_held_out, shown, other)
  if not args.dry_run:
    config_source.rewrite(
      args.experiment, {'temperature': temperature, 'threshold': threshold}
    )
    print(f'written into {args.experiment}')


def main() -> None:
  with command_line.user_mistakes():
    if sys.argv[1:2] in ([], ['--help'], ['-h']):
      command_line.parse(Calibrate(), ['--help'], prog=PROG)
    default = Calibrate(experiment=pathlib.Path(sys.argv[1]))
    calibrate(command_line.parse(default, sys.argv[2:], prog=PROG))


if __name__ == '__main__':
  main()
