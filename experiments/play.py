"""Plays the home: a person in a window, or the scripted solver in a video.

  python -m experiments.play playhouse/find
  python -m experiments.play playhouse/lift --headless True --out FOLDER

In the window: W, A, S, D walk, the arrow keys turn and tilt, the space bar
switches the magnet, N begins another episode, Escape ends. Without a display,
or headless, the solver plays; its episodes become a video and a table.
"""

import dataclasses
import os
import pathlib
import sys
import typing
from collections.abc import Callable

import dm_env
import numpy as np

from acme_vlm import environments, errors
from acme_vlm.environments.playhouse import actions, environment
from acme_vlm.environments.playhouse import config as config_lib
from acme_vlm.evaluation import results, video
from launch import command_line

if typing.TYPE_CHECKING:
  import tkinter

PROG = 'python -m experiments.play'
_MOVES = {'w': 'forward', 's': 'backward', 'a': 'left', 'd': 'right'}
_LOOKS = {
  'Left': 'turn left',
  'Right': 'turn right',
  'Up': 'look up',
  'Down': 'look down',
}


@dataclasses.dataclass(frozen=True)
class Play:
  """Plays a task of the home."""

  seed: int = 0
  """Of all episodes; at least 0."""

  split: str = 'validation'
  """Whose worlds: 'train', 'validation' or 'evaluation'."""

  out: pathlib.Path = pathlib.Path('runs/play')
  """Folder of the video."""

  episodes: int = 6
  """Episodes in the video; at least 1."""

  headless: bool = False
  """The solver plays, without a window."""

  height: int = 288
  """Of the frames that are shown, pixels; they are 4 wide by 3 high."""

  home: config_lib.HomeConfig = dataclasses.field(
    default_factory=config_lib.HomeConfig
  )
  """What homes are like."""

  def __post_init__(self):
    if self.episodes < 1:
      raise errors.ConfigError(f'expected episodes >= 1, got {self.episodes}')


def make(name: str, args: Play) -> environment.Playhouse:
  """The environment, with frames as they are shown."""
  if not name.startswith('playhouse/'):
    known = [n for n in environments.names() if n.startswith('playhouse/')]
    raise errors.UnknownNameError('task of the home', name, known)
  made = environments.make(
    name,
    seed=args.seed,
    split=args.split,
    screen=(args.height, args.height * 4 // 3),
    home=args.home,
  )
  assert isinstance(made, environment.Playhouse)
  return made


def solved_episode(
  env: environment.Playhouse, solver: Callable[[dm_env.TimeStep], int]
) -> results.EpisodeResult:
  """Lets the solver play one episode."""
  timestep: dm_env.TimeStep = env.reset()
  words = str(timestep.observation['instruction'])
  pixels, taken, rewards = [timestep.observation['pixels']], [], []
  while not timestep.last():
    taken.append(solver(timestep))
    timestep = env.step(taken[-1])
    pixels.append(timestep.observation['pixels'])
    rewards.append(float(timestep.reward))
  return results.EpisodeResult(
    goal=env.goal_index,
    goal_name=words,
    length=len(taken),
    true_success=sum(rewards) > 0,
    # No reward model looks on.
    vlm_success=False,
    true_return=sum(rewards),
    scores=np.full(len(rewards), np.nan, np.float32),
    achieved=np.array(rewards) > 0,
    actions=np.array(taken, np.int32),
    pixels=np.stack(pixels),
  )


def write_video(name: str, args: Play) -> pathlib.Path:
  """Records the solver's episodes, and prints a table of them."""
  env = make(name, args)
  solver = environments.solver(env)
  names = env.action_space.names
  episodes = []
  print(f'{"episode":>7}  {"steps":>5}  {"success":7}  instruction')
  for number in range(args.episodes):
    episodes.append(solved_episode(env, solver))
    last = episodes[-1]
    success = 'yes' if last.true_success else 'no'
    print(f'{number:>7}  {last.length:>5}  {success:7}  {last.goal_name}')
  solved = sum(e.true_success for e in episodes)
  print(f'{solved} of {len(episodes)} solved')
  try:
    args.out.mkdir(parents=True, exist_ok=True)
  except OSError as error:
    raise errors.ConfigError(
      f'expected a folder to write to, got {args.out}: {error.strerror}'
    ) from None
  path = args.out / f'{name.replace("/", "_")}.mp4'
  video.write_video(
    path,
    episodes,
    lambda action: video.ActionMark(names[action]),
    threshold=0.5,
    columns=1,
    scale=1,
    frames_per_second=4.0,
  )
  return path


class Window:
  """The home in a window, played by a person."""

  def __init__(self, env: environment.Playhouse):
    """Opens the window and begins an episode.

    Raises:
      EnvironmentFailure: there is no Tk here, or no display that it can reach.
    """
    # Only where there is a display: not every Python comes with Tk.
    try:
      import tkinter

      from PIL import Image, ImageTk
    except ImportError as error:
      raise _no_window(error) from error
    self._env, self._image, self._tk_image = env, Image, ImageTk
    try:
      self._root = tkinter.Tk()
    except tkinter.TclError as error:
      raise _no_window(error) from error
    self._root.title('playhouse')
    self._said = tkinter.Label(self._root, font=('', 14))
    self._said.pack()
    self._view = tkinter.Label(self._root)
    self._view.pack()
    self._root.bind('<Key>', self._pressed)
    self._grab = 0
    self._show(env.reset())

  def play(self) -> None:
    """Until the window is closed."""
    self._root.mainloop()

  def _pressed(self, event: 'tkinter.Event') -> None:
    key = event.keysym
    move, look = _MOVES.get(key.lower(), 'stay'), _LOOKS.get(key, 'ahead')
    if key == 'Escape':
      self._root.destroy()
    elif key.lower() == 'n':
      self._grab = 0
      self._show(self._env.reset())
    elif key == 'space' or move != 'stay' or look != 'ahead':
      self._grab ^= key == 'space'
      if self._ended:
        self._grab = 0
      action = self._env.action_space.encode(
        actions.MOVES.index(move), actions.LOOKS.index(look), int(self._grab)
      )
      self._show(self._env.step(action))

  def _show(self, timestep: dm_env.TimeStep) -> None:
    self._ended = timestep.last()
    words = str(timestep.observation['instruction'])
    if self._ended:
      words += ': done!' if timestep.reward else ': time is up'
    self._said.configure(text=words)
    frame = self._image.fromarray(timestep.observation['pixels'])
    # Tk draws it only as long as somebody holds it.
    self._photo = self._tk_image.PhotoImage(frame)
    self._view.configure(image=self._photo)


def _no_window(error: Exception) -> errors.EnvironmentFailure:
  return errors.EnvironmentFailure(
    'expected Tk and a display for the window (--headless True needs none), got'
    f' {" ".join(str(error).split())}'
  )


def main() -> None:
  argv = sys.argv[1:]
  with command_line.user_mistakes():
    if argv[:1] in ([], ['--help'], ['-h']):
      command_line.parse(Play(), ['--help'], prog=f'{PROG} TASK')
    if argv[0].startswith('-'):
      raise errors.ConfigError(
        f'expected the name of a task before the options, got {argv[0]}'
      )
    args = command_line.parse(Play(), argv[1:], prog=f'{PROG} TASK')
    if args.home.control != 'discrete':
      raise errors.ConfigError(
        f"expected home.control 'discrete' to play, got {args.home.control!r}"
      )
    if args.headless or not os.environ.get('DISPLAY'):
      print(write_video(argv[0], args))
    else:
      Window(make(argv[0], args)).play()


if __name__ == '__main__':
  main()
