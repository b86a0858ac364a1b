"""Functions of windows that are neither maxima nor sums, computed only where a window is kept."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from invarsig.kernels.reductions import reduced

__all__ = [
    "SMALL_POWER",
    "correlated_along",
    "drawn",
    "medians",
    "power_mean",
    "power_mean_by_tree",
    "power_means",
    "softmax_means",
]

SMALL_POWER = 0.1
"""Below this exponent a root magnifies rounding more than tenfold: means are of logarithms."""


def correlated_along(values: np.ndarray, axis: int, taps: np.ndarray, stride: int) -> np.ndarray:
    """Weight the samples of each window along one axis by `taps` and sum them."""
    views = _views(values, axis, taps.size, stride)
    out: np.ndarray = views[0] * taps[0]
    for view, tap in zip(views[1:], taps[1:], strict=True):
        out += view * tap
    return out


def _views(values: np.ndarray, axis: int, window: int, stride: int) -> list[np.ndarray]:
    """For each position in the window a view of all samples at that position."""
    count = (values.shape[axis] - window) // stride + 1
    keep: list[slice] = [slice(None)] * values.ndim
    views = []
    for start in range(window):
        keep[axis] = slice(start, start + (count - 1) * stride + 1, stride)
        views.append(values[tuple(keep)])
    return views


def medians(values: np.ndarray, windows: Sequence[int], strides: Sequence[int]) -> np.ndarray:
    """Median of each window over the last axes; NaN is propagated."""
    rank = len(windows)
    space = values.shape[values.ndim - rank :]
    counts = [(n - w) // s + 1 for n, w, s in zip(space, windows, strides, strict=True)]
    keep = tuple(slice(None, None, s) for s in strides)
    flat = values.reshape(-1, *space)
    out = np.empty((flat.shape[0], *counts), dtype=values.dtype)
    for item, result in zip(flat, out, strict=True):
        # One item and one row at a time: sorting copies each window.
        rows = sliding_window_view(item, tuple(windows))[keep]
        for row in range(counts[0]):
            lines = rows[row].reshape(*counts[1:], -1)
            result[row] = np.median(lines, axis=-1)
    return out.reshape(*values.shape[: values.ndim - rank], *counts)


def power_means(
    magnitudes: np.ndarray,
    power: float,
    windows: Sequence[int],
    strides: Sequence[int],
    *,
    total: bool = False,
) -> np.ndarray:
    """``(mean a^p)^(1/p)`` of each window of non-negative values, or ``(sum a^p)^(1/p)``."""
    count = float(np.prod(windows))
    divisor = 1.0 if total else count
    if power < SMALL_POWER:
        boxes = list(_boxes(magnitudes, windows, strides))
        means = power_mean(np.stack(boxes, axis=-1), power)
        return means * _power(count, 1 / power) if total else means
    largest = reduced(magnitudes, np.maximum, windows, strides)
    limits = np.finfo(magnitudes.dtype)
    seen = largest[np.isfinite(largest) & (largest > 0)]
    # Powers are taken once for each sample where the sums neither overflow nor vanish, and
    # relative to the window's largest sample where they would.
    low, high = np.log2(limits.smallest_normal / limits.eps), np.log2(limits.max / count)
    if not seen.size or low < power * np.log2(seen.min()) <= power * np.log2(seen.max()) < high:
        sums = reduced(magnitudes**power, np.add, windows, strides)
        return np.asarray((sums / divisor) ** (1 / power))
    scale = np.where(np.isfinite(largest) & (largest > 0), largest, 1)
    sums = np.zeros_like(largest)
    for view in _boxes(magnitudes, windows, strides):
        sums += (view / scale) ** power
    return np.asarray(scale * (sums / divisor) ** (1 / power))


def power_mean(magnitudes: np.ndarray, power: float) -> np.ndarray:
    """``(mean a^p)^(1/p)`` over the last axis of non-negative values."""
    largest = magnitudes.max(axis=-1, keepdims=True)
    scale = np.where(np.isfinite(largest) & (largest > 0), largest, 1)
    parts = magnitudes / scale
    if power < SMALL_POWER:
        with np.errstate(divide="ignore"):
            away = np.expm1(power * np.log(parts)).mean(axis=-1)
            means = np.exp(np.log1p(away) / power)
    else:
        means = (parts**power).mean(axis=-1) ** (1 / power)
    return np.asarray(scale[..., 0] * means)


def power_mean_by_tree(magnitudes: Any, axes: tuple[int, ...], power: float) -> Any:
    """The same of a dask array over some axes, for powers of at least `SMALL_POWER`.

    A partial result is a pair along the first of these axes: a scale, and the sum of the powers of
    what is left of the samples, as many as there are.
    """
    import dask.array as da

    first, count = axes[0], math.prod(magnitudes.shape[axis] for axis in axes)

    def pair(values: np.ndarray, **_: Any) -> np.ndarray:
        wide = values.astype(np.float64)
        largest = wide.max(axis=axes, keepdims=True)
        scale = np.where(np.isfinite(largest) & (largest > 0), largest, 1)
        # Infinite where an infinity or NaN gives no scale, and so is the result.
        with np.errstate(over="ignore"):
            sums = ((wide / scale) ** power).sum(axis=axes, keepdims=True)
        return np.concatenate([scale, sums], axis=first)

    def both(pairs: np.ndarray, **_: Any) -> np.ndarray:
        place = (slice(None),) * first
        scales, sums = pairs[(*place, slice(0, None, 2))], pairs[(*place, slice(1, None, 2))]
        largest = np.where(sums != 0, scales, 0).max(axis=axes, keepdims=True)
        scale = np.where(largest > 0, largest, 1)
        total = (sums * (scales / scale) ** power).sum(axis=axes, keepdims=True)
        return np.concatenate([scale, total], axis=first)

    def mean(pairs: np.ndarray, **_: Any) -> np.ndarray:
        whole = both(pairs)
        scale, total = np.split(whole, 2, axis=first)
        return np.asarray(np.squeeze(scale * (total / count) ** (1 / power), axis=axes))

    chunked: Any = da
    return chunked.reduction(
        magnitudes, pair, mean, axes, combine=both, dtype=np.float64, output_size=2
    )


def _power(base: float, exponent: float) -> float:
    """A power of a number of at least 1; infinite beyond the range of numbers."""
    return math.exp(exponent * math.log(base)) if exponent * math.log(base) < 709 else math.inf


def softmax_means(
    values: np.ndarray, temperature: float, windows: Sequence[int], strides: Sequence[int]
) -> np.ndarray:
    """``sum x exp(x / T) / sum exp(x / T)`` of each window over the last axes.

    Axis by axis: means of parts are combined with weights relative to their largest value, so
    nothing overflows.
    """
    temperature = max(temperature, float(np.finfo(values.dtype).tiny))
    largest, total, mean = values, np.ones_like(values), values
    for place, (window, stride) in enumerate(zip(windows, strides, strict=True)):
        axis = values.ndim - len(windows) + place
        peaks, sums, means = (_views(part, axis, window, stride) for part in (largest, total, mean))
        largest = peaks[0].copy()
        for peak in peaks[1:]:
            np.maximum(largest, peak, out=largest)
        with np.errstate(over="ignore"):
            # Equal values have distance 0, infinities included.
            away = [np.where(peak == largest, 0, peak - largest) for peak in peaks]
            weights = [
                part * np.exp(each / temperature) for each, part in zip(away, sums, strict=True)
            ]
        total = sum(weights[1:], weights[0])
        shares = [weight / total for weight in weights]
        # Values without weight are ignored, even where they are -inf.
        parts = [np.where(by == 0, 0, by * one) for by, one in zip(shares, means, strict=True)]
        mean = sum(parts[1:], parts[0])
    return np.asarray(mean)


def drawn(
    values: np.ndarray, windows: Sequence[int], strides: Sequence[int], rng: np.random.Generator
) -> np.ndarray:
    """One value from each window over the last axes, with probability proportional to it.

    0 from windows that hold zeros only; NaN from windows that hold NaN.
    """
    # Summed in the same order as below: the last sum equals the total, to the last bit.
    boxes = _boxes(values, windows, strides)
    total = next(boxes).copy()
    for view in boxes:
        total += view
    threshold = rng.random(total.shape) * total
    so_far, out = np.zeros_like(total), total * 0
    waiting = np.ones(total.shape, dtype=bool)
    for view in _boxes(values, windows, strides):
        so_far += view
        chosen = waiting & (view > 0) & (so_far >= threshold)
        out[chosen] = view[chosen]
        waiting &= ~chosen
    return out


def _boxes(
    values: np.ndarray, windows: Sequence[int], strides: Sequence[int]
) -> Iterator[np.ndarray]:
    """For each position in a window over the last axes a view of all samples at that position."""
    first = values.ndim - len(windows)
    space = values.shape[first:]
    counts = [(n - w) // s + 1 for n, w, s in zip(space, windows, strides, strict=True)]
    for place in np.ndindex(*windows):
        keep = [slice(None)] * first
        keep += [
            slice(start, start + (count - 1) * stride + 1, stride)
            for start, count, stride in zip(place, counts, strides, strict=True)
        ]
        yield values[tuple(keep)]
