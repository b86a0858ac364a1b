"""What charts over shift share: their size, their axis and their marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invarsig.report.colours import ROLES
from invarsig.report.drawing import (
    LEFT,
    RIGHT,
    WIDE,
    axes_at,
    canvas,
    in_unit,
    locator,
    prefixed,
    settle,
)
from invarsig.report.reading import AxisReading
from invarsig.report.wording import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["chart", "grown", "marks", "scaled", "shift_axis"]


def chart() -> tuple[Figure, Axes]:
    """Figure of one chart, with no room for a legend above it yet."""
    figure = canvas(WIDE, 262)
    return figure, axes_at(figure, LEFT, 48, WIDE - LEFT - RIGHT, 200)


def grown(figure: Figure, axes: Axes) -> None:
    """Make room above a chart for the labels of its legend, two to a line."""
    labels = axes.get_legend_handles_labels()[1]
    height = 262 + 19.0 * -(-len(labels) // 2)
    figure.set_size_inches(WIDE / 72, height / 72)
    wide = WIDE - LEFT - RIGHT
    axes.set_position((LEFT / WIDE, 48 / height, wide / WIDE, 200 / height))


def scaled(reading: AxisReading) -> tuple[np.ndarray, float, str]:
    """Shifts in a unit that suits them, the factor to it, and its name."""
    shifts = reading.shifts
    factor, unit = prefixed(float(np.abs(shifts).max()), reading.unit)
    return shifts * factor, factor, unit


def shift_axis(
    axes: Axes, reading: AxisReading, unit: str, shifts: np.ndarray, curve: np.ndarray | None
) -> None:
    """Draw the axis of shifts, from 0 on."""
    every = shifts if curve is None else np.concatenate([shifts, curve])
    low, high = min(float(every.min()), 0.0), max(float(every.max()), 0.0)
    margin = 0.03 * (high - low) or 0.5
    axes.set_xlim(low - margin, high + margin)
    axes.set_xlabel(f"size of the move along {shortened(reading.dim, 20)}{in_unit(unit)}")
    axes.xaxis.set_major_locator(locator(6))
    axes.yaxis.set_major_locator(locator(5))
    settle(axes)


def marks(
    axes: Axes, x: np.ndarray, y: np.ndarray, role: str, marker: str, label: str, size: float,
    *, hollow: bool = False,
) -> None:  # fmt: skip
    """Draw points without a line between them."""
    axes.plot(
        x, y, color=ROLES[role], linestyle="none", marker=marker, markersize=size,
        label=label or "_", zorder=6 if role == "accent" else 5,
        markerfacecolor="none" if hollow else ROLES[role], markeredgecolor=ROLES[role],
        markeredgewidth=2.0 if marker == "_" else 1.3,
    )  # fmt: skip
