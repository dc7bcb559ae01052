"""Where names of checkpoints lead, or the one line that says why nowhere."""

import pytest

from acme_vlm import errors
from acme_vlm.networks import clip_source


def _refused(name):
  with pytest.raises(errors.CheckpointError) as caught:
    clip_source.resolve(str(name))
  assert '\n' not in str(caught.value)
  return str(caught.value)


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


def test_hub_names_are_fetched_without_pickles(monkeypatch, tmp_path):
  asked = {}

  def fetch(name, allow_patterns):
    asked[name] = allow_patterns
    return str(tmp_path)

  monkeypatch.setattr(clip_source.huggingface_hub, 'snapshot_download', fetch)
  assert clip_source.resolve('someone/some-clip') == tmp_path
  assert '*.safetensors' in asked['someone/some-clip']
  assert not [p for p in asked['someone/some-clip'] if p.endswith('.bin')]


def test_out_of_reach_of_the_hub(monkeypatch):
  def fail(*args, **kwargs):
    raise ConnectionError('no route\nto host')

  monkeypatch.setattr(clip_source.huggingface_hub, 'snapshot_download', fail)
  assert 'the Hugging Face hub gave: no route' in _refused('someone/some-clip')
