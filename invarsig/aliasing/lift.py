"""The lift: what a strided operator would give on its input's own grid."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.axes import Axes, axis_of, difference, nearest_periodic, promoted
from invarsig.errors import AxisError, ParameterError, UnexplainedError
from invarsig.measures.norms import norm_of
from invarsig.operators import Dense, Graph, Operator
from invarsig.operators.base import require_operator, stages_of
from invarsig.operators.composed import branches_of
from invarsig.operators.graph import INPUT
from invarsig.operators.polyphase import without_a_lift
from invarsig.operators.strides import Rate

__all__ = [
    "default_divisor",
    "folding_explains",
    "has_lift",
    "lift",
    "stride_and_reach",
    "total_stride",
    "whole_shift",
]


def total_stride(op: Operator, x: xr.DataArray, dim: str) -> int:
    """Input samples per output sample along a dim that is in both, where there is a lift.

    Raises
    ------
    AxisError
        If the axis is not periodic before and after.
    UnexplainedError
        If `op` has lost it, or a rate goes up, so that there is no lift.
    """
    stride, whole = _rates(op, x, dim)
    if stride != whole:
        raise UnexplainedError(without_a_lift(dim, stride, whole))
    return whole


def has_lift(op: Operator, x: xr.DataArray, dim: str) -> bool:
    """Whether the output's stride is the smallest whole shift: then outputs of all shifts mesh."""
    plan = op.plan(Axes.of(x))
    return plan.stride_along(dim) == plan.whole_shift_along(dim)


def whole_shift(op: Operator, x: xr.DataArray, dim: str) -> int:
    """Smallest whole shift S of the input that moves every result by whole samples of its own.

    The total stride where rates only go down; 2 for a pool of 2 followed by an upsampling by 2.

    Raises
    ------
    AxisError
        If the axis is not periodic before and after.
    UnexplainedError
        If `op` has lost it.
    """
    return _rates(op, x, dim)[1]


def _rates(op: Operator, x: xr.DataArray, dim: str) -> tuple[Rate, int]:
    """Stride and smallest whole shift along a periodic axis that is in both."""
    before = axis_of(x, dim)
    if not before.periodic:
        raise AxisError(nearest_periodic(before))
    axes = Axes.of(x)
    plan = op.plan(axes)
    after = plan.after(axes)
    if dim not in after:
        raise UnexplainedError(
            f"The result has lost the dim {dim!r}, so nothing can fold along it; measure "
            f"invariance instead."
        )
    stride = plan.stride_along(dim)
    if after[dim].size * stride != before.size:
        raise AxisError(
            f"Along {dim!r} the result has {after[dim].size} samples at a stride of {stride}, "
            f"which do not wrap around {before.size} samples; give every stage "
            "boundary='periodic', or none, so that it follows the axis."
        )
    return stride, plan.whole_shift_along(dim)


def default_divisor(op: Operator, x: xr.DataArray, dim: str) -> int:
    """Default grid of orbits and lifts: about an eighth of a front end's hop, else 1.

    A spectrogram at a hop of one sample is gigabytes for a minute; multiples of any divisor of
    the total stride obey the same identity. Of the hop's divisors the one nearest to an eighth is
    taken: a prime hop is its own grid.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        Labeled array that it is applied to.
    dim
        The dim that is moved along.

    Returns
    -------
    int
        A divisor of the total stride, in samples; 1 where nothing but single samples will do.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([0.0] * 4096, iv.Axis("time", step=1 / 16000, unit="s"))
    >>> default_divisor(iv.Spectrogram.in_samples(x, window=512, hop=128), x, "time")
    16
    """
    hop = _front_end_hop(op, Axes.of(x), dim)
    divisors = [r for r in range(1, hop + 1) if hop % r == 0]
    return min(divisors, key=lambda r: (abs(math.log(8 * r / hop)), r)) if hop > 1 else 1


