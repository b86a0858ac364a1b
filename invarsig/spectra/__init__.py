"""Spectra: which frequency a bin stands for, and what happens to bins when a grid is decimated.

The rule for the Nyquist bin is defined in `invarsig.spectra.frequencies`, and nowhere else.
"""

from invarsig.spectra.frequencies import (
    baseband,
    fold_axis,
    image_numbers,
    phases,
    share_outside,
    slopes,
    translated,
)
from invarsig.spectra.labeled_spectrum import spectrum

__all__ = [
    "baseband",
    "fold_axis",
    "image_numbers",
    "phases",
    "share_outside",
    "slopes",
    "spectrum",
    "translated",
]
