"""A pipeline on a signal and on its moved copies, from which changed pipelines are judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.axes import Axes
from invarsig.commutator import Align
from invarsig.errors import BorderError
from invarsig.measures.known_samples import Indexers
from invarsig.measures.norms import Norm, relative, usual_norm
from invarsig.measures.parts import parts_of, relative_in_parts
from invarsig.operators import Operator, Plan
from invarsig.remedies.as_given import compared_as_given, region_of, rolled
from invarsig.remedies.course import Course

__all__ = ["Trial"]

Results = tuple[tuple[xr.DataArray, ...] | None, ...]

# What differs, and the output, over the region that is compared.
_Compared = tuple[xr.DataArray, xr.DataArray]


@dataclass(frozen=True)
class Trial:
    """What each node of a pipeline or graph meets, for a signal and for its rolled copies.

    What stands before a change is run once for all changes.

    Parameters
    ----------
    op, x, moves
        The pipeline, the signal, and by how much it is rolled.
    features
        The results: the input, and what each node gives, of the signal, then of each copy. None
        for those that no change needs.
    inside
        For each move whether it is compared between the borders only. A pipeline that is changed is
        compared in the same way, or not at all.
    places
        Nodes that changes are tried at, counted from 0; None for all.
    norm
        What errors are relative to, as for `equivariance_error`.
    """

    op: Operator
    x: xr.DataArray
    moves: tuple[Translate, ...]
    features: Results
    inside: tuple[bool, ...]
    places: tuple[int, ...] | None = None
    norm: Norm = "centered"

    @classmethod
    def of(
        cls,
        op: Operator,
        x: xr.DataArray,
        moves: Sequence[Translate],
        places: Iterable[int] | None = None,
        norm: Norm | None = None,
    ) -> Trial:
        """Run a pipeline on a signal and on its rolled copies.

        Parameters
        ----------
        places
            Nodes that changes are tried at, counted from 0: what none of these needs is not kept.
            None for all.
        norm
            By default that of the operator's kind.
        """
        course = Course.of(op)
        own = course.run(0, [(x,)])
        assert own[-1] is not None
        y = own[-1][0]
        plan = op.plan(Axes.of(x))
        regions = [_region(op, x, y, move, plan) for move in moves]
        copies = (rolled(x, move, where or ()) for move, where in zip(moves, regions, strict=True))
        wanted = _wanted(course, places)
        runs = [_kept(course.run(0, [(each,)]), wanted) for each in copies]
        met: list[tuple[xr.DataArray, ...] | None] = []
        for k, mine in enumerate(own):
            there = [run[k] for run in runs]
            met.append(None if mine is None or None in there else (*mine, *_flat(there)))
        inside = tuple(where is not None for where in regions)
        chosen = None if places is None else tuple(places)
        return cls(op, x, tuple(moves), tuple(met), inside, chosen, usual_norm(op, norm))

    @property
    def results_of_x(self) -> tuple[xr.DataArray | None, ...]:
        """The results of the signal itself."""
        return tuple(None if row is None else row[0] for row in self.features)

    @property
    def y(self) -> xr.DataArray:
        """The output for the signal itself."""
        return self._last[0]

    @property
    def _last(self) -> tuple[xr.DataArray, ...]:
        """The outputs, for the signal and for each copy."""
        last = self.features[-1]
        assert last is not None
        return last

    def changed(self, op: Operator, place: int) -> Trial:
        """The same for a pipeline that is another one from some node on."""
        met = Course.of(op).run(place, self.features)
        return Trial(op, self.x, self.moves, tuple(met), self.inside, norm=self.norm)

    @cached_property
    def errors(self) -> np.ndarray:
        """Relative error of each move.

        Raises
        ------
        BorderError
            If a move that is to be compared between the borders has nothing left there.
        """
        return self._errors(self._compared(self.op, self._last, "fourier"))

    @cached_property
    def in_parts(self) -> np.ndarray:
        """Relative error of each move in each part of the output; see `judged_in_parts`."""
        results = self._last
        return self._in_parts(self._compared(self.op, results, "fourier"), results[0])

    def judged(
        self, op: Operator, place: int, align: Align = "fourier"
    ) -> tuple[np.ndarray, xr.DataArray]:
        """Errors of a pipeline that is another one from some node on, and its output."""
        compared, y = self._judged(op, place, align)
        return self._errors(compared), y

    def judged_in_parts(
        self, op: Operator, place: int, align: Align = "fourier"
    ) -> tuple[np.ndarray, xr.DataArray, np.ndarray]:
        """The same, and the errors in each part along the longest dim that is moved along.

        Of shape ``(move, part)``; without parts where the output has no such dim, or too few
        samples of it.
        """
        compared, y = self._judged(op, place, align)
        return self._errors(compared), y, self._in_parts(compared, y)

    def _judged(
        self, op: Operator, place: int, align: Align
    ) -> tuple[list[_Compared], xr.DataArray]:
        results = Course.of(op).last(place, self.features)
        return self._compared(op, results, align), results[0]

    def _compared(
        self, op: Operator, results: Sequence[xr.DataArray], align: Align
    ) -> list[_Compared]:
        y, *firsts = results
        plan = op.plan(Axes.of(self.x))
        return [
            compared_as_given(
                op, self.x, y, move, first=first, align=align, inside=inside, plan=plan
            )
            for move, first, inside in zip(self.moves, firsts, self.inside, strict=True)
        ]

    def _errors(self, compared: Sequence[_Compared]) -> np.ndarray:
        pairs = zip(self.moves, compared, strict=True)
        return np.array(
            [float(relative(*each, self.norm, (), move.required)) for move, each in pairs]
        )

    def _in_parts(self, compared: Sequence[_Compared], y: xr.DataArray) -> np.ndarray:
        dims = [dim for move in self.moves for dim in move.shifts if dim in self.x.dims]
        kept = [dim for dim in dims if dim in y.dims]
        dim = max(kept, key=lambda each: self.x.sizes[each], default="")
        count = parts_of(y.sizes.get(dim, 0))
        rows = [
            relative_in_parts(gap, reference, dim, count, self.norm, move.required)
            for move, (gap, reference) in zip(self.moves, compared, strict=True)
        ]
        return np.array([row if row.size else np.full(count, np.nan) for row in rows])


def _wanted(course: Course, places: Iterable[int] | None) -> set[int]:
    """Results that changes to some nodes need: what is live there, and the output."""
    count = len(course.nodes)
    if places is None:
        return set(range(count + 1))
    found = {0, count}
    for place in places:
        found |= course.live(place) | {place + 1}
    return found


def _kept(
    results: Sequence[tuple[xr.DataArray, ...] | None], wanted: set[int]
) -> list[tuple[xr.DataArray, ...] | None]:
    return [row if k in wanted else None for k, row in enumerate(results)]


def _flat(rows: Sequence[tuple[xr.DataArray, ...] | None]) -> list[xr.DataArray]:
    return [each for row in rows if row is not None for each in row]


def _region(
    op: Operator, x: xr.DataArray, y: xr.DataArray, move: Translate, plan: Plan
) -> Indexers | None:
    """What is compared of a move; None where nothing is left between the borders."""
    try:
        return region_of(op, x, y, move, plan)
    except BorderError:
        return None
