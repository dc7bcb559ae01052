"""AndroidEnv tasks, and a task manager that changes its task by the episode."""

import re

from android_env.components import (
  adb_call_parser,
  config_classes,
  logcat_thread,
  setup_step_interpreter,
  task_manager,
)
from android_env.components import log_stream as log_stream_lib
from android_env.proto import task_pb2
from google.protobuf import text_format

from acme_vlm import errors
from acme_vlm.environments.android import log_stream as simulated_log
from acme_vlm.environments.android.apps import app as app_lib

# Real logs shorten class names, so a launch is known by its package. The app
# is stopped first: only a cold start is sure to be logged. Older systems log
# as ActivityManager.
_OPEN_APP = r"""
id: "open_{name}"
name: "Open {name}"
description: "open {name}"
reset_steps: {{
  adb_request: {{
    generic: {{
      args: "shell"
      args: "am force-stop {package}; "
            "input keyevent KEYCODE_HOME; input keyevent KEYCODE_HOME"
    }}
  }}
}}
log_parsing_config: {{
  filters: "ActivityTaskManager:I"
  filters: "ActivityManager:I"
  log_regexps: {{
    reward_event: {{ event: "^Displayed {pattern}/.*" reward: 1.0 }}
    {episode_end}
  }}
}}
"""


def open_app(app: app_lib.App, *, end_on_success: bool) -> task_pb2.Task:
  """Returns the task of opening an app.

  Args:
    app: the app.
    end_on_success: whether AndroidEnv ends the episode when it opens.
  """
  pattern = re.escape(app.package).replace('\\', '\\\\')
  end = f'episode_end: "^Displayed {pattern}/.*"' if end_on_success else ''
  text = _OPEN_APP.format(
    name=app.name, package=app.package, pattern=pattern, episode_end=end
  )
  return text_format.Parse(text, task_pb2.Task())


class GoalTaskManager(task_manager.TaskManager):
  """A TaskManager whose task can be swapped between episodes."""

  def __init__(self, task: task_pb2.Task):
    # No task here expects a screen, so there is nothing to ask dumpsys for; by
    # default android_env starts a thread for it every 150 steps.
    super().__init__(
      task, config_classes.TaskManagerConfig(dumpsys_check_frequency=0)
    )
    self._event_listeners: list[logcat_thread.EventListener] = []

  def set_task(self, task: task_pb2.Task) -> None:
    """Makes `task` the task of all episodes from the next reset on."""
    self._task = task
    thread = self._logcat_thread
    if thread is None:
      return
    # No line may be handled between the removal and the addition.
    thread.pause()
    thread.line_ready().wait()
    for listener in self._event_listeners:
      thread.remove_event_listener(listener)
    self._listen()
    thread.resume()

  def _start_logcat_thread(self, log_stream: log_stream_lib.LogStream) -> None:
    log_stream.set_log_filters(list(self._task.log_parsing_config.filters))
    self._logcat_thread = self._reader(log_stream)
    self._listen()

  def _reader(
    self, log_stream: log_stream_lib.LogStream
  ) -> logcat_thread.LogcatThread:
    return logcat_thread.LogcatThread(log_stream=log_stream)

  def _listen(self) -> None:
    self._event_listeners = self._logcat_listeners()
    for listener in self._event_listeners:
      self._logcat_thread.add_event_listener(listener)


class _PromptInterpreter(setup_step_interpreter.SetupStepInterpreter):
  """Runs set-up steps without android_env's half second of sleep after each.

  A simulated phone has done what it was told when the call returns.
  """

  def _process_step_command(self, step_cmd: task_pb2.SetupStep) -> None:
    condition = step_cmd.success_condition
    self._execute_step_cmd(step_cmd, step_cmd.WhichOneof('step'))
    self._check_success(condition.WhichOneof('check'), condition)


class PromptGoalTaskManager(GoalTaskManager):
  """A GoalTaskManager for simulated phones, which need no time to settle."""

  def _reader(
    self, log_stream: log_stream_lib.LogStream
  ) -> logcat_thread.LogcatThread:
    if not isinstance(log_stream, simulated_log.SimulatedLogStream):
      raise errors.EnvironmentFailure(
        'expected the log of a simulated phone, got '
        f'{type(log_stream).__name__}'
      )
    return simulated_log.PromptLogcat(log_stream)

  def _start_setup_step_interpreter(
    self, adb_call_parser: adb_call_parser.AdbCallParser
  ) -> None:
    self._setup_step_interpreter = _PromptInterpreter(
      adb_call_parser=adb_call_parser
    )
