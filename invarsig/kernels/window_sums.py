"""Compiled loops that sum weighted samples of windows, over rows of neighboring windows.

Where neighboring windows are a stride apart, every s-th sample is put side by side first: then the
samples that one tap meets are a row too. Several taps at a time, as a row of results would
otherwise be read and written for each of them; they are added in their order nevertheless.
"""

from __future__ import annotations

import numpy as np

from invarsig.kernels.compilation import compiled

__all__ = ["packed", "sum_windows"]


def packed(
    values: np.ndarray,
    taps: int,
    stride: int,
    count: int,
    before: int = 0,
    index: np.ndarray | None = None,
    beyond: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Put every s-th sample along the second axis side by side.

    Parameters
    ----------
    values
        ``(items, size, inner)``.
    taps, stride, count
        Of the windows that will be summed.
    before
        How many samples the first one takes before the first sample.
    index, beyond
        Which samples stand for those that windows take beyond the ends, those before the first one
        first; ``beyond[i]`` where that is -1.

    Returns
    -------
    lines, starts : ndarray
        ``(items, phases, length, inner)``, and for each tap where the samples that it meets begin
        in ``phases * length``.
    """
    items, size, inner = values.shape
    length, phases = count + (taps - 1) // stride, min(stride, taps)
    # Between these, all samples of a stride lie on the axis.
    begin = min(max(-(-before // stride), 0), length)
    end = max(min((before + size - phases) // stride + 1, length), begin)
    start = max(begin * stride - before, 0)
    lines = np.empty((items, phases, length, inner), dtype=values.dtype)
    if stride == phases == 2 and inner == 1:
        flat = lines.reshape(items, phases, length)
        compiled(pack_pairs)(values.reshape(items, size), start, begin, end - begin, flat)
    else:
        compiled(pack)(values, start, stride, begin, end - begin, lines)
    if end - begin < length:
        index = np.zeros(0, dtype=np.int64) if index is None else index
        beyond = np.zeros(0, dtype=values.dtype) if beyond is None else beyond
        compiled(pack_border)(values, index, before, stride, begin, end - begin, beyond, lines)
    tap = np.arange(taps)
    return lines, tap % stride * length + tap // stride


def pack(
    values: np.ndarray, start: int, stride: int, begin: int, count: int, out: np.ndarray
) -> None:  # pragma: no cover (compiled)
    """``out[b, p, begin + j] = values[b, start + j s + p]``."""
    items, phases, length, inner = out.shape
    x, y = values.reshape(-1), out.reshape(-1)
    for item in range(items):
        for phase in range(phases):
            at = np.uintp((item * values.shape[1] + start + phase) * inner)
            to = np.uintp(((item * phases + phase) * length + begin) * inner)
            if stride == 1:
                for i in range(count * inner):
                    y[to + np.uintp(i)] = x[at + np.uintp(i)]
            elif inner == 1:
                for i in range(count):
                    y[to + np.uintp(i)] = x[at + np.uintp(i * stride)]
            else:
                for window in range(count):
                    for i in range(inner):
                        j = np.uintp(window * inner + i)
                        y[to + j] = x[at + np.uintp(window * stride * inner + i)]


def pack_pairs(
    values: np.ndarray, start: int, begin: int, count: int, out: np.ndarray
) -> None:  # pragma: no cover (compiled)
    """The same in pairs of single samples: alone in a loop of its own, this is vectorized."""
    for item in range(values.shape[0]):
        pairs = values[item, start : start + 2 * count]
        even = out[item, 0, begin : begin + count]
        odd = out[item, 1, begin : begin + count]
        for i in range(even.size):
            even[i] = pairs[2 * i]
            odd[i] = pairs[2 * i + 1]


def pack_border(
    values: np.ndarray,
    index: np.ndarray,
    before: int,
    stride: int,
    begin: int,
    count: int,
    beyond: np.ndarray,
    out: np.ndarray,
) -> None:  # pragma: no cover (compiled)
    """The samples at either end, of which some are those of a border."""
    items, phases, length, inner = out.shape
    size, ahead = values.shape[1], min(max(before, 0), index.size)
    for phase in range(phases):
        for border in range(length - count):
            window = border if border < begin else border + count
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
    x, y = values.reshape(-1), out.reshape(-1)
    size = out.shape[2]
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
