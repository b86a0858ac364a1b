"""Other borders: what could be done about an error that the padding makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from invarsig.axes import Axes
from invarsig.errors import InvarsigError
from invarsig.operators import Operator, Pipeline
from invarsig.operators.base import stages_of

__all__ = ["Repadded", "repadded"]

_REASONS = {
    "valid": "no output rests on made-up samples; there are fewer of them",
    "reflect": "the padding continues the signal by its mirror image, without a step",
    "symmetric": "the padding continues the signal by its mirror image, edge included",
}


@dataclass(frozen=True)
class Repadded:
    """A pipeline with another boundary at all stages that pad.

    Parameters
    ----------
    boundary
        The boundary.
    stages
        Which stages change, counted from 1.
    pipeline
        The pipeline.
    reason
        Why it may help.
    """

    boundary: str
    stages: tuple[int, ...]
    pipeline: Operator
    reason: str


def repadded(op: Operator, axes: Axes) -> Iterator[Repadded]:
    """Go through the other boundaries that the stages of a pipeline could have.

    A stage that pads by itself, as a function may, has no other boundary.

    Examples
    --------
    >>> import invarsig as iv
    >>> op = iv.BlurPool(taps=3, stride={"x": 1}, boundary="zero") >> iv.Relu()
    >>> x = iv.label([1.0, 2.0, 3.0, 4.0], "x")
    >>> [(each.boundary, each.stages) for each in repadded(op, iv.Axes.of(x))]
    [('valid', (1,)), ('reflect', (1,)), ('symmetric', (1,))]
    """
    stages = stages_of(op)
    for boundary, reason in _REASONS.items():
        changed = tuple(_with(stage, boundary) for stage in stages)
        numbers = tuple(
            number
            for number, (old, new) in enumerate(zip(stages, changed, strict=True), 1)
            if str(old) != str(new)
        )
        if not numbers:
            continue
        pipeline = Pipeline(changed) if len(changed) > 1 else changed[0]
        try:
            pipeline.plan(axes)
        except InvarsigError:
            continue  # A window that is longer than what is left, say.
        yield Repadded(boundary, numbers, pipeline, reason)


def _with(stage: Operator, boundary: str) -> Operator:
    """A stage with another boundary, where it was given one that pads."""
    unset = stage.bounded(None)
    return stage if str(unset) == str(stage) else stage.bounded(boundary)
