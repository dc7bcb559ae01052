"""The simulated phone's side of the Android debug bridge."""

from typing import Protocol

from android_env.components import adb_controller, config_classes


class AdbTarget(Protocol):
  """What adb commands act on."""

  def foreground(self) -> str:
    """Component name of the activity in front."""

  def packages(self) -> tuple[str, ...]:
    """Installed packages."""

  def start(self, component: str) -> bool:
    """Starts an activity; False if it does not exist."""

  def force_stop(self, package: str) -> None:
    """Kills an app."""

  def press(self, key: str) -> None:
    """Presses a key, such as 'KEYCODE_HOME'."""

  def size(self) -> tuple[int, int]:
    """Height and width in pixels."""


class SimulatedAdb(adb_controller.AdbController):
  """Answers the adb commands that android_env sends, in process.

  android_env's AdbCallParser, DeviceSettings, SetupStepInterpreter and
  AppScreenChecker run unchanged on top of it.
  """

  def __init__(self, phone: AdbTarget):
    super().__init__(config_classes.AdbControllerConfig())
    self._phone = phone
    self._settings: dict[tuple[str, str], str] = {}

  def execute_command(
    self,
    args: list[str],
    timeout: float | None = None,
    device_specific: bool = True,
  ) -> bytes:
    """Runs an adb command line; several shell commands are split at ';'."""
    del timeout, device_specific  # Everything is immediate; one device.
    if not args or args[0] != 'shell':
      return b''
    commands = ' '.join(args[1:]).split(';')
    return b''.join(self._shell(command.split()) for command in commands)

  def _shell(self, words: list[str]) -> bytes:
    phone = self._phone
    match words:
      case ['am', 'force-stop', package]:
        phone.force_stop(package)
      case ['input', 'keyevent', key]:
        phone.press(key)
      case ['am', 'stack', 'list', *_]:
        component = phone.foreground()
        height, width = phone.size()
        return (
          f'  taskId=7: {component} bounds=[0,0][{width},{height}] userId=0 '
          f'visible=true topActivity=ComponentInfo{{{component}}}\n'
        ).encode()
      case ['am', 'start', *rest] if '-n' in rest[:-1]:
        component = rest[rest.index('-n') + 1]
        status = 'ok' if phone.start(component) else 'Error'
        return f'Starting: {component}\nStatus: {status}\nComplete\n'.encode()
      case ['pm', 'list', 'packages', *_]:
        return '\n'.join(f'package:{p}' for p in phone.packages()).encode()
      case ['dumpsys', 'input', *_]:
        return b'  SurfaceOrientation: 0\n'
      case ['settings', 'put', namespace, key, value]:
        self._settings[namespace, key] = value
      case ['settings', 'get', namespace, key]:
        return f'{self._settings.get((namespace, key), "null")}\n'.encode()
      case ['wm', 'size']:
        height, width = phone.size()
        return f'Physical size: {width}x{height}\n'.encode()
    return b''
