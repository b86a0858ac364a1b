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
from invarsig.operators import Operator, Pipeline
from invarsig.operators.base import stages_of
from invarsig.operators.pipeline import told
from invarsig.remedies.as_given import error_as_given, region_of, rolled

__all__ = ["Trial"]


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
        return self._errors(self.op, self.features[-1], "fourier")

    def judged(
        self, op: Operator, place: int, align: Align = "fourier"
    ) -> tuple[np.ndarray, xr.DataArray]:
        """Errors of a pipeline that is another one from some stage on, and its output."""
        rest = Pipeline(stages_of(op)[place:])
        results = tuple(rest(feature) for feature in self.features[place])
        return self._errors(op, results, align), results[0]

    def _errors(self, op: Operator, results: Sequence[xr.DataArray], align: Align) -> np.ndarray:
        y, *firsts = results
        return np.array(
            [
                error_as_given(op, self.x, y, move, first=first, align=align, inside=inside)
                for move, first, inside in zip(self.moves, firsts, self.inside, strict=True)
            ]
        )


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
