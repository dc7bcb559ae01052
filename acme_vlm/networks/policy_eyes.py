"""Eyes of the policy's own, which learn what a goal looks like.

They learn from scores of whole frames, of every goal that training may have:
nobody tells them where in the frame a goal is. No policy gradient reaches them,
for a reward that is rare is a poor teacher of seeing.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Bool, Float, Int32, UInt8

from acme_vlm.networks import policy_sight, policy_torso

# Name of the module, under which its parameters are found.
EYES = 'eyes'
# Logit of a frame before anything is known: most frames do not show a goal.
_PRIOR = -3.0


class OwnEyes(nn.Module):
  """How much each place of a frame looks like a goal in words.

      m(i, l) = z_i · Σ_w e_w + b        of the place i and the words w of l
      s(l)    = log Σ_i exp m(i, l)      of the whole frame

  Attributes:
    num_words: size of the vocabulary, padding included.
    size: width of the embeddings of places and words.
    shrink: see `policy_torso.Torso`.
    patch: see `policy_torso.Torso`.
    channels: see `policy_torso.Torso`.
    strides: see `policy_torso.Torso`.
  """

  num_words: int
  size: int
  shrink: int
  patch: int
  channels: tuple[int, ...]
  strides: tuple[int, ...]

  @nn.compact
  def __call__(
    self,
    pixels: UInt8[Array, 'u h w 3'],
    instruction: Int32[Array, 'u l'],
    goals: Int32[Array, 'g m'],
  ) -> tuple[
    Float[Array, 'u rows columns'], Float[Array, ' u'], Float[Array, 'u g']
  ]:
    """Looks at frames.

    Args:
      pixels: uint8 `[U, H, W, 3]`.
      instruction: word ids of each row's own goal, int32 `[U, L]`, 0 is
        padding.
      goals: word ids of goals that every row is asked about, int32 `[G, M]`.

    Returns:
      Logits: of the own goal at each place, float32 `[U, rows, columns]`, and
      in the whole frame `[U]`; and of the others in the whole frame `[U, G]`.
    """
    seen = policy_torso.Torso(
      self.shrink, self.patch, self.channels, self.strides, name='torso'
    )(pixels)
    places = nn.Dense(self.size, name='places')(seen)
    num_places = seen.shape[1] * seen.shape[2]
    # So small that words which no goal has say nothing.
    embed = nn.Embed(
      self.num_words,
      self.size,
      embedding_init=nn.initializers.normal(0.02),
      name='words',
    )
    bias = self.param(
      'bias', nn.initializers.constant(_PRIOR - jnp.log(num_places)), ()
    )

    def read(words: Int32[Array, 'n l']) -> Float[Array, 'n e']:
      present = (words != 0).astype(jnp.float32)[..., None]
      return jnp.sum(embed(words) * present, axis=1)

    maps = jnp.einsum('urce,ue->urc', places, read(instruction)) + bias
    asked = jnp.einsum('urce,ge->urcg', places, read(goals)) + bias
    return (
      maps,
      jax.nn.logsumexp(maps, axis=(1, 2)),
      jax.nn.logsumexp(asked, axis=(1, 2)),
    )


class SeeingNetwork(nn.Module):
  """Eyes of its own, and a policy that is fed with what they see.

  Attributes:
    eyes: their architecture.
    policy: of the policy behind them, which takes one map.
  """

  eyes: OwnEyes
  policy: policy_sight.SightNetwork

  def __call__(
    self,
    pixels: UInt8[Array, 'u h w 3'],
    instruction: Int32[Array, 'u l'],
    index: Int32[Array, 'b t1'] | None,
    first: Bool[Array, 'b t1'],
    core_state: Float[Array, 'b s'],
    goals: Int32[Array, 'g m'],
    done: Float[Array, 'b t1 k'] | None = None,
  ) -> tuple[
    Float[Array, 'b t1 a'],
    Float[Array, 'b t1'],
    Float[Array, 'b s'],
    Float[Array, 'u g'],
  ]:
    """Computes logits, value, the state after the last row, and what is seen.

    Args:
      pixels: frames of U rows, uint8 `[U, H, W, 3]`.
      instruction: their word ids, int32 `[U, L]`.
      index: see `policy_sight.SightNetwork`.
      first: bool `[B, T1]`.
      core_state: before the first row, float32 `[B, S]`.
      goals: word ids of goals that every row is asked about, int32 `[G, M]`.
      done: see `policy_sight.SightNetwork`.

    Returns:
      Logits `[B, T1, A]`, values `[B, T1]`, the state `[B, S]`, and logits that
      the U frames show the G goals, `[U, G]`.
    """
    maps, score, asked = self.eyes(pixels, instruction, goals)
    sight = policy_sight.summarised(
      nn.sigmoid(maps)[:, None], nn.sigmoid(score)[:, None]
    )
    logits, value, core_state = self.policy(
      jax.lax.stop_gradient(sight),
      instruction,
      index,
      first,
      core_state,
      done,
    )
    return logits, value, core_state, asked
