"""Lie derivative: the equivariance error in the limit of small shifts, and its floor."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Translate
from invarsig.axes import Axes, axis_of, bin_rule, difference, nearest_periodic, require_values
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.measures.norms import Norm, centered, norm_of, relative, usual_norm
from invarsig.measures.silence import is_round_off
from invarsig.operators import Operator, SpectralPool
from invarsig.operators.base import require_operator
from invarsig.operators.strides import decimating
from invarsig.spectra import slopes

__all__ = ["Derivative", "LieNorm", "lie_derivative"]

Derivative = Literal["spectral", "linear"]
LieNorm = Literal["centered", "channelwise", "total", "motion"]

# Relative to the signal without its mean: from where curvature matters to where round-off does.
_STEPS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)


def lie_derivative(
    op: Operator,
    x: xr.DataArray,
    action: Translate,
    *,
    derivative: Derivative = "spectral",
    norm: LieNorm | None = None,
    keep: Sequence[str] = (),
) -> xr.DataArray:
    """Relative Lie derivative: ``||df(x)[D x] - D f(x)|| / ||f(x)||``.

    D is the rate at which a signal changes as it begins to move, ``d/dt g_t x`` at t = 0, and df(x)
    the operator's own derivative. It is the limit of the equivariance error over t,
    ``equivariance_error(op, x, action.at(t)) / t``, as t goes to 0. A translation's D is known
    exactly on a periodic axis: ``-2 pi i f`` in each bin, 0 in the Nyquist bin of a real signal
    (`invarsig.spectra.slopes`). df is taken by central differences along D x at five steps,
    extrapolated (Richardson), of which the two that agree best are kept; everything in double
    precision.

    *Floor.* With ``derivative="spectral"``, that of the central differences: 1e-14 to 1e-12, in the
    coordinates ``floor`` (an ideal low-pass of the same stride) and ``uncertainty``. With
    ``derivative="linear"``, the published estimate, a perfect operator scores 0.03 to 0.2: the
    derivative of linear interpolation at 0 is the difference of neighbors, which obeys no product
    rule (a square fails it without any stride, where ``floor`` says round-off) and means something
    different on each grid.

    *Blind to* what only larger shifts reveal, as a phase that is chosen by its energy: the
    derivative at one phase says nothing of the jump to the next. Where a signal touches a kink
    exactly (a rectifier at 0, a maximum of two equal samples, which pictures of eight bits have
    many of) there is no derivative, and the mean of both sides is taken, as no shift does. The
    coordinate ``kink`` tells how far the sides are apart.

    Parameters
    ----------
    op
        Operator or pipeline f.
    x
        Labeled array, periodic along the dims that move.
    action
        The translation whose start is considered: its lengths set the velocity, so that for
        ``Translate(x=1)`` the result is per sample (or pixel, second).
    derivative
        "spectral": exact. "linear": that of linear interpolation, as published.
    norm
        "centered", "channelwise", "total": as for `equivariance_error`. "motion": relative to
        ``||D f(x)||``, which needs no velocity; undefined where the output has lost the axis.
    keep
        Dims of the output that are kept.

    Returns
    -------
    xarray.DataArray
        With the coordinates ``floor``, ``uncertainty`` (by how much the two best estimates differ)
        and ``kink`` (half the difference of the slopes ahead and behind; 1e-4 and less where the
        operator is smooth), all relative to the same norm.

    Raises
    ------
    AxisError
        If an axis that moves is not periodic, before or after.
    ParameterError
        If the action is not a translation, or a parameter is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.cos(0.75 * np.pi * np.arange(16)), iv.Axis("x", unit="px", period=16.0))
    >>> blur = iv.BlurPool(taps=3, stride={"x": 1})
    >>> bool(iv.measures.lie_derivative(blur, x, iv.Translate(x=1)) < 1e-9)
    True
    >>> halved = iv.Subsample(stride={"x": 2})  # the wave folds, and then moves the wrong way
    >>> float(iv.measures.lie_derivative(halved, x, iv.Translate(x=1)).round(6) / np.pi)
    1.0000...

    References
    ----------
    Gruver, Finzi, Goldblum & Wilson (2022), arXiv:2210.02984, and its code (for "linear").
    """
    require_values(x, "lie_derivative")
    require_operator(op)
    if norm is None:
        norm = usual_norm(op)
    _check(x, action, derivative, norm)
    action = action.on(x)
    wide = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)
    y = op(wide)
    for dim in keep:
        if dim not in y.dims:
            raise DimError(f"keep names {dim!r}, which the output lacks; it has {tuple(y.dims)}.")
    keep = tuple(keep)
    (slope, doubt, kink), rate = _both(op, wide, y, action, derivative)
    against, kind = _reference(y, rate, norm)
    along = action.required
    error = relative(difference(slope, rate), against, kind, keep, along)
    error = error.assign_coords(
        floor=_floor(op, wide, y, action, derivative, norm),
        uncertainty=relative(doubt, against, kind, (), along),
        kink=relative(kink, against, kind, (), along),
    )
    nothing = is_round_off(op, wide, y, kind, keep, along)
    error = error.where(~nothing.to_numpy()) if nothing.any() else error
    error.attrs = {"derivative": derivative, "norm": norm, "units": "1", "protocol": "periodic"}
    return error.rename("lie_derivative")


def _check(x: xr.DataArray, action: Translate, derivative: str, norm: str) -> None:
    if not isinstance(action, Translate):
        raise ParameterError(
            f"{action!r} is not a translation, and the derivative is known only for those; "
            "give one such as iv.Translate(x=1)."
        )
    parameters.one_of("derivative", derivative, Derivative)
    parameters.one_of("norm", norm, LieNorm)
    for dim in action.required:
        if dim not in x.dims:
            raise DimError(f"{action} moves along {dim!r}, and the array has {tuple(x.dims)}.")


def _both(
    op: Operator, x: xr.DataArray, y: xr.DataArray, action: Translate, derivative: str
) -> tuple[tuple[xr.DataArray, xr.DataArray, xr.DataArray], xr.DataArray]:
    """The operator's slope along the motion, its uncertainty, and the output's motion."""
    still = [str(dim) for dim in x.dims if dim not in action.required]
    size = float(norm_of(centered(x, still)))
    return _slope(op, x, y, motion(x, action, derivative), size), motion(y, action, derivative)


def motion(x: xr.DataArray, action: Translate, derivative: str) -> xr.DataArray:
    """How fast a signal changes as it begins to move; not at all along dims that it has lost."""
    values = x.to_numpy()
    total = np.zeros_like(values)
    for dim in action.required:
        if dim not in x.dims:
            continue
        axis, place = axis_of(x, dim), int(x.get_axis_num(dim))
        if not axis.periodic:
            raise AxisError(nearest_periodic(axis))
        speed = action.samples(axis)
        if derivative == "spectral":
            total = total + speed * _spectral(x, dim, place)
        else:
            total = total + abs(speed) * (np.roll(values, round(np.sign(speed)), place) - values)
    return x.copy(data=total)


def _spectral(x: xr.DataArray, dim: str, place: int) -> np.ndarray:
    from scipy import fft

    values = np.moveaxis(x.to_numpy(), place, -1)
    real = values.dtype.kind != "c"
    turn = slopes(values.shape[-1], **bin_rule(x, dim), real=real)
    with np.errstate(over="ignore", invalid="ignore"):
        out = fft.ifft(fft.fft(values, axis=-1) * turn, axis=-1)
    return np.asarray(np.moveaxis(out.real if real else out, -1, place))


def _slope(
    op: Operator, x: xr.DataArray, y: xr.DataArray, way: xr.DataArray, size: float
) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """The operator's derivative along `way`, its uncertainty, and the size of its kink.

    Steps are relative to the size of what moves. The level does not count: far from 0 it would make
    them long.
    """
    speed = float(norm_of(way))
    if speed == 0:
        nothing = y.copy(data=np.zeros_like(y.to_numpy()))
        return nothing, nothing, nothing
    unit = (size or 1.0) / speed
    rough, bent = [], []
    for step in _STEPS:
        h = step * unit
        ahead, behind = (op(x.copy(data=x.to_numpy() + s * h * way.to_numpy())) for s in (1, -1))
        gap = difference(ahead, behind)
        rough.append(gap.copy(data=gap.to_numpy() / (2 * h)))
        bend = difference(difference(ahead, y), difference(y, behind))
        bent.append(bend.copy(data=bend.to_numpy() / (2 * h)))
    fine = []
    for number, (wide, narrow) in enumerate(pairwise(rough)):
        square = (_STEPS[number] / _STEPS[number + 1]) ** 2
        data = (square * narrow.to_numpy() - wide.to_numpy()) / (square - 1)
        fine.append(narrow.copy(data=data))
    gaps = [difference(a, b) for a, b in pairwise(fine)]
    best = int(np.argmin([float(norm_of(gap)) for gap in gaps]))
    # At a short step, where curvature is negligible.
    return fine[best], gaps[best], bent[-2]


def _reference(y: xr.DataArray, rate: xr.DataArray, norm: LieNorm) -> tuple[xr.DataArray, Norm]:
    return (rate, "total") if norm == "motion" else (y, norm)


def _floor(
    op: Operator,
    x: xr.DataArray,
    y: xr.DataArray,
    action: Translate,
    derivative: str,
    norm: LieNorm,
) -> float:
    """What the ideal low-pass of the same stride scores on the same input; at least round-off."""
    round_off = float(np.finfo(np.float64).eps)
    strides = decimating(op.plan(Axes.of(x)).stride)
    kept = [dim for dim in action.required if dim in y.dims]
    shared = {dim: strides[dim] for dim in kept if dim in strides}
    if not shared or x.dtype.kind == "c":
        return round_off
    perfect = SpectralPool(stride=shared)
    pooled = perfect(x)
    (slope, *_), rate = _both(perfect, x, pooled, action, derivative)
    against, kind = _reference(pooled, rate, norm)
    gap = difference(slope, rate)
    score = float(relative(gap, against, kind, (), action.required))
    return float(np.fmax(score, round_off))
