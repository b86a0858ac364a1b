"""What a function does along one axis: its rate, where its samples stand, how far it reaches."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from invarsig.adapters.effects import Effect
from invarsig.adapters.function_probe import Probe

__all__ = ["effect_along"]

# How small the small changes are, of the range of the input.
_WEAK = 1e-3

# Taps that are this many samples apart belong to one window, however narrow it is.
_GAP = 8

# A rate with a larger denominator is not looked for.
_DENOMINATOR = 64


def effect_along(probe: Probe, axis: int, to: int, given: Fraction | None = None) -> Effect | None:
    """Rate, position and reach along an axis; None where samples are not a whole rate apart.

    Where no window is found, or it does not hold on shorter inputs, the reach is infinite.
    """
    rates = [given] if given is not None else _rates(probe, axis, to)
    found = [_windowed(probe, axis, to, rate) for rate in rates]
    held = [each for each in found if each.finite and probe.holds(axis, to, each)]
    if held:
        return held[0]
    # A rate between whole ones that does not hold is that of an axis resampled end to end.
    whole = [each for each in found if each.ratio.denominator == 1]
    return whole[0].unbounded() if whole else None


def _rates(probe: Probe, axis: int, to: int) -> list[Fraction]:
    """Input samples per output sample, from the lengths at which the result grows."""
    size, made = probe.values.shape[axis], probe.result.shape[to]
    half = size - size // 2
    shape = probe.shape_along(axis, half) if size > 1 else None
    if shape is None or len(shape) != probe.result.ndim or shape[to] >= made:
        return []
    grown = made - shape[to]
    apart = _first(probe, axis, to, size, made) - _first(probe, axis, to, half, shape[to])
    simple = _simplest(Fraction(apart - 1, grown), Fraction(apart + 1, grown))
    whole = Fraction(size, made)
    rates = [simple] if simple is not None else []
    near = abs(whole * grown - apart) < 1 and whole.denominator <= _DENOMINATOR
    return [*rates, whole] if near and whole not in rates else rates


def _first(probe: Probe, axis: int, to: int, size: int, made: int) -> int:
    """The smallest length of an axis that gives a result of a given size."""

    def enough(length: int) -> bool:
        shape = probe.shape_along(axis, length) if length > 0 else None
        return shape is not None and len(shape) == probe.result.ndim and shape[to] >= made

    step = 1
    while enough(size - step):
        step *= 2
    low, high = size - step, size - step // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _windowed(probe: Probe, axis: int, to: int, rate: Fraction) -> Effect:
    """The effect at a rate: where the windows of a few results in the middle lie."""
    size, made = probe.values.shape[axis], probe.result.shape[to]
    known = _windows(probe, axis, to, rate)
    if not known:
        centered = 0.0 if rate == 1 and size == made else (float(rate) - 1) / 2
        return Effect(rate, centered).unbounded()
    ends = [(a - float(rate * k), b - float(rate * k)) for k, (a, b) in known.items()]
    centers = [(a + b) / 2 for a, b in ends]
    # A function that keeps the grid keeps the positions: a causal filter has no delay.
    offset = 0.0 if rate == 1 and size == made else (min(centers) + max(centers)) / 2
    left, right = (
        max(each) for each in zip(*((offset - a, b - offset) for a, b in ends), strict=True)
    )
    return Effect(rate, offset, max(left, 0.0), max(right, 0.0), shared=False)


def _windows(probe: Probe, axis: int, to: int, rate: Fraction) -> dict[int, tuple[int, int]]:
    """The windows of neighboring results, in the middle, or where there are any.

    There are as many as make a period, less those that depend on nothing, as inserted zeros do.
    Where large changes reach everything (they change the largest value, and that sets a level),
    small ones may still tell a window.
    """
    made, count = probe.result.shape[to], rate.denominator
    for strength in (1.0, _WEAK):
        for part in (0.5, 0.25, 0.75):
            first = max(min(int(part * made), made - count), 0)
            places = range(first, min(first + count, made))
            found = {place: _window(probe, axis, to, place, rate, strength) for place in places}
            known = {place: ends for place, ends in found.items() if ends is not None}
            if known and len(known) == len(found):
                return {place: (ends[0], ends[1]) for place, ends in known.items() if ends}
    return {}


def _window(
    probe: Probe, axis: int, to: int, place: int, rate: Fraction, strength: float
) -> tuple[int, ...] | None:
    """First and last sample that one result depends on, () if on none; None if up to an end."""
    size, made = probe.values.shape[axis], probe.result.shape[to]
    middle, strong = min(int(size / made * (place + 0.5)), size - 1), strength == 1

    def depends(first: int, last: int) -> bool:
        return probe.depends(axis, to, place, max(first, 0), min(last, size), strength)

    wide = max(1, math.ceil(rate))
    while not depends(middle - wide, middle + wide):
        if wide >= size:
            return ()
        wide *= 2
    left = right = wide
    # Gaps between taps are crossed; small changes are tried next to the window alone.
    while depends(middle + right, middle + right + (max(right, _GAP) if strong else wide)):
        right *= 2
    while depends(middle - left - (max(left, _GAP) if strong else wide), middle - left):
        left *= 2
    if middle + right >= size or middle - left < 0:
        return None
    a, b = middle - left, middle + right
    last = _last_true(lambda t: depends(t, b), a, b)
    first = -_last_true(lambda t: depends(a, 1 - t), 1 - b, 1 - a)
    return first, last


def _last_true(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The last whole number from `low` on, below `high`, up to which something holds."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _simplest(low: Fraction, high: Fraction) -> Fraction | None:
    """The fraction of the smallest denominator strictly between two others."""
    for denominator in range(1, _DENOMINATOR + 1):
        numerator = math.floor(low * denominator) + 1
        if numerator > 0 and Fraction(numerator, denominator) < high:
            return Fraction(numerator, denominator)
    return None
