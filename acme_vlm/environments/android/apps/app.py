"""What an app is to the simulated phone."""

import dataclasses
from collections.abc import Callable

from acme_vlm.environments.android.drawing import canvas, palette
from acme_vlm.environments.android.drawing import page as page_lib


@dataclasses.dataclass(frozen=True)
class App:
  """One app.

  Attributes:
    name: the label under the icon, and the name of the goal to open it.
    activity: component name, `package/activity class`, as adb prints it.
    accent: the colour of its header and buttons.
    tile: the colour of its icon's background.
    icon: draws the icon's figure in the unit square.
    page: draws the page the app opens with.
  """

  name: str
  activity: str
  accent: palette.Colour
  tile: palette.Colour
  icon: Callable[[canvas.Canvas], None]
  page: Callable[[page_lib.Page], None]

  @property
  def package(self) -> str:
    """The part of the component name before the slash."""
    return self.activity.split('/')[0]


def simulated(
  name: str,
  accent: palette.Colour,
  tile: palette.Colour,
  icon: Callable[[canvas.Canvas], None],
  page: Callable[[page_lib.Page], None],
) -> App:
  """Returns an app that exists on simulated phones only."""
  package = f'org.acmevlm.{name.lower().replace(" ", "")}'
  return App(
    name, f'{package}/{package}.MainActivity', accent, tile, icon, page
  )
