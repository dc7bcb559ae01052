"""The policy's network: torso, instruction, core, and the heads."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Bool, Float, Float32, Int32, UInt8

from acme_vlm.networks import (
  policy_core,
  policy_heads,
  policy_torso,
  policy_words,
)

# Logit of an outcome before anything is known of it: most taps achieve nothing.
_PRIOR = -3.0


class PolicyOutput(NamedTuple):
  """One step of the policy.

  Attributes:
    logits: unnormalised log-probabilities of the actions, float32 `[B, A]`.
    value: float32 `[B]`.
    core_state: recurrent state for the next step, float32 `[B, S]`.
  """

  logits: Float32[Array, 'b a']
  value: Float32[Array, ' b']
  core_state: Float32[Array, 'b s']


class DistinctRows(NamedTuple):
  """Frames and instructions of a batch, repeated rows left out.

  Attributes:
    pixels: uint8 `[U, H, W, 3]`.
    sight: float32 `[U, F]`.
    instruction: int32 `[U, L]`.
    position: which of the U rows stands at `[b, t]`, int32 `[B, T+1]`.
  """

  pixels: UInt8[Array, 'u h w 3']
  sight: Float32[Array, 'u f']
  instruction: Int32[Array, 'u l']
  position: Int32[Array, 'b t1']


class Question(NamedTuple):
  """What the outcome head is asked about the taps of an unroll.

  Attributes:
    tap: which cell was tapped at a row, int32 `[B, T]`; anything where it was
      no tap.
    goal: word ids of a goal, int32 `[B, T, L]`.
  """

  tap: Int32[Array, 'b t']
  goal: Int32[Array, 'b t l']


class Answer(NamedTuple):
  """Logits that the tap achieves a goal at once.

  Attributes:
    own: the goal of the row's own instruction, float32 `[B, T]`.
    asked: the goal asked about, float32 `[B, T]`.
  """

  own: Float[Array, 'b t']
  asked: Float[Array, 'b t']


class Film(nn.Module):
  """Feature-wise linear modulation of a map by a vector: `γ(z) x + β(z)`.

  Reference:
    Perez et al. 2018, arXiv 1709.07871.
  """

  @nn.compact
  def __call__(
    self, x: Float[Array, 'n rows columns f'], z: Float[Array, 'n e']
  ) -> Float[Array, 'n rows columns f']:
    """Modulates each feature of every cell."""
    both = nn.Dense(2 * x.shape[-1], name='scale_and_shift')(z)
    scale, shift = jnp.split(both[:, None, None, :], 2, axis=-1)
    return x * (1.0 + scale) + shift


def cells(
  x: Float[Array, 'n h w f'], rows: int, columns: int
) -> Float[Array, 'n rows columns d']:
  """Gathers a map's positions into the cells of a coarser grid.

  Args:
    x: float32 `[N, H, W, F]`.
    rows: divides H.
    columns: divides W.

  Returns:
    float32 `[N, rows, columns, (H/rows) * (W/columns) * F]`.
  """
  n, height, width, features = x.shape
  down, right = height // rows, width // columns
  x = x.reshape(n, rows, down, columns, right, features)
  x = x.transpose(0, 1, 3, 2, 4, 5)
  return x.reshape(n, rows, columns, down * right * features)


class PolicyNetwork(nn.Module):
  """Pixels and words to action logits and value, over `[B, T1]`.

  Torso, instruction and taps run on U rows at once; only the core scans. With a
  grid there is an outcome head beside the taps: the logit that a tap on a cell
  achieves a goal at once. It is learned from labels of any goal of the task
  set, and what it says of the row's own goal is added to the tap's logit.

  Attributes:
    num_actions: A; with a grid, `rows * columns` taps come first, row by row.
    action_heads: sizes of the heads whose product the actions are, or none;
      not with a grid.
    num_words: size of the vocabulary, padding included.
    grid: rows and columns of the taps, or None for a plain action space.
    shrink: see `policy_torso.Torso`.
    patch: see `policy_torso.Torso`.
    channels: see `policy_torso.Torso`.
    strides: see `policy_torso.Torso`.
    instruction_size: width of the instruction's encoding.
    film_size: width of the map that the instruction modulates.
    hidden_size: width of the layer before the core.
    core_size: units of the core; 0 for none.
    outcome_head: whether there is one, with a grid.
  """

  num_actions: int
  action_heads: tuple[int, ...]
  num_words: int
  grid: tuple[int, int] | None
  shrink: int
  patch: int
  channels: tuple[int, ...]
  strides: tuple[int, ...]
  instruction_size: int
  film_size: int
  hidden_size: int
  core_size: int
  outcome_head: bool

  @nn.compact
  def __call__(
    self,
    pixels: UInt8[Array, 'u h w 3'],
    instruction: Int32[Array, 'u l'],
    index: Int32[Array, 'b t1'] | None,
    first: Bool[Array, 'b t1'],
    core_state: Float[Array, 'b s'],
    question: Question | None = None,
    done: Float[Array, 'b t1 k'] | None = None,
  ) -> tuple[
    Float[Array, 'b t1 a'],
    Float[Array, 'b t1'],
    Float[Array, 'b s'],
    Answer | None,
  ]:
    """Computes logits, value and the state after the last row.

    Args:
      pixels: frames of U rows, uint8 `[U, H, W, 3]`.
      instruction: their word ids, int32 `[U, L]`.
      index: see `policy_sight.SightNetwork`.
      first: bool `[B, T1]`.
      core_state: before row 0, float32 `[B, S]`.
      question: for the outcome head, or None; only with a grid.
      done: see `policy_sight.SightNetwork`.

    Returns:
      Logits `[B, T1, A]`, values `[B, T1]`, the state `[B, S]`, and the answer
      to the question, if there was one.
    """
    encode = policy_words.InstructionEncoder(
      self.num_words, self.instruction_size, name='instruction'
    )
    film = Film(name='film')
    goal = encode(instruction)
    seen = policy_torso.Torso(
      self.shrink, self.patch, self.channels, self.strides, name='torso'
    )(pixels)
    if self.grid is not None:
      seen = cells(seen, *self.grid)
    seen = nn.LayerNorm(name='norm')(seen)
    features = nn.Dense(self.film_size, name='match')(seen)
    matched = nn.relu(film(features, goal))
    taps = self._taps(matched)
    answer = None
    if self.grid is not None and self.outcome_head:
      outcome = nn.Dense(
        1,
        kernel_init=policy_heads.SMALL,
        bias_init=nn.initializers.constant(_PRIOR),
        name='outcome',
      )
      own = outcome(matched).reshape(taps.shape)
      # The head learns from its own labels alone: no policy gradient.
      trust = self.param('trust', nn.initializers.ones, ())
      taps = taps + trust * jax.lax.stop_gradient(own - _PRIOR)
      if question is not None:
        place = _places(question.tap, index, first, taps.shape[-1])
        cell = features.reshape(*taps.shape, -1)[place][:, None, None]
        words = question.goal.reshape(-1, question.goal.shape[-1])
        asked = outcome(nn.relu(film(cell, encode(words))))
        shape = question.tap.shape
        answer = Answer(own[place].reshape(shape), asked.reshape(shape))
    summary = self._summary(seen, matched, goal)
    # From here on, one row per step: repeated rows differ in what was before.
    if index is not None:
      taps, summary = taps[index], summary[index]
    taps, summary = (x.reshape(*first.shape, -1) for x in (taps, summary))
    return *self._decide(taps, summary, first, core_state, done), answer

  def _decide(
    self,
    taps: Float[Array, 'b t1 taps'],
    summary: Float[Array, 'b t1 d'],
    first: Bool[Array, 'b t1'],
    core_state: Float[Array, 'b s'],
    done: Float[Array, 'b t1 k'] | None,
  ) -> tuple[Float[Array, 'b t1 a'], Float[Array, 'b t1'], Float[Array, 'b s']]:
    """Core, value, and the actions that are no taps."""
    if done is not None:
      summary = jnp.concatenate([summary, done], axis=-1)
    if self.core_size:
      remembered, core_state = policy_core.ResetGRU(
        self.core_size, name='core'
      )(summary, first, core_state)
      summary = jnp.concatenate([summary, remembered], axis=-1)
    value = nn.Dense(1, kernel_init=policy_heads.SMALL, name='value')(summary)[
      ..., 0
    ]
    parts = [taps]
    if self.num_actions > taps.shape[-1]:
      others = self.num_actions - taps.shape[-1]
      parts.append(
        policy_heads.action_logits(
          summary, others, self.action_heads, 'globals'
        )
      )
    return jnp.concatenate(parts, axis=-1), value, core_state

  def _summary(
    self,
    seen: Float[Array, 'n rows columns f'],
    matched: Float[Array, 'n rows columns m'],
    goal: Float[Array, 'n e'],
  ) -> Float[Array, 'n d']:
    """What the whole frame says: is the goal here, and what else is."""
    if self.grid is None:
      # Without a spatial head the place of things must survive.
      parts = [matched.reshape(matched.shape[0], -1)]
    else:
      parts = [jnp.max(matched, axis=(1, 2)), jnp.mean(seen, axis=(1, 2))]
    x = jnp.concatenate([*parts, goal], axis=-1)
    return nn.relu(nn.Dense(self.hidden_size, name='summary')(x))

  def _taps(
    self, matched: Float[Array, 'n rows columns m']
  ) -> Float[Array, 'n taps']:
    """Logit of each tap from its own cell."""
    if self.grid is None:
      return jnp.zeros((matched.shape[0], 0), matched.dtype)
    tap = nn.Dense(1, kernel_init=policy_heads.SMALL, name='taps')(matched)
    return tap.reshape(tap.shape[0], -1)


def _places(
  tap: Int32[Array, 'b t'],
  index: Int32[Array, 'b t1'] | None,
  first: Bool[Array, 'b t1'],
  num_taps: int,
) -> tuple[Int32[Array, ' n'], Int32[Array, ' n']]:
  """Row among the U and cell of every tap; actions that are none get cell 0."""
  if index is None:
    index = jnp.arange(first.size, dtype=jnp.int32).reshape(first.shape)
  row = index[:, : tap.shape[1]].reshape(-1)
  cell = jnp.where((tap >= 0) & (tap < num_taps), tap, 0).reshape(-1)
  return row, cell
