"""Causes of the error that shows when the input is moved round its axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.continued import continued
from invarsig.aliasing.orders import Order, Step
from invarsig.aliasing.own_cause import cause_of_join, keeps_the_grid, own_cause
from invarsig.aliasing.rolled import Rolled
from invarsig.aliasing.together import Together, spans, taken_together
from invarsig.aliasing.units import Unit
from invarsig.aliasing.wrapped import Wrapped, wrapped
from invarsig.axes import Axes, axis_of
from invarsig.kernels.interpolation import HALF_WIDTH, is_whole
from invarsig.measures.known_samples import Indexers
from invarsig.measures.protocols import interior
from invarsig.operators import Join, Operator
from invarsig.operators.strides import decimating

__all__ = ["Rolling"]

_LOT = 1 << 19
"""Values of a result without its stride that are moved at once."""


@dataclass(frozen=True)
class Rolling:
    """The input moved with wrapping; each stage as given.

    Parameters
    ----------
    run
        The units, run on the input.
    move
        The move.
    windowed
        How fractions of a sample are interpolated.
    kept
        Units that have been wrapped.
    own_first
        Whether what a unit does on its own is removed before what its border does to either side,
        which is one part then: one run of the rest less for each unit.
    """

    run: Rolled
    move: Translate
    windowed: bool
    kept: dict[int, Wrapped]
    own_first: bool = False

    @classmethod
    def of(
        cls, units: tuple[Unit, ...], x: xr.DataArray, action: Translate, *, windowed: bool
    ) -> Rolling:
        """Run the stages on the input, and find where the dims that move first exist."""
        run = Rolled.of(units, x)
        run.require(action)
        return cls(run, action, windowed, {})

    @property
    def units(self) -> tuple[Unit, ...]:
        """What is run as a unit."""
        return self.run.units

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
        again = there.rest(
            0, back.rolled(there.features[0], windowed=self.windowed), back, windowed=self.windowed
        )

        def forth(part: xr.DataArray, where: Indexers) -> xr.DataArray:
            return part.isel(where)

        def moved(part: xr.DataArray, where: Indexers) -> xr.DataArray:
            return self.move.rolled(part, windowed=self.windowed).isel(where)

        return (
            self._order(there.result, self.run, self.move, forth, 1.0),
            self._order(again, there, back, moved, -1.0),
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
            return value, self._steps(run, place, met, value, move)

        def rest(place: int, value: xr.DataArray) -> xr.DataArray:
            return run.rest(place, value, move, windowed=self.windowed)

        last = moved(len(run.units))
        return Order(first, last, steps, rest, bring, sign)

    def continued(self) -> Rolling:
        """The same with units that also give numbers for values which they never met as given."""
        moved = self.run.moved(self.move, windowed=self.windowed).features
        units = continued(self.units, self.run.features, moved)
        run = Rolled(units, self.run.features, self.run.created)
        return Rolling(run, self.move, self.windowed, {})

    def grouped(self, blocks: Sequence[str]) -> Rolling:
        """The same with neighboring nodes of a block as one unit.

        In it nothing happens but a nonlinearity between samples, apart from its ends.
        """
        run, dims = self.run, tuple(self.move.shifts)

        def fits(place: int) -> bool:
            inputs, y = run.inputs(place), run.features[place + 1]
            if run.created[place] or not keeps_the_grid(inputs, y, dims):
                return False
            op = run.units[place].op
            if isinstance(op, Join):
                return cause_of_join(op, inputs, y, dims) == "nonlinearity"
            return own_cause(inputs[0], y, dims, self._around(run, place)) == "nonlinearity"

        parts = spans(run.units, blocks, fits)
        if len(parts) == len(run.units):
            return self
        units = taken_together(run.units, run.features, parts, self.kept)
        features = (run.features[0], *(run.features[part.stop] for part in parts))
        created = tuple(run.created[part.start] if len(part) == 1 else () for part in parts)
        kept = {
            k: self.kept[part.start]
            for k, part in enumerate(parts)
            if len(part) == 1 and part.start in self.kept
        }
        return replace(self, run=Rolled(units, features, created), kept=kept, own_first=True)

    def _around(self, run: Rolled, place: int) -> Wrapped:
        """An operator, wrapped."""
        around = self.kept.get(place)
        if around is None:
            op, z, y = run.units[place].op, run.inputs(place)[0], run.features[place + 1]
            assert isinstance(op, Operator)
            dims = tuple(self.move.shifts)
            around = self.kept[place] = wrapped(op, z, y, dims, self._margins(y))
        return around

    def _steps(
        self,
        run: Rolled,
        place: int,
        met: Sequence[xr.DataArray],
        value: xr.DataArray,
        move: Translate,
    ) -> Iterator[Step]:
        """What a unit gives as its causes are removed one by one."""
        op, last = run.units[place].op, run.feature(place + 1, move, windowed=self.windowed)
        dims = tuple(move.shifts)
        if isinstance(op, Together):
            inner = self._steps_together(run, place, met, value, move)
        elif isinstance(op, Join):
            cause = cause_of_join(op, run.inputs(place), run.features[place + 1], dims)
            inner = iter([("", value), (cause, last)])
        else:
            inner = self._steps_of_operator(run, place, met[0], value, move)
        _, begun = next(inner)
        bordered = begun is not value
        if bordered and not self.own_first:
            yield "border", begun
        for cause, made in inner:
            yield cause, _added(value, made, begun) if bordered and self.own_first else made
        if bordered:
            yield "border", last

    def _steps_together(
        self,
        run: Rolled,
        place: int,
        met: Sequence[xr.DataArray],
        value: xr.DataArray,
        move: Translate,
    ) -> Iterator[Step]:
        """What several units give when wrapped, for the moved inputs and then moved.

        Wrapped, they commute with a move by whole samples: then all that differs is border.
        """
        op, last = run.units[place].op, run.feature(place + 1, move, windowed=self.windowed)
        assert isinstance(op, Together)
        axes = [axis_of(z, dim) for z in met for dim in move.shifts if dim in z.dims]
        whole = all(is_whole(move.samples(axis)) for axis in axes)
        if whole or not op.around:
            yield "", value
            yield "border" if whole else "nonlinearity", last
        else:
            yield "", op.wrapped(met)
            inner = op.wrapped(run.inputs(place))
            yield "nonlinearity", move.rolled(inner, windowed=self.windowed)

    def _steps_of_operator(
        self, run: Rolled, place: int, moved: xr.DataArray, value: xr.DataArray, move: Translate
    ) -> Iterator[Step]:
        """What a wrapped stage gives for the moved input, and as its own causes are removed.

        One without ends gives what it gives as given.
        """
        op, z, y = run.units[place].op, run.inputs(place)[0], run.features[place + 1]
        assert isinstance(op, Operator)
        around = self._around(run, place).on(y)
        cause = own_cause(z, y, tuple(move.shifts), around)
        ended = bool(around.continued)
        yield "", self._made(run, place, around.cut(around(moved)), move) if ended else value
        if cause == "folding" and not (op.linear or op.front_end):
            dense = self._dense(run, place, move, around)
            if dense is not None:
                yield "nonlinearity", dense
        if ended:
            inner = run.own(place, around(z))
            yield cause, around.cut(move.rolled(inner, windowed=self.windowed))
        else:
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
        fine = run.own(place, fine)
        for dim, shift in move.shifts.items():
            # Along each dim at once, so that the next one moves what is left.
            fine = self._moved_and_decimated(fine, dim, shift, strides.get(dim, 1))
        return around.cut(fine)

    def _moved_and_decimated(
        self, fine: xr.DataArray, dim: str, shift: float, stride: int
    ) -> xr.DataArray:
        """Every s-th sample of a result moved along a dim: of some lines after the others."""
        if dim not in fine.dims:
            return fine
        move, like = Translate({dim: shift}), fine.isel({dim: slice(None, None, stride)})
        others = [str(each) for each in fine.dims if each != dim]
        across = max(others, key=fine.sizes.__getitem__, default="")
        count = fine.sizes.get(across, 1)
        some = max(_LOT * count // fine.size, 1)
        lots = [{across: slice(first, first + some)} for first in range(0, count, some)]
        made = []
        for lot in lots if across else [{}]:
            part = move.rolled(fine.isel(lot), windowed=self.windowed)
            made.append(part.isel({dim: slice(None, None, stride)}).to_numpy().copy())
        place = fine.get_axis_num(across) if across else 0
        return like.copy(data=np.concatenate(made, axis=place))


def _added(value: xr.DataArray, made: xr.DataArray, begun: xr.DataArray) -> xr.DataArray:
    """A value, changed by as much as another one has been."""
    after, before = (each.transpose(*value.dims).to_numpy() for each in (made, begun))
    return value.copy(data=value.to_numpy() + (after - before))
