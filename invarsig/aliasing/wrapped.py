"""A wrapped stage: what it would give if the axes that move had no ends.

The input of the stage is continued periodically along each axis by the stage's reach, the stage
runs on it as given, and what its own borders touched is cut off again. So nothing has to be known
about how the stage treats its borders, or whether it pads on its own: a user's function is wrapped
like a window.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import xarray as xr

from invarsig.axes import Axes, Axis, axis_of
from invarsig.errors import AxisError, InvarsigError
from invarsig.operators import Operator
from invarsig.operators.composed import bordered

__all__ = ["Wrapped", "computes_in_single", "wrapped"]

# A stride that does not divide the axis needs several periods before it closes: at most this many,
# and at most this many samples. Where that is not enough, it is continued for so many periods, of
# those between these, that it closes best; of a very long axis for one, and this many samples of
# the result at either end.
_ROUNDS, _SAMPLES = 32, 1 << 24
_NEARLY = (3, 16)
_LEAST = 64

# Where a function does not state its reach, differences count as a border effect if they extend
# over at most this part of an axis at either end.
_BORDER = 0.25

# Rates are fractions with denominators up to this.
_DENOMINATOR = 64

# A difference below this part of the largest value is rounding, in double and in single precision.
_DOUBLE, _SINGLE = 1e-9, 1e-4


@dataclass(frozen=True)
class _Continued:
    """How an axis is continued.

    Parameters
    ----------
    dim
        The axis.
    places
        Its samples, in order.
    start
        Position of the first of them.
    skip, size
        Where the result is read: how many samples to skip, and how many to take.
    before
        How many of these come before the first one of the original stage.
    closed
        Whether the result covers a whole number of periods of the axis.
    """

    dim: str
    places: np.ndarray
    start: float
    skip: int
    size: int
    before: int
    closed: bool


@dataclass(frozen=True)
class _Period:
    """The smallest shift along an axis that moves all results inside a stage by whole samples.

    Parameters
    ----------
    rate
        Input samples per output sample.
    whole
        The shift, in input samples.
    """

    rate: Fraction
    whole: int

    @classmethod
    def of(cls, z: xr.DataArray, y: xr.DataArray, dim: str, whole: int) -> _Period:
        """The period of a stage, the smallest whole shift of which its plan states."""
        if dim not in y.dims:
            return cls(Fraction(whole), whole)
        ratio = abs(axis_of(y, dim).step / axis_of(z, dim).step)
        rate = Fraction(ratio).limit_denominator(_DENOMINATOR)
        return cls(rate, math.lcm(rate.numerator, whole))

    @property
    def results(self) -> int:
        """The shift, in output samples."""
        return int(self.whole / self.rate)


@dataclass(frozen=True)
class Wrapped:
    """A stage on its input's axes, made periodic.

    Parameters
    ----------
    stage
        The stage, as given.
    like
        The result of the original stage: the grid that `cut` cuts to.
    continued
        Axes of the input that are continued. Along others the stage has no borders, or none that
        can be distinguished from its other effects there.
    commutes
        For each dim that moves whether the wrapped stage commutes with its own whole period, as
        measured.
    """

    stage: Operator
    like: xr.DataArray
    continued: tuple[_Continued, ...]
    commutes: Mapping[str, bool]

    def __call__(self, z: xr.DataArray) -> xr.DataArray:
        """Run the stage on the continued axes."""
        return _run(self.stage, z, self.continued)

    def cut(self, w: xr.DataArray) -> xr.DataArray:
        """Cut the result on the continued axes to the grid of the original stage."""
        part = w.isel(self.inner).transpose(*self.like.dims)
        return self.like.copy(data=part.to_numpy())

    @property
    def inner(self) -> dict[str, slice]:
        """Where the result of the original stage lies within that of the continued axes."""
        return {
            each.dim: slice(each.before, each.before + self.like.sizes[each.dim])
            for each in self.continued
        }

    def on(self, y: xr.DataArray) -> Wrapped:
        """The same for another input on the same axes, for which the stage gives `y`."""
        return replace(self, like=y)

    def finer(
        self, dense: Operator, z: xr.DataArray, strides: Mapping[str, int]
    ) -> xr.DataArray | None:
        """Run the stage without its stride on the closed axes, from where its own result begins.

        None where it does not lie on the same lattice.
        """
        coarse, fine = self(z), self._dense(dense, z, strides)
        if fine is None:
            return None
        open_ended = [each.dim for each in self.continued if not each.closed]
        for dim, by in strides.items():
            before, after = axis_of(coarse, dim), axis_of(fine, dim)
            ahead = (before.start + before.offset(after) - before.start) / after.step
            first, length = round(ahead), coarse.sizes[dim] * by
            length -= by - 1 if dim in open_ended else 0
            if abs(ahead - first) > 1e-3 or abs(after.step * by / before.step - 1) > 1e-6:
                return None
            if dim in self.dims and not 0 <= first <= fine.sizes[dim] - length:
                return None
            places = (first + np.arange(length)) % fine.sizes[dim]
            fine = _placed(fine, dim, places, replace(before, step=after.step, size=length))
        rest = {
            each.dim: slice(each.skip, each.skip + each.size)
            for each in self.continued
            if each.dim not in strides
        }
        return _taken(fine, rest)

    def _dense(
        self, dense: Operator, z: xr.DataArray, strides: Mapping[str, int]
    ) -> xr.DataArray | None:
        """Run the stage without its stride; None where it runs on no length.

        Inside a stage windows without padding leave fewer samples, of which a later stride takes
        whole multiples alone: then the input is continued by a few samples more.
        """
        longer = [range(strides.get(each.dim, 1)) for each in self.continued]
        for counts in itertools.product(*longer):
            continued = [
                replace(each, places=_further(each.places, z.sizes[each.dim], count))
                for each, count in zip(self.continued, counts, strict=True)
            ]
            try:
                return dense(_closed_round(z, continued))
            except AxisError:
                continue
        return None

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims along which the input is continued."""
        return tuple(each.dim for each in self.continued)

    def is_closed(self, dim: str) -> bool:
        """Whether the result closes along a dim, or has no ends there."""
        return all(each.closed for each in self.continued if each.dim == dim)

    @property
    def places_alike(self) -> bool:
        """Whether the wrapped stage is shift-invariant along all dims that move."""
        return all(self.commutes.values())


