"""What stands on the screens: names, messages, numbers, by split and seed."""

import colorsys
import random

from acme_vlm.environments import splits
from acme_vlm.environments.android.drawing import palette


def _pool(text: str, separator: str = ' ') -> tuple[str, ...]:
  return tuple(text.split(separator))


_NAMES = _pool(
  'Ada Ben Chloe Dan Eve Finn Gus Hana Ivan Jade Kofi Lena Milo Nora Omar Pia '
  'Quin Rosa Sami Tess Uma Vera Wim Xenia Yara Zane Aldo Beth Cato Dora Emil '
  'Fay Gita Hugo Iris Jonas Kira Leo Maya Nils Olga Pavel Rita Sven Tara Udo '
  'Vito Wanda Yuri Zoe Anton Bela Carl Dina Elsa Fred Gwen Hans Ines Jack',
)
_MESSAGES = _pool(
  'See you at five|On my way|Thanks a lot|Lunch today?|Photos attached|'
  'Call me back|All good here|Where are you|Happy birthday|Running late|'
  'Sounds great|Almost there|New plan below|Please sign this|Bring the keys|'
  'Dinner is ready|Good night|Train is delayed|Meeting moved|Got the tickets|'
  'Can we talk|Sent the file|Nice to meet you|Rain again|Buy some milk|'
  'Report is done|Looks perfect|Which colour?|Two more days|Check the door',
  separator='|',
)
_WORDS = _pool(
  'River Stone Cloud Ember Garden Winter Harbor Copper Meadow Signal Violet '
  'Summit Island Paper Silver Canyon Velvet Forest Lantern Orbit Marble Coast '
  'Falcon Amber Desert Mirror Thunder Willow Granite Aurora Cotton Rocket '
  'Pepper Ocean Cedar Shadow Maple Breeze Crystal Valley Saffron Atlas Pearl '
  'Comet Bamboo Tundra Coral Prairie Indigo Quartz',
)
_PLACES = _pool(
  'Oslo Lima Cairo Paris Kyoto Quito Delhi Accra Turin Perth Dakar Sofia Seoul '
  'Porto Hanoi Minsk Leeds Tunis Basel Osaka Milan Riga Malmo Lagos Vilnius '
  'Bergen Zagreb Nantes Krakow Bogota',
)


class Content:
  """Draws the things one page of one phone shows."""

  def __init__(self, split: splits.Split, rng: random.Random):
    self.rng = rng
    self._split = split
    self._names = splits.share(split, _NAMES)
    self._messages = splits.share(split, _MESSAGES)
    self._words = splits.share(split, _WORDS)
    self._places = splits.share(split, _PLACES)

  def name(self) -> str:
    """Returns a first name."""
    return self.rng.choice(self._names)

  def message(self) -> str:
    """Returns a short sentence."""
    return self.rng.choice(self._messages)

  def word(self) -> str:
    """Returns a capitalised noun."""
    return self.rng.choice(self._words)

  def title(self) -> str:
    """Returns two nouns, as songs and documents are called."""
    return f'{self.word()} {self.word()}'

  def place(self) -> str:
    """Returns the name of a town."""
    return self.rng.choice(self._places)

  def number(self, low: int, high: int) -> int:
    """Returns a number in [low, high) of this split."""
    return splits.number(self._split, self.rng, low, high)

  def colour(self) -> palette.Colour:
    """Returns a bright colour for pictures and covers, of the split's hues."""
    red, green, blue = colorsys.hsv_to_rgb(
      self.number(0, 360) / 360,
      self.rng.uniform(0.4, 0.85),
      self.rng.uniform(0.65, 0.98),
    )
    return round(255 * red), round(255 * green), round(255 * blue)

  def avatar(self) -> palette.Colour:
    """Returns the colour behind somebody's initial."""
    return self.rng.choice(palette.AVATARS)

  def uniform(self, low: float, high: float) -> float:
    """Returns a real number in [low, high]."""
    return self.rng.uniform(low, high)

  def chance(self, probability: float) -> bool:
    """Returns True with the given probability."""
    return self.rng.random() < probability

  def clock(self) -> str:
    """Returns a time of day."""
    return f'{self.rng.randrange(24)}:{self.number(10, 60)}'
