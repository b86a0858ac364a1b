"""The pipeline as given, judged at one move: rolled, away from its ends, and by two cuts.

A verdict depends on what a move can reveal. A roll by whole multiples of the total stride reveals
nothing about folding; a comparison away from the ends reveals nothing about borders; two cuts of
the signal reveal nothing about folding. So a move is judged in three ways, each with the part of
the output that it compares, and the verdict is the worst of those that are informative.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.judged import Judged, Parts, Reason
from invarsig.aliasing.leading import Leading, shared_units
from invarsig.aliasing.measuring_limit import limit_of_rolling, measuring_limit
from invarsig.aliasing.prepared_axis import PreparedAxis
from invarsig.aliasing.rolled import Rolled
from invarsig.aliasing.units import units_of
from invarsig.aliasing.wrapped import computes_in_single
from invarsig.axes import axis_of, difference
from invarsig.errors import BorderError
from invarsig.kernels.interpolation import is_whole
from invarsig.measures.known_samples import Indexers
from invarsig.measures.norms import Norm, relative, usual_norm
from invarsig.measures.parts import Reference, parts_of
from invarsig.measures.protocols import compare, interior_along
from invarsig.measures.silence import is_round_off
from invarsig.operators import Operator, Pipeline
from invarsig.operators.base import stages_of
from invarsig.operators.composed import bordered

__all__ = ["AsGiven"]

# Below this an error is rounding, where a function computes in double and in single precision.
_DOUBLE, _SINGLE = 1e-10, 1e-5

# By how many units of round-off of its own level a moved result may be off.
_ROUNDINGS = 4.0

# Where less than this part of an axis lies away from its ends, it does not stand for the rest: then
# the whole output is compared, ends included.
_LEAST_INSIDE = 0.1


@dataclass(frozen=True, eq=False)
class AsGiven:
    """A pipeline and a signal, both as given, and where each moved dim first exists.

    Parameters
    ----------
    op, x
        The pipeline and the signal.
    along
        For each dim that moves, the pipeline from where it first exists.
    run
        The features of the signal.
    norm
        What errors are relative to, as for `equivariance_error`.
    """

    op: Operator
    x: xr.DataArray
    along: Mapping[str, PreparedAxis]
    run: Rolled
    norm: Norm = "centered"
    _silent: dict[tuple[str, ...], bool] = field(default_factory=dict, repr=False)
    _wholes: dict[tuple[str, ...], Reference] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, op: Operator, x: xr.DataArray, dims: Sequence[str], norm: Norm | None = None
    ) -> AsGiven:
        """Run the pipeline once.

        Raises
        ------
        DimError
            If neither the signal nor any stage has one of the dims.
        """
        against = usual_norm(op, norm)
        along = {dim: PreparedAxis.of(op, x, dim, norm=against) for dim in dims}
        return cls(op, x, along, Rolled.of(units_of(op), x), against)

    def changed(self, op: Operator) -> AsGiven:
        """The same for a changed pipeline: what stands before the change is not run again."""
        units, stages, before = units_of(op), stages_of(op), stages_of(self.op)
        known = self.run.features[1 : shared_units(units, self.run.units) + 1]
        along = {}
        for dim, each in self.along.items():
            first = each.skipped
            if all(one is two for one, two in zip(stages[:first], before[:first], strict=True)):
                rest = Pipeline(stages[first:]) if first else op
                along[dim] = replace(each, given_op=rest, op=rest)
            else:
                along[dim] = PreparedAxis.of(op, self.x, dim, norm=self.norm)
        return AsGiven(op, self.x, along, Rolled.of(units, self.x, known), self.norm)

    def ready(self) -> AsGiven:
        """The same, for being judged at many moves: what is between signal and output is freed."""
        lean = replace(self, run=self.run.with_labels_alone())
        # These are read from what is freed; and once, not once in each thread.
        lean.__dict__.update(limit=self.limit)
        for dims in _moved_together(self.along):
            self.silent(dims)
        return lean

    @property
    def y(self) -> xr.DataArray:
        """The output."""
        return self.run.result

    @cached_property
    def limit(self) -> float:
        """Threshold below which an error is rounding: of the stages, and of the output's own level.

        An output far above or below 0 is rounded by more than one around it, relative to the norm.
        """
        single = any(
            computes_in_single(unit, self.run.inputs(place), self.run.features[place + 1])
            for place, unit in enumerate(self.run.units)
        )
        least = _SINGLE if single else _DOUBLE
        eps = float(np.finfo(np.float32 if single else np.float64).eps)
        levels = [self.relative(self.y, self.y, dims) for dims in _moved_together(self.along)]
        return max([least, *(_ROUNDINGS * eps * each for each in levels if math.isfinite(each))])

    def silent(self, dims: Sequence[str]) -> bool:
        """Whether the output is nothing but round-off of the signal, where some dims move."""
        key = tuple(dims) if self.norm == "channelwise" else ()
        if key not in self._silent:
            found = is_round_off(self.op, self.x, self.y, self.norm, (), key)
            self._silent[key] = bool(found)
        return self._silent[key]

    def relative(self, gap: xr.DataArray, reference: xr.DataArray, dims: Sequence[str]) -> float:
        """A difference, relative to a result, where some dims move."""
        return float(relative(gap, reference, self.norm, (), dims))

    def judge(self, move: Translate) -> Judged:
        """Judge one move; no error is known where the output is nothing but round-off."""
        return self._told(self._judged(move, None, None))

    def judge_alike(self, before: Judged, leading: Leading) -> Judged:
        """Judge a changed pipeline by what `before` rests on; other errors, and limits, are NaN.

        Where before the change nothing was left inside to be compared, the whole output is.
        """
        return self._told(self._judged(before.move, before, leading))

    def limit_of(self, judged: Judged) -> float:
        """The measuring limit of the worst error of a move: what a perfect pipeline might score."""
        if math.isnan(judged.told) or (math.isfinite(judged.cut) and judged.cut > judged.told):
            return self.limit
        if math.isfinite(judged.inside):
            found = measuring_limit(self.along, self.y, judged.move, judged.region, self.norm)
        else:
            found = limit_of_rolling(self.op, self.x, self.y, judged.move, self.norm)
        return float(np.fmax(self.limit, found))

    def _told(self, found: Judged) -> Judged:
        if not self.silent(found.move.required):
            return found
        return replace(found, roll=math.nan, inside=math.nan, cut=math.nan)

    def _judged(self, move: Translate, before: Judged | None, leading: Leading | None) -> Judged:
        blind, (where, reason) = self.blind(move), self._inside(move)
        roll, inside, compared, limit = (math.nan,) * 4
        roll_parts: Parts = ()
        inside_parts: Parts = ()
        gap = None
        if before is None:
            gap = self._gap(move, leading)
            roll, roll_parts = self._off(gap, {}, move)
        if not reason and (before is None or math.isfinite(before.inside)):
            if gap is None or not self._moves_samples(move):
                gap = self._gap(move, leading, windowed=True)
            inside, inside_parts = self._off(gap, where, move)
            compared = _part(self.y, where)
            if before is None or blind:
                limit = measuring_limit(self.along, self.y, move, where, self.norm)
                limit = max(self.limit, limit)
        if before is not None and not blind and not math.isfinite(inside):
            roll, roll_parts = self._off(self._gap(move, leading), {}, move)
        cut, cut_parts, cut_compared, cut_reason = self._cut(move, leading)
        known = math.isfinite(cut) and before is None
        return Judged(
            move,
            blind,
            roll,
            inside,
            compared,
            limit,
            reason,
            where,
            cut,
            cut_compared,
            self.limit if known else math.nan,
            cut_reason,
            roll_parts,
            inside_parts,
            cut_parts,
        )

    def _inside(self, move: Translate) -> tuple[Indexers, Reason]:
        """The region that is compared away from the ends, or why there is none."""
        try:
            where = self.region(move)
        except BorderError as error:
            return {}, error.reason  # type: ignore[return-value]
        if any(_part(self.y, {dim: kept}) < _LEAST_INSIDE for dim, kept in where.items()):
            return {}, "little-inside"
        return where, ""

    def _gap(
        self, move: Translate, leading: Leading | None, *, windowed: bool = False
    ) -> xr.DataArray:
        """The output for the moved signal, less the moved output."""
        whole = all(is_whole(move.samples(self.along[dim].axis)) for dim in move.shifts)
        local = windowed and not whole
        if leading is None:
            first = self.run.output(move, windowed=local)
        else:
            first = leading.moved(self.run, windowed=local)
        return difference(first, move.rolled(self.y, windowed=windowed))

    def _moves_samples(self, move: Translate) -> bool:
        """Whether a move takes samples to samples, of the signal and of the output."""
        after = [axis_of(self.y, dim) for dim in move.shifts if dim in self.y.dims]
        axes = [*(self.along[dim].axis for dim in move.shifts), *after]
        return all(is_whole(move.samples(axis)) for axis in axes)

    def _off(self, gap: xr.DataArray, where: Indexers, move: Translate) -> tuple[float, Parts]:
        """Relative error over a region, and in parts of it."""
        dims = move.required
        reference = self._reference(self.y.isel(where), dims) if where else self._whole(dims)
        inside = gap.isel(where)
        return reference.off(inside), tuple(map(float, reference.in_parts(inside)))

    def _whole(self, dims: tuple[str, ...]) -> Reference:
        key = dims if self.norm == "channelwise" else ()
        if key not in self._wholes:
            self._wholes[key] = self._reference(self.y, key)
        return self._wholes[key]

    def _reference(self, y: xr.DataArray, dims: Sequence[str]) -> Reference:
        """An output, or a part of it, in parts along the longest of the dims that move."""
        kept = [dim for dim in self.along if dim in self.y.dims]
        dim = max(kept, key=lambda each: self.along[each].axis.size, default="")
        return Reference(y, dim, parts_of(self.y.sizes.get(dim, 0)), self.norm, dims)

    def blind(self, move: Translate) -> bool:
        """Whether a roll by this move is exact, however much folds."""
        axes = [self.along[dim] for dim in move.shifts]
        whole = [is_whole(move.samples(each.axis) / each.stride) for each in axes]
        return all(whole) and any(each.hides for each in axes)

    def region(self, move: Translate) -> Indexers:
        """The part of the output that neither an end nor the seam reaches."""
        where: Indexers = {}
        for dim in move.shifts:
            each = self.along[dim]
            if dim in self.y.dims and self._closed(each):
                continue
            plan = each.given_plan
            where[dim] = interior_along(each.given_op, each.given, self.y, dim, move, plan=plan)
        return where

    def _closed(self, each: PreparedAxis) -> bool:
        """Whether the axis has no ends, before and after, and no stage brings any."""
        after = axis_of(self.y, each.dim)
        same = not bordered(each.given_op)
        shares = each.given_plan.shares(each.dim)
        return each.axis.periodic and after.periodic and same and shares

    def _cut(self, move: Translate, leading: Leading | None) -> tuple[float, Parts, float, Reason]:
        """Two cuts of the signal, a whole multiple of the total stride apart."""
        places = {dim: self.along[dim].skipped for dim in move.shifts}
        if len(set(places.values())) > 1:
            return math.nan, (), math.nan, "refused"
        each = self.along[next(iter(move.shifts))]
        axes = [self.along[dim] for dim in move.shifts]
        if any(one.axis.periodic for one in axes):
            return math.nan, (), math.nan, "periodic"
        if not all(is_whole(move.samples(one.axis) / one.stride) for one in axes):
            return math.nan, (), math.nan, "not-whole"
        try:
            of_part = None if leading is None else partial(leading.cut, self.run, each)
            found = compare(each.given_op, each.given, move, "cut", of_part=of_part)
        except BorderError:
            return math.nan, (), math.nan, "too-short"
        except Exception:  # noqa: BLE001 a user's function may refuse a length with any error
            return math.nan, (), math.nan, "refused"
        gap, whole = found.difference, self._reference(found.reference, move.required)
        error, parts = whole.off(gap), tuple(map(float, whole.in_parts(gap)))
        return error, parts, found.reference.size / max(self.y.size, 1), ""


def _moved_together(along: Mapping[str, PreparedAxis]) -> list[tuple[str, ...]]:
    """The dims of the usual moves: each alone, and all at once."""
    return list(dict.fromkeys([*((dim,) for dim in along), tuple(along)]))


def _part(y: xr.DataArray, where: Indexers) -> float:
    sizes = y.isel(where).sizes
    return math.prod(sizes[dim] / y.sizes[dim] for dim in where)
