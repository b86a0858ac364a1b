"""Is a filter bank slower than a loop over SciPy? Ratios below 1 are faster than the peer."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import xarray as xr
from scipy import ndimage, signal

import invarsig as iv


def paired(ours: Callable[[], object], peer: Callable[[], object], runs: int = 7) -> list[float]:
    """Time both in turn, after a warm-up of each, and give the ratios ours / peer."""
    ours(), peer()
    ratios = []
    for _ in range(runs):
        start = time.perf_counter()
        ours()
        middle = time.perf_counter()
        peer()
        ratios.append((middle - start) / (time.perf_counter() - middle))
    return ratios


def show(name: str, ratios: list[float]) -> None:
    """Print the median ratio and its range."""
    print(f"{name:58s} {statistics.median(ratios):5.2f}  ({min(ratios):.2f} to {max(ratios):.2f})")


def main() -> None:
    """Compare banks of several kernel sizes, at stride 1 and 2."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal((512, 512))
    axes = (iv.Axis("y", period=512.0), iv.Axis("x", period=512.0))
    x = iv.label(values, *axes)
    for width, count in ((3, 8), (7, 8), (15, 8), (31, 8)):
        taps = rng.standard_normal((count, width, width))
        kernels = xr.DataArray(taps, dims=("filter", "y", "x"))
        for stride in (1, 2):
            op = iv.Convolve(kernels, stride={"y": stride, "x": stride})
            half = width // 2
            wide = np.pad(values, half, mode="wrap")

            def loop(taps=taps, wide=wide, stride=stride) -> np.ndarray:
                found = [signal.fftconvolve(wide, kernel, mode="valid") for kernel in taps]
                return np.stack(found)[:, ::stride, ::stride]

            def direct(taps=taps, stride=stride) -> np.ndarray:
                found = [ndimage.convolve(values, kernel, mode="wrap") for kernel in taps]
                return np.stack(found)[:, ::stride, ::stride]

            np.testing.assert_allclose(op(x), loop(), atol=1e-9)
            peer = direct if width <= 7 else loop
            name = "ndimage.convolve" if width <= 7 else "signal.fftconvolve"
            what = f"{count} kernels {width} x {width}, stride {stride}, against {name}"
            show(what, paired(lambda op=op: op(x), peer))


if __name__ == "__main__":
    main()
