"""One signal of several channels or colors: their mean, or luminance, unless they cancel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from invarsig.diagnosis.in_blocks import in_blocks
from invarsig.errors import ParameterError
from invarsig.io import open_audio, read_image
from invarsig.kernels.levels import energy_at_level

__all__ = ["mix"]

# A mixture with less of the energy that unrelated channels would leave: they cancel each other.
_CANCELED = 0.25

_LUMINANCE = (0.2125, 0.7154, 0.0721)


def mix(path: Path, whole: xr.DataArray, dim: str, remedy: str) -> tuple[xr.DataArray, str]:
    """Mix the channels of a recording to their mean, or the colors of a picture to luminance.

    Every command, and a survey, measures what this gives.

    Parameters
    ----------
    path
        The file.
    whole
        All its channels; of a long recording one that has not been read.
    dim
        "channel" or "color".
    remedy
        What to do where they cancel each other, to be said behind a semicolon.

    Returns
    -------
    xarray.DataArray, str
        The mixture, and what it is: "their mean" or "their luminance".

    Raises
    ------
    ParameterError
        If they cancel each other: of what remains a verdict would be one on rounding or noise.
    """
    size = whole.sizes[dim]
    if dim == "channel":
        weights, what = np.full(size, 1 / size), "their mean"
        mixed = open_audio(path, mono=True) if _is_lazy(whole) else _mean(whole, dim)
    else:
        weights, what = np.array(_LUMINANCE if size > 2 else (1.0,)), "their luminance"
        mixed = read_image(path, gray=True)
    heard = whole.isel({dim: slice(len(weights))})
    apart = sum(
        weight**2 * _variance(heard.isel({dim: place})) for place, weight in enumerate(weights)
    )
    kept = _variance(mixed)
    if kept < _CANCELED * apart:
        raise ParameterError(
            f"The {heard.sizes[dim]} {dim}s of {path} cancel each other: mixed they keep "
            f"{kept / apart:.1e} of the energy that unrelated ones would; {remedy}."
        )
    return mixed, what


def _is_lazy(x: xr.DataArray) -> bool:
    return type(x.variable._data) is not np.ndarray


def _mean(whole: xr.DataArray, dim: str) -> xr.DataArray:
    # To leave out NaN takes a copy, which a long recording has only where it is needed.
    some_nan = not np.isfinite(whole.to_numpy().min())
    return whole.mean(dim, keep_attrs=True, skipna=some_nan)


def _variance(x: xr.DataArray) -> float:
    """Variance over all samples, without a copy of them; of those that are not NaN, if some are."""
    if _is_lazy(x):
        return _variance_by_blocks(x)
    values = x.to_numpy()
    total, exponent = energy_at_level(values, centered=True)
    found = float(np.ldexp(total, 2 * exponent)) / max(values.size, 1)
    return found if np.isfinite(found) else float(x.var())


def _variance_by_blocks(x: xr.DataArray) -> float:
    count, total, squares = 0, 0.0, 0.0
    for block in in_blocks(x):
        there = block[~np.isnan(block)]
        count, total = count + there.size, total + float(there.sum())
        squares += float(np.square(there).sum())
    mean = total / max(count, 1)
    return max(squares / max(count, 1) - mean**2, 0.0)
