"""The swap test: replace one stage by its alias-free twin, and measure what that gains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.axes import Axes, axis_of
from invarsig.errors import InvarsigError, ParameterError
from invarsig.measures.equivariance import Norm, actions_of, equivariance_error
from invarsig.operators import Filtered, Operator, Pipeline, SpectralPool
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

    The twin of a strided stage is its dense form, an ideal low-pass and the stride, along the dims
    that are moved along; of a pointwise nonlinearity the same at four times the sampling rate,
    filtered. A front end's dense form stands on a grid of an eighth of its hop.

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
        error as it is. Over "stage" and "shift", in the order of the shifts given: ``error_at``.

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

    def error(op: Operator) -> np.ndarray:
        return equivariance_error(op, x, moves, protocol="periodic", norm=norm).to_numpy()

    baseline, feature = _root_mean_square(error(pipeline)), x
    unknown = np.full(len(moves), np.nan)
    errors = []
    for place, stage in enumerate(stages):
        twin = twin_of(stage, feature, dims)
        feature = stage(feature)
        if twin is None:
            errors.append(unknown)
            continue
        try:
            errors.append(error(Pipeline((*stages[:place], twin, *stages[place + 1 :]))))
        except InvarsigError:
            errors.append(unknown)  # what follows does not take the twin's values, as a log below 0
    every = np.array(errors)
    found = _root_mean_square(every)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = 20 * np.log10(np.maximum(baseline, 1e-16) / np.maximum(found, 1e-16))
    return xr.Dataset(
        {
            "error": ("stage", found),
            "gain": ("stage", gain, {"units": "dB"}),
            "baseline": baseline,
            "error_at": (("stage", "shift"), every),
        },
        coords={
            "stage": np.arange(1, len(stages) + 1),
            "operator": ("stage", [str(stage) for stage in stages]),
        },
        attrs={"norm": norm},
    )


def _root_mean_square(errors: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(np.mean(errors**2, axis=-1)))


def twin_of(stage: Operator, x: xr.DataArray, dims: Sequence[str]) -> Operator | None:
    """Alias-free twin of a stage on its own input, or None where there is none."""
    strides = {dim: by for dim, by in stage.plan(Axes.of(x)).stride.items() if by > 1}
    if strides:
        if set(strides) <= set(dims):
            return stage.alias_free(x)
        return _twin_along(stage, x, strides, [dim for dim in strides if dim in dims])
    there = [dim for dim in dims if dim in x.dims]
    creates = isinstance(stage, Pointwise) and not stage.linear and x.dtype.kind != "c"
    if creates and there and all(axis_of(x, dim).periodic for dim in there):
        return Filtered(stage, tuple(there), up=4)
    return None


def _twin_along(
    stage: Operator, x: xr.DataArray, strides: Mapping[str, int], dims: Sequence[str]
) -> Operator | None:
    """Twin along some of the dims that a stage strides along; along the others it is as it was."""
    dense = stage.restrided({**strides, **dict.fromkeys(dims, 1)})
    if not dims or dense is None or stage(x).dtype.kind == "c":
        return None
    if not all(axis_of(x, dim).periodic for dim in dims):
        return None
    return dense >> SpectralPool(stride={dim: strides[dim] for dim in dims})
