import re

from acme_vlm.environments.android.apps import money
from tests.environments.android.apps import recording

STOCKS, BANK, WALLET, SHOPPING, FOOD, RECIPES, TICKETS = money.APPS


def test_every_app_keeps_the_rules():
  recording.check(money.APPS)


def test_changes_of_stocks_have_signs():
  written = recording.texts(STOCKS)
  changes = [text for text in written if re.fullmatch(r'[-+]\d\.\d\d', text)]
  assert len(changes) == 4


def test_the_balance_is_in_dollars():
  for seed in range(10):
    balance = recording.texts(BANK, seed=seed)[2]
    assert re.fullmatch(r'\$(\d,)?\d{3}\.\d\d', balance)


def test_everything_for_sale_has_a_price():
  for app, count in ((SHOPPING, 6), (FOOD, 3)):
    prices = [text for text in recording.texts(app) if text.startswith('$')]
    assert len(prices) == count


def test_a_wallet_shows_the_end_of_a_card_number():
  assert re.fullmatch(r'\.{4} \.{4} \d{4}', recording.texts(WALLET)[-1])


def test_recipes_go_step_by_step():
  assert recording.texts(RECIPES)[-4:] == ['1', '2', '3', '4']


def test_codes_of_tickets_differ():
  def code(seed):
    page = recording.RecordingPage(TICKETS, seed=seed)
    return page.finish().crop((14, 44, 58, 88)).tobytes()

  assert code(0) != code(1)
