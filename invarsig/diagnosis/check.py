"""A limit, and whether an error stays below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Translate
from invarsig.aliasing import Shifts, periodized, shifts_along, stride_and_reach
from invarsig.axes import axis_of
from invarsig.diagnosis.shifts import (
    default_moves,
    dims_of,
    from_where_it_is,
    grid_of,
)
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
        and so does what was measured.
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
    dims = dims_of(op, x) if along is None else (along,) if isinstance(along, str) else tuple(along)
    if not dims:
        raise ParameterError(f"{op} neither strides nor reaches along any dim; name one in along=.")
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

        found.append(_checked(op, x, dim, max_error, own.get(dim), tell))
    return tuple(found)


def _measured(
    op: Operator, x: xr.DataArray, dim: str, moves: Sequence[Translate], tell: Progress
) -> xr.DataArray:
    """Errors of several moves, one after the other, telling how far it is."""
    found = []
    for number, move in enumerate(moves):
        tell(f"along {dim}", number / len(moves))
        found.append(equivariance_error(op, x, [move]))
    return xr.concat(found, dim="shift", combine_attrs="drop_conflicts")


def _checked(
    op: Operator,
    x: xr.DataArray,
    dim: str,
    limit: float,
    shifts: Sequence[float] | None,
    tell: Progress,
) -> Check:
    """Check one axis."""
    rest, start, _ = from_where_it_is(op, x, dim)
    axis = axis_of(start, dim)
    stride, _ = stride_and_reach(rest, start, dim)
    moves = default_moves(axis, stride, grid_of(rest, start, dim, stride), shifts)
    try:
        errors = _measured(rest, start, dim, moves, tell)
        protocol = str(errors.attrs.get("protocol", ""))
    except BorderError:
        start, _ = periodized(rest, start, dim)
        errors = _measured(rest.bounded(None), start, dim, moves, tell)
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
    sentence = (
        f"Along {dim} the error at {shift:.4g} {axis.length_unit} is {values[place]:.1f} dB; the "
        f"limit is {limit:.1f} dB and the floor {floors[place]:.1f} dB ({protocol}): {outcome}."
    )
    return Check(dim, outcome, float(values[place]), float(floors[place]), shift, sentence)
