"""The pipeline as given, judged at one move: rolled, away from its ends, and by two cuts.

A verdict depends on what a move can reveal. A roll by whole multiples of the total stride reveals
nothing about folding; a comparison away from the ends reveals nothing about borders; two cuts of
the signal reveal nothing about folding. So a move is judged in three ways, each with the part of
the output that it compares, and the verdict is the worst of those that are informative.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Literal

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.leading import Leading, shared_units
from invarsig.aliasing.prepared_axis import PreparedAxis
from invarsig.aliasing.rolled import Rolled
from invarsig.aliasing.units import units_of
from invarsig.aliasing.wrapped import computes_in_single
from invarsig.axes import axis_of, difference
from invarsig.errors import BorderError, InvarsigError
from invarsig.kernels.interpolation import is_whole
from invarsig.measures.known_samples import Indexers
from invarsig.measures.norms import relative
from invarsig.measures.parts import Reference, parts_of
from invarsig.measures.protocols import compare, interior_along, interpolation
from invarsig.measures.silence import is_round_off
from invarsig.operators import Operator, Pipeline
from invarsig.operators.base import stages_of
from invarsig.operators.composed import bordered

__all__ = ["AsGiven", "default_moves_as_given", "verdict_of"]

Reason = Literal[
    "", "infinite-reach", "too-short", "little-inside", "not-whole", "refused", "lost", "periodic"
]
"""Why there is no value; "" where there is one."""

Parts = tuple[float, ...]

# Below this an error is rounding, where a function computes in double and in single precision.
_DOUBLE, _SINGLE = 1e-10, 1e-5

# Where less than this part of an axis lies away from its ends, it does not stand for the rest: then
# the whole output is compared, ends included.
_LEAST_INSIDE = 0.1

# In total strides: not near any fraction with a small denominator.
_FRACTIONS = (0.37, 0.61)

# Number of whole shifts, spread over one total stride, at which the pipeline as given is tried.
_WHOLE = 4


@dataclass(frozen=True)
class Judged:
    """What one move reveals about a pipeline as given.

    Parameters
    ----------
    move
        The move.
    blind
        Whether it is a whole multiple of the total stride along every dim: a roll by that is exact
        for any pipeline that is shift-invariant.
    roll
        Relative error of rolling, over the whole output.
    inside, inside_compared, inside_limit, region
        The error away from the ends and the seam, the part of the output that was compared, what a
        perfect pipeline might score, and where.
    inside_reason
        Why there is no such error.
    cut, cut_compared, cut_limit, cut_reason
        The same of two cuts.
    roll_parts, inside_parts, cut_parts
        The errors in parts of the output along one dim, as `relative_in_parts` has them.
    """

    move: Translate
    blind: bool
    roll: float
    inside: float
    inside_compared: float
    inside_limit: float
    inside_reason: Reason
    region: Indexers
    cut: float
    cut_compared: float
    cut_limit: float
    cut_reason: Reason
    roll_parts: Parts = ()
    inside_parts: Parts = ()
    cut_parts: Parts = ()

    @property
    def told(self) -> float:
        """The error that rolling reveals: away from the ends where that is available.

        A blind roll that is off there all the same is not folding: the pipeline follows position.
        """
        if self.blind:
            return self.inside if self.inside > self.inside_limit else math.nan
        return self.inside if math.isfinite(self.inside) else self.roll

    @property
    def worst(self) -> float:
        """The larger of the errors that rolling and cutting reveal; NaN where neither does."""
        return float(np.fmax(self.told, self.cut))

    @property
    def worst_parts(self) -> Parts:
        """The worst error, in parts of the output; empty where there are none."""
        if not math.isfinite(self.worst):
            return ()
        if math.isnan(self.told) or (math.isfinite(self.cut) and self.cut > self.told):
            return self.cut_parts
        return self.inside_parts if math.isfinite(self.inside) else self.roll_parts


@dataclass(frozen=True)
class Verdict:
    """The worst error that any move reveals.

    Parameters
    ----------
    state
        "known"; "blind", where no move can reveal how much folds, and cuts are exact; "nan", where
        the output holds NaN; "untried"; "empty", where the output has no energy; "constant", where
        it stays the same under every move.
    place
        Which of the moves.
    protocol, region
        How it was measured, and whether "inside" or over the "whole" output.
    error, compared
        The error, and the part of the output that was compared.
    seam
        Whether what rolling shows at the ends is only the test's own seam: real cuts agree.
    border
        The largest error between two cuts; NaN where there is none.
    """

    state: Literal["known", "blind", "nan", "untried", "empty", "constant"]
    place: int = -1
    protocol: Literal["roll", "cut"] = "roll"
    region: Literal["inside", "whole"] = "inside"
    error: float = math.nan
    compared: float = math.nan
    seam: bool = False
    border: float = math.nan


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
    """

    op: Operator
    x: xr.DataArray
    along: Mapping[str, PreparedAxis]
    run: Rolled

    @classmethod
    def of(cls, op: Operator, x: xr.DataArray, dims: Sequence[str]) -> AsGiven:
        """Run the pipeline once.

        Raises
        ------
        DimError
            If neither the signal nor any stage has one of the dims.
        """
        along = {dim: PreparedAxis.of(op, x, dim) for dim in dims}
        return cls(op, x, along, Rolled.of(units_of(op), x))

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
                along[dim] = PreparedAxis.of(op, self.x, dim)
        return AsGiven(op, self.x, along, Rolled.of(units, self.x, known))

    def ready(self) -> AsGiven:
        """The same, for being judged at many moves: what is between signal and output is freed."""
        lean = replace(self, run=self.run.with_labels_alone())
        # These are read from what is freed; and once, not once in each thread.
        lean.__dict__.update(limit=self.limit, silent=self.silent)
        return lean

    @property
    def y(self) -> xr.DataArray:
        """The output."""
        return self.run.result

    @cached_property
    def limit(self) -> float:
        """Threshold below which an error is rounding, from the stages' precision."""
        single = any(
            computes_in_single(unit, self.run.inputs(place), self.run.features[place + 1])
            for place, unit in enumerate(self.run.units)
        )
        return _SINGLE if single else _DOUBLE

    @cached_property
    def silent(self) -> bool:
        """Whether the output is nothing but round-off of the signal."""
        return bool(is_round_off(self.op, self.x, self.y, "centered"))

    def judge(self, move: Translate) -> Judged:
        """Judge one move; no error is known where the output is nothing but round-off."""
        return self._told(self._judged(move, None, None))

    def judge_alike(self, before: Judged, leading: Leading) -> Judged:
        """Judge a changed pipeline by what `before` rests on; other errors, and limits, are NaN.

        Where before the change nothing was left inside to be compared, the whole output is.
        """
        return self._told(self._judged(before.move, before, leading))

    def _told(self, found: Judged) -> Judged:
        if not self.silent:
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
            roll, roll_parts = self._off(gap, {})
        if not reason and (before is None or math.isfinite(before.inside)):
            if gap is None or not self._moves_samples(move):
                gap = self._gap(move, leading, windowed=True)
            inside, inside_parts = self._off(gap, where)
            compared = _part(self.y, where)
            if before is None or blind:
                limit = max(self.limit, self._interpolation(move, where))
        if before is not None and not blind and not math.isfinite(inside):
            roll, roll_parts = self._off(self._gap(move, leading), {})
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

    def _off(self, gap: xr.DataArray, where: Indexers) -> tuple[float, Parts]:
        """Relative error over a region, and in parts of it."""
        reference = self._reference(self.y.isel(where)) if where else self._whole
        inside = gap.isel(where)
        return reference.off(inside), tuple(map(float, reference.in_parts(inside)))

    @cached_property
    def _whole(self) -> Reference:
        return self._reference(self.y)

    def _reference(self, y: xr.DataArray) -> Reference:
        """An output, or a part of it, in parts along the longest of the dims that move."""
        kept = [dim for dim in self.along if dim in self.y.dims]
        dim = max(kept, key=lambda each: self.along[each].axis.size, default="")
        return Reference(y, dim, parts_of(self.y.sizes.get(dim, 0)))

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

    def _interpolation(self, move: Translate, where: Indexers) -> float:
        """The error that interpolation adds at a fraction of an output sample."""
        dims = [
            dim
            for dim in move.shifts
            if dim in self.y.dims
            and not axis_of(self.y, dim).periodic
            and not is_whole(move.samples(axis_of(self.y, dim)))
        ]
        if not (dims and where):
            return 0.0
        found = interpolation(self.y, move, dims)
        return float(relative(found.difference, found.reference, "centered"))

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
        except InvarsigError:
            return math.nan, (), math.nan, "refused"
        gap, whole = found.difference, self._reference(found.reference)
        error, parts = whole.off(gap), tuple(map(float, whole.in_parts(gap)))
        return error, parts, found.reference.size / max(self.y.size, 1), ""


