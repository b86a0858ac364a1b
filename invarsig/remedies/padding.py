"""Other borders: what could be done about an error that the padding makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from invarsig.axes import Axes
from invarsig.errors import InvarsigError
from invarsig.operators import Graph, Join, Node, Operator
from invarsig.remedies.course import Course

__all__ = ["Repadded", "repadded"]

_REASONS = {
    "valid": "no output rests on made-up samples; there are fewer of them",
    "reflect": "the padding continues the signal by its mirror image, without a step",
    "symmetric": "the padding continues the signal by its mirror image, edge included",
}

# Nodes of a network call them by other names, and have more of them.
_OF_NETWORKS = {
    "reflect": ("reflect", _REASONS["reflect"]),
    "replicate": ("replicate", "the padding continues the signal by its last sample"),
    "periodic": ("circular", "the two ends are taken to meet: right only for what wraps"),
}


@dataclass(frozen=True)
class Repadded:
    """A pipeline or graph with another boundary at all stages or nodes that pad.

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

    @property
    def where(self) -> str:
        """Which stages change, in words."""
        if isinstance(self.pipeline, Graph):
            count = len(self.stages)
            return f"all {count} nodes that pad" if count > 1 else "the node that pads"
        numbers = ", ".join(map(str, self.stages))
        return f"stage{'s' if len(self.stages) > 1 else ''} {numbers}"


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
    course = Course.of(op)
    reasons = {**_REASONS, **{name: why for name, (_, why) in _OF_NETWORKS.items()}}
    for boundary in reasons if isinstance(op, Graph) else _REASONS:
        nodes = [Node(each.name, _with(each.op, boundary), each.inputs) for each in course.nodes]
        numbers = tuple(
            number
            for number, (old, new) in enumerate(zip(course.nodes, nodes, strict=True), 1)
            if new.op is not old.op
        )
        if not numbers:
            continue
        pipeline = course.with_nodes(nodes) if len(nodes) > 1 else nodes[0].op
        if isinstance(op, Graph):
            pipeline = course.with_nodes(nodes)
        assert isinstance(pipeline, Operator)
        try:
            pipeline.plan(axes)
        except InvarsigError:
            continue  # A window that is longer than what is left, say.
        yield Repadded(boundary, numbers, pipeline, reasons[boundary])


def _with(op: Operator | Join, boundary: str) -> Operator | Join:
    """A stage with another boundary, where it was given one that pads; else the stage itself."""
    if isinstance(op, Join):
        return op
    varied = getattr(op, "varied", None)
    if varied is not None:
        named = _OF_NETWORKS.get(boundary)
        return (varied("padding", named[0]) if named else None) or op
    if boundary not in _REASONS:
        return op
    changed = op if str(op.bounded(None)) == str(op) else op.bounded(boundary)
    return op if str(changed) == str(op) else changed
