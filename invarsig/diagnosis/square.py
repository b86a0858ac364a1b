"""The square, drawn: which plane of an output, at which shifts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.axes import axis_of
from invarsig.operators import Operator

__all__ = ["square_drawn"]

# The square is drawn for a few shifts, over so many samples at most.
_SHOWN, _DRAWN = 5, 192


def square_drawn(
    op: Operator, x: xr.DataArray, dim: str, moves: Sequence[Translate], worst: int
) -> xr.Dataset:
    """The square, drawn for a few shifts: the plane of the output that differs most."""
    places = sorted(
        {
            worst,
            *np.linspace(0, len(moves) - 1, min(_SHOWN, len(moves))).round().astype(int).tolist(),
        }
    )
    y = op(x)
    at_worst = op(moves[worst](x))
    where, other, said = _plane(
        y, at_worst - moves[worst].on_output(y) if at_worst.shape == y.shape else y, dim
    )
    first, last = [], []
    for place in places:
        first.append(_drawn(op(moves[place](x)).isel(where), dim, other))
        last.append(_drawn(moves[place].on_output(y).isel(where), dim, other))
    rename = {dim: "square_position", **({other: "square_other"} if other else {})}
    shown = xr.Variable(
        "shown",
        [moves[place].shifts[dim] for place in places],
        {"units": axis_of(x, dim).length_unit},
    )
    data = xr.Dataset()
    for name, parts in (("moved_first", first), ("moved_last", last)):
        data[name] = (
            xr.concat(
                parts,
                dim="shown",
                coords="minimal",
                compat="override",
                join="override",
                combine_attrs="drop",
            )
            .rename(rename)
            .reset_coords(drop=True)
        )
    data["square_difference"] = data["moved_first"] - data["moved_last"]
    data["moved_first"].attrs["description"] = said
    for old, new in rename.items():
        axis = axis_of(y.isel(where), old)
        data = data.assign_coords(
            {new: (new, axis.coordinate(), {"units": axis.unit, "long_name": old})}
        )
    return data.assign_coords(shown=shown)


def _plane(
    y: xr.DataArray, error: xr.DataArray, dim: str
) -> tuple[dict[str, Any], str | None, str]:
    """Which plane, or line, of an output to draw, and how to say so."""
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
    """Where along a dim a plane was taken, in the words of its coordinate."""
    if dim not in y.coords:
        return f"{index}"
    value = y[dim].to_numpy()[index]
    if y[dim].dtype.kind != "f":
        return f"{value}"
    return f"{value:.4g} {y[dim].attrs.get('units', '')}".strip()


def _drawn(y: xr.DataArray, dim: str, other: str | None) -> xr.DataArray:
    plane = y.transpose(other, dim) if other else y
    return (abs(plane) if plane.dtype.kind == "c" else plane).astype(np.float32)
