"""The simulated phone: a launcher, apps, touches, keys, logs."""

import numpy as np
from android_env.components.simulators import base_simulator

from acme_vlm.environments import splits
from acme_vlm.environments.android import adb, log_stream
from acme_vlm.environments.android import config as config_lib
from acme_vlm.environments.android import look as look_lib
from acme_vlm.environments.android.apps import catalogue
from acme_vlm.environments.android.drawing import launcher, renderer

LAUNCHER = 'com.google.android.apps.nexuslauncher/.NexusLauncherActivity'

# A finger that travels less than this (in screen widths) is a tap.
_SWIPE_THRESHOLD = 0.1
# Android's own key codes of send_key (emulators also send XKB's).
_KEYS = {3: 'KEYCODE_HOME', 4: 'KEYCODE_BACK'}


class SimulatedPhone(base_simulator.BaseSimulator):
  """A phone that AndroidEnv takes for a device.

  State: the set-up (`look`), the app in front or the launcher's page, and the
  set of running apps. An app that was not running logs `Displayed
  <component>` when it opens, as Android does on a cold start. Frames are drawn
  when they are asked for and kept for the rest of the phone's life.
  """

  def __init__(self, config: config_lib.SimulatedPhoneConfig):
    super().__init__(config)
    self.screen = config.screen
    self._log: log_stream.SimulatedLogStream | None = None
    self._verbose = config.verbose_logs
    first = look_lib.draw(
      splits.randomness(config.split, 0),
      config.split,
      config.apps,
      config.grid,
      config.num_contents,
    )
    self.renew(first)

  def renew(self, look: look_lib.Look) -> None:
    """Becomes another phone, showing its first home page."""
    self.look = look
    self.page = 0
    self.open_app: str | None = None
    self._running: set[str] = set()
    self._touched: tuple[int, int] | None = None
    self._released: tuple[int, int] | None = None
    self._frames: dict[str | int, np.ndarray] = {}

  # What android_env asks of a simulator.

  def adb_device_name(self) -> str:
    """Returns the name adb would know the phone by."""
    return 'simulated-phone'

  def create_adb_controller(self) -> adb.SimulatedAdb:
    """Returns a bridge to this phone."""
    return adb.SimulatedAdb(self)

  def create_log_stream(self) -> log_stream.SimulatedLogStream:
    """Returns the phone's logs; the newest stream gets all new lines."""
    self._log = log_stream.SimulatedLogStream(self._verbose)
    return self._log

  def _launch_impl(self) -> None:
    self.renew(self.look)

  def send_touch(self, touches: list[tuple[int, int, bool, int]]) -> None:
    """Moves the first finger; a tap or a swipe happens when it lifts."""
    x, y, down, _ = touches[0]
    if down:
      if self._touched is None:
        self._touched = (x, y)
      self._released = (x, y)
      return
    if self._touched is None or self._released is None:
      return
    start, self._touched = self._touched, None
    right = self._released[0] - start[0]
    below = self._released[1] - start[1]
    if max(abs(right), abs(below)) < _SWIPE_THRESHOLD * self.screen[1]:
      self._tap(*start)
    elif abs(right) > abs(below):
      self._swipe(-1 if right > 0 else 1)

  def send_key(self, keycode: np.int32, event_type: str) -> None:
    """Presses back (4) or home (3); other keys do nothing."""
    if event_type in ('keydown', 'keypress'):
      self.press(_KEYS.get(int(keycode), ''))

  def _get_screenshot_impl(self) -> np.ndarray:
    state = self.page if self.open_app is None else self.open_app
    frame = self._frames.get(state)
    if frame is None:
      if isinstance(state, str):
        frame = renderer.app_frame(self.look, state, self.screen)
      else:
        frame = renderer.home_frame(self.look, state, self.screen)
      self._frames[state] = frame
    return frame

  # What adb asks of the phone.

  def foreground(self) -> str:
    """Component name of the activity in front."""
    if self.open_app is None:
      return LAUNCHER
    return catalogue.BY_NAME[self.open_app].activity

  def packages(self) -> tuple[str, ...]:
    """Installed packages."""
    return tuple(catalogue.BY_NAME[name].package for name in self.look.contents)

  def start(self, component: str) -> bool:
    """Starts an app by component name; False if it is not installed."""
    app = catalogue.BY_PACKAGE.get(component.split('/')[0])
    if app is None or app.name not in self.look.contents:
      return False
    self._open(app.name)
    return True

  def force_stop(self, package: str) -> None:
    """Kills an app, so that it starts cold the next time."""
    app = catalogue.BY_PACKAGE.get(package)
    if app is None:
      return
    self._running.discard(app.name)
    if self.open_app == app.name:
      self.open_app = None

  def press(self, key: str) -> None:
    """Presses 'KEYCODE_HOME' or 'KEYCODE_BACK'."""
    if key == 'KEYCODE_HOME':
      # Home goes to the launcher as it was left; again, to its first page.
      if self.open_app is None:
        self.page = 0
      self.open_app = None
    elif key == 'KEYCODE_BACK':
      self.open_app = None

  def size(self) -> tuple[int, int]:
    """Height and width in pixels."""
    return self.screen

  # What the finger does.

  def _tap(self, x: int, y: int) -> None:
    height, width = self.screen
    # The centre of the touched pixel.
    across, down = (x + 0.5) / width, (y + 0.5) / height
    if down > launcher.NAVIGATION_TOP:
      if across < (launcher.BACK_X + launcher.HOME_X) / 2:
        self.press('KEYCODE_BACK')
      elif across < (launcher.HOME_X + launcher.RECENTS_X) / 2:
        self.press('KEYCODE_HOME')
      # There is no overview of recent apps: that button does nothing.
      return
    if self.open_app is not None:
      return
    slot = launcher.slot_at(self.look.grid, x + 0.5, y + 0.5, self.screen)
    name = None if slot is None else self.look.pages[self.page][slot]
    if name is not None:
      self._open(name)

  def _swipe(self, pages: int) -> None:
    if self.open_app is None:
      last = len(self.look.pages) - 1
      self.page = min(max(self.page + pages, 0), last)

  def _open(self, name: str) -> None:
    self.open_app = name
    if name in self._running:
      return
    self._running.add(name)
    if self._log is not None:
      component = catalogue.BY_NAME[name].activity
      self._log.emit('ActivityTaskManager', f'Displayed {component}: +312ms')
