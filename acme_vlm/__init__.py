"""Language-conditioned agents from pixels, rewarded by a vision-language model.

Method: Vision-Language Models as a Source of Rewards, Baumli et al. 2023,
arXiv 2312.09187. README.md is the place to start; the folders follow the data
flow: environments, acting, replay, rewards, learning, evaluation, and agent,
which joins them.
"""

from acme_vlm import stop_handlers

stop_handlers.install()

__version__ = '0.1.0'
