"""Moves by fractions of a sample against SciPy, and the errors of many moves against torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import xarray as xr
from scipy import fft, ndimage

import invarsig as iv
from benchmarks.row import Row, Sides

SHAPE = (16, 512, 512)


def rows() -> Iterator[Row]:
    """Pictures that are moved along one axis and along two, and the errors of 64 moves."""
    for name, move in (("one axis", (0.0, 0.37)), ("two axes", (1.61, 0.37))):
        yield Row(f"fractional move along {name}", _moved(move), 0.05)
    for dtype in ("float32", "float64"):
        yield Row(f"errors of 64 moves, convolution and max pool, {dtype}", _swept(dtype), 0.5)


def _moved(move: tuple[float, float]) -> Callable[[], Sides]:
    def prepare() -> Sides:
        values = np.random.default_rng(0).standard_normal(SHAPE)
        # A Nyquist bin, which is real, is moved by another rule in each library.
        spectrum = fft.fftn(values, axes=(1, 2))
        spectrum[:, SHAPE[1] // 2], spectrum[:, :, SHAPE[2] // 2] = 0, 0
        values = fft.ifftn(spectrum, axes=(1, 2)).real
        axes = (iv.Axis(dim, period=512.0) for dim in ("y", "x"))
        x = iv.label(values, "picture", *axes)
        lengths = {dim: by for dim, by in zip(("y", "x"), move, strict=True) if by}
        action = iv.Translate(lengths)

        def peer() -> Any:
            turned = ndimage.fourier_shift(fft.fftn(values, workers=2), (0.0, *move))
            return fft.ifftn(turned, workers=2).real

        return Sides(lambda: action(x).values, {"scipy fourier_shift": peer})

    return prepare


def _swept(dtype: str) -> Callable[[], Sides]:
    """Equivariance errors at 8 x 8 whole shifts, as by a batch of all moved pictures."""

    def prepare() -> Sides:
        rng, size, count = np.random.default_rng(0), 256, 8
        axes = (iv.Axis(dim, size=size, period=float(size)) for dim in ("y", "x"))
        x = iv.power_law_noise(*axes, exponent=1.0, rng=rng).astype(dtype)
        taps = rng.standard_normal((5, 5)).astype(dtype)
        pool = iv.MaxPool(window={"y": 3, "x": 3}, stride={"y": 2, "x": 2})
        op = iv.Convolve(xr.DataArray(taps, dims=("y", "x"))) >> iv.Relu() >> pool
        lengths = [float(length) for length in range(count)]
        shifts = {"y": lengths, "x": lengths}

        def sweep() -> Any:
            return iv.aliasing.sweep(op, x, ["y", "x"], shifts=shifts, norm="total").values

        return Sides(sweep, _batched(x.values, taps, count))

    return prepare


def _batched(values: np.ndarray, taps: np.ndarray, count: int) -> dict[str, Callable[[], Any]]:
    """All moved pictures through torch as one batch; all moves of its result by one spectrum."""
    try:
        import torch
        from torch.nn import functional as layers
    except ImportError:
        return {}
    x, size = torch.from_numpy(values)[None, None], values.shape[0] // 2
    # torch correlates.
    kernel = torch.from_numpy(taps[::-1, ::-1].copy())[None, None]
    moves = [(y, x) for y in range(count) for x in range(count)]

    def network(batch: Any) -> Any:
        wide = layers.pad(batch, (2, 2, 2, 2), mode="circular")
        made = layers.conv2d(wide, kernel).relu()
        return layers.max_pool2d(layers.pad(made, (0, 1, 0, 1), mode="circular"), 3, 2)

    def turns(frequencies: np.ndarray) -> Any:
        turned = np.exp(-2j * np.pi * np.outer(np.arange(count) / 2, frequencies))
        nyquist = np.abs(frequencies) == 0.5
        turned[:, nyquist] = turned[:, nyquist].real
        return torch.from_numpy(turned.astype(np.result_type(values.dtype, np.complex64)))

    along_y, along_x = turns(np.fft.fftfreq(size)), turns(np.fft.rfftfreq(size))

    def errors() -> Any:
        with torch.inference_mode():
            batch = torch.cat([x.roll(move, (2, 3)) for move in moves])
            first, y = network(batch)[:, 0], network(x)[0, 0]
            spectrum = torch.fft.rfft2(y) * along_y[:, None, :, None] * along_x[None, :, None, :]
            last = torch.fft.irfft2(spectrum, s=(size, size)).reshape(-1, size, size)
            apart = (first - last).square().sum((1, 2)) / y.square().sum()
            return apart.sqrt().reshape(count, count)

    return {"torch": errors}
