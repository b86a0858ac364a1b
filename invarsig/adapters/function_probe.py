"""A function of plain arrays, run on inputs that are made from one example."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from invarsig.adapters.effects import Effect
from invarsig.adapters.keyword_only import how_to_wrap
from invarsig.adapters.measured import rounding
from invarsig.adapters.sentences import as_sentence
from invarsig.axes import promoted
from invarsig.errors import DtypeError, ParameterError
from invarsig.operators.function_name import name_of

__all__ = ["Probe", "called"]

# An output depends on a sample if changing it changes the output by more than this many roundings.
_ROUNDINGS = 64


def called(function: Callable[..., Any], values: np.ndarray) -> np.ndarray:
    """What a function gives for one array, which it may change, as an array of numbers."""
    name = name_of(function)
    try:
        made = function(values.copy())
    except Exception as error:
        remedy = how_to_wrap(function, name) if isinstance(error, TypeError) else ""
        raise ParameterError(
            f"{name} does not run on a {values.dtype} array of shape {values.shape}: "
            f"{type(error).__name__}: {as_sentence(error)} {remedy}".rstrip()
        ) from error
    if made is None or isinstance(made, (tuple, dict, str)):
        what = "None" if made is None else f"a {type(made).__name__}"
        raise DtypeError(
            f"{name} gives {what}, and an operator has one array as its result; wrap it so that it "
            f"returns one, such as lambda a: {name}(a)[0]."
        )
    return promoted(np.asarray(made))


@dataclass(frozen=True, eq=False)
class Probe:
    """A function, and one input with its result, from which other inputs are made.

    Parameters
    ----------
    function
        ``f(array) -> array``.
    values, result
        An input, and what the function gives for it.
    limit
        The part of the largest value below which a difference is rounding.
    """

    function: Callable[..., Any]
    values: np.ndarray
    result: np.ndarray
    limit: float

    @classmethod
    def of(cls, function: Callable[..., Any], values: np.ndarray) -> Probe:
        """Run the function twice; refuse one that does not give the same again."""
        first, second = called(function, values), called(function, values)
        if first.shape != second.shape or not np.array_equal(first, second, equal_nan=True):
            raise ParameterError(
                f"{name_of(function)} is not deterministic: two runs on one input differ. Switch "
                "off what is random in it, or fix its seed."
            )
        return cls(function, values, first, rounding(_double(first.dtype)))

    def run(self, values: np.ndarray) -> np.ndarray:
        """Run on another input, without its warnings."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return called(self.function, values)

    def shape_along(self, axis: int, size: int) -> tuple[int, ...] | None:
        """Shape of the result where an axis of the input is cut; None where it does not run."""
        try:
            return self.run(self.values.take(np.arange(size), axis)).shape
        except ParameterError:
            return None

    def axes_of(self, axis: int) -> list[int] | None:
        """Axes of the result whose sizes follow that of an axis of the input; None if unknown."""
        size = self.values.shape[axis]
        shape = self.shape_along(axis, size - size // 2) if size > 1 else None
        if shape is None or len(shape) != self.result.ndim:
            return None
        pairs = zip(shape, self.result.shape, strict=True)
        return [k for k, (one, other) in enumerate(pairs) if one != other]

    def depends(
        self, axis: int, to: int, place: int, first: int, last: int, strength: float
    ) -> bool:
        """Whether one result changes with the samples of a stretch of an axis."""
        if first >= last:
            return False
        where = (slice(None),) * axis + (slice(first, last),)
        old = self.result.take(place, axis=to)
        whole = _scale(self.result)
        least = _ROUNDINGS * float(np.finfo(self.result.dtype).eps) * whole
        for other in self._others(self.values[where].shape):
            values = self.values.copy()
            values[where] += strength * (other - values[where])
            new = self.run(values)
            if new.shape != self.result.shape or _gap(new.take(place, axis=to), old) > least:
                return True
        return False

    def _others(self, shape: Sequence[int]) -> list[np.ndarray]:
        """Other values within the range of the input: the largest, the smallest, and noise."""
        values, rng = self.values, np.random.default_rng(0)
        if values.dtype.kind == "c":
            size = _scale(values) or 1.0
            turns = np.exp(2j * np.pi * rng.uniform(size=shape))
            return [np.full(shape, size), np.full(shape, -size), size * turns]
        low, high = float(values.min()), float(values.max())
        if not low < high:
            low, high = low - 1, high + 1
        return [np.full(shape, high), np.full(shape, low), rng.uniform(low, high, shape)]

    def holds(self, axis: int, to: int, effect: Effect) -> bool:
        """Whether windows give the same on shorter inputs, wherever they do not meet an end."""
        size, by = self.values.shape[axis], effect.ratio.numerator
        third = size // 3 // by * by
        cuts = {(by, by), (third, 0), (0, third)} - {(0, 0)}
        done = [self._cut(axis, to, effect, *cut) for cut in sorted(cuts) if sum(cut) < size]
        return all(each is not False for each in done) and any(each for each in done)

    def _cut(self, axis: int, to: int, effect: Effect, before: int, after: int) -> bool | None:
        """Whether the result of a cut is the one of before; None where nothing can be compared."""
        size, made = self.values.shape[axis], self.result.shape[to]
        there = effect.offset + float(effect.ratio) * np.arange(made)
        inside = (there - effect.left >= before - 1e-6) & (
            there + effect.right <= size - 1 - after + 1e-6
        )
        places = np.flatnonzero(inside)
        if not places.size:
            return None
        try:
            cut = self.run(self.values.take(np.arange(before, size - after), axis))
        except ParameterError:
            return None
        moved = places - int(before / effect.ratio)
        if cut.ndim != self.result.ndim or moved.min() < 0 or moved.max() >= cut.shape[to]:
            return False
        one, other = self.result.take(places, axis=to), cut.take(moved, axis=to)
        return one.shape == other.shape and _gap(one, other) <= self.limit * _scale(self.result)

    def wraps(self, axis: int, to: int, effect: Effect) -> bool:
        """Whether it commutes with a roll by a whole period, ends included: it is periodic."""
        size, made = self.values.shape[axis], self.result.shape[to]
        by, further = effect.ratio.numerator, effect.ratio.denominator
        if size % by or made * effect.ratio != size:
            return False
        rolled = self.run(np.roll(self.values, by, axis))
        if rolled.shape != self.result.shape:
            return False
        gap = _gap(rolled, np.roll(self.result, further, to))
        return gap <= self.limit * _scale(self.result)

    def linear(self) -> bool:
        """Whether ``f(2 x - 3 z) = 2 f(x) - 3 f(z)`` for noise z within the range of x."""
        noise = self._others(self.values.shape)[-1].astype(self.values.dtype)
        try:
            both, other = self.run(2 * self.values - 3 * noise), self.run(noise)
        except ParameterError:
            return False
        if both.shape != self.result.shape or other.shape != self.result.shape:
            return False
        apart = 2 * self.result - 3 * other
        whole = _scale(self.result) + _scale(other)
        return bool(np.isfinite(whole) and _gap(both, apart) <= self.limit * whole)

    def single(self) -> Probe:
        """The same, for a function that computes in single precision."""
        kind = np.complex64 if self.result.dtype.kind == "c" else np.float32
        limit = rounding(np.dtype(np.float32))
        return replace(self, limit=limit, result=self.result.astype(kind))


def _double(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type of the real part."""
    return np.empty(0, dtype).real.dtype


def _scale(values: np.ndarray) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max(initial=0.0))


def _gap(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference; infinite where only one is a number."""
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    with np.errstate(invalid="ignore"):
        gap = np.where(same, 0.0, np.abs(one - other))
    return float(np.nan_to_num(gap, nan=np.inf).max(initial=0.0))