def wrapped(
    stage: Operator,
    z: xr.DataArray,
    y: xr.DataArray,
    dims: Sequence[str],
    margins: Mapping[str, int] | None = None,
) -> Wrapped:
    """Wrap a stage along those of some dims that its input has.

    Parameters
    ----------
    stage
        Operator, with any borders.
    z, y
        Its input and its result.
    dims
        Dims that move.
    margins
        For a dim, the number of samples of the result by which to continue it at either side, where
        no more is needed; elsewhere it is continued until the result closes.

    Returns
    -------
    Wrapped

    Examples
    --------
    >>> import invarsig as iv
    >>> from invarsig.aliasing.wrapped import wrapped
    >>> x = iv.label([1.0, 2.0, 4.0, 8.0], "x")
    >>> sums = iv.Convolve(iv.label([1.0, 1.0, 1.0], "x"), boundary="zero")
    >>> sums(x).values.tolist()
    [3.0, 7.0, 14.0, 12.0]
    >>> around = wrapped(sums, x, sums(x), ["x"])
    >>> around.cut(around(x)).values.tolist(), around.commutes
    ([11.0, 7.0, 14.0, 13.0], {'x': True})
    """
    plan = stage.plan(Axes.of(z))
    touched = [d for d in dims if d in z.dims and any(axis.dim == d for axis in plan.in_axes)]
    periods = {dim: _Period.of(z, y, dim, plan.whole_shift_along(dim)) for dim in touched}
    made, result, margins = Wrapped(stage, y, (), {}), y, margins or {}
    for dim in touched:
        promised = plan.shares(dim) and dim in y.dims
        if dim in y.dims and not (promised and _closed(stage, z, y, dim, periods[dim])):
            reach = plan.reach.get(dim, (math.inf, math.inf))
            made, result = _wider(made, result, z, dim, periods[dim], reach, margins.get(dim))
    commutes: dict[str, bool] = {}
    for dim in touched:
        gap = _off_its_period(made, result, z, dim, periods[dim])
        limit = _limit(stage, z, y, gap)
        commutes[dim] = bool(gap.max(initial=0.0) <= limit)
        if commutes[dim] or dim not in y.dims or dim in made.dims:
            continue
        width = _border_of(gap, limit, axis_of(z, dim), periods[dim])
        trial, there = _wider(made, result, z, dim, periods[dim], width, margins.get(dim))
        if dim in trial.dims:
            gap = _off_its_period(trial, there, z, dim, periods[dim])
            if gap.max(initial=0.0) <= limit:
                made, result, commutes[dim] = trial, there, True
    return replace(made, commutes=commutes)


def _limit(stage: Operator, z: xr.DataArray, y: xr.DataArray, gap: np.ndarray) -> float:
    """Fraction of the largest value below which a difference between results is rounding."""
    if not _DOUBLE < gap.max(initial=0.0) <= _SINGLE:
        return _DOUBLE
    return _SINGLE if computes_in_single(lambda each: stage(each[0]), [z], y) else _DOUBLE


