"""What nonlinear stages create, and how much of the error between whole samples that explains."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report.limits import ROUND_OFF
from invarsig.report.reading import AxisReading
from invarsig.report.section import Cell, Row, Section, Table
from invarsig.report.wording import band, capital, percent, quantity, shortened

__all__ = ["SECTION"]

# A gain below this many decibels is written as 0.0.
_NOTHING = 0.05


def _table(reading: AxisReading) -> Table | None:
    names = reading.words("operator")
    created, above = reading.over_stage("created"), reading.over_stage("created_above")
    explains = reading.over_stage("created_explains")
    rows = []
    for place in np.flatnonzero(np.isfinite(created)).tolist():
        edge, part = float(above[place]), float(created[place])
        cells = (
            percent(part if part > ROUND_OFF**2 else 0.0),
            band(edge, edge, reading.frequency_unit) if edge > 0 else "not known",
            _explained(float(explains[place])),
        )
        head = f"{reading.stage_numbers[place]:.0f}. {shortened(names[place], 72)}"
        rows.append(Row(head, tuple(map(Cell, cells))))
    if not rows:
        return None
    only = f" Both {reading.only_some}." if reading.only_some else ""
    return Table(
        (
            "Stage",
            "Created above the next Nyquist frequency",
            "That is above",
            "Explains of the error between whole samples",
        ),
        tuple(rows),
        "Created: the share of the energy of the stage's output. Explained: the share of the "
        "error's energy that is gone, at the shifts between whole samples, where the stage runs "
        f"at four times the rate between filters.{only}",
    )


def _explained(share: float) -> str:
    if math.isnan(share):
        return "not known"
    if abs(share) < ROUND_OFF:
        return "none"
    return percent(share) if share > 0 else f"none: {percent(-share)} more without it"


def _sentences(reading: AxisReading) -> list[str]:
    """What the nonlinearity that creates most creates, and what its filtered twin gains."""
    names, shares = reading.words("operator"), reading.over_stage("created")
    if not names or shares.size != len(names) or not np.isfinite(shares).any():
        return []
    if not np.nanmax(shares) > ROUND_OFF**2:
        return []
    top = int(np.nanargmax(shares))
    edge = float(reading.over_stage("created_above")[top])
    part = f"{capital(reading.only_some)}: stage" if reading.only_some else "Stage"
    text = (
        f"{part} {reading.stage_numbers[top]:.0f}, {shortened(names[top], 72)}, creates "
        f"{percent(float(shares[top]))} of the energy of its output above the next stage's Nyquist "
        f"frequency{f' ({band(edge, edge, reading.frequency_unit)})' if edge > 0 else ''}"
    )
    gain, shifts = float(reading.over_stage("swap_gain_between")[top]), _between(reading)
    if math.isnan(gain) or not shifts:
        return [f"{text}."]
    twin = "Its counterpart, the same between filters at four times the rate,"
    if abs(gain) < _NOTHING:
        little = f"changes the error by less than {_NOTHING:g} dB"
        return [f"{text}. {twin} {little} at {shifts}, between whole samples."]
    if gain < 0:
        return [f"{text}. {twin} loses {-gain:.1f} dB at {shifts}, between whole samples."]
    part = percent(1 - 10 ** (-gain / 10))
    return [
        (
            f"{text}. {twin} takes away {part} of the error's energy ({gain:.1f} dB) at {shifts}, "
            "between whole samples."
        )
    ]


def _between(reading: AxisReading) -> str:
    """The shifts between whole samples, in words."""
    if not reading.number("step") > 0:
        return ""
    between = ~reading.multiples("step") & np.isfinite(reading.over_shift("measured"))
    said = [quantity(float(shift), reading.unit) for shift in reading.shifts[between]]
    return " and ".join(said[:2]) + (" and others" if len(said) > 2 else "")


SECTION: Section[AxisReading] = Section(
    key="created",
    title="What nonlinear stages create",
    about="axis",
    place="stages",
    reads=("operator", "created", "created_above", "created_explains", "swap_gain_between"),
    sentences=_sentences,
    table=_table,
)
