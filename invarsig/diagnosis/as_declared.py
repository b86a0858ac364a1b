"""Whether a tree is a diagnosis: nodes, variables and attributes as the schema declares them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

import xarray as xr

from invarsig.errors import ReadError
from invarsig.report.schema import (
    AXIS,
    AXIS_ATTRS,
    INPUT,
    INPUT_ATTRS,
    ROOT,
    ROOT_ATTRS,
    Attribute,
    Schema,
    Variable,
    findings_of_input,
)

__all__ = ["require_declared"]

# What is read as a number may have been kept as any kind of number.
_KINDS = {"float": "fiub", "float32": "f", "int": "iub", "text": "OUT", "any": "fiubmMOUT"}


def require_declared(tree: xr.DataTree) -> None:
    """Refuse a tree that is no diagnosis; whatever is there beside what is declared may stay.

    Raises
    ------
    ReadError
        If it has no node for an input, or one for no axis, or if what is declared stands over other
        dims or is of another type.
    """
    inputs = list(tree.children.values())
    axes = [axis for node in inputs for axis in node.children.values()]
    judged = any("verdict_state" in node.attrs for node in inputs)
    deeper = any(axis.children for axis in axes)
    if not (axes or judged) or deeper or any("dim" not in axis.attrs for axis in axes):
        raise ReadError(
            "a diagnosis has a node for each input and, in it, one for each axis that names its dim"
        )
    _require(tree.to_dataset(inherit=False), "the root", ROOT, ROOT_ATTRS)
    for node in inputs:
        _require(findings_of_input(node), node.path, INPUT, INPUT_ATTRS)
    for axis in axes:
        _require(axis.to_dataset(inherit=False), axis.path, AXIS, AXIS_ATTRS)


def _require(
    data: xr.Dataset, where: str, schemas: Iterable[Schema], attrs: Iterable[Attribute]
) -> None:
    declared = {each.name: each for one in schemas for each in (*one.variables, *one.coords)}
    for name, variable in data.variables.items():
        if name in declared:
            _require_variable(variable, declared[str(name)], where)
    told = [*attrs, *(each for one in schemas for each in one.attrs)]
    _require_attrs(data.attrs, told, where)


def _require_variable(variable: xr.Variable, declared: Variable, where: str) -> None:
    dims = tuple(map(str, variable.dims))
    ordered = tuple(dim for each in declared.dims if (dim := each.rstrip("?")) in dims)
    if not declared.fits(ordered) or len(ordered) != len(dims):
        raise ReadError(f"in {where} {declared.name!r} stands over {dims}, not {declared.dims}")
    if not variable.size:
        return  # what holds nothing was kept as numbers
    text = variable.dtype.kind not in ("O", "T") or all(
        isinstance(each, str) for each in variable.to_numpy().ravel().tolist()
    )
    if variable.dtype.kind not in _KINDS[declared.kind] or not text:
        raise ReadError(f"in {where} {declared.name!r} is {variable.dtype}, not {declared.kind}")


def _require_attrs(attrs: Mapping[Any, Any], declared: Iterable[Attribute], where: str) -> None:
    for each in declared:
        value = attrs.get(each.name)
        if value is None:
            continue
        fits = isinstance(value, str) if each.kind == "text" else isinstance(value, Real)
        if fits and each.kind == "int":
            fits = float(value) == int(value) if abs(float(value)) < 2**53 else False
        if not fits:
            raise ReadError(f"in {where} {each.name!r} is {value!r}, not {each.kind}")
