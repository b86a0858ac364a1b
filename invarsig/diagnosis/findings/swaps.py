"""The gain of replacing each stage by its alias-free counterpart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.swap import swap_test
from invarsig.axes import axis_of
from invarsig.diagnosis.finding import Finding, Outputs, where_lifted
from invarsig.diagnosis.findings.created import creates
from invarsig.diagnosis.runs import Runs
from invarsig.errors import InvarsigError
from invarsig.kernels.interpolation import is_whole
from invarsig.measures.norms import Norm
from invarsig.operators import Operator
from invarsig.operators.base import stages_of
from invarsig.report import schema

__all__ = ["SWAPS", "swapped"]

# Each replaced stage is one more pipeline to run; beyond this many the time is not worth it.
_MOST = 12

# At errors below this there is nothing to gain except different round-off.
_ROUND_OFF = 1e-10


def swapped(
    op: Operator,
    x: xr.DataArray,
    dim: str,
    measured: xr.DataArray,
    judges: Sequence[int],
    norm: Norm = "centered",
) -> xr.Dataset:
    """The gain of replacing each stage by its alias-free counterpart.

    Judged at the same shifts as remedies, whole ones where there are any. A pointwise nonlinearity
    is exact there: the gain of its counterpart appears at the others, in decibels and as the share
    of the error's energy that it removes there, below 0 where the counterpart makes it worse.
    """
    stages, axis = stages_of(op), axis_of(x, dim)
    lengths = measured["length"].to_numpy()
    between = [k for k, length in enumerate(lengths) if not is_whole(axis.samples(length))]
    if not any(creates(stage) for stage in stages):
        between = []
    places = sorted({*judges, *between})
    if not 1 <= len(stages) <= _MOST or not (measured[places] > _ROUND_OFF).any():
        return xr.Dataset()
    try:
        found = swap_test(op, x, [Translate({dim: float(lengths[k])}) for k in places], norm=norm)
    except InvarsigError:
        return xr.Dataset()
    errors, before = found["error_at"].to_numpy(), measured.to_numpy()

    def gained(chosen: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        after = np.sqrt(np.mean(errors[:, [places.index(k) for k in chosen]] ** 2, axis=1))
        as_it_is = float(np.sqrt(np.mean(before[list(chosen)] ** 2)))
        if not as_it_is > _ROUND_OFF:
            return after, np.full(after.shape, np.nan)
        return after, 20 * np.log10(as_it_is / np.maximum(after, 1e-16))

    error, gain = gained(judges)
    if not between:
        return schema.swaps.dataset(swap_error=error, swap_gain=gain)
    error_between, gain_between = gained(between)
    own = np.array([creates(stage) for stage in stages])
    return schema.swaps.dataset(
        swap_error=error,
        swap_gain=gain,
        swap_error_between=error_between,
        swap_gain_between=gain_between,
        created_explains=np.where(own, 1 - 10 ** (-gain_between / 10), np.nan),
    )


def _swaps(runs: Runs) -> xr.Dataset:
    lengths = [move.shifts[runs.dim] for move in runs.moves]
    measured = xr.DataArray(runs.errors, {"length": lengths}, "length")
    return swapped(runs.op, runs.x, runs.dim, measured, runs.judges, runs.norm)


def _pooled(_loudest: xr.Dataset, parts: Sequence[xr.Dataset], outputs: Outputs) -> xr.Dataset:
    """Gains between the errors before and after, both over all segments as energies."""
    error, gain = _gained(parts, outputs, "swap_error", "swap_gain")
    if not all("swap_error_between" in part for part in parts):
        return schema.swaps.dataset(swap_error=error, swap_gain=gain)
    between, gain_between = _gained(parts, outputs, "swap_error_between", "swap_gain_between")
    own = np.isfinite(np.stack([part["created_explains"].to_numpy() for part in parts])).any(axis=0)
    return schema.swaps.dataset(
        swap_error=error,
        swap_gain=gain,
        swap_error_between=between,
        swap_gain_between=gain_between,
        created_explains=np.where(own, 1 - 10 ** (-gain_between / 10), np.nan),
    )


def _gained(
    parts: Sequence[xr.Dataset], outputs: Outputs, error: str, gain: str
) -> tuple[np.ndarray, np.ndarray]:
    """The error after, and the gain, of those segments that had an error before."""
    after = np.stack([part[error].to_numpy() for part in parts])
    gains = np.stack([part[gain].to_numpy() for part in parts])
    before = np.maximum(after, 1e-16) * 10 ** (gains / 20)
    known = np.isfinite(before)
    energies = [outputs.each @ np.where(known, each, 0.0) ** 2 for each in (before, after)]
    with np.errstate(invalid="ignore", divide="ignore"):
        first, last = (np.sqrt(each / outputs.of(known)) for each in energies)
        return last, 20 * np.log10(first / np.maximum(last, 1e-16))


SWAPS = Finding(
    schema.swaps, _swaps, "stages swapped", 3, where_lifted, pooled=_pooled, sampled=True
)
