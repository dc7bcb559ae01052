"""The borders of the house, read from the source: imports, names, lengths.

Each rule is a function from the root of a source tree to its breaches, one line
each. Every rule is run on this repository, where it must find nothing, and on
small trees with one breach in them, where it must find that one.
"""

import ast
import pathlib
import re
from collections.abc import Callable, Iterator

import pytest

ROOT = pathlib.Path(__file__).parents[1]

PACKAGE = 'acme_vlm'
CODE = (PACKAGE, 'launch', 'experiments', 'benchmarks', 'scripts')
STAGES = (
  'environments',
  'acting',
  'replay',
  'rewards',
  'learning',
  'evaluation',
  'metrics',
  'datasets',
)

# Part of the tree -> the parts it may import, itself always. 'floor' stands for
# the modules that lie in the package's own folder.
_BASE = ('floor', 'ops', 'networks')
_ALL = (*_BASE, *STAGES, 'agent')
# Recorded episodes hold ground truth: no program that trains may read them.
_TRAINS = tuple(part for part in _ALL if part != 'datasets')
MAY_IMPORT: dict[str, tuple[str, ...]] = {
  'floor': (),
  'ops': ('floor',),
  'networks': ('floor', 'ops'),
  **dict.fromkeys(STAGES, _BASE),
  'testing': _BASE,
  'agent': _TRAINS,
  'launch': _TRAINS,
  'experiments': (*_ALL, 'launch', 'testing'),
  'benchmarks': (*_ALL, 'launch', 'testing'),
  'scripts': (*_ALL, 'launch', 'testing'),
}

# Heavy dependency, by prefix of the module's name -> its one home: a part of
# the house or, where it is optional, the beginning of its modules' paths.
HOMES = {
  'android_env': 'environments',
  'mujoco': 'environments',
  'acme.adders.reverb': 'replay',
  'acme.datasets': 'replay',
  'acme.tf': 'replay',
  'reverb': 'replay',
  'tensorflow': 'replay',
  'ray': 'launch',
  'gymnasium': 'rewards/gymnasium_',
  'imageio': 'evaluation',
  'imageio_ffmpeg': 'evaluation',
  'matplotlib': 'evaluation',
}

MAX_LINES, MAX_TEST_LINES, MAX_FUNCTION_LINES = 400, 500, 60
VAGUE = re.compile(
  r'(^|_)(utils?|common|helpers?|misc|managers?)$', re.IGNORECASE
)
TRUE_REWARD = re.compile(
  r'true_?(reward|return|success)|ground_?truth|goal_achieved|oracle',
  re.IGNORECASE,
)
# Declarations only: what could a test of them say that they do not?
UNTESTED = {f'{PACKAGE}/interfaces.py', f'{PACKAGE}/types.py'}


def _files(root: pathlib.Path, *tops: str) -> Iterator[pathlib.Path]:
  """Paths of the Python files, relative to the root."""
  for top in tops:
    for path in sorted((root / top).rglob('*.py')):
      yield path.relative_to(root)


def _parse(root: pathlib.Path, path: pathlib.Path) -> ast.Module:
  return ast.parse((root / path).read_text(encoding='utf-8'), str(path))


def _part(module: str) -> str:
  """The part of the house that a module's dotted name belongs to."""
  top, *rest = module.split('.')
  if top != PACKAGE:
    return top
  parts = {*MAY_IMPORT} - {'floor'}
  return rest[0] if rest and rest[0] in parts else 'floor'


def _module(path: pathlib.Path) -> str:
  parts = path.with_suffix('').parts
  return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)


