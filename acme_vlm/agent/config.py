"""The configuration of an experiment: every component's, nested."""

import contextlib
import dataclasses
import json
import math
import pathlib
import types as python_types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from acme_vlm import errors
from acme_vlm.acting.config import ActorConfig
from acme_vlm.environments.playhouse.config import HomeConfig
from acme_vlm.evaluation.config import EvaluationConfig
from acme_vlm.learning.config import LearnerConfig
from acme_vlm.networks.policy import PolicyConfig
from acme_vlm.replay.config import ReplayConfig
from acme_vlm.rewards.config import RewardConfig, ServiceConfig

_T = TypeVar('_T')


@dataclasses.dataclass(frozen=True)
class EnvironmentConfig:
  """What the agent acts in."""

  name: str = 'android/open_common_apps'
  """Registered name; acme_vlm.environments.names() lists them."""

  goals: tuple[str, ...] = ()
  """Goals to train and evaluate on; empty takes the whole task set."""

  screen: tuple[int, int] = (120, 72)
  """Height and width of a frame, pixels."""

  max_steps: int = 20
  """Steps after which an episode times out; at least 1."""

  home: HomeConfig = dataclasses.field(default_factory=HomeConfig)
  """The homes of playhouse/...; other environments have none."""

  background: str = 'the room'
  """What a frame shows where no goal is, in words, which the reward model's
  eyes compare goals with (--policy.eyes reward_model)."""

  def __post_init__(self):
    """Checks the ranges."""
    if self.max_steps < 1:
      raise errors.ConfigError(f'expected max_steps >= 1, got {self.max_steps}')
    if min(self.screen) < 1:
      raise errors.ConfigError(
        f'expected a screen of at least 1 x 1 pixels, got {self.screen}'
      )


@dataclasses.dataclass(frozen=True)
class RunConfig:
  """How long a run takes and what it leaves behind."""

  root: str = 'runs'
  """Folder of all runs."""

  start: str = ''
  """Folder of a run whose policy this one begins as, wherever their parameters
  have the same names and shapes; of other goals without its words, its value
  and what a full hand does. One trained on the true reward only if this one is.
  Empty: at random."""

  minutes: float = 5.5
  """Training time until the run ends, minutes of wall clock; 0: no limit."""

  frames: int = 0
  """Environment frames until the run ends; 0: no limit."""

  learner_steps: int = 0
  """Learner steps until the run ends; 0: no limit."""

  checkpoint_minutes: float = 1.0
  """Wall-clock time between two checkpoints, minutes."""

  keep_checkpoints: int = 2
  """Checkpoints that are kept, the newest; at least 1."""

  report_seconds: float = 10.0
  """Wall-clock time between two reports, seconds."""

  disk_mib: int = 500
  """Free space that a run must find before it starts, MiB."""

  oracle_reward: bool = False
  """Trains on the TRUE reward instead of the reward model's, as a reference
  line to compare with; such a run is marked in its name and summary."""

  def __post_init__(self):
    """Checks the ranges."""
    for field in ('minutes', 'frames', 'learner_steps', 'disk_mib'):
      # Written so that NaN is refused too: such a run would never end.
      if not 0 <= getattr(self, field) < math.inf:
        raise errors.ConfigError(
          f'expected {field} >= 0, got {getattr(self, field)}'
        )
    for field in ('checkpoint_minutes', 'report_seconds', 'keep_checkpoints'):
      if not 0 < getattr(self, field) < math.inf:
        raise errors.ConfigError(
          f'expected {field} > 0, got {getattr(self, field)}'
        )


