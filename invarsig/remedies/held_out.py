"""A signal in two parts: one to choose remedies on, one to see whether they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.operators import Operator
from invarsig.remedies.as_given import strides_met
from invarsig.remedies.trial import Trial

__all__ = ["in_two_parts"]


def in_two_parts(whole: Trial) -> tuple[Trial, Trial] | None:
    """The pipeline on either half of the signal; None where it is too short to be halved.

    It is cut along an axis that ends, at a whole multiple of the total stride: along the longest
    one that is moved along, or else along the longest other one. A half is long enough where the
    pipeline runs on it, and where all moves are compared as on the whole signal, between the
    borders.
    """
    dims = dict.fromkeys(dim for move in whole.moves for dim in move.shifts)
    for dim, cut in _cuts(whole.op, whole.x, tuple(dims)):
        halves = [whole.x.isel({dim: each}) for each in (slice(0, cut), slice(cut, None))]
        first, second = (_trial(whole, half) for half in halves)
        if first is None or second is None:
            continue
        if first.inside == second.inside == whole.inside:
            return first, second
    return None


def _cuts(op: Operator, x: xr.DataArray, moved: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Axes that end, those that are moved along first, and where to cut each."""
    axes = Axes.of(x)
    placed = [str(dim) for dim in x.dims if dim in x.coords and axes.placed(str(dim))]
    ending = [dim for dim in placed if not axes[dim].periodic]
    strides: Mapping[str, int] = strides_met(op, x, ending)
    for dim in sorted(ending, key=lambda each: (each not in moved, -x.sizes[each])):
        cut = x.sizes[dim] // 2 // strides[dim] * strides[dim]
        if cut:
            yield dim, cut


def _trial(whole: Trial, x: xr.DataArray) -> Trial | None:
    """Run the pipeline on a part; None where it refuses the length, in whatever way."""
    try:
        trial = Trial.of(whole.op, x, whole.moves, norm=whole.norm)
        return trial if np.isfinite(trial.errors).all() else None
    except Exception:  # noqa: BLE001 a user's function may refuse a length with any error
        return None
