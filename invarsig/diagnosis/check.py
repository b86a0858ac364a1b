"""A limit, and whether the error of a pipeline as it is given stays below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import xarray as xr

from invarsig import parameters
from invarsig.actions import Translate
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.judged import Judged
from invarsig.aliasing.moves_as_given import default_moves_as_given
from invarsig.aliasing.prepared_axis import axis_met, dims_along
from invarsig.aliasing.readings import (
    Outcome,
    answer,
    in_decibels,
    in_words,
    readings,
    size_in_words,
    undefined,
)
from invarsig.aliasing.shifts import Shifts, shifts_along
from invarsig.axes import require_labels
from invarsig.diagnosis.moves import (
    blind_words,
    judged_together,
    length_words,
    named,
    relative_words,
    require_defined,
)
from invarsig.diagnosis.side_by_side import Progress
from invarsig.errors import ParameterError
from invarsig.measures.norms import Norm
from invarsig.operators import Operator
from invarsig.operators.base import require_operator

__all__ = ["Check", "Outcome", "check"]


@dataclass(frozen=True)
class Check:
    """Whether an error stays below a limit along one axis, or jointly along several.

    Parameters
    ----------
    dim
        The axis; of a joint move all of them, such as "y and x".
    outcome
        "holds", "falls short", or "undecidable": the measuring limit lies above the limit, and the
        error is not far above it; or all shifts are whole multiples of a total stride above 1, and
        two cuts of the signal agree.
    error, floor
        In dB, at the move that decides: what was measured, and the measuring limit, which a perfect
        pipeline might show.
    move
        The move that decides.
    sentence
        The same in words, with how it was measured.

    Raises
    ------
    ParameterError
        If the outcome is unknown.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> (found,) = iv.check(iv.Subsample({"x": 2}), x, "x", max_error=-60, shifts=[1.0])
    >>> found.outcome, str(found.move)
    ('falls short', 'Translate(x=1)')
    """

    dim: str
    outcome: Outcome
    error: float
    floor: float
    move: Translate
    sentence: str

    def __post_init__(self) -> None:
        """Refuse an unknown outcome."""
        parameters.one_of("outcome", self.outcome, Outcome)


def check(
    op: Operator,
    x: xr.DataArray,
    along: str | Sequence[str] | None = None,
    *,
    max_error: float,
    shifts: Shifts | None = None,
    norm: Norm | None = None,
    progress: Progress | None = None,
) -> tuple[Check, ...]:
    """Check that the equivariance error stays below a limit, along each axis and jointly.

    The pipeline is measured as it is given, padding and all, on the signal as it is given. The
    signal is rolled round and the output rolled back, compared away from the ends where that can
    be done; and two cuts of the signal, a whole multiple of the total stride apart, are compared
    where they overlap. The error is the worst of both over all shifts that can tell.

    Parameters
    ----------
    op, x, along, shifts, norm, progress
        As for `diagnose`.
    max_error
        The limit, in dB relative to the output, of which `norm` says the mean; at most 0.

    Returns
    -------
    tuple of Check
        One for each axis, and, where there are several, one for moves along all of them at once.

    Raises
    ------
    DimError
        If neither the input nor any stage has one of the dims.
    ParameterError
        If no shift moves anything, or the limit is above 0 dB: that would hold of any pipeline.
    UndecidableError
        If an error is undefined: the output holds NaN, or has no energy.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> for stride in (1, 2):
    ...     op = iv.Relu() >> iv.Subsample(stride={"x": stride})
    ...     print(iv.check(op, x, "x", max_error=-40, shifts=[1.0])[0].outcome)
    holds
    falls short
    """
    require_operator(op)
    require_labels(x, "check")
    op = op.on(x)
    parameters.decibels(max_error, "max_error")
    dims = dims_along(op, x, along)
    own = shifts_along(shifts, dims, axis_met(op, x))
    for dim, lengths in own.items():
        if not any(lengths):
            raise ParameterError(
                f"The shifts {lengths} along {dim!r} move nothing, which no pipeline gets wrong; "
                "give a length other than 0."
            )
    given = AsGiven.of(op, x, dims, norm)
    moves = default_moves_as_given(given.along, own)
    found = judged_together(given, moves, progress or (lambda _text, _part: None))
    return tuple(_checked(given, dims, each, max_error) for dims, each in found.items())


def _checked(given: AsGiven, dims: Sequence[str], judged: Sequence[Judged], limit: float) -> Check:
    """Check moves along the same dims."""
    require_defined(dims, undefined(given, judged))
    said = answer(readings(given, judged), limit)
    reading, outcome = said.reading, said.outcome
    error, floor = in_decibels(reading.error), in_decibels(reading.limit)
    sentence = (
        f"{'Jointly along' if len(dims) > 1 else 'Along'} {named(dims)} the error at "
        f"{length_words(given, reading.move)} is {size_in_words(reading.error)}"
    )
    if said.blind:
        sentence += f", which {blind_words(given, dims)}: {outcome}."
    else:
        sentence += (
            f"; the limit is {limit:.1f} dB and the measuring limit {floor:.1f} dB: {outcome}. "
            f"Measured by {in_words(given, reading)}."
        )
    sentence += f" {relative_words(given, dims)}"
    return Check(named(dims), outcome, error, floor, reading.move, sentence)
