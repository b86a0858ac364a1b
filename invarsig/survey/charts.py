"""Figures of a survey: how errors are distributed over files, and how files are graded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from invarsig.report.colours import ROLES
from invarsig.report.drawing import (
    LEFT,
    RIGHT,
    TEXT,
    WIDE,
    Drawing,
    axes_at,
    canvas,
    drawn,
    legend,
    settle,
)
from invarsig.report.limits import CLEAR, LOWEST, SEVERE, SLIGHT
from invarsig.report.markup import attributes, element, prose
from invarsig.report.split import NAMES
from invarsig.report.wording import off, percent, printable, shortened
from invarsig.survey.quantiles import quantile
from invarsig.survey.results import PROBABILITIES, Survey

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MOST_CURVES", "bar", "distribution", "kinds"]

# Curves differ by color and dashes.
_STYLES: tuple[tuple[str, tuple[float, ...] | None], ...] = (
    ("image-2", None),
    ("image-1", (5, 2)),
    ("image-3", (2, 2)),
    ("image-4", (7, 2, 2, 2)),
    ("image-5", (1, 1.5)),
    ("image-6", (9, 3)),
)

MOST_CURVES = len(_STYLES)

_HIGH, _BELOW, _LINE = 220.0, 52.0, 19.0

# From this part of a bar on its number is written inside.
_INSIDE = 0.12

_GRADES = ("negligible", "slight", "clear", "severe")


def distribution(found: Survey, dim: str, prefix: str) -> Drawing | None:
    """Share of the files whose error along a dim is at most so large, a curve for each pipeline.

    None where no error is known.
    """
    own = [(each, found.errors(each, dim)) for each in found.pipelines[:MOST_CURVES]]
    known = [(name, np.sort(values[np.isfinite(values)])) for name, values in own]
    if not any(values.size for _, values in known):
        return None
    rows = -(-len(known) // 2) if len(known) > 1 else 0
    height = _HIGH + _BELOW + _LINE * rows + 14
    figure = canvas(WIDE, height)
    axes = axes_at(figure, LEFT, _BELOW, WIDE - LEFT - RIGHT, _HIGH)
    for (name, values), style in zip(known, _STYLES, strict=False):
        if values.size:
            _curve(axes, values, shortened(printable(name), 26) if len(known) > 1 else "", style)
    _frame(axes, dim)
    legend(axes)
    return drawn(figure, prefix, _text(known, dim), [])


def _curve(
    axes: Axes, values: np.ndarray, label: str, style: tuple[str, tuple[float, ...] | None]
) -> None:
    role, dashes = style
    shown = np.clip(values, LOWEST, 1.0)
    x = np.concatenate([[LOWEST], shown, [1.0]])
    y = np.concatenate([[0.0], np.arange(1, values.size + 1) / values.size, [1.0]])
    axes.step(
        100 * x, 100 * y, where="post", color=ROLES[role], linewidth=2.0, label=label or "_",
        linestyle="-" if dashes is None else (0, dashes), zorder=3,
    )  # fmt: skip
    for probability in PROBABILITIES:
        one = quantile(values, probability)
        ends = np.clip([one.low, one.value, one.high], LOWEST, 1.0)
        axes.plot(
            100 * ends[[0, 2]], [100 * probability] * 2, color=ROLES[role], linewidth=5, alpha=0.4,
            solid_capstyle="butt", zorder=2,
        )  # fmt: skip
        axes.plot(
            100 * ends[1:2], [100 * probability], color=ROLES[role], marker="o", markersize=5,
            linestyle="none", zorder=4,
        )  # fmt: skip


def _frame(axes: Axes, dim: str) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator

    axes.set_xscale("log")
    axes.set_xlim(100 * LOWEST, 100)
    axes.set_ylim(0, 112)
    axes.xaxis.set_major_locator(FixedLocator([0.01, 0.1, 1, 10, 100]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(FixedLocator([0, 25, 50, 75, 90, 100]))
    axes.set_xlabel(f"worst error along {shortened(printable(dim), 20)}, % of the result")
    axes.set_ylabel("files, %")
    settle(axes)
    for limit in (SLIGHT, CLEAR, SEVERE):
        axes.axvline(100 * limit, color=ROLES["grid"], linewidth=1, zorder=1)
    ends = (LOWEST, SLIGHT, CLEAR, SEVERE, 1.0)
    for word, low, high in zip(_GRADES, ends, ends[1:], strict=False):
        axes.text(
            100 * (low * high) ** 0.5, 103, word, ha="center", va="bottom", fontsize=TEXT - 1,
            color=ROLES["muted"], zorder=1,
        )  # fmt: skip


def _text(known: Sequence[tuple[str, np.ndarray]], dim: str) -> str:
    each = "; ".join(
        f"{shortened(printable(name), 60)}: "
        + ", ".join(f"{percent(p)} at most {off(quantile(values, p).value)}" for p in PROBABILITIES)
        for name, values in known
        if values.size
    )
    return f"Share of files by their worst error along {printable(dim)}. {each}."


def kinds(words: Sequence[str], order: Sequence[str], none: str) -> list[tuple[str, str, int]]:
    """Kinds of rows with their names and how many there are, in an order; those of no kind last."""
    told = [(each, NAMES.get(each, each), words.count(each)) for each in order]
    rest = len(words) - sum(count for _, _, count in told)
    return [each for each in [*told, ("other", none, rest)] if each[2]]


def bar(parts: Sequence[tuple[str, str, int]], classes: dict[str, str]) -> str:
    """A stacked bar of kinds of rows, with its parts listed under it.

    Parameters
    ----------
    parts
        As `kinds` gives them.
    classes
        Class of each kind, which has its color.
    """
    whole = sum(count for _, _, count in parts) or 1
    drawn_parts, keys, at = [], [], 0.0
    for kind, name, count in parts:
        width, own = count / whole, classes.get(kind, "cause-other")
        place = attributes(x=f"{100 * at:.2f}%", width=f"{100 * width:.2f}%")
        drawn_parts.append(f'<rect class="{own}"{place} height="100%"/>')
        if width >= _INSIDE:
            middle = f"{100 * (at + width / 2):.2f}%"
            text = prose(percent(width))
            drawn_parts.append(
                f'<text class="on-{own}" x="{middle}" y="50%" dy=".35em">{text}</text>'
            )
        key = element("span", "", class_=f"key {own}")
        said = element("b", prose(percent(width)))
        keys.append(element("li", f"{key}{said} {prose(name)} ({count})"))
        at += width
    told = ", ".join(f"{percent(count / whole)} {name}" for _, name, count in parts)
    svg = element("svg", "".join(drawn_parts), class_="stack", role="img", aria_label=f"{told}.")
    return svg + element("ul", "".join(keys), class_="keys")