def _imports(
  root: pathlib.Path, path: pathlib.Path
) -> Iterator[tuple[int, str]]:
  """Line and dotted name of everything that a file imports, lazily or not."""
  package = _module(path).split('.')
  if path.name != '__init__.py':
    package = package[:-1]
  for node in ast.walk(_parse(root, path)):
    if isinstance(node, ast.Import):
      for alias in node.names:
        yield node.lineno, alias.name
    elif isinstance(node, ast.ImportFrom):
      up = package[: len(package) + 1 - node.level] if node.level else []
      base = '.'.join((*up, *([node.module] if node.module else [])))
      for alias in node.names:
        yield node.lineno, f'{base}.{alias.name}'
    elif isinstance(node, ast.Call):
      name = getattr(node.func, 'attr', getattr(node.func, 'id', ''))
      if name in ('import_module', '__import__') and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
          yield node.lineno, first.value


def layering(root: pathlib.Path) -> list[str]:
  """Who may import whom; siblings never import each other."""
  breaches = []
  for path in _files(root, *CODE):
    part = _part(_module(path))
    for line, name in _imports(root, path):
      if name.split('.')[0] not in (*CODE, 'tests'):
        continue
      other = _part(name)
      if other != part and other not in MAY_IMPORT.get(part, ()):
        breaches.append(f'{path}:{line}: {part} imports {other} ({name})')
  return breaches


def heavy_homes(root: pathlib.Path) -> list[str]:
  """Each heavy dependency is imported by one part or module only."""
  return [
    f'{path}:{line}: {name} belongs to {home}'
    for path in _files(root, *CODE)
    for line, name in _imports(root, path)
    for dependency, home in HOMES.items()
    if f'{name}.'.startswith(f'{dependency}.')
    and _part(_module(path)) != home
    and not ('/' in home and _below_package(path).startswith(home))
  ]


def _below_package(path: pathlib.Path) -> str:
  return path.as_posix().removeprefix(f'{PACKAGE}/')


def no_solver(root: pathlib.Path) -> list[str]:
  """Scripted solvers know the truth: nothing that trains names them."""
  breaches = []
  for path in _files(root, PACKAGE, 'launch'):
    if _part(_module(path)) in ('environments', 'testing'):
      continue
    for node in ast.walk(_parse(root, path)):
      name = getattr(node, 'attr', getattr(node, 'value', None))
      if isinstance(node, ast.Attribute) and name == 'solver':
        breaches.append(f'{path}:{node.lineno}: names a solver')
      # As an attribute, or as the text that `getattr` takes.
      if name == 'expert_action':
        breaches.append(f'{path}:{node.lineno}: asks for {name}')
    for line, name in _imports(root, path):
      if name.startswith(f'{PACKAGE}.environments') and 'solver' in name:
        breaches.append(f'{path}:{line}: imports {name}')
  return breaches


def one_pmap(root: pathlib.Path) -> list[str]:
  """`jax.pmap` is named in replicate.py and nowhere else."""
  breaches = []
  for path in _files(root, *CODE):
    if path.as_posix() == f'{PACKAGE}/replicate.py':
      continue
    for node in ast.walk(_parse(root, path)):
      named = (
        isinstance(node, ast.Attribute)
        and node.attr == 'pmap'
        and not (
          isinstance(node.value, ast.Name) and node.value.id == 'replicate'
        )
      )
      if named:
        breaches.append(f'{path}:{node.lineno}: pmap outside of replicate.py')
    for line, name in _imports(root, path):
      if name.startswith('jax.') and name.endswith('.pmap'):
        breaches.append(f'{path}:{line}: pmap outside of replicate.py')
  return breaches


def lengths(root: pathlib.Path) -> list[str]:
  """Files and functions, the latter without their docstring."""
  breaches = []
  for path in _files(root, *CODE, 'tests'):
    limit = MAX_TEST_LINES if path.parts[0] == 'tests' else MAX_LINES
    lines = len((root / path).read_text(encoding='utf-8').splitlines())
    if lines > limit:
      breaches.append(f'{path}: {lines} lines, at most {limit}')
    for node in ast.walk(_parse(root, path)):
      if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        size = (node.end_lineno or 0) - node.lineno + 1 - _docstring_lines(node)
        if size > MAX_FUNCTION_LINES:
          breaches.append(
            f'{path}:{node.lineno}: {node.name} has {size} lines, '
            f'at most {MAX_FUNCTION_LINES}'
          )
  return breaches


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
  if ast.get_docstring(node) is None:
    return 0
  return (node.body[0].end_lineno or 0) - node.body[0].lineno + 1