def _part(y: xr.DataArray, where: Indexers) -> float:
    sizes = y.isel(where).sizes
    return math.prod(sizes[dim] / y.sizes[dim] for dim in where)


def default_moves_as_given(
    along: Mapping[str, PreparedAxis], shifts: Mapping[str, Sequence[float]] | None = None
) -> list[Translate]:
    """Moves along each dim, and along all of them at once.

    Along each: whole shifts spread over one total stride, half of it, two incommensurate ones, and
    the stride itself. Jointly: half a stride, an incommensurate part, and the stride, along all.

    Parameters
    ----------
    along
        The dims.
    shifts
        Lengths by dim, in its unit, instead. Jointly the k-th of each are taken together.
    """
    lengths: dict[str, list[float]] = {}
    joint: dict[str, list[float]] = {}
    for dim, each in along.items():
        step, stride = abs(each.axis.step), each.stride
        if shifts is not None and dim in shifts:
            lengths[dim] = joint[dim] = [float(length) for length in shifts[dim]]
            continue
        whole = np.unique(np.linspace(1, stride, min(stride, _WHOLE)).round())
        parts = {*whole.tolist(), 0.5 * stride, *(part * stride for part in _FRACTIONS)}
        lengths[dim] = [samples * step for samples in sorted(parts)]
        joint[dim] = [part * stride * step for part in (0.5, _FRACTIONS[1], 1.0)]
    moves = [Translate({dim: by}) for dim, several in lengths.items() for by in several if by]
    if len(along) > 1:
        together = zip(*joint.values(), strict=False)
        moves += [Translate(dict(zip(joint, each, strict=True))) for each in together if all(each)]
    return moves


