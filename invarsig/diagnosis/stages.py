"""The stages along one axis: which makes the error, what its twin gains, what it creates."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing import swap_test
from invarsig.aliasing.attribution import attributed_to_stages, features_of
from invarsig.axes import axis_of
from invarsig.errors import InvarsigError
from invarsig.kernels.interpolation import is_whole
from invarsig.operators import Operator
from invarsig.operators.base import stages_of
from invarsig.operators.pointwise.pointwise import Pointwise

__all__ = ["attributed", "created", "swapped"]

# Each stage that is swapped is one more pipeline to run; beyond so many the wait is not worth it.
_MOST = 12

# How much finer the grid is on which a nonlinearity is looked at: that of the swap test's twin.
_FINER = 4

# At errors below this there is nothing to gain but other round-off.
_ROUND_OFF = 1e-10

# A frequency on the edge is not above it, whatever the last digit says.
_ON_THE_EDGE = 1e-9


def attributed(
    op: Operator,
    x: xr.DataArray,
    moves: Sequence[Translate],
    skipped: int,
    firsts: Sequence[xr.DataArray],
) -> xr.Dataset:
    """Which stage makes the error, for each shift, where the outputs of moved inputs are known."""
    found = attributed_to_stages(op, features_of(op, x), moves, firsts)
    found = found.assign_coords(stage=found["stage"] + skipped)
    data = found[["share", "error", "border_share"]].rename({"error": "stage_error"})
    data = data.drop_attrs(deep=False)
    return data.reset_coords(drop=True).assign(operator=found["operator"].variable)


def swapped(
    op: Operator,
    x: xr.DataArray,
    dim: str,
    measured: xr.DataArray,
    judges: Sequence[int],
) -> xr.Dataset:
    """What is gained by swapping each stage for its alias-free twin.

    Judged at the shifts that remedies are judged at, whole ones where there are any. A pointwise
    nonlinearity is exact there: what its twin gains shows at the others, as decibels and as the
    share of the error's energy there that goes with it, below 0 where the twin does harm.
    """
    stages, axis = stages_of(op), axis_of(x, dim)
    lengths = measured["shift"].to_numpy()
    between = [k for k, length in enumerate(lengths) if not is_whole(axis.samples(length))]
    if not any(_creates(stage) for stage in stages):
        between = []
    places = sorted({*judges, *between})
    if not 1 <= len(stages) <= _MOST or not (measured[places] > _ROUND_OFF).any():
        return xr.Dataset()
    try:
        found = swap_test(op, x, [Translate({dim: float(lengths[k])}) for k in places])
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
    data = xr.Dataset({"swap_error": ("stage", error), "swap_gain": ("stage", gain)})
    if between:
        gain_between = gained(between)[1]
        data["swap_gain_between"] = ("stage", gain_between)
        own = np.array([_creates(stage) for stage in stages])
        data["created_explains"] = ("stage", np.where(own, 1 - 10 ** (-gain_between / 10), np.nan))
    return data


def created(op: Operator, x: xr.DataArray, dim: str) -> xr.Dataset:
    """Share of a nonlinearity's output that it creates above the next stage's Nyquist frequency.

    Created is what is not proportional to the input: of ``y - a x``, with a by least squares, the
    energy above that frequency, relative to the energy of y without its mean. All on a grid four
    times as fine, since what a nonlinearity creates above its own Nyquist frequency has folded on
    its own grid already. NaN where a stage is no pointwise nonlinearity, or has complex results.
    """
    stages = stages_of(op)
    features = [x]
    for stage in stages:
        features.append(stage(features[-1]))
    # The grid that a stage's output goes to next; the last stage's is its own.
    after = [axis_of(each, dim).step for each in (*features[2:], features[-1])]
    edges = [0.5 / abs(step) for step in after]
    shares = [
        _created(stage, before, y, dim, edge) if _creates(stage) else np.nan
        for stage, (before, y), edge in zip(stages, pairwise(features), edges, strict=True)
    ]
    known = np.isfinite(shares)
    if not known.any():
        return xr.Dataset()
    return xr.Dataset(
        {
            "created": ("stage", shares),
            "created_above": ("stage", np.where(known, edges, np.nan)),
        }
    )


def _creates(stage: Operator) -> bool:
    return isinstance(stage, Pointwise) and not stage.linear


def _created(stage: Operator, x: xr.DataArray, y: xr.DataArray, dim: str, edge: float) -> float:
    """Share of the energy that a stage creates above a frequency."""
    if y.dtype.kind != "f" or set(y.dims) != set(x.dims):
        return float("nan")
    axis = axis_of(x, dim)
    fine_x, fine_y = [], []
    for phase in range(_FINER):
        # Samples between the samples: the signal moved by a part of one.
        moved = Translate({dim: -phase * axis.step / _FINER})(x)
        try:
            made = stage(moved)
        except InvarsigError:
            return float("nan")  # as a root where the band-limited signal goes below 0
        fine_x.append(_last(moved, dim))
        fine_y.append(_last(made.transpose(*moved.dims), dim))
    whole = _line(fine_y)
    rest, size = whole, float(np.sum(whole**2))
    if x.dtype.kind == "f":
        own = _line(fine_x)
        power = float(np.sum(own**2))
        rest = whole - (float(np.sum(own * whole)) / power if power > 0 else 0.0) * own
    if not size > 0:
        return float("nan")
    frequency = np.fft.rfftfreq(rest.shape[-1], abs(axis.step) / _FINER)
    # Each frequency of a real signal stands for its negative too, but for the first and the last.
    weight = np.full(frequency.size, 2.0 / rest.shape[-1])
    weight[[0, -1]] /= 2
    weight[frequency <= edge * (1 + _ON_THE_EDGE)] = 0.0
    return float(np.sum(np.abs(np.fft.rfft(rest, axis=-1)) ** 2 * weight)) / size


def _last(x: xr.DataArray, dim: str) -> np.ndarray:
    return np.moveaxis(x.to_numpy(), x.get_axis_num(dim), -1)


def _line(phases: Sequence[np.ndarray]) -> np.ndarray:
    """Samples of all phases in their order, without their mean."""
    line = np.stack(phases, axis=-1).reshape(*phases[0].shape[:-1], -1)
    line = line.astype(np.complex128 if line.dtype.kind == "c" else np.float64)
    return np.asarray(line - line.mean())
