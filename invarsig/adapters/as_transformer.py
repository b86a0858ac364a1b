"""Operators to take into scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis, require_dims
from invarsig.errors import DtypeError
from invarsig.operators import Operator
from invarsig.operators.base import require_operator

if TYPE_CHECKING:
    from invarsig.adapters.operator_transformer import OperatorTransformer

__all__ = ["as_transformer"]


def as_transformer(
    op: Operator, x: xr.DataArray | Axis | Sequence[Axis], dims: str | Sequence[str] | None = None
) -> OperatorTransformer:
    """Make a transformer of scikit-learn of an operator or pipeline.

    Its samples are items of the batch, and its features the values of one array over `dims`, in the
    order in which they are named, the last one fastest. ``get_feature_names_out`` says where each
    value of the result stands. It is cloned, pickled and put in a ``Pipeline`` as any other.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        A labeled array whose axes samples have, or the axes themselves.
    dims
        The dims of `x` that are features; all of them where omitted.

    Returns
    -------
    OperatorTransformer
        A ``TransformerMixin``. Where there is one axis alone, samples may be longer or shorter than
        it: its step stays, and its period is that of the samples.

    Raises
    ------
    DtypeError
        If `op` is not an operator, or there are no axes in `x`.
    DimError
        If `x` lacks a dim.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> blur = iv.BlurPool(taps=3, stride={"time": 2}, boundary="zero")
    >>> features = iv.as_transformer(blur, iv.Axis("time", step=0.5, size=4, unit="s"))
    >>> features.fit_transform(np.eye(4)[:2]).tolist()
    [[0.5, 0.0], [0.25, 0.25]]
    >>> features.get_feature_names_out().tolist()
    ['time=0', 'time=1']
    """
    from invarsig.adapters.operator_transformer import OperatorTransformer

    require_operator(op)
    if isinstance(x, xr.DataArray):
        given = tuple(map(str, x.dims)) if dims is None else dims
        names = parameters.dims_once(given, "Features are over")
        require_dims(x, names, "iv.as_transformer")
        axes = Axes.of(x)
        return OperatorTransformer(op, tuple(axes.read_or_counted(dim) for dim in names))
    several = (x,) if isinstance(x, Axis) else tuple(x)
    if not several or not all(isinstance(axis, Axis) for axis in several):
        raise DtypeError(
            "iv.as_transformer takes a labeled array, or axes such as iv.Axis('time', size=100)."
        )
    return OperatorTransformer(op, several)
