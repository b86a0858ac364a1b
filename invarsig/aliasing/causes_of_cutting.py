"""Causes of the error that shows between two cuts of the input."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.continued import continued
from invarsig.aliasing.onward import Onward
from invarsig.aliasing.orders import Order, Step, same
from invarsig.aliasing.own_cause import cause_of_join, keeps_the_grid
from invarsig.aliasing.rolled import Rolled
from invarsig.aliasing.together import Together, spans, taken_together
from invarsig.aliasing.units import Unit, live
from invarsig.aliasing.wrapped import wrapped
from invarsig.axes import Axes, axis_of
from invarsig.errors import DimError, ParameterError
from invarsig.kernels.interpolation import is_whole
from invarsig.measures.known_samples import Indexers
from invarsig.operators import Join, Operator

__all__ = ["Cutting"]


@dataclass(frozen=True)
class Cutting:
    """Two cuts of the input: the second one shows what the first one does, `by` samples further."""

    units: tuple[Unit, ...]
    by: tuple[dict[str, int], ...]
    here: tuple[xr.DataArray, ...]
    there: tuple[xr.DataArray, ...]

    @classmethod
    def of(cls, units: tuple[Unit, ...], x: xr.DataArray, action: Translate) -> Cutting:
        """Cut at two places, and run the stages on both."""
        here: dict[str, slice] = {}
        there: dict[str, slice] = {}
        by: dict[str, int] = {}
        for dim, shift in action.shifts.items():
            if dim not in x.dims:
                raise DimError(
                    f"A cut along {dim!r} needs that dim in the input, whose dims are "
                    f"{tuple(x.dims)}; give what the stage that creates it gives, and the stages "
                    "after it."
                )
            samples = action.samples(axis_of(x, dim))
            if not is_whole(samples):
                raise ParameterError(
                    f"The protocol 'cut' cuts at whole samples, and the shift along {dim!r} is "
                    f"{samples:.6g} of them ({shift:.6g}); give a multiple of the total stride."
                )
            by[dim] = round(samples)
            size = x.sizes[dim] - abs(by[dim])
            if size < 1:
                raise ParameterError(
                    f"A shift of {abs(by[dim])} samples leaves nothing of the {x.sizes[dim]} "
                    f"samples along {dim!r}; give a smaller one."
                )
            here[dim] = slice(max(by[dim], 0), max(by[dim], 0) + size)
            there[dim] = slice(max(-by[dim], 0), max(-by[dim], 0) + size)
        features = Rolled.of(units, x.isel(here)).features
        counts = [by]
        for place, unit in enumerate(units):
            now: dict[str, int] = {}
            for k in unit.inputs:
                now |= _later(unit, features[k], features[place + 1], counts[k])
            counts.append(now)
        return cls(units, tuple(counts), features, Rolled.of(units, x.isel(there)).features)

    def continued(self) -> Cutting:
        """The same with units that also give numbers for values which they never met as given."""
        return replace(self, units=continued(self.units, self.here, self.there))

    def grouped(self, blocks: Sequence[str]) -> Cutting:
        """The same with neighboring nodes of a block as one unit, where none follows position."""
        dims = tuple(self.by[0])

        def fits(place: int) -> bool:
            unit, y = self.units[place], self.here[place + 1]
            inputs = [self.here[k] for k in unit.inputs]
            if not keeps_the_grid(inputs, y, dims):
                return False
            if isinstance(unit.op, Join):
                return cause_of_join(unit.op, inputs, y, dims) != "position"
            return wrapped(unit.op, inputs[0], y, dims).places_alike

        parts = spans(self.units, blocks, fits)
        if len(parts) == len(self.units):
            return self
        units = taken_together(self.units, self.here, parts, {})
        ends = [0, *(part.stop for part in parts)]
        here, there = (tuple(each[k] for k in ends) for each in (self.here, self.there))
        return Cutting(units, tuple(self.by[k] for k in ends), here, there)

    def region(self, op: Operator, x: xr.DataArray, asked: Indexers | None) -> Indexers:
        """The region that is compared, within the overlap."""
        return dict(asked or {})

    def reference(self, where: Indexers) -> xr.DataArray:
        """What the error is relative to: the first cut's result, over the overlap."""
        source, _ = _boxes(self.here[-1], self.by[-1])
        return self.here[-1].isel(source).isel(where)

    def given_and_made(self) -> tuple[xr.DataArray, xr.DataArray]:
        """The first cut, and its result."""
        return self.here[0], self.here[-1]

    def orders(self) -> tuple[Order, Order]:
        """From the second cut to the first one, and vice versa."""
        return self._order(back=False), self._order(back=True)

    def _order(self, *, back: bool) -> Order:
        origin, other = (self.there, self.here) if back else (self.here, self.there)

        def lag(place: int) -> dict[str, int]:
            return {dim: -by if back else by for dim, by in self.by[place].items()}

        def moved(place: int) -> xr.DataArray:
            return _overlaid(origin[place], other[place], lag(place))

        onward = Onward(self.units, other, lambda _: None)

        def rest(place: int, value: xr.DataArray) -> xr.DataArray:
            values = {k: moved(k) for k in live(self.units, place) - {place}}
            values[place] = value
            return onward.run(place, values)

        def steps(place: int) -> tuple[xr.DataArray, Iterator[Step]]:
            unit = self.units[place]
            met = [moved(k) for k in unit.inputs]
            value, last = unit(met), moved(place + 1)
            whole = isinstance(unit.op, Together)  # None of these follows position.
            inner = None if whole else _inside(unit.op, met[0], last, lag(place + 1))
            return value, self._steps(place, value, last, inner)

        def bring(part: xr.DataArray, where: Indexers) -> xr.DataArray:
            # What the second cut shows, on the grid of the overlap.
            _, target = _boxes(part, lag(len(self.units)))
            return part.isel(target).isel(where)

        first, last = other[-1], moved(len(self.units))
        return Order(first, last, steps, rest, bring, -1.0 if back else 1.0)

    def _steps(
        self, place: int, value: xr.DataArray, last: xr.DataArray, inner: Indexers | None
    ) -> Iterator[Step]:
        """What differs away from the ends depends on position; the rest is due to the border."""
        differs = inner is not None and not same(value.isel(inner), last.isel(inner))
        if differs and not self._places_alike(place):
            # The ends keep what they have; the middle is as the moved result has it.
            mixed = value.copy(deep=True).transpose(*last.dims)
            mixed[inner] = last.isel(inner).to_numpy()
            yield "position", mixed
        yield "border", last

    def _places_alike(self, place: int) -> bool:
        """Whether a unit does the same everywhere, but for its ends; a join is pointwise."""
        op = self.units[place].op
        if isinstance(op, Join):
            return False
        z = self.here[self.units[place].inputs[0]]
        return wrapped(op, z, self.here[place + 1], tuple(self.by[0])).places_alike


