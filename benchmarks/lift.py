"""What the lift saves: all phases by polyphase recursion against one pass for each phase."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import xarray as xr

import invarsig as iv
from benchmarks.row import Row, Sides


def rows() -> Iterator[Row]:
    """Pipelines of total stride 8, 16 and 64 along one axis of a picture."""
    for strides in ((2, 4), (4, 4), (4, 4, 4)):
        yield Row(f"lift of stride {math.prod(strides)}", _lift(strides))


def _lift(strides: tuple[int, ...]) -> Callable[[], Sides]:
    def prepare() -> Sides:
        y, x = iv.Axis("y", size=128, period=128.0), iv.Axis("x", size=512, period=512.0)
        picture = iv.power_law_noise(y, x, exponent=1.0, rng=0)
        stages = [iv.MaxPool(window={"x": s}) for s in strides]
        op = iv.Pipeline((iv.GaussianBank(sigma={"x": [1.0, 2.0]}), *stages))
        total = math.prod(strides)

        def shifting() -> list[xr.DataArray]:
            return [op(iv.Translate(x=-k)(picture)) for k in range(total)]

        def compared(found: xr.DataArray | list[xr.DataArray]) -> np.ndarray:
            if isinstance(found, xr.DataArray):
                return found.transpose(..., "x").values
            # Phase k holds the samples k, k + total, ...
            each = [phase.transpose(..., "x").values for phase in found]
            return np.stack(each, axis=-1).reshape(*each[0].shape[:2], -1)

        peers = {"one pass for each phase": shifting}
        return Sides(lambda: iv.lift(op, picture, "x"), peers, tolerance=1e-10, compared=compared)

    return prepare
