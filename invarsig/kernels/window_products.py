"""Products of overlapping windows with a matrix, without copies of the windows."""

from __future__ import annotations

import numpy as np

from invarsig.threads import run_blocks

__all__ = ["products"]

# About how many samples of each window are multiplied at once.
_ROW = 512

# Products of so many factors BLAS leaves to the thread that asks for them: its threads and ours
# would fight over the cores. A block of them stays in the cache.
_ALONE, _BLOCK = 1 << 18, 16


def products(signal: np.ndarray, columns: np.ndarray, stride: int, count: int) -> np.ndarray:
    """Multiply every window ``(count, window)`` of a signal by a matrix ``(window, columns)``.

    Windows overlap, and BLAS multiplies matrices whose rows do not. So it is given a part of the
    columns at a time, with as many samples of each window as lie between one row and the next; no
    window is copied.
    """
    apart = max(_ROW // stride, 1)
    row = apart * stride
    out = np.zeros((count, columns.shape[1]), dtype=np.result_type(signal, columns))
    some = max(_ALONE // (min(row, len(columns)) * columns.shape[1]), 1)
    many = some * _BLOCK
    phases = range(min(apart, count))
    blocks = [(phase, at) for phase in phases for at in range(0, len(out[phase::apart]), many)]

    def work(block: int) -> None:
        phase, at = blocks[block]
        rows = out[phase::apart][at : at + many]
        start = phase * stride + at * row
        for begin in range(0, len(columns), row):
            part = columns[begin : begin + row]
            beyond = signal[start + begin :]
            windows = np.lib.stride_tricks.sliding_window_view(beyond, len(part))[::row]
            for first in range(0, len(rows), some):
                own = rows[first : first + some]
                own += windows[first : first + len(own)] @ part

    run_blocks(work, len(blocks))
    return out