def _front_end_hop(op: Operator, axes: Axes, dim: str) -> int:
    """Hop of the front end that an operator begins with, or 1."""
    for stage in stages_of(op):
        plan = stage.plan(axes)
        if stage.front_end:
            return plan.whole_shift_along(dim)
        for inner in _beginnings(stage):
            hop = _front_end_hop(inner, axes, dim)
            if hop > 1:
                return hop
        if plan.stride.get(dim, 1) != 1:
            return 1
        axes = plan.after(axes)
    return 1


def _beginnings(stage: Operator) -> tuple[Operator, ...]:
    """What is nested in a stage and reads the stage's own input."""
    if isinstance(stage, Graph):
        return tuple(
            node.op
            for node in stage.nodes
            if isinstance(node.op, Operator) and node.sources == (INPUT,)
        )
    return branches_of(stage)


def stride_and_reach(op: Operator, x: xr.DataArray, dim: str) -> tuple[int, tuple[float, float]]:
    """Smallest whole shift and reach along a dim, of all stages or up to the one that loses it.

    The smallest whole shift S moves every result by whole samples of its own. Where rates only go
    down it is the total stride. No shift along an axis is longer than the axis.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        Labeled array that it is applied to.
    dim
        The dim that is moved along.

    Returns
    -------
    tuple of int and tuple of float
        The shift, in samples of the input; and the reach to the left and to the right, in the axis'
        unit.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([1.0, 2.0, 3.0, 4.0], "x")
    >>> there_and_back = iv.Subsample(stride={"x": 2}) >> iv.NearestUpsample({"x": 2})
    >>> iv.aliasing.stride_and_reach(there_and_back, x, "x")[0]
    2
    """
    plan = op.plan(Axes.of(x))
    whole = plan.whole_shift_along(dim)
    if dim in x.dims and dim in plan.whole_shifts:
        whole = min(whole, max(x.sizes[dim], 1))
    return whole, plan.reach_along(dim)


def lift(op: Operator, x: xr.DataArray, dim: str, *, divisor: int = 1) -> xr.DataArray:
    """Lift an operator to its input's grid: ``Z[S j + k] = f(T_-k x)[j]``.

    f is its lift, subsampled. Computed by polyphase recursion, in a few passes rather than S.

    Parameters
    ----------
    op
        Operator or pipeline of total stride S along `dim`.
    x
        Labeled array, periodic along `dim`.
    dim
        The axis to lift along.
    divisor
        A divisor r of S: the lift to the grid of every r-th sample,
        ``Z[(S / r) j + k] = f(T_-kr x)[j]``.

    Returns
    -------
    xarray.DataArray
        As ``op(x)``, with S / r times the samples along `dim`.

    Raises
    ------
    AxisError
        If the axis is not periodic.
    ParameterError
        If `divisor` does not divide the total stride.
    UnexplainedError
        If a rate goes up, so that all results move by whole samples only at shifts by several
        output samples: then no finer grid holds the outputs of all shifts. `images` splits them.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([1.0, 3.0, 2.0, 0.0], iv.Axis("x", period=4.0))
    >>> iv.lift(iv.MaxPool(window={"x": 2}), x, "x").values.tolist()
    [3.0, 3.0, 2.0, 1.0]

    References
    ----------
    Vaidyanathan (1993), Multirate systems and filter banks, chapter 4.
    """
    require_operator(op)
    op = op.on(x)
    stride = total_stride(op, x, dim)
    if divisor < 1 or stride % divisor:
        raise ParameterError(
            f"The divisor {divisor} does not divide the total stride {stride} along {dim!r}."
        )
    return op(x) if divisor == stride else Dense(op, {dim: divisor})(x)


