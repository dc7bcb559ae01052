import pytest
from android_env.components import config_classes

from acme_vlm import errors
from acme_vlm.environments.android import config, loader, tasks
from acme_vlm.environments.android.apps import catalogue

TASK = tasks.open_app(catalogue.BY_NAME['Gmail'], end_on_success=True)


def test_a_simulated_phone_has_the_specs_of_a_device():
  loaded = loader.load(config.SimulatedPhoneConfig(screen=(60, 36)), TASK)
  assert loaded.env.observation_spec()['pixels'].shape == (60, 36, 3)
  assert set(loaded.env.action_spec()) == {'action_type', 'touch_position'}
  assert loaded.env.reset().observation['pixels'].shape == (60, 36, 3)
  loaded.env.close()


def test_any_android_env_simulator_is_wired_the_same_way():
  fake = config_classes.FakeSimulatorConfig(screen_dimensions=(60, 36))
  loaded = loader.load(fake, TASK)
  assert loaded.env.observation_spec()['pixels'].shape == (60, 36, 3)
  assert type(loaded.task_manager) is tasks.GoalTaskManager
  loaded.env.close()


def test_unknown_type_of_config():
  with pytest.raises(errors.ConfigError, match='got SimulatorConfig'):
    loader.load(config_classes.SimulatorConfig(), TASK)


def test_missing_adb_binary(tmp_path):
  emulator = config_classes.EmulatorConfig(
    adb_controller=config_classes.AdbControllerConfig(
      adb_path=str(tmp_path / 'adb')
    )
  )
  with pytest.raises(errors.ConfigError, match=r'Android adb binary at .*/adb'):
    loader.load(emulator, TASK)


def test_missing_emulator_binary(tmp_path):
  adb = tmp_path / 'adb'
  adb.touch()
  emulator = config_classes.EmulatorConfig(
    adb_controller=config_classes.AdbControllerConfig(adb_path=str(adb)),
    emulator_launcher=config_classes.EmulatorLauncherConfig(
      emulator_path=str(tmp_path / 'emulator')
    ),
  )
  with pytest.raises(errors.ConfigError, match='Android emulator binary at'):
    loader.load(emulator, TASK)


def test_an_emulator_that_does_not_start(tmp_path):
  # An adb that cannot be executed: the real EmulatorSimulator meets it.
  adb = tmp_path / 'adb'
  adb.touch()
  emulator = config_classes.EmulatorConfig(
    adb_controller=config_classes.AdbControllerConfig(adb_path=str(adb)),
    emulator_launcher=config_classes.EmulatorLauncherConfig(
      adb_port=1, emulator_console_port=2, grpc_port=3
    ),
  )
  with pytest.raises(errors.EnvironmentFailure, match='could not be started'):
    loader.load(emulator, TASK)
