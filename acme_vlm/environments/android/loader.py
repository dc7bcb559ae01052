"""From a simulator's configuration to a running AndroidEnv."""

import dataclasses
import os

from android_env import environment
from android_env.components import config_classes
from android_env.components import coordinator as coordinator_lib
from android_env.components import device_settings as device_settings_lib
from android_env.components.simulators import base_simulator
from android_env.components.simulators.fake import fake_simulator
from android_env.proto import task_pb2

from acme_vlm import errors
from acme_vlm.environments.android import config as config_lib
from acme_vlm.environments.android import phone as phone_lib
from acme_vlm.environments.android import tasks


@dataclasses.dataclass(frozen=True)
class LoadedPhone:
  """An AndroidEnv and the parts of it that change by the episode."""

  env: environment.AndroidEnv
  simulator: base_simulator.BaseSimulator
  task_manager: tasks.GoalTaskManager


def load(
  config: config_classes.SimulatorConfig, task: task_pb2.Task
) -> LoadedPhone:
  """Starts a phone under AndroidEnv.

  Args:
    config: says by its type which kind of phone: SimulatedPhoneConfig, or
      android_env's EmulatorConfig (a real emulator) or FakeSimulatorConfig
      (noise, for wiring tests).
    task: the first task.

  Returns:
    The phone, both of its bars shown.

  Raises:
    ConfigError: if the type of `config` is not one of these, or a file that it
      names does not exist.
    EnvironmentFailure: if the simulator could not be started.
  """
  simulator: base_simulator.BaseSimulator
  manager: tasks.GoalTaskManager
  match config:
    case config_lib.SimulatedPhoneConfig():
      simulator = phone_lib.SimulatedPhone(config)
      manager = tasks.PromptGoalTaskManager(task)
    case config_classes.EmulatorConfig():
      simulator = _emulator(config)
      manager = tasks.GoalTaskManager(task)
    case config_classes.FakeSimulatorConfig():
      simulator = fake_simulator.FakeSimulator(config)
      manager = tasks.GoalTaskManager(task)
    case _:
      raise errors.ConfigError(
        'expected a SimulatedPhoneConfig, EmulatorConfig or '
        f'FakeSimulatorConfig, got {type(config).__name__}'
      )
  # The agent's back and home are touches on the navigation bar.
  settings = config_classes.DeviceSettingsConfig(
    show_touches=False,
    show_pointer_location=False,
    show_status_bar=True,
    show_navigation_bar=True,
  )
  coordinator = coordinator_lib.Coordinator(
    simulator,
    manager,
    device_settings_lib.DeviceSettings(simulator),
    config_classes.CoordinatorConfig(device_settings=settings),
  )
  env = environment.AndroidEnv(
    simulator=simulator, coordinator=coordinator, task_manager=manager
  )
  return LoadedPhone(env, simulator, manager)


def _emulator(
  config: config_classes.EmulatorConfig,
) -> base_simulator.BaseSimulator:
  """Starts an emulator, or connects to one that runs."""
  launcher = dataclasses.replace(
    config.emulator_launcher,
    android_avd_home=os.path.expanduser(
      config.emulator_launcher.android_avd_home
    ),
    android_sdk_root=os.path.expanduser(
      config.emulator_launcher.android_sdk_root
    ),
    emulator_path=os.path.expanduser(config.emulator_launcher.emulator_path),
  )
  adb = dataclasses.replace(
    config.adb_controller,
    adb_path=os.path.expanduser(config.adb_controller.adb_path),
  )
  needed = {'adb': adb.adb_path}
  # With all ports given android_env connects to a running emulator instead.
  ports = launcher.adb_port, launcher.emulator_console_port, launcher.grpc_port
  if not all(ports):
    needed['emulator'] = launcher.emulator_path
  for name, path in needed.items():
    if not os.path.isfile(path):
      raise errors.ConfigError(
        f'expected the Android {name} binary at {path!r}, but there is no file'
      )
  config = dataclasses.replace(
    config, emulator_launcher=launcher, adb_controller=adb
  )
  # Imported here because it starts gRPC, which only emulators need.
  from android_env.components.simulators.emulator import emulator_simulator

  try:
    return emulator_simulator.EmulatorSimulator(config=config)
  except Exception as error:
    raise errors.EnvironmentFailure(
      f'the Android emulator could not be started: {error}'
    ) from error
