"""A baseline, measured: the errors of a pipeline, and what its layers do.

A baseline holds, for each axis and jointly, the errors of a few moves, and what each layer
contributed to the worst. A later run makes the same moves, and those that are usual for its own
pipeline, and the worst errors of both are compared (`invarsig.diagnosis.regression`).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.judged import Judged
from invarsig.aliasing.moves_as_given import default_moves_as_given
from invarsig.aliasing.prepared_axis import axis_met, dims_along
from invarsig.aliasing.readings import answer, in_decibels, readings, undefined, worst
from invarsig.aliasing.shifts import Shifts, shifts_along
from invarsig.diagnosis.baseline_file import Baseline, BaselineAxis
from invarsig.diagnosis.layers import layers_of
from invarsig.diagnosis.moves import (
    blind_words,
    judged_together,
    length_words,
    named,
    require_defined,
)
from invarsig.diagnosis.parts_of_errors import parts_of_error
from invarsig.diagnosis.side_by_side import Progress
from invarsig.diagnosis.worst_errors import of_cuts, of_rolls, over_the_whole
from invarsig.errors import UndecidableError
from invarsig.measures.norms import Norm
from invarsig.operators import Operator
from invarsig.operators.base import require_operator

__all__ = ["baseline", "digest_of", "required_errors", "silent"]


def baseline(
    op: Operator,
    x: xr.DataArray,
    along: str | Sequence[str] | None = None,
    *,
    shifts: Shifts | None = None,
    norm: Norm | None = None,
    progress: Progress | None = None,
) -> Baseline:
    """Measure what a later run is to be compared with.

    Errors are those of `check`: of the pipeline as it is given on the signal as it is given, along
    each axis and jointly.

    Parameters
    ----------
    op, x, along, shifts, norm, progress
        As for `diagnose`.

    Returns
    -------
    Baseline

    Raises
    ------
    DimError
        If neither the input nor any stage has one of the dims.
    UndecidableError
        If an error is undefined: the output holds NaN, or has no energy; or if no shift along an
        axis can tell how much folds.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> before = iv.baseline(iv.MeanPool({"x": 2}), x, "x", shifts=[1.0])
    >>> before.pipeline, len(before.axes)
    ('MeanPool(x: 2)', 1)
    """
    require_operator(op)
    op = op.on(x)
    dims = dims_along(op, x, along)
    own = shifts_along(shifts, dims, axis_met(op, x))
    given = AsGiven.of(op, x, dims, norm)
    moves = default_moves_as_given(given.along, own)
    return _baseline(given, moves, progress or silent, frozenset(own))


def silent(_text: str, _part: float) -> None:
    """Report progress to nobody."""


def _baseline(
    given: AsGiven, moves: Sequence[Translate], tell: Progress, chosen: frozenset[str]
) -> Baseline:
    found = judged_together(given, moves, tell)
    axes = tuple(
        _measured(given, dims, each, usual=chosen.isdisjoint(dims)) for dims, each in found.items()
    )
    layers = tuple(each.kept() for each in layers_of(given))
    return Baseline(str(given.op), digest_of(given.x), axes, layers=layers, norm=given.norm)


def required_errors(given: AsGiven, dims: Sequence[str], judged: Sequence[Judged]) -> list[float]:
    """The errors, where they are defined, and some move can tell how much folds."""
    require_defined(dims, undefined(given, judged))
    if answer(readings(given, judged), in_decibels(given.limit)).blind:
        raise UndecidableError(
            f"Along {named(dims)} there is no error to keep: moving by "
            f"{length_words(given, judged[0].move)} {blind_words(given, dims)}."
        )
    return [worst(readings(given, [each])) for each in judged]


def _measured(
    given: AsGiven, dims: tuple[str, ...], judged: Sequence[Judged], *, usual: bool
) -> BaselineAxis:
    errors = required_errors(given, dims, judged)
    place = int(np.nanargmax(errors))
    parts = parts_of_error(given, judged[place], errors[place]).parts
    return BaselineAxis(
        dims,
        tuple(given.along[dim].axis.length_unit for dim in dims),
        tuple(tuple(each.move.shifts[dim] for dim in dims) for each in judged),
        tuple(errors),
        tuple(map(float, parts)),
        tuple(math.isfinite(each.inside) for each in judged),
        tuple(map(over_the_whole, judged)),
        tuple(map(of_rolls, judged)),
        tuple(map(of_cuts, judged)),
        usual,
    )


def digest_of(x: xr.DataArray) -> str:
    """A hash of the values of an input."""
    return hashlib.sha256(np.ascontiguousarray(x.to_numpy()).tobytes()).hexdigest()
