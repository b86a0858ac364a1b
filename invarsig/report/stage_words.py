"""The words for stages: which of them makes the error."""

from __future__ import annotations

import numpy as np

from invarsig.report.headline import SMALL, headline
from invarsig.report.reading import ROUND_OFF, AxisReading
from invarsig.report.wording import percent, quantity, shortened

__all__ = ["MINOR", "stage_sentences"]

# A share of the error below this is left out of sentences: naming it would not change what to do.
MINOR = 0.1

# From this share on it is said how a stage without a stride comes to make an error.
LARGE = 0.25


def stage_sentences(reading: AxisReading) -> list[str]:
    """Which stage makes the error."""
    names, shares = reading.words("operator"), reading.shares
    if not names or "share" not in reading.data.variables:
        return []
    if shares.size == 0:
        if reading.at_worst("measured") <= ROUND_OFF:
            return ["The error is round-off, so there is nothing to attribute to a stage."]
        return []
    weights = reading.weights
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
    lead = "Treated as periodic: " if headline(reading).protocol != "periodic" else ""
    found = [f"{lead}{text}."]
    if any(shares[k] < 0 for k in others):
        found.append("A negative share is an error that makes up for part of another stage's.")
    found += [
        (
            f"Stage {reading.stage_numbers[k]:.0f} has no stride: it makes frequencies that the "
            "sampling rate there cannot hold, and they fold. That shows at shifts between whole "
            "samples of its own grid."
        )
        for k in (top, *others)
        if shares[k] >= LARGE and _pointwise(names[k])
    ]
    border = float(reading.over_shift("border_share") @ weights / weights.sum())
    if border >= SMALL:
        found.append(
            f"{percent(border)} of the error's energy is at the border; the stages' shares are "
            "taken inside."
        )
    return found


def _pointwise(stage: str) -> bool:
    """Whether a stage is a function of single samples, by its name."""
    from invarsig import operators
    from invarsig.operators.pointwise.pointwise import Pointwise

    kind = getattr(operators, stage.partition("(")[0], None)
    return isinstance(kind, type) and issubclass(kind, Pointwise)
