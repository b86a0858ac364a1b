"""Attribution: which stage causes the error, as a sum that telescopes exactly."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr

from invarsig.actions import Action
from invarsig.axes import difference, require_dims
from invarsig.errors import BorderError, ParameterError
from invarsig.measures.equivariance import actions_of
from invarsig.measures.norms import Norm, norm_of, relative, usual_norm
from invarsig.measures.protocols import (
    Comparison,
    Protocol,
    choose_protocol,
    floor_of,
    interior,
)
from invarsig.operators import Operator, Pipeline
from invarsig.operators.base import require_operator, stages_of
from invarsig.operators.pipeline import told

__all__ = ["attribute", "attributed_to_stages", "features_of"]


def attribute(
    pipeline: Operator,
    x: xr.DataArray,
    action: Action | Sequence[Action],
    *,
    protocol: Protocol | None = None,
    norm: Norm | None = None,
) -> xr.Dataset:
    """Attribute the error of a move to the stages of a pipeline.

    With ``z_i`` the features after stage i and ``a_i`` = (stages i+1 ... n)(g z_i), the commutator
    is ``sum_i (a_(i-1) - a_i)``, exactly, for any pipeline. A stage's share is
    ``<a_(i-1) - a_i, total> / <total, total>``; shares add up to 1 and may be negative.

    Parameters
    ----------
    pipeline
        The pipeline; any other operator is one stage.
    x
        Labeled array.
    action
        The move g, or several: then the result has a dim "length". One shift may be blind: a
        multiple of an early stage's stride attributes everything to the later ones.
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
        ``total`` and ``border_share``. Where the total is within twice the floor of its protocol
        there is nothing to attribute: shares are NaN and ``attrs["attributable"]`` is False.

    Raises
    ------
    DimError
        If `x` lacks a dim that the action moves along.
    BorderError
        If no sample of the output lies inside the borders.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.random.default_rng(1).standard_normal(24), iv.Axis("x", period=24.0))
    >>> pipeline = iv.Relu() >> iv.Subsample(stride={"x": 2}) >> iv.BlurPool(stride={"x": 1})
    >>> iv.attribute(pipeline, x, iv.Translate(x=1)).share.values.round(12) + 0.0
    array([0., 1., 0.])
    """
    require_operator(pipeline)
    norm = usual_norm(pipeline, norm)
    stages = stages_of(pipeline)
    if not stages:
        raise ParameterError("The pipeline has no stages; there is nothing to attribute.")
    several = actions_of(action, x)
    features = features_of(pipeline, x)
    found = [_attributed(stages, features, each, None, protocol, norm) for each in several]
    return found[0] if isinstance(action, Action) else _joined(found)


def features_of(pipeline: Operator, x: xr.DataArray) -> list[xr.DataArray]:
    """The input of each stage, and finally the output."""
    features = [x]
    for number, stage in enumerate(stages_of(pipeline), 1):
        with told(stage, number, features[-1]):
            features.append(stage(features[-1]))
    return features


def attributed_to_stages(
    pipeline: Operator,
    features: list[xr.DataArray],
    moves: Sequence[Action],
    firsts: Sequence[xr.DataArray],
    norm: Norm = "centered",
) -> xr.Dataset:
    """As `attribute` for several moves, with the features and outputs of moved inputs given.

    Where no sample of the output may be compared a move has no figures: they are NaN, and
    ``reason`` is the code of the `BorderError`. It is "" elsewhere.
    """
    stages = stages_of(pipeline)

    def one(move: Action, first: xr.DataArray) -> xr.Dataset:
        try:
            return _attributed(stages, features, move, first, None, norm).assign(reason="")
        except BorderError as told:
            return _nothing_compared(stages, norm).assign(reason=told.reason)

    return _joined([one(move, first) for move, first in zip(moves, firsts, strict=True)])


def _joined(found: Sequence[xr.Dataset]) -> xr.Dataset:
    joined = xr.concat(
        found,
        dim="length",
        data_vars="all",
        coords="minimal",
        compat="override",
        combine_attrs="drop_conflicts",
    )
    whole = all(each.attrs["attributable"] for each in found)
    return joined.assign_attrs(attributable=whole)


def _attributed(
    stages: tuple[Operator, ...],
    features: list[xr.DataArray],
    action: Action,
    first: xr.DataArray | None,
    protocol: Protocol | None,
    norm: Norm,
) -> xr.Dataset:
    """Attribute the error of one move, given the features after each stage."""
    x, y, whole = features[0], features[-1], Pipeline(stages)
    require_dims(x, action.required, f"{action}")
    chosen = choose_protocol(protocol, x, y, action)
    if chosen == "cut":
        raise ParameterError(
            "Attribution follows one signal through the stages; use 'periodic' or 'interior'."
        )
    where = interior(whole, x, y, action) if chosen == "interior" else {}
    steps = _partial_results(stages, features, action, first)
    total = difference(steps[0], steps[-1])
    inside, reference = total.isel(where), y.isel(where)
    along = (*action.required, *action.induced)
    size = relative(inside, reference, norm, (), along)
    own = float(norm_of(inside))

    def measure(comparison: Comparison) -> xr.DataArray:
        return relative(comparison.difference, comparison.reference, norm, (), along)

    floor = floor_of(whole, x, y, action, chosen, measure)
    least = max(2 * floor, 100 * float(np.finfo(inside.dtype).eps))
    attributable = bool(np.isfinite(size) and size > least)
    shares, sizes = [], []
    for before, after in pairwise(steps):
        term = difference(before, after).isel(where)
        share = np.nan
        if attributable:
            share = np.sum(np.conj(inside.to_numpy() / own) * (term.to_numpy() / own)).real
        shares.append(float(share))
        sizes.append(float(relative(term, reference, norm, (), along)))
    everything = float(norm_of(total))
    border = 1 - (own / everything) ** 2 if everything > 0 else 0.0
    return xr.Dataset(
        {
            "share": ("stage", shares),
            "error": ("stage", sizes),
            "total": size.variable,
            "border_share": max(border, 0.0),
        },
        coords=_numbered(stages),
        attrs={"protocol": chosen, "norm": norm, "attributable": attributable},
    )


def _numbered(stages: tuple[Operator, ...]) -> dict[str, Any]:
    return {
        "stage": np.arange(1, len(stages) + 1),
        "operator": ("stage", [str(stage) for stage in stages]),
    }


def _nothing_compared(stages: tuple[Operator, ...], norm: Norm) -> xr.Dataset:
    """The result of a move for which no sample of the output lies inside the borders."""
    unknown = np.full(len(stages), np.nan)
    return xr.Dataset(
        {
            "share": ("stage", unknown),
            "error": ("stage", unknown),
            "total": np.nan,
            "border_share": np.nan,
        },
        coords=_numbered(stages),
        attrs={"protocol": "interior", "norm": norm, "attributable": False},
    )


def _partial_results(
    stages: tuple[Operator, ...],
    features: list[xr.DataArray],
    action: Action,
    first: xr.DataArray | None,
) -> list[xr.DataArray]:
    """For each place in the pipeline: move there, then run the rest of it."""
    results = [Pipeline(stages)(action(features[0])) if first is None else first]
    for place, feature in enumerate(features[1:], 1):
        results.append(Pipeline(stages[place:])(action.on_output(feature)))
    return results
