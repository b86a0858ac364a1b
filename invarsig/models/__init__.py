"""Named pipelines."""

from invarsig.models.audio import cqt, log_mel
from invarsig.models.cnn import all_convolutional, cnn, random_kernels
from invarsig.models.defaults import default_pipeline, gabor_pool
from invarsig.models.hmax import complex_cells, hmax, sample_patches
from invarsig.models.scattering import scattering
from invarsig.models.trained import TrainedNetwork, read_networks
from invarsig.models.transformer import patch_embedding, vision_transformer

__all__ = [
    "TrainedNetwork",
    "all_convolutional",
    "cnn",
    "complex_cells",
    "cqt",
    "default_pipeline",
    "gabor_pool",
    "hmax",
    "log_mel",
    "patch_embedding",
    "random_kernels",
    "read_networks",
    "sample_patches",
    "scattering",
    "vision_transformer",
]
