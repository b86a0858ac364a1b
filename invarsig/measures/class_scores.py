"""A classifier's scores of a picture at every shift of a grid, and probabilities made of them."""

from __future__ import annotations

from typing import Literal

import numpy as np
import xarray as xr

from invarsig.errors import DimError, DtypeError, ParameterError
from invarsig.measures.shift_grid import ShiftGrid
from invarsig.operators import Operator
from invarsig.suggestions import did_you_mean

__all__ = ["Scale", "class_scores", "probabilities_of"]

Scale = Literal["logits", "probabilities"]
"""What a classifier gives."""

# Probabilities add up to 1 to within the rounding of half precision.
_ROUNDING = 2e-3


def class_scores(
    op: Operator, x: xr.DataArray, name: str, grid: ShiftGrid, over: str | None
) -> np.ndarray:
    """Scores over (shift along each dim, class), in double precision.

    Raises
    ------
    DimError
        If the output has no dim of classes, several that may be it, or one that the picture moves
        along.
    ParameterError
        If there is one class alone.
    DtypeError
        If the scores are complex.
    """
    batch = "shift"
    while batch in x.dims:
        batch += "_"
    parts = []
    for several in grid.moved(x, name, batch):
        scores = op(several)
        dim = _classes(op, scores, grid, over, batch)
        parts.append(scores.transpose(batch, dim, ...).to_numpy().reshape(scores.sizes[batch], -1))
    values = np.concatenate(parts).astype(np.float64)
    values[np.isposinf(values)] = np.nan  # Of an infinite score nothing follows for the others.
    return values.reshape(*grid.shape, -1)


def _classes(
    op: Operator, scores: xr.DataArray, grid: ShiftGrid, over: str | None, batch: str
) -> str:
    """The dim of classes of an output, which has no other dim of several entries."""
    dims = [str(dim) for dim in scores.dims if dim != batch]
    left = [dim for dim in grid.dims if dim in dims]
    if left:
        raise DimError(
            f"The output of {op} still has the dim {left[0]!r} that pictures are moved along, so "
            f"it is not one answer for a picture; pool it: >> GlobalPool({left[0]!r})."
        )
    if batch not in scores.dims or not dims:
        raise DimError(
            f"The output of {op} has no dim of classes: it is one number for a picture. Give "
            "a classifier's scores, with a dim of classes."
        )
    if over is not None and over not in dims:
        raise DimError(
            f"The output of {op} has no dim {over!r} of classes; its dims are {dims}."
            f"{did_you_mean(over, dims)}"
        )
    # What has one entry alone tells no classes apart.
    several = [dim for dim in dims if scores.sizes[dim] > 1]
    dim = over or (several or dims)[0]
    if any(each != dim for each in several):
        raise DimError(
            f"The output of {op} has the dims {dims}, and one answer for a picture has a dim of "
            "classes alone; pool or select the others."
        )
    if scores.dtype.kind == "c":
        raise DtypeError(f"The scores along {dim!r} are complex and have no order; >> Modulus().")
    if scores.sizes[dim] < 2:
        raise ParameterError(
            f"The output of {op} has one class alone along {dim!r}, which always comes first; "
            "of a score s that is compared with 0 make two, (s, 0)."
        )
    return dim


def probabilities_of(scores: np.ndarray, scale: Scale, op: Operator) -> np.ndarray:
    """Probabilities over the last axis: a softmax of logits; NaN where one of them is.

    Raises
    ------
    ParameterError
        If the scores are not what they are said to be.
    """
    known = scores[np.isfinite(scores).all(axis=-1)]
    within = bool(known.size) and bool((known >= 0).all() and (known <= 1 + _ROUNDING).all())
    adds = within and bool((abs(known.sum(axis=-1) - 1) < _ROUNDING).all())
    if scale == "probabilities":
        if known.size and not within:
            raise ParameterError(
                f"{op} gives values from {known.min():.3g} to {known.max():.3g}, which are not "
                "probabilities; give of='logits', or take a softmax of them first."
            )
        gone = np.isnan(scores).any(axis=-1, keepdims=True)
        return np.where(gone, np.nan, scores)
    if adds and not np.isin(known, (0.0, 1.0)).all():
        raise ParameterError(
            f"The values of {op} add up to 1 for each picture and lie between 0 and 1: they are "
            "probabilities, and a softmax of them would make all classes alike; give "
            "of='probabilities'."
        )
    highest = scores.max(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):  # All of them -inf.
        powers = np.exp(scores - highest)
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
