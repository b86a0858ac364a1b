"""Charts over shift: the error, measured and predicted, and the change of the output itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from invarsig.report.drawing import (
    LEFT,
    RIGHT,
    TEXT,
    WIDE,
    Drawing,
    Node,
    axes_at,
    draw_line,
    in_unit,
    legend,
    locator,
    prefixed,
    settle,
)
from invarsig.report.reading import AxisReading
from invarsig.report.svg import ROLES, canvas, drawn
from invarsig.report.wording import error, level_in_words, percent, quantity, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["error_over_shift", "invariance"]

# The drawn range ends 20 dB below the smallest error that is no round-off, and at most here.
_DEEPEST, _ROUND_OFF_DB = -140.0, -100.0


def error_over_shift(node: Node, prefix: str) -> Drawing | None:
    """Draw the measured errors on the predicted line, in decibels, with the floor and protocols.

    Parameters
    ----------
    node
        Axis node.
    prefix
        Begins every id.

    Returns
    -------
    Drawing or None
    """
    reading = AxisReading.of(node)
    measured = reading.over_shift("measured")
    if not np.isfinite(measured).any():
        return None
    shifts, factor, unit = _scaled(reading)
    low, high = _range_of(reading, measured)
    curve = _curve(reading)
    figure, axes = _chart()
    what = "measured" if not reading.lost else "measured change"
    _points(axes, shifts, measured, low, "accent", "o", what, 7)
    if curve is not None:
        places, values = curve
        solid = _curve_is_exact(reading)
        draw_line(
            axes, places * factor, np.maximum(_db(values), low - 20), "line", width=2.0,
            dashes=None if solid else (5, 3),
            label="predicted" if solid else "predicted, folding alone",
        )  # fmt: skip
    elif reading.has("predicted") and reading.explained:
        _points(axes, shifts, reading.over_shift("predicted"), low, "line", "_", "predicted", 12)
    floors = reading.over_shift("floor")
    _floor(axes, shifts, floors, (low, high), "floor", "_", 12)
    for name, marker, label in (("crop", "^", "realistic crop"), ("interior", "D", "interior")):
        values = reading.protocol(name)
        if np.isfinite(values).any():
            _points(axes, shifts, values, low, "muted", marker, label, 6, hollow=True)
            if name == "interior":
                own = np.where(np.isfinite(values), reading.over_shift("interior_floor"), np.nan)
                _floor(axes, shifts, own, (low, high), "floor of interior", "x", 5)
    axes.set_ylim(low, high)
    _shift_axis(axes, reading, unit, shifts, curve[0] * factor if curve else None)
    axes.set_ylabel("error relative to the output, dB" if not reading.lost else "change, dB")
    legend(axes)
    _grown(figure, axes)
    text = _error_text(reading, measured, floors)
    return Drawing(drawn(figure, prefix, text, []), text)


def invariance(node: Node, prefix: str) -> Drawing | None:
    """Draw how far the output itself changes with the shift.

    Parameters
    ----------
    node, prefix
        As for `error_over_shift`.

    Returns
    -------
    Drawing or None
    """
    reading = AxisReading.of(node)
    values = reading.over_shift("invariance")
    if not np.isfinite(values).any():
        return None
    shifts, _, unit = _scaled(reading)
    figure, axes = _chart()
    order = np.argsort(shifts)
    per_cent = 100 * values
    draw_line(axes, shifts[order], per_cent[order], "line", width=1.5)
    _marks(axes, shifts, per_cent, "accent", "o", "", 7)
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
    _shift_axis(axes, reading, unit, shifts, None)
    axes.set_ylabel("change of the output, %")
    largest = int(np.nanargmax(np.where(np.isfinite(values), values, -np.inf)))
    text = (
        f"Change of the output over shift along {reading.dim}, not moved back: from "
        f"{_at(reading, values, int(order[0]))} to {_at(reading, values, int(order[-1]))}; at most "
        f"{_at(reading, values, largest)}."
    )
    return Drawing(drawn(figure, prefix, text, []), text)


def _error_text(reading: AxisReading, measured: np.ndarray, floors: np.ndarray) -> str:
    order = np.argsort(reading.shifts, kind="stable")
    listed = ", ".join(
        f"{level_in_words(float(measured[k]))} at "
        f"{quantity(float(reading.shifts[k]), reading.unit)}"
        for k in order.tolist()[:12]
    )
    text = f"Error over shift along {reading.dim}: measured {listed}"
    predicted = reading.over_shift("predicted")
    known = np.isfinite(predicted) & np.isfinite(measured)
    if known.any() and reading.explained:
        apart = float(np.abs(measured - predicted)[known].max())
        text += f"; the predicted line differs from the points by {error(apart)} at most"
    if np.isfinite(floors).any():
        text += f"; the floor is {level_in_words(float(floors[np.isfinite(floors)].max()))}"
    for name, label in (("interior", "interior"), ("crop", "realistic crop")):
        values = reading.protocol(name)
        if np.isfinite(values).any():
            text += f"; {label} at most {level_in_words(float(values[np.isfinite(values)].max()))}"
    return f"{text}."


def _at(reading: AxisReading, values: np.ndarray, place: int) -> str:
    return (
        f"{percent(float(values[place]))} at {quantity(float(reading.shifts[place]), reading.unit)}"
    )


def _chart() -> tuple[Figure, Axes]:
    """Figure of one chart, with no room for a legend above it yet."""
    figure = canvas(WIDE, 262)
    return figure, axes_at(figure, LEFT, 48, WIDE - LEFT - RIGHT, 200)


def _grown(figure: Figure, axes: Axes) -> None:
    """Make room above a chart for the labels of its legend, two to a line."""
    labels = axes.get_legend_handles_labels()[1]
    height = 262 + 19.0 * -(-len(labels) // 2)
    figure.set_size_inches(WIDE / 72, height / 72)
    wide = WIDE - LEFT - RIGHT
    axes.set_position((LEFT / WIDE, 48 / height, wide / WIDE, 200 / height))


def _shift_axis(
    axes: Axes, reading: AxisReading, unit: str, shifts: np.ndarray, curve: np.ndarray | None
) -> None:
    every = shifts if curve is None else np.concatenate([shifts, curve])
    low, high = min(float(every.min()), 0.0), max(float(every.max()), 0.0)
    margin = 0.03 * (high - low) or 0.5
    axes.set_xlim(low - margin, high + margin)
    axes.set_xlabel(f"shift along {shortened(reading.dim, 32)}{in_unit(unit)}")
    axes.xaxis.set_major_locator(locator(6))
    axes.yaxis.set_major_locator(locator(6))
    settle(axes)


def _points(
    axes: Axes, x: np.ndarray, values: np.ndarray, low: float, role: str, marker: str, label: str,
    size: float, *, hollow: bool = False,
) -> None:  # fmt: skip
    """Errors as points in decibels; those below the range as arrows at its end."""
    level = _db(values)
    inside = np.where(level >= low, level, np.nan)
    _marks(axes, x, inside, role, marker, label, size, hollow=hollow)
    under = np.isfinite(values) & (level < low)
    if under.any() and marker == "o":
        edge = np.where(under, low, np.nan)
        _marks(axes, x, edge, role, "v", "measured, lower still", size, clip=False)


def _floor(
    axes: Axes, x: np.ndarray, values: np.ndarray, ends: tuple[float, float], label: str,
    marker: str, size: float,
) -> None:  # fmt: skip
    """Floors, where they lie in the range."""
    level = _db(values)
    inside = np.where((level >= ends[0]) & (level <= ends[1]), level, np.nan)
    if np.isfinite(inside).any():
        _marks(axes, x, inside, "muted", marker, label, size)


def _marks(
    axes: Axes, x: np.ndarray, y: np.ndarray, role: str, marker: str, label: str, size: float,
    *, hollow: bool = False, clip: bool = True,
) -> None:  # fmt: skip
    axes.plot(
        x, y, color=ROLES[role], linestyle="none", marker=marker, markersize=size,
        label=label or "_", zorder=6 if role == "accent" else 5,
        markerfacecolor="none" if hollow else ROLES[role], markeredgecolor=ROLES[role],
        markeredgewidth=2.0 if marker == "_" else 1.3, clip_on=clip,
    )  # fmt: skip


def _range_of(reading: AxisReading, measured: np.ndarray) -> tuple[float, float]:
    """Range of decibels that shows every error that is more than round-off."""
    parts = [measured, reading.protocol("interior"), reading.protocol("crop")]
    if reading.explained:
        parts.append(reading.over_shift("predicted"))
    level = _db(np.concatenate(parts))
    known = level[np.isfinite(level)]
    if known.size == 0:
        return _DEEPEST, 0.0
    real = known[known > _ROUND_OFF_DB]
    if real.size == 0:
        top = 10 * math.ceil(float(known.max()) / 10) + 10
        return max(10 * math.floor(float(known.min()) / 10) - 10.0, top - 100.0), float(top)
    high = 10 * math.ceil((float(real.max()) + 2) / 10)
    low = 10 * math.floor((float(real.min()) - 5) / 10)
    return float(max(min(low, high - 30), _DEEPEST)), float(high)


def _curve(reading: AxisReading) -> tuple[np.ndarray, np.ndarray] | None:
    if not (reading.has("predicted_curve", "curve_shift") and reading.explained):
        return None
    return reading.values("curve_shift"), reading.values("predicted_curve")


def _curve_is_exact(reading: AxisReading) -> bool:
    if "curve_exact" not in reading.data.variables:
        return True
    return bool(np.all(reading.values("curve_exact") == 1))


def _scaled(reading: AxisReading) -> tuple[np.ndarray, float, str]:
    """Shifts in a unit that suits them, the factor to it, and its name."""
    shifts = reading.shifts
    factor, unit = prefixed(float(np.abs(shifts).max()), reading.unit)
    return shifts * factor, factor, unit


def _db(values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(20 * np.log10(values))
