"""The lift: what a strided operator would give on its input's own grid."""

from __future__ import annotations

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.axes import Axes, axis_of, nearest_periodic
from invarsig.commutator import commutator
from invarsig.errors import AxisError, ParameterError, UnexplainedError
from invarsig.measures.equivariance import relative
from invarsig.operators import Dense, Operator, Pipeline

__all__ = ["default_divisor", "folding_explains", "lift", "total_stride"]


def total_stride(op: Operator, x: xr.DataArray, dim: str) -> int:
    """Input samples per output sample along a dim that is in both.

    Raises
    ------
    AxisError
        If the axis is not periodic before and after, or `op` has lost it.
    """
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
    stride = plan.stride.get(dim, 1)
    if after[dim].size * stride != before.size:
        raise AxisError(
            f"Along {dim!r} the result has {after[dim].size} samples at a stride of {stride}, "
            f"which do not go "
            f"round {before.size} samples; give every stage boundary='periodic', or none, so that "
            f"it "
            "follows the axis."
        )
    return stride


def default_divisor(op: Operator, x: xr.DataArray, dim: str) -> int:
    """Grid that orbits and lifts run over by default: an eighth of a front end's hop, else 1.

    A spectrogram at a hop of one sample is gigabytes for a minute; multiples of any divisor of
    the total stride obey the same identity.
    """
    axes = Axes.of(x)
    for stage in op.stages if isinstance(op, Pipeline) else (op,):
        plan = stage.plan(axes)
        hop = plan.stride.get(dim, 1)
        if stage.front_end and hop > 1:
            return max(r for r in range(1, max(hop // 8, 1) + 1) if hop % r == 0)
        if hop > 1:
            return 1
        axes = plan.after(axes)
    return 1


def lift(op: Operator, x: xr.DataArray, dim: str, *, divisor: int = 1) -> xr.DataArray:
    """Lift an operator to its input's grid: ``Z[S j + k] = f(T_-k x)[j]``.

    f is its lift, subsampled. Computed by polyphase recursion, in a few passes and not S.

    Parameters
    ----------
    op
        Operator or pipeline of total stride S along `dim`.
    x
        Labelled array, periodic along `dim`.
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
    stride = total_stride(op, x, dim)
    if divisor < 1 or stride % divisor:
        raise ParameterError(
            f"The divisor {divisor} does not divide the total stride {stride} along {dim!r}."
        )
    return op(x) if divisor == stride else Dense(op, {dim: divisor})(x)


def folding_explains(op: Operator, x: xr.DataArray, dim: str) -> xr.DataArray:
    """Test whether folding explains an operator: ``||f(T_S x) - T_1 f(x)|| / ||f(x)||``.

    S is the total stride, so the result should move by exactly one of its samples. It does
    not for locally connected layers, absolute positions or borders inside; then their error
    has another cause than aliasing.

    Parameters
    ----------
    op, x, dim
        As for `lift`.

    Returns
    -------
    xarray.DataArray
        The relative error, without dims; ``attrs["explained"]`` says whether it is below the
        round-off (1e-9, or 1e-3 in single precision).

    Raises
    ------
    AxisError
        If the axis is not periodic.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label([1.0, 3.0, 2.0, 0.0], iv.Axis("x", period=4.0))
    >>> iv.folding_explains(iv.MaxPool(window={"x": 2}), x, "x").attrs["explained"]
    True
    """
    stride = total_stride(op, x, dim)
    error = commutator(op, x, Translate.in_samples(x, {dim: stride}))
    size = relative(error, op(x), "total")
    single = error.dtype in (np.dtype(np.float32), np.dtype(np.complex64))
    explained = bool(size.fillna(0.0) <= (1e-3 if single else 1e-9))
    return size.rename("unexplained_error").assign_attrs(explained=explained, stride=stride)
