"""Which detail is too fine for the output, and as what false detail it comes back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from invarsig.report.colours import ROLES
from invarsig.report.drawing import (
    LEFT,
    POINTS,
    RIGHT,
    TEXT,
    WIDE,
    Drawing,
    axes_at,
    canvas,
    draw_line,
    drawn,
    locator,
    settle,
)
from invarsig.report.images import images_of
from invarsig.report.limits import MINOR, ROUND_OFF
from invarsig.report.reading import AxisReading
from invarsig.report.section import Look, Section
from invarsig.report.wording import band, capital, percent, quantity, shortened
from invarsig.spectra.folded_bands import Band, Images

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SECTION", "draw_spectrum", "folded_spectrum"]

# The spectrum is drawn over this many decibels: what is lower adds nothing to a sum of digits.
_RANGE = 60.0


def _images(reading: AxisReading) -> Images | None:
    """Power by image, where folding explains the operator."""
    if reading.lost or not reading.explained:
        return None
    return images_of(reading)


def folded_spectrum(reading: AxisReading, prefix: str) -> Drawing | None:
    """Draw the power over the input's detail: what is kept, what is too fine, where that lands."""
    images = _images(reading)
    if images is None:
        return None
    figure = canvas(WIDE, 292)
    there = draw_spectrum(reading, axes_at(figure, LEFT, 48, WIDE - LEFT - RIGHT, 206))
    return drawn(figure, prefix, _text(reading, images), []) if there else None


def draw_spectrum(reading: AxisReading, axes: Axes) -> bool:
    """Draw that onto axes; nothing, and False, where there is nothing to draw."""
    images = _images(reading)
    if images is None or images.frequency.size < 2:
        return False
    limit = images.rate / 2
    source, power, landing = _unfolded(reading, images)
    if source.size < 2 or not power.max() > 0:
        return False
    peak = float(power.max())

    def level(values: np.ndarray) -> np.ndarray:
        return np.asarray(10 * np.log10(np.maximum(values, peak * 1e-9) / peak))

    top = max(float(source[-1]), 1.1 * limit)
    floor = -_RANGE
    shown = np.maximum(level(power), floor)
    kept = source <= limit
    axes.fill_between(
        source, shown, floor, where=kept.tolist(), color=ROLES["line"], alpha=0.35, linewidth=0,
        zorder=2,
    )  # fmt: skip
    axes.fill_between(
        source, shown, floor, where=(~kept).tolist(), color=ROLES["accent"], alpha=0.85,
        linewidth=0, zorder=2,
    )  # fmt: skip
    places, false = landing
    draw_line(axes, places, np.maximum(level(false), floor), "accent", width=2.2, dashes=(5, 4))
    axes.axvline(limit, color=ROLES["ink"], linewidth=1.5, zorder=4)
    axes.set_xlim(0, top)
    axes.set_ylim(floor, 3)
    place = limit / top
    for x, text, align, colour in (
        (place - 0.015, "kept", "right", "ink"),
        (place + 0.015, "too fine: folds back", "left", "accent"),
    ):
        axes.text(
            x, 1.04, text, transform=axes.transAxes, ha=align, va="bottom", fontsize=TEXT,
            color=ROLES[colour], fontweight="bold",
        )  # fmt: skip
    axes.set_ylabel("strength, dB")
    axes.set_yticks([-60, -40, -20, 0])
    axes.xaxis.set_major_locator(locator(5))
    settle(axes)
    if _in_time(reading):
        axes.set_xlabel(f"times a second, along {shortened(reading.dim, 20)}")
    else:
        _periods(reading, axes)
        axes.set_xlabel(f"the detail repeats every … (along {shortened(reading.dim, 20)})")
    return True


def _periods(reading: AxisReading, axes: object) -> None:
    """Name frequencies by what repeats: its length."""
    from matplotlib.ticker import FuncFormatter

    def period(value: float, _place: int | None = None) -> str:
        return quantity(float(f"{1 / value:.2g}"), reading.unit) if value > 0 else "coarse"

    axes.xaxis.set_major_formatter(FuncFormatter(period))  # type: ignore[attr-defined]


