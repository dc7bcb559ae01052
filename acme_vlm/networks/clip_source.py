"""Where a checkpoint's name points to: shipped, a folder, or the hub."""

import logging
import os
import pathlib
import re
from collections.abc import Callable, Sequence

import huggingface_hub
from huggingface_hub import errors as hub_errors

import acme_vlm
from acme_vlm import errors
from acme_vlm.networks import safetensors_files

_LOG = logging.getLogger(__name__)
SHIPPED = pathlib.Path(acme_vlm.__file__).parent / 'checkpoints'
# All that is read beside the weights; some repositories hold a dozen formats.
_SMALL_FILES = (
  'config.json',
  'preprocessor_config.json',
  'processor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'spiece.model',
  'tokenizer.model',
  safetensors_files.INDEX,
)


def shipped() -> tuple[str, ...]:
  """Names of the checkpoints that come with the package."""
  return tuple(
    str(file.parent.relative_to(SHIPPED))
    for file in sorted(SHIPPED.glob('*/*/config.json'))
  )


def resolve(
  name_or_path: str,
  *,
  revision: str | None = None,
  cache_dir: str | None = None,
  offline: bool = False,
  check: Callable[[pathlib.Path], object] | None = None,
) -> pathlib.Path:
  """Finds the folder of a checkpoint.

  From the hub only the files that are read are downloaded, once, into the
  client's cache; a token is taken from HF_TOKEN. Where the hub is out of reach
  the cache has to do.

  Args:
    name_or_path: a shipped name, a path to a folder, or a name on the
      Hugging Face hub, 'org/name' or 'org/name@revision'; tried in this order.
    revision: branch, tag or commit of a hub name; None for its main branch.
    cache_dir: folder that downloads are kept in; None for the hub client's.
    offline: take what the cache has and ask nobody.
    check: called with the folder when all but the weights has been
      downloaded, and raises where those need not be.

  Returns:
    The folder.

  Raises:
    CheckpointError: there is no such checkpoint or revision, the token does
      not open it, it holds no safetensors, or the hub is out of reach.
  """
  folder = _local(name_or_path)
  if folder is not None:
    if revision:
      raise errors.CheckpointError(
        f'expected a name on the Hugging Face hub beside revision {revision!r}'
        f', got the folder {folder}'
      )
    return folder
  name, _, suffix = name_or_path.partition('@')
  if revision and suffix and revision != suffix:
    raise errors.CheckpointError(
      f'expected one revision, got {name_or_path!r} and {revision!r}'
    )
  _check_name(name, name_or_path)
  hub = _Hub(name, revision or suffix or None, cache_dir)
  if offline or huggingface_hub.constants.is_offline_mode():
    return hub.cached('the hub was not asked (offline)')
  return hub.download(check)


def _local(name_or_path: str) -> pathlib.Path | None:
  if name_or_path in shipped():
    return SHIPPED / name_or_path
  folder = pathlib.Path(name_or_path).expanduser()
  if folder.is_dir():
    return folder
  if folder.exists():
    raise errors.CheckpointError(
      f'expected the folder of a checkpoint, got the file {folder}'
    )
  return None


def _check_name(name: str, given: str) -> None:
  known = ', '.join(shipped()) or 'none'
  parts = name.split('/')
  if len(parts) != 2 or not all(parts) or parts[0] in ('.', '..', '~'):
    raise errors.CheckpointError(
      f'no checkpoint folder {given!r} (shipped: {known})'
    )
  if parts[0] == 'in_domain':
    raise errors.CheckpointError(
      f'no shipped checkpoint {given!r} (shipped: {known})'
    )