def _later(unit: Unit, z: xr.DataArray, y: xr.DataArray, by: Mapping[str, int]) -> dict[str, int]:
    """How many samples apart the results of a unit are, if its inputs are so many apart."""
    found = {}
    for dim, count in by.items():
        if dim not in z.dims or dim not in y.dims:
            continue
        samples = count * abs(axis_of(z, dim).step / axis_of(y, dim).step)
        if not is_whole(samples):
            stride = 1 / abs(axis_of(z, dim).step / axis_of(y, dim).step)
            raise ParameterError(
                f"The shift along {dim!r} is not a whole multiple of the total stride: "
                f"stage {unit.stage + 1}, {unit.op}, has a stride of {stride:.6g}, and {count} "
                "of its samples are left of the shift; give a multiple of the total stride."
            )
        found[dim] = round(samples)
    return found


def _boxes(y: xr.DataArray, by: Mapping[str, int]) -> tuple[Indexers, Indexers]:
    """The overlap of two results that are some samples apart: in the first, in the second."""
    source: Indexers = {}
    target: Indexers = {}
    for dim, count in by.items():
        if dim in y.dims:
            size = max(y.sizes[dim] - abs(count), 0)
            source[dim] = slice(max(-count, 0), max(-count, 0) + size)
            target[dim] = slice(max(count, 0), max(count, 0) + size)
    return source, target


def _overlaid(one: xr.DataArray, other: xr.DataArray, by: Mapping[str, int]) -> xr.DataArray:
    """The second result, with what the first one shows where they overlap."""
    source, target = _boxes(one, by)
    out = other.copy(deep=True)
    out[target] = one.transpose(*other.dims).isel(source).to_numpy()
    return out


def _inside(
    op: Operator | Join, z: xr.DataArray, y: xr.DataArray, by: Mapping[str, int]
) -> Indexers | None:
    """The part of the overlap that no end of either cut reaches; all of it where that is not known.

    None where nothing is left.
    """
    reach = {} if isinstance(op, Join) else op.plan(Axes.of(z)).reach
    _, target = _boxes(y, by)
    for dim, where in target.items():
        left, right = reach.get(dim, (0.0, 0.0))
        if not math.isfinite(left + right):
            continue
        step = abs(axis_of(y, dim).step)
        first, end = where.start + math.ceil(left / step), where.stop - math.ceil(right / step)
        if first >= end:
            return None
        target[dim] = slice(first, end)
    return target
