"""Means and squared deviations of windows, joined pairwise so that nothing cancels.

Two neighboring blocks of n and m samples with means a, b and summed squared deviations A, B form
one with ``A + B + (a - b)^2 n m / (n + m)``: a sum of terms that are not negative. Windows are made
by doubling, axis by axis. A flat window has deviations of exactly 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["window_moments"]

Block = tuple[int, np.ndarray, np.ndarray]


def window_moments(
    values: np.ndarray, windows: Sequence[int], strides: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Mean, and sum of squared deviations from it, of windows over the last axes.

    Parameters
    ----------
    values
        ``(..., *space)``, real.
    windows, strides
        One for each axis of space; only valid windows are taken.

    Returns
    -------
    tuple of ndarray
        Means and sums, ``(..., *(n - w) // s + 1)``.
    """
    mean, squares = values, np.zeros_like(values)
    count = 1
    for place, (window, stride) in enumerate(zip(windows, strides, strict=True)):
        axis = values.ndim - len(windows) + place
        mean, squares = _along(mean, squares, count, axis, window)
        keep: list[slice] = [slice(None)] * values.ndim
        keep[axis] = slice(None, None, stride)
        mean, squares = mean[tuple(keep)], squares[tuple(keep)]
        count *= window
    return mean, squares


def _along(
    mean: np.ndarray, squares: np.ndarray, count: int, axis: int, window: int
) -> tuple[np.ndarray, np.ndarray]:
    """Join blocks of `count` samples each into windows of blocks along one axis."""
    block: Block = (1, mean, squares)
    whole: Block | None = None
    left = window
    while True:
        if left & 1:
            whole = block if whole is None else _joined(whole, block, count, axis)
        left >>= 1
        if not left:
            break
        block = _joined(block, block, count, axis)
    if whole is None:
        raise ValueError("a window has at least one sample")
    return whole[1], whole[2]


def _joined(one: Block, other: Block, count: int, axis: int) -> Block:
    """Blocks of `one`, each with the block of `other` that begins where it ends."""
    width = one[0] + other[0]
    size = one[1].shape[axis] + one[0] - width
    first: list[slice] = [slice(None)] * one[1].ndim
    second = list(first)
    first[axis], second[axis] = slice(0, size), slice(one[0], one[0] + size)
    here, there = tuple(first), tuple(second)
    apart = other[1][there] - one[1][here]
    mean = one[1][here] + apart * (other[0] / width)
    weight = count * one[0] * other[0] / width
    return width, mean, one[2][here] + other[2][there] + apart**2 * weight
