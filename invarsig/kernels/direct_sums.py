"""Convolution by direct sums: of samples that are kept alone, of any rank, by flat offsets."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from invarsig.kernels.compilation import compiled
from invarsig.kernels.window_sums import packed, sum_windows
from invarsig.threads import run_blocks

__all__ = ["direct_sums", "tap_places"]

_TABLE = 2**18
"""Number of indices that are read at once."""


def tap_places(taps: np.ndarray) -> np.ndarray:
    """Places in the window ``(filters, summed, *window)`` at which a kernel has a tap other than 0.

    A dilated kernel has few, and a long window.
    """
    used = (taps != 0).any(axis=(0, 1))
    return np.argwhere(used) if used.any() else np.zeros((1, used.ndim), dtype=np.int64)


def direct_sums(values: np.ndarray, taps: np.ndarray, strides: Sequence[int]) -> np.ndarray:
    """Sum the windows of one row of the output after the other; any rank, by flat offsets."""
    window, space = taps.shape[2:], values.shape[2:]
    counts = [(n - w) // s + 1 for n, w, s in zip(space, window, strides, strict=True)]
    lines, offsets = _lines(values.astype(taps.dtype, copy=False), window[-1], strides[-1])
    pitch = np.array([math.prod(lines.shape[axis + 1 :]) for axis in range(2, lines.ndim)])
    # A convolution runs through its window backwards.
    places = np.array(window) - 1 - (used := tap_places(taps))
    channels = np.arange(lines.shape[1]) * math.prod(lines.shape[2:])
    meets = np.add.outer(channels, places[:, :-1] @ pitch[:-1] + offsets[places[:, -1]]).reshape(-1)
    rows = np.array(list(np.ndindex(*counts[:-1])), dtype=np.int64)
    rows = rows.reshape(math.prod(counts[:-1]), len(space) - 1)
    starts = rows @ (np.array(strides[:-1], dtype=np.int64) * pitch[:-1])
    weights = np.ascontiguousarray(taps[(slice(None), slice(None), *used.T)])
    weights = weights.reshape(len(taps), -1)
    out = np.empty((len(values), len(taps), starts.size, counts[-1]), dtype=taps.dtype)
    flat = lines.reshape(len(values), -1)
    some = max(_TABLE // meets.size, 1)
    for first in range(0, starts.size, some):
        table = np.add.outer(starts[first : first + some], meets)
        _sum_rows(flat, table, weights, out[:, :, first : first + some])
    return out.reshape(*out.shape[:2], *counts)


def _lines(values: np.ndarray, window: int, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """Values such that neighboring windows meet neighboring samples, and where each tap begins."""
    if stride == 1:
        return np.ascontiguousarray(values), np.arange(window)
    size = values.shape[-1]
    lines = np.ascontiguousarray(values).reshape(-1, size, 1)
    made, starts = packed(lines, window, stride, (size - window) // stride + 1)
    return made.reshape(*values.shape[:-1], -1), starts


def _sum_rows(values: np.ndarray, table: np.ndarray, taps: np.ndarray, out: np.ndarray) -> None:
    """Rows whose taps meet the samples from `table` on, for each item and filter."""
    none = np.zeros(0, dtype=values.dtype)

    def work(block: int) -> None:
        item, kernel = divmod(block, len(taps))
        # A tap of zero is not part of the window: it lets no NaN in.
        used = taps[kernel] != 0
        weights, index = taps[kernel], table
        if not used.all():
            weights, index = weights[used], table[:, used]
        target = out[item : item + 1, kernel]
        if not weights.size:
            target[:] = 0
            return
        flat = values[item : item + 1]
        compiled(sum_windows)(flat, index.reshape(-1), weights.size, 1, weights, none, target)

    run_blocks(work, len(values) * len(taps))
