"""Small charts, one for each strided stage: what stays and what folds, over its frequencies."""

from __future__ import annotations

import numpy as np

from invarsig.report.drawing import (
    BESIDE,
    PANEL,
    TEXT,
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
from invarsig.report.stage_folding import StageFolding, stage_folding_rows
from invarsig.report.svg import ROLES, canvas, drawn
from invarsig.report.wording import shortened, typeset

__all__ = ["stage_foldings"]

# Power is drawn over this many decibels below the peak of the stage.
_RANGE = 60.0

_HEIGHT, _BEFORE, _BELOW = 216.0, 60.0, 46.0


def stage_foldings(node: Node, prefix: str) -> list[Drawing]:
    """Draw the folded spectrum of each strided stage, small, all in one form.

    Parameters
    ----------
    node, prefix
        As for `error_over_shift`.

    Returns
    -------
    list of Drawing
        Empty where no stage strides.
    """
    reading = AxisReading.of(node)
    rows = stage_folding_rows(reading)
    return [
        _drawn(reading, stage, row, f"{prefix}-{stage.number}")
        for stage, row in zip(StageFolding.all_of(reading), rows, strict=True)
        if np.isfinite(stage.kept).sum() > 1 and np.nanmax(stage.kept + stage.folded) > 0
    ]


def _drawn(reading: AxisReading, stage: StageFolding, row: dict[str, str], prefix: str) -> Drawing:
    places, kept, folded = _curves(stage)
    factor, unit = prefixed(float(np.abs(places).max()), reading.frequency_unit)
    peak = float((kept + folded).max())
    figure = canvas(PANEL, _HEIGHT)
    axes = axes_at(figure, _BEFORE, _BELOW, PANEL - _BEFORE - BESIDE, _HEIGHT - _BELOW - 46)
    floor = -_RANGE - 5
    stays, folds = (
        np.maximum(10 * np.log10(np.maximum(each, peak * 1e-30) / peak), floor)
        for each in (kept, folded)
    )
    x = places * factor
    axes.fill_between(x, stays, floor, color=ROLES["line"], alpha=0.3, linewidth=0, zorder=2)
    draw_line(axes, x, stays, "line", width=1.6, label="stays")
    draw_line(axes, x, folds, "image-1", width=1.8, dashes=(4, 2), label="folds")
    axes.set_ylim(-_RANGE, 3)
    axes.set_yticks([-60, -40, -20, 0])
    axes.set_xlim(float(x[0]), float(x[-1]))
    axes.xaxis.set_major_locator(locator(4))
    axes.set_ylabel("power, dB")
    axes.set_xlabel(f"frequency{in_unit(unit)}")
    settle(axes)
    axes.yaxis.set_label_coords(-46 / (PANEL - _BEFORE - BESIDE), 0.5)
    legend(axes, columns=2)
    figure.text(
        4 / PANEL, 1 - 4 / _HEIGHT, typeset(f"{stage.number}. {shortened(stage.name, 30)}"),
        ha="left", va="top", fontsize=TEXT, color=ROLES["ink"], fontweight="bold",
    )  # fmt: skip
    text = (
        f"What folds at stage {stage.number}, {shortened(stage.name, 60)}, along {reading.dim}: "
        f"{row['share']} of the energy of its output; {row['strongest']}."
    )
    return Drawing(drawn(figure, prefix, text, []), text)


def _curves(stage: StageFolding) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frequencies and both powers, those below 0 with those above it where channels are real."""
    kept, folded = stage.kept, stage.folded
    known = np.isfinite(kept) & np.isfinite(folded)
    if stage.about_center:
        return stage.places[known], kept[known], folded[known]
    half = stage.places.size // 2
    pairs = np.stack([kept, folded]), np.stack([kept[::-1], folded[::-1]])
    both = np.nanmean(np.where(known | known[::-1], np.stack(pairs), 0.0), axis=0)[:, half:]
    there = (known | known[::-1])[half:]
    return stage.places[half:][there], both[0][there], both[1][there]