def vague_names(root: pathlib.Path) -> list[str]:
  """No file or folder whose name says nothing of what is in it."""
  return [
    f'{path}: say what is in it'
    for path in _files(root, *CODE, 'tests')
    if any(VAGUE.search(part) for part in path.with_suffix('').parts)
  ]


def mirrored_tests(root: pathlib.Path) -> list[str]:
  """One test file for each module, and no test file without its module."""
  breaches = []
  for path in _files(root, PACKAGE, 'launch'):
    below = path.relative_to(PACKAGE) if path.parts[0] == PACKAGE else path
    test = pathlib.Path('tests', below.with_name(f'{path.stem}_test.py'))
    exempt = path.name == '__init__.py' or path.as_posix() in UNTESTED
    if not exempt and not (root / test).exists():
      breaches.append(f'{path}: {test} is missing')
  for path in _files(root, 'tests'):
    below = path.relative_to('tests')
    top = below.parts[0]
    if not path.name.endswith('_test.py') or top in (
      'architecture_test.py',
      'integration',
    ):
      continue
    home = (root if top in CODE[1:] else root / PACKAGE) / below.parent
    # A module may have more test files, named after it: loop_replay_test.py.
    words = path.name.removesuffix('_test.py').split('_')
    if not any(
      (home / f'{"_".join(words[:n])}.py').exists()
      for n in range(1, len(words) + 1)
    ):
      breaches.append(f'{path}: tests no module of that name')
  return breaches


def modules_not_names(root: pathlib.Path) -> list[str]:
  """From our own modules only types are imported by name."""
  breaches = []
  for path in _files(root, *CODE):
    if path.name == '__init__.py':
      continue
    for line, name in _imports(root, path):
      module, _, last = name.rpartition('.')
      own = module.split('.')[0] in CODE
      source = root.joinpath(*module.split('.')).with_suffix('.py')
      if own and source.exists() and not re.match(r'_*[A-Z]\w*[a-z]', last):
        breaches.append(f'{path}:{line}: imports the name {name}')
  return breaches


def no_true_reward(root: pathlib.Path) -> list[str]:
  """Learning knows neither the true reward nor an unlabeled trajectory."""
  breaches = []
  for path in _files(root, f'{PACKAGE}/learning'):
    for line, word in _words(_parse(root, path)):
      if TRUE_REWARD.search(word) or word == 'Trajectory':
        breaches.append(f'{path}:{line}: {word}')
  types = pathlib.Path(PACKAGE, 'types.py')
  if (root / types).exists():
    for node in ast.walk(_parse(root, types)):
      if isinstance(node, ast.ClassDef) and node.name.startswith('Labeled'):
        for line, word in _words(node):
          if TRUE_REWARD.search(word):
            breaches.append(f'{types}:{line}: {node.name}: {word}')
  return breaches


def _words(tree: ast.AST) -> Iterator[tuple[int, str]]:
  """Line and text of identifiers and of strings, docstrings left out."""
  docstrings = {
    id(node.value)
    for node in ast.walk(tree)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
  }
  for node in ast.walk(tree):
    line = getattr(node, 'lineno', 0)
    for field in ('id', 'attr', 'arg', 'name', 'asname'):
      if isinstance(word := getattr(node, field, None), str):
        yield line, word
    if isinstance(node, ast.Constant) and id(node) not in docstrings:
      yield line, str(node.value)


Rule = Callable[[pathlib.Path], list[str]]
RULES: tuple[Rule, ...] = (
  layering,
  heavy_homes,
  no_solver,
  one_pmap,
  lengths,
  vague_names,
  mirrored_tests,
  modules_not_names,
  no_true_reward,
)


