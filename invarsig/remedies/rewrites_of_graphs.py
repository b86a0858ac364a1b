"""Rewrites of nodes of a graph, where other branches and later weights have a say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.operators import Graph, Operator, PolyphasePool
from invarsig.remedies.dilation import dilated
from invarsig.remedies.joint_strides import finer_together
from invarsig.remedies.on_ring import OnRing
from invarsig.remedies.rewrite import Refused, Rewrite, Spot
from invarsig.remedies.selection import alike, partner_of

__all__ = ["dilations", "interpolations", "is_activation", "lowered", "selections"]

# A difference below this part of the largest value is rounding, in double and in single precision.
_DOUBLE, _SINGLE = 1e-9, 1e-4


def _off(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays differ by more than rounding."""
    if one.shape != other.shape:
        return True
    limit = _DOUBLE if other.dtype.itemsize >= 8 else _SINGLE
    gap = np.nan_to_num(np.abs(one - other)).max(initial=0.0)
    return bool(gap > limit * np.nan_to_num(np.abs(other)).max(initial=0.0))


def lowered(here: Spot, dense: Operator) -> bool:
    """Whether a form without a stride, of which every s-th sample is taken, is the node itself."""
    every = {dim: slice(None, None, by) for dim, by in here.strides.items()}
    kept = dense(here.x).isel(every).transpose(*here.y.dims)
    return not _off(kept.to_numpy(), here.y.to_numpy())


def is_activation(here: Spot, dims: Sequence[str]) -> bool:
    """Whether a node treats each sample alone along some dims, and is not affine."""
    plan = here.op.plan(Axes.of(here.x))
    if here.x.sizes != here.y.sizes or {axis.dim for axis in plan.in_axes} & set(dims):
        return False
    x, zero = here.x, here.op(here.x * 0).to_numpy()
    once, back = here.y.transpose(*x.dims).to_numpy() - zero, here.op(-x).to_numpy() - zero
    return _off(-back, once)


def dilations(here: Spot) -> Iterator[Rewrite | Refused]:
    """Half the stride, on all branches that meet, and what comes after it dilated."""
    what = "halve the stride, and dilate what comes after it, of"
    strides = {dim: by // 2 if by % 2 == 0 else 1 for dim, by in here.strides.items()}
    if here.restrided(strides) is None:
        yield Refused(what, here.place, "it has no form with a smaller stride")
        return
    try:
        finer = finer_together(here.course, here.place, strides, here.axes)
        pipeline = dilated(here.course, finer, here.axes)
    except ParameterError as error:
        yield Refused(what, here.place, str(error))
        return
    reason = (
        "fewer frequencies fold, later weights read the samples that they were trained on, and "
        "the output is larger"
    )
    first, *others = sorted(finer)
    if others:
        names = " and ".join(repr(here.course.nodes[place].name) for place in others)
        reason += (
            f"; {names}, on a branch that it meets, stride{'s' * (len(others) == 1)} as little"
        )
    yield Rewrite(
        f"half the stride of {here.course.nodes[first].op}, dilation after it",
        what,
        pipeline,
        reason,
        first,
        strides=None,
        leads_on=False,
    )


def selections(here: Spot) -> Iterator[Rewrite | Refused]:
    """Choose the samples that are kept by the signal itself, alike on branches that meet."""
    what = "select samples by norm at the stride of"
    dense = here.dense()
    if dense is None or not lowered(here, dense):
        yield Refused(what, here.place, "it has no form without its stride")
        return
    axes = here.course.axes(here.axes)
    try:
        partner = partner_of(here.course, here.place, axes, here.dims)
    except LookupError as error:
        yield Refused(what, here.place, str(error))
        return
    joint = [
        str(dim)
        for dim in here.y.dims
        if dim not in here.given
        or dim == "channel"
        or (dim in here.y.coords and Axes.of(here.y).placed(str(dim)))
    ]
    over = tuple(dim for dim in joint if dim not in here.strides)
    pool = OnRing(PolyphasePool(stride=here.strides, over=over), here.strides)
    reason = (
        "the samples with the largest norm are kept wherever they stand: exact for whole samples "
        "away from the ends, up to alignment by whole samples of the output"
    )
    if not here.wraps(dense):
        reason += "; the two ends of the axis are taken to meet"
    if partner is None:
        pipeline: Operator = here.course.rewritten(here.place, (dense, pool))
    else:
        first, second = sorted((here.place, partner))
        graph = here.course.op
        assert isinstance(graph, Graph)
        found = alike(graph, here.course.nodes[first].name, here.course.nodes[second].name, pool)
        if found is None:
            other = here.course.nodes[partner].name
            yield Refused(what, here.place, f"{other!r}, which it meets, keeps its stride")
            return
        pipeline = found
        reason += f"; {here.course.nodes[partner].name!r} keeps the same samples"
    yield Rewrite(
        f"polyphase selection in place of the stride of {here.op}",
        what,
        pipeline,
        reason,
        here.place if partner is None else min(here.place, partner),
        aligned=True,
        leads_on=False,
    )


def interpolations(here: Spot) -> Iterator[Rewrite]:
    """Linear interpolation in place of the nearest sample."""
    varied = getattr(here.op, "varied", None)
    linear = varied("interpolation", "linear") if varied is not None else None
    if isinstance(linear, Operator):
        yield here.rewritten(
            f"linear interpolation in {here.op}",
            "interpolate linearly in",
            "the steps of the nearest sample, images of the coarser grid, are smoothed",
            linear,
        )