def computes_in_single(
    run: Callable[[Sequence[xr.DataArray]], xr.DataArray],
    inputs: Sequence[xr.DataArray],
    y: xr.DataArray,
) -> bool:
    """Say whether a stage computes in single precision, whatever types it accepts and returns.

    If it does, rounding its inputs to single precision changes nothing at all.
    """
    if np.finfo(y.dtype if y.dtype.kind in "fc" else np.float64).eps > 1e-8:
        return True
    if any(z.dtype.newbyteorder("=") != np.dtype(np.float64) for z in inputs):
        return False
    with np.errstate(over="ignore"):
        rounded = [z.copy(data=z.to_numpy().astype(np.float32).astype(np.float64)) for z in inputs]
    pairs = zip(rounded, inputs, strict=True)
    if all(np.array_equal(a.to_numpy(), b.to_numpy(), equal_nan=True) for a, b in pairs):
        return False
    return np.array_equal(run(rounded).to_numpy(), y.to_numpy(), equal_nan=True)


def _closed(stage: Operator, z: xr.DataArray, y: xr.DataArray, dim: str, period: _Period) -> bool:
    """Whether a stage meets no border along an axis: it respects its periodicity."""
    before = axis_of(z, dim)
    follows = before.periodic and before.size == y.sizes[dim] * period.rate
    return follows and not bordered(stage)


def _wider(
    made: Wrapped,
    result: xr.DataArray,
    z: xr.DataArray,
    dim: str,
    period: _Period,
    reach: tuple[float, float] | None,
    margin: int | None,
) -> tuple[Wrapped, xr.DataArray]:
    """Wrap along one more dim, if the stage runs there and keeps the positions of its samples."""
    each = None if reach is None else _continued(z, made.like, dim, period, reach, margin)
    if each is None:
        return made, result
    trial = replace(made, continued=(*made.continued, each))
    try:
        w = trial(z)
    except InvarsigError:
        return made, result
    if w.sizes.get(dim) != each.size or set(w.dims) != set(made.like.dims):
        return made, result
    before, after = axis_of(made.like, dim), axis_of(w, dim)
    apart = abs(after.offset(before) / before.step + each.before)
    same = abs(after.step - before.step) <= 1e-6 * abs(before.step) and apart <= 1e-3
    if not (same and _agrees(made.cut(result), trial.cut(w), z, dim, period, reach)):
        return made, result
    return trial, w


def _agrees(
    one: xr.DataArray,
    other: xr.DataArray,
    z: xr.DataArray,
    dim: str,
    period: _Period,
    reach: tuple[float, float] | None,
) -> bool:
    """Whether a continued axis changes nothing where no end is in reach.

    A stage that counts positions from an end gives different values there.
    """
    before, after = axis_of(z, dim), axis_of(one, dim)
    left, right = (each / abs(before.step) for each in reach or (0.0, 0.0))
    places = after.offset(before) / before.step + np.arange(after.size) * float(period.rate)
    inside = np.flatnonzero((places - left >= 0) & (places + right <= before.size - 1))
    a, b = (each.isel({dim: inside}).to_numpy() for each in (one, other))
    size = float(np.abs(a).max(initial=0.0))
    gap = np.nan_to_num(np.abs(a - b), nan=0.0, posinf=0.0)
    return bool(gap.max(initial=0.0) <= _SINGLE * size)


