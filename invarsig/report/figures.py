"""Figures of one axis: each an SVG element and its alternative text, made of the same numbers.

Every function takes an axis node as laid down in `invarsig.report` and a prefix for ids, and gives
None where there is nothing to draw. Load this module late: it imports matplotlib.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from matplotlib.ticker import FuncFormatter, MaxNLocator

from invarsig.report import raster
from invarsig.report.images import Images
from invarsig.report.reading import AxisReading
from invarsig.report.svg import ROLES, canvas, drawn
from invarsig.report.wording import (
    band,
    decibels,
    error,
    percent,
    printable,
    quantity,
    shortened,
    typeset,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "Drawing",
    "error_over_shift",
    "folded_spectrum",
    "invariance",
    "panels",
    "square",
    "stages",
]

Node = AxisReading | xr.DataTree | xr.Dataset

# Two figures stand side by side on a wide page, and one fills a telephone's: texts of 13 units
# stay above 9 pixels there.
_WIDE, _PANEL, _TEXT = 480.0, 300.0, 13.0
# Room beside the axes of a chart and of a panel, for labels of ticks and for the last one's half.
_LEFT, _RIGHT, _BEFORE, _BESIDE = 62.0, 26.0, 66.0, 24.0
# The drawn range ends 20 dB below the smallest error that is no round-off, and at most here.
_DEEPEST, _ROUND_OFF_DB = -140.0, -100.0
# A spectrum is drawn over this many decibels: what is lower adds nothing to a sum of a few digits.
_RANGE = 80.0
# More images than these share one colour.
_IMAGES = 6
# Points of a curve, and bins of a spectrum: more than the units there are to draw them on.
_POINTS = 320
# Colours of a colour bar: each is drawn once, so that the bar takes a few hundred bytes.
_BAR = 47
# Dims that a reader expects upright in a picture; of these, those that count downwards.
_UPRIGHT = frozenset({"frequency", "lat", "latitude", "mel", "row", "y"})
_DOWNWARDS = frozenset({"row", "y"})


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
        _line(
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
    _legend(axes)
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
    _line(axes, shifts[order], per_cent[order], "line", width=1.5)
    _marks(axes, shifts, per_cent, "accent", "o", "", 7)
    top = max(float(np.nanmax(per_cent[np.isfinite(per_cent)])) * 1.15, 1e-9)
    if top >= 8:
        axes.axhline(10, color=ROLES["muted"], linewidth=1, dashes=(2, 3), zorder=1)
        axes.text(
            0.99, 10 + 0.015 * max(top, 12), "10 %", transform=axes.get_yaxis_transform(),
            ha="right", va="bottom",
            fontsize=_TEXT, color=ROLES["muted"],
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


def folded_spectrum(node: Node, prefix: str) -> Drawing | None:
    """Draw the power over output frequency, each image in its colour, and the folded share.

    Parameters
    ----------
    node, prefix
        As for `error_over_shift`.

    Returns
    -------
    Drawing or None
    """
    reading = AxisReading.of(node)
    images = Images.of(reading) if not reading.lost and reading.explained else None
    if images is None or images.frequency.size < 2:
        return None
    factor, unit = _frequency_scale(images, reading.frequency_unit)
    places, power = _binned(images.frequency * factor, images.power)
    peak = float(power.max())
    rows = _rows(images, power)
    figure = canvas(_WIDE, 334 + 19 * -(-len(rows) // 3))
    upper = _axes(figure, _LEFT, 104, _WIDE - _LEFT - _RIGHT, 216)
    lower = _axes(figure, _LEFT, 46, _WIDE - _LEFT - _RIGHT, 40)
    levels = [10 * np.log10(np.maximum(row, peak * 1e-30) / peak) for _, _, row in rows]
    deepest = min((float(np.median(level)) for level in levels), default=0.0)
    low = max(-_RANGE, min(-30.0, 10 * math.floor(deepest / 10) - 10))
    for (image, label, _), level in zip(rows, levels, strict=True):
        clipped = np.maximum(level, low - 5)
        if image == 0:
            upper.fill_between(
                places, clipped, low - 5, color=ROLES["line"], alpha=0.3, linewidth=0, zorder=2
            )
            _line(upper, places, clipped, "line", width=1.6, label=label)
        else:
            # Images on either side of 0 share a colour; those below it are dashed.
            dashes = (4, 2) if image < 0 else None
            _line(upper, places, clipped, _colour(image), width=1.8, dashes=dashes, label=label)
    upper.set_ylim(low, 3)
    upper.set_ylabel("power, dB below its peak")
    total = power.sum(axis=0)
    folded = power[images.numbers != 0].sum(axis=0)
    share = 100 * np.divide(folded, total, out=np.zeros_like(total), where=total > 0)
    lower.fill_between(places, share, 0, color=ROLES["accent"], alpha=0.75, linewidth=0, zorder=2)
    lower.set_ylim(0, 100)
    lower.set_yticks([0, 50, 100])
    lower.set_ylabel("folded, %")
    lower.set_xlabel(f"frequency of the output along {shortened(reading.dim, 16)}{_in(unit)}")
    for axes in (upper, lower):
        axes.set_xlim(float(places[0]), float(places[-1]))
        axes.xaxis.set_major_locator(_locator(6))
    _settle(upper)
    upper.tick_params(labelbottom=False)
    _settle(lower, keep_y=True)
    for axes in (upper, lower):
        axes.yaxis.set_label_coords(-46 / (_WIDE - _LEFT - _RIGHT), 0.5)
    _legend(upper, columns=3)
    text = _spectrum_text(reading, images)
    return Drawing(drawn(figure, prefix, text, []), text)


def stages(node: Node, prefix: str) -> Drawing | None:
    """Draw the share of each stage in the error, averaged over the shifts, with its sign.

    Parameters
    ----------
    node, prefix
        As for `error_over_shift`.

    Returns
    -------
    Drawing or None
    """
    reading = AxisReading.of(node)
    names = reading.words("operator")
    if not names or not reading.has("share"):
        return None
    if reading.shares.size == 0:
        return None
    # Rounded where it is drawn: what is left of a negative zero would show its sign.
    shares = np.round(100 * reading.shares, 6)
    shares = np.where(np.abs(shares) < 0.5, 0.0, shares)
    numbers = reading.stage_numbers
    height = 46.0 * len(names) + 52
    figure = canvas(_WIDE, height)
    axes = _axes(figure, 16, 44, _WIDE - 32, height - 52)
    low, high = min(0.0, float(shares.min())), max(100.0, float(shares.max()))
    room = 0.14 * (high - low)
    axes.set_xlim(low - (room if low < 0 else 0), high + room)
    for place, share in enumerate(shares):
        y = float(place)
        axes.barh(y, share, height=0.32, color=ROLES["accent"], zorder=3, linewidth=0)
        axes.annotate(
            f"{share:.0f} %".replace("-", "\N{MINUS SIGN}"), (max(float(share), 0.0), y),
            xytext=(6, 0),
            textcoords="offset points", ha="left", va="center", fontsize=_TEXT, color=ROLES["ink"],
            fontweight="bold",
        )  # fmt: skip
        label = f"{numbers[place]:.0f}. {typeset(shortened(names[place], 62))}"
        axes.text(
            0, y - 0.27, label, ha="left", va="bottom", fontsize=_TEXT, color=ROLES["ink"],
            transform=axes.get_yaxis_transform(),
        )  # fmt: skip
        # The zero line stands beside the bars alone: between them it would cross the labels.
        axes.plot([0, 0], [y - 0.2, y + 0.2], color=ROLES["muted"], linewidth=1, zorder=4)
    axes.set_ylim(len(names) - 0.6, -0.75)
    axes.set_xlabel("share of the error, %")
    _settle(axes, keep_y=True)
    axes.set_yticks([])
    axes.grid(False, axis="y")
    each = "; ".join(
        f"stage {number:.0f}, {shortened(name, 60)}: {share:.0f} %"
        for number, name, share in zip(numbers, names, shares, strict=True)
    )
    count = int((reading.weights > 0).sum())
    over = "the one shift" if count == 1 else f"the {count} shifts"
    text = (
        f"Share of each stage in the error along {reading.dim}, over {over} measured, weighted by "
        f"the energy of the error: {each}."
    )
    return Drawing(drawn(figure, prefix, text, []), text)


def panels(node: Node) -> int:
    """Count the panels of the square over all the shifts that are shown.

    Parameters
    ----------
    node
        Axis node.

    Returns
    -------
    int
    """
    reading = AxisReading.of(node)
    return 3 * reading.data.sizes.get("shown", 0) if _has_square(reading) else 0


def square(node: Node, prefix: str, shown: int, pixels: int = 9216) -> tuple[Drawing, ...]:
    """Draw the square at one of the shown shifts: moved first, moved last, and their difference.

    The first two share one colour scale, the difference has its own around zero; both hold for all
    the shifts that are shown, so that they can be compared.

    Parameters
    ----------
    node, prefix
        As for `error_over_shift`.
    shown
        Place among the shown shifts.
    pixels
        The most pixels of a picture; larger ones are thinned.

    Returns
    -------
    tuple of Drawing
        Three panels; none where the square is not there.
    """
    reading = AxisReading.of(node)
    if not _has_square(reading):
        return ()
    shift = quantity(float(reading.values("shown")[shown]), reading.unit)
    both = np.concatenate([_finite(reading.values(name)) for name in ("moved_first", "moved_last")])
    low, high = (float(both.min()), float(both.max())) if both.size else (0.0, 1.0)
    away = _finite(reading.values("square_difference"))
    most = float(np.abs(away).max()) if away.size else 0.0
    parts = (
        ("moved_first", "moved, then operated", low, high),
        ("moved_last", "operated, then moved", low, high),
        ("square_difference", "difference", -most, most),
    )
    draw = _picture if "square_other" in reading.data["moved_first"].dims else _profile
    found = []
    for name, title, bottom, top in parts:
        values = reading.data[name].isel(shown=shown)
        text = _square_text(reading, name, title, shift, values.to_numpy())
        found.append(draw(reading, f"{prefix}-{name}", values, title, (bottom, top), text, pixels))
    return tuple(found)


def _has_square(reading: AxisReading) -> bool:
    names = ("moved_first", "moved_last", "square_difference")
    there = all(name in reading.data.variables for name in names)
    return there and "square_position" in reading.data["moved_first"].dims


def _picture(
    reading: AxisReading, prefix: str, values: xr.DataArray, title: str,
    limits: tuple[float, float], text: str, pixels: int,
) -> Drawing:  # fmt: skip
    position, other = (_named(reading, name) for name in ("square_position", "square_other"))
    upright = position.name in _UPRIGHT and other.name not in _UPRIGHT
    down, across = (position, other) if upright else (other, position)
    plane = np.asarray(values.transpose(down.dim, across.dim).to_numpy(), dtype=np.float64)
    rising = down.places[-1] >= down.places[0]
    downwards = down.name in _DOWNWARDS
    if rising != downwards:
        plane = plane[::-1]
    left, right, below, above = _BEFORE, _BESIDE, 92.0, 26.0
    wide = _PANEL - left - right
    high = float(np.clip(wide * _shape(plane, down, across), 0.45 * wide, 1.1 * wide))
    figure = canvas(_PANEL, high + below + above)
    axes = _axes(figure, left, below, wide, high)
    difference = "difference" in prefix
    palette = raster.diverging() if difference else raster.sequential()
    small = raster.thinned(plane, pixels, extreme=difference)
    pictures = [(axes, raster.data_uri(raster.levels(small, *limits), palette))]
    axes.set_xlim(*across.ends)
    axes.set_ylim(*(down.ends[::-1] if downwards == rising else down.ends))
    axes.set_title(title, fontsize=_TEXT, color=ROLES["ink"], loc="left", pad=7, fontweight="bold")
    axes.set_xlabel(across.label)
    axes.set_ylabel(down.label)
    axes.grid(False)
    axes.xaxis.set_major_locator(_locator(4))
    axes.yaxis.set_major_locator(_locator(4))
    _settle(axes, boxed=True, line=False)
    scale = _axes(figure, left, 28, wide, 8)
    bar = np.arange(1, _BAR + 1, dtype=np.uint8)[None, :]
    few = palette[np.linspace(0, len(palette) - 1, _BAR).round().astype(int)]
    pictures.append((scale, raster.data_uri(bar, few)))
    scale.set_xlim(*(limits if limits[0] < limits[1] else (limits[0] - 1, limits[0] + 1)))
    scale.set_yticks([])
    scale.xaxis.set_major_locator(_locator(3, symmetric=difference))
    _settle(scale, boxed=True, line=False)
    return Drawing(drawn(figure, prefix, text, pictures), text)


def _profile(
    reading: AxisReading, prefix: str, values: xr.DataArray, title: str,
    limits: tuple[float, float], text: str, _pixels: int,
) -> Drawing:  # fmt: skip
    position = _named(reading, "square_position")
    curve = np.asarray(values.to_numpy(), dtype=np.float64)
    figure = canvas(_PANEL, 260)
    axes = _axes(figure, _BEFORE, 48, _PANEL - _BEFORE - _BESIDE, 186)
    places, curve = _envelope(position.places, curve)
    difference = "difference" in prefix
    _line(axes, places, curve, "image-1" if difference else "accent", width=1.4)
    low, high = limits if limits[0] < limits[1] else (limits[0] - 1, limits[0] + 1)
    margin = 0.06 * (high - low)
    axes.set_ylim(low - margin, high + margin)
    if difference:
        axes.axhline(0, color=ROLES["muted"], linewidth=1, zorder=1)
    axes.set_xlim(*position.ends)
    axes.set_title(title, fontsize=_TEXT, color=ROLES["ink"], loc="left", pad=7, fontweight="bold")
    axes.set_xlabel(position.label)
    axes.xaxis.set_major_locator(_locator(4))
    axes.yaxis.set_major_locator(_locator(4))
    _settle(axes)
    return Drawing(drawn(figure, prefix, text, []), text)


@dataclass(frozen=True)
class _Named:
    """A dim of the drawn square: its places in a unit that suits them, and its label."""

    dim: str
    name: str
    places: np.ndarray
    label: str

    @property
    def ends(self) -> tuple[float, float]:
        """Outer edges of the first and the last sample, the smaller first."""
        half = (
            abs(float(self.places[-1] - self.places[0])) / max(self.places.size - 1, 1) / 2 or 0.5
        )
        return float(self.places.min()) - half, float(self.places.max()) + half


def _named(reading: AxisReading, dim: str) -> _Named:
    coordinate = reading.data[dim]
    size = reading.data.sizes[dim]
    fallback = reading.dim if dim == "square_position" else "other"
    name = printable(coordinate.attrs.get("long_name", fallback))
    unit = printable(coordinate.attrs.get("units", "")) if dim in reading.data.coords else "sample"
    values = coordinate.to_numpy()
    places = (
        np.asarray(values, dtype=np.float64)
        if values.dtype.kind in "fiu"
        else np.arange(float(size))
    )
    factor, unit = _prefix(float(np.abs(places).max()) if size else 0.0, unit)
    return _Named(dim, name, places * factor, f"{shortened(name, 28 - len(_in(unit)))}{_in(unit)}")


def _shape(plane: np.ndarray, down: _Named, across: _Named) -> float:
    """Height over width: true for two lengths of one unit, and the samples' own otherwise."""
    same = down.label.rpartition(",")[2] == across.label.rpartition(",")[2]
    if same:
        tall, wide = (float(ends[1] - ends[0]) for ends in (down.ends, across.ends))
        return tall / wide if wide > 0 else 1.0
    return 0.8 if plane.size else 1.0


