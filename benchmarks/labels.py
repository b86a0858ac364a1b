"""What labels cost: calls on small arrays against `xarray.apply_ufunc`, and long axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import xarray as xr

import invarsig as iv
from benchmarks.row import Row, Sides

SIDE, BOTH = 16, {"y": 2, "x": 2}


def rows() -> Iterator[Row]:
    """Labeled calls: on a picture of 16 x 16, and on a sound."""
    values = np.random.default_rng(0).standard_normal((SIDE, SIDE))
    x = iv.label(values, *(iv.Axis(dim, unit="px", period=float(SIDE)) for dim in BOTH))
    for name, op, same, at_most in (
        ("Relu", iv.Relu(), lambda x: np.maximum(x, 0), 0.5),
        ("MaxPool", iv.MaxPool(BOTH), lambda x: _blocks(x).max((1, 3)), 2.0),
        ("MeanPool", iv.MeanPool(BOTH), lambda x: _blocks(x).mean((1, 3)), 2.0),
        ("BlurPool", iv.BlurPool(3, BOTH), _blurred, 2.0),
    ):
        yield Row(f"labeled call {name}", _calls(op, x, same), at_most)
    sound = iv.label(np.zeros(6_600_000), iv.Axis("time", step=1 / 44100, unit="s"))
    every = iv.Subsample({"time": 1024})
    yield Row("labeled call Subsample, 2.5 min", _calls(every, sound, lambda x: x[::1024]), 2.0)


def _calls(op: iv.Operator, x: xr.DataArray, same: Callable[[Any], Any]) -> Callable[[], Sides]:
    def prepare() -> Sides:
        core = list(op.dims)
        dims: dict[str, Any] = {
            "input_core_dims": [core], "output_core_dims": [core], "exclude_dims": set(core)
        }  # fmt: skip
        peer = lambda: xr.apply_ufunc(same, x, keep_attrs=True, **dims)  # noqa: E731
        return Sides(lambda: op(x), {"xarray.apply_ufunc": peer})

    return prepare


def _blocks(values: np.ndarray) -> np.ndarray:
    height, width = (size // 2 for size in values.shape)
    return values.reshape(height, 2, width, 2)


def _blurred(values: np.ndarray) -> np.ndarray:
    for axis in (0, 1):
        wide = np.pad(values, [(1, 1) if each == axis else (0, 0) for each in (0, 1)], "wrap")
        rows = np.moveaxis(wide, axis, 0)
        values = np.moveaxis((rows[:-2] + 2 * rows[1:-1] + rows[2:])[::2] / 4, 0, axis)
    return values
