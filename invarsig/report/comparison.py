"""The table of a comparison: pipelines side by side on the same input and axis, best first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.report.limits import ROUND_OFF
from invarsig.report.wording import percent, printable, quantity, shortened

__all__ = ["Block", "Row", "blocks"]

# Round-off in dB: how far below it a number lies says nothing of a pipeline.
_ROUND_OFF = 20 * math.log10(ROUND_OFF)


@dataclass(frozen=True)
class Row:
    """One pipeline on one input along one axis, in words.

    Parameters
    ----------
    pipeline
        Its name.
    link
        Id of its axis on the page, or "".
    rms, behind, worst, at, stage
        The error over all shifts, how far it is behind the best, the largest and where, and the
        stage that makes most of it.
    part
        The error relative to the largest in the table, in per cent: the length of a bar.
    """

    pipeline: str
    link: str
    rms: str
    behind: str
    worst: str
    at: str
    stage: str
    part: float


@dataclass(frozen=True)
class Block:
    """Rows that can be compared: of one input and axis.

    Parameters
    ----------
    input, dim
        Which.
    rows
        Best first.
    """

    input: str
    dim: str
    rows: tuple[Row, ...]


def blocks(tree: xr.DataTree, links: Mapping[str, str] | None = None) -> list[Block]:
    """Read the table at the root of a tree; none where there is no comparison.

    Parameters
    ----------
    tree
        As defined in `invarsig.report`.
    links
        Ids on the page, by the path of the axis node.

    Returns
    -------
    list of Block
        Each sorted by its errors, rising; rows without an error stand last.

    Examples
    --------
    >>> table = xr.Dataset({"pipeline": ("row", ["max", "blur"]), "rms": ("row", [-9.0, -21.0])})
    >>> for row in blocks(xr.DataTree(table))[0].rows:
    ...     print(row.pipeline, row.behind)
    blur best
    max 12.0 dB
    """
    table = tree.to_dataset()
    if "row" not in table.dims or "pipeline" not in table.variables:
        return []
    count = table.sizes["row"]

    def words(name: str) -> list[str]:
        if name not in table.variables:
            return [""] * count
        return [printable(each) for each in table[name].to_numpy().ravel().tolist()]

    keys = list(zip(words("input"), words("dim"), strict=True))
    rms = _numbers(table, "rms")
    found = []
    for key in dict.fromkeys(keys):
        places = [k for k, each in enumerate(keys) if each == key]
        places.sort(key=lambda k: (math.isnan(rms[k]), rms[k]))
        own = rms[places]
        rows = tuple(
            _row(table.isel(row=k), (links or {}).get(words("node")[k], ""), own) for k in places
        )
        found.append(Block(*key, rows))
    return found


def _row(row: xr.Dataset, link: str, rms: np.ndarray) -> Row:
    """Word one row, beside the errors of all rows of its block."""
    size, share = float(_numbers(row, "rms")), float(_numbers(row, "share"))
    known = rms[np.isfinite(rms)]
    shift = float(_numbers(row, "worst_shift"))
    stage = shortened(_text(row, "stage"), 72) or "nothing to attribute"
    return Row(
        pipeline=_text(row, "pipeline") or "unnamed pipeline",
        link=link,
        rms=_level(size),
        behind=_behind(size, float(known.min()) if known.size else math.nan),
        worst=_level(float(_numbers(row, "worst"))),
        at=quantity(shift, _text(row, "unit")) if math.isfinite(shift) else "undefined",
        stage=f"{stage} ({percent(share)})" if math.isfinite(share) else stage,
        part=100 * 10 ** ((size - float(known.max())) / 20) if math.isfinite(size) else 0.0,
    )


def _numbers(table: xr.Dataset, name: str) -> np.ndarray:
    if name not in table.variables:
        return np.full(table.sizes.get("row", ()), np.nan)
    return np.asarray(table[name].to_numpy(), dtype=np.float64)


def _text(row: xr.Dataset, name: str) -> str:
    return printable(row[name].item()) if name in row.variables else ""


def _behind(size: float, best: float) -> str:
    """How far behind the best; at least so far, where that one is down to round-off."""
    if math.isnan(size):
        return "undefined"
    if size <= max(best, _ROUND_OFF):
        return "best"
    return f"{size - best:.1f} dB" if best > _ROUND_OFF else f"> {size - _ROUND_OFF:.1f} dB"


def _level(value: float) -> str:
    if not math.isfinite(value):
        return "undefined"
    if value <= _ROUND_OFF:
        return "round-off"
    return f"{value:.1f} dB".replace("-", "\N{MINUS SIGN}")
