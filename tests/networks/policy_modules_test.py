import dataclasses

from acme_vlm.networks import policy_modules
from acme_vlm.networks.policy_config import PolicyConfig

_CONFIG = PolicyConfig(
  eyes='own',
  eyes_size=3,
  grid=None,
  action_heads=(2, 3),
  patch=5,
  channels=(7, 11),
  strides=(13,),
  instruction_size=17,
  film_size=19,
  hidden_size=23,
  core_size=29,
  outcome_head=False,
  map_weight=0.31,
  summary_weight=0.37,
)
_SIZES = {'num_actions': 6, 'num_words': 9}


def _check(module, expected):
  """Every field that a module shares with the configuration is the same."""
  known = dataclasses.asdict(_CONFIG) | _SIZES | expected
  names = {f.name for f in dataclasses.fields(module)} - {'parent', 'name'}
  assert names <= set(known)
  for name in names:
    assert getattr(module, name) == known[name], name


def test_modules_are_as_they_are_configured():
  _check(policy_modules.looking(_CONFIG, **_SIZES), {})
  _check(policy_modules.fed(_CONFIG, **_SIZES, num_maps=3), {'num_maps': 3})
  seeing = policy_modules.seeing(_CONFIG, **_SIZES)
  _check(seeing.eyes, {'size': 3})
  _check(seeing.policy, {'num_maps': 1})
