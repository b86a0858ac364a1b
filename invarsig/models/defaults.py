"""Default pipelines for an input."""

from __future__ import annotations

import math

import xarray as xr

from invarsig.axes import axis_of
from invarsig.errors import DimError
from invarsig.models.seconds import require_seconds
from invarsig.operators import GaborBank, MaxPool, Modulus, Operator, Spectrogram

__all__ = ["default_pipeline", "gabor_pool"]


def gabor_pool(rows: str, columns: str) -> Operator:
    """Gabor filters at two frequencies and four orientations, their modulus, a max pool of 4.

    The first two layers of a model of the visual cortex, over any two dims. Frequencies are
    0.1 and 0.2 cycles per sample.

    Parameters
    ----------
    rows, columns
        Names of the two dims.

    Examples
    --------
    >>> len(gabor_pool("y", "x"))
    3

    References
    ----------
    Serre et al. (2007), doi:10.1109/TPAMI.2007.56, whose C1 layer pools over scales too.
    """
    angles = tuple(k * math.pi / 4 for k in range(4))
    bank = GaborBank((rows, columns), frequency=(0.1, 0.2), orientation=angles)
    return bank >> Modulus() >> MaxPool(window={rows: 4, columns: 4})


def default_pipeline(x: xr.DataArray) -> Operator:
    """Pipeline that suits an input: for sound through a log spectrogram, for pictures directly.

    Sound ("time" in seconds): a spectrogram in dB with windows of 32 ms with a hop of a quarter of
    that, then `gabor_pool` over frequency and time. Pictures ("y", "x"): `gabor_pool`.

    Parameters
    ----------
    x
        Labeled array with a dim "time", or with "y" and "x".

    Raises
    ------
    DimError
        If it has neither.
    AxisError
        If time is in another unit than seconds.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> str(default_pipeline(iv.label(np.zeros((64, 64)), "y", "x"))[2])
    'MaxPool(y: 4, x: 4)'
    """
    if "time" in x.dims:
        require_seconds(x, "time", "The default pipeline of sound")
        # A multiple of 8 samples: the diagnosis moves by eighths of the hop.
        quarter = 8 * max(round(0.001 / abs(axis_of(x, "time").step)), 1)
        # Below -60 dB of full scale the logarithm would show the recorder's noise.
        spectrogram = Spectrogram.in_samples(
            x, window=4 * quarter, hop=quarter, output="dB", floor=-60.0
        )
        return spectrogram >> gabor_pool("frequency", "time")
    if {"y", "x"} <= set(x.dims):
        return gabor_pool("y", "x")
    raise DimError(
        f"There is no default pipeline for the dims {tuple(x.dims)}; sound has 'time', pictures "
        "have 'y' and 'x'. Give a pipeline of your own."
    )
