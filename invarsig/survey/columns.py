"""The columns of a survey: what stands in each of its rows, declared once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from invarsig.aliasing.causes import CAUSES
from invarsig.report.schema import Schema, labeled, over

__all__ = ["COLUMNS", "Row", "as_dataset", "as_rows"]

Row = Mapping[str, Any]
"""One row: texts, numbers and lists by the names of the columns."""

NOT_KNOWN = "not known"
"""What stands for the main cause of an error that cannot be split."""

COLUMNS = Schema(
    "survey",
    "a survey",
    (
        *over(
            "row",
            ("input", "", "file, from the folder that the survey is in"),
            ("pipeline", "", "pipeline"),
            ("dim", "", "dim that the signal moves along; empty where there is an error"),
            ("unit", "", "unit of shifts"),
            ("state", "", "as of a verdict: known, blind, nan and so on; or error"),
            ("severity", "", "negligible, slight, clear or severe; empty where that is not known"),
            ("protocol", "", "protocol of the worst error: roll or cut"),
            ("region", "", "region of the worst error: inside or whole"),
            (
                "main_cause",
                "",
                "main cause of the error that leads the verdict; empty where none stands out",
            ),
            ("error", "", "why there is no result"),
            ("notes", "", "what else has to be said"),
            ("sha256", "", "hash of the file's content; empty where it could not be read"),
            ("key", "", "hash of content and parameters"),
            kind="text",
        ),
        *over(
            "row",
            ("worst", "1", "worst error along the dim, of the pipeline as given"),
            ("worst_shift", "1", "shift of the worst error, in the unit of the dim"),
            ("limit", "1", "what a perfect pipeline might score there"),
            ("compared", "1", "part of the output that was compared"),
            ("step", "1", "sample step of the dim"),
            ("stride", "samples", "total stride along the dim"),
            ("work", "1", "multiplications for each value of the input"),
            ("output_rate", "1", "output values for each value of the input"),
            ("verdict", "1", "error that leads the file's verdict, over all dims"),
        ),
        *over(
            "row shift",
            ("length", "1", "shift, in the unit of the dim"),
            ("roll_error", "1", "error over the whole output, input rolled"),
            ("inside_error", "1", "error away from the ends, input rolled"),
            ("cut_error", "1", "error between two real cuts"),
            ("periodic_error", "1", "error on the axis made periodic"),
        ),
        *over(
            "row cause",
            ("cause_share", "1", "share of the squared error of the file's verdict"),
            ("cause_uncertainty", "1", "half the difference of the two orders"),
        ),
        *over("row stage", ("stage_operator", "", "stage"), kind="text"),
        *over("row stage", ("stage_share", "1", "share of the squared error, axis made periodic")),
        *over("row remedy", ("remedy_name", "", "remedy, best first"), kind="text"),
        *over(
            "row remedy",
            ("remedy_gain", "dB", "gain"),
            ("remedy_after", "1", "worst error after"),
            ("remedy_cost", "1", "work relative to before"),
        ),
    ),
    over("cause", ("cause", "", "cause"), kind="text"),
)

# Of each inner dim the column that says how many entries a row has.
_COUNTED = {"shift": "length", "stage": "stage_operator", "remedy": "remedy_name"}

_DECLARED = {each.name: each for each in COLUMNS.variables}


def as_dataset(rows: Sequence[Row]) -> xr.Dataset:
    """Put rows into one Dataset, lists padded with NaN and empty texts to the longest.

    Parameters
    ----------
    rows
        The rows; what one lacks is NaN, or an empty text.

    Returns
    -------
    xarray.Dataset
        As `COLUMNS` declares it.

    Examples
    --------
    >>> found = as_dataset([{"input": "a.wav", "worst": 0.1, "length": [1.0, 2.0]}, {"input": "b"}])
    >>> found.worst.values.tolist(), found.length.values.tolist()
    ([0.1, nan], [[1.0, 2.0], [nan, nan]])
    """
    sizes = {"row": len(rows), "cause": len(CAUSES)}
    for dim, name in _COUNTED.items():
        sizes[dim] = max((len(row.get(name, ())) for row in rows), default=0)
    columns = {}
    for name, own in _DECLARED.items():
        text = own.kind == "text"
        shape = [sizes[dim] for dim in own.dims]
        values: np.ndarray = np.full(
            shape, "" if text else math.nan, dtype=object if text else float
        )
        for place, row in enumerate(rows):
            if name in row and len(shape) == 1:
                values[place] = row[name]
            elif name in row:
                values[place, : len(row[name])] = row[name]
        columns[name] = values.astype(str) if text else values
    return labeled(COLUMNS.dataset(**columns, cause=list(CAUSES)), [COLUMNS])


def as_rows(data: xr.Dataset) -> list[dict[str, Any]]:
    """Take a Dataset apart into the rows that it was made of.

    Examples
    --------
    >>> row = {"input": "a.wav", "worst": 0.1, "remedy_name": ["wider"], "remedy_gain": [3.0]}
    >>> again = as_rows(as_dataset([row]))[0]
    >>> {name: again[name] for name in row} == row
    True
    """
    columns = {name: data[name].to_numpy().tolist() for name in _DECLARED}
    rows = []
    for place in range(data.sizes["row"]):
        row = {name: columns[name][place] for name in _DECLARED}
        for dim, counted in _COUNTED.items():
            count = sum(each != "" and each == each for each in row[counted])  # noqa: PLR0124 - NaN
            for name, own in _DECLARED.items():
                if own.dims[-1] == dim:
                    row[name] = row[name][:count]
        rows.append(row)
    return rows
