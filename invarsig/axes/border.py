"""The boundary between labeled and plain arrays: labels are removed and restored only here."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes.applied import Kernel, applied, promoted
from invarsig.axes.axis import Axis
from invarsig.axes.carried import carried
from invarsig.axes.chunked import applied_lazily, is_chunked
from invarsig.axes.labeled import Coordinates, labeled, with_values
from invarsig.axes.parts import Parts
from invarsig.axes.read import axis_of
from invarsig.errors import AxisError, DimError, DtypeError

__all__ = ["AuxiliaryCoordinate", "Kernel", "kept_attrs", "label", "on_axes", "plain", "promoted"]

AuxiliaryCoordinate = tuple[tuple[str, ...], np.ndarray, dict[str, Any]]


def label(
    values: Any, *axes: Axis | str, name: str | None = None, attrs: Mapping[str, Any] | None = None
) -> xr.DataArray:
    """Put labels on an array, one axis for each dimension.

    Parameters
    ----------
    values
        Array of any dimension. What is masked in a masked array is missing: NaN.
    *axes
        For each dimension an `Axis` (its size is taken from `values`) or a plain name.
    name, attrs
        Name and attributes of the result.

    Returns
    -------
    xarray.DataArray
        With a coordinate, its unit and period for every `Axis`. An array that is labeled already
        gets these names in the order of its dims, and keeps name, attributes and every coordinate
        that is not given here.

    Raises
    ------
    DtypeError
        If the values are no array of numbers: a ragged list, or a tensor that needs gradients.
    DimError
        If there are not as many axes as dimensions, or two of one name.
    AxisError
        If a period is not the length of the axis: then it would not wrap.

    Examples
    --------
    >>> x = label([1.0, 2.0, 3.0, 4.0], Axis("x", step=0.5, unit="px", period=2.0))
    >>> x.x.values.tolist(), x.x.attrs["period"]
    ([0.0, 0.5, 1.0, 1.5], 2.0)
    """
    if not isinstance(values, xr.DataArray):
        values = _array(values)
    if len(axes) != values.ndim:
        raise DimError(
            f"{values.ndim} dimensions need {values.ndim} axes, but {len(axes)} are given."
        )
    dims = [axis if isinstance(axis, str) else axis.dim for axis in axes]
    twice = [dim for dim in dims if dims.count(dim) > 1]
    if twice:
        raise DimError(f"The axes name the dim {twice[0]!r} twice; name each dimension once.")
    sizes = dict(zip(dims, values.shape, strict=True))
    given = [replace(axis, size=sizes[axis.dim]) for axis in axes if isinstance(axis, Axis)]
    grids = Coordinates({}, {})
    for axis in given:
        grids.put_grid(axis, {})
    if isinstance(values, xr.DataArray):
        out = _relabeled(values, dims).assign_attrs(attrs or {})
        out = out if name is None else out.rename(name)
        out = out.assign_coords(xr.Coordinates(*grids))
    else:
        out = labeled(values, dims, grids, name, dict(attrs or {}))
    for axis in given:
        if axis.period is not None and axis.size and not axis_of(out, axis.dim).periodic:
            _refuse_period(axis)
    return out


def _array(values: Any) -> np.ndarray:
    """An array of what is given; one that is masked as it is, for xarray puts NaN there."""
    if hasattr(values, "__dask_graph__"):
        return values  # type: ignore[no-any-return]
    several = isinstance(values, (list, tuple))
    try:
        if several and any(isinstance(one, np.ma.MaskedArray) for one in values):
            values = np.ma.stack(values)
        return values if np.ma.is_masked(values) else np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        kind = type(values).__name__
        remedy = (
            "give rows of one length, filled up with NaN"
            if several
            else "convert it first: of a tensor x.detach().cpu().numpy()"
        )
        raise DtypeError(f"A {kind} cannot become an array ({error}); {remedy}.") from error


def _relabeled(x: xr.DataArray, dims: Sequence[str]) -> xr.DataArray:
    """A labeled array over other names for its dims, with all that it carries."""
    names = {old: new for old, new in zip(x.dims, dims, strict=True) if old != new}
    clash = [new for new in names.values() if new in x.coords and new not in x.dims]
    if clash:
        raise DimError(
            f"The array has a coordinate {clash[0]!r} already, which is not of that dim; drop or "
            "rename it first."
        )
    return x.rename(names)


def _refuse_period(axis: Axis) -> None:
    covers = axis.size * abs(axis.step)
    raise AxisError(
        f"The axis {axis.dim!r} has a period of {axis.in_words(axis.period or 0.0)}, and "
        f"{axis.size} samples of {axis.in_words(abs(axis.step))} cover {axis.in_words(covers)}, so "
        f"they do not wrap; give period={covers:.12g}, another number of samples, or no period."
    )


def on_axes(
    kernel: Kernel,
    x: xr.DataArray,
    in_axes: Sequence[Axis],
    out_axes: Sequence[Axis],
    coords: Mapping[str, AuxiliaryCoordinate] | None = None,
    parts: Parts | None = None,
) -> xr.DataArray:
    """Remove the labels, apply a kernel to the plain array, and restore the labels.

    Parameters
    ----------
    kernel
        Function of an array ``(..., *in)`` that returns an array ``(..., *out)``, or that
        array and auxiliary coordinates over the batch dims.
    x
        Labeled array; integers are promoted.
    in_axes
        Axes of the core dims, in the order in which the kernel takes them.
    out_axes
        Axes of the core dims of the result: kept, dropped or new.
    coords
        Auxiliary coordinates over new dims, as (dims, values, attrs).
    parts
        How the kernel runs on parts of an axis, for chunked arrays.

    Returns
    -------
    xarray.DataArray
        Chunked where `x` is: nothing is computed then.
        In the dimension order of `x`, new dims in front of the first core dim. Name,
        attributes and precision are kept; auxiliary coordinates along a changed axis are
        interpolated at its new positions.
    """
    core, made = [axis.dim for axis in in_axes], [axis.dim for axis in out_axes]
    batch = [dim for dim in x.dims if dim not in core]
    _require_fit(x, core, batch, made)
    given: Any = plain(x, (*batch, *core))
    if is_chunked(x):
        parts = parts or Parts("the operator")
        result, found = applied_lazily(kernel, given, batch, in_axes, out_axes, parts)
    else:
        result, found = applied(kernel, given)
    if not (core or made or found or coords) and result.shape == given.shape:
        return with_values(x, result)
    labels = carried(x, in_axes, out_axes)
    # What is found about a removed axis, such as a position on it, is in that axis' unit.
    units = {axis.dim: {"units": axis.unit} for axis in in_axes if axis.unit and axis.epoch is None}
    more: dict[str, Any] = {
        name: (batch, value, units.get(name, {})) for name, value in found.items()
    }
    more.update(coords or {})
    for name, variable in more.items():
        labels.put(name, xr.Variable(*variable))
    dims, order = [*batch, *made], _order(x.dims, core, made)
    planned = (*given.shape[: len(batch)], *[axis.size for axis in out_axes])
    if result.shape != planned or not labels.fit(dict(zip(dims, planned, strict=True)), more):
        return labeled(result, dims, labels, x.name, x.attrs, fit=False).transpose(*order)
    if dims != order:
        result = result.transpose([dims.index(dim) for dim in order])
    return labeled(result, order, labels, x.name, x.attrs)


def plain(x: xr.DataArray, dims: Sequence[Hashable]) -> Any:
    """Values of a labeled array in the order of some dims, which are all of its own.

    Those of a chunked array stay chunked.
    """
    data: Any = x.variable.data
    if type(data) is not np.ndarray and not is_chunked(x):
        return x.transpose(*dims).to_numpy()
    own = x.dims
    return data if tuple(dims) == own else data.transpose([own.index(dim) for dim in dims])


def _require_fit(x: xr.DataArray, core: list[str], batch: list[Hashable], made: list[str]) -> None:
    """Raise unless an array has samples, and the dims of the result are all of other names."""
    if 0 in x.shape:
        raise AxisError(
            f"The array is empty (sizes {dict(x.sizes)}): there is nothing to operate on."
        )
    if len(set(core)) < len(core):
        twice = next(dim for dim in core if core.count(dim) > 1)
        raise DimError(f"An operator names the dim {twice!r} twice; name it once.")
    clash = [dim for dim in made if dim in batch]
    if clash:
        raise DimError(
            f"The result would get a dim {clash[0]!r}, which the input already has; rename one of "
            "them."
        )
    if len(set(made)) < len(made):
        twice = next(dim for dim in made if made.count(dim) > 1)
        raise DimError(
            f"The result would have the dim {twice!r} twice; give the new one another name."
        )


def kept_attrs(x: xr.DataArray) -> xr.DataArray:
    """A result with its attributes, or without where xarray's option ``keep_attrs`` is False."""
    option = xr.get_options()  # type: ignore[no-untyped-call]
    if option["keep_attrs"] is not False or not x.attrs:
        return x
    bare = x.copy(deep=False)
    bare.attrs = {}
    return bare


def _order(dims: tuple[Hashable, ...], core: list[str], out: list[str]) -> list[Hashable]:
    """Dimension order of a result: kept dims stay, new ones stand before the first core dim."""
    new = [dim for dim in out if dim not in dims]
    first = min((dims.index(dim) for dim in core), default=0)
    kept = [dim for dim in dims if dim not in core or dim in out]
    place = sum(1 for dim in dims[:first] if dim in kept)
    return [*kept[:place], *new, *kept[place:]]
