import re
import time

import numpy as np
import pytest
from android_env.components import log_stream as android_log

from acme_vlm import errors
from acme_vlm.environments.android import config, loader, tasks
from acme_vlm.environments.android.apps import catalogue

GMAIL, CLOCK = catalogue.BY_NAME['Gmail'], catalogue.BY_NAME['Clock']


def test_the_task_knows_a_launch_by_its_package():
  task = tasks.open_app(GMAIL, end_on_success=True)
  (event,) = task.log_parsing_config.log_regexps.reward_event
  assert event.reward == 1.0
  # Real logs shorten and lengthen class names.
  assert re.match(event.event, f'Displayed {GMAIL.package}/.Main: +1s2ms')
  assert not re.match(event.event, f'Displayed {CLOCK.activity}: +12ms')
  unescaped = GMAIL.package.replace('.', 'x')
  assert not re.match(event.event, f'Displayed {unescaped}/.Main: +12ms')
  assert not re.match(event.event, f'START {GMAIL.activity}')
  assert list(task.log_parsing_config.log_regexps.episode_end) == [event.event]


def test_success_need_not_end_the_episode():
  task = tasks.open_app(GMAIL, end_on_success=False)
  assert not task.log_parsing_config.log_regexps.episode_end
  assert task.log_parsing_config.log_regexps.reward_event


def _reward_of_opening(loaded, app):
  loaded.env.reset()
  loaded.simulator.start(app.activity)
  lift = {
    'action_type': np.array(1, np.int32),
    'touch_position': np.zeros(2, np.float32),
  }
  return loaded.env.step(lift).reward


@pytest.fixture
def loaded():
  loaded = loader.load(
    config.SimulatedPhoneConfig(), tasks.open_app(GMAIL, end_on_success=False)
  )
  yield loaded
  loaded.env.close()


def test_the_task_can_be_swapped_between_episodes(loaded):
  assert _reward_of_opening(loaded, GMAIL) == 1.0
  assert _reward_of_opening(loaded, CLOCK) == 0.0
  loaded.task_manager.set_task(tasks.open_app(CLOCK, end_on_success=False))
  assert _reward_of_opening(loaded, CLOCK) == 1.0
  assert _reward_of_opening(loaded, GMAIL) == 0.0
  loaded.task_manager.set_task(tasks.open_app(GMAIL, end_on_success=False))
  assert _reward_of_opening(loaded, GMAIL) == 1.0


def test_the_goal_app_is_stopped_at_reset(loaded):
  for _ in range(3):
    assert _reward_of_opening(loaded, GMAIL) == 1.0


def test_a_simulated_phone_is_not_waited_for(loaded, monkeypatch):
  monkeypatch.setattr(time, 'sleep', lambda _: pytest.fail('slept'))
  loaded.env.reset()


def test_a_prompt_task_manager_needs_a_prompt_log():
  class Stream(android_log.LogStream):
    def _get_stream_output(self):
      return iter(())

    def stop_stream(self):
      pass

  manager = tasks.PromptGoalTaskManager(
    tasks.open_app(GMAIL, end_on_success=True)
  )
  with pytest.raises(errors.EnvironmentFailure, match='got Stream'):
    manager.start(lambda: None, Stream())
