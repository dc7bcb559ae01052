"""Gives a running experiment another reward, when somebody asks for it."""

import threading
import time
from collections.abc import Callable
from concurrent import futures
from typing import NamedTuple

import numpy as np

from acme_vlm import errors
from acme_vlm.agent import progress, swap_requests
from acme_vlm.agent.builder import Parts
from acme_vlm.interfaces import RewardModel
from acme_vlm.rewards import swapping
from acme_vlm.rewards.config import RewardConfig
from acme_vlm.rewards.service import RewardService

# A compilation cannot be interrupted.
_JOIN_SECONDS = 90.0


class Switched(NamedTuple):
  """A reward that has come into use.

  Attributes:
    request: number of the request.
    config: what makes it.
    model: the reward model.
    swap: what the service did.
    frames: environment frames at the switch.
  """

  request: int
  config: RewardConfig
  model: RewardModel
  swap: swapping.Swap
  frames: int


class _Job:
  """One request on its way."""

  def __init__(self, request: swap_requests.Request):
    self.request = request
    self.loaded: futures.Future[RewardModel] = futures.Future()
    self.swapped: futures.Future[swapping.Swap] | None = None
    self.frames = 0
    self.began = time.monotonic()
    self.loading_seconds = 0.0


class RewardSwapper:
  """Takes requests from a mailbox, one after the other.

  The new model is loaded and compiled in a thread of its own, beside the old
  one, which goes on labeling; then the service switches. Whatever goes wrong
  on the way refuses the request and leaves the run as it was.

  The order of calls, all from one thread:

      swapper = RewardSwapper(parts, stages.service, mailbox, ...)
      ... swapper.poll() ...          # several times a second
      swapper.close()                 # when the service has ended
  """

  def __init__(
    self,
    parts: Parts,
    service: RewardService,
    mailbox: swap_requests.Mailbox,
    *,
    frames: Callable[[], int],
    on_switched: Callable[[Switched], None],
  ):
    """Joins the run with its mailbox.

    Args:
      parts: of the experiment; gets the new reward.
      service: gets it too.
      mailbox: of the run.
      frames: counts environment frames; called from the service's thread.
      on_switched: called by `poll` or `close` after each switch.
    """
    self._parts = parts
    self._service = service
    self._mailbox = mailbox
    self._frames = frames
    self._on_switched = on_switched
    self._job: _Job | None = None
    self._thread: threading.Thread | None = None

  def poll(self) -> None:
    """Does what can be done now; never waits."""
    job = self._job
    if job is None:
      self._begin()
    elif job.swapped is None:
      if job.loaded.done():
        self._loaded(job)
    elif job.swapped.done():
      self._swapped(job, job.swapped)

  def close(self) -> None:
    """Ends a loading thread and answers what is left."""
    job = self._job
    if job is not None:
      job.loaded.cancel()
      if job.swapped is not None:
        # The service is gone: it has done this, or never will.
        self._swapped(job, job.swapped)
    if self._thread is not None:
      self._thread.join(_JOIN_SECONDS)
    self._mailbox.refuse_waiting()

  def _begin(self) -> None:
    waiting = self._mailbox.waiting()
    if not waiting:
      return
    number = waiting[0]
    try:
      request = self._mailbox.read(number)
      if self._parts.config.run.oracle_reward:
        raise errors.ConfigError(
          'expected a run that learns from a reward model, got an oracle run'
        )
    except errors.AcmeVlmError as error:
      self._refuse(number, error)
      return
    self._job = _Job(request)
    self._mailbox.reply(number, swap_requests.LOADING)
    self._thread = threading.Thread(
      target=self._load, args=(self._job,), name='reward-loader', daemon=True
    )
    self._thread.start()

  def _load(self, job: _Job) -> None:
    """The loading thread: everything that takes time."""
    try:
      model = self._parts.load_reward(job.request.reward, like=self._parts.vlm)
      if model.version == self._parts.vlm.version:
        raise errors.ConfigError(
          'expected another reward than the one in use, got the same'
        )
      if not job.loaded.cancelled():
        self._parts.warm_up(model)
        self._try_out(model)
      error = None
    except Exception as caught:
      error = caught
    if not job.loaded.set_running_or_notify_cancel():
      return
    if error is not None:
      job.loaded.set_exception(error)
    else:
      job.loaded.set_result(model)

  def _try_out(self, model: RewardModel) -> None:
    """Weights that are no numbers load as well as any."""
    shape = (2, *self._parts.frame_shape)
    frames = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    scores = model.score_goals(frames, self._parts.goals)
    fine = np.isfinite(scores)
    if getattr(model, 'abstains', False):
      fine |= np.isnan(scores)
    if not fine.all():
      raise errors.CheckpointError(
        f'expected finite scores from the new reward, got {scores[~fine][0]}'
      )

  def _loaded(self, job: _Job) -> None:
    error = job.loaded.exception()
    if error is not None:
      self._refuse(job.request.number, error)
      return
    job.loading_seconds = time.monotonic() - job.began
    self._mailbox.reply(job.request.number, swap_requests.LOADED)

    def note_frames(_: futures.Future[swapping.Swap]) -> None:
      job.frames = self._frames()

    job.swapped = self._service.swap(job.loaded.result(), job.request.table)
    job.swapped.add_done_callback(note_frames)

  def _swapped(self, job: _Job, answer: futures.Future[swapping.Swap]) -> None:
    if answer.cancel() or answer.cancelled() or not answer.done():
      return
    error = answer.exception()
    if error is not None:
      self._refuse(job.request.number, error)
      return
    swap, model = answer.result(), job.loaded.result()
    self._job = None
    self._parts.adopt(job.request.reward, model)
    self._on_switched(
      Switched(job.request.number, job.request.reward, model, swap, job.frames)
    )
    self._mailbox.reply(
      job.request.number,
      swap_requests.SWITCHED,
      frames=job.frames,
      old_version=progress.version_name(swap.old_version),
      new_version=progress.version_name(swap.new_version),
      relabeled=swap.relabeled,
      dropped=swap.dropped,
      loading_seconds=round(job.loading_seconds, 2),
      still_seconds=round(swap.seconds, 4),
    )

  def _refuse(self, number: int, error: BaseException) -> None:
    self._job = None
    text = ' '.join(str(error).split())
    if not isinstance(error, errors.AcmeVlmError):
      text = f'{type(error).__name__}: {text}'
    self._mailbox.reply(number, swap_requests.REFUSED, error=text)
