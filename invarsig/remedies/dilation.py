"""A smaller stride, and dilation after it.

Later weights then read the samples that they were trained on, which stand further apart on the
finer grid.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from invarsig.axes import Axes
from invarsig.errors import InvarsigError, ParameterError
from invarsig.operators import Join, Node, Operator
from invarsig.remedies.course import Course

__all__ = ["dilated"]


def dilated(course: Course, finer: Mapping[int, Operator], x: Axes) -> Operator:
    """Put finer forms of some nodes in their places, and dilate what comes after them.

    A node after it reads samples ``f`` times as far apart, where f is how many times finer its
    input is now. What reads single samples, or all of an axis, stays as it is.

    Parameters
    ----------
    course
        The nodes.
    finer
        What stands at some of their places then, with a smaller stride.
    x
        Axes of the input.

    Raises
    ------
    ParameterError
        If a later node has no dilated form; it is named.
    """
    before = course.axes(x)
    nodes, first = list(course.nodes), min(finer)
    now = list(before[: first + 1])
    for number in range(first, len(nodes)):
        inputs = [now[k] for k in course.inputs[number]]
        node = nodes[number]
        if number in finer:
            node = nodes[number] = Node(node.name, finer[number], node.inputs)
        elif not isinstance(node.op, Join):
            old = before[course.inputs[number][0]]
            factors = _finer(old, inputs[0])
            op = _followed(node, node.op, old, factors) if factors else node.op
            node = nodes[number] = Node(node.name, op, node.inputs)
        try:
            now.append(node.after(inputs))
        except InvarsigError as error:
            raise ParameterError(f"{node.name!r} ({node.op}) does not follow: {error}") from error
    return course.with_nodes(nodes)


def _finer(old: Axes, new: Axes) -> dict[str, int]:
    """How many times finer each axis is."""
    found = {}
    for dim in old:
        if dim in new and old.placed(dim) and new.placed(dim):
            by = round(abs(old[dim].step / new[dim].step))
            if by > 1:
                found[dim] = by
    return found


def _followed(node: Node, op: Operator, axes: Axes, factors: Mapping[str, int]) -> Operator:
    """The operator on a finer grid."""
    plan = op.plan(axes)
    own = {axis.dim for axis in plan.in_axes} & set(factors)
    kept = {axis.dim for axis in plan.out_axes}
    near = [
        dim
        for dim in factors
        if dim in own
        and dim in kept
        and math.isfinite(sum(plan.reach_along(dim)))
        and (sum(plan.reach_along(dim)) > 0 or plan.stride_along(dim) > 1)
    ]
    if not near or all(_reads_one(plan.reach_along(dim)) for dim in near):
        return op
    varied = getattr(op, "varied", None)
    made = varied("dilation", {dim: factors[dim] for dim in near}) if varied else None
    if not isinstance(made, Operator):
        raise ParameterError(
            f"{node.name!r} ({op}) comes after it and has no dilated form, so it would read other "
            "samples than it was made for."
        )
    return made


def _reads_one(reach: tuple[float, float]) -> bool:
    """Whether each output depends on one sample: a stride then keeps its place."""
    return reach == (0.0, 0.0)
