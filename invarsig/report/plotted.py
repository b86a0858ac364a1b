"""What an input's findings look like on matplotlib axes: every move, the causes, the remedies."""

from __future__ import annotations

import math
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from invarsig.report.colours import CAUSES, ROLES, ZONES
from invarsig.report.drawing import TEXT, legend, settle
from invarsig.report.limits import CLEAR, LOWEST, SEVERE, SLIGHT
from invarsig.report.network import Network
from invarsig.report.reading import InputReading
from invarsig.report.split import NAMES, Split, name_of, verdict_split
from invarsig.report.verdict import Found, Verdict
from invarsig.report.wording import capital, off, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_causes", "draw_remedies", "draw_verdict"]

_ZONES = (
    ("negligible", LOWEST, SLIGHT),
    ("slight", SLIGHT, CLEAR),
    ("clear", CLEAR, SEVERE),
    ("severe", SEVERE, 1.0),
)

# The most characters of the name of a row.
_NAME = 34


def draw_verdict(reading: InputReading, axes: Axes) -> bool:
    """Draw the error of every move; nothing, and False, where there is no move."""
    verdict = Verdict(reading)
    if not verdict.there:
        return False
    moves = list(range(verdict.lengths.shape[0]))
    _rows(axes, [verdict.length(move) for move in moves])
    every = [*verdict.rolls, *verdict.cuts]
    top = max((each.error for each in every if math.isfinite(each.error)), default=1.0)
    _errors(axes, max(top, 1.0))
    _points(axes, verdict.rolls, "accent", "o", "input rolled", -0.15)
    _points(axes, verdict.cuts, "image-1", "^", "two real cuts", 0.15)
    limits = [each for each in every if math.isfinite(each.limit) and each.limit > LOWEST]
    if limits:
        axes.plot(
            [100 * each.limit for each in limits], [each.move for each in limits],
            color=ROLES["ink"], linestyle="none", marker="|", markersize=14, markeredgewidth=1.5,
            label="measuring limit", zorder=4,
        )  # fmt: skip
    told = {each.move for each in every}
    for move in moves:
        if move not in told:
            blind = "blind: a whole output step" if verdict.blind[move] else "not measurable"
            axes.text(
                100 * LOWEST * 1.3, move, blind, va="center", fontsize=TEXT - 2,
                color=ROLES["muted"],
            )  # fmt: skip
    legend(axes, 3)
    return True


def draw_causes(reading: InputReading, axes: Axes) -> bool:
    """Draw the share of each cause over the stages; nothing, and False, where none is known."""
    split = verdict_split(reading)
    if not split.known:
        return False
    names, shares = _rows_of_causes(reading, split)
    places = np.arange(len(names))
    plus, minus = np.maximum(shares, 0), np.minimum(shares, 0)
    for k, cause in enumerate(split.causes):
        label, colour = NAMES.get(cause, cause), CAUSES.get(cause, CAUSES["border"])
        # Parts that make up for others' stand to the left of zero.
        for part in (plus, minus):
            if part[k].any():
                axes.barh(
                    places, part[k], left=part[:k].sum(axis=0), height=0.6, color=colour,
                    label=label, zorder=3,
                )  # fmt: skip
                label = "_"
    _rows(axes, names)
    settle(axes, line=False, keep_y=True)
    axes.axvline(0, color=ROLES["muted"], linewidth=1, zorder=4)
    axes.set_ylabel("block" if split.graph else "stage")
    axes.set_xlabel("share of the squared error, %")
    legend(axes)
    return True


def draw_remedies(reading: InputReading, axes: Axes) -> bool:
    """Draw the error before and after each remedy; nothing, and False, where there is none."""
    before, after = (reading.over(f"remedy_{name}", "remedy") for name in ("before", "after"))
    changes = reading.words("remedy_change") or reading.words("remedy_name")
    if not np.isfinite([before, after]).all(axis=0).any() or len(changes) != after.size:
        return False
    _rows(axes, [fill(shortened(capital(each), 2 * _NAME), _NAME) for each in changes])
    _errors(axes, max(1.0, float(np.nanmax([before, after]))))
    places = np.arange(after.size)
    low, high = (100 * np.maximum(each, LOWEST) for each in (after, before))
    axes.hlines(places, low, high, color=ROLES["muted"], linewidth=1.5, zorder=3)
    for values, label, filled in ((high, "before", False), (low, "after", True)):
        axes.plot(
            values, places, color=ROLES["accent"], linestyle="none", marker="o", markersize=8,
            markerfacecolor=ROLES["accent"] if filled else "white", label=label, zorder=5,
        )  # fmt: skip
    target = reading.number("remedy_target")
    if math.isfinite(target) and target > LOWEST:
        axes.axvline(
            100 * target, color=ROLES["ink"], linewidth=1.5, linestyle=(0, (5, 3)),
            label=f"wanted: {off(target)}", zorder=4,
        )  # fmt: skip
    legend(axes, 3)
    return True


def _rows_of_causes(reading: InputReading, split: Split) -> tuple[list[str], np.ndarray]:
    """The stages, or the blocks of a network, and the share of each cause there, in per cent."""
    shares = 100 * np.nan_to_num(split.shares)
    if not split.graph:
        numbers = split.numbers
        return [f"{each}  {name_of(reading, each, split, _NAME)}" for each in numbers], shares
    blocks = Network(reading).blocks
    parts = [shares[:, list(block.nodes)].sum(axis=1) for block in blocks]
    return [shortened(block.name, _NAME) for block in blocks], np.transpose(parts)


def _rows(axes: Axes, names: list[str]) -> None:
    """Name the rows, the first one on top."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)


def _errors(axes: Axes, top: float) -> None:
    """The scale of errors along x, in per cent, with its four zones."""
    from matplotlib.ticker import FixedLocator, NullLocator

    low_end, high_end = axes.get_ylim()
    axes.set_ylim(low_end + 0.07 * (low_end - high_end), high_end)  # room for the zones' names
    axes.set_xscale("log")
    axes.set_xlim(100 * LOWEST, 100 * top * (1.2 if top > 1 else 1.0))
    for colour, (name, low, high) in zip(ZONES, _ZONES, strict=True):
        end = top * 1.2 if high == 1.0 and top > 1 else high
        axes.axvspan(100 * low, 100 * end, color=colour, linewidth=0, zorder=0)
        axes.text(
            100 * math.sqrt(low * high), 0.01, name, transform=axes.get_xaxis_transform(),
            ha="center", va="bottom", fontsize=TEXT - 3, color=ROLES["muted"], zorder=1,
        )  # fmt: skip
    axes.xaxis.set_major_locator(FixedLocator([0.01, 0.1, 1.0, 10.0, 100.0]))
    settle(axes, line=False, keep_y=True)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("error, % of the result")


def _points(
    axes: Axes, found: list[Found], role: str, marker: str, label: str, aside: float
) -> None:
    """Errors as points; what lies below the scale stands at its lower end."""
    if not found:
        return
    axes.plot(
        [100 * max(each.error, LOWEST) for each in found], [each.move + aside for each in found],
        color=ROLES[role], linestyle="none", marker=marker, markersize=7, label=label, zorder=5,
        clip_on=False,
    )  # fmt: skip
