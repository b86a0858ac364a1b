"""The chart of the stages: the share of each in the error, and what its twin gains."""

from __future__ import annotations

import numpy as np

from invarsig.report.drawing import TEXT, WIDE, Drawing, Node, axes_at, settle
from invarsig.report.reading import AxisReading
from invarsig.report.remedy_words import gain_in_words
from invarsig.report.svg import ROLES, canvas, drawn
from invarsig.report.swap_words import over_stages
from invarsig.report.wording import shortened, typeset

__all__ = ["stages"]

# Room for the gains of the twins, beside the bars.
_BESIDE = 130.0


def stages(node: Node, prefix: str) -> Drawing | None:
    """Draw the share of each stage in the error, averaged over the shifts, with its sign.

    Beside it stands what swapping the stage for its alias-free twin gains, where that was tried.

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
    figure = canvas(WIDE, height)
    gains = _gains(reading)
    axes = axes_at(figure, 16, 44, WIDE - 32 - (_BESIDE if gains else 0), height - 52)
    low, high = min(0.0, float(shares.min())), max(100.0, float(shares.max()))
    room = 0.14 * (high - low)
    axes.set_xlim(low - (room if low < 0 else 0), high + room)
    for place, share in enumerate(shares):
        y = float(place)
        axes.barh(y, share, height=0.32, color=ROLES["accent"], zorder=3, linewidth=0)
        axes.annotate(
            f"{share:.0f} %".replace("-", "\N{MINUS SIGN}"), (max(float(share), 0.0), y),
            xytext=(6, 0),
            textcoords="offset points", ha="left", va="center", fontsize=TEXT, color=ROLES["ink"],
            fontweight="bold",
        )  # fmt: skip
        label = f"{numbers[place]:.0f}. {typeset(shortened(names[place], 62))}"
        axes.text(
            0, y - 0.27, label, ha="left", va="bottom", fontsize=TEXT, color=ROLES["ink"],
            transform=axes.get_yaxis_transform(),
        )  # fmt: skip
        # The zero line stands beside the bars alone: between them it would cross the labels.
        axes.plot([0, 0], [y - 0.2, y + 0.2], color=ROLES["muted"], linewidth=1, zorder=4)
    axes.set_ylim(len(names) - 0.6, -0.75)
    axes.set_xlabel("share of the error, %")
    for place, gain in enumerate(gains):
        axes.annotate(
            typeset(gain), (WIDE - 16, float(place)), xycoords=("figure points", "data"),
            ha="right", va="center", fontsize=TEXT, color=ROLES["ink"], annotation_clip=False,
        )  # fmt: skip
    if gains:
        axes.annotate(
            "gain of its twin", (WIDE - 16, 0), xycoords=("figure points", "axes fraction"),
            xytext=(0, -34), textcoords="offset points", ha="right", va="baseline", fontsize=TEXT,
            color=ROLES["muted"], annotation_clip=False,
        )  # fmt: skip
    settle(axes, keep_y=True)
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
    if gains:
        told = zip(numbers, gains, strict=True)
        each = "; ".join(f"stage {number:.0f}: {gain}" for number, gain in told)
        text += f" Gain of swapping it for its alias-free twin: {each}."
    return Drawing(drawn(figure, prefix, text, []), text)


def _gains(reading: AxisReading) -> list[str]:
    """What each stage's twin gains; empty where none was tried."""
    gains, left = over_stages(reading, "swap_gain"), over_stages(reading, "swap_error")
    if gains.size != len(reading.words("operator")) or not np.isfinite(gains).any():
        return []
    left = np.nan_to_num(left, nan=1.0)
    return [
        gain_in_words(float(gain), float(rest), "{:.1f} dB") or "not swapped"
        for gain, rest in zip(gains, left, strict=True)
    ]