@pytest.mark.parametrize('rule', RULES, ids=lambda rule: rule.__name__)
def test_this_repository_keeps(rule):
  breaches = rule(ROOT)
  assert not breaches, '\n' + '\n'.join(breaches)


# A tree that keeps every rule, among them by a hair.
CLEAN = {
  'acme_vlm/__init__.py': 'from acme_vlm import replicate\n',
  'acme_vlm/replicate.py': 'import jax\nf = jax.pmap\n',
  'acme_vlm/types.py': (
    'class Trajectory: pass\nclass LabeledBatch:\n  reward: float\n'
  ),
  'acme_vlm/ops/vtrace.py': 'import jax\n' + 'x = 1\n' * 399,
  'acme_vlm/networks/clip.py': 'from acme_vlm.ops import vtrace\n',
  'acme_vlm/environments/android/phone.py': 'import android_env\n',
  'acme_vlm/replay/tables.py': 'import reverb\nimport tensorflow as tf\n',
  'acme_vlm/learning/learner.py': (
    '"""Never sees the true reward."""\n'
    'from acme_vlm import replicate\nfrom acme_vlm.ops import vtrace\n'
    'from acme_vlm.types import LabeledBatch\nf = replicate.pmap\n'
  ),
  'acme_vlm/evaluation/plots.py': 'import matplotlib.pyplot as plt\n',
  'acme_vlm/rewards/gymnasium_wrapper.py': 'import gymnasium as gym\n',
  'acme_vlm/agent/builder.py': (
    'from acme_vlm.learning import learner\n'
    'from acme_vlm.replay import tables\n'
  ),
  'launch/cluster.py': 'import ray\nfrom acme_vlm.agent import builder\n',
  'experiments/open_common_apps.py': 'from launch import cluster\n',
  'tests/replicate_test.py': '',
  'tests/ops/vtrace_more_test.py': '',
  'tests/ops/vtrace_test.py': 'x = 1\n' * 500,
  'tests/networks/clip_test.py': '',
  'tests/environments/android/phone_test.py': '',
  'tests/replay/tables_test.py': '',
  'tests/learning/learner_test.py': '',
  'tests/evaluation/plots_test.py': '',
  'tests/rewards/gymnasium_wrapper_test.py': '',
  'tests/agent/builder_test.py': '',
  'tests/launch/cluster_test.py': '',
  'tests/integration/whole_test.py': '',
}


def _write(root: pathlib.Path, files: dict[str, str]) -> None:
  for name, text in files.items():
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize('rule', RULES, ids=lambda rule: rule.__name__)
def test_a_clean_tree_has_no_breach(rule, tmp_path):
  _write(tmp_path, CLEAN)
  assert rule(tmp_path) == []


_LONG = 'def f():\n  """Doc.\n\n  More.\n  """\n' + '  x = 1\n' * 60
_LEARNER = 'acme_vlm/learning/learner.py'

