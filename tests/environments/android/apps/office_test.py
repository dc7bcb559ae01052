from acme_vlm.environments.android.apps import office
from tests.environments.android.apps import recording

GMAIL, SHEETS, DOCS, CALENDAR = office.APPS


def test_every_app_keeps_the_rules():
  recording.check(office.APPS, wordless={'Calendar', 'Gmail'})


def test_gmail_is_an_inbox():
  written = recording.texts(GMAIL)
  assert {'Inbox', 'Compose', 'Search in mail'} <= set(written)


def test_sheets_has_numbered_rows_under_lettered_columns():
  written = recording.texts(SHEETS)
  assert [text for text in written if text in ('A', 'B', 'C', 'D')] == [*'ABCD']
  assert {str(row) for row in range(1, 12)} <= set(written)


def test_calendar_shows_the_days_of_one_month_in_order():
  for seed in range(5):
    written = recording.texts(CALENDAR, seed=seed)
    start = written.index('S') + 7
    days = [int(text) for text in written[start:] if text.isdigit()]
    assert days == list(range(1, len(days) + 1))
    assert 28 <= len(days) <= 31
