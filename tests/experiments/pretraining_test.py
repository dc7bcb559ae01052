import pathlib
import shlex

import pytest

from acme_vlm.environments.playhouse import config as home_config
from experiments import pretrain_clip, pretrain_home, pretraining
from launch import command_line


@pytest.mark.parametrize(
  'options',
  [
    pretrain_clip.Options(),
    pretrain_clip.Options(size='tiny', num_steps=7, minutes=2.5),
    pretrain_clip.Options(learning_rate=3e-4, chunk=96),
    pretrain_clip.Options(out=pathlib.Path('a folder/x'), resume=True),
    pretrain_home.Options(),
    pretrain_home.Options(size='large', hide_held_out=True, reuse=2.5),
    pretrain_home.Options(
      home=home_config.HomeConfig(rooms=(1, 4), goal_set='diverse'), seed=3
    ),
    # The configuration's own default, which is not the command's.
    pretrain_home.Options(home=home_config.HomeConfig()),
  ],
)
def test_the_model_cards_command_gives_the_options_back(options):
  words = shlex.split(pretraining.command(options))
  parsed = command_line.parse(type(options)(), words, prog='prog')
  assert parsed == options
