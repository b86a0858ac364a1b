"""The square: move then operate, minus operate then move."""

from __future__ import annotations

import xarray as xr

from invarsig.actions import Action
from invarsig.axes import difference
from invarsig.errors import ParameterError
from invarsig.operators import Operator
from invarsig.operators.base import require_operator

__all__ = ["commutator"]


def commutator(op: Operator, x: xr.DataArray, action: Action) -> xr.DataArray:
    """Measure the square that does not close: ``f(g(x)) - g(f(x))``.

    On the output side the action moves those of its dims that are still there; along a dim
    that the output has lost it is the identity, and the commutator shows invariance.

    Parameters
    ----------
    op
        Operator or pipeline f.
    x
        Labelled array.
    action
        The move g, in the units of the axes.

    Returns
    -------
    xarray.DataArray
        On the grid of ``op(x)``.

    Raises
    ------
    DimError
        If `x` lacks a dim that the action moves along.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([1.0, 0.0, 0.0, 0.0], iv.Axis("x", period=4.0))
    >>> iv.commutator(iv.Subsample(stride={"x": 2}), x, iv.Translate(x=2)).values.tolist()
    [0.0, 0.0]
    >>> iv.commutator(iv.Subsample(stride={"x": 2}), x, iv.Translate(x=1)).values.round(6).tolist()
    [-0.5, -0.5]

    References
    ----------
    Cohen & Welling (2016), Group equivariant convolutional networks, arXiv:1602.07576.
    """
    require_operator(op)
    if not isinstance(action, Action):
        raise ParameterError(f"{action!r} is no action; give one such as iv.Translate(x=1).")
    return difference(op(action(x)), action.on_output(op(x)))
