"""Kernels that are given against torch (conv2d) and scipy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import xarray as xr

import invarsig as iv
from benchmarks.row import Row, Sides


def rows() -> Iterator[Row]:
    """Eight kernels of several sizes on one picture."""
    for width, at_most in ((3, None), (7, None), (11, 1.0), (19, 0.7), (37, 0.25)):
        yield Row(f"8 kernels of {width} x {width}", _kernels(width, 1), at_most)
    for width in (11, 19):
        yield Row(f"8 kernels of {width} x {width}, stride 2", _kernels(width, 2))
    yield Row("8 kernels of 11 x 11, double", _kernels(11, 1, np.float64))


def _kernels(width: int, stride: int, dtype: type = np.float32) -> Callable[[], Sides]:
    def prepare() -> Sides:
        rng = np.random.default_rng(0)
        values = rng.standard_normal((512, 512)).astype(dtype)
        taps = rng.standard_normal((8, width, width)).astype(dtype)
        x = iv.label(values, iv.Axis("y"), iv.Axis("x"))
        kernels = xr.DataArray(taps, dims=("filter", "y", "x"))
        op = iv.Convolve(kernels, stride={"y": stride, "x": stride}, boundary="zero")
        peers = {**_torch(values, taps, stride), **_scipy(values, taps, stride)}
        return Sides(lambda: op(x).values, peers)

    return prepare


def _torch(values: np.ndarray, taps: np.ndarray, stride: int) -> dict[str, Callable[[], Any]]:
    """Correlates, so the kernels are flipped."""
    try:
        import torch
    except ImportError:
        return {}
    x = torch.from_numpy(values)[None, None]
    weight = torch.from_numpy(taps[:, None, ::-1, ::-1].copy())
    made = {}
    for name in ("contiguous", "channels_last"):
        layout = torch.channels_last if name == "channels_last" else torch.contiguous_format
        own, by = (each.contiguous(memory_format=layout) for each in (x, weight))

        def convolved(own: Any = own, by: Any = by) -> Any:
            with torch.inference_mode():
                return torch.nn.functional.conv2d(own, by, None, stride, taps.shape[-1] // 2)[0]

        made[f"torch {name}"] = convolved
    return made


def _scipy(values: np.ndarray, taps: np.ndarray, stride: int) -> dict[str, Callable[[], Any]]:
    """One convolution by spectra after the other."""
    from scipy import signal

    keep = (slice(None, None, stride),) * 2

    def convolved() -> np.ndarray:
        each = [signal.fftconvolve(values, kernel, mode="same")[keep] for kernel in taps]
        return np.stack(each)

    return {"scipy": convolved}
