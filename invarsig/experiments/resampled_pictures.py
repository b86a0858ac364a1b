"""Pictures that are rescaled, turned or moved by parts of a pixel, about their middle."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from invarsig.axes import Axis, label
from invarsig.experiments.network_pictures import FRAME

__all__ = ["resampled"]


def resampled(
    wide: np.ndarray, *, scale: float = 1.0, degrees: float = 0.0, across: float = 0.0
) -> xr.DataArray:
    """Middle windows of pictures that were resampled by cubic splines, over (image, y, x).

    Parameters
    ----------
    wide
        ``(image, y, x)``, wider than a window; beyond its edge it goes on with its edge.
    scale
        How many times as large the content becomes.
    degrees
        By how much it turns, counter-clockwise as seen with y down.
    across
        By how many pixels it moves along x.

    Examples
    --------
    >>> import numpy as np
    >>> wide = np.random.default_rng(0).random((1, 24, 24))
    >>> np.allclose(resampled(wide, across=1.0)[0], wide[0, 4:20, 3:19])
    True
    """
    from scipy import ndimage

    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    back = turn.T / scale
    middle = (np.array(wide.shape[1:]) - 1) / 2
    offset = middle - back @ (middle + np.array([0.0, across]))
    moved = [ndimage.affine_transform(each, back, offset, order=3, mode="nearest") for each in wide]
    margin = (wide.shape[1] - FRAME) // 2
    inner = slice(margin, margin + FRAME)
    values = np.array(moved)[:, inner, inner]
    return label(values, "image", *(Axis(dim, unit="px") for dim in ("y", "x")))
