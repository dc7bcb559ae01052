"""Plays evaluation episodes and keeps what was true and what was said."""

import threading
import zlib
from collections.abc import Callable, Mapping, Sequence

import jax
import numpy as np
from acme import core

from acme_vlm import interfaces, types
from acme_vlm.evaluation import config as config_lib
from acme_vlm.evaluation import playing, results

# frames uint8 [N, H, W, 3], goals int32 [N], episodes int64 [N] -> float32 [N].
Scorer = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


class Evaluator:
  """Evaluates parameters on environments that training never sees.

  Every evaluation makes its environments anew, so that with seeded ones each
  evaluation of a run plays the same episodes, and their differences come from
  the policy. An environment plays a fixed number of episodes: counting the
  first to finish would favour short, successful ones.
  """

  def __init__(
    self,
    make_environment: Callable[[int], interfaces.GoalEnvironment],
    cores: Mapping[str, playing.ActorCore],
    encode: Callable[[str], np.ndarray],
    score: Scorer,
    threshold: float,
    config: config_lib.EvaluationConfig,
    *,
    eyes: interfaces.Eyes | None = None,
    variable_source: core.VariableSource | None = None,
    seed: int = 0,
  ):
    """Builds the evaluator.

    Args:
      make_environment: makes environment 0 to N - 1, with the true reward and
        not ending on success.
      cores: ways of acting by name ('sampled', 'greedy', 'random'), for
        batches of N = `config.num_environments`.
      encode: an instruction to word ids int32 [L].
      score: p(o, l) of the newest frames; gets negative episode numbers, so
        that they never meet an actor's.
      threshold: beta; a score above it ends the episode.
      config: numbers of environments and episodes.
      eyes: what the policy is fed by in place of frames, or None.
      variable_source: `get_variables(['policy'])` gives `[types.Variables]`;
        needed unless each `evaluate` is given its variables.
      seed: of the actions.
    """
    self._make_environment = make_environment
    self._cores = dict(cores)
    self._encode = encode
    self._judge = (score, threshold)
    self._config = config
    self._eyes = eyes
    self._source = variable_source
    self._seed = seed
    self._played = 0

  def judge_by(self, score: Scorer, threshold: float) -> None:
    """Gives it another reward model; an evaluation that runs keeps its own.

    Args:
      score: as of the constructor.
      threshold: beta.
    """
    self._judge = (score, threshold)

  def evaluate(
    self,
    mode: str,
    *,
    num_episodes: int | None = None,
    recorded: int = 0,
    variables: types.Variables | None = None,
    stop: threading.Event | None = None,
  ) -> results.Evaluation:
    """Plays episodes.

    Args:
      mode: one of the names in `cores`.
      num_episodes: how many; None for the configured number.
      recorded: of how many, the first, the frames are kept.
      variables: the policy's; None fetches the newest.
      stop: gives the evaluation up when set.

    Returns:
      The episodes; none at all if it was given up.

    Raises:
      ValueError: for a mode that is not in `cores`.
    """
    if mode not in self._cores:
      raise ValueError(f'expected a mode of {list(self._cores)}, got {mode!r}')
    if variables is None and self._source is not None:
      variables = self._source.get_variables(['policy'])[0]
    if variables is None:
      variables = types.Variables(-1, None)
    total = self._config.episodes if num_episodes is None else num_episodes
    environments = [
      self._make_environment(slot)
      for slot in range(min(self._config.num_environments, total))
    ]
    judge = self._judge
    try:
      episodes = self._play(
        mode, variables, environments, total, recorded, stop, judge
      )
    finally:
      for environment in environments:
        environment.close()
    return results.Evaluation(
      mode, int(variables.version), judge[1], tuple(episodes)
    )

  def run(
    self,
    stop: threading.Event,
    report: Callable[[results.Evaluation, float], None],
    modes: Sequence[str] = ('sampled',),
    clock: Callable[[], float] = lambda: 0,
  ) -> None:
    """Evaluates at once and then again and again, until told to stop.

    Args:
      stop: ends the waiting; an evaluation that has begun is given up.
      report: gets each evaluation, and the clock when it began.
      modes: evaluated each time.
      clock: for example environment frames.
    """
    while not stop.is_set():
      for mode in modes:
        began = clock()
        evaluation = self.evaluate(mode, stop=stop)
        if not stop.is_set():
          report(evaluation, began)
      stop.wait(self._config.period_seconds)

  def _play(self, mode, variables, environments, total, recorded, stop, judge):
    """Plays episode n in environment n mod N."""
    score, threshold = judge
    size = self._config.num_environments
    # A name's hash differs from process to process, its checksum does not.
    key = jax.random.fold_in(
      jax.random.key(self._seed), zlib.crc32(mode.encode())
    )
    acting = playing.Batch(
      self._cores[mode],
      jax.device_put(variables.params),
      size,
      key,
      self._eyes,
    )
    slots = [
      playing.Slot(
        environment, list(range(n, total, len(environments))), recorded
      )
      for n, environment in enumerate(environments)
    ]
    for n, slot in enumerate(slots):
      acting.show(n, slot.begin(), self._encode)
    acting.look({n: slot.goal for n, slot in enumerate(slots)})
    done: dict[int, results.EpisodeResult] = {}
    while len(done) < total:
      if stop is not None and stop.is_set():
        return []
      actions = acting.act()
      active = [n for n, slot in enumerate(slots) if slot.playing]
      for n in active:
        acting.pixels[n] = slots[n].step(int(actions[n]))
      # Before the scorer, which then finds the frames embedded already.
      acting.look({n: slots[n].goal for n in active})
      scores = score(
        acting.pixels[active],
        np.array([slots[n].goal for n in active], np.int32),
        np.array([-1 - self._played - slots[n].episode for n in active]),
      )
      begun = []
      for n, value in zip(active, scores, strict=True):
        slot = slots[n]
        if slot.scored(float(value), threshold):
          number = slot.episode
          done[number] = slot.finish()
          if slot.playing:
            acting.show(n, slot.begin(), self._encode)
            begun.append(n)
      acting.look({n: slots[n].goal for n in begun})
    self._played += total
    return [done[n] for n in range(total)]
