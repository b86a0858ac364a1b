"""The compiled loops of `separable_filter`: weighted sums of windows, over rows of samples.

A row is what lies behind an axis in memory. Where that is little, every s-th sample along the axis
is put side by side first, and the windows of a whole line are summed as one long row.
"""

from __future__ import annotations

import numpy as np

__all__ = ["pack", "sum_windows"]


def pack(
    values: np.ndarray,
    index: np.ndarray,
    before: int,
    stride: int,
    beyond: np.ndarray,
    out: np.ndarray,
) -> None:  # pragma: no cover (compiled)
    """Put every s-th sample of an extended axis side by side, ``out[b, p, j] = x[b, j s + p]``."""
    items, phases, length, inner = out.shape
    size = values.shape[1]
    # Between these, all samples of a stride lie on the axis.
    begin = min(max(-(-before // stride), 0), length)
    end = max(min((before + size - phases) // stride + 1, length), begin)
    start = max(begin * stride - before, 0) * inner
    ahead = min(max(before, 0), index.size)
    for item in range(items):
        source = values[item].reshape(-1)[start:]
        for phase in range(phases):
            line = out[item, phase].reshape(-1)[begin * inner : end * inner]
            first = source[phase * inner :]
            if stride == 1:
                for i in range(line.size):
                    line[i] = first[i]
            elif stride == 2 and phases == 2 and inner == 1:
                # Both at once, at a distance that is known: this is vectorized.
                other = out[item, 1].reshape(-1)[begin:end]
                for i in range(line.size if phase == 0 else 0):
                    line[i] = first[2 * i]
                    other[i] = first[2 * i + 1]
            elif inner == 1:
                for i in range(line.size):
                    line[i] = first[stride * i]
            else:
                for window in range(end - begin):
                    for i in range(inner):
                        line[window * inner + i] = first[window * stride * inner + i]
    for phase in range(phases):
        for border in range(length - (end - begin)):
            window = border if border < begin else border + end - begin
            place = window * stride + phase - before
            if place < 0 or place >= size:
                entry = place + before if place < 0 else ahead + place - max(size, -before)
                if entry >= index.size:  # no window takes it
                    continue
                place = index[entry]
            for item in range(items):
                for i in range(inner):
                    out[item, phase, window, i] = beyond[i] if place < 0 else values[item, place, i]


def sum_windows(
    values: np.ndarray,
    index: np.ndarray,
    stride: int,
    apart: int,
    taps: np.ndarray,
    beyond: np.ndarray,
    out: np.ndarray,
) -> None:  # pragma: no cover (compiled)
    """``out[b, j, i] = sum_k taps[k] values[b, index[j s + k] apart + i]``, two taps at a time."""
    size = out.shape[2]
    for item in range(out.shape[0]):
        source = values[item]
        for window in range(out.shape[1]):
            line, place = out[item, window], index[window * stride :]
            start, done, one = place[0] * apart, 1, taps[0]
            row = beyond if start < 0 else source[start : start + size]
            if taps.size < 3:
                for i in range(size):
                    line[i] = one * row[i]
            else:
                done, two, three = 3, taps[1], taps[2]
                start = place[1] * apart
                second = beyond if start < 0 else source[start : start + size]
                start = place[2] * apart
                third = beyond if start < 0 else source[start : start + size]
                for i in range(size):
                    line[i] = one * row[i] + two * second[i] + three * third[i]
            while done < taps.size:
                start, one = place[done] * apart, taps[done]
                row = beyond if start < 0 else source[start : start + size]
                done += 2
                if done > taps.size:
                    for i in range(size):
                        line[i] += one * row[i]
                else:
                    start, two = place[done - 1] * apart, taps[done - 1]
                    second = beyond if start < 0 else source[start : start + size]
                    for i in range(size):
                        line[i] = line[i] + one * row[i] + two * second[i]
