"""What a graph was taken from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import xarray as xr

from invarsig.operators import Node

__all__ = ["Origin"]


@dataclass(frozen=True, eq=False)
class Origin:
    """What a graph was taken from.

    Parameters
    ----------
    module
        The module.
    x
        The labeled input that it was traced with.
    dims
        Dims of its input, after the batch.
    nodes
        The nodes, before any change.
    """

    module: Any
    x: xr.DataArray
    dims: tuple[str, ...]
    nodes: tuple[Node, ...]
