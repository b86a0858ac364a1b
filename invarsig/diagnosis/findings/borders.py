"""The protocols for finite signals, on the pipeline and the signal as given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.axes import axis_of
from invarsig.diagnosis.finding import Finding, Outputs
from invarsig.diagnosis.runs import Runs
from invarsig.errors import BorderError, InvarsigError
from invarsig.kernels.interpolation import is_whole
from invarsig.measures.protocols import compare, floor_of
from invarsig.report import schema

__all__ = ["BORDERS"]

# Protocols for finite signals.
Ending = Literal["interior", "cut"]


def _borders(runs: Runs) -> xr.Dataset:
    x, moves = runs.along.given, runs.moves
    names = get_args(Ending)
    found = {
        name: np.full(len(moves), np.nan) for each in names for name in (each, f"{each}_floor")
    }
    reasons = {f"{name}_reason": [""] * len(moves) for name in names}
    notes: dict[str, None] = {}
    y: xr.DataArray | InvarsigError
    try:
        y = runs.along.given_op(x)
    except InvarsigError as told:
        notes[f"The pipeline does not run on the original signal: {told}"] = None
        y = told
    for place, move in enumerate(moves):
        for name in names:
            try:
                error, floor = _at_border(runs, y, move, name)
                found[name][place], found[f"{name}_floor"][place] = error, floor
            except BorderError as told:
                notes[f"{name}: {told}"] = None
                reasons[f"{name}_reason"][place] = told.reason
            except InvarsigError:
                # A cut at a fraction of a sample, or one that no stride divides.
                whole = is_whole(move.samples(axis_of(x, runs.dim)))
                cut = name == "cut" and not whole
                reasons[f"{name}_reason"][place] = "not-whole" if cut else "refused"
    return schema.borders.dataset(
        {"protocol_notes": "\n".join(list(notes)[:3])}, **found, **reasons
    )


def _at_border(
    runs: Runs,
    y: xr.DataArray | InvarsigError,
    move: Translate,
    protocol: Ending,
) -> tuple[float, float]:
    """Error and floor of one protocol; an error from running the pipeline is raised again."""
    if isinstance(y, InvarsigError):
        raise y
    op, x = runs.along.given_op, runs.along.given
    error = runs.relative(compare(op, x, move, protocol, y=y))
    return float(error), floor_of(op, x, y, move, protocol, runs.relative)


def _pooled(loudest: xr.Dataset, parts: Sequence[xr.Dataset], outputs: Outputs) -> xr.Dataset:
    """Over the segments on which something is compared, as energies; reasons where none is."""
    found: dict[str, Any] = {}
    for name in get_args(Ending):
        reasons = np.stack([part[f"{name}_reason"].to_numpy() for part in parts])
        compared = reasons == ""
        whole = outputs.of(compared)
        for each in (name, f"{name}_floor"):
            values = np.stack([part[each].to_numpy() for part in parts])
            energies = outputs.each @ np.where(compared, values**2, 0.0)
            with np.errstate(invalid="ignore", divide="ignore"):
                found[each] = np.sqrt(energies / whole)
        none = [str(column[0]) if column.all() else "" for column in reasons.T]
        found[f"{name}_reason"] = none
    told = {"protocol_notes": loudest.attrs.get("protocol_notes", "")}
    return schema.borders.dataset(told, **found)


BORDERS = Finding(schema.borders, _borders, "borders", 2, pooled=_pooled, sampled=True)
