"""A limit, and whether an error stays below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Translate
from invarsig.aliasing.prepared_axis import PreparedAxis, dims_along
from invarsig.aliasing.shifts import Shifts, shifts_along, tells_nothing
from invarsig.diagnosis.side_by_side import Progress
from invarsig.errors import BorderError, ParameterError, UndecidableError
from invarsig.measures import decibels, equivariance_error
from invarsig.operators import Operator
from invarsig.operators.base import require_operator

__all__ = ["Check", "Outcome", "check"]

Outcome = Literal["holds", "falls short", "undecidable"]
"""What a check answers."""


@dataclass(frozen=True)
class Check:
    """Whether an error stays below a limit along one axis.

    Parameters
    ----------
    dim
        The axis.
    outcome
        "holds", "falls short", or "undecidable": the floor of the protocol lies above the limit,
        and so does what was measured; or all shifts are whole multiples of a total stride above 1,
        where any pipeline whose weights are the same everywhere is exact.
    error, floor
        In dB, at the shift that decides.
    shift
        In the unit of the axis.
    sentence
        The same in words.
    """

    dim: str
    outcome: Outcome
    error: float
    floor: float
    shift: float
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
    progress: Progress | None = None,
) -> tuple[Check, ...]:
    """Check that the equivariance error stays below a limit, along each axis.

    Periodic axes are measured by the periodic protocol, others by the interior one. Where the
    borders leave nothing, or a stage reaches over a whole axis, the axis is tapered and treated as
    periodic, and that is said.

    Parameters
    ----------
    op, x, along, shifts, progress
        As for `diagnose`.
    max_error
        The limit, in dB relative to the output without its mean; at most 0.

    Returns
    -------
    tuple of Check
        One for each axis.

    Raises
    ------
    DimError
        If neither the input nor any stage has one of the dims.
    ParameterError
        If no shift moves anything, or the limit is above 0 dB: that would hold of any pipeline.

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
    parameters.decibels(max_error, "max_error")
    dims = dims_along(op, x, along)
    own = shifts_along(shifts, dims)
    for dim, lengths in own.items():
        if not any(lengths):
            raise ParameterError(
                f"The shifts {lengths} along {dim!r} move nothing, which no pipeline gets wrong; "
                "give a length other than 0."
            )
    found = []
    for number, dim in enumerate(dims):

        def tell(text: str, part: float, number: int = number) -> None:
            if progress is not None:
                progress(text, (number + part) / len(dims))

        prepared = PreparedAxis.of(op, x, dim, own.get(dim))
        found.append(_checked(prepared, max_error, tell))
    return tuple(found)


def _measured(along: PreparedAxis, moves: Sequence[Translate], tell: Progress) -> xr.DataArray:
    """Errors of several moves, one after the other, telling how far it is."""
    found = []
    for number, move in enumerate(moves):
        tell(f"along {along.dim}", number / len(moves))
        found.append(equivariance_error(along.op, along.x, [move]))
    return xr.concat(found, dim="shift", combine_attrs="drop_conflicts")


def _checked(along: PreparedAxis, limit: float, tell: Progress) -> Check:
    """Check one axis."""
    dim, axis, stride, moves = along.dim, along.axis, along.stride, along.moves
    try:
        errors = _measured(along, moves, tell)
        protocol = str(errors.attrs.get("protocol", ""))
    except BorderError:
        errors = _measured(along.periodic(), moves, tell)
        protocol = "tapered, periodic"
    decibel = decibels(errors)
    values, floors = decibel.to_numpy(), decibel["floor"].to_numpy()
    if not np.isfinite(errors.to_numpy()).all():
        raise UndecidableError(
            f"Along {dim!r} the error is undefined: the output holds NaN, or has no energy. Look "
            f"at the input."
        )
    over = values > limit
    decided = over & (floors <= limit)
    outcome: Outcome = "falls short" if decided.any() else "undecidable" if over.any() else "holds"
    ranked = np.where(decided, values, -np.inf) if decided.any() else values
    place = int(np.argmax(ranked))
    shift = float(moves[place].shifts[dim])
    if outcome == "holds" and tells_nothing([move.shifts[dim] for move in moves], axis, stride):
        outcome, unit = "undecidable", axis.length_unit
        sentence = (
            f"Along {dim} the error at {shift:.4g} {unit} is {values[place]:.1f} dB, which tells "
            f"nothing: every shift given is a whole multiple of the total stride of {stride} "
            f"samples ({stride * abs(axis.step):.4g} {unit}), where striding makes no error. Give "
            f"one that is not, such as half a stride, {stride * abs(axis.step) / 2:.4g} {unit}: "
            f"{outcome}."
        )
        return Check(dim, outcome, float(values[place]), float(floors[place]), shift, sentence)
    sentence = (
        f"Along {dim} the error at {shift:.4g} {axis.length_unit} is {values[place]:.1f} dB; the "
        f"limit is {limit:.1f} dB and the floor {floors[place]:.1f} dB ({protocol}): {outcome}."
    )
    return Check(dim, outcome, float(values[place]), float(floors[place]), shift, sentence)
