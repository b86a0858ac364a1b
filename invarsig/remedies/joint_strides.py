"""A smaller stride on all branches that meet: a residual block's main path and its skip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.operators import Join, Operator
from invarsig.operators.strides import decimating
from invarsig.remedies.course import Course

__all__ = ["finer_together"]


def finer_together(
    course: Course, place: int, strides: Mapping[str, int], x: Axes
) -> dict[int, Operator]:
    """Finer forms of a strided node, and of those on other branches that meet its own.

    Parameters
    ----------
    course, place
        The nodes, and which one gets smaller strides.
    strides
        Its strides then, along some dims; each divides the one that it has.
    x
        Axes of the input.

    Returns
    -------
    dict
        By place: of each branch that meets one with the node, the last node there that strides by a
        multiple of as much, as many times finer.

    Raises
    ------
    ParameterError
        If a branch that it meets has no such node, or a node no finer form. It is named.
    """
    axes = course.axes(x)
    own = _strides(course, place, axes)
    times = {dim: own[dim] // by for dim, by in strides.items() if own[dim] > by}
    found = {place: _finer(course, place, axes, times)}
    before = _strided_before(course, axes, tuple(times))
    for number, (node, inputs) in enumerate(zip(course.nodes, course.inputs, strict=True)):
        if not isinstance(node.op, Join):
            continue
        finer = [bool(set(found) & before[k]) for k in inputs]
        if not any(finer):
            continue
        mine = frozenset.union(*(before[k] for k, own in zip(inputs, finer, strict=True) if own))
        for k, alike in zip(inputs, finer, strict=True):
            if alike or not set(times) & set(axes[k]):
                continue
            other = [each for each in sorted(before[k] - mine) if _fits(course, each, axes, times)]
            if not other:
                raise ParameterError(
                    f"its branch meets another one at {course.nodes[number].name!r}, which does "
                    "not stride by as much, so the two would hold different samples"
                )
            found[other[-1]] = _finer(course, other[-1], axes, times)
    return found


def _strides(course: Course, place: int, axes: Sequence[Axes]) -> dict[str, int]:
    op = course.nodes[place].op
    assert isinstance(op, Operator)
    return decimating(op.plan(axes[course.inputs[place][0]]).stride)


def _fits(course: Course, place: int, axes: Sequence[Axes], times: Mapping[str, int]) -> bool:
    """Whether a node strides by a multiple of as much along all dims."""
    own = _strides(course, place, axes)
    return all(own.get(dim, 1) % by == 0 for dim, by in times.items())


def _finer(course: Course, place: int, axes: Sequence[Axes], times: Mapping[str, int]) -> Operator:
    op = course.nodes[place].op
    assert isinstance(op, Operator)
    own = _strides(course, place, axes)
    finer = op.restrided({dim: own[dim] // by for dim, by in times.items()})
    if finer is None:
        raise ParameterError(f"{course.nodes[place].name!r} has no form with a smaller stride")
    return finer


def _strided_before(
    course: Course, axes: Sequence[Axes], dims: Sequence[str]
) -> list[frozenset[int]]:
    """For each result the nodes before it that stride along any of some dims."""
    found: list[frozenset[int]] = [frozenset()]
    for place, (node, inputs) in enumerate(zip(course.nodes, course.inputs, strict=True)):
        reached = frozenset.union(*(found[k] for k in inputs))
        if not isinstance(node.op, Join) and set(dims) & set(_strides(course, place, axes)):
            reached |= {place}
        found.append(reached)
    return found