def _unfolded(
    reading: AxisReading, images: Images
) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Power over the input's detail, and what of it lands where on the output's."""
    power = reading.values("power", "image", "output_frequency")
    numbers = np.rint(reading.values("image"))
    frequency = reading.values("output_frequency")
    source = np.abs(numbers[:, None] * images.rate + frequency[None, :])
    landing = np.broadcast_to(np.abs(frequency)[None, :], power.shape)
    top = min(float(source.max()), images.top)
    bins = int(min(POINTS // 2, max(8, source.size // 2)))
    # Bins that end at the limit of the output, so that no bin holds both what stays and what folds.
    step = (images.rate / 2) / max(round(bins * images.rate / 2 / top), 4)
    sums = _binned(source.ravel(), power.ravel(), step, top)
    folded = numbers != 0
    false = _binned(landing[folded].ravel(), power[folded].ravel(), step, images.rate / 2)
    return (*sums, false)


def _binned(
    places: np.ndarray, power: np.ndarray, step: float, top: float
) -> tuple[np.ndarray, np.ndarray]:
    """Mean power in bins of a width, those without a sample left out."""
    count = max(int(np.ceil(top / step - 1e-9)), 1)
    bins = np.minimum((places / step + 1e-9).astype(int), count - 1)
    total = np.bincount(bins, power, count)
    held = np.bincount(bins, minlength=count)
    known = held > 0
    return (np.arange(count)[known] + 0.5) * step, total[known] / held[known]


def _in_time(reading: AxisReading) -> bool:
    return reading.unit == "s"


def _detail(reading: AxisReading, ends: tuple[float, float]) -> str:
    """A band as what repeats in it: "4.5 to 8 px", "16 to 32 times a second"."""
    low, high = sorted(abs(each) for each in ends)
    low = 0.0 if ends[0] * ends[1] < 0 else low
    if _in_time(reading):
        return f"{band(low, high, '')} times a second"
    if low <= 0:
        return f"{_period(1 / high, reading) if high > 0 else 'no length'} and more"
    fine, coarse = (float(f"{1 / each:.2g}") for each in (high, low))
    return band(fine, coarse, reading.unit)


def _period(value: float, reading: AxisReading) -> str:
    return quantity(float(f"{value:.2g}"), reading.unit)


def _said(reading: AxisReading, each: Band, first: bool) -> str:
    source, target = _detail(reading, each.source), _detail(reading, each.target)
    much = f", {percent(each.share)} of all that folds" if each.share < 0.95 else ""
    if _in_time(reading):
        lead = f"What repeats {source} is too fast for the output, and comes back as a false "
        return f"{lead}pattern {target}{much}."
    part = "is too fine for the output, and comes" if first else "comes"
    return (
        f"Along {reading.dim}, detail that repeats every {source} {part} back as a false pattern "
        f"of {target}{much}."
    )


def _sentences(reading: AxisReading) -> list[str]:
    images = _images(reading)
    if images is None or images.folded <= ROUND_OFF**2 * float(images.power.sum()):
        return []
    told = [each for k, each in enumerate(images.bands) if k == 0 or each.share >= 2 * MINOR]
    return [_said(reading, each, k == 0) for k, each in enumerate(told[:2])]


def _text(reading: AxisReading, images: Images) -> str:
    text = (
        f"Strength of the detail along {reading.dim}: {percent(images.folded / images.power.sum())}"
        " of what the output holds, its mean included, was too fine and has folded"
    )
    if images.bands:
        top = images.bands[0]
        text += (
            f"; most of that from {band(*top.source, reading.frequency_unit)} onto "
            f"{band(*top.target, reading.frequency_unit)}"
        )
    return f"{text}."


def _note(reading: AxisReading) -> str:
    images = _images(reading)
    if images is None:
        return ""
    part = f" {capital(reading.only_part)}." if reading.only_part else ""
    edge = (
        f"{band(images.rate / 2, images.rate / 2, '')} times a second"
        if _in_time(reading)
        else f"one in {_period(2 / images.rate, reading)}"
    )
    return (
        f"Strength of the detail that the stages before the jump let pass. The output can hold no "
        f"detail finer than {edge} (the line); the dashed curve is where the rest ends up, on top "
        f"of true detail.{part}"
    )


def _figures(reading: AxisReading, look: Look) -> list[Drawing]:
    made = folded_spectrum(reading, look.prefix)
    return [made] if made else []


SECTION: Section[AxisReading] = Section(
    key="spectrum",
    title="Which detail turns into false detail",
    about="axis",
    place="evidence",
    reads=("power", "image", "output_frequency"),
    when=("known", "blind"),
    sentences=_sentences,
    figures=_figures,
    note=lambda reading: _note(reading) if math.isfinite(reading.number("step")) else "",
)
