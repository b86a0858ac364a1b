"""The data of the drawn square: which plane of an output, at which shifts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes import Axis, axis_of
from invarsig.diagnosis.finding import Finding, Outputs, where_the_axis_is_kept
from invarsig.diagnosis.runs import Runs
from invarsig.errors import AxisError
from invarsig.report import schema

__all__ = ["SQUARE"]

# The square is drawn for a few shifts, over at most this many samples.
_SHOWN, _DRAWN = 5, 192


def _square(runs: Runs) -> xr.Dataset:
    """The drawn square for a few shifts: the plane of the output that differs most.

    Only where the signal itself lies, not its padding.
    """
    y, moves, firsts, worst = runs.y, runs.moves, runs.firsts, runs.worst
    axis = axis_of(runs.along.given, runs.dim)
    dim = axis.dim
    spread = np.linspace(0, len(moves) - 1, min(_SHOWN, len(moves))).round().astype(int)
    places = sorted({worst, *spread.tolist()})
    inside = _inside(y, axis)
    gap = firsts[worst].isel(inside)
    gap = gap.copy(data=gap.to_numpy() - moves[worst].on_output(y).isel(inside).to_numpy())
    where, other, said = _plane(y.isel(inside), gap, dim)

    def drawn(result: xr.DataArray) -> np.ndarray:
        plane = result.isel(inside).isel(where)
        values = (plane.transpose(other, dim) if other else plane).to_numpy()
        return (np.abs(values) if np.iscomplexobj(values) else values).astype(np.float32)

    first = np.stack([drawn(firsts[place]) for place in places])
    last = np.stack([drawn(moves[place].on_output(y)) for place in places])
    dims = ("shown", "square_other", "square_position") if other else ("shown", "square_position")
    shown = y.isel(inside).isel(where)
    lengths = [moves[place].shifts[dim] for place in places]
    coords = {"square_position": _positions(shown, dim, "square_position"), "shown": lengths}
    if other:
        coords["square_other"] = _positions(shown, other, "square_other")
    return schema.square.dataset(
        moved_first=xr.Variable(dims, first, {"description": said}),
        moved_last=xr.Variable(dims, last),
        square_difference=xr.Variable(dims, first - last),
        **coords,
    )


def _positions(y: xr.DataArray, dim: str, name: str) -> xr.Variable:
    """Coordinate to draw a dim over; counted where it holds no positions."""
    try:
        axis = axis_of(y, dim)
    except AxisError:
        axis = Axis(dim, size=y.sizes[dim], unit="")
    # Dates carry their own unit.
    told = {} if axis.epoch is not None else {"units": axis.unit}
    return xr.Variable(name, axis.coordinate(), {**told, "long_name": dim})


def _inside(y: xr.DataArray, axis: Axis) -> dict[str, slice]:
    """Samples of an output that stand between the first and the last one of an axis.

    All of them where none does: the only sample of a whole axis lies in its middle, which the
    padding has moved.
    """
    after = axis_of(y, axis.dim)
    place = (after.positions() + after.offset(axis) - after.start) / axis.step
    kept = np.flatnonzero((place >= -0.5) & (place <= axis.size - 0.5))
    if kept.size == 0:
        return {axis.dim: slice(None)}
    return {axis.dim: slice(int(kept[0]), int(kept[-1]) + 1)}


def _plane(
    y: xr.DataArray, error: xr.DataArray, dim: str
) -> tuple[dict[str, Any], str | None, str]:
    """Which plane, or line, of an output to draw, and its description."""
    size = np.abs(error.to_numpy()) ** 2
    others = [str(d) for d in y.dims if d != dim]
    wide = [d for d in others if y.sizes[d] >= 8]
    other = max(wide, key=lambda d: y.sizes[d]) if wide else None
    where: dict[str, Any] = {}
    said = []
    for d in others:
        if d == other:
            continue
        axes = tuple(k for k, name in enumerate(y.dims) if name != d)
        index = int(np.argmax(size.sum(axis=axes)))
        where[d] = index
        label = _label(y, d, index)
        said.append(f"{d} {label}")
    for d in (dim, other) if other else (dim,):
        if y.sizes[d] > _DRAWN:
            axes = tuple(k for k, name in enumerate(y.dims) if name != d)
            middle = int(np.argmax(np.convolve(size.sum(axis=axes), np.ones(_DRAWN), mode="valid")))
            where[d] = slice(middle, middle + _DRAWN)
            said.append(f"{_DRAWN} of {y.sizes[d]} samples along {d}")
    text = "the whole output" if not said else "the output at " + ", ".join(said)
    return where, other, f"{text}, where the difference is largest" if said else text


def _label(y: xr.DataArray, dim: str, index: int) -> str:
    """Where along a dim a plane was taken, in terms of its coordinate."""
    if dim not in y.coords:
        return f"{index}"
    value = y[dim].to_numpy()[index]
    if y[dim].dtype.kind != "f":
        return f"{value}"
    return f"{value:.4g} {y[dim].attrs.get('units', '')}".strip()


def _pooled(_loudest: xr.Dataset, parts: Sequence[xr.Dataset], _outputs: Outputs) -> xr.Dataset:
    """The square of the segment whose paths differ most."""
    return max(parts, key=lambda part: float((part["square_difference"] ** 2).sum()))


SQUARE = Finding(
    schema.square,
    _square,
    "the square",
    0.2,
    where_the_axis_is_kept,
    pooled=_pooled,
    sampled=True,
)
