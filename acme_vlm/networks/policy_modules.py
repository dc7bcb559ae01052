"""The policy's Flax module, from its configuration."""

from acme_vlm.networks import policy_eyes, policy_network, policy_sight
from acme_vlm.networks.policy_config import PolicyConfig


def looking(
  config: PolicyConfig, *, num_actions: int, num_words: int
) -> policy_network.PolicyNetwork:
  """The network of a policy with eyes 'random'."""
  return policy_network.PolicyNetwork(
    num_actions=num_actions,
    action_heads=config.action_heads,
    num_words=num_words,
    grid=config.grid,
    shrink=config.shrink,
    patch=config.patch,
    channels=config.channels,
    strides=config.strides,
    instruction_size=config.instruction_size,
    film_size=config.film_size,
    hidden_size=config.hidden_size,
    core_size=config.core_size,
    outcome_head=config.outcome_head,
  )


def fed(
  config: PolicyConfig, *, num_actions: int, num_words: int, num_maps: int
) -> policy_sight.SightNetwork:
  """The network of a policy with eyes 'reward_model', of so many maps."""
  return policy_sight.SightNetwork(
    num_actions=num_actions,
    action_heads=config.action_heads,
    num_words=num_words,
    num_maps=num_maps,
    instruction_size=config.instruction_size,
    hidden_size=config.hidden_size,
    core_size=config.core_size,
    map_weight=config.map_weight,
    summary_weight=config.summary_weight,
    persistence=config.persistence,
    action_bias=config.action_bias,
    switch=config.switch,
  )


def seeing(
  config: PolicyConfig, *, num_actions: int, num_words: int
) -> policy_eyes.SeeingNetwork:
  """The network of a policy with eyes 'own'."""
  eyes = policy_eyes.OwnEyes(
    num_words=num_words,
    size=config.eyes_size,
    shrink=config.shrink,
    patch=config.patch,
    channels=config.channels,
    strides=config.strides,
  )
  policy = fed(config, num_actions=num_actions, num_words=num_words, num_maps=1)
  return policy_eyes.SeeingNetwork(eyes, policy)
