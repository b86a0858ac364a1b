"""What a diagnosis says, as rows of a survey: one for each axis that moves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from invarsig.aliasing.causes import CAUSES
from invarsig.diagnosis import Diagnosis
from invarsig.report.limits import SLIGHT, severity
from invarsig.report.reading import AxisReading, InputReading, inputs
from invarsig.report.split import verdict_split, why_unknown
from invarsig.report.verdict import Found, Verdict
from invarsig.survey.columns import NOT_KNOWN

__all__ = ["error_row", "rows_of"]

# Shifts are the same where they differ by rounding alone.
_SAME = 1e-9


def rows_of(found: Diagnosis) -> list[dict[str, Any]]:
    """Rows of a diagnosis of one input, an axis each.

    Parameters
    ----------
    found
        The diagnosis.

    Returns
    -------
    list of dict
        By the names of the columns, without those of the file.
    """
    reading = next(iter(inputs(found.tree)))
    verdict = Verdict(reading)
    periodic = {axis.dim: axis for axis in reading.axes}
    dims = list(dict.fromkeys([*verdict.dims, *periodic]))
    of_file = _of_file(reading, verdict)
    return [{**of_file, **_of_axis(verdict, dim, periodic.get(dim))} for dim in dims]


def error_row(error: Exception) -> dict[str, Any]:
    """A row that says why there is no result."""
    from invarsig.errors import InvarsigError
    from invarsig.report.wording import printable

    said = str(error) if isinstance(error, InvarsigError) else f"the pipeline fails: {error!r}"
    return {"state": "error", "error": printable(said)}


def _of_file(reading: InputReading, verdict: Verdict) -> dict[str, Any]:
    """What all axes of a file share: the verdict, its causes, and what would help."""
    split, worst = verdict_split(reading), verdict.worst
    shares, doubt = (split.by_cause, split.doubt) if split.known else ({}, {})
    order = _best_first(reading)
    names = reading.words("remedy_name")
    state = verdict.state
    return {
        "state": state,
        "verdict": worst.error if state == "known" and worst is not None else math.nan,
        "main_cause": NOT_KNOWN if why_unknown(reading) else split.main,
        "cause_share": [float(shares.get(each, math.nan)) for each in CAUSES],
        "cause_uncertainty": [float(doubt.get(each, math.nan)) for each in CAUSES],
        "remedy_name": [names[k] for k in order],
        **{
            f"remedy_{name}": reading.over(f"remedy_{name}", "remedy")[order].tolist()
            for name in ("gain", "after", "cost")
        },
        "notes": " ".join(reading.notes),
    }


def _best_first(reading: InputReading) -> list[int]:
    """Places of the remedies, the recommended one first, the others by their gain."""
    gains = np.nan_to_num(reading.over("remedy_gain", "remedy"), nan=-math.inf)
    order: list[int] = np.argsort(-gains, kind="stable").tolist()
    named = reading.number("remedy_recommended")
    if math.isfinite(named) and 0 <= named < gains.size:
        order.remove(int(named))
        order.insert(0, int(named))
    return order


def _of_axis(verdict: Verdict, dim: str, axis: AxisReading | None) -> dict[str, Any]:
    """What is known of the moves along one dim alone."""
    place = verdict.dims.index(dim) if dim in verdict.dims else -1
    alone = _alone(verdict.lengths, place)
    row: dict[str, Any] = {"dim": dim, "unit": _unit(verdict, place, axis)}
    shifts = verdict.lengths[alone, place] if alone.size else _shifts(axis)
    row["length"] = shifts.tolist()
    for name in ("roll_error", "inside_error", "cut_error"):
        values = verdict.reading.over(name, "move")
        row[name] = values[alone].tolist() if alone.size else [math.nan] * shifts.size
    row["periodic_error"] = _periodic(axis, shifts)
    if place >= 0:
        row["step"] = _at(verdict.reading.over("moved_step", "moved"), place)
        row["stride"] = _at(verdict.reading.over("moved_stride", "moved"), place)
    if axis is not None and axis.shares.size:
        row["stage_operator"] = axis.words("operator")
        row["stage_share"] = axis.shares.tolist()
    return row | _worst(verdict, alone, place)


def _worst(verdict: Verdict, alone: np.ndarray, place: int) -> dict[str, Any]:
    """The worst error of these moves that can tell anything."""
    if verdict.state != "known":
        return {}
    told = [each for each in (*verdict.rolls, *verdict.cuts) if each.move in alone]
    worst: Found | None = max(told, key=lambda each: each.error, default=None)
    if worst is None:
        return {"state": "blind"}
    decided = worst.told or worst.error < SLIGHT
    return {
        "worst": worst.error,
        "worst_shift": float(verdict.lengths[worst.move, place]),
        "limit": worst.limit,
        "compared": worst.compared,
        "protocol": worst.protocol,
        "region": worst.region,
        "severity": severity(worst.error) if decided else "",
    }


def _alone(lengths: np.ndarray, place: int) -> np.ndarray:
    """Places of the moves along one dim alone."""
    if place < 0 or not lengths.size:
        return np.empty(0, dtype=int)
    others = np.delete(lengths, place, axis=1)
    return np.flatnonzero((lengths[:, place] != 0) & (others == 0).all(axis=1))


def _unit(verdict: Verdict, place: int, axis: AxisReading | None) -> str:
    if 0 <= place < len(verdict.units):
        return verdict.units[place]
    return "" if axis is None else axis.unit


def _shifts(axis: AxisReading | None) -> np.ndarray:
    return np.empty(0) if axis is None else axis.shifts


def _periodic(axis: AxisReading | None, shifts: np.ndarray) -> list[float]:
    """Errors on the axis made periodic, at these shifts; NaN where there is none."""
    found = np.full(shifts.size, math.nan)
    if axis is not None:
        values = axis.over_shift("measured")
        for place, shift in enumerate(axis.shifts):
            found[np.abs(shifts - shift) <= _SAME * abs(shift)] = values[place]
    return found.tolist()


def _at(values: Sequence[float] | np.ndarray, place: int) -> float:
    return float(values[place]) if place < len(values) else math.nan
