"""Maxima and sums of windows, at a cost that hardly grows with the window.

Small arrays are combined by numpy, others by compiled loops over tiles that stay in a core's cache:
in the same order (`invarsig.kernels.window_trees`), so with the same result to the last digit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from invarsig.kernels.borders import Border, padded, value_beyond
from invarsig.kernels.reduction_tiles import reduced_in_tiles
from invarsig.kernels.window_trees import NONE, SAME, Pass, fills, places, tree

__all__ = ["reduced", "reduced_between"]

_SMALL = 1 << 15
"""Below so many samples numpy is as fast, and needs nothing compiled."""


def reduced(
    values: np.ndarray,
    ufunc: np.ufunc,
    windows: Sequence[int],
    strides: Sequence[int],
    apart: Sequence[int] | None = None,
    borders: Sequence[tuple[int, int, Border]] | None = None,
    *,
    divisor: float = 1.0,
) -> np.ndarray:
    """Take the maximum or the sum of windows over the last axes.

    Parameters
    ----------
    values
        Real for a maximum.
    ufunc
        `numpy.maximum`, which propagates NaN, or `numpy.add`.
    windows, strides
        For each of the last axes.
    apart
        How far the samples of a window are from each other, 1 by default.
    borders
        By how many samples each of these axes is extended before and after, and with what.
    divisor
        What results are divided by.

    Examples
    --------
    >>> reduced(np.array([1.0, 3.0, 2.0, 0.0]), np.add, [2], [2], divisor=2).tolist()
    [2.0, 1.0]
    """
    lead = values.ndim - len(windows)
    apart = apart or [1] * len(windows)
    borders = borders or [(0, 0, "valid")] * len(windows)
    along = enumerate(zip(windows, strides, apart, borders, strict=True), lead)
    passes = [
        Pass(axis, values.shape[axis], window, stride, step, *border)
        for axis, (window, stride, step, border) in along
    ]
    beyond = {value_beyond(each.border) for each in passes if each.extended} - {None}
    # In the corners it depends on the order of the axes which of several values is met.
    if len(beyond) > 1 or (values.dtype.kind == "c" and any(beyond)):
        for each in passes:
            values = padded(values, each.axis, each.before, each.after, each.border)
        return reduced(values, ufunc, windows, strides, apart, divisor=divisor)
    # The axis that lies furthest apart in memory first: later ones then meet fewer samples.
    passes.sort(key=lambda each: -abs(values.strides[each.axis]))
    passes = [each for each in passes if not each.idle]
    if values.dtype.kind == "c":  # real and imaginary parts are sums of their own
        parts = values[..., np.newaxis].view(values.real.dtype)
        return _reduced(parts, ufunc, passes, divisor).view(values.dtype)[..., 0]
    return _reduced(values, ufunc, passes, divisor)


def _reduced(
    values: np.ndarray, ufunc: np.ufunc, passes: Sequence[Pass], divisor: float
) -> np.ndarray:
    if passes and values.size >= _SMALL and values.dtype in (np.float32, np.float64):
        return reduced_in_tiles(values, passes, divisor, sums=ufunc is np.add)
    made = values
    for one, fill in zip(passes, fills(passes, sums=ufunc is np.add), strict=True):
        made = _along(_extended(made, one, fill), ufunc, one)
    if divisor != 1:
        return np.asarray(made / divisor)
    return made.copy() if made is values else made


def _extended(values: np.ndarray, one: Pass, fill: float) -> np.ndarray:
    """What windows take of an axis and of its border."""
    if not one.extended:
        return values
    wide = values.take(places(one), one.axis)
    if value_beyond(one.border) is not None:
        wide[(slice(None),) * one.axis + (places(one) < 0,)] = fill
    return wide


def _along(base: np.ndarray, ufunc: np.ufunc, one: Pass) -> np.ndarray:
    """Reduce windows along one axis."""
    steps, x = tree(one.window, one.apart), base
    for step in steps:
        length, stride = base.shape[one.axis] - step.reach, 1
        if step is steps[-1]:
            length, stride = one.windows, one.stride

        def part(values: np.ndarray, start: int) -> np.ndarray:
            stop = start + (length - 1) * stride + 1  # noqa: B023
            return values[(slice(None),) * one.axis + (slice(start, stop, stride),)]  # noqa: B023

        if step.far == 0:
            return part(x, 0).copy()
        out = ufunc(part(x, 0), part(x, step.far))
        if step.third != NONE:
            ufunc(out, part(x if step.third == SAME else base, 2 * step.far), out=out)
        x = out
    return x


def reduced_between(
    values: np.ndarray, ufunc: np.ufunc, axis: int, starts: Sequence[int], stops: Sequence[int]
) -> np.ndarray:
    """Reduce samples ``start … stop - 1`` along one axis, for each pair of them."""
    axis %= values.ndim
    keep: list[slice] = [slice(None)] * values.ndim
    parts = []
    for start, stop in zip(starts, stops, strict=True):
        keep[axis] = slice(start, stop)
        parts.append(ufunc.reduce(values[tuple(keep)], axis=axis))
    return np.stack(parts, axis=axis)
