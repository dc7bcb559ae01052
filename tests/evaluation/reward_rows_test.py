import numpy as np
import pytest

from acme_vlm.evaluation import reward_hits, reward_rows

LETTERS = {'Open [TASK]': 'A', 'Screenshot of [TASK]': 'C'}


def config(**changes):
  """Fields of a reward configuration."""
  fields = {
    'checkpoint': 'in_domain/phone_tiny',
    'members': (),
    'ensemble': 'mean',
    'head': 'softmax',
    'prompt_templates': ('Open [TASK]',),
    'goal_prompts': {},
    'baseline_alpha': 0.5,
    'temperature': 0.05,
    'threshold': 0.7,
    'thresholded': True,
    'window': 1,
    'hysteresis': (1, 1),
    'dtype': 'float32',
  }
  return fields | changes


def test_names_say_what_differs():
  plain, other = config(), config(checkpoint='in_domain/phone_small/')
  assert reward_rows.names([plain, other], LETTERS) == [
    'phone_tiny · A',
    'phone_small · A',
  ]
  longer = config(window=4, prompt_templates=tuple(LETTERS))
  assert reward_rows.names([plain, longer], LETTERS) == [
    'phone_tiny · A · 1 frame',
    'phone_tiny · A+C · 4 frames',
  ]
  free = config(head='cosine', prompt_templates=('a [TASK]',))
  assert reward_rows.names([plain, free], LETTERS) == [
    'phone_tiny · A · softmax',
    'phone_tiny · a [TASK] · cosine',
  ]


def test_names_are_unique():
  same_end = [config(checkpoint='a/clip'), config(checkpoint='b/clip')]
  assert reward_rows.names(same_end, LETTERS) == ['a/clip · A', 'b/clip · A']
  twice = reward_rows.names([config(), config(threshold=0.8)], LETTERS)
  assert len(set(twice)) == 2
  ensemble = config(members=('x/y',), ensemble='min')
  assert reward_rows.names([ensemble], LETTERS) == [
    'min(in_domain/phone_tiny, x/y) · A'
  ]


def test_prompts_and_settings_in_words():
  several = config(
    prompt_templates=('Open [TASK]', 'a [TASK]'), goal_prompts={'x': ('y',)}
  )
  words = reward_rows.prompts(several, LETTERS)
  assert words == 'A: Open [TASK] + a [TASK] (1 goals have their own)'
  assert reward_rows.settings(config(), 11) == (
    'softmax, 11 negatives, τ = 0.05, β = 0.7'
  )
  assert reward_rows.settings(
    config(
      head='goal_baseline',
      thresholded=False,
      window=3,
      hysteresis=(2, 3),
      dtype='bfloat16',
    ),
    0,
  ) == (
    'goal_baseline, α = 0.5, β = 0.7, reward is the score, mean of 3 frames, '
    '2 of 3 frames over β, bfloat16'
  )
  learnt = reward_rows.settings(config(head='sigmoid', temperature=None), 0)
  assert learnt == 'sigmoid, τ of the checkpoint, β = 0.7'


def test_the_best_row_has_the_highest_average_precision(report):
  areas = [row.analysis.every.curve.average_precision[0] for row in report.rows]
  assert reward_rows.best(report.rows) is report.rows[int(np.argmax(areas))]
  blank = report.rows[0]._replace(
    analysis=report.rows[0].analysis._replace(
      every=report.rows[0].analysis.every._replace(curve=None)
    )
  )
  assert reward_rows.best([blank, report.rows[2]]) is report.rows[2]
  assert np.isnan(reward_rows.lead(blank, report.rows[0]).value)


def test_a_lead_is_resampled_in_pairs(report):
  first, _, last = report.rows
  lead = reward_rows.lead(last, first)
  areas = [r.analysis.every.curve.average_precision for r in (last, first)]
  assert lead.value == areas[0].value - areas[1].value < 0
  assert lead.low <= lead.value <= lead.high < 0
  differences = last.analysis.replicates - first.analysis.replicates
  assert lead.low == pytest.approx(np.quantile(differences, 0.025))
  assert reward_rows.lead(first, first) == (0, 0, 0)


def test_first_rewards_are_counted_by_policy(report):
  row = report.rows[2]
  found = reward_rows.outcomes(row, report.labels.policies)
  assert sorted(found) == ['random', 'solver']
  assert sum(found['solver'].values()) == 12
  total = sum(c.get(reward_hits.Outcome.RIGHT, 0) for c in found.values())
  right = reward_rows.first_right(row)
  wrong = row.analysis.hits.count(reward_hits.Outcome.WRONG)
  assert right.value == pytest.approx(total / (total + wrong))
  silent = row._replace(analysis=row.analysis._replace(hits=None))
  assert np.isnan(reward_rows.first_right(silent).value)
