"""How far the result itself changes when only the input moves."""

from __future__ import annotations

import numpy as np

from invarsig.report.colours import ROLES
from invarsig.report.drawing import TEXT, Drawing, draw_line, drawn
from invarsig.report.limits import CHANGED
from invarsig.report.reading import AxisReading
from invarsig.report.section import Look, Section
from invarsig.report.shift_axis import chart, grown, marks, scaled, shift_axis
from invarsig.report.wording import percent, quantity

__all__ = ["SECTION", "invariance"]


def invariance(reading: AxisReading, prefix: str) -> Drawing | None:
    """Draw how far the output itself changes with the shift."""
    values = reading.over_shift("invariance")
    if not np.isfinite(values).any():
        return None
    shifts, _, unit = scaled(reading)
    figure, axes = chart()
    order = np.argsort(shifts)
    per_cent = 100 * values
    draw_line(axes, shifts[order], per_cent[order], "line", width=1.5)
    marks(axes, shifts, per_cent, "accent", "o", "", 7)
    top = max(float(np.nanmax(per_cent[np.isfinite(per_cent)])) * 1.15, 1e-9)
    if top >= 8:
        axes.axhline(10, color=ROLES["muted"], linewidth=1, dashes=(2, 3), zorder=1)
        axes.text(
            0.99, 10 + 0.015 * max(top, 12), "10 %", transform=axes.get_yaxis_transform(),
            ha="right", va="bottom",
            fontsize=TEXT, color=ROLES["muted"],
        )  # fmt: skip
        top = max(top, 12.0)
    axes.set_ylim(0, top)
    shift_axis(axes, reading, unit, shifts, None)
    axes.set_ylabel("change of the result, %")
    grown(figure, axes)
    largest = int(np.nanargmax(np.where(np.isfinite(values), values, -np.inf)))
    text = (
        f"Change of the result over the move along {reading.dim}, not moved back: from "
        f"{_at(reading, values, int(order[0]))} to {_at(reading, values, int(order[-1]))}; at most "
        f"{_at(reading, values, largest)}."
    )
    return drawn(figure, prefix, text, [])


def _at(reading: AxisReading, values: np.ndarray, place: int) -> str:
    return (
        f"{percent(float(values[place]))} at {quantity(float(reading.shifts[place]), reading.unit)}"
    )


def _figures(reading: AxisReading, look: Look) -> list[Drawing]:
    made = invariance(reading, look.prefix)
    return [made] if made else []


def _sentences(reading: AxisReading) -> list[str]:
    values = reading.over_shift("invariance")
    known = np.isfinite(values)
    if not known.any():
        return []
    order = np.argsort(np.abs(reading.shifts[known]), kind="stable")
    shifts, values = reading.shifts[known][order], values[known][order]

    def at(place: int) -> str:
        return quantity(abs(float(shifts[place])), reading.unit)

    beyond = np.flatnonzero(values >= CHANGED)
    smallest = "the smallest shift tried" if shifts.size > 1 else "the only shift tried"
    if beyond.size == 0:
        most = int(np.argmax(values))
        return [
            (
                f"Not moved back, the output changes by {percent(float(values[most]))} at most "
                f"over shifts up to {at(-1)}."
            )
        ]
    place = int(beyond[0])
    change = percent(float(values[place]))
    if place == 0:
        return [f"Not moved back, the output changes by {change} at {at(0)}, {smallest}."]
    return [
        (
            f"Not moved back, the output changes by {percent(CHANGED)} between a shift of "
            f"{at(place - 1)} ({percent(float(values[place - 1]))}) and one of {at(place)} "
            f"({change})."
        )
    ]


SECTION: Section[AxisReading] = Section(
    key="invariance",
    title="How far the result itself changes",
    about="axis",
    place="measured",
    reads=("invariance",),
    when=("known", "blind"),
    sentences=_sentences,
    figures=_figures,
    note=lambda _reading: (
        "How far the output changes when only the input moves, and the output is not moved back."
    ),
)
