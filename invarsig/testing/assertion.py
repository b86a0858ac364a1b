"""An assertion for tests of pipelines: it fails when one becomes shift-sensitive."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Action, Translate
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.readings import (
    Reading,
    answer,
    causes_in_words,
    in_decibels,
    in_words,
    readings,
    size_in_words,
    undefined,
)
from invarsig.errors import UndecidableError
from invarsig.measures import decibels, equivariance_error
from invarsig.measures.norms import Norm, norm_in_words, usual_norm
from invarsig.measures.protocols import Protocol
from invarsig.operators import Operator
from invarsig.operators.base import require_operator
from invarsig.testing.tracebacks import without_own_frames

__all__ = ["assert_equivariant"]


def assert_equivariant(
    op: Operator,
    x: xr.DataArray,
    action: Action,
    *,
    max_db: float = -100.0,
    protocol: Protocol | None = None,
    norm: Norm | None = None,
) -> None:
    """Assert that moving first and moving last give the same, up to an error in dB.

    For a translation the error is that of `check`: of the pipeline as it is given, rolled and by
    two cuts of the signal, the worse of both.

    Parameters
    ----------
    op, x, action
        As for `equivariance_error`.
    max_db
        The limit, relative to the output; at most 0.
    protocol
        Measure by one protocol of `equivariance_error` alone.
    norm
        What the error is relative to, as for `equivariance_error`.

    Raises
    ------
    ParameterError
        If the limit is above 0 dB, which lets everything pass.
    AssertionError
        If the error is above the limit. For a translation the sentence names the axis, the error,
        and its main causes with the stages that they stand at (`causes`).
    UndecidableError
        If the error is above the limit and the measuring limit (what a perfect pipeline might
        show) is, too, or is unknown; or if it is below the limit at a move by whole multiples of
        the total stride, where striding makes no error in any pipeline.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> iv.testing.assert_equivariant(iv.Relu(), x, iv.Translate(x=1))
    """
    __tracebackhide__ = True
    try:
        _judge(op, x, action, max_db, protocol, norm)
    except Exception as error:  # noqa: BLE001 - it is raised again
        raise without_own_frames(error)  # noqa: B904 - it is the same error


def _judge(
    op: Operator,
    x: xr.DataArray,
    action: Action,
    max_db: float,
    protocol: Protocol | None,
    norm: Norm | None,
) -> None:
    parameters.decibels(max_db, "max_db")
    require_operator(op)
    op = op.on(x)
    norm = usual_norm(op, norm)
    action = action.on(x)
    if protocol is None and isinstance(action, Translate):
        _judge_as_given(op, x, action, max_db, norm)
    else:
        _judge_by_protocol(op, x, action, max_db, protocol, norm)


def _judge_as_given(
    op: Operator, x: xr.DataArray, move: Translate, max_db: float, norm: Norm
) -> None:
    """The worst of rolling and of two cuts."""
    given = AsGiven.of(op, x, move.required, norm)
    judged = [given.judge(move)]
    if undefined(given, judged):
        raise _undefined(op)
    said = answer(readings(given, judged), max_db)
    if said.blind:
        raise _blind(given, move)
    if said.outcome == "holds":
        return
    reading = said.reading
    error, limit = in_decibels(reading.error), in_decibels(reading.limit)
    how = in_words(given, reading)
    reference = norm_in_words(norm, given.y, move.required)
    if said.outcome == "undecidable":
        raise UndecidableError(
            f"Whether {op} is equivariant to {move} within {max_db:.1f} dB is undecidable: the "
            f"floor of the measurement is {limit:.1f} dB (measured: {error:.1f} dB, by {how}). "
            "Make the axis periodic, shift by whole samples of the output, compute in double "
            "precision, or give a limit above the floor."
        )
    raise AssertionError(
        f"{op} is not equivariant to {move} along {_named(move.required)}: the error is "
        f"{size_in_words(reading.error)}, the limit {max_db:.1f} dB; measured by "
        f"{how}, relative to {reference}. {causes_in_words(given, reading)}"
    )


def _judge_by_protocol(
    op: Operator,
    x: xr.DataArray,
    action: Action,
    max_db: float,
    protocol: Protocol | None,
    norm: Norm,
) -> None:
    """The error of one protocol."""
    error = decibels(equivariance_error(op, x, action, protocol=protocol, norm=norm))
    value, floor = float(error), float(error["floor"])
    if np.isnan(value):
        raise _undefined(op)
    if value <= max_db:
        if isinstance(action, Translate):
            given = AsGiven.of(op, x, action.required)
            if given.blind(action):
                raise _blind(given, action)
        return
    if np.isnan(floor):
        raise UndecidableError(
            f"Whether {op} is equivariant to {action} within {max_db:.1f} dB is undecidable: the "
            f"floor of the protocol {error.attrs['protocol']!r} is unknown: nothing is left inside "
            f"the borders after going there and back (measured: {value:.1f} dB). Give more signal "
            "or a smaller move."
        )
    if floor > max_db:
        raise UndecidableError(
            f"Whether {op} is equivariant to {action} within {max_db:.1f} dB is undecidable: the "
            f"floor of the protocol {error.attrs['protocol']!r} is {floor:.1f} dB (measured: "
            f"{value:.1f} dB). Make the axis periodic, shift by whole samples of the output, or "
            "give a limit above the floor."
        )
    raise AssertionError(
        f"{op} is not equivariant to {action} along {_named(action.required)}: the error is "
        f"{value:.1f} dB by the protocol {error.attrs['protocol']!r}, the limit {max_db:.1f} dB."
        + _causes_by_protocol(op, x, action, str(error.attrs["protocol"]))
    )


def _causes_by_protocol(op: Operator, x: xr.DataArray, action: Action, protocol: str) -> str:
    """The causes of a translation's error, where two protocols agree on what they compare."""
    way = {"periodic": "roll", "roll": "roll", "cut": "cut"}.get(protocol)
    if way is None or not isinstance(action, Translate):
        return ""
    given = AsGiven.of(op, x, action.required)
    reading = Reading(action, way, False, 0.0, given.limit, 1.0, {})  # type: ignore[arg-type]
    return f" {causes_in_words(given, reading)}"


def _named(dims: Sequence[str]) -> str:
    return " and ".join(map(repr, dims))


def _undefined(op: Operator) -> AssertionError:
    return AssertionError(
        f"The error of {op} is undefined: its output holds NaN, or has no energy."
    )


def _blind(given: AsGiven, move: Translate) -> UndecidableError:
    along = {dim: given.along[dim] for dim in move.shifts if given.along[dim].hides}
    known = " and ".join(
        f"{each.stride} sample{'s' if each.stride > 1 else ''} along {dim!r}"
        for dim, each in along.items()
    )
    halves = ", ".join(
        f"{dim}={each.stride * abs(each.axis.step) / 2:g}" for dim, each in along.items()
    )
    return UndecidableError(
        f"Whether {given.op} is equivariant cannot be told from {move}: it is a whole multiple of "
        f"the total stride ({known}), where striding makes no error in any pipeline. Move by a "
        f"part of a stride, such as half of it: Translate({halves})."
    )
