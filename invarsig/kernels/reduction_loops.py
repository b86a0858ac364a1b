"""Loops of `invarsig.kernels.reductions`, which numba compiles; each runs in one thread.

Along each axis in turn an array is (outer, samples, inner): `inner` values stand side by side and
are combined with those of other samples at once. Where they are many, rows are combined as they
come, and only those that are needed (`_by_rows`); where they are few, all samples of a tile are, in
long loops across the ends of its lines, and what is not needed is left out at the last step
(`_flat`). The tables that they read are described in `invarsig.kernels.reduction_tiles`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["PARTS", "reduce_units"]

_BASE = 2


def _joined(a: Any, b: Any, mark: Any) -> Any:
    """The larger one where `mark` is None, NaN if either is; else the sum.

    Written so that whole vectors are compared, without a branch.
    """
    if mark is None:
        larger = a if a > b else b  # noqa: FURB136 (of NaN, max takes one or the other)
        return a if a != a else larger  # noqa: PLR0124 (NaN)
    return a + b


def _at(x: Any, a: Any, y: Any, b: Any, z: Any, c: Any, mark: Any) -> Any:
    """One, two or three operands, joined from left to right."""
    value = x[a]
    if y is not None:
        value = _joined(value, y[b], mark)
    if z is not None:
        value = _joined(value, z[c], mark)
    return value


def _loop(
    out: Any, o: Any, x: Any, a: Any, y: Any, b: Any, z: Any, c: Any,
    lines: Any, line: Any, count: Any, inner: Any, hop: Any, mark: Any,
) -> None:  # fmt: skip
    """Join what stands at a, b and c, and at `count` samples from there that are `hop` apart.

    Then again for the next of some lines. All places are unsigned: numba counts negative ones from
    the end, and looks at each.
    """
    one, two = np.uint64(1), np.uint64(2)
    for _ in range(lines):
        if inner > one:
            for k in range(count):
                p, far = o + k * inner, k * hop
                for i in range(inner):
                    out[p + i] = _at(x, a + far + i, y, b + far + i, z, c + far + i, mark)
        elif hop == two and b == a + one:
            # Distances are known here, so that whole vectors are read; y and z are x.
            for k in range(count):
                i = a + two * k
                value = x[i]
                if y is not None:
                    value = _joined(value, x[i + one], mark)
                if z is not None:
                    value = _joined(value, x[i + two], mark)
                out[o + k] = value
        else:
            for k in range(count):
                i = hop * k
                out[o + k] = _at(x, a + i, y, b + i, z, c + i, mark)
        o, a, b, c = o + count * inner, a + line, b + line, c + line


def _join(
    out: Any, o: Any, x: Any, a: Any, b: Any, z: Any, c: Any,
    lines: Any, line: Any, count: Any, inner: Any, hop: Any, mark: Any,
) -> None:  # fmt: skip
    """Join up to three operands; b and c are negative where there are none."""
    if hop == inner:  # one after the other
        count, inner = 1, count * inner
    o, a, none = np.uint64(o), np.uint64(a), np.uint64(0)
    lines, line, count = np.uint64(lines), np.uint64(line), np.uint64(count)
    inner, hop = np.uint64(inner), np.uint64(hop)
    if b < 0:
        _loop(out, o, x, a, None, none, None, none, lines, line, count, inner, hop, mark)
    elif c < 0:
        _loop(out, o, x, a, x, np.uint64(b), None, none, lines, line, count, inner, hop, mark)
    else:
        b, c = np.uint64(b), np.uint64(c)
        _loop(out, o, x, a, x, b, z, c, lines, line, count, inner, hop, mark)


def _extend(
    work: Any, to: int, source: Any, at: int, lines: int, axis: Any, places: Any, start: int,
    need: int, fill: Any,
) -> None:  # fmt: skip
    """Copy `need` samples from `start` on of an extended axis, for each of some lines."""
    size, inner = axis.size, axis.inner
    low = min(max(axis.before - start, 0), need)
    high = max(min(axis.before + size - start, need), low)
    inside = (start + low - axis.before) * inner
    for _ in range(lines):
        begin, own = np.uint64(to + low * inner), np.uint64(max(at + inside, 0))
        for i in range(np.uint64((high - low) * inner)):
            work[begin + i] = source[own + i]
        for edge in range(need - high + low):
            e = edge if edge < low else edge + high - low
            place = places[axis.places + start + e]
            for i in range(inner):
                work[to + e * inner + i] = fill if place < 0 else source[at + place * inner + i]
        at += size * inner
        to += need * inner


def _flat(
    out: Any, o: int, base: Any, at: int, lines: int, line: int, axis: Any, steps: Any,
    count: int, work: Any, seen: Any, room: int, mark: Any,
) -> None:  # fmt: skip
    """Combine all samples of some lines, and keep those at which one of `count` windows begins.

    A step runs across the ends of lines: what it makes there is not kept.
    """
    inner, last = axis.inner, steps.size - 1
    total = (lines - 1) * line + ((count - 1) * axis.stride + axis.reach + 1) * inner
    x, a = base, at
    for level in range(last + 1):
        step = steps[level]
        far = step.far * inner
        b, c, z = a + far if far > 0 else -1, a + 2 * far if step.third else -1, x
        if step.third == _BASE:
            c, z = at + 2 * far, base
        to, p, many = work, level % 2 * room, total - step.reach * inner
        times, pitch, windows, width, hop = 1, 0, 1, many, many
        if level == last:
            to, p, times, pitch = out, o, lines, line
            windows, width, hop = count, inner, axis.stride * inner
        _join(to, p, x, a, b, z, c, times, pitch, windows, width, hop, mark)
        x, a = seen, p


def _kept(steps: Any, level: int, t: int, inner: int) -> Any:
    """Where row t of what a step made is kept; before the first step, of the samples."""
    step = steps[level]
    return (step.slot + t % step.slots) * inner


def _by_rows(
    out: Any, o: int, source: Any, at: int, axis: Any, steps: Any, places: Any, needs: Any,
    begun: Any, first: int, count: int, work: Any, seen: Any, kept: int, fill: Any, mark: Any,
) -> None:  # fmt: skip
    """Make `count` rows of the result, from `first` on, as rows of samples come in.

    The rows that later steps need are kept, the oldest one replaced first. `begun` says with which
    row that began, and which one is the next.
    """
    inner, last = axis.inner, steps.size - 1
    for e in range(begun[1], (first + count - 1) * axis.stride + axis.reach + 1):
        place, p = places[axis.places + e], np.uint64(kept + _kept(steps, 0, e, inner))
        own = np.uint64(at + max(place, 0) * inner)
        for i in range(np.uint64(inner)):
            work[p + i] = fill if place < 0 else source[own + i]
        for level in range(1, last + 1):
            step = steps[level]
            t = e - step.reach
            if t < begun[0]:
                break
            if level < last and needs[step.needs + t] == 0:
                continue
            to, q = work, kept
            if level < last:
                q += _kept(steps, level, t, inner)
            elif t % axis.stride == 0 and t >= first * axis.stride:
                to, q = out, o + (t // axis.stride - first) * inner
            else:
                continue
            a = kept + _kept(steps, level - 1, t, inner)
            b = kept + _kept(steps, level - 1, t + step.far, inner)
            c = -1
            if step.third:
                below = 0 if step.third == _BASE else level - 1
                c = kept + _kept(steps, below, t + 2 * step.far, inner)
            _join(to, q, seen, a, b, seen, c, 1, 0, 1, inner, inner, mark)


def reduce_units(
    values: Any, out: Any, work: Any, seen: Any, begin: int, end: int, tiles: Any, axes: Any,
    steps: Any, places: Any, needs: Any, fills: Any, divisor: Any, mark: Any,
) -> None:  # fmt: skip
    """Reduce the tiles from `begin` to ``end - 1``: several items each, or some rows of one.

    `seen` is `work` again, which is read there.
    """
    tile, last = tiles[0], axes.size - 1
    wide = 2 * tile.dense
    kept = wide + tile.wide
    halves = kept + tile.kept
    start = reached = 0
    for unit in range(begin, end):
        item, first = unit // tile.each * tile.group, unit % tile.each * tile.rows
        here = min(tile.group, tile.items - item)
        rows = min(tile.rows, axes[0].count - first)
        if first == 0 or unit == begin:
            start = reached = first * axes[0].stride
        result = (item * axes[0].count + first) * tile.row
        source, at = values, item * axes[0].size * axes[0].inner
        lines, skipped, count, begun = here, first, rows, (start, reached)
        for k in range(last + 1):
            axis = axes[k]
            own, inner = steps[axis.first : axis.last], axis.inner
            if k > 0:
                source, at, begun = seen, halves + (k - 1) % 2 * tile.half, (0, 0)
                lines, skipped, count = here * rows * axis.lines, 0, axis.count
            to, o = (out, result) if k == last else (work, halves + k % 2 * tile.half)
            if axis.by_rows:
                for line in range(lines):
                    _by_rows(
                        to, o + line * count * inner, source, at + line * axis.size * inner, axis,
                        own, places, needs, begun, skipped, count, work, seen, kept + axis.kept,
                        fills[k], mark,
                    )  # fmt: skip
                continue
            need, line = (count - 1) * axis.stride + axis.reach + 1, axis.size * inner
            at += skipped * axis.stride * inner
            if axis.extended:
                begin_at = skipped * axis.stride
                at -= begin_at * inner
                _extend(work, wide, source, at, lines, axis, places, begin_at, need, fills[k])
                source, at, line = seen, wide, need * inner
            _flat(to, o, source, at, lines, line, axis, own, count, work, seen, tile.dense, mark)
        reached = (first + rows - 1) * axes[0].stride + axes[0].reach + 1
        if divisor != 1:
            whole = np.uint64(result)
            for i in range(np.uint64(here * rows * tile.row)):
                out[whole + i] /= divisor


PARTS = (_joined, _at, _loop, _join, _extend, _flat, _kept, _by_rows)
"""What `reduce_units` calls."""
