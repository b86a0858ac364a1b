"""Smooth noise for testing actions that interpolate: waves far below the Nyquist frequency."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from invarsig.axes import Axis, label

__all__ = ["smooth_noise"]

_WAVES = 24


def smooth_noise(
    rng: np.random.Generator, axes: Sequence[Axis], batch: Sequence[Axis] = (), *, top: float = 0.08
) -> xr.DataArray:
    """Sum of 24 plane waves of at most `top` cycles per sample, different for each batch item."""
    grid = np.indices([axis.size for axis in axes])
    items = [axis.size for axis in batch]
    waves = top * rng.uniform(-1, 1, (*items, _WAVES, len(axes)))
    phases = rng.uniform(0, 2 * np.pi, (*items, _WAVES, *(1,) * len(axes)))
    turns = 2 * np.pi * np.tensordot(waves, grid, axes=1) + phases
    return label(np.cos(turns).sum(axis=len(items)), *batch, *axes, name="noise")
