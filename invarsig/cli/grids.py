"""Grids on the command line: which variable of a file, and what its axes are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import xarray as xr

from invarsig.axes import Axis, axis_of, label
from invarsig.axes.lengths import ratio_of_units
from invarsig.errors import DimError, ParameterError, ReadError
from invarsig.io import open_array, read_array
from invarsig.io.content import content_of
from invarsig.suggestions import did_you_mean

__all__ = ["LONG", "AxisOption", "GridOptions", "is_grid"]

LONG = 2**28
"""Bytes above which an input is read part by part: twelve minutes of one channel at 44.1 kHz."""

_SPEC = re.compile(
    r"(?P<dim>[^=,]+)"
    r"(?:=(?P<step>[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?(?:/[0-9.]+)?)\s*(?P<unit>[^,0-9\s][^,]*)?)?"
    r"(?P<periodic>,periodic)?"
)

_COUNTED = "sample"
"""The unit that says to count samples, whatever coordinate the file has."""

# A dim and its step, written without an equals sign.
_UNEQUAL = re.compile(r".*[\s:]\s*[-+]?[0-9.].*")


def is_grid(path: Path) -> bool:
    """Whether a file or folder holds a labeled grid, and neither sound nor a picture."""
    if path.is_dir():
        return path.suffix.lower() == ".zarr" or any(
            (path / name).exists() for name in (".zgroup", ".zmetadata", "zarr.json")
        )
    found = content_of(path)
    return found is not None and found.kind == "array"


@dataclass(frozen=True)
class AxisOption:
    """One ``--axis``: a dim, and where given its step, its unit and that it is periodic.

    Examples
    --------
    >>> AxisOption.parse("time=1/16000s").step
    6.25e-05
    >>> AxisOption.parse("lon,periodic")
    AxisOption(dim='lon', step=None, unit=None, periodic=True)
    """

    dim: str
    step: float | None = None
    unit: str | None = None
    periodic: bool = False

    @classmethod
    def parse(cls, text: str) -> AxisOption:
        """Read ``DIM=STEPUNIT``, ``DIM=STEPUNIT,periodic``, ``DIM,periodic`` or ``DIM``.

        Raises
        ------
        ParameterError
            If it is none of these, or the step is not a number other than 0.
        """
        found = _SPEC.fullmatch(text.strip())
        try:
            if found is None:
                raise ValueError(text)
            over, _, under = (found["step"] or "").partition("/")
            step = float(over) / float(under or 1) if over else None
            if step == 0 or _UNEQUAL.fullmatch(found["dim"]):
                raise ValueError(text)
        except (ValueError, ZeroDivisionError) as error:
            raise ParameterError(
                f"--axis {text!r} is not an axis; give a dim with its step and unit, such as "
                "time=1/16000s, and ',periodic' if it wraps: lon=3degrees_east,periodic."
            ) from error
        return cls(found["dim"].strip(), step, found["unit"], found["periodic"] is not None)

    def on(self, x: xr.DataArray) -> xr.DataArray:
        """Put the axis on an array that has the dim."""
        if self.dim not in x.dims:
            raise DimError(
                f"--axis names {self.dim!r}, which is not a dim of the array; it has "
                f"{', '.join(map(repr, x.dims))}.{did_you_mean(self.dim, x.dims)}"
            )
        if self.step is not None:
            x = self._stepped(x, self.step)
        if self.periodic:
            axis = replace(axis_of(x, self.dim), period=None)
            if axis.repeats_the_first:
                raise ParameterError(
                    f"--axis {self.dim},periodic: the last of the {axis.size} samples along "
                    f"{self.dim}, at {axis.in_words(axis.positions()[-1])}, repeats the first, at "
                    f"{axis.in_words(axis.start)}; leave it out, x.isel({self.dim}=slice(-1))."
                )
            named = x[self.dim] if self.dim in x.coords else label(axis.positions(), axis)[self.dim]
            attrs = {**named.attrs, "period": axis.size * abs(axis.step)}
            x = x.assign_coords({self.dim: named.assign_attrs(attrs)})
        return x

    def _stepped(self, x: xr.DataArray, step: float) -> xr.DataArray:
        """Put the step on; a coordinate that the file has is kept, and has to agree."""
        dim, size = self.dim, x.sizes[self.dim]
        unit = "" if self.unit is None else self.unit.strip()
        if dim in x.coords and size > 1 and unit != _COUNTED:
            file = axis_of(x, dim)
            if file.unit or (file.start, file.step) != (0.0, 1.0):
                self._require_agreement(file, step, unit)
                named = x[dim] if file.unit or not unit else x[dim].assign_attrs(units=unit)
                return x.assign_coords({dim: named})
        own = Axis(dim, step=step, size=size, unit=unit or _COUNTED)
        return x.assign_coords({dim: label(own.positions(), own)[dim]})

    def _require_agreement(self, file: Axis, step: float, unit: str) -> None:
        """Refuse a step that is not that of the file's own coordinate."""
        known = unit and file.length_unit
        ratio = ratio_of_units(unit, file.length_unit) if known else (1, 1)
        shown = f"{step:g} {unit}"
        if ratio is not None:
            stated = step * ratio[0] / ratio[1]
            off = min(abs(stated - each) for each in (file.step, abs(file.step)))
            if off <= (1e-4 + file.slack) * abs(file.step):
                return
            shown = file.in_words(stated)
        wraps = ",periodic" if self.periodic else ""
        leave = f"leave the step out, --axis {self.dim}{wraps}" if wraps else "leave it out"
        raise ParameterError(
            f"--axis {self.dim} has a step of {shown}, and the coordinate in the file one of "
            f"{file.in_words(abs(file.step))}: {leave}. To count samples instead, give --axis "
            f"{self.dim}=1{_COUNTED}{wraps}."
        )


