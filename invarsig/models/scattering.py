"""Scattering with defaults for sound or pictures."""

from __future__ import annotations

import math

import xarray as xr

from invarsig.axes import axis_of
from invarsig.errors import DimError
from invarsig.models.seconds import require_seconds
from invarsig.operators import Operator, Scattering

__all__ = ["scattering"]


def scattering(x: xr.DataArray, *, extent: float | None = None, finer: int = 0) -> Operator:
    """Scattering of orders 0 to 2 that suits an input: sound along time, pictures in the plane.

    Sound ("time" in seconds): 8 wavelets in an octave, averaged over about 32 ms. Pictures ("y",
    "x"): 8 orientations, averaged over 8 samples. The stride is that average. For sound that is
    safe; for pictures it is not: with ``finer=1`` the grid is an octave finer, and little folds.

    Parameters
    ----------
    x
        Labeled array with a dim "time", or with "y" and "x".
    extent
        Length of the average, in the unit of the axis; rounded to a power of two in samples.
    finer
        By how many octaves the output's grid is finer.

    Returns
    -------
    Operator
        To averages over time or the plane, one for each path of wavelets.

    Raises
    ------
    DimError
        If it has neither.
    AxisError
        If no extent is given, and time is in another unit than seconds.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.zeros((32, 32)), "y", "x")
    >>> dict(scattering(x)(x).sizes)
    {'path': 217, 'y': 4, 'x': 4}

    References
    ----------
    Andén & Mallat (2014), doi:10.1109/TSP.2014.2326991; Bruna & Mallat (2013),
    doi:10.1109/TPAMI.2012.230.
    """
    if "time" in x.dims:
        if extent is None:
            require_seconds(x, "time", "The default extent of scattering")
        samples = (0.032 if extent is None else extent) / abs(axis_of(x, "time").step)
        octaves = max(round(math.log2(max(samples, 1))), 1)
        return Scattering("time", J=octaves, Q=8, stride=2 ** max(octaves - finer, 0))
    if {"y", "x"} <= set(x.dims):
        step = abs(axis_of(x, "x").step)
        samples = 8.0 if extent is None else extent / step
        octaves = max(round(math.log2(max(samples, 1))), 1)
        return Scattering(("y", "x"), J=octaves, L=8, stride=2 ** max(octaves - finer, 0))
    raise DimError(
        f"There is no default scattering for the dims {tuple(x.dims)}; sound has 'time', pictures "
        "have 'y' and 'x'. Give an iv.Scattering of your own."
    )
