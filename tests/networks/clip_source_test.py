"""Where names of checkpoints lead, or the one line that says why nowhere."""

import functools
import hashlib
import http.server
import json
import logging
import pathlib
import threading
import urllib.parse

import huggingface_hub
import pytest

from acme_vlm import errors
from acme_vlm.networks import clip_checkpoint, clip_source

_COMMIT, _BRANCH = 'a' * 40, 'b' * 40
_TOKEN = 'hf_secretsecretsecret'


class _Handler(http.server.BaseHTTPRequestHandler):
  """The parts of the hub's protocol that its client needs to download."""

  def __init__(self, hub, *args):
    self.hub = hub
    super().__init__(*args)

  def do_HEAD(self):
    self._answer(head=True)

  def do_GET(self):
    self._answer(head=False)

  def log_message(self, *args):
    pass

  def _answer(self, *, head):
    path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
    self.hub.tokens.add(self.headers.get('Authorization'))
    if self.hub.broken:
      return self._send(503, b'out of order', head=head)
    match path.strip('/').split('/'):
      case ['api', 'models', org, name, *rest]:
        self._api(f'{org}/{name}', rest, head)
      case [org, name, 'resolve', *rest] if len(rest) > 1:
        self._file(f'{org}/{name}', '/'.join(rest[:-1]), rest[-1], head)
      case _:
        self._fail(404, 'RepoNotFound', head)

  def _repository(self, name, revision, head):
    """Files by name, or None where an error has been sent."""
    allowed = self.headers.get('Authorization') == f'Bearer {_TOKEN}'
    if name not in self.hub.repositories:
      return self._fail(401, 'RepoNotFound', head)
    if name in self.hub.gated and not allowed:
      return self._fail(403, 'GatedRepo', head)
    by_revision = self.hub.repositories[name]
    if revision not in by_revision:
      return self._fail(404, 'RevisionNotFound', head)
    return by_revision[revision]

  def _api(self, name, rest, head):
    kind, revision = (rest[0], '/'.join(rest[1:])) if rest else ('', 'main')
    files = self._repository(name, revision, head)
    if files is None:
      return
    if kind == 'tree':
      content = [
        {'type': 'file', 'path': n, 'size': len(c), 'oid': _etag(c)}
        for n, c in files.items()
      ]
    else:
      sha = _COMMIT if revision in ('main', _COMMIT) else _BRANCH
      siblings = [{'rfilename': n} for n in files]
      content = {'id': name, 'sha': sha, 'siblings': siblings}
    self._send(200, json.dumps(content).encode(), head=head)

  def _file(self, name, revision, file, head):
    files = self._repository(name, revision, head)
    if files is None:
      return
    if file not in files:
      return self._fail(404, 'EntryNotFound', head)
    if not head:
      self.hub.downloads.append(file)
    sha = _COMMIT if revision in ('main', _COMMIT) else _BRANCH
    headers = {'X-Repo-Commit': sha, 'ETag': f'"{_etag(files[file])}"'}
    self._send(200, files[file], headers, head=head)

  def _fail(self, code, name, head):
    self._send(code, b'{}', {'X-Error-Code': name}, head=head)

  def _send(self, code, content, headers=None, *, head):
    self.send_response(code)
    for key, value in {**(headers or {})}.items():
      self.send_header(key, value)
    self.send_header('Content-Length', str(len(content)))
    self.end_headers()
    if not head:
      self.wfile.write(content)


def _etag(content):
  return hashlib.sha1(content).hexdigest()


class _Hub:
  """A hub on this machine: repositories are files by revision."""

  def __init__(self):
    self.repositories, self.gated = {}, set()
    self.downloads, self.tokens, self.broken = [], set(), False

  def add(self, name, files, revision='main'):
    commit = _COMMIT if revision == 'main' else _BRANCH
    revisions = self.repositories.setdefault(name, {})
    revisions[revision] = revisions[commit] = files


