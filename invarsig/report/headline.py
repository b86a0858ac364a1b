"""The one error that a verdict leads with, or why there is none.

Along an axis that was tapered and closed to a circle, the periodic figure holds whatever error the
seam makes. Where folding explains the operator, the seam is shielded by the padding. Where it does
not, and where the axis is lost, it is not, and the figures for the signal as it is lead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from invarsig.report.limits import CONSTANT, NEAR_FLOOR, ROUND_OFF, SMALL
from invarsig.report.reading import AxisReading

__all__ = ["Headline", "headline", "mendable", "seamed"]

State = Literal["known", "nan", "untried", "empty", "constant", "blind"]


@dataclass(frozen=True)
class Headline:
    """The error that a verdict leads with.

    Parameters
    ----------
    state
        "known", or why no error can be judged: the output holds "nan", shifts are "untried", the
        output is "empty" of energy or "constant", or all shifts are "blind" (whole multiples of the
        total stride, at which any strided pipeline is exact).
    size
        Relative error; NaN unless `state` is "known" or "blind".
    shift
        Where it was measured.
    floor
        What a perfect operator scores there.
    protocol
        How it was measured: "periodic", "interior" or "cut".
    """

    state: State
    size: float = math.nan
    shift: float = math.nan
    floor: float = math.nan
    protocol: Literal["periodic", "interior", "cut"] = "periodic"

    @property
    def known(self) -> bool:
        """Whether there is an error to judge by."""
        return self.state == "known"


def headline(reading: AxisReading) -> Headline:
    """Choose the error that the verdict leads with.

    Parameters
    ----------
    reading
        Axis node, read.

    Returns
    -------
    Headline

    Examples
    --------
    >>> import xarray as xr
    >>> data = xr.Dataset(
    ...     {"measured": ("length", [0.2]), "interior": ("length", [0.01])}, {"length": [1.0]},
    ...     {"dim": "x", "explained": 0, "explained_error": 0.1, "treatment": "tapered"})
    >>> found = headline(AxisReading(data))
    >>> found.size, found.protocol
    (0.01, 'interior')
    """
    if reading.flag("nan"):
        return Headline("nan")
    if reading.shifts.size == 0:
        return Headline("untried")
    periodic = reading.at_worst("measured")
    if math.isnan(periodic):
        return Headline("empty")
    found = Headline("known", periodic, reading.worst_shift, reading.at_worst("floor"))
    if seamed(reading):
        for name in ("cut",) if reading.lost else ("interior", "cut"):
            values = reading.protocol(name)
            if not np.isfinite(values).any():
                continue
            place = int(np.nanargmax(np.where(np.isfinite(values), values, np.nan)))
            floor = float(reading.over_shift(f"{name}_floor")[place])
            shift = float(reading.shifts[place])
            found = Headline("known", float(values[place]), shift, floor, name)  # type: ignore[arg-type]
            break
    found = _as_given(reading, found)
    judged = not reading.lost or reading.stride > 1
    alone = judged and found.size <= SMALL and found.protocol != "cut"
    if alone and reading.whole_steps.all():
        return Headline("blind", found.size, found.shift, found.floor, found.protocol)
    return Headline("constant") if _constant(reading) else found


def _as_given(reading: AxisReading, found: Headline) -> Headline:
    """What leads, or what was found of the signal as given where that is worse."""
    for name in ("interior", "cut"):
        values, floors = reading.protocol(name), reading.over_shift(f"{name}_floor")
        known = np.flatnonzero(~np.isnan(values))
        if known.size == 0:
            continue
        place = int(known[np.argmax(values[known])])
        size, floor = float(values[place]), float(floors[place])
        least = NEAR_FLOOR * floor if math.isfinite(floor) else 0.0
        if size > max(found.size, least, ROUND_OFF):
            shift = float(reading.shifts[place])
            found = Headline("known", size, shift, floor, name)
    return found


def seamed(reading: AxisReading) -> bool:
    """Whether the periodic figure may be made by the seam at which the axis was closed."""
    return bool(reading.text("treatment")) and (reading.lost or not reading.explained)


def mendable(reading: AxisReading) -> bool:
    """Whether there is any error that a remedy could take away: more than round-off."""
    if "measured" not in reading.data.variables:
        return True
    return bool((reading.over_shift("measured") > ROUND_OFF).any())


def _constant(reading: AxisReading) -> bool:
    """Whether nothing changes, moved back or not; on a lost axis that is what is asked for."""
    if reading.lost or not reading.has("invariance"):
        return False
    both = np.concatenate([reading.over_shift("measured"), reading.over_shift("invariance")])
    return bool((both[~np.isnan(both)] <= CONSTANT).all())