def verdict_of(given: AsGiven, judged: Sequence[Judged]) -> Verdict:
    """Take the worst error that any move reveals: of rolls that are not blind, and of all cuts.

    Parameters
    ----------
    given
        The pipeline and the signal.
    judged
        The moves, judged.
    """
    y = given.y
    if not judged:
        return Verdict("untried")
    if not np.isfinite(y.to_numpy()).all():
        return Verdict("nan")
    cuts = [each.cut for each in judged if math.isfinite(each.cut)]
    border = max(cuts, default=math.nan)
    agree = bool(cuts) and border <= given.limit
    if all(math.isnan(each.roll) for each in judged):
        return Verdict("empty", border=border)
    told = np.array([each.told for each in judged])
    worst = np.array([each.worst for each in judged])
    if not np.isfinite(told).any() and not border > given.limit:
        return Verdict("blind", seam=agree, border=border)
    place = int(np.nanargmax(worst))
    each = judged[place]
    if _constant(given, judged):
        return Verdict("constant", border=border)
    if math.isnan(each.told) or (math.isfinite(each.cut) and each.cut > each.told):
        compared = each.cut_compared
        return Verdict("known", place, "cut", "whole", each.cut, compared, agree, border)
    inside = math.isfinite(each.inside)
    compared = each.inside_compared if inside else 1.0
    region: Literal["inside", "whole"] = "inside" if inside else "whole"
    return Verdict("known", place, "roll", region, each.told, compared, agree, border)


def _constant(given: AsGiven, judged: Sequence[Judged]) -> bool:
    """Whether nothing changes, moved back or not, along dims that the output still has."""
    y = given.y
    if any(dim not in y.dims for dim in given.along):
        return False
    if any(max(each.roll, np.nan_to_num(each.cut)) > given.limit for each in judged):
        return False
    moved = (difference(each.move.rolled(y), y) for each in judged)
    return all(float(relative(gap, y, "centered")) <= given.limit for gap in moved)
