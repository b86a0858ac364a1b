"""The dims of a network's input: those that are named, or those of a picture as it is read."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from invarsig import parameters
from invarsig.axes import require_dims, require_labels
from invarsig.axes.read import missing_dim
from invarsig.errors import DimError

__all__ = ["input_dims"]

_DEFAULT = ("channel", "y", "x")
_OF_PICTURES = ("color", "y", "x")


def input_dims(dims: str | Sequence[str], x: xr.DataArray, caller: str) -> tuple[str, ...]:
    """Give the dims of a network's input, in its order, after the batch.

    Parameters
    ----------
    dims
        What was asked for. Of ("channel", "y", "x"), where `x` has no "channel", "color" is that of
        the channels, as `invarsig.read_image` names it.
    x
        The input.
    caller
        The function that takes it.

    Raises
    ------
    DimError
        If `x` lacks one of them; the message says how to name its own, or how to add one.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.zeros((3, 8, 8)), "color", "y", "x")
    >>> input_dims(("channel", "y", "x"), x, "iv.from_torch")
    ('color', 'y', 'x')
    """
    names = tuple(parameters.dims_once(dims, "The input is over"))
    require_labels(x, caller)
    missing = [dim for dim in names if dim not in x.dims]
    if names == _DEFAULT and missing == ["channel"] and "color" in x.dims:
        return _OF_PICTURES
    if not missing:
        require_dims(x, names, "The network")
        return names
    said = missing_dim(missing, x.dims, "The network")
    if len(x.dims) == len(names):
        own = ", ".join(f'"{dim}"' for dim in x.dims)
        said += f" If those are the axes of its input, in this order, give dims=({own})."
    elif len(missing) == 1 and len(x.dims) == len(names) - 1:
        said += f" Of one channel give x.expand_dims({missing[0]!r})."
    raise DimError(said)
