"""A pipeline on a signal and on its moved copies, from which changed pipelines are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.commutator import Align
from invarsig.errors import BorderError
from invarsig.measures.known_samples import Indexers
from invarsig.measures.norms import relative
from invarsig.measures.parts import parts_of, relative_in_parts
from invarsig.operators import Operator, Pipeline
from invarsig.operators.base import stages_of
from invarsig.operators.pipeline import told
from invarsig.remedies.as_given import compared_as_given, region_of, rolled

__all__ = ["Trial"]

# What differs, and the output, over the region that is compared.
_Compared = tuple[xr.DataArray, xr.DataArray]


@dataclass(frozen=True)
class Trial:
    """What each stage of a pipeline meets, for a signal and for its rolled copies.

    What stands before a change is run once for all changes.

    Parameters
    ----------
    op, x, moves
        The pipeline, the signal, and by how much it is rolled.
    features
        For each stage what it is given, and last what comes out: of the signal, then of each copy.
    inside
        For each move whether it is compared between the borders only. A pipeline that is changed is
        compared in the same way, or not at all.
    """

    op: Operator
    x: xr.DataArray
    moves: tuple[Translate, ...]
    features: tuple[tuple[xr.DataArray, ...], ...]
    inside: tuple[bool, ...]

    @classmethod
    def of(cls, op: Operator, x: xr.DataArray, moves: Sequence[Translate]) -> Trial:
        """Run a pipeline on a signal and on its rolled copies."""
        own = _run(stages_of(op), [(x,)])
        y = own[-1][0]
        regions = [_region(op, x, y, move) for move in moves]
        copies = (rolled(x, move, where or ()) for move, where in zip(moves, regions, strict=True))
        moved = _run(stages_of(op), [tuple(copies)])
        met = tuple(mine + others for mine, others in zip(own, moved, strict=True))
        return cls(op, x, tuple(moves), met, tuple(where is not None for where in regions))

    @property
    def features_of_x(self) -> tuple[xr.DataArray, ...]:
        """What each stage is given, and last what comes out, of the signal itself."""
        return tuple(row[0] for row in self.features)

    def changed(self, op: Operator, place: int) -> Trial:
        """The same for a pipeline that is another one from some stage on."""
        met = _run(stages_of(op)[place:], self.features[: place + 1])
        return Trial(op, self.x, self.moves, met, self.inside)

    @cached_property
    def errors(self) -> np.ndarray:
        """Relative error of each move.

        Raises
        ------
        BorderError
            If a move that is to be compared between the borders has nothing left there.
        """
        return _errors(self._compared(self.op, self.features[-1], "fourier"))

    @cached_property
    def in_parts(self) -> np.ndarray:
        """Relative error of each move in each part of the output; see `judged_in_parts`."""
        results = self.features[-1]
        return self._in_parts(self._compared(self.op, results, "fourier"), results[0])

    def judged(
        self, op: Operator, place: int, align: Align = "fourier"
    ) -> tuple[np.ndarray, xr.DataArray]:
        """Errors of a pipeline that is another one from some stage on, and its output."""
        compared, y = self._judged(op, place, align)
        return _errors(compared), y

    def judged_in_parts(
        self, op: Operator, place: int, align: Align = "fourier"
    ) -> tuple[np.ndarray, xr.DataArray, np.ndarray]:
        """The same, and the errors in each part along the longest dim that is moved along.

        Of shape ``(move, part)``; without parts where the output has no such dim, or too few
        samples of it.
        """
        compared, y = self._judged(op, place, align)
        return _errors(compared), y, self._in_parts(compared, y)

    def _judged(
        self, op: Operator, place: int, align: Align
    ) -> tuple[list[_Compared], xr.DataArray]:
        rest = Pipeline(stages_of(op)[place:])
        results = tuple(rest(feature) for feature in self.features[place])
        return self._compared(op, results, align), results[0]

    def _compared(
        self, op: Operator, results: Sequence[xr.DataArray], align: Align
    ) -> list[_Compared]:
        y, *firsts = results
        return [
            compared_as_given(op, self.x, y, move, first=first, align=align, inside=inside)
            for move, first, inside in zip(self.moves, firsts, self.inside, strict=True)
        ]

    def _in_parts(self, compared: Sequence[_Compared], y: xr.DataArray) -> np.ndarray:
        dims = [dim for move in self.moves for dim in move.shifts if dim in self.x.dims]
        kept = [dim for dim in dims if dim in y.dims]
        dim = max(kept, key=lambda each: self.x.sizes[each], default="")
        count = parts_of(y.sizes.get(dim, 0))
        rows = [relative_in_parts(gap, reference, dim, count) for gap, reference in compared]
        return np.array([row if row.size else np.full(count, np.nan) for row in rows])


def _errors(compared: Sequence[_Compared]) -> np.ndarray:
    return np.array([float(relative(gap, reference, "centered")) for gap, reference in compared])


def _run(
    stages: Sequence[Operator], met: Sequence[tuple[xr.DataArray, ...]]
) -> tuple[tuple[xr.DataArray, ...], ...]:
    """Go on through more stages."""
    rows = list(met)
    for stage in stages:
        with told(stage, len(rows), rows[-1][0]):
            rows.append(tuple(stage(feature) for feature in rows[-1]))
    return tuple(rows)


def _region(op: Operator, x: xr.DataArray, y: xr.DataArray, move: Translate) -> Indexers | None:
    """What is compared of a move; None where nothing is left between the borders."""
    try:
        return region_of(op, x, y, move)
    except BorderError:
        return None