def _continued(
    z: xr.DataArray,
    y: xr.DataArray,
    dim: str,
    period: _Period,
    reach: tuple[float, float],
    margin: int | None,
) -> _Continued | None:
    """Continue an axis by the reach, rounded up to the period; None where that is impossible."""
    if not math.isfinite(sum(reach)):
        return None
    before, after = axis_of(z, dim), axis_of(y, dim)
    left, right = (math.ceil(each / abs(before.step) - 1e-6) for each in reach)
    size, offset, whole = before.size, after.offset(before) / before.step, period.whole
    rate, closed = period.rate, margin is None
    rounds, outside = 1, -(-(margin or 0) // period.results) * period.results
    count = y.sizes[dim] + 2 * outside
    if closed:
        rounds = whole // math.gcd(size, whole)
        # A stage that pads or extends its input gives more than one period.
        rounds *= -(-y.sizes[dim] // int(rounds * size / rate))
        closed = rounds <= _ROUNDS and rounds * z.size <= _SAMPLES
        if not closed:
            rounds = _nearly_closed(size, rate, _SAMPLES // z.size)
        count = round(rounds * size / rate)
        if not closed:
            count = max(count, y.sizes[dim] + 2 * _LEAST * period.results)
            outside = (count - y.sizes[dim]) // (2 * period.results) * period.results
    if rounds * z.size > _SAMPLES:
        return None
    # The first and the last result that is read, in samples of the input.
    first, last = offset - outside * rate, offset + (count - 1 - outside) * rate
    ahead = max(math.ceil(left - first - 1e-6), 0)
    ahead = -(-ahead // whole) * whole
    length = max(math.ceil(last + right + 1 - 1e-6), rounds * size)
    length += -(ahead + length) % whole
    places = np.arange(-ahead, length) % size
    start = before.start - ahead * before.step
    skip = int(ahead / rate) - outside
    return _Continued(dim, places, start, skip, count, outside, closed)


def _nearly_closed(size: int, rate: Fraction, most: int) -> int:
    """Number of periods after which a result closes best, where it closes after too many.

    Its ends meet a fraction of a step of the result apart there, and about a period away from the
    part that is read. One where no more than so `most` are allowed.
    """
    least, largest = _NEARLY
    if most < least:
        return 1
    return min(
        range(least, min(largest, most) + 1),
        key=lambda rounds: abs(rounds * size - round(rounds * size / rate) * rate),
    )


def _run(stage: Operator, z: xr.DataArray, continued: Sequence[_Continued]) -> xr.DataArray:
    w = stage(_closed_round(z, continued))
    return _taken(w, {each.dim: slice(each.skip, each.skip + each.size) for each in continued})


def _taken(w: xr.DataArray, where: Mapping[str, slice]) -> xr.DataArray:
    """A part of a result; the coordinate of a lone sample still says how long a step is."""
    for dim, kept in where.items():
        if kept.stop - kept.start == 1 and dim in w.coords:
            w = w.assign_coords({dim: w[dim].assign_attrs(step=axis_of(w, dim).step)})
    return w.isel(where)


def _closed_round(z: xr.DataArray, continued: Sequence[_Continued]) -> xr.DataArray:
    """Continue axes, so that a stage meets its borders away from where its result is read."""
    for each in continued:
        axis = axis_of(z, each.dim)
        longer = replace(axis, start=each.start, size=each.places.size, period=None)
        z = _placed(z, each.dim, each.places, longer)
    return z


def _further(places: np.ndarray, size: int, count: int) -> np.ndarray:
    """Continue a periodic order of samples."""
    return np.append(places, (places[-1] + 1 + np.arange(count)) % size)


def _placed(z: xr.DataArray, dim: str, places: np.ndarray, axis: Axis) -> xr.DataArray:
    """Samples of an array, in a new order, on a new axis."""
    own = {dim: (dim, axis.coordinate(), axis.attrs())}
    first, size = int(places[0]), places.size
    in_order = first + size <= z.sizes[dim] and np.array_equal(places, first + np.arange(size))
    kept = slice(first, first + size) if in_order else places  # a slice copies nothing
    return z.isel({dim: kept}).assign_coords(own)


def _off_its_period(
    made: Wrapped, y: xr.DataArray, z: xr.DataArray, dim: str, period: _Period
) -> np.ndarray:
    """How far a wrapped stage is from commuting with its whole period, along its result `y`."""
    moved = made(z.roll({dim: period.whole}, roll_coords=False)).transpose(*y.dims)
    last = y.roll({dim: period.results}, roll_coords=False) if dim in y.dims else y
    # What is rolled in at the ends of a result that does not close is ignored.
    where = {} if made.is_closed(dim) else {dim: made.inner[dim]}
    gap = np.abs(moved.isel(where).to_numpy() - last.isel(where).to_numpy())
    size = float(np.abs(y.to_numpy()).max(initial=0.0))
    if dim in y.dims:
        other = tuple(k for k, name in enumerate(y.dims) if name != dim)
        gap = gap.max(axis=other)
    gap = np.nan_to_num(np.atleast_1d(gap), nan=0.0, posinf=0.0)
    return np.asarray(gap / size) if size > 0 and math.isfinite(size) else gap


def _border_of(
    gap: np.ndarray, limit: float, before: Axis, period: _Period
) -> tuple[float, float] | None:
    """How far in from either end of a result something differs, in the unit of the input's axis.

    None where it differs in the middle as well: then it is not a border.
    """
    size = gap.size
    bad = np.flatnonzero(gap > limit)
    left, right = bad[bad < size / 2], bad[bad >= size / 2]
    first = int(left.max(initial=-1)) + 1
    last = size - int(right.min(initial=size))
    if max(first, last) > _BORDER * size:
        return None
    each = abs(before.step) * float(period.rate)
    return first * each, last * each