@pytest.fixture
def hub(monkeypatch, tmp_path):
  hub = _Hub()
  server = http.server.ThreadingHTTPServer(
    ('127.0.0.1', 0), functools.partial(_Handler, hub)
  )
  thread = threading.Thread(target=server.serve_forever, args=(0.01,))
  thread.start()
  monkeypatch.setenv('HF_ENDPOINT', f'http://127.0.0.1:{server.server_port}')
  monkeypatch.delenv('HF_TOKEN', raising=False)
  for name in ('http_proxy', 'https_proxy', 'all_proxy'):
    monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv(name.upper(), raising=False)
  monkeypatch.setattr(
    huggingface_hub.constants, 'HF_TOKEN_PATH', str(tmp_path / 'no_token')
  )
  hub.cache = str(tmp_path / 'cache')
  yield hub
  server.shutdown()
  thread.join()
  server.server_close()


def _files():
  """A shipped checkpoint, and what else published repositories hold."""
  folder = clip_source.SHIPPED / 'in_domain/phone_tiny'
  files = {f.name: f.read_bytes() for f in folder.iterdir() if f.is_file()}
  for name in (
    'pytorch_model.bin',
    'open_clip_model.safetensors',
    'tf_model.h5',
  ):
    files[name] = b'gigabytes'
  return files


def _without_weights(*names):
  files = _files()
  for name in [n for n in files if n.endswith(('.safetensors', '.bin'))]:
    del files[name]
  return {**files, **dict.fromkeys(names, b'gigabytes')}


def _load(hub, name, **options):
  return clip_checkpoint.load(name, cache_dir=hub.cache, **options)


def _refused(name, **options):
  with pytest.raises(errors.CheckpointError) as caught:
    clip_source.resolve(str(name), **options)
  message = str(caught.value)
  assert '\n' not in message and _TOKEN not in message
  return message


def test_shipped_names_and_folders_are_found(tmp_path):
  assert 'in_domain/phone_small' in clip_source.shipped()
  folder = clip_source.resolve('in_domain/phone_small')
  assert (folder / 'model.safetensors').is_file()
  assert clip_source.resolve(str(tmp_path)) == tmp_path


def test_names_that_lead_nowhere(tmp_path):
  missing = _refused(tmp_path / 'nowhere')
  assert 'no checkpoint folder' in missing and 'phone_small' in missing
  assert "no shipped checkpoint 'in_domain/none'" in _refused('in_domain/none')
  file = tmp_path / 'file'
  file.touch()
  assert 'got the file' in _refused(file)
  assert 'got the folder' in _refused(tmp_path, revision='main')
  twice = _refused('someone/clip@v1', revision='v2')
  assert "expected one revision, got 'someone/clip@v1' and 'v2'" in twice


