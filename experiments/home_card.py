"""The model card of a checkpoint of homes."""

from collections.abc import Sequence

from acme_vlm.environments.playhouse import config as home_config
from acme_vlm.environments.playhouse import goals as goals_lib
from acme_vlm.rewards import contrastive_training
from experiments import pretraining


def card(
  *,
  name: str,
  home: home_config.HomeConfig,
  vision: object,
  parameters: int,
  frames: int,
  state: contrastive_training.TrainingState,
  command: str,
  hidden: bool,
  families: Sequence[goals_lib.Family],
  table: str,
  episodes: int,
  played: str,
  start: str | None = None,
) -> str:
  """The model card, of `checkpoints/home_card_template.md`."""
  template = pretraining.SHIPPED / 'home_card_template.md'
  return template.read_text().format(
    name=name,
    start='scratch' if start is None else f'`{start}` on',
    home=home,
    vision=vision,
    parameters=parameters,
    frames=frames,
    steps=int(state.step),
    minutes=float(state.seconds) / 60,
    command=command,
    known='Captions of held-out pairs were never shown'
    if hidden
    else 'Held-out pairs are among them,\n  as for a web-trained CLIP',
    families=', '.join(families),
    table=table,
    episodes=episodes,
    played=played,
  )
