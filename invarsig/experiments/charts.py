"""Charts of experiments: curves with their intervals, effects as points, pictures side by side.

All are vector drawings in the style of the reports: colors that the color-blind can distinguish,
and a separate marker and dash pattern for each curve, so that none is identified by its color
alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from invarsig import parameters
from invarsig.errors import ParameterError
from invarsig.report import raster
from invarsig.report.wording import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from invarsig.report.drawing import Drawing

__all__ = ["Curve", "Interval", "Panel", "curves", "intervals", "pictures"]

# Color, marker and dashes of each curve; the order is that of the legend.
_STYLES: tuple[tuple[str, str, tuple[float, float] | None], ...] = (
    ("image-2", "o", None),
    ("image-1", "s", (5, 2)),
    ("image-3", "^", (2, 2)),
    ("image-4", "D", (7, 2)),
    ("image-5", "v", (1, 1.5)),
    ("image-6", "P", (4, 1.5)),
)

# Markers are drawn where there are few points: a dense curve is identified by its dashes.
_FEW = 24

Scale = Literal["linear", "log", "log2"]
IntervalScale = Literal["linear", "log"]

_LINE, _ROW, _HIGH = 20.0, 26.0, 230.0


@dataclass(frozen=True)
class Curve:
    """A curve, with an interval around it where there is one.

    Parameters
    ----------
    label
        Its name in the legend.
    x, y
        Points; NaN leaves a gap.
    low, high
        Ends of the interval at each point.
    """

    label: str
    x: ArrayLike
    y: ArrayLike
    low: ArrayLike | None = None
    high: ArrayLike | None = None


@dataclass(frozen=True)
class Interval:
    """An estimate with the ends of its interval, in a row of its own.

    Parameters
    ----------
    label
        What stands before the row.
    value, low, high
        The estimate and its ends.
    group
        Rows of one group share a color, named in the legend; "" for one color.
    """

    label: str
    value: float
    low: float
    high: float
    group: str = ""


@dataclass(frozen=True)
class Panel:
    """A picture: values over (down, across).

    Parameters
    ----------
    title
        What stands above it.
    values
        Array (down, across); NaN is clear. The first row is drawn at the top.
    across, down
        Ends of the axes, left to right and top to bottom.
    """

    title: str
    values: np.ndarray
    across: tuple[float, float]
    down: tuple[float, float]


# Blue below zero and vermilion above: they suit light and dark pages.
_SIGNED = (26, 115, 208), (213, 82, 20)


def curves(
    key: str,
    lines: Sequence[Curve],
    *,
    x_label: str,
    y_label: str,
    alternative: str,
    x_scale: Scale = "linear",
    y_scale: Scale = "linear",
    marks: Sequence[tuple[float, str]] = (),
    y_range: tuple[float, float] | None = None,
    high: float = _HIGH,
) -> Drawing:
    """Draw curves in one chart.

    Parameters
    ----------
    key
        Prefix of every id; different for each drawing on a page.
    lines
        At most six.
    x_label, y_label
        What the axes show, with units: "shift, px".
    alternative
        What it shows, in words and numbers, for readers who cannot see it.
    x_scale, y_scale
        "log2" puts ticks at powers of two.
    marks
        Levels to mark by a thin line, with words at it: ((-20, "a tenth"),).
    y_range
        Ends of the upright axis; from the data by default.
    high
        Height of the axes.

    Returns
    -------
    Drawing

    Raises
    ------
    ParameterError
        If there are no lines, or more than can be distinguished.
    """
    from invarsig.report.colours import ROLES
    from invarsig.report.drawing import LEFT, RIGHT, TEXT, WIDE, axes_at, canvas, drawn, settle

    parameters.one_of("x_scale", x_scale, Scale)
    parameters.one_of("y_scale", y_scale, Scale)
    if not 1 <= len(lines) <= len(_STYLES):
        raise ParameterError(f"{len(lines)} curves; give 1 to {len(_STYLES)}, or more drawings.")
    named = [line.label for line in lines if line.label]
    rows = _legend_rows(named)
    figure = canvas(WIDE, high + 56 + _LINE * rows + 12)
    axes = axes_at(figure, LEFT, 52, WIDE - LEFT - RIGHT, high)
    for line, (role, marker, dashes) in zip(lines, _STYLES, strict=False):
        x, y = np.asarray(line.x, float), np.asarray(line.y, float)
        if line.low is not None and line.high is not None:
            low, top = np.asarray(line.low, float), np.asarray(line.high, float)
            axes.fill_between(x, low, top, color=ROLES[role], alpha=0.18, linewidth=0, zorder=2)
        axes.plot(
            x, y, color=ROLES[role], linewidth=1.8,
            linestyle="-" if dashes is None else (0, dashes),
            marker=marker if x.size <= _FEW else "", markersize=5.5, markeredgewidth=0,
            label=line.label or "_", zorder=3,
        )  # fmt: skip
    _scaled(axes, lines, x_scale, y_scale)
    if y_range is not None:
        axes.set_ylim(*y_range)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    settle(axes)
    for level, words in marks:
        _marked(axes, level, words)
    if named:
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.1, 1.0), ncols=_columns(named), frameon=False,
            fontsize=TEXT, labelcolor=ROLES["ink"], handlelength=2.2, columnspacing=1.2,
            handletextpad=0.5, borderaxespad=0.3, borderpad=0.2, labelspacing=0.3,
        )  # fmt: skip
    return drawn(figure, key, alternative, [])


def intervals(
    key: str,
    rows: Sequence[Interval],
    *,
    x_label: str,
    alternative: str,
    marks: Sequence[tuple[float, str]] = (),
    x_scale: IntervalScale = "linear",
) -> Drawing:
    """Draw estimates with their intervals, one below the other.

    Parameters
    ----------
    key, x_label, alternative
        As for `curves`.
    rows
        From top to bottom.
    marks
        Values to mark by an upright line, with words below the axis.

    Returns
    -------
    Drawing
    """
    from matplotlib.ticker import NullLocator

    from invarsig.report.colours import ROLES
    from invarsig.report.drawing import RIGHT, TEXT, WIDE, axes_at, canvas, drawn, locator, settle

    parameters.one_of("x_scale", x_scale, IntervalScale)
    if not rows:
        raise ParameterError("There is no row to draw.")
    groups = list(dict.fromkeys(row.group for row in rows))
    above = _LINE * _legend_rows([group for group in groups if group])
    below = 56.0 + (_LINE if marks else 0.0)
    high = (_ROW + _LINE) * len(rows)
    figure = canvas(WIDE, high + below + above + 8)
    axes = axes_at(figure, 18, below, WIDE - 18 - RIGHT, high)
    seen: set[str] = set()
    for place, row in enumerate(rows):
        role, marker, _ = _STYLES[groups.index(row.group) % len(_STYLES)]
        ends = [end if math.isfinite(end) else row.value for end in (row.low, row.high)]
        axes.plot(ends, [place, place], color=ROLES[role], linewidth=2.4, zorder=2)
        axes.plot(
            [row.value], [place], color=ROLES[role], marker=marker, markersize=7.5, linewidth=0,
            markeredgewidth=0, zorder=3, label="_" if row.group in seen else row.group or "_",
        )  # fmt: skip
        seen.add(row.group)
        axes.text(
            0, place - 0.22, shortened(row.label, 70), ha="left", va="bottom", fontsize=TEXT,
            color=ROLES["ink"], transform=axes.get_yaxis_transform(),
        )  # fmt: skip
    # A mark belongs to what is shown: a row may lie far from its limit.
    axes.plot([value for value, _ in marks], [0.0] * len(marks), linewidth=0)
    axes.set_ylim(len(rows) - 0.5, -0.85)
    axes.set_xlabel(x_label, labelpad=_LINE if marks else 4)
    if x_scale == "log":
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_locator(locator(6))
        axes.margins(x=0.08)
    settle(axes, keep_y=True)
    axes.set_yticks([])
    axes.grid(False)
    left, right = axes.get_xlim()
    inside = [at for at in axes.get_xticks() if left <= at <= right]
    for place in range(len(rows)):
        # A rail for each row, with the grid only on it, so that no label is crossed out.
        axes.axhline(place, color=ROLES["grid"], linewidth=1, zorder=1)
        axes.vlines(inside, place - 0.12, place + 0.12, color=ROLES["grid"], linewidth=1, zorder=1)
    axes.set_xlim(left, right)
    for value, words in marks:
        axes.vlines(
            [value] * len(rows), np.arange(len(rows)) - 0.22, np.arange(len(rows)) + 0.22,
            color=ROLES["ink"], linewidth=1, linestyle=(0, (3, 2)), zorder=1,
        )  # fmt: skip
        axes.annotate(
            words, (value, 0), xycoords=("data", "axes fraction"), xytext=(0, -22),
            textcoords="offset points", ha="center", va="top", fontsize=TEXT,
            color=ROLES["muted"], annotation_clip=False,
        )  # fmt: skip
    if any(groups):
        names = [group for group in groups if group]
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=_columns(names), frameon=False,
            fontsize=TEXT, labelcolor=ROLES["ink"], handletextpad=0.3, columnspacing=1.2,
            borderaxespad=0.2, borderpad=0.1,
        )  # fmt: skip
    return drawn(figure, key, alternative, [])


def pictures(
    key: str,
    panels: Sequence[Panel],
    *,
    x_label: str,
    y_label: str,
    alternative: str,
    limits: tuple[float, float] | None = None,
    signed: bool = False,
    pixels: int = 20_000,
) -> Drawing:
    """Draw two or three pictures side by side, on one color scale.

    Parameters
    ----------
    key, x_label, y_label, alternative
        As for `curves`.
    panels
        One to three.
    limits
        Ends of the color scale; from the data by default.
    signed
        Blue below zero and vermilion above, symmetric.
    pixels
        Largest number of pixels of a panel; larger ones are decimated.

    Returns
    -------
    Drawing
    """
    from invarsig.report.colours import ROLES
    from invarsig.report.drawing import (
        LEFT,
        PANEL,
        TEXT,
        WIDE,
        axes_at,
        canvas,
        drawn,
        locator,
        settle,
    )

    if not 1 <= len(panels) <= 3:
        raise ParameterError(f"{len(panels)} panels; give 1 to 3, or more drawings.")
    if limits is None:
        found = np.concatenate([np.ravel(panel.values) for panel in panels])
        found = found[np.isfinite(found)]
        most = float(np.abs(found).max(initial=0.0))
        limits = (-most, most) if signed else (float(found.min()), float(found.max()))
    total = WIDE if len(panels) < 3 else 1.5 * PANEL + 0.5 * WIDE
    left, gap, below, above = LEFT, 30.0, 52.0, 26.0
    wide = (total - left - 14 - gap * (len(panels) - 1)) / len(panels)
    rows, columns = np.shape(panels[0].values)
    high = float(np.clip(wide * rows / columns, 0.45 * wide, 1.1 * wide))
    figure = canvas(total, high + below + above)
    palette = raster.diverging(*_SIGNED) if signed else raster.sequential()
    placed = []
    for place, panel in enumerate(panels):
        axes = axes_at(figure, left + place * (wide + gap), below, wide, high)
        small = raster.thinned(np.asarray(panel.values, float), pixels, extreme=signed)
        placed.append((axes, raster.data_uri(raster.levels(small, *limits), palette)))
        axes.set_xlim(*panel.across)
        axes.set_ylim(panel.down[1], panel.down[0])
        axes.set_title(
            shortened(panel.title, 32), fontsize=TEXT, color=ROLES["ink"], loc="left", pad=7,
            fontweight="bold",
        )  # fmt: skip
        axes.set_xlabel(x_label)
        if place == 0:
            axes.set_ylabel(y_label)
        axes.xaxis.set_major_locator(locator(4))
        axes.yaxis.set_major_locator(locator(4))
        settle(axes, boxed=True, line=False)
        if place:
            axes.tick_params(labelleft=False)
    return drawn(figure, key, alternative, placed)


def _scaled(axes: Axes, lines: Sequence[Curve], x_scale: str, y_scale: str) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator

    from invarsig.report.drawing import locator

    if x_scale == "linear":
        ticks = locator(7)
        places = np.concatenate([np.ravel(np.asarray(line.x, float)) for line in lines])
        ticks.set_params(integer=bool(np.all(places == np.rint(places))))
        axes.xaxis.set_major_locator(ticks)
        axes.margins(x=0.03)
    else:
        axes.set_xscale("log", base=2 if x_scale == "log2" else 10)
        if x_scale == "log2":
            every = np.unique(np.concatenate([np.asarray(line.x, float) for line in lines]))
            every = every[every > 0]
            low, top = math.floor(np.log2(every.min())), math.ceil(np.log2(every.max()))
            step = max(1, (top - low) // 7)
            axes.xaxis.set_major_locator(FixedLocator([2.0**k for k in range(low, top + 1, step)]))
        axes.xaxis.set_minor_locator(NullLocator())
    if y_scale != "linear":
        axes.set_yscale("log", base=2 if y_scale == "log2" else 10)
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.yaxis.set_major_locator(locator(6))


def _marked(axes: Axes, level: float, words: str) -> None:
    from invarsig.report.colours import ROLES
    from invarsig.report.drawing import TEXT

    axes.axhline(level, color=ROLES["ink"], linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate(
        words, (1, level), xycoords=("axes fraction", "data"), xytext=(-2, 3),
        textcoords="offset points", ha="right", va="bottom", fontsize=TEXT - 1,
        color=ROLES["muted"],
    )  # fmt: skip


def _columns(names: Sequence[str]) -> int:
    """Columns of a legend: as many as the longest name leaves room for."""
    from invarsig.report.drawing import WIDE

    longest = max((len(name) for name in names), default=1)
    return int(np.clip((WIDE - 20) // (7.0 * longest + 52), 1, 4))


def _legend_rows(names: Sequence[str]) -> int:
    return math.ceil(len(names) / _columns(names)) if names else 0
