"""What nonlinearities create above the Nyquist frequency of the next stage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.axes import axis_of
from invarsig.diagnosis.finding import Finding, Outputs, where_lifted
from invarsig.diagnosis.runs import Runs
from invarsig.errors import InvarsigError
from invarsig.kernels.lots import in_lots
from invarsig.operators import Operator
from invarsig.operators.base import stages_of
from invarsig.operators.pointwise.pointwise import Pointwise
from invarsig.report import schema

__all__ = ["CREATED", "created", "creates"]

# How much finer the grid is on which a nonlinearity is examined: that of its counterpart in the
# swap test.
_FINER = 4

# No share, of nothing.
_NONE = (float("nan"), 0.0)

# A frequency on the edge is not above it, even if rounding says so.
_ON_THE_EDGE = 1e-9


def created(op: Operator, x: xr.DataArray, dim: str) -> xr.Dataset:
    """Share of a nonlinearity's output that it creates above the next stage's Nyquist frequency.

    "Created" is what is not proportional to the input: the energy above that frequency of
    ``y - a x``, with a by least squares, relative to the energy of y without its mean. Everything
    is measured on a grid four times as fine, since what a nonlinearity creates above its own
    Nyquist frequency has already folded on its own grid. NaN where a stage is not a pointwise
    nonlinearity, or has complex results.
    """
    stages, shares, edges = stages_of(op), list[tuple[float, float]](), list[float]()
    before, held = x, list[tuple[Operator, xr.DataArray, xr.DataArray]]()

    def share(edge: float) -> None:
        edges.append(edge)
        shares.extend(_created(*one, dim, edge) if creates(one[0]) else _NONE for one in held)
        held.clear()

    for stage in stages:
        after = stage(before)
        if held:  # The grid that a stage's output goes to next
            share(0.5 / abs(axis_of(after, dim).step))
        held.append((stage, before, after))
        before = after
    share(0.5 / abs(axis_of(before, dim).step))  # The last stage's is its own.
    found, of = (np.array(each) for each in zip(*shares, strict=True))
    known = np.isfinite(found)
    if not known.any():
        return xr.Dataset()
    return schema.created.dataset(
        created=found, created_of=of, created_above=np.where(known, edges, np.nan)
    )


def creates(stage: Operator) -> bool:
    """Whether a stage is a pointwise nonlinearity."""
    return isinstance(stage, Pointwise) and not stage.linear


def _created(
    stage: Operator, x: xr.DataArray, y: xr.DataArray, dim: str, edge: float
) -> tuple[float, float]:
    """Share of the energy that a stage creates above a frequency, and the energy of all it gives.

    Energies are per sample of the input's own grid, as on the finer one there are more samples.
    """
    if y.dtype.kind != "f" or set(y.dims) != set(x.dims):
        return _NONE
    axis, real = axis_of(x, dim), x.dtype.kind == "f"
    shape = (*(size for each, size in x.sizes.items() if each != dim), axis.size * _FINER)
    whole, own = np.empty(shape), np.empty(shape) if real else None
    for phase in range(_FINER):
        # Samples in between: the signal moved by a fraction of a sample.
        moved = Translate({dim: -phase * axis.step / _FINER})(x)
        try:
            made = stage(moved)
        except InvarsigError:
            return _NONE  # such as a root where the band-limited signal is below 0
        whole[..., phase::_FINER] = _last(made.transpose(*moved.dims), dim)
        if own is not None:
            own[..., phase::_FINER] = _last(moved, dim)
    whole -= whole.mean()
    size, rest = float(np.sum(whole**2)), whole
    if not size > 0:
        return _NONE
    if own is not None:
        own -= own.mean()
        power = float(np.sum(own**2))
        own *= float(np.sum(own * whole)) / power if power > 0 else 0.0
        rest -= own
    frequency = np.fft.rfftfreq(rest.shape[-1], abs(axis.step) / _FINER)
    # Each frequency of a real signal stands for its negative too, except the first and the last.
    weight = np.full(frequency.size, 2.0 / rest.shape[-1])
    weight[[0, -1]] /= 2
    weight[frequency <= edge * (1 + _ON_THE_EDGE)] = 0.0
    energy = np.empty((*shape[:-1], 1))
    in_lots(lambda lines: _energy(lines, weight), (rest,), energy)
    return float(energy.sum()) / size, size / _FINER


def _energy(lines: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted energy of the spectrum of each line."""
    power = np.abs(np.fft.rfft(lines, axis=-1)) ** 2 * weight
    return np.asarray(power.sum(axis=-1, keepdims=True))


def _last(x: xr.DataArray, dim: str) -> np.ndarray:
    return np.moveaxis(x.to_numpy(), x.get_axis_num(dim), -1)


def _of(runs: Runs) -> xr.Dataset:
    return created(runs.op, runs.x, runs.dim)


def _pooled(_loudest: xr.Dataset, parts: Sequence[xr.Dataset], _outputs: Outputs) -> xr.Dataset:
    """Energies that are created over energies of the stage's outputs, over all segments."""
    share = np.stack([part["created"].to_numpy() for part in parts])
    of = np.stack([part["created_of"].to_numpy() for part in parts])
    known = np.isfinite(share)
    whole = np.where(known, of, 0.0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = np.where(known, share * of, 0.0).sum(axis=0) / whole
    above = np.stack([part["created_above"].to_numpy() for part in parts])
    edges = np.where(known, above, -np.inf).max(axis=0)
    return schema.created.dataset(
        created=pooled, created_of=whole, created_above=np.where(known.any(axis=0), edges, np.nan)
    )


CREATED = Finding(
    schema.created,
    _of,
    "what nonlinearities create",
    0.5,
    where_lifted,
    pooled=_pooled,
    sampled=True,
)
