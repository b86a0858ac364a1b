"""Default pipelines for an input."""

from __future__ import annotations

import math

import xarray as xr

from invarsig.axes import Axis, axis_of
from invarsig.errors import AxisError, DimError
from invarsig.models.seconds import require_seconds
from invarsig.operators import GaborBank, MaxPool, Modulus, Operator, Spectrogram

__all__ = ["default_pipeline", "gabor_pool"]


# Half the width of a filter is this over its lowest frequency: three of its standard deviations.
_HALF_WIDTH = 1.6866

# The highest and the lowest frequency, in cycles per sample, and the part of an axis that a filter
# may take, so that something is left to be pooled.
_HIGHEST, _LOWEST, _PART = 0.4, 0.1, 0.8

# A spectrogram has so many frames at least, where the signal is long enough for windows of its own.
_FRAMES = 48

# Samples of the shortest sound: at the shortest hop, of 8, as many frames as the finest filters
# need.
_SHORTEST = 8 * (14 + 3)

# Pairs of dims that a picture or a map may lie in.
_PLANES = (("y", "x"), ("lat", "lon"), ("latitude", "longitude"))

# Bounds of a hop, in eighths of its samples: below, there are too few bins, and above, too few
# frames in what is diagnosed at once.
_FEWEST, _MOST = 4, 128


def gabor_pool(rows: str, columns: str, *, size: int | None = None) -> Operator:
    """Gabor filters at two frequencies and four orientations, their modulus, a max pool of 4.

    The first two layers of a model of the visual cortex, over any two dims. Frequencies are
    0.1 and 0.2 cycles per sample.

    Parameters
    ----------
    rows, columns
        Names of the two dims.
    size
        How many samples the shorter one has. Below 44 the filters are finer, so that they fit, up
        to one alone at 0.4 cycles per sample; where they leave little, the pool is over 2.

    Returns
    -------
    Operator
        To a coarser picture for each frequency band and orientation.

    Raises
    ------
    AxisError
        If it is too short for any of them.

    Examples
    --------
    >>> len(gabor_pool("y", "x"))
    3
    >>> gabor_pool("y", "x", size=32)[0].frequency, gabor_pool("y", "x", size=16)[0].frequency
    ((0.15, 0.3), (0.34,))

    References
    ----------
    Serre et al. (2007), doi:10.1109/TPAMI.2007.56, whose C1 layer pools over scales too.
    """
    half = 17 if size is None else min((int(_PART * size) - 1) // 2, 17)
    low = max(math.ceil(100 * _HALF_WIDTH / half) / 100, _LOWEST) if half > 0 else math.inf
    if low > _HIGHEST:
        raise AxisError(
            f"{rows!r} and {columns!r} have {size} samples along the shorter one, which the "
            f"filters of the default pipeline do not fit into; give more signal, or a pipeline of "
            "your own."
        )
    frequencies = (low, 2 * low) if 2 * low <= _HIGHEST else (low,)
    angles = tuple(k * math.pi / 4 for k in range(4))
    bank = GaborBank((rows, columns), frequency=frequencies, orientation=angles)
    pool = 4 if size is None or size - 2 * half >= 12 else 2
    return bank >> Modulus() >> MaxPool(window={rows: pool, columns: pool})


def default_pipeline(x: xr.DataArray) -> Operator:
    """Pipeline that suits an input: for sound through a log spectrogram, for pictures directly.

    Sound ("time" in seconds): a spectrogram in dB with windows of 32 ms with a hop of a quarter of
    that, then `gabor_pool` over frequency and time. Pictures ("y", "x") and
    maps ("lat", "lon"): `gabor_pool`. At high rates and in short recordings windows are shorter, at
    low rates longer, and filters are as fine as small axes need.

    Parameters
    ----------
    x
        Labeled array with a dim "time" that does not hold dates, or with "y" and "x", "lat" and
        "lon", or "latitude" and "longitude".

    Returns
    -------
    Operator
        A pipeline over the dims that were found.

    Raises
    ------
    DimError
        If it has neither.
    AxisError
        If time is in another unit than seconds, or the signal is too short for any filter.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> str(default_pipeline(iv.label(np.zeros((64, 64)), "y", "x"))[2])
    'MaxPool(y: 4, x: 4)'
    """
    planes = [plane for plane in _PLANES if set(plane) <= set(x.dims)]
    if "time" in x.dims and not (planes and axis_of(x, "time").epoch is not None):
        require_seconds(x, "time", "The default pipeline of sound")
        if x.sizes["time"] < _SHORTEST:
            raise AxisError(
                f"'time' has {x.sizes['time']} samples, and the default pipeline needs "
                f"{_SHORTEST} at least; give more signal, or a pipeline of your own."
            )
        quarter = 8 * _eighths(axis_of(x, "time"))
        # Below -60 dB of full scale the logarithm would show the recorder's noise.
        spectrogram = Spectrogram.in_samples(
            x, window=4 * quarter, hop=quarter, output="dB", floor=-60.0
        )
        bins, frames = 2 * quarter + 1, x.sizes["time"] // quarter - 3
        return spectrogram >> gabor_pool("frequency", "time", size=min(bins, frames))
    if planes:
        rows, columns = planes[0]
        return gabor_pool(rows, columns, size=min(x.sizes[rows], x.sizes[columns]))
    raise DimError(
        f"There is no default pipeline for the dims {tuple(x.dims)}; sound has 'time', pictures "
        "have 'y' and 'x', maps 'lat' and 'lon'. Give a pipeline of your own."
    )


def _eighths(time: Axis) -> int:
    """Hop in eighths of its samples, since the diagnosis moves by eighths of it: 1 ms each.

    Limited so that there are bins for the filters, and frames.
    """
    wanted = min(max(round(0.001 / abs(time.step)), _FEWEST), _MOST)
    return max(min(wanted, time.size // (8 * (_FRAMES + 3))), 1)
