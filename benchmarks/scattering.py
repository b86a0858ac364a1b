"""Is scattering slower than kymatio? Ratios below 1 are faster than the peer."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

import invarsig as iv


def paired(ours: Callable[[], object], peer: Callable[[], object], runs: int = 5) -> list[float]:
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
    print(f"{name:66s} {statistics.median(ratios):5.2f}  ({min(ratios):.2f} to {max(ratios):.2f})")


def pictures() -> None:
    """Compare pictures: on kymatio's own intermediate grids, and exactly."""
    # kymatio.numpy itself imports what newer releases of SciPy no longer have.
    from kymatio.scattering2d.frontend.numpy_frontend import ScatteringNumPy2D

    values = np.random.default_rng(0).standard_normal((4, 128, 128)).astype(np.float32)
    x = iv.label(values, "picture", iv.Axis("y", size=128), iv.Axis("x", size=128))
    for J, L in ((3, 8), (4, 8)):
        peer = ScatteringNumPy2D(J=J, L=L, shape=(128, 128))
        for octaves in (0, 1, None):
            op = iv.Scattering(("y", "x"), J=J, L=L, stride=2**J, oversampling=octaves)
            wanted = peer(values)
            bound = 1e-4 if octaves == 0 else 0.05
            assert np.abs(op(x).values - wanted).max() < bound * np.abs(wanted).max()
            grid = "exact" if octaves is None else f"oversampling {octaves}"
            what = f"4 pictures 128 x 128, J = {J}, L = {L}, {grid}, against kymatio"
            show(what, paired(lambda op=op: op(x), lambda peer=peer: peer(values)))


def signals() -> None:
    """Compare signals at the usual stride, and dense."""
    from kymatio.scattering1d.frontend.numpy_frontend import ScatteringNumPy1D

    values = np.random.default_rng(0).standard_normal(2**14).astype(np.float32)
    x = iv.label(values, iv.Axis("time", step=1 / 16000, size=2**14, unit="s"))
    for J, Q, octaves in ((8, 8, 0), (8, 8, 2), (8, 8, None), (8, 8, 8)):
        peer = ScatteringNumPy1D(J=J, shape=2**14, Q=Q, oversampling=octaves or 0)
        op = iv.Scattering("time", J=J, Q=Q, oversampling=octaves)
        if octaves == J:
            wanted = peer(values)
            assert np.abs(op(x).values - wanted).max() < 1e-4 * np.abs(wanted).max()
        grid = "exact" if octaves is None else f"oversampling {octaves}"
        what = f"2^14 samples, J = {J}, Q = {Q}, {grid}, against kymatio"
        show(what, paired(lambda op=op: op(x), lambda peer=peer: peer(values)))


def main() -> None:
    """Run both where kymatio is installed."""
    try:
        import kymatio  # noqa: F401
    except ImportError:
        print("kymatio is not installed: nothing to compare with.")
        return
    pictures()
    signals()


if __name__ == "__main__":
    main()
