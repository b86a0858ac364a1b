"""Causes of the error that shows when the input is moved round its axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.orders import Order, Step, same
from invarsig.aliasing.rolled import Rolled
from invarsig.aliasing.units import Unit
from invarsig.aliasing.wrapped import Wrapped, wrapped
from invarsig.axes import Axes, axis_of
from invarsig.kernels.interpolation import HALF_WIDTH, is_whole
from invarsig.measures.known_samples import Indexers
from invarsig.measures.protocols import interior
from invarsig.operators import Join, Operator
from invarsig.operators.strides import decimating

__all__ = ["Rolling"]

# Rates are fractions with denominators up to this.
_DENOMINATOR = 64


@dataclass(frozen=True)
class Rolling:
    """The input moved with wrapping; each stage as given."""

    run: Rolled
    move: Translate
    windowed: bool
    kept: dict[int, Wrapped]

    @classmethod
    def of(
        cls, units: tuple[Unit, ...], x: xr.DataArray, action: Translate, *, windowed: bool
    ) -> Rolling:
        """Run the stages on the input, and find where the dims that move first exist."""
        run = Rolled.of(units, x)
        run.require(action)
        return cls(run, action, windowed, {})

    def region(self, op: Operator, x: xr.DataArray, asked: Indexers | None) -> Indexers:
        """The region that is compared."""
        if asked is not None or not self.windowed:
            return dict(asked or {})
        return interior(op, x, self.run.result, self.move)

    def reference(self, where: Indexers) -> xr.DataArray:
        """What the error is relative to: ``f(x)``, over the same part."""
        return self.run.result.isel(where)

    def given_and_made(self) -> tuple[xr.DataArray, xr.DataArray]:
        """The input that is not moved, and its result."""
        return self.run.features[0], self.run.result

    def orders(self) -> tuple[Order, Order]:
        """From the moved input to the moved result, and the same with the roles exchanged."""
        there = self.run.moved(self.move, windowed=self.windowed)
        back = self.move.at(-1)
        again = there.moved(back, windowed=self.windowed)

        def forth(part: xr.DataArray, where: Indexers) -> xr.DataArray:
            return part.isel(where)

        def moved(part: xr.DataArray, where: Indexers) -> xr.DataArray:
            return self.move.rolled(part, windowed=self.windowed).isel(where)

        return (
            self._order(there.result, self.run, self.move, forth, 1.0),
            self._order(again.result, there, back, moved, -1.0),
        )

    def _order(
        self,
        first: xr.DataArray,
        run: Rolled,
        move: Translate,
        bring: Callable[[xr.DataArray, Indexers], xr.DataArray],
        sign: float,
    ) -> Order:
        def moved(k: int) -> xr.DataArray:
            return run.feature(k, move, windowed=self.windowed)

        def steps(place: int) -> tuple[xr.DataArray, Iterator[Step]]:
            run.forget(place)
            met = [moved(k) for k in run.units[place].inputs]
            value = self._made(run, place, run.units[place](met), move)
            if isinstance(run.units[place].op, Join):
                return value, self._steps_of_join(run, place, move)
            return value, self._steps(run, place, met[0], move)

        def rest(place: int, value: xr.DataArray) -> xr.DataArray:
            return run.rest(place, value, move, windowed=self.windowed)

        last = moved(len(run.units))
        return Order(first, last, steps, rest, bring, sign)

    def _steps(
        self, run: Rolled, place: int, moved: xr.DataArray, move: Translate
    ) -> Iterator[Step]:
        """What a stage gives as its causes are removed one by one."""
        op, z, y = run.units[place].op, run.inputs(place)[0], run.features[place + 1]
        assert isinstance(op, Operator)
        around = self.kept.get(place)
        if around is None:
            margins = self._margins(y)
            around = self.kept[place] = wrapped(op, z, y, tuple(move.shifts), margins)
        around = around.on(y)
        cause = _own_cause(z, y, move, around)

        if around.continued:
            yield "border", self._made(run, place, around.cut(around(moved)), move)
        if cause == "folding" and not (op.linear or op.front_end):
            dense = self._dense(run, place, move, around)
            if dense is not None:
                yield "nonlinearity", dense
        if around.continued:
            inner = run.own(place, around(z))
            yield cause, around.cut(move.rolled(inner, windowed=self.windowed))
        last = run.feature(place + 1, move, windowed=self.windowed)
        yield ("border" if around.continued else cause), last

    def _steps_of_join(self, run: Rolled, place: int, move: Translate) -> Iterator[Step]:
        """A join has no ends: what it does not do alike everywhere follows position."""
        join, inputs = run.units[place], run.inputs(place)
        y = run.features[place + 1]
        alike, rises = True, False
        for dim in move.shifts:
            if dim in y.dims:
                by = [_rate(z, y, dim) for z in inputs if dim in z.dims]
                # The smallest shift that moves all inputs, and the result, by whole samples.
                whole = math.lcm(1, *(rate.numerator for rate in by))
                rolled = [
                    z.roll({dim: int(whole / _rate(z, y, dim))}, roll_coords=False)
                    if dim in z.dims
                    else z
                    for z in inputs
                ]
                alike &= same(join(rolled), y.roll({dim: whole}, roll_coords=False))
                rises |= any(rate > 1 for rate in by)
        cause = ("imaging" if rises else "nonlinearity") if alike else "position"
        yield cause, run.feature(place + 1, move, windowed=self.windowed)

    def _margins(self, y: xr.DataArray) -> dict[str, int]:
        """How much of a wrapped result a move needs at either side, where not all."""
        found = {}
        for dim in self.move.shifts:
            if dim in y.dims:
                axis = axis_of(y, dim)
                shift = self.move.samples(axis)
                if is_whole(shift) or (self.windowed and not axis.periodic):
                    found[dim] = math.ceil(abs(shift)) + HALF_WIDTH + 1
        return found

    def _made(self, run: Rolled, place: int, value: xr.DataArray, move: Translate) -> xr.DataArray:
        """What a stage gives for a moved input, moved along the dims that it creates."""
        return run.after(place, run.own(place, value), move, windowed=self.windowed)

    def _dense(
        self, run: Rolled, place: int, move: Translate, around: Wrapped
    ) -> xr.DataArray | None:
        """The stage without its stride, moved there, and then its stride; None where it is exact.

        A move by whole samples of the stage's input is exact without the stride.
        """
        op, z = run.units[place].op, run.inputs(place)[0]
        assert isinstance(op, Operator)
        shifts = [move.samples(axis_of(z, dim)) for dim in move.shifts if dim in z.dims]
        if all(is_whole(shift) for shift in shifts):
            return None
        strides = {
            dim: by
            for dim, by in decimating(op.plan(Axes.of(z)).stride).items()
            if dim in move.shifts
        }
        finer = op.restrided(dict.fromkeys(strides, 1))
        fine = None if finer is None else around.finer(finer, z, strides)
        if fine is None:
            return None
        fine_moved = move.rolled(run.own(place, fine), windowed=self.windowed)
        every = {dim: slice(None, None, by) for dim, by in strides.items()}
        return around.cut(fine_moved.isel(every))


def _rate(z: xr.DataArray, y: xr.DataArray, dim: str) -> Fraction:
    """How many samples of a result there are for each of an input."""
    ratio = abs(axis_of(z, dim).step / axis_of(y, dim).step)
    return Fraction(ratio).limit_denominator(_DENOMINATOR)


def _own_cause(z: xr.DataArray, y: xr.DataArray, move: Translate, around: Wrapped) -> str:
    """The name of the error that a wrapped stage makes on its own."""
    if not around.places_alike:
        return "position"
    both = [dim for dim in move.shifts if dim in z.dims and dim in y.dims]
    rates = [abs(axis_of(z, dim).step / axis_of(y, dim).step) for dim in both]
    plan = around.stage.plan(Axes.of(z))
    # A stage made of stages may go down inside, and up again or lose the dim after that.
    inside = [
        plan.whole_shift_along(dim) > Fraction(plan.stride.get(dim, 1)).numerator
        for dim in move.shifts
        if dim in z.dims
    ]
    if any(inside) or any(rate < 1 - 1e-6 for rate in rates):
        return "folding"
    return "imaging" if any(rate > 1 + 1e-6 for rate in rates) else "nonlinearity"
