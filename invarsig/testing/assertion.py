"""An assertion for tests of pipelines: it fails when one becomes shift-sensitive."""

from __future__ import annotations

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Action, Translate
from invarsig.aliasing.folding import fold
from invarsig.aliasing.lift import folding_explains, lift, stride_and_reach
from invarsig.aliasing.prepared_axis import PreparedAxis
from invarsig.axes import axis_of
from invarsig.errors import InvarsigError, UndecidableError
from invarsig.kernels.interpolation import is_whole
from invarsig.measures import decibels, equivariance_error
from invarsig.operators import Operator

__all__ = ["assert_equivariant"]


def assert_equivariant(
    op: Operator, x: xr.DataArray, action: Action, *, max_db: float = -100.0
) -> None:
    """Assert that moving first and moving last give the same, up to an error in dB.

    Parameters
    ----------
    op, x, action
        As for `equivariance_error`.
    max_db
        The limit, relative to the output without its mean; at most 0.

    Raises
    ------
    ParameterError
        If the limit is above 0 dB, which lets everything pass.
    AssertionError
        If the error is above the limit; the sentence names the axis, the error and the share of
        the output's energy that has folded.
    UndecidableError
        If the error is above the limit and the protocol's own floor is, too, or is unknown; or if
        it is below the limit at a move by whole multiples of the total stride, where striding makes
        no error in any pipeline.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> iv.testing.assert_equivariant(iv.Relu(), x, iv.Translate(x=1))
    """
    parameters.decibels(max_db, "max_db")
    error = decibels(equivariance_error(op, x, action))
    value, floor = float(error), float(error["floor"])
    if np.isnan(value):
        raise AssertionError(
            f"The error of {op} is undefined: its output holds NaN, or has no energy."
        )
    if value <= max_db:
        _require_a_telling_move(op, x, action, max_db)
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
    causes = [_cause(op, x, dim) for dim in action.required]
    dims = " and ".join(repr(dim) for dim in action.required)
    raise AssertionError(
        f"{op} is not equivariant to {action} along {dims}: the error is {value:.1f} dB, the "
        f"limit {max_db:.1f} dB. " + " ".join(causes)
    )


def _require_a_telling_move(op: Operator, x: xr.DataArray, action: Action, max_db: float) -> None:
    """Raise where the move is blind to strides; two cuts may still show what a border does."""
    if not isinstance(action, Translate):
        return
    strides = {dim: stride_and_reach(op, x, dim)[0] for dim in action.required}
    whole = all(is_whole(action.samples(axis_of(x, dim)) / by) for dim, by in strides.items())
    blind = {dim: by for dim, by in strides.items() if by > 1}
    if not (whole and blind):
        return
    if not any(axis_of(x, dim).periodic for dim in strides):
        try:
            cut = decibels(equivariance_error(op, x, action, protocol="crop"))
        except InvarsigError:
            pass  # too short for two cuts
        else:
            if float(cut) > max_db >= float(cut["floor"]):
                raise AssertionError(
                    f"{op} is not equivariant to {action}: two cuts of the signal so far apart "
                    f"give results that differ by {float(cut):.1f} dB, the limit is {max_db:.1f} "
                    "dB. The move is by whole total strides, so that it is the borders' doing."
                )
    halves = ", ".join(f"{dim}={by * abs(axis_of(x, dim).step) / 2:g}" for dim, by in blind.items())
    known = " and ".join(f"{by} samples along {dim!r}" for dim, by in blind.items())
    raise UndecidableError(
        f"Whether {op} is equivariant cannot be told from {action}: it is a whole multiple of the "
        f"total stride ({known}), where striding makes no error in any pipeline. Move by a part of "
        f"a stride, such as half of it: Translate({halves})."
    )


def _cause(op: Operator, x: xr.DataArray, dim: str) -> str:
    """Say how much folds along an axis, or that folding is not the cause."""
    try:
        along = PreparedAxis.of(op, x, dim).periodic()
        stride = along.stride
        if not folding_explains(along.op, along.x, dim).attrs["explained"]:
            return (
                f"Along {dim!r} folding does not explain it: a shift by the whole stride of "
                f"{stride} is not followed."
            )
        lifted = lift(along.op, along.x, dim, divisor=along.grid)
        power = fold(lifted, dim, stride // along.grid).sum([d for d in lifted.dims if d != dim])
    except (InvarsigError, MemoryError) as error:
        return f"Along {dim!r} nothing can be said of folding: {error}"
    whole = float(power.sum())
    share = 1 - float(power.sel(image=0).sum()) / whole if whole else 0.0
    return (
        f"Along {dim!r}, at a total stride of {stride}, {share:.1%} of the output's energy has "
        "folded."
    )
