"""Attribution: which stage makes the error, as a sum that telescopes exactly."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr

from invarsig.actions import Action
from invarsig.axes import axis_of, difference, require_dims
from invarsig.errors import ParameterError
from invarsig.measures.equivariance import Norm, relative
from invarsig.measures.protocols import Protocol, choose_protocol, compare
from invarsig.operators import Operator, Pipeline
from invarsig.operators.base import stages_of

__all__ = ["attribute"]


def attribute(
    pipeline: Operator,
    x: xr.DataArray,
    action: Action,
    *,
    protocol: Protocol | None = None,
    norm: Norm = "centered",
) -> xr.Dataset:
    """Attribute the error of one move to the stages of a pipeline.

    With ``z_i`` the features after stage i and ``a_i`` = (stages i+1 ... n)(g z_i), the commutator
    is ``sum_i (a_(i-1) - a_i)``, exactly, for any pipeline. A stage's share is
    ``<a_(i-1) - a_i, total> / <total, total>``; shares add up to 1 and may be negative.

    Parameters
    ----------
    pipeline
        The pipeline; any other operator is one stage.
    x
        Labelled array.
    action
        The move g.
    protocol
        "periodic" or "interior"; by default as for `equivariance_error`. With borders the
        stages' shares are taken inside, and ``border_share`` is the commutator's energy outside
        the interior over its total.
    norm
        As for `equivariance_error`.

    Returns
    -------
    xarray.Dataset
        ``share`` and ``error`` (the norm of each term, relative to the output) over "stage",
        whose coordinate counts from 1, with the stages' text as ``operator``;
        ``total`` and ``border_share``. Where the total is at the floor there is nothing to
        attribute: shares are NaN and ``attrs["attributable"]`` is False.

    Raises
    ------
    DimError
        If `x` lacks a dim that the action moves along.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.random.default_rng(1).standard_normal(24), iv.Axis("x", period=24.0))
    >>> pipeline = iv.Relu() >> iv.Subsample(stride={"x": 2}) >> iv.BlurPool(stride={"x": 1})
    >>> iv.attribute(pipeline, x, iv.Translate(x=1)).share.values.round(12) + 0.0
    array([0., 1., 0.])
    """
    stages = stages_of(pipeline)
    if not stages:
        raise ParameterError("The pipeline has no stages; there is nothing to attribute.")
    require_dims(x, action.required, f"{action}")
    features = [x]
    for stage in stages:
        features.append(stage(features[-1]))
    y = features[-1]
    chosen = choose_protocol(protocol, x, y, action)
    if chosen == "crop":
        raise ParameterError(
            "Attribution follows one signal through the stages; use 'periodic' or 'interior'."
        )
    comparison = compare(pipeline, x, action, chosen, y=y)
    where = _region(comparison.reference, y)
    steps = _partial_results(stages, features, action)
    total = difference(steps[0], steps[-1])
    inside = total.isel(where)
    size = relative(inside, comparison.reference, norm)
    power = float(np.sum(np.abs(inside.to_numpy()) ** 2))
    floor = 100 * float(np.finfo(inside.dtype).eps)
    attributable = bool(np.isfinite(size) and size > floor)
    shares, sizes = [], []
    for before, after in pairwise(steps):
        term = difference(before, after).isel(where)
        product = np.sum(np.conj(inside.to_numpy()) * term.to_numpy()).real
        shares.append(float(product) / power if attributable else np.nan)
        sizes.append(float(relative(term, comparison.reference, norm)))
    everything = float(np.sum(np.abs(total.to_numpy()) ** 2))
    border = (everything - power) / everything if everything > 0 else 0.0
    coords: dict[str, Any] = {
        "stage": np.arange(1, len(stages) + 1),
        "operator": ("stage", [str(stage) for stage in stages]),
    }
    return xr.Dataset(
        {
            "share": ("stage", shares),
            "error": ("stage", sizes),
            "total": size.variable,
            "border_share": max(border, 0.0) if chosen == "interior" else 0.0,
        },
        coords=coords,
        attrs={"protocol": chosen, "norm": norm, "attributable": attributable},
    )


def _partial_results(
    stages: tuple[Operator, ...], features: list[xr.DataArray], action: Action
) -> list[xr.DataArray]:
    """For each place in the pipeline: move there, then run what is left of it."""
    results = []
    for place, feature in enumerate(features):
        moved = action(feature) if place == 0 else action.on_output(feature)
        results.append(Pipeline(stages[place:])(moved))
    return results


def _region(part: xr.DataArray, whole: xr.DataArray) -> dict[str, slice]:
    """Where a contiguous part of a result lies within the whole."""
    where = {}
    for dim in map(str, part.dims):
        if part.sizes[dim] != whole.sizes[dim]:
            inner, outer = axis_of(part, dim), axis_of(whole, dim)
            start = round(inner.offset(outer) / outer.step)
            where[dim] = slice(start, start + inner.size)
    return where
