import numpy as np
import reverb
import tensorflow as tf

from acme_vlm.replay import config, labeled, tables
from acme_vlm.types import LabeledTrajectory


def test_the_signature_is_the_arrow(spec, make_labeled):
  signature = tables.labeled_signature(4, spec)
  written = make_labeled(1)
  for name in LabeledTrajectory._fields:
    array, expected = (
      np.asarray(getattr(written, name)),
      getattr(signature, name),
    )
    assert expected.shape == array.shape, name
    assert expected.dtype == tf.as_dtype(array.dtype), name


def test_only_one_pass_is_first_in_first_out(spec):
  def kinds(times):
    made = tables.make_tables(
      config.ReplayConfig(samples_per_trajectory=times), spec
    )
    options = [table.info.sampler_options for table in made]
    return [option.WhichOneof('distribution') for option in options]

  assert kinds(1) == ['fifo', 'fifo']
  assert kinds(2) == ['fifo', 'uniform']


def test_an_item_is_never_thrown_out_before_its_last_pass(serve, make_labeled):
  # Every second sample would use up one item and leave another; with room for
  # `labeled_max_size` items only, inserts would push some of them out.
  client = serve(samples_per_trajectory=2, labeled_max_size=3).client()
  writer = labeled.LabeledWriter(client)
  counts = dict.fromkeys(range(40), 0)
  written = 0
  rng = np.random.default_rng(0)
  while sum(counts.values()) < 80:
    room = 6 - client.available(tables.LABELED)
    if written < 40 and room >= 2 and rng.random() < 0.6:
      writer.write(make_labeled(written))
      written += 1
    elif client.available(tables.LABELED):
      (sample,) = client.sample(
        tables.LABELED,
        1,
        emit_timesteps=False,
        unpack_as_table_signature=True,
      )
      counts[int(sample.data['action'][0])] += 1
  assert set(counts.values()) == {2}


def test_names(serve):
  client = serve().client()
  assert set(client.server_info()) == {'unlabeled', 'labeled'}
  assert isinstance(client, reverb.Client)