class _Hub:
  """One repository at one revision."""

  def __init__(self, name: str, revision: str | None, cache_dir: str | None):
    self._name, self._revision = name, revision
    self._cache_dir = os.path.expanduser(cache_dir) if cache_dir else None
    # Given, the endpoint is read now and not when the client was imported.
    self._api = huggingface_hub.HfApi(endpoint=os.environ.get('HF_ENDPOINT'))

  def cached(self, why: str) -> pathlib.Path:
    """Folder of an earlier download; `why` it has to be that one."""
    cache = self._cache_dir or huggingface_hub.constants.HF_HUB_CACHE
    try:
      folder = self._snapshot(['config.json'], local_files_only=True)
    except (OSError, ValueError):
      raise errors.CheckpointError(
        f'no checkpoint {self}: {why} and the cache {cache} does not hold it'
      ) from None
    names = (safetensors_files.WEIGHTS, safetensors_files.INDEX)
    if not any((folder / name).is_file() for name in names):
      raise errors.CheckpointError(
        f'no checkpoint {self}: {why} and the cache {cache} has not its weights'
      )
    return folder

  def download(
    self, check: Callable[[pathlib.Path], object] | None
  ) -> pathlib.Path:
    try:
      info = self._api.model_info(self._name, revision=self._revision)
      files = {file.rfilename for file in info.siblings or ()}
      single = self._check_files(files)
      folder = self._snapshot([name for name in _SMALL_FILES if name in files])
      if check is not None:
        check(folder)
      weights = [safetensors_files.WEIGHTS] if single else self._shards(folder)
      return self._snapshot([*weights, 'config.json'])
    except errors.CheckpointError as error:
      raise errors.CheckpointError(f'checkpoint {self}: {error}') from None
    except hub_errors.GatedRepoError:
      raise errors.CheckpointError(
        f'no access to {self}: it is gated; accept its terms on its page and '
        'set HF_TOKEN to a token that may read it'
      ) from None
    except hub_errors.RepositoryNotFoundError:
      raise errors.CheckpointError(
        f'no checkpoint {self}: not shipped ({", ".join(shipped())}), not a '
        'folder, and on the Hugging Face hub it is missing, or private and '
        'HF_TOKEN does not open it'
      ) from None
    except hub_errors.RevisionNotFoundError:
      raise errors.CheckpointError(
        f'{self._name} has no revision {self._revision!r}'
      ) from None
    # The client raises its own errors, its transport's and the system's. They
    # are not chained: what they hold may hold the token.
    except Exception as error:
      why = f'the Hugging Face hub gave: {_line(error)}'
      folder = self.cached(why)
      _LOG.warning('%s: the cached checkpoint is used; %s', self, why)
      return folder

  def _check_files(self, files: set[str]) -> bool:
    """Whether the weights are one file; refuses what cannot be read."""
    for name in (safetensors_files.WEIGHTS, safetensors_files.INDEX):
      if name in files:
        return name == safetensors_files.WEIGHTS
    other = sorted(f for f in files if f.endswith('.safetensors'))
    pickles = sorted(f for f in files if f.endswith(safetensors_files.PICKLES))
    expected = f'expected {safetensors_files.WEIGHTS}, found '
    if other:
      raise errors.CheckpointError(
        f'{expected}{_few(other)}, which is not the Hugging Face layout'
      )
    if pickles:
      raise errors.CheckpointError(
        f'{expected}{_few(pickles)}: {safetensors_files.REFUSAL}, or name a '
        f"revision that has them, as in '{self._name}@refs/pr/1'"
      )
    raise errors.CheckpointError(f'{expected}no weights')

  def _shards(self, folder: pathlib.Path) -> list[str]:
    index = safetensors_files.read_index(folder / safetensors_files.INDEX)
    return sorted(set(index.values()))

  def _snapshot(
    self, files: Sequence[str], *, local_files_only: bool = False
  ) -> pathlib.Path:
    return pathlib.Path(
      self._api.snapshot_download(
        self._name,
        revision=self._revision,
        cache_dir=self._cache_dir,
        allow_patterns=list(files),
        local_files_only=local_files_only,
      )
    )

  def __str__(self) -> str:
    return f'{self._name}@{self._revision}' if self._revision else self._name


def _few(names: Sequence[str]) -> str:
  return ', '.join(names[:4]) + (', ...' if len(names) > 4 else '')


def _line(error: Exception) -> str:
  """What an error says, on one line and without the token."""
  text = ' '.join(str(error).split()) or type(error).__name__
  for name in ('HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN'):
    token = os.environ.get(name)
    text = text.replace(token, '[token]') if token else text
  return re.sub(r'hf_\w{6,}', '[token]', text)[:300]
