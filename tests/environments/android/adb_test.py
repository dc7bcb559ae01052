"""android_env's own adb parser talks to the simulated phone."""

import pytest
from android_env.components import adb_call_parser
from android_env.proto import adb_pb2

from acme_vlm.environments.android import adb, config, phone
from acme_vlm.environments.android.apps import catalogue

CLOCK = catalogue.BY_NAME['Clock']


@pytest.fixture
def device():
  return phone.SimulatedPhone(config.SimulatedPhoneConfig())


@pytest.fixture
def parser(device):
  return adb_call_parser.AdbCallParser(device.create_adb_controller())


def _activity(parser):
  request = adb_pb2.AdbRequest(
    get_current_activity=adb_pb2.AdbRequest.GetCurrentActivity()
  )
  return parser.parse(request).get_current_activity.full_activity


def test_current_activity_follows_the_phone(parser):
  assert _activity(parser) == phone.LAUNCHER
  start = adb_pb2.AdbRequest.StartActivity(full_activity=CLOCK.activity)
  response = parser.parse(adb_pb2.AdbRequest(start_activity=start))
  assert response.status == adb_pb2.AdbResponse.OK
  assert _activity(parser) == CLOCK.activity


def test_force_stop_closes_the_app(parser, device):
  assert device.start(CLOCK.activity)
  stop = adb_pb2.AdbRequest.ForceStop(package_name=CLOCK.package)
  parser.parse(adb_pb2.AdbRequest(force_stop=stop))
  assert _activity(parser) == phone.LAUNCHER


def test_installed_packages_are_those_of_the_ten_apps(parser):
  packages = adb_pb2.AdbRequest.PackageManagerRequest(
    list=adb_pb2.AdbRequest.PackageManagerRequest.List(
      packages=adb_pb2.AdbRequest.PackageManagerRequest.List.Packages()
    )
  )
  response = parser.parse(adb_pb2.AdbRequest(package_manager=packages))
  assert len(response.package_manager.list.items) == 10
  assert CLOCK.package in response.package_manager.list.items


def test_several_shell_commands_in_one_line(parser, device):
  device.start(CLOCK.activity)
  args = f'am force-stop {CLOCK.package}; input keyevent KEYCODE_HOME'
  generic = adb_pb2.AdbRequest.GenericRequest(args=['shell', args])
  parser.parse(adb_pb2.AdbRequest(generic=generic))
  assert device.open_app is None


def test_size_settings_orientation_and_the_rest(device):
  bridge = adb.SimulatedAdb(device)

  def shell(command):
    return bridge.execute_command(['shell', command]).decode().strip()

  assert shell('wm size') == 'Physical size: 72x120'
  assert shell('settings get system volume') == 'null'
  assert shell('settings put system volume 7') == ''
  assert shell('settings get system volume') == '7'
  assert shell('dumpsys input') == 'SurfaceOrientation: 0'
  assert 'Error' in shell('am start -n com.unknown/.Main')
  assert shell('make coffee') == ''
  assert bridge.execute_command(['devices']) == b''
