"""The square, drawn: move then run, run then move, and their difference on the same scale."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report import raster
from invarsig.report.drawing import POINTS
from invarsig.report.markup import attributes, element, prose
from invarsig.report.reading import AxisReading
from invarsig.report.section import Look, Section
from invarsig.report.wording import capital, off, printable, quantity

__all__ = ["SECTION"]

# Dims that a reader expects upright in a picture; of these, those that count downwards.
_UPRIGHT = frozenset({"frequency", "lat", "latitude", "mel", "row", "y"})
_DOWNWARDS = frozenset({"row", "y"})

_PARTS = (
    ("moved_first", "move, then run"),
    ("moved_last", "run, then move"),
    ("square_difference", "difference"),
)

# The difference is also shown this many times stronger.
_STRONGER = 5

# Size of a drawn curve, in its own units.
_WIDE, _HIGH = 300.0, 180.0


def _has_square(reading: AxisReading) -> bool:
    there = all(name in reading.data.variables for name, _ in _PARTS)
    return there and "square_position" in reading.data["moved_first"].dims


def _first(reading: AxisReading) -> int:
    """Place of the shift that is shown at first: the worst."""
    worst = reading.worst_shift
    if not math.isfinite(worst):
        return 0
    return int(np.argmin(np.abs(reading.values("shown") - worst)))


def _limits(reading: AxisReading) -> tuple[float, float, float]:
    """Lowest and highest value over all shifts, and the peak that the difference is drawn to."""
    both = np.concatenate([_finite(reading.values(name)) for name, _ in _PARTS[:2]])
    low, high = (float(both.min()), float(both.max())) if both.size else (0.0, 1.0)
    peak = max(abs(low), abs(high)) if low * high <= 0 else high - low
    return low, high, peak


def _body(reading: AxisReading, look: Look) -> str:
    if not _has_square(reading):
        return ""
    low, high, peak = _limits(reading)
    first, shown = _first(reading), reading.values("shown")
    picture = "square_other" in reading.data["moved_first"].dims
    draw = _picture if picture else _curve
    places = range(shown.size) if look.script else [first]
    figures = []
    for place in places:
        told = _told(reading, place)
        panels = []
        for name, title in _PARTS:
            ends = (-peak, peak) if name == "square_difference" else (low, high)
            text = _text(reading, name, title, place)
            drawn = draw(reading, name, place, ends, text, look)
            panels.append(element("div", drawn + element("p", prose(title)), class_="panel"))
        hidden = "" if place == first else " hidden"
        figures.append(
            f'<figure class="drawing"{attributes(data_shift=told)}{hidden}>'
            + element("figcaption", prose(f"Moved along {reading.dim} by {told}"))
            + element("div", "".join(panels), class_="tri")
            + "</figure>"
        )
    slider = ""
    if look.script and shown.size > 1:
        field = f"{look.prefix}-shift"
        slider = (
            '<div class="slider" hidden>'
            + element("label", prose(f"Move along {reading.dim} by"), for_=field)
            + f'<input type="range"{attributes(id=field, min="0", max=str(shown.size - 1))} '
            + f'step="1" value="{first}" autocomplete="off">'
            + element("output", prose(_told(reading, first)), for_=field)
            + "</div>"
        )
    five = (
        '<label class="five"><input type="checkbox" autocomplete="off"> '
        f"Show the difference {_STRONGER} times stronger</label>"
    )
    small = element("p", prose(_scale(reading, low, high, peak)), class_="small")
    return element("div", "".join(figures) + slider + five + small, class_="square")


def _told(reading: AxisReading, place: int) -> str:
    """A shown shift with its error."""
    shift = float(reading.values("shown")[place])
    text = quantity(shift, reading.unit)
    at = int(np.argmin(np.abs(reading.shifts - shift))) if reading.shifts.size else -1
    if at >= 0 and math.isclose(float(reading.shifts[at]), shift, rel_tol=1e-9, abs_tol=1e-12):
        error = float(reading.over_shift("measured")[at])
        if math.isfinite(error):
            word = "change" if reading.lost else "off"
            text += f": {off(error)} {word}"
    return text


def _scale(reading: AxisReading, low: float, high: float, peak: float) -> str:
    described = printable(reading.data["moved_first"].attrs.get("description", ""))
    part = capital(described) or "The output"
    span = f"{_short(low)} to {_short(high)}"
    return f"{part}. Scale: {span}; difference: \N{PLUS-MINUS SIGN}{_short(peak)}."


def _note(reading: AxisReading) -> str:
    if not _has_square(reading):
        return ""
    same = (
        f"Of {reading.explained_on}, the same scale at every move. The difference is drawn on the "
        "scale of the results, so a small one looks small"
    )
    if "square_other" in reading.data["moved_first"].dims:
        return (
            f"{same}: brown is too much, purple too little. If the result just moved along, it "
            "would be blank."
        )
    return f"{same}. If the result just moved along, it would be a flat line."


def _picture(
    reading: AxisReading, name: str, place: int, ends: tuple[float, float], text: str, look: Look
) -> str:
    values = reading.data[name].isel(shown=place)
    position, other = _coordinate(reading, "square_position"), _coordinate(reading, "square_other")
    upright = position.name in _UPRIGHT and other.name not in _UPRIGHT
    down, across = (position, other) if upright else (other, position)
    plane = np.asarray(values.transpose(down.dim, across.dim).to_numpy(), dtype=np.float64)
    if down.rising != (down.name in _DOWNWARDS):
        plane = plane[::-1]
    difference = name == "square_difference"
    palette = raster.diverging() if difference else raster.sequential()
    small = raster.thinned(plane, look.pixels, extreme=difference)
    address = raster.data_uri(raster.levels(small, *ends), palette)
    tall = _tall(plane, down, across)
    size = f"0 0 100 {100 * tall:.4g}"
    picture = (
        f'<image{attributes(width="100", height=f"{100 * tall:.4g}")} preserveAspectRatio="none" '
        f'image-rendering="pixelated" href="{address}"/>'
    )
    kind = "map away" if difference else "map"
    return element("svg", picture, class_=kind, role="img", viewBox=size, aria_label=text)


def _curve(
    reading: AxisReading, name: str, place: int, ends: tuple[float, float], text: str, _look: Look
) -> str:
    values = np.asarray(reading.data[name].isel(shown=place).to_numpy(), dtype=np.float64)
    low, high = ends if ends[0] < ends[1] else (ends[0] - 1, ends[0] + 1)
    difference = name == "square_difference"
    lines = [_line(values, low, high, "curve plain")]
    if difference:
        lines.insert(0, f'<path class="zero" d="M0 {_HIGH / 2}H{_WIDE}"/>')
        lines.append(_line(np.clip(_STRONGER * values, low, high), low, high, "curve stronger"))
    kind = "plot away" if difference else "plot"
    size = f"0 0 {_WIDE:g} {_HIGH:g}"
    return element("svg", "".join(lines), class_=kind, role="img", viewBox=size, aria_label=text)


def _line(values: np.ndarray, low: float, high: float, kind: str) -> str:
    """A curve over its own range as a path; what is not finite leaves a gap."""
    places, values = _envelope(np.arange(values.size, dtype=np.float64), values)
    x = _WIDE * (places + 0.5) / max(float(places.max(initial=0.0)) + 1, 1.0)
    y = 4 + (_HIGH - 8) * (high - values) / (high - low)
    parts, gap = [], True
    for across, down in zip(x.tolist(), y.tolist(), strict=True):
        if not math.isfinite(down):
            gap = True
            continue
        parts.append(f"{'M' if gap else 'L'}{across:.1f} {down:.1f}")
        gap = False
    return f'<path class="{kind}" d="{"".join(parts)}"/>'


class _Coordinate:
    """A dim of the drawn square: its name, unit and ends."""

    def __init__(self, reading: AxisReading, dim: str) -> None:
        coordinate = reading.data[dim]
        fallback = reading.dim if dim == "square_position" else "other"
        self.dim = dim
        self.name = printable(coordinate.attrs.get("long_name", fallback))
        self.unit = printable(coordinate.attrs.get("units", ""))
        values = coordinate.to_numpy()
        numbers = values.dtype.kind in "fiu" and dim in reading.data.coords and values.size > 1
        self.rising = bool(values[-1] >= values[0]) if numbers else True
        self.length = abs(float(values[-1] - values[0])) if numbers else 0.0


def _coordinate(reading: AxisReading, dim: str) -> _Coordinate:
    return _Coordinate(reading, dim)


def _tall(plane: np.ndarray, down: _Coordinate, across: _Coordinate) -> float:
    """Height over width: true for two lengths of one unit, and that of a page otherwise."""
    if down.unit == across.unit and down.length > 0 and across.length > 0:
        return float(np.clip(down.length / across.length, 0.45, 1.1))
    return 0.8 if plane.size else 1.0


def _text(reading: AxisReading, name: str, title: str, place: int) -> str:
    shift = quantity(float(reading.values("shown")[place]), reading.unit)
    values = np.asarray(reading.data[name].isel(shown=place).to_numpy(), dtype=np.float64)
    finite = _finite(values)
    lead = f"{capital(title)}, moved by {shift} along {reading.dim}"
    if finite.size == 0:
        return f"{lead}: undefined, all of it is NaN."
    if name == "square_difference":
        said = f"at most {_short(float(np.abs(finite).max()))} in size"
    else:
        said = f"values from {_short(float(finite.min()))} to {_short(float(finite.max()))}"
    missing = "" if finite.size == values.size else f"; {values.size - finite.size} values are NaN"
    return f"{lead}: {said}{missing}."


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")


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


SECTION: Section[AxisReading] = Section(
    key="square",
    title="See it",
    about="axis",
    place="evidence",
    reads=(
        "shown", "moved_first", "moved_last", "square_difference", "square_position",
        "square_other",
    ),
    when=("known", "blind"),
    body=_body,
    note=_note,
)  # fmt: skip
