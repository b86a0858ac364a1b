"""Text of a tree that any encoding can write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import xarray as xr

from invarsig.io.source import as_text

__all__ = ["written_text"]


def written_text(tree: xr.DataTree, kind: Literal["O", "U"] = "O") -> xr.DataTree:
    r"""Return a tree whose lone surrogates, in attributes and values, are written as escapes.

    Parameters
    ----------
    tree
        Datasets with numbers and texts.
    kind
        How the values are kept: text of any length ("O"), or all of the longest one's ("U").

    Examples
    --------
    >>> written_text(xr.DataTree(xr.Dataset(attrs={"name": "Gl\udcfcck"}))).attrs["name"]
    'Gl\\udcfcck'
    """
    nodes = {node.path: node.to_dataset(inherit=False) for node in tree.subtree}
    return xr.DataTree.from_dict({path: _of_dataset(data, kind) for path, data in nodes.items()})


def _of_dataset(data: xr.Dataset, kind: str) -> xr.Dataset:
    text = {name: each for name, each in data.variables.items() if each.dtype.kind in "OUT"}
    out = data.assign({name: each.copy(data=_texts(each, kind)) for name, each in text.items()})
    out.attrs = _attrs(data.attrs)
    for name, each in data.variables.items():
        out[name].attrs = _attrs(each.attrs)
    return out


def _texts(values: xr.Variable, kind: str) -> np.ndarray:
    plain = [as_text(str(each)) for each in values.to_numpy().ravel().tolist()]
    return np.array(plain, kind).reshape(values.shape)


def _attrs(attrs: Mapping[Any, Any]) -> dict[Any, Any]:
    return {name: _plain(value) for name, value in attrs.items()}


def _plain(value: Any) -> Any:
    """The same value; text in it without lone surrogates."""
    if isinstance(value, str):
        return as_text(value)
    return type(value)(map(_plain, value)) if isinstance(value, list | tuple) else value