# Rule, file, its text, what the one breach must say.
BREACHES = (
  (layering, 'acme_vlm/errors.py', 'import acme_vlm.ops', 'floor imports ops'),
  (layering, 'acme_vlm/ops/a.py', 'from acme_vlm import agent', 'ops imports'),
  (
    layering,
    'acme_vlm/acting/a.py',
    'def f():\n  from acme_vlm.replay import tables',
    'a.py:2: acting imports replay (acme_vlm.replay.tables)',
  ),
  (layering, 'acme_vlm/acting/a.py', 'from .. import rewards', 'rewards'),
  (layering, 'acme_vlm/acting/a.py', 'from ..replay.b import C', 'replay'),
  (
    layering,
    'acme_vlm/rewards/a.py',
    'import importlib\nimportlib.import_module("acme_vlm.learning.state")',
    'rewards imports learning',
  ),
  (layering, 'acme_vlm/agent/a.py', 'import launch.local', 'agent imports'),
  (layering, 'launch/a.py', 'import experiments.run', 'launch imports'),
  (layering, 'acme_vlm/agent/a.py', 'from tests import x', 'imports tests'),
  (layering, 'acme_vlm/agent/a.py', 'import acme_vlm.testing', 'testing'),
  (heavy_homes, 'acme_vlm/agent/a.py', 'import mujoco', 'environments'),
  (heavy_homes, _LEARNER, 'from reverb import Client', 'replay'),
  (heavy_homes, _LEARNER, 'import tensorflow.io', 'belongs to replay'),
  (heavy_homes, 'acme_vlm/acting/a.py', 'from acme.adders import reverb', 're'),
  (heavy_homes, 'experiments/a.py', 'import matplotlib.pyplot', 'evaluation'),
  (heavy_homes, 'acme_vlm/agent/a.py', 'import ray', 'belongs to launch'),
  (
    heavy_homes,
    'acme_vlm/rewards/__init__.py',
    'from gymnasium import spaces',
    'belongs to rewards/gymnasium_',
  ),
  (layering, 'acme_vlm/agent/a.py', 'import acme_vlm.datasets', 'datasets'),
  (layering, 'acme_vlm/rewards/a.py', 'from acme_vlm import datasets', 'data'),
  (
    layering,
    'launch/a.py',
    'from acme_vlm import datasets',
    'imports datasets',
  ),
  (
    no_solver,
    'acme_vlm/agent/a.py',
    'f = environments.solver',
    'a.py:1: names',
  ),
  (no_solver, 'launch/a.py', 'e.expert_action()', 'a.py:1: asks for expert'),
  (
    no_solver,
    'acme_vlm/acting/a.py',
    'getattr(e, "expert_action")()',
    'a.py:1: asks for expert_action',
  ),
  (
    no_solver,
    'launch/a.py',
    'from acme_vlm.environments.android import solver',
    'launch/a.py:1: imports acme_vlm.environments.android.solver',
  ),
  (one_pmap, _LEARNER, 'import jax\nf = jax.pmap(g)', 'learner.py:2: pmap'),
  (one_pmap, _LEARNER, 'from jax import pmap', 'learner.py:1: pmap'),
  (lengths, 'acme_vlm/ops/a.py', 'x = 1\n' * 401, '401 lines, at most 400'),
  (lengths, 'tests/a_test.py', 'x = 1\n' * 501, '501 lines, at most 500'),
  (lengths, 'acme_vlm/ops/a.py', _LONG, 'a.py:1: f has 61 lines, at most 60'),
  (vague_names, 'acme_vlm/ops/array_utils.py', '', 'array_utils.py'),
  (vague_names, 'acme_vlm/common/a.py', '', 'common/a.py'),
  (mirrored_tests, 'acme_vlm/ops/a.py', '', 'tests/ops/a_test.py is missing'),
  (mirrored_tests, 'tests/ops/b_test.py', '', 'no module of that name'),
  (
    modules_not_names,
    'acme_vlm/agent/a.py',
    'from acme_vlm.replay.tables import make_tables',
    'a.py:1: imports the name acme_vlm.replay.tables.make_tables',
  ),
  (no_true_reward, _LEARNER, 'x = batch.true_reward', ':1: true_reward'),
  (no_true_reward, _LEARNER, 'def f(ground_truth): pass', 'ground_truth'),
  (no_true_reward, _LEARNER, 'x = extras["true_success"]', 'true_success'),
  (
    no_true_reward,
    _LEARNER,
    'from acme_vlm.types import Trajectory',
    ':1: Trajectory',
  ),
  (
    no_true_reward,
    'acme_vlm/types.py',
    'class LabeledBatch:\n  true_reward: float',
    'types.py:2: LabeledBatch: true_reward',
  ),
)


@pytest.mark.parametrize(('rule', 'path', 'text', 'message'), BREACHES)
def test_a_breach_is_found(rule, path, text, message, tmp_path):
  _write(tmp_path, CLEAN | {path: text})
  breaches = rule(tmp_path)
  assert len(breaches) == 1, breaches
  assert message in breaches[0]
