"""Scattering transforms against kymatio's backends."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

import invarsig as iv
from benchmarks.kymatio_peer import peers
from benchmarks.row import Row, Sides


def rows() -> Iterator[Row]:
    """Pictures and signals on kymatio's own intermediate grids, and exactly; single precision."""
    for size, J in ((128, 3), (128, 4), (256, 4)):
        name = f"scattering 2-D, 8 x {size} x {size}, J = {J}, L = 8"
        yield Row(name, _pictures(8, size, J, coarse=True), 0.35)
    name = "scattering 2-D exact, 4 x 128 x 128, J = 3, L = 8, over coarse grids"
    yield Row(name, _pictures(4, 128, 3, coarse=False))
    for count, samples in ((1, 2**14), (1, 2**16), (4, 2**16)):
        name = f"scattering 1-D, {count} x {samples}, J = 8, Q = 8"
        yield Row(name, _signals(count, samples, coarse=True), 0.6)
    yield Row("scattering 1-D exact, 16384, J = 8, Q = 8", _signals(1, 2**14, coarse=False))


def _pictures(count: int, size: int, J: int, *, coarse: bool) -> Callable[[], Sides]:
    def prepare() -> Sides:
        values = np.random.default_rng(0).standard_normal((count, size, size), dtype=np.float32)
        x = iv.label(values, "picture", iv.Axis("y", size=size), iv.Axis("x", size=size))
        op = iv.Scattering(("y", "x"), J=J, oversampling=0 if coarse else None)
        # kymatio has no exact mode for pictures: what it leaves out is a few percent.
        tolerance = 1e-4 if coarse else 0.05
        others = peers(values, J=J, L=8, shape=(size, size))
        return Sides(lambda: op(x).values, others, tolerance=tolerance)

    return prepare


def _signals(count: int, samples: int, *, coarse: bool) -> Callable[[], Sides]:
    def prepare() -> Sides:
        values = np.random.default_rng(0).standard_normal((count, samples), dtype=np.float32)
        x = iv.label(values, "signal", iv.Axis("time", size=samples))
        op = iv.Scattering("time", J=8, Q=8, oversampling=0 if coarse else None)
        # In kymatio only the densest results come from intermediate results that are not decimated.
        others = peers(values, J=8, Q=8, shape=(samples,), oversampling=0 if coarse else 8)

        def compared(found: np.ndarray) -> np.ndarray:
            return found[..., :: found.shape[-1] // (samples // 256)]

        return Sides(lambda: op(x).values, others, tolerance=1e-4, compared=compared)

    return prepare
