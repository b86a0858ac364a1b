"""Which stage makes the error along one axis, and what its alias-free counterpart gains."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report.colours import ROLES
from invarsig.report.drawing import TEXT, WIDE, Drawing, axes_at, canvas, drawn, settle
from invarsig.report.gains import gain_in_words
from invarsig.report.limits import LARGE, MINOR, ROUND_OFF, SMALL
from invarsig.report.reading import AxisReading
from invarsig.report.section import Look, Section
from invarsig.report.verdict_words import why_missing
from invarsig.report.wording import percent, quantity, shortened, typeset

__all__ = ["SECTION", "stages"]

# Room for the gains of the twins, beside the bars.
_BESIDE = 130.0


def stages(reading: AxisReading, prefix: str) -> Drawing | None:
    """Draw the share of each stage in the error, averaged over the shifts, with its sign.

    Beside it stands what swapping the stage for its alias-free twin gains, where that was tried.
    """
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
            "gain of replacing it", (WIDE - 16, 0), xycoords=("figure points", "axes fraction"),
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
        text += f" Gain of replacing it by its alias-free counterpart: {each}."
    return drawn(figure, prefix, text, [])


def _gains(reading: AxisReading) -> list[str]:
    """What each stage's twin gains; empty where none was tried."""
    gains, left = reading.over_stage("swap_gain"), reading.over_stage("swap_error")
    if gains.size != len(reading.words("operator")) or not np.isfinite(gains).any():
        return []
    left = np.nan_to_num(left, nan=1.0)
    return [
        gain_in_words(float(gain), float(rest), "{:.1f} dB") or "not swapped"
        for gain, rest in zip(gains, left, strict=True)
    ]


def _sentences(reading: AxisReading) -> list[str]:
    """Which stage makes the error."""
    names, shares = reading.words("operator"), reading.shares
    if not names or "share" not in reading.data.variables:
        return []
    if shares.size == 0:
        if reading.at_worst("measured") <= ROUND_OFF:
            return ["The error is round-off, so there is nothing to attribute to a stage."]
        why = why_missing(reading, "stages_reason")
        return [f"Which stage makes the error is not known: {why}."] if why else []
    weights, created = reading.weights, reading.over_stage("created")
    one = int(weights.argmax()) if (weights > 0).sum() == 1 else None
    over = "over the shifts measured"
    if reading.number("segments") > 1:
        # Over segments the stages are compared at a few of the shifts.
        places = [quantity(float(d), reading.unit) for d in reading.shifts[weights > 0]]
        over = f"at {' and '.join(places)}"
    elif one is not None and reading.shifts.size == 1:
        over = f"at {quantity(float(reading.shifts[one]), reading.unit)}"
    order = np.argsort(-shares, kind="stable")

    def of(place: int) -> str:
        return f"from stage {reading.stage_numbers[place]:.0f}, {shortened(names[place], 72)}"

    top = int(order[0])
    text = f"{percent(float(shares[top]))} of the error {over} comes {of(top)}"
    others = [int(k) for k in order[1:] if abs(shares[k]) >= MINOR]
    text += "".join(f"; {percent(float(shares[k]))} {of(k)}" for k in others)
    found = [f"Treated as periodic: {text}."]
    if why := why_missing(reading, "stages_reason"):
        found.append(f"At the other shifts it is not known: {why}.")
    if any(shares[k] < 0 for k in others):
        found.append("A negative share is an error that makes up for part of another stage's.")
    found += [
        (
            f"Stage {reading.stage_numbers[k]:.0f} has no stride: it makes frequencies that the "
            "sampling rate there cannot hold, and they fold. That shows at shifts between whole "
            "samples of its own grid."
        )
        for k in (top, *others)
        if shares[k] >= LARGE and math.isfinite(created[k])
    ]
    border = float(reading.over_shift("border_share") @ weights / weights.sum())
    if border >= SMALL:
        found.append(
            f"{percent(border)} of the error's energy is at the border; the stages' shares are "
            "taken inside."
        )
    return found


def _figures(reading: AxisReading, look: Look) -> list[Drawing]:
    made = stages(reading, look.prefix)
    return [made] if made else []


def _note(reading: AxisReading) -> str:
    text = (
        "Each stage's share of the error over the shifts measured, each shift weighted by the "
        "energy of its error. The shares add up to 100 %; a negative one makes up for another's."
    )
    if reading.has("swap_gain"):
        text += " Beside it: what replacing the stage by its alias-free counterpart gains."
    return text


SECTION: Section[AxisReading] = Section(
    key="stages",
    title="Which stage, along each axis",
    about="axis",
    place="stages",
    unless="node_path",
    reads=(
        "operator",
        "share",
        "border_share",
        "stages_reason",
        "created",
        "swap_gain",
        "swap_error",
    ),
    sentences=_sentences,
    figures=_figures,
    note=_note,
)
