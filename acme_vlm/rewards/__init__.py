"""The reward: a vision-language model compares frames with goals in words."""

from acme_vlm.rewards.config import RewardConfig, ServiceConfig
from acme_vlm.rewards.scorer import make_reward_model
from acme_vlm.rewards.service import RewardService

__all__ = [
  'make_reward_model',
  'RewardConfig',
  'ServiceConfig',
  'RewardService',
]
