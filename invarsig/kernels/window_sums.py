"""Compiled loops that sum weighted samples of windows, over rows of neighboring windows.

Where neighboring windows are a stride apart, every s-th sample is put side by side first: then the
samples that one tap meets are a row too. Several taps at a time, as a row of results would
otherwise be read and written for each of them; they are added in their order nevertheless.
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
    count = end - begin
    for item in range(items):
        source = values[item].reshape(-1)[start:]
        lines = out[item].reshape(-1)[begin * inner :]
        if stride == 2 and phases == 2 and inner == 1:
            # Both at once, at a distance that is known: this is vectorized.
            pairs, even, odd = source[: 2 * count], lines[:count], lines[length : length + count]
            for i in range(even.size):
                even[i] = pairs[2 * i]
                odd[i] = pairs[2 * i + 1]
            continue
        for phase in range(phases):
            line = lines[phase * length * inner :][: count * inner]
            first = source[phase * inner :]
            if stride == 1:
                for i in range(line.size):
                    line[i] = first[i]
            elif inner == 1:
                for i in range(line.size):
                    line[i] = first[stride * i]
            else:
                for window in range(count):
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
    """``out[b, j, i] = sum_k taps[k] values[b, index[j s + k] apart + i]``, eight at a time.

    Where an index is -1, ``beyond[i]`` stands for the sample; without `beyond` none is.
    """
    # Places are unsigned, so that none is counted from the end, and no views are made: either
    # would take longer than the sums of a short row.
    x, y, size = values.reshape(-1), out.reshape(-1), out.shape[2]
    for item in range(out.shape[0]):
        for window in range(out.shape[1]):
            first, done, outside = window * stride, 1, False
            to = np.uintp((item * out.shape[1] + window) * size)
            base = item * values.shape[1]
            for tap in range(taps.size if beyond.size else 0):
                outside |= index[first + tap] < 0
            if outside:
                for i in range(size):
                    start = base + index[first] * apart
                    y[to + np.uintp(i)] = taps[0] * (
                        beyond[i] if index[first] < 0 else x[start + i]
                    )
                for tap in range(1, taps.size):
                    start = base + index[first + tap] * apart
                    for i in range(size):
                        y[to + np.uintp(i)] += taps[tap] * (
                            beyond[i] if index[first + tap] < 0 else x[start + i]
                        )
                continue
            a, s = np.uintp(base + index[first] * apart), taps[0]
            if taps.size < 3:
                for i in range(size):
                    y[to + np.uintp(i)] = s * x[a + np.uintp(i)]
            else:
                b, t = np.uintp(base + index[first + 1] * apart), taps[1]
                c, u = np.uintp(base + index[first + 2] * apart), taps[2]
                if taps.size < 5:
                    done = 3
                    for i in range(size):
                        j = np.uintp(i)
                        y[to + j] = s * x[a + j] + t * x[b + j] + u * x[c + j]
                else:
                    done = 5
                    d, v = np.uintp(base + index[first + 3] * apart), taps[3]
                    e, w = np.uintp(base + index[first + 4] * apart), taps[4]
                    for i in range(size):
                        j = np.uintp(i)
                        total = s * x[a + j] + t * x[b + j] + u * x[c + j]
                        y[to + j] = total + v * x[d + j] + w * x[e + j]
            while done < taps.size:
                at, left = first + done, taps.size - done
                a, s = np.uintp(base + index[at] * apart), taps[done]
                if left == 1:
                    for i in range(size):
                        y[to + np.uintp(i)] += s * x[a + np.uintp(i)]
                    break
                b, t = np.uintp(base + index[at + 1] * apart), taps[done + 1]
                if left < 8:
                    done += 2
                    for i in range(size):
                        j = np.uintp(i)
                        y[to + j] = y[to + j] + s * x[a + j] + t * x[b + j]
                    continue
                c, u = np.uintp(base + index[at + 2] * apart), taps[done + 2]
                d, v = np.uintp(base + index[at + 3] * apart), taps[done + 3]
                e, w = np.uintp(base + index[at + 4] * apart), taps[done + 4]
                f, p = np.uintp(base + index[at + 5] * apart), taps[done + 5]
                g, q = np.uintp(base + index[at + 6] * apart), taps[done + 6]
                h, r = np.uintp(base + index[at + 7] * apart), taps[done + 7]
                done += 8
                for i in range(size):
                    j = np.uintp(i)
                    total = y[to + j] + s * x[a + j] + t * x[b + j] + u * x[c + j]
                    total = total + v * x[d + j] + w * x[e + j] + p * x[f + j]
                    y[to + j] = total + q * x[g + j] + r * x[h + j]
