"""Errors of maps of features, relative to how much each feature varies about its own mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.commutator import Align
from invarsig.measures import equivariance_error
from invarsig.operators import Operator

__all__ = ["error_over_spread"]

_BOTH: Final = ("y", "x")


def error_over_spread(
    op: Operator, x: xr.DataArray, moves: Sequence[Translate], *, align: Align = "fourier"
) -> np.ndarray:
    """Equivariance errors over the moves, relative to the spread of the features over places.

    ``(sum_c ||f_c(g x) - g f_c(x)||² / sum_c ||f_c(x) - m_c||²)^(1/2)`` with the mean ``m_c`` of
    each feature c over the picture. Means of rectified features differ, and pools raise them: with
    one mean for all, energy that carries no information about places would hide several decibels of
    an error, and more for one network than for another.
    """
    y = op(x)
    total = equivariance_error(op, x, moves, norm="total", align=align).to_numpy()
    return np.asarray(total * _size(y) / _size(y - y.mean(_BOTH)))


def _size(y: xr.DataArray) -> float:
    return float(np.linalg.norm(np.ravel(y.to_numpy())))
