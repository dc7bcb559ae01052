"""Recorded episodes with their ground truth, as files anyone can read.

For reports, calibration and figures: nothing that acts, replays, labels or
learns imports this package.
"""

from acme_vlm.datasets.episodes import Episode as Episode
from acme_vlm.datasets.episodes import EpisodeDataset as EpisodeDataset
from acme_vlm.datasets.episodes import EpisodeWriter as EpisodeWriter
from acme_vlm.datasets.episodes import create as create
from acme_vlm.datasets.episodes import open_dataset as open_dataset
