"""The swap test: replace one stage by its alias-free twin, and measure what that gains."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.axes import Axes, axis_of
from invarsig.errors import InvarsigError, ParameterError
from invarsig.measures.equivariance import Norm, actions_of, equivariance_error
from invarsig.operators import Filtered, Operator, Pipeline
from invarsig.operators.base import require_operator, stages_of
from invarsig.operators.pointwise.pointwise import Pointwise

__all__ = ["swap_test", "twin_of"]


def swap_test(
    pipeline: Operator,
    x: xr.DataArray,
    action: Translate | Sequence[Translate],
    *,
    norm: Norm = "centered",
) -> xr.Dataset:
    """Swap each stage for its alias-free twin, and measure how much of the error goes with it.

    ``gain_i = 20 lg (e / e_i)`` with e the root mean square of the relative equivariance error over
    the shifts, and e_i the same with stage i swapped. `attribute` shares out one error; this asks
    what would be gained, and by doing it. They agree where one stage makes the error; where several
    do, swapping any one of them gains little, and shares are the better answer.

    The twin of a strided stage is its dense form, an ideal low-pass and the stride; of a pointwise
    nonlinearity the same at four times the sampling rate, filtered. A front end's dense form stands
    on a grid of an eighth of its hop.

    Parameters
    ----------
    pipeline
        The pipeline; any other operator is one stage.
    x
        Labelled array, periodic along the dims that are moved along.
    action
        One translation, or several.
    norm
        As for `equivariance_error`.

    Returns
    -------
    xarray.Dataset
        Over "stage", which counts from 1, with the stages' text as ``operator``: ``error`` with
        that stage swapped and ``gain`` in dB, both NaN where a stage has no twin; ``baseline``, the
        error as it is.

    Raises
    ------
    AxisError
        If an axis is not periodic.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=96, period=96.0), exponent=1.0, rng=1)
    >>> pipeline = iv.BlurPool(stride={"x": 1}) >> iv.MaxPool(window={"x": 4})
    >>> found = iv.swap_test(pipeline, x, [iv.Translate(x=d) for d in (1, 2, 3)])
    >>> found.gain.dropna("stage").stage.values.tolist(), bool(found.gain.max() > 200)
    ([2], True)

    References
    ----------
    Karras et al. (2021), Alias-free generative adversarial networks, arXiv:2106.12423, whose
    ablations swap one layer after the other.
    """
    require_operator(pipeline)
    stages = stages_of(pipeline)
    if not stages:
        raise ParameterError("The pipeline has no stages; there is nothing to swap.")
    moves = actions_of(action) if not isinstance(action, Translate) else [action]
    dims = tuple(dict.fromkeys(dim for move in moves for dim in move.required))

    def error(op: Operator) -> float:
        every = equivariance_error(op, x, moves, protocol="periodic", norm=norm)
        return float(np.sqrt((every**2).mean(skipna=False)))

    baseline, feature = error(pipeline), x
    errors = []
    for place, stage in enumerate(stages):
        twin = twin_of(stage, feature, dims)
        feature = stage(feature)
        if twin is None:
            errors.append(np.nan)
            continue
        try:
            errors.append(error(Pipeline((*stages[:place], twin, *stages[place + 1 :]))))
        except InvarsigError:
            errors.append(np.nan)  # what follows does not take the twin's values, as a log below 0
    found = np.array(errors)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = 20 * np.log10(baseline / np.maximum(found, 1e-16))
    return xr.Dataset(
        {"error": ("stage", found), "gain": ("stage", gain, {"units": "dB"}), "baseline": baseline},
        coords={
            "stage": np.arange(1, len(stages) + 1),
            "operator": ("stage", [str(stage) for stage in stages]),
        },
        attrs={"norm": norm},
    )


def twin_of(stage: Operator, x: xr.DataArray, dims: Sequence[str]) -> Operator | None:
    """Alias-free twin of a stage on its own input, or None where there is none."""
    strides = {dim: by for dim, by in stage.plan(Axes.of(x)).stride.items() if by > 1}
    if strides:
        return stage.alias_free(x)
    there = [dim for dim in dims if dim in x.dims]
    creates = isinstance(stage, Pointwise) and not stage.linear and x.dtype.kind == "f"
    if creates and there and all(axis_of(x, dim).periodic for dim in there):
        return Filtered(stage, tuple(there), up=4)
    return None
