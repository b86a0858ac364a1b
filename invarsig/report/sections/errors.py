"""The error over the size of the move along one axis, measured and predicted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from invarsig.report.colours import ROLES
from invarsig.report.drawing import Drawing, draw_line, drawn, legend
from invarsig.report.limits import ACCOUNTED, ROUND_OFF
from invarsig.report.reading import AxisReading
from invarsig.report.section import Look, Section
from invarsig.report.shift_axis import chart, grown, marks, scaled, shift_axis
from invarsig.report.wording import listed, off, quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SECTION", "draw_error", "error_over_shift"]

_PROTOCOLS = (("cut", "^", "two real cuts"), ("interior", "D", "as given, away from the ends"))


def error_over_shift(reading: AxisReading, prefix: str) -> Drawing | None:
    """Draw the measured errors in per cent on the predicted line."""
    measured = reading.over_shift("measured")
    if not np.isfinite(measured).any():
        return None
    figure, axes = chart()
    draw_error(reading, axes)
    grown(figure, axes)
    return drawn(figure, prefix, _text(reading, measured), [])


def draw_error(reading: AxisReading, axes: Axes) -> None:
    """Draw that onto axes, with a legend above them."""
    measured = reading.over_shift("measured")
    shifts, factor, unit = scaled(reading)
    parts = [measured]
    marks(axes, shifts, 100 * measured, "accent", "o", "measured", 7)
    curve = _curve(reading)
    if curve is not None:
        places, values = curve
        parts.append(values)
        solid = _curve_is_exact(reading)
        draw_line(
            axes, places * factor, 100 * values, "line", width=2.0,
            dashes=None if solid else (5, 3),
            label="predicted" if solid else "predicted, folding alone",
        )  # fmt: skip
    elif reading.has("predicted") and reading.explained:
        values = reading.over_shift("predicted")
        parts.append(values)
        marks(axes, shifts, 100 * values, "line", "_", "predicted", 12)
    for name, marker, label in _PROTOCOLS:
        values = reading.protocol(name)
        if np.isfinite(values).any():
            parts.append(values)
            marks(axes, shifts, 100 * values, "muted", marker, label, 6, hollow=True)
    every = np.concatenate([each.ravel() for each in parts])
    top = 115 * float(every[np.isfinite(every)].max(initial=0.0))
    axes.set_ylim(0, max(top, 0.1))
    shift_axis(axes, reading, unit, shifts, curve[0] * factor if curve else None)
    for place in np.flatnonzero(reading.blind).tolist():
        axes.axvline(shifts[place], color=ROLES["grid"], linewidth=8, zorder=1)
    axes.set_ylabel("change, %" if reading.lost else "error, % of the result")
    legend(axes)


def _text(reading: AxisReading, measured: np.ndarray) -> str:
    order = np.argsort(reading.shifts, kind="stable")
    each = ", ".join(
        f"{off(float(measured[k]))} at {quantity(float(reading.shifts[k]), reading.unit)}"
        for k in order.tolist()[:12]
    )
    text = f"Error over the size of the move along {reading.dim}: measured {each}"
    predicted = reading.over_shift("predicted")
    known = np.isfinite(predicted) & np.isfinite(measured)
    if known.any() and reading.explained:
        apart = float(np.abs(measured - predicted)[known].max())
        text += f"; the predicted line differs from the points by {off(apart)} at most"
    for name, _, label in _PROTOCOLS:
        values = reading.protocol(name)
        if np.isfinite(values).any():
            text += f"; {label}: at most {off(float(values[np.isfinite(values)].max()))}"
    return f"{text}."


def _sentences(reading: AxisReading) -> list[str]:
    measured = np.where(reading.blind, np.nan, reading.over_shift("measured"))
    known = np.flatnonzero(np.isfinite(measured))
    if known.size == 0:
        return []
    worst = int(known[np.argmax(measured[known])])
    size = float(measured[worst])
    if size <= ROUND_OFF:
        return [f"Made periodic along {reading.dim}, nothing but rounding shows."]
    at = quantity(float(reading.shifts[worst]), reading.unit)
    change = f"changes by up to {off(size)}" if reading.lost else f"is up to {off(size)} off"
    found = [f"Made periodic along {reading.dim}, the result {change}, at {at}."]
    smallest = int(known[np.argmin(np.abs(reading.shifts[known]))])
    if smallest != worst and measured[smallest] > ROUND_OFF:
        first = quantity(abs(float(reading.shifts[smallest])), reading.unit)
        found[0] = found[0][:-1] + f"; {first} already makes {off(float(measured[smallest]))}."
    inexact = np.isfinite(reading.over_shift("predicted")) & ~reading.exactly_predicted
    apart = [
        int(k)
        for k in np.flatnonzero(inexact & (measured > ROUND_OFF))
        if reading.explained
        and not _accounted(float(measured[k]), float(reading.over_shift("predicted")[k]))
    ]
    if apart:
        found.append(_between(reading, measured, apart))
    return found


def _between(reading: AxisReading, measured: np.ndarray, places: list[int]) -> str:
    """What folding leaves unexplained between whole samples."""
    predicted = reading.over_shift("predicted")
    place = max(places, key=lambda k: abs(measured[k] - predicted[k]))
    shift = quantity(float(reading.shifts[place]), reading.unit)
    whole, folding = off(float(measured[place])), float(predicted[place])
    part = "none" if folding <= ROUND_OFF else off(folding)
    return (
        f"At {shift} folding alone predicts {part} of the {whole} measured: between samples a "
        "nonlinearity makes an error of its own."
        if folding <= measured[place]
        else f"At {shift} folding alone predicts {part}, and {whole} is measured."
    )


def _accounted(measured: float, predicted: float) -> bool:
    """Whether a prediction is as good as what was measured."""
    if not (measured > 0 and predicted > 0):
        return measured == predicted
    return abs(20 * math.log10(measured / predicted)) <= ACCOUNTED


def _note(reading: AxisReading) -> str:
    text = f"Points are measured on {reading.explained_on}"
    if reading.has("predicted") and reading.explained:
        text += "; the line is predicted from the detail that folds and from nothing else"
    hollow = [name for key, _, name in _PROTOCOLS if np.isfinite(reading.protocol(key)).any()]
    if hollow:
        text += f". Hollow marks are of the signal as given: {listed(hollow)}"
    if reading.blind.any():
        text += ". Grey: whole output steps, which show nothing of what folds"
    return f"{text}."


def _figures(reading: AxisReading, look: Look) -> list[Drawing]:
    made = error_over_shift(reading, look.prefix)
    return [made] if made else []


def _curve(reading: AxisReading) -> tuple[np.ndarray, np.ndarray] | None:
    if not (reading.has("predicted_curve", "curve_length") and reading.explained):
        return None
    return reading.values("curve_length"), reading.values("predicted_curve")


def _curve_is_exact(reading: AxisReading) -> bool:
    if "curve_exact" not in reading.data.variables:
        return True
    return bool(np.all(reading.values("curve_exact") == 1))


SECTION: Section[AxisReading] = Section(
    key="errors",
    title="How far you move matters",
    about="axis",
    place="evidence",
    reads=("predicted", "exact", "predicted_curve", "curve_length", "curve_exact"),
    when=("known", "blind"),
    sentences=_sentences,
    figures=_figures,
    note=_note,
)
