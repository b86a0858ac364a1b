"""The chart of the folded spectrum: the power of each image, and the folded share."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report.drawing import (
    LEFT,
    POINTS,
    RIGHT,
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
    tick,
)
from invarsig.report.images import images_of
from invarsig.report.reading import AxisReading
from invarsig.report.svg import ROLES, canvas, drawn
from invarsig.report.wording import band, percent, shortened
from invarsig.spectra.folded_bands import Images

__all__ = ["folded_spectrum"]

# A spectrum is drawn over this many decibels: what is lower adds nothing to a sum of a few digits.
_RANGE = 80.0

# More images than these share one colour.
_IMAGES = 6


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
    images = images_of(reading) if not reading.lost and reading.explained else None
    if images is None or images.frequency.size < 2:
        return None
    factor, unit = _frequency_scale(images, reading.frequency_unit)
    places, power = _binned(images.frequency * factor, images.power)
    peak = float(power.max())
    rows = _rows(images, power)
    figure = canvas(WIDE, 334 + 19 * -(-len(rows) // 3))
    upper = axes_at(figure, LEFT, 104, WIDE - LEFT - RIGHT, 216)
    lower = axes_at(figure, LEFT, 46, WIDE - LEFT - RIGHT, 40)
    levels = [10 * np.log10(np.maximum(row, peak * 1e-30) / peak) for _, _, row in rows]
    deepest = min((float(np.median(level)) for level in levels), default=0.0)
    low = max(-_RANGE, min(-30.0, 10 * math.floor(deepest / 10) - 10))
    for (image, label, _), level in zip(rows, levels, strict=True):
        clipped = np.maximum(level, low - 5)
        if image == 0:
            upper.fill_between(
                places, clipped, low - 5, color=ROLES["line"], alpha=0.3, linewidth=0, zorder=2
            )
            draw_line(upper, places, clipped, "line", width=1.6, label=label)
        else:
            # Images on either side of 0 share a colour; those below it are dashed.
            dashes = (4, 2) if image < 0 else None
            draw_line(upper, places, clipped, _colour(image), width=1.8, dashes=dashes, label=label)
    upper.set_ylim(low, 3)
    upper.set_ylabel("power, dB below its peak")
    total = power.sum(axis=0)
    folded = power[images.numbers != 0].sum(axis=0)
    share = 100 * np.divide(folded, total, out=np.zeros_like(total), where=total > 0)
    lower.fill_between(places, share, 0, color=ROLES["accent"], alpha=0.75, linewidth=0, zorder=2)
    lower.set_ylim(0, 100)
    lower.set_yticks([0, 50, 100])
    lower.set_ylabel("folded, %")
    lower.set_xlabel(f"frequency of the output along {shortened(reading.dim, 16)}{in_unit(unit)}")
    for axes in (upper, lower):
        axes.set_xlim(float(places[0]), float(places[-1]))
        axes.xaxis.set_major_locator(locator(6))
    settle(upper)
    upper.tick_params(labelbottom=False)
    settle(lower, keep_y=True)
    for axes in (upper, lower):
        axes.yaxis.set_label_coords(-46 / (WIDE - LEFT - RIGHT), 0.5)
    legend(upper, columns=3)
    text = _spectrum_text(reading, images)
    return Drawing(drawn(figure, prefix, text, []), text)


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


def _frequency_scale(images: Images, unit: str) -> tuple[float, str]:
    return prefixed(float(np.abs(images.frequency).max()), unit)


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
            rows.append((image, f"image {tick(image)}", power[place]))
    if rest.any():
        rows.append((_IMAGES, f"images from {_IMAGES} on", rest))
    return rows


def _binned(places: np.ndarray, power: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of neighbouring bins, so that no more are left than can be drawn."""
    by = -(-places.size // POINTS)
    if by == 1:
        return places, power
    whole = places.size // by * by
    mean = power[:, :whole].reshape(power.shape[0], -1, by).mean(axis=-1)
    middle = places[:whole].reshape(-1, by).mean(axis=-1)
    middle[0], middle[-1] = places[0], places[-1]
    return middle, mean
