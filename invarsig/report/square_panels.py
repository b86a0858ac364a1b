"""The square in panels: moved first, moved last, and their difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.report import raster
from invarsig.report.drawing import (
    BEFORE,
    BESIDE,
    PANEL,
    POINTS,
    TEXT,
    Drawing,
    Node,
    axes_at,
    draw_line,
    in_unit,
    locator,
    prefixed,
    settle,
)
from invarsig.report.reading import AxisReading
from invarsig.report.svg import ROLES, canvas, drawn
from invarsig.report.wording import printable, quantity, shortened

__all__ = ["panels", "square"]

# Colours of a colour bar: each is drawn once, so that the bar takes a few hundred bytes.
_BAR = 47

# Dims that a reader expects upright in a picture; of these, those that count downwards.
_UPRIGHT = frozenset({"frequency", "lat", "latitude", "mel", "row", "y"})

_DOWNWARDS = frozenset({"row", "y"})


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
    left, right, below, above = BEFORE, BESIDE, 92.0, 26.0
    wide = PANEL - left - right
    high = float(np.clip(wide * _shape(plane, down, across), 0.45 * wide, 1.1 * wide))
    figure = canvas(PANEL, high + below + above)
    axes = axes_at(figure, left, below, wide, high)
    difference = "difference" in prefix
    palette = raster.diverging() if difference else raster.sequential()
    small = raster.thinned(plane, pixels, extreme=difference)
    pictures = [(axes, raster.data_uri(raster.levels(small, *limits), palette))]
    axes.set_xlim(*across.ends)
    axes.set_ylim(*(down.ends[::-1] if downwards == rising else down.ends))
    axes.set_title(title, fontsize=TEXT, color=ROLES["ink"], loc="left", pad=7, fontweight="bold")
    axes.set_xlabel(across.label)
    axes.set_ylabel(down.label)
    axes.grid(False)
    axes.xaxis.set_major_locator(locator(4))
    axes.yaxis.set_major_locator(locator(4))
    settle(axes, boxed=True, line=False)
    scale = axes_at(figure, left, 28, wide, 8)
    bar = np.arange(1, _BAR + 1, dtype=np.uint8)[None, :]
    few = palette[np.linspace(0, len(palette) - 1, _BAR).round().astype(int)]
    pictures.append((scale, raster.data_uri(bar, few)))
    scale.set_xlim(*(limits if limits[0] < limits[1] else (limits[0] - 1, limits[0] + 1)))
    scale.set_yticks([])
    scale.xaxis.set_major_locator(locator(3, symmetric=difference))
    settle(scale, boxed=True, line=False)
    return Drawing(drawn(figure, prefix, text, pictures), text)


def _profile(
    reading: AxisReading, prefix: str, values: xr.DataArray, title: str,
    limits: tuple[float, float], text: str, _pixels: int,
) -> Drawing:  # fmt: skip
    position = _named(reading, "square_position")
    curve = np.asarray(values.to_numpy(), dtype=np.float64)
    figure = canvas(PANEL, 260)
    axes = axes_at(figure, BEFORE, 48, PANEL - BEFORE - BESIDE, 186)
    places, curve = _envelope(position.places, curve)
    difference = "difference" in prefix
    draw_line(axes, places, curve, "image-1" if difference else "accent", width=1.4)
    low, high = limits if limits[0] < limits[1] else (limits[0] - 1, limits[0] + 1)
    margin = 0.06 * (high - low)
    axes.set_ylim(low - margin, high + margin)
    if difference:
        axes.axhline(0, color=ROLES["muted"], linewidth=1, zorder=1)
    axes.set_xlim(*position.ends)
    axes.set_title(title, fontsize=TEXT, color=ROLES["ink"], loc="left", pad=7, fontweight="bold")
    axes.set_xlabel(position.label)
    axes.xaxis.set_major_locator(locator(4))
    axes.yaxis.set_major_locator(locator(4))
    settle(axes)
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
    factor, unit = prefixed(float(np.abs(places).max()) if size else 0.0, unit)
    return _Named(
        dim, name, places * factor, f"{shortened(name, 28 - len(in_unit(unit)))}{in_unit(unit)}"
    )


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


def _short(value: float) -> str:
    return f"{value:.3g}"


def _finite(values: np.ndarray) -> np.ndarray:
    flat = np.asarray(values, dtype=np.float64).ravel()
    return flat[np.isfinite(flat)]


def _envelope(places: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest value of each stretch, so that no peak is lost."""
    by = -(-values.size // (POINTS // 2))
    if by <= 2:
        return places, values
    count = -(-values.size // by)
    edges = np.arange(count) * by
    low, high = np.fmin.reduceat(values, edges), np.fmax.reduceat(values, edges)
    return np.repeat(places[edges], 2), np.stack([low, high], axis=1).ravel()