def test_only_what_is_read_is_downloaded_and_only_once(hub):
  hub.add('someone/clip', _files())
  first = _load(hub, 'someone/clip')
  assert sorted(hub.downloads) == [
    'config.json',
    'model.safetensors',
    'preprocessor_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]
  assert pathlib.Path(hub.cache) in first.path.parents
  second = _load(hub, 'someone/clip')
  assert second.path == first.path and len(hub.downloads) == 5
  assert (
    second.dimension == clip_checkpoint.load('in_domain/phone_tiny').dimension
  )


def test_a_revision_is_another_model(hub):
  hub.add('someone/clip', _without_weights('pytorch_model.bin'))
  hub.add('someone/clip', _files(), 'refs/pr/4')
  message = _refused('someone/clip', cache_dir=hub.cache)
  assert 'checkpoint someone/clip: expected model.safetensors' in message
  assert 'found pytorch_model.bin: pickle weights are refused' in message
  assert not hub.downloads
  by_name = _load(hub, 'someone/clip@refs/pr/4')
  assert _load(hub, 'someone/clip', revision='refs/pr/4').path == by_name.path
  missing = _refused('someone/clip@v9', cache_dir=hub.cache)
  assert "someone/clip has no revision 'v9'" in missing


def test_shards_are_those_of_the_index(hub, tmp_path):
  tiny = clip_checkpoint.load('in_domain/phone_tiny')
  clip_checkpoint.save(
    tmp_path / 'sharded',
    config=tiny.config,
    parameters=tiny.parameters,
    preprocessing=tiny.preprocessing,
    tokenizer=tiny.tokenizer,
    num_shards=2,
  )
  files = {f.name: f.read_bytes() for f in (tmp_path / 'sharded').iterdir()}
  files['model.fp16-00001-of-00002.safetensors'] = b'a variant'
  hub.add('someone/clip', files)
  assert _load(hub, 'someone/clip').config == tiny.config
  assert 'model-00002-of-00002.safetensors' in hub.downloads
  assert 'model.fp16-00001-of-00002.safetensors' not in hub.downloads


@pytest.mark.parametrize('shard', ['../../evil.safetensors', '/etc/passwd', 7])
def test_an_index_may_not_name_files_elsewhere(hub, shard):
  index = json.dumps({'weight_map': {'a': shard}}).encode()
  files = _without_weights()
  hub.add('someone/clip', {**files, 'model.safetensors.index.json': index})
  message = _refused('someone/clip', cache_dir=hub.cache)
  assert 'expected names of .safetensors files beside it' in message
  assert repr(shard) in message


@pytest.mark.parametrize(
  'names,message',
  [
    (['open_clip_model.safetensors'], 'not the Hugging Face layout'),
    ([], 'found no weights'),
  ],
)
def test_repositories_without_the_weights(hub, names, message):
  hub.add('someone/clip', _without_weights(*names))
  assert message in _refused('someone/clip', cache_dir=hub.cache)
  assert not hub.downloads


def test_the_architecture_is_known_before_the_weights_come(hub):
  files = {**_files(), 'config.json': b'{"model_type": "blip"}'}
  hub.add('someone/blip', files)
  with pytest.raises(
    errors.CheckpointError, match="model_type 'blip'"
  ) as caught:
    _load(hub, 'someone/blip')
  assert 'checkpoint someone/blip:' in str(caught.value)
  assert 'model.safetensors' not in hub.downloads


def test_gated_repositories_open_with_the_token(hub, monkeypatch):
  hub.add('someone/clip', _files())
  hub.gated.add('someone/clip')
  message = _refused('someone/clip', cache_dir=hub.cache)
  assert 'no access to someone/clip: it is gated' in message
  monkeypatch.setenv('HF_TOKEN', _TOKEN)
  assert _load(hub, 'someone/clip').dimension
  missing = _refused('someone/none', cache_dir=hub.cache)
  assert 'it is missing, or private and HF_TOKEN does not open it' in missing


def test_offline_takes_the_cache_and_asks_nobody(hub, monkeypatch):
  hub.add('someone/clip', _files())
  message = _refused('someone/clip', cache_dir=hub.cache, offline=True)
  assert 'the hub was not asked (offline)' in message
  assert f'the cache {hub.cache} does not hold it' in message
  online = _load(hub, 'someone/clip').path
  hub.tokens.clear()
  assert _load(hub, 'someone/clip', offline=True).path == online
  monkeypatch.setattr(huggingface_hub.constants, 'HF_HUB_OFFLINE', True)
  assert _load(hub, 'someone/clip').path == online
  message = _refused('someone/other', cache_dir=hub.cache)
  assert 'the hub was not asked (offline)' in message
  assert not hub.tokens


def test_a_broken_hub_leaves_the_cache(hub, monkeypatch, caplog):
  monkeypatch.setenv('HF_TOKEN', _TOKEN)
  hub.add('someone/clip', _files())
  online = _load(hub, 'someone/clip').path
  hub.broken = True
  with caplog.at_level(logging.WARNING):
    assert _load(hub, 'someone/clip').path == online
  assert 'the cached checkpoint is used' in caplog.text
  assert _TOKEN not in caplog.text
  message = _refused('someone/other', cache_dir=hub.cache)
  assert 'the Hugging Face hub gave: ' in message and '503' in message


def test_no_error_tells_the_token(monkeypatch, tmp_path):
  monkeypatch.setenv('HF_TOKEN', 'another-kind-of-token')

  def fail(*args, **kwargs):
    raise ConnectionError(
      f'no route\nto host with another-kind-of-token {_TOKEN}'
    )

  monkeypatch.setattr(huggingface_hub.HfApi, 'model_info', fail)
  message = _refused('someone/clip', cache_dir=str(tmp_path))
  assert 'no route to host with [token] [token]' in message
