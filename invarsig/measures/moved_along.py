"""A result moved along one of its axes by any number of its samples, chunked where it is."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.axes import bin_rule, is_chunked, middle_of_band, on_blocks, promoted
from invarsig.kernels.interpolation import is_whole, moved
from invarsig.spectra import translated

__all__ = ["moved_along", "sinc_along"]


def moved_along(
    y: xr.DataArray, dim: str, shift: float, boundary: Literal["reflect", "periodic"] = "reflect"
) -> xr.DataArray:
    """Move by the interpolator of finite axes, with 33 taps.

    Examples
    --------
    >>> import invarsig as iv
    >>> moved_along(iv.label([1.0, 2.0, 3.0], "x"), "x", 1.0).values.tolist()
    [2.0, 1.0, 2.0]
    """
    if is_chunked(y):
        move = Translate.in_samples(y, {dim: shift}, boundary="reflect")
        return move.rolled(y, windowed=True) if boundary == "periodic" else move(y)
    center: Any = 0.0 if is_whole(shift) else middle_of_band(bin_rule(y, dim))
    place = int(y.get_axis_num(dim))
    return y.copy(data=moved(promoted(y.to_numpy()), place, shift, boundary, center))


def sinc_along(y: xr.DataArray, dim: str, shift: float) -> xr.DataArray:
    """Move by a sinc over the whole axis, followed by its mirror image.

    Examples
    --------
    >>> import invarsig as iv
    >>> sinc_along(iv.label([1.0, 2.0, 3.0], "x"), "x", 1.0).values.round(12).tolist()
    [1.0, 1.0, 2.0]
    """
    if is_chunked(y):
        return on_blocks(lambda block: sinc_along(block, dim, shift), y, (dim,), "This floor")
    values, place = promoted(y.to_numpy()), int(y.get_axis_num(dim))
    double = np.concatenate([values, np.flip(values, axis=place)], axis=place)
    made = translated(double, place, shift, middle_of_band(bin_rule(y, dim)))
    return y.copy(data=np.take(made, np.arange(y.sizes[dim]), axis=place))