def folding_explains(op: Operator, x: xr.DataArray, dim: str) -> xr.DataArray:
    """Test whether folding explains an operator: ``||f(T_S x) - T_S/s f(x)|| / ||f(x)||``.

    S is the smallest whole shift that moves every result by whole samples, the total stride s where
    rates only go down, so the result should move by exactly S / s of its samples. It does not for
    locally connected layers, absolute positions or borders inside; then their error has a cause
    other than aliasing. Where a rate goes up, what explains the error are its `images`.

    One signal at one shift may be blind: a click says nothing about the places where it is silent,
    and a stride can hide what an inner stage does in between. So where some stage is not known to
    be shift-invariant (`Plan.shares`), the test is repeated on a second signal that is nowhere
    silent, and the lift is compared with its definition ``Z[S j + k] = f(T_-k x)[j]`` at the first
    inner phase and at the last, where windows of the finer grid come nearest to the ends.

    Parameters
    ----------
    op, x, dim
        As for `lift`.

    Returns
    -------
    xarray.DataArray
        The largest of these relative errors, without dims; ``attrs["explained"]`` says whether it
        is below the round-off (1e-9, or 1e-3 in single precision). NaN explains nothing.

    Raises
    ------
    AxisError
        If the axis is not periodic.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label([1.0, 3.0, 2.0, 0.0], iv.Axis("x", period=4.0))
    >>> iv.aliasing.folding_explains(iv.MaxPool(window={"x": 2}), x, "x").attrs["explained"]
    True
    """
    require_operator(op)
    op = op.on(x)
    stride = whole_shift(op, x, dim)
    y = op(x)
    error = _moved_wholly(op, x, y, dim, stride)
    if not op.plan(Axes.of(x)).shares(dim):
        dense = _silent_nowhere(x)
        sides = [_moved_wholly(op, dense, op(dense), dim, stride)]
        if stride > 1 and has_lift(op, x, dim):
            sides.append(_lift_as_defined(op, x, dim, stride))
            sides.append(_lift_as_defined(op, dense, dim, stride))
        error = float(np.max([error, *sides]))
    single = y.dtype in (np.dtype(np.float32), np.dtype(np.complex64))
    explained = bool(error <= (1e-3 if single else 1e-9))
    return xr.DataArray(error, name="unexplained_error").assign_attrs(
        explained=explained, stride=stride
    )


def _moved_wholly(op: Operator, x: xr.DataArray, y: xr.DataArray, dim: str, stride: int) -> float:
    """How far a shift by whole samples of all results deviates from a shift of the output."""
    move = Translate.in_samples(x, {dim: stride})
    return _off(difference(op(move(x)), move.on_output(y)), y)


def _off(gap: xr.DataArray, y: xr.DataArray) -> float:
    """Size of a difference relative to a result; 0 or infinite for a silent one."""
    whole, part = float(norm_of(y)), float(norm_of(gap))
    if whole == 0:
        return 0.0 if part == 0 else math.inf
    return part / whole


def _lift_as_defined(op: Operator, x: xr.DataArray, dim: str, stride: int) -> float:
    """How far the lift deviates from its definition, at the first and at the last inner phase."""
    lifted, off = Dense(op, {dim: 1})(x), []
    for phase in dict.fromkeys((1, stride - 1)):
        part = lifted.isel({dim: slice(phase, None, stride)})
        moved = op(Translate.in_samples(x, {dim: -phase})(x))
        gap = part.transpose(*moved.dims).to_numpy() - moved.to_numpy()
        off.append(_off(moved.copy(data=gap), moved))
    return float(np.max(off))


def _silent_nowhere(x: xr.DataArray) -> xr.DataArray:
    """Noise over the same axes, within the range of the signal, so that the operator accepts it."""
    values = promoted(x.to_numpy())
    noise = np.random.default_rng(0).uniform(size=(2, *values.shape))
    if values.dtype.kind == "c":
        size = float(np.abs(values).max())
        return x.copy(data=(size * (noise[0] + 1j * noise[1])).astype(values.dtype))
    low, high = float(values.min()), float(values.max())
    if not low < high:
        low, high = low - 1.0, high + 1.0
    return x.copy(data=(low + (high - low) * noise[0]).astype(values.dtype))
