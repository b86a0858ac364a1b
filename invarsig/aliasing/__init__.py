"""Aliasing: why the square does not close.

On a periodic axis a pipeline of total stride S is a translation-equivariant map to the
input's own grid (its *lift*), subsampled. Only what folds at that subsampling breaks the
square for whole-sample shifts.
"""

from invarsig.aliasing.attribution import attribute
from invarsig.aliasing.before_data import expected_error
from invarsig.aliasing.blocks import by_block
from invarsig.aliasing.causes import causes
from invarsig.aliasing.folding import fold, folded_share
from invarsig.aliasing.frequency_classes import frequency_classes
from invarsig.aliasing.images import images
from invarsig.aliasing.lift import default_divisor, folding_explains, lift, stride_and_reach
from invarsig.aliasing.orbit import orbit
from invarsig.aliasing.periodic import periodized
from invarsig.aliasing.prediction import folding_errors, predict_error
from invarsig.aliasing.safe_sampling import (
    bin_folding,
    hop_folding,
    safe_bins_per_octave,
    safe_hop,
)
from invarsig.aliasing.shifts import Shifts, default_lengths, shifts_along
from invarsig.aliasing.stage_folding import fold_stages
from invarsig.aliasing.swap import swap_test
from invarsig.aliasing.sweeps import sweep

__all__ = [
    "Shifts",
    "attribute",
    "bin_folding",
    "by_block",
    "causes",
    "default_divisor",
    "default_lengths",
    "expected_error",
    "fold",
    "fold_stages",
    "folded_share",
    "folding_errors",
    "folding_explains",
    "frequency_classes",
    "hop_folding",
    "images",
    "lift",
    "orbit",
    "periodized",
    "predict_error",
    "safe_bins_per_octave",
    "safe_hop",
    "shifts_along",
    "stride_and_reach",
    "swap_test",
    "sweep",
]
