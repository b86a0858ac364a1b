"""Moves by fractions of a sample against `scipy.ndimage.fourier_shift`, with its transforms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy import fft, ndimage

import invarsig as iv
from benchmarks.row import Row, Sides

SHAPE = (16, 512, 512)


def rows() -> Iterator[Row]:
    """Pictures that are moved along one axis and along two."""
    for name, move in (("one axis", (0.0, 0.37)), ("two axes", (1.61, 0.37))):
        yield Row(f"fractional move along {name}", _moved(move), 0.05)


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