def _square_text(
    reading: AxisReading, name: str, title: str, shift: str, values: np.ndarray
) -> str:
    part = printable(reading.data["moved_first"].attrs.get("description", "")) or "the output"
    where = f"{title.capitalize()}, at a shift of {shift} along {reading.dim}"
    finite = _finite(values)
    if finite.size == 0:
        return f"{where}: undefined, all of it is NaN."
    if name == "square_difference":
        said = f"at most {_short(float(np.abs(finite).max()))} in size"
    else:
        said = f"values from {_short(float(finite.min()))} to {_short(float(finite.max()))}"
    missing = "" if finite.size == values.size else f"; {values.size - finite.size} values are NaN"
    return (
        f"{title.capitalize()}, at a shift of {shift} along {reading.dim}: {part}; {said}{missing}."
    )


def _error_text(reading: AxisReading, measured: np.ndarray, floors: np.ndarray) -> str:
    order = np.argsort(reading.shifts, kind="stable")
    listed = ", ".join(
        f"{_level(float(measured[k]))} at {quantity(float(reading.shifts[k]), reading.unit)}"
        for k in order.tolist()[:12]
    )
    text = f"Error over shift along {reading.dim}: measured {listed}"
    predicted = reading.over_shift("predicted")
    known = np.isfinite(predicted) & np.isfinite(measured)
    if known.any() and reading.explained:
        apart = float(np.abs(measured - predicted)[known].max())
        text += f"; the predicted line differs from the points by {error(apart)} at most"
    if np.isfinite(floors).any():
        text += f"; the floor is {_level(float(floors[np.isfinite(floors)].max()))}"
    for name, label in (("interior", "interior"), ("crop", "realistic crop")):
        values = reading.protocol(name)
        if np.isfinite(values).any():
            text += f"; {label} at most {_level(float(values[np.isfinite(values)].max()))}"
    return f"{text}."


