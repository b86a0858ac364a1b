"""The base class of pools into a given number of bins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from invarsig import parameters
from invarsig.kernels.reductions import reduced_between
from invarsig.operators.pooling.window_pool import require_real

__all__ = ["Kind", "Windows", "pooled_bins"]

Kind = Literal["max", "mean"]

Windows = Sequence[tuple[int, int]]
"""Where the windows along one dim start and stop."""


def pooled_bins(
    values: np.ndarray, kind: Kind, windows: Sequence[Windows], what: str
) -> np.ndarray:
    """Pool the last axes of an array, each by its windows."""
    parameters.one_of("kind", kind, Kind)
    if kind == "max":
        require_real(values, what)
    for axis, pairs in enumerate(windows, start=-len(windows)):
        starts, stops = [start for start, _ in pairs], [stop for _, stop in pairs]
        values = reduced_between(
            values, np.maximum if kind == "max" else np.add, axis, starts, stops
        )
        if kind == "mean":
            counts = np.subtract(stops, starts).astype(values.real.dtype)
            values = values / counts.reshape(-1, *(1,) * (-axis - 1))
    return values
