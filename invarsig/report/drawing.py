"""What the figures share: size, axes, lines and legends, and the drawing that each becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from invarsig.report.colours import ROLES
from invarsig.report.reading import AxisReading
from invarsig.report.wording import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

__all__ = [
    "BEFORE",
    "BESIDE",
    "LEFT",
    "PANEL",
    "POINTS",
    "RIGHT",
    "TEXT",
    "WIDE",
    "Drawing",
    "Node",
    "axes_at",
    "canvas",
    "draw_line",
    "drawn",
    "in_unit",
    "legend",
    "locator",
    "prefixed",
    "settle",
    "tick",
]

Node = AxisReading | xr.DataTree | xr.Dataset

# Two figures stand side by side on a wide page, and one fills a telephone's: texts of 13 units
# stay above 9 pixels there.
WIDE, PANEL, TEXT = 480.0, 300.0, 13.0

# Room beside the axes of a chart and of a panel, for labels of ticks and for the last one's half.
LEFT, RIGHT, BEFORE, BESIDE = 62.0, 26.0, 66.0, 24.0

# Points of a curve, and bins of a spectrum: more than the units there are to draw them on.
POINTS = 320


@dataclass(frozen=True)
class Drawing:
    """A figure.

    Parameters
    ----------
    svg
        The ``<svg>`` element, with the alternative text as its label.
    text
        What it shows, in words and numbers.
    """

    svg: str
    text: str


def canvas(width: float, height: float) -> Figure:
    """Empty figure; matplotlib is imported here and not before."""
    from invarsig.report.svg import canvas as made

    return made(width, height)


def drawn(
    figure: Figure, prefix: str, alternative: str, pictures: list[tuple[Axes, str]]
) -> Drawing:
    """Figure as a drawing, with what it shows in words."""
    from invarsig.report.svg import drawn as made

    return Drawing(made(figure, prefix, alternative, pictures), alternative)


def axes_at(figure: Figure, left: float, bottom: float, wide: float, high: float) -> Axes:
    """Axes whose place in the figure is given in its units."""
    box = figure.bbox
    return figure.add_axes(
        (left / box.width, bottom / box.height, wide / box.width, high / box.height),
        facecolor="none",
    )


def settle(
    axes: Axes,
    *,
    boxed: bool = False,
    line: bool = True,
    keep_x: bool = False,
    keep_y: bool = False,
) -> None:
    """Set everything that a user's matplotlib settings could change."""
    from matplotlib.ticker import FuncFormatter

    for name, spine in axes.spines.items():
        spine.set_visible(boxed or name == "bottom")
        spine.set_color(ROLES["line" if boxed else "muted"])
        spine.set_linewidth(1.0)
    axes.set_axisbelow(True)
    axes.minorticks_off()
    axes.grid(False, which="both")
    if line:
        axes.grid(True, axis="y", color=ROLES["grid"], linewidth=1, linestyle="-", alpha=1)
    for which, keep in ((axes.xaxis, keep_x), (axes.yaxis, keep_y)):
        if not keep:
            which.set_major_formatter(FuncFormatter(tick))
        which.label.set_color(ROLES["muted"])
        which.label.set_fontsize(TEXT)
    axes.tick_params(
        which="both", direction="out", length=4, width=1, color=ROLES["line"], pad=4,
        labelcolor=ROLES["muted"], labelsize=TEXT, bottom=True, left=False, top=False, right=False,
        labeltop=False, labelright=False,
    )  # fmt: skip


def locator(count: int, *, symmetric: bool = False) -> MaxNLocator:
    """Ticks at steps that are read easily."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(count, steps=[1, 2, 2.5, 5, 10], symmetric=symmetric)


def legend(axes: Axes, columns: int = 2) -> None:
    """Legend above the axes; none where nothing is labelled."""
    handles, labels = axes.get_legend_handles_labels()
    if not labels:
        return
    axes.legend(
        handles, labels, loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=columns,
        frameon=False, fontsize=TEXT, labelcolor=ROLES["ink"], handlelength=1.4,
        columnspacing=1.2, handletextpad=0.5,
        borderaxespad=0.3, borderpad=0.2, labelspacing=0.3,
    )  # fmt: skip


def draw_line(
    axes: Axes, x: np.ndarray, y: np.ndarray, role: str, *, width: float,
    dashes: tuple[float, float] | None = None, label: str = "",
) -> None:  # fmt: skip
    """A curve, solid or dashed."""
    style: Any = "-" if dashes is None else (0, dashes)
    axes.plot(
        x,
        y,
        color=ROLES[role],
        linewidth=width,
        linestyle=style,
        marker="",
        label=label or "_",
        zorder=3,
    )


def prefixed(value: float, unit: str) -> tuple[float, str]:
    """Factor and unit for the numbers of a whole axis."""
    if unit == "s" and 0 < value < 1:
        return (1e3, "ms") if value >= 1e-3 else (1e6, "µs")
    if unit == "Hz" and value >= 10000:
        return 1e-3, "kHz"
    return 1.0, unit


def in_unit(unit: str) -> str:
    """The unit of an axis, as the end of its label."""
    return f", {shortened(unit, 16)}" if unit and unit != "1" else ""


def tick(value: float, _place: int | None = None) -> str:
    """Tick label with a true minus sign."""
    text = f"{value:.4g}"
    return "0" if text == "-0" else text.replace("-", "\N{MINUS SIGN}")
