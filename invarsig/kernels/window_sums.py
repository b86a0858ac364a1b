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
    """``out[b, j, i] = sum_k taps[k] values[b, index[j s + k] apart + i]``, eight at a time."""
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
                start, one, left = place[done] * apart, taps[done], taps.size - done
                row = beyond if start < 0 else source[start : start + size]
                if left == 1:
                    for i in range(size):
                        line[i] += one * row[i]
                    break
                start, two = place[done + 1] * apart, taps[done + 1]
                second = beyond if start < 0 else source[start : start + size]
                if left < 8:
                    for i in range(size):
                        line[i] = line[i] + one * row[i] + two * second[i]
                    done += 2
                    continue
                start, three = place[done + 2] * apart, taps[done + 2]
                third = beyond if start < 0 else source[start : start + size]
                start, four = place[done + 3] * apart, taps[done + 3]
                fourth = beyond if start < 0 else source[start : start + size]
                start, five = place[done + 4] * apart, taps[done + 4]
                fifth = beyond if start < 0 else source[start : start + size]
                start, six = place[done + 5] * apart, taps[done + 5]
                sixth = beyond if start < 0 else source[start : start + size]
                start, seven = place[done + 6] * apart, taps[done + 6]
                seventh = beyond if start < 0 else source[start : start + size]
                start, eight = place[done + 7] * apart, taps[done + 7]
                eighth = beyond if start < 0 else source[start : start + size]
                for i in range(size):
                    total = line[i] + one * row[i] + two * second[i]
                    total = total + three * third[i] + four * fourth[i]
                    total = total + five * fifth[i] + six * sixth[i]
                    line[i] = total + seven * seventh[i] + eight * eighth[i]
                done += 8