@dataclass(frozen=True)
class GridOptions:
    """The options of a command that are about a grid, as they were given."""

    variable: str | None = None
    axes: tuple[AxisOption, ...] = ()

    @classmethod
    def of(cls, variable: str | None, axes: Sequence[str] | None) -> GridOptions:
        """Read the options.

        Raises
        ------
        ParameterError
            If an axis is not one, or two name one dim.
        """
        found = tuple(AxisOption.parse(each) for each in axes or ())
        dims = [each.dim for each in found]
        twice = [dim for dim in dims if dims.count(dim) > 1]
        if twice:
            raise ParameterError(f"--axis names {twice[0]!r} twice; name each dim once.")
        return cls(variable, found)

    def read(self, path: Path) -> xr.DataArray:
        """Read a grid and put the given axes on it; an array without names takes theirs in order.

        Raises
        ------
        InvarsigError
            If it cannot be read, or an axis is of no dim that it has.
        """
        try:
            x = open_array(path, self.variable)
            if x.nbytes <= LONG:
                x = read_array(path, self.variable)
        except ParameterError as error:
            hint = " Name it by --variable." if self.variable is None else ""
            raise ParameterError(f"{error}{hint}") from error
        if x.dtype.kind not in "biufc":
            raise ReadError(f"{path} holds {x.dtype} values; a signal is made of numbers.")
        if not x.size or not x.ndim:
            what = "one number" if x.size else f"no values: its shape is {x.shape}"
            raise ReadError(f"{path} holds {what}; give an array of samples.")
        unnamed = all(str(dim).startswith("dim_") for dim in x.dims)
        if unnamed and self.axes:
            if len(self.axes) != x.ndim:
                raise ParameterError(
                    f"{str(path)!r} has {x.ndim} dims without names; give as many --axis, in their "
                    f"order, not {len(self.axes)}."
                )
            names = [each.dim for each in self.axes]
            x = x.rename(dict(zip(x.dims, names, strict=True)))
        for each in self.axes:
            x = each.on(x)
        return x

    def refuse(self, path: Path) -> None:
        """Raise if the options are given for a recording or a picture."""
        if self.variable is not None or self.axes:
            given = "--variable" if self.variable is not None else "--axis"
            raise ParameterError(
                f"{given} is for a grid (NetCDF, Zarr, .npy), and {str(path)!r} is none."
            )
