import base64
import csv
import html.parser
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from acme_vlm import errors
from acme_vlm.evaluation import reward_page


class Page(html.parser.HTMLParser):
  """What a browser would find: links, text, tables and open elements."""

  _VOID = ('meta', 'br', 'path', 'use', 'image', 'rect', 'defs')

  def __init__(self, text):
    super().__init__()
    self.resources, self.ids, self.uses, self.words = [], [], [], []
    self.depth = {}
    self.feed(text)

  def handle_starttag(self, tag, attributes):
    found = dict(attributes)
    self.depth[tag] = self.depth.get(tag, 0) + 1
    if 'id' in found:
      self.ids.append(found['id'])
    for key in ('href', 'src', 'xlink:href'):
      if key in found:
        (self.uses if found[key].startswith('#') else self.resources).append(
          (tag, found[key])
        )

  def handle_endtag(self, tag):
    self.depth[tag] -= 1

  def handle_data(self, data):
    self.words.append(data)


@pytest.fixture(scope='module')
def text(report):
  return reward_page.render(report)


@pytest.fixture(scope='module')
def page(text):
  return Page(text)


def test_the_page_needs_no_other_file(page, text):
  links = [at for tag, at in page.resources if tag == 'a']
  assert all(at.startswith('https://arxiv.org/') for at in links)
  rest = [at for tag, at in page.resources if tag != 'a']
  assert rest and all(at.startswith('data:image/webp;base64,') for at in rest)
  assert not re.search(r'@import|url\((?!#)|<link|<iframe|src=', text)


def test_what_the_page_refers_to_is_in_it_once(page):
  assert len(page.ids) == len(set(page.ids))
  assert {at[1:] for _, at in page.uses} <= set(page.ids)


def test_every_element_is_closed(page):
  for tag in (
    'details',
    'table',
    'tr',
    'td',
    'figure',
    'section',
    'div',
    'svg',
  ):
    assert page.depth[tag] == 0, tag


def test_words_of_users_are_text_not_markup(page, text):
  words = ''.join(page.words)
  assert 'android/<any>' in words and 'Mail & <post>' in words
  assert 'A: Open <it> & see [TASK]' in words
  assert '<post>' not in text.replace('&lt;post&gt;', '')
  assert 'python -m experiments.reward_report --dataset "a b"' in words


def test_the_table_holds_the_measures(report, text):
  body = text[text.index('<tbody>') : text.index('</tbody>')]
  assert body.count('<tr') == len(report.rows)
  for row in report.rows:
    area = row.analysis.every.curve.average_precision
    assert f'data-v="{area.value}">{area.value:.4f}' in body
    assert f'[{area.low:.4f}, {area.high:.4f}]' in body
  best = [line for line in body.split('<tr')[1:] if 'class="best"' in line]
  assert len(best) == 1 and '>best<' in best[0]


def test_the_worst_frames_are_there_without_loss(report, text):
  for (episode, step), frame in report.frames.items():
    found = re.search(
      rf'<symbol id="f{episode}-{step}"[^>]*><image href="data:image/webp;'
      r'base64,([^"]*)"',
      text,
    )
    image = Image.open(io.BytesIO(base64.b64decode(found[1]))).convert('RGB')
    np.testing.assert_array_equal(np.asarray(image), frame)
  shown = sum(map(len, report.worst.values()))
  assert text.count('<use href="#f') == shown
  wrong = sum(w.crosses for cases in report.worst.values() for w in cases)
  assert text.count('figure class="error"') == wrong > 0


def test_large_frames_are_shrunk(report):
  place = next(iter(report.frames))
  big = np.zeros((1000, 500, 3), np.uint8)
  frames = {**report.frames, place: big}
  text = reward_page.render(report._replace(frames=frames))
  assert f'id="f{place[0]}-{place[1]}" viewBox="0 0 120 240"' in text


def test_a_head_without_probabilities_or_episode_ends(report):
  row = report.rows[0]
  row = row._replace(
    analysis=row.analysis._replace(calibration=None, hits=None)
  )
  text = reward_page.render(report._replace(rows=[row]))
  assert 'no probabilities' in text and 'first reward falls' not in text
  assert 'nan' not in ' '.join(Page(text).words[:400]).split()


def test_models_that_withhold_every_verdict_that_matters(report):
  rows = [
    row._replace(
      analysis=row.analysis._replace(
        every=row.analysis.every._replace(curve=None),
        own=row.analysis.own._replace(curve=None),
        replicates=np.full_like(row.analysis.replicates, np.nan),
      )
    )
    for row in report.rows[:2]
  ]
  words = ' '.join(Page(reward_page.render(report._replace(rows=rows))).words)
  assert 'No model has an average precision' in words
  assert 'Highest average precision' not in words and ' of the other' not in (
    words
  )


def test_the_table_holds_the_intervals_over_episodes(report, text):
  body = text[text.index('<tbody>') : text.index('</tbody>')]
  for row in report.rows:
    for share in (row.analysis.own.precision, row.analysis.own.recall):
      assert f'[{share.low:.3f}, {share.high:.3f}]' in body


def test_everything_is_written(report, tmp_path):
  path = reward_page.write(tmp_path, report)
  assert path == tmp_path / 'report.html'
  assert path.read_text().startswith('<!DOCTYPE html>')
  assert {p.name for p in tmp_path.iterdir()} == {
    'report.html',
    'summary.csv',
    'per_goal.csv',
    'curves.csv',
    'worst.csv',
    'provenance.json',
    'plots',
  }
  made = json.loads((tmp_path / 'provenance.json').read_text())
  assert made['commit'] == '0123456789ab'
  name = report.rows[0].name
  assert made['rows'][name]['reward_version'] == report.rows[0].version
  with (tmp_path / 'summary.csv').open(newline='') as file:
    assert [line['row'] for line in csv.DictReader(file)] == [
      row.name for row in report.rows
    ]
  plots = {p.name for p in (tmp_path / 'plots').iterdir()}
  assert {'comparison.png', '1_curve.png', '3_confusion.png'} <= plots
  assert path.stat().st_size < 2**20


def test_pictures_of_a_longer_report_do_not_stay(report, tmp_path):
  (tmp_path / 'plots').mkdir()
  (tmp_path / 'plots' / '9_curve.png').touch()
  reward_page.write(tmp_path, report._replace(rows=report.rows[:1]))
  assert not (tmp_path / 'plots' / '9_curve.png').exists()


def test_a_folder_that_cannot_be_written_is_one_line(report, tmp_path):
  (tmp_path / 'plots').touch()
  with pytest.raises(errors.RunDirectoryError) as caught:
    reward_page.write(tmp_path, report)
  assert 'expected to write the report to' in str(caught.value)


def test_the_table_for_a_terminal(report):
  lines = reward_page.text_table(report.rows).splitlines()
  assert len(lines) == 4
  for line, row in zip(lines[1:], report.rows, strict=True):
    assert line.startswith(row.name)
    assert f'{row.analysis.every.curve.average_precision.value:.3f}' in line
