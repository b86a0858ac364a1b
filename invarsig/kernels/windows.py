"""Reductions over windows, computed only where a window is kept.

A window of w samples is w strided views, combined one after the other: each pass streams
through memory once, keeps NaN (`numpy.maximum` does) and needs no copy of the windows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["correlated_along", "reduced"]


def reduced(
    values: np.ndarray, ufunc: np.ufunc, windows: Sequence[int], strides: Sequence[int]
) -> np.ndarray:
    """Reduce windows over the last axes with an associative function, axis by axis."""
    for place, (window, stride) in enumerate(zip(windows, strides, strict=True)):
        axis = values.ndim - len(windows) + place
        views = _views(values, axis, window, stride)
        out = views[0].copy()
        for view in views[1:]:
            ufunc(out, view, out=out)
        values = out
    return values


def correlated_along(values: np.ndarray, axis: int, taps: np.ndarray, stride: int) -> np.ndarray:
    """Weigh the samples of each window along one axis with `taps` and add them up."""
    views = _views(values, axis, taps.size, stride)
    out: np.ndarray = views[0] * taps[0]
    for view, tap in zip(views[1:], taps[1:], strict=True):
        out += view * tap
    return out


def _views(values: np.ndarray, axis: int, window: int, stride: int) -> list[np.ndarray]:
    """For each place in the window the view of all samples that stand there."""
    count = (values.shape[axis] - window) // stride + 1
    keep: list[slice] = [slice(None)] * values.ndim
    views = []
    for start in range(window):
        keep[axis] = slice(start, start + (count - 1) * stride + 1, stride)
        views.append(values[tuple(keep)])
    return views