@dataclasses.dataclass(frozen=True)
class ExperimentConfig:
  """One experiment; printed and saved as JSON when a run starts."""

  name: str
  """The experiment's name: its folder under the root of runs."""

  seed: int = 0
  """Seeds parameters, actions, environments and batches."""

  environment: EnvironmentConfig = dataclasses.field(
    default_factory=EnvironmentConfig
  )
  reward: RewardConfig = dataclasses.field(default_factory=RewardConfig)
  service: ServiceConfig = dataclasses.field(default_factory=ServiceConfig)
  replay: ReplayConfig = dataclasses.field(default_factory=ReplayConfig)
  policy: PolicyConfig = dataclasses.field(default_factory=PolicyConfig)
  actor: ActorConfig = dataclasses.field(default_factory=ActorConfig)
  learner: LearnerConfig = dataclasses.field(default_factory=LearnerConfig)
  evaluation: EvaluationConfig = dataclasses.field(
    default_factory=EvaluationConfig
  )
  run: RunConfig = dataclasses.field(default_factory=RunConfig)

  def __post_init__(self):
    """Checks the fields against each other."""
    if self.seed < 0:
      raise errors.ConfigError(f'expected a seed >= 0, got {self.seed}')
    if self.name in ('', '.', '..') or '/' in self.name:
      raise errors.ConfigError(
        f'expected a name that can be a folder, got {self.name!r}'
      )


def to_json(config: Any) -> dict[str, Any]:
  """A configuration, of an experiment or a part, as nested JSON values."""
  return dataclasses.asdict(config)


def from_json(kind: type[_T], values: Mapping[str, Any]) -> _T:
  """Rebuilds a configuration from what `to_json` gave.

  Args:
    kind: the dataclass to build.
    values: its fields; a field that is absent keeps its default.

  Returns:
    The dataclass, validated by its `__post_init__`.

  Raises:
    ConfigError: a field is unknown, of another type or out of range.
  """
  hints = typing.get_type_hints(kind)
  unknown = sorted(set(values) - set(hints))
  if unknown:
    raise errors.ConfigError(
      f'expected fields of {kind.__name__}, got unknown {", ".join(unknown)}'
    )
  return kind(**{key: _value(hints[key], v, key) for key, v in values.items()})


def read(path: pathlib.Path) -> ExperimentConfig:
  """Reads the configuration of a run.

  Args:
    path: its `config.json`.

  Returns:
    The configuration.

  Raises:
    RunDirectoryError: there is none, or it is none of an experiment.
    ConfigError: see `from_json`.
  """
  try:
    return from_json(ExperimentConfig, json.loads(path.read_text())['config'])
  # The last is a field without a default that is not there.
  except (OSError, ValueError, KeyError, TypeError) as error:
    raise errors.RunDirectoryError(
      f'expected the configuration of a run in {path}, got {error!r}'
    ) from error


def _value(hint: Any, value: Any, name: str) -> Any:
  """JSON has lists for tuples, objects for dataclasses and 1 for 1.0."""
  origin, args = typing.get_origin(hint), typing.get_args(hint)
  if dataclasses.is_dataclass(hint) and isinstance(value, Mapping):
    return from_json(typing.cast(type, hint), value)
  if origin in (typing.Union, python_types.UnionType):
    return _one_of(args, value, name)
  if origin is tuple and isinstance(value, list | tuple):
    kinds = args[:1] * len(value) if args[1:] == (Ellipsis,) else args
    if len(kinds) == len(value):
      pairs = zip(kinds, value, strict=True)
      return tuple(_value(kind, item, name) for kind, item in pairs)
  if origin is dict and isinstance(value, Mapping):
    return {key: _value(args[1], item, name) for key, item in value.items()}
  if origin is typing.Literal and value in args:
    return value
  if hint is float and type(value) in (int, float):
    return float(value)
  # Not isinstance: a bool is no number of steps.
  if type(value) is hint:
    return value
  expected = hint.__name__ if isinstance(hint, type) and not args else hint
  raise errors.ConfigError(f'expected {name} of type {expected}, got {value!r}')


def _one_of(hints: tuple[Any, ...], value: Any, name: str) -> Any:
  if value is None and type(None) in hints:
    return None
  kinds = [hint for hint in hints if hint is not type(None)]
  if isinstance(value, Mapping) and len(kinds) > 1:
    raise errors.ConfigError('unions of configurations are not rebuilt')
  for hint in kinds[:-1]:
    with contextlib.suppress(errors.ConfigError):
      return _value(hint, value, name)
  return _value(kinds[-1], value, name)