def _spectrum_text(reading: AxisReading, images: Images) -> str:
    text = (
        f"Power of the output over frequency along {reading.dim}, split by image: "
        f"{percent(images.folded / float(images.power.sum()))} of it, the mean included, has folded"
    )
    if images.bands:
        top = images.bands[0]
        text += (
            f"; most of that from image {top.image}, {band(*top.source, reading.frequency_unit)}, "
            f"onto {band(*top.target, reading.frequency_unit)}"
        )
    share = images.share
    if np.isfinite(share).any():
        place = int(np.nanargmax(share))
        at = band(
            float(images.frequency[place]), float(images.frequency[place]), reading.frequency_unit
        )
        text += f"; the folded share is largest at {at}, {percent(float(share[place]))}"
    return f"{text}."


def _chart() -> tuple[Figure, Axes]:
    """Figure of one chart, with no room for a legend above it yet."""
    figure = canvas(_WIDE, 262)
    return figure, _axes(figure, _LEFT, 48, _WIDE - _LEFT - _RIGHT, 200)


def _grown(figure: Figure, axes: Axes) -> None:
    """Make room above a chart for the labels of its legend, two to a line."""
    labels = axes.get_legend_handles_labels()[1]
    height = 262 + 19.0 * -(-len(labels) // 2)
    figure.set_size_inches(_WIDE / 72, height / 72)
    wide = _WIDE - _LEFT - _RIGHT
    axes.set_position((_LEFT / _WIDE, 48 / height, wide / _WIDE, 200 / height))


def _axes(figure: Figure, left: float, bottom: float, wide: float, high: float) -> Axes:
    box = figure.bbox
    return figure.add_axes(
        (left / box.width, bottom / box.height, wide / box.width, high / box.height),
        facecolor="none",
    )


def _settle(
    axes: Axes,
    *,
    boxed: bool = False,
    line: bool = True,
    keep_x: bool = False,
    keep_y: bool = False,
) -> None:
    """Set everything that a user's matplotlib settings could change."""
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
            which.set_major_formatter(FuncFormatter(_tick))
        which.label.set_color(ROLES["muted"])
        which.label.set_fontsize(_TEXT)
    axes.tick_params(
        which="both", direction="out", length=4, width=1, color=ROLES["line"], pad=4,
        labelcolor=ROLES["muted"], labelsize=_TEXT, bottom=True, left=False, top=False, right=False,
        labeltop=False, labelright=False,
    )  # fmt: skip


def _locator(count: int, *, symmetric: bool = False) -> MaxNLocator:
    """Ticks at steps that are read easily."""
    return MaxNLocator(count, steps=[1, 2, 2.5, 5, 10], symmetric=symmetric)


def _shift_axis(
    axes: Axes, reading: AxisReading, unit: str, shifts: np.ndarray, curve: np.ndarray | None
) -> None:
    every = shifts if curve is None else np.concatenate([shifts, curve])
    low, high = min(float(every.min()), 0.0), max(float(every.max()), 0.0)
    margin = 0.03 * (high - low) or 0.5
    axes.set_xlim(low - margin, high + margin)
    axes.set_xlabel(f"shift along {shortened(reading.dim, 32)}{_in(unit)}")
    axes.xaxis.set_major_locator(_locator(6))
    axes.yaxis.set_major_locator(_locator(6))
    _settle(axes)


def _legend(axes: Axes, columns: int = 2) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if not labels:
        return
    axes.legend(
        handles, labels, loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=columns,
        frameon=False, fontsize=_TEXT, labelcolor=ROLES["ink"], handlelength=1.4,
        columnspacing=1.2, handletextpad=0.5,
        borderaxespad=0.3, borderpad=0.2, labelspacing=0.3,
    )  # fmt: skip


def _line(
    axes: Axes, x: np.ndarray, y: np.ndarray, role: str, *, width: float,
    dashes: tuple[float, float] | None = None, label: str = "",
) -> None:  # fmt: skip
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
    factor, unit = _prefix(float(np.abs(shifts).max()), reading.unit)
    return shifts * factor, factor, unit


def _frequency_scale(images: Images, unit: str) -> tuple[float, str]:
    return _prefix(float(np.abs(images.frequency).max()), unit)


def _prefix(value: float, unit: str) -> tuple[float, str]:
    """Factor and unit for the numbers of a whole axis."""
    if unit == "s" and 0 < value < 1:
        return (1e3, "ms") if value >= 1e-3 else (1e6, "µs")
    if unit == "Hz" and value >= 10000:
        return 1e-3, "kHz"
    return 1.0, unit


def _in(unit: str) -> str:
    return f", {shortened(unit, 16)}" if unit and unit != "1" else ""


def _db(values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(20 * np.log10(values))


def _level(value: float) -> str:
    return decibels(value) if 0 < value < math.inf else error(value)


def _at(reading: AxisReading, values: np.ndarray, place: int) -> str:
    return (
        f"{percent(float(values[place]))} at {quantity(float(reading.shifts[place]), reading.unit)}"
    )


def _short(value: float) -> str:
    return f"{value:.3g}"


def _finite(values: np.ndarray) -> np.ndarray:
    flat = np.asarray(values, dtype=np.float64).ravel()
    return flat[np.isfinite(flat)]


def _tick(value: float, _place: int | None = None) -> str:
    """Tick label with a true minus sign."""
    text = f"{value:.4g}"
    return "0" if text == "-0" else text.replace("-", "\N{MINUS SIGN}")


def _colour(image: int) -> str:
    return f"image-{min(abs(image), _IMAGES)}"


def _rows(images: Images, power: np.ndarray) -> list[tuple[int, str, np.ndarray]]:
    """Rows to draw: image 0, then the others, those past the last colour together."""
    rows: list[tuple[int, str, np.ndarray]] = []
    rest = np.zeros(power.shape[1])
    for place in np.argsort(np.abs(images.numbers), kind="stable"):
        image = int(images.numbers[place])
        if abs(image) >= _IMAGES:
            rest = rest + power[place]
        elif image == 0:
            rows.append((0, "image 0: stays", power[place]))
        elif power[place].any():
            rows.append((image, f"image {_tick(image)}", power[place]))
    if rest.any():
        rows.append((_IMAGES, f"images from {_IMAGES} on", rest))
    return rows


def _binned(places: np.ndarray, power: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of neighbouring bins, so that no more are left than can be drawn."""
    by = -(-places.size // _POINTS)
    if by == 1:
        return places, power
    whole = places.size // by * by
    mean = power[:, :whole].reshape(power.shape[0], -1, by).mean(axis=-1)
    middle = places[:whole].reshape(-1, by).mean(axis=-1)
    middle[0], middle[-1] = places[0], places[-1]
    return middle, mean


def _envelope(places: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest value of each stretch, so that no peak is lost."""
    by = -(-values.size // (_POINTS // 2))
    if by <= 2:
        return places, values
    count = -(-values.size // by)
    edges = np.arange(count) * by
    low, high = np.fmin.reduceat(values, edges), np.fmax.reduceat(values, edges)
    return np.repeat(places[edges], 2), np.stack([low, high], axis=1).ravel()
