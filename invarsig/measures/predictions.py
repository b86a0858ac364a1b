"""Predictions under translation: whether classifiers change their answers.

All of these look at an output with a dim of classes and without the dims that move. None sees
whether a prediction is *right*: a constant classifier is perfectly consistent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from invarsig.actions import Action
from invarsig.axes import require_values
from invarsig.errors import DimError, DtypeError, ParameterError
from invarsig.measures.first_class import agreement, change_of_first, changed, first_class
from invarsig.measures.protocols import Protocol
from invarsig.measures.sweep import sweep
from invarsig.operators import Operator

__all__ = ["consistency", "jaggedness", "mean_absolute_change", "top1_change"]


def consistency(
    op: Operator,
    x: xr.DataArray,
    action: Iterable[Action],
    *,
    over: str,
    truth: xr.DataArray | None = None,
    protocol: Protocol | None = None,
    keep: Sequence[str] = (),
) -> xr.DataArray:
    """Consistency: share of pairs of places at which the prediction is the same.

    ``mean over i < j of [argmax f(g_i x) = argmax f(g_j x)]``, over all pairs of the actions given
    and over all inputs. A perfect operator scores 1.

    *Blind to* accuracy: a constant classifier scores 1, and so does one that always answers the
    same wrong class. So it is given together with two others: the coordinate ``accuracy``, if the
    truth is given, and ``chance``, the share of pairs of *different* inputs that get the same
    prediction. A consistency that is no higher than chance says nothing about translation. Blind
    also to any change that leaves the first class first.

    Parameters
    ----------
    op
        Operator with a dim of classes in its output, and without the dims that move.
    x
        Labeled array; its other dims are inputs.
    action
        Two places or more. Whole shifts of one sample each are usual.
    over
        The dim of classes.
    truth
        The right class of each input, as an index into `over`, over dims of inputs.
    protocol
        "periodic": the input moves along periodic axes. "cut": windows are cut out of a longer
        input. By default periodic where the axes are.
    keep
        Dims of inputs that are kept.

    Returns
    -------
    xarray.DataArray
        Between 0 and 1, with the coordinate ``chance`` (NaN for one input alone) and, given the
        truth, ``accuracy``. NaN where a score is.

    Raises
    ------
    DimError
        If the output has no such dim of classes, or still has a dim that moves.
    ParameterError
        If the truth holds anything but indices of classes.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> wave = [np.cos(2 * np.pi * f * np.arange(32)) for f in (0.125, 0.375)]
    >>> x = iv.label(np.stack(wave), "tone", iv.Axis("x", unit="px", period=32.0))
    >>> bank = iv.GaborBank("x", frequency=[0.125, 0.375])
    >>> classify = bank >> iv.Modulus() >> iv.GlobalPool("x", kind="mean")
    >>> truth = iv.label([0, 1], "tone")
    >>> places = [iv.Translate(x=d) for d in range(8)]
    >>> score = iv.measures.consistency(classify, x, places, over="band", truth=truth)
    >>> float(score), float(score.accuracy), float(score.chance)
    (1.0, 1.0, 0.0)

    References
    ----------
    Zhang (2019), arXiv:1904.11486, section 4.
    """
    require_values(x, "consistency")
    scores = sweep(op, x, action, protocol)
    found = _predicted(scores, op, over)
    each = found.isel(length=0, drop=True).copy(data=agreement(found.to_numpy()))
    others = _others(each, keep)
    out = each.mean(others, skipna=False)
    out = out.assign_coords(chance=_chance(found, others))
    if truth is not None:
        right = _matched(truth, found, scores.sizes[over])
        hit = (found == right).astype(float).where(~np.isnan(found))
        out = out.assign_coords(accuracy=hit.mean(["length", *others], skipna=False).variable)
    return _named(out, "consistency", over)


def top1_change(
    op: Operator,
    x: xr.DataArray,
    action: Iterable[Action],
    *,
    over: str,
    protocol: Protocol | None = None,
    keep: Sequence[str] = (),
) -> xr.DataArray:
    """Top-1 change: how often the prediction changes from one place of a sweep to the next.

    ``mean over i of [argmax f(g_i+1 x) != argmax f(g_i x)]``. For places one pixel apart it is the
    published probability that the prediction changes with one pixel. A perfect operator scores 0.

    *Blind to* accuracy, as `consistency` is, and to changes that come slowly: a prediction that
    changes once in the sweep scores 1 over its length.

    Parameters
    ----------
    op, x, over, protocol, keep
        As for `consistency`.
    action
        The places of the sweep, in their order.

    Returns
    -------
    xarray.DataArray
        Between 0 and 1; NaN where a score is.

    Raises
    ------
    DimError
        As for `consistency`.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([[1.0, 0.0], [0.0, 3.0]], "class", iv.Axis("x", period=2.0))
    >>> first = iv.Subsample(stride={"x": 2}) >> iv.GlobalPool("x", kind="mean")
    >>> places = [iv.Translate(x=d) for d in range(5)]
    >>> float(iv.measures.top1_change(first, x, places, over="class"))
    1.0

    References
    ----------
    Azulay & Weiss (2018), arXiv:1805.12177, section 2.
    """
    require_values(x, "top1_change")
    each = _changes(_predicted(sweep(op, x, action, protocol), op, over))
    out = each.mean(["step", *_others(each, (*keep, "step"))], skipna=False)
    return _named(out, "top1_change", over)


def jaggedness(
    op: Operator,
    x: xr.DataArray,
    action: Iterable[Action],
    *,
    over: str,
    protocol: Protocol | None = None,
    keep: Sequence[str] = (),
) -> xr.DataArray:
    """Jaggedness: how many times the prediction changes over a sweep, on average over inputs.

    ``sum over i of [argmax f(g_i+1 x) != argmax f(g_i x)]``: `top1_change` times the steps. A
    perfect operator scores 0. Azulay & Weiss show answers that jump up and down along such a sweep;
    this count is our measure of that, not one of theirs.

    *Blind to* what `top1_change` is blind to; and it grows with the length of the sweep.

    Parameters
    ----------
    op, x, action, over, protocol, keep
        As for `top1_change`.

    Returns
    -------
    xarray.DataArray
        A count, from 0 to the number of steps; NaN where a score is.

    Raises
    ------
    DimError
        As for `consistency`.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([[1.0, 0.0], [0.0, 3.0]], "class", iv.Axis("x", period=2.0))
    >>> first = iv.Subsample(stride={"x": 2}) >> iv.GlobalPool("x", kind="mean")
    >>> float(iv.measures.jaggedness(first, x, [iv.Translate(x=d) for d in range(5)], over="class"))
    4.0

    References
    ----------
    Azulay & Weiss (2018), arXiv:1805.12177.
    """
    require_values(x, "jaggedness")
    each = _changes(_predicted(sweep(op, x, action, protocol), op, over))
    count = each.sum("step", skipna=False)
    return _named(count.mean(_others(count, keep), skipna=False), "jaggedness", over)


def mean_absolute_change(
    op: Operator,
    x: xr.DataArray,
    action: Iterable[Action],
    *,
    over: str,
    protocol: Protocol | None = None,
    keep: Sequence[str] = (),
) -> xr.DataArray:
    """Mean absolute change of the top class's score from one place of a sweep to the next.

    ``mean over i of |f(g_i+1 x)[c] - f(g_i x)[c]|`` with ``c = argmax f(g_i x)``. The scores are
    used directly: published figures are of probabilities, after a softmax. A perfect operator
    scores 0, up to round-off.

    *Blind to* the scale of scores that are not probabilities (halve them and it is halved), to the
    other classes, and to accuracy.

    Parameters
    ----------
    op, x, action, over, protocol, keep
        As for `top1_change`.

    Returns
    -------
    xarray.DataArray
        In the unit of the scores; NaN where a score is.

    Raises
    ------
    DimError
        As for `consistency`.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([[0.75, 0.5], [0.25, 0.5]], "class", iv.Axis("x", period=2.0))
    >>> first = iv.Subsample(stride={"x": 2}) >> iv.GlobalPool("x", kind="mean")
    >>> places = [iv.Translate(x=0), iv.Translate(x=1)]
    >>> float(iv.measures.mean_absolute_change(first, x, places, over="class"))
    0.25

    References
    ----------
    Azulay & Weiss (2018), arXiv:1805.12177, section 2.
    """
    require_values(x, "mean_absolute_change")
    scores = sweep(op, x, action, protocol)
    top = _predicted(scores, op, over).isel(length=slice(None, -1))
    values, place = scores.to_numpy(), scores.dims.index(over)
    each = top.copy(data=change_of_first(values[:-1], values[1:], place))
    out = each.mean(["length", *_others(each, (*keep, "length"))], skipna=False)
    return _named(out, "mean_absolute_change", over)


def _predicted(scores: xr.DataArray, op: Operator, over: str) -> xr.DataArray:
    """Index of the first class, over "length" and the inputs; NaN where a score is NaN."""
    if over not in scores.dims:
        raise DimError(
            f"The output of {op} has no dim {over!r} of classes; its dims are "
            f"{tuple(d for d in scores.dims if d != 'length')}."
        )
    left = [dim for dim in scores.attrs["along"] if dim in scores.dims]
    if left:
        raise DimError(
            f"The output of {op} still has the dim {left[0]!r} that the input moves along, so "
            f"predictions at one place do not refer to one thing; pool it: >> "
            f"GlobalPool({left[0]!r})."
        )
    if scores.dtype.kind == "c":
        raise DtypeError(f"The scores along {over!r} are complex and have no order; >> Modulus().")
    first = first_class(scores.to_numpy(), scores.dims.index(over))
    rest = scores.isel({over: 0}, drop=True)
    return rest.copy(data=first).transpose("length", ...)


def _changes(found: xr.DataArray) -> xr.DataArray:
    """Where the prediction differs from that at the previous place, along "step"."""
    values = found.to_numpy()
    data = changed(values[:-1], values[1:])
    kept = {dim: found.coords[dim] for dim in found.dims[1:] if dim in found.coords}
    return xr.DataArray(data, dims=("step", *found.dims[1:]), coords=kept)


def _others(each: xr.DataArray, keep: Sequence[str]) -> list[str]:
    """Dims of inputs that are not kept."""
    dims = [str(dim) for dim in each.dims]
    for dim in keep:
        if dim not in dims:
            raise DimError(f"keep names {dim!r}, and the inputs' dims are {tuple(dims)}.")
    return [dim for dim in dims if dim not in keep]


def _matched(truth: xr.DataArray, found: xr.DataArray, classes: int) -> xr.DataArray:
    """The truth, over dims of the predictions."""
    if not isinstance(truth, xr.DataArray):
        raise ParameterError(
            f"truth must be an xarray.DataArray over dims of inputs, not {type(truth).__name__}."
        )
    values = truth.to_numpy()
    if values.dtype.kind not in "iuf" or not np.isin(values, np.arange(classes)).all():
        raise ParameterError(
            f"truth holds {np.unique(values)[-3:].tolist()}; give indices into the classes, which "
            f"are whole numbers from 0 to {classes - 1}."
        )
    stray = [dim for dim in truth.dims if dim not in found.dims or dim == "length"]
    short = [dim for dim in truth.dims if dim not in stray and truth.sizes[dim] != found.sizes[dim]]
    if stray or short:
        raise DimError(
            f"The truth has dims {dict(truth.sizes)}, and the inputs "
            f"{ {str(d): n for d, n in found.sizes.items() if d != 'length'} }."
        )
    # By position: labels that differ by a rounding error would drop inputs.
    return xr.DataArray(truth.to_numpy(), dims=truth.dims)


def _chance(found: xr.DataArray, others: Sequence[str]) -> xr.Variable:
    """Share of pairs of different inputs, at any two places, that get the same prediction."""
    kept = [dim for dim in found.dims if dim != "length" and dim not in others]
    values = found.transpose("length", *others, *kept).to_numpy()
    shape = values.shape[1 + len(others) :]
    flat = values.reshape(values.shape[0], -1, int(np.prod(shape, dtype=int)))
    places, inputs, _ = flat.shape
    if inputs < 2:
        return xr.Variable(kept, np.full(shape, np.nan))
    same = np.zeros(flat.shape[-1])
    for label in np.unique(flat[~np.isnan(flat)]):
        each = (flat == label).sum(axis=0, dtype=float)
        same += each.sum(axis=0) ** 2 - (each**2).sum(axis=0)
    share = same / (places**2 * inputs * (inputs - 1))
    share[np.isnan(flat).any(axis=(0, 1))] = np.nan
    return xr.Variable(kept, share.reshape(shape))


def _named(out: xr.DataArray, name: str, over: str) -> xr.DataArray:
    out.attrs = {"over": over, "units": "1"}
    return out.rename(name)
