import threading

from acme_vlm.metrics import writer


class Rows:
  def __init__(self):
    self.rows = []
    self.closed = False

  def write(self, data):
    self.rows.append(dict(data))

  def close(self):
    self.closed = True


def test_a_row_joins_the_figures_of_all_stages():
  time = iter([100.0, 103.5, 110.0])
  rows = Rows()
  joined = writer.MetricsWriter(
    [rows], start_seconds=20.0, clock=lambda: next(time)
  )
  joined.record('actor', {'speed': 1})
  joined.stage('actor').write({'speed': 2, 'share': 0.5})
  joined.record('learner', {'loss': 3})
  joined.report(64)
  joined.record('learner', {'loss': 4})
  row = joined.report(128, {'evaluation/done': True})
  joined.close()
  assert rows.rows == [
    {
      'environment_frames': 64,
      'seconds': 23.5,
      'actor/speed': 2,
      'actor/share': 0.5,
      'learner/loss': 3,
    },
    {
      'environment_frames': 128,
      'seconds': 30.0,
      'learner/loss': 4,
      'evaluation/done': True,
    },
  ]
  assert row == rows.rows[1]
  assert list(row)[:2] == ['environment_frames', 'seconds']
  assert rows.closed


def test_nothing_is_lost_or_written_twice_among_threads():
  rows = Rows()
  joined = writer.MetricsWriter([rows])

  def work(stage):
    for n in range(300):
      joined.record(stage, {f'figure_{n}': n})
      if n % 10 == 0:
        joined.report(n)

  threads = [threading.Thread(target=work, args=(f's{k}',)) for k in range(4)]
  for thread in threads:
    thread.start()
  for thread in threads:
    thread.join()
  joined.report(300)
  written = [key for row in rows.rows for key in row if key.startswith('s')]
  written = [key for key in written if '/' in key]
  assert len(written) == len(set(written)) == 4 * 300
