"""Variables, attributes and findings as they are declared, and Datasets that fill them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr

from invarsig.errors import ParameterError

__all__ = ["Attribute", "Kind", "Pool", "Schema", "Variable", "labeled", "over"]

Kind = Literal["float", "float32", "int", "text", "any"]
"""What a variable holds; "any" for a coordinate that is taken from the signal."""

Pool = Literal["energy", "error", "sum", "largest", "own"]
"""How segments are pooled.

"energy": root of the mean square, weighted by the energy of each segment's output.
"error": mean, weighted by the energy of each segment's error.
"sum": sum over the segments; "largest": the largest of them; "own": by a rule of the finding.
"""


@dataclass(frozen=True)
class Variable:
    """One variable or coordinate.

    Parameters
    ----------
    name
        Its name in the Dataset.
    dims
        The dims it stands over; "?" marks one that may be missing.
    unit
        Unit: "1" for a plain number, "" for text. ``{unit}`` and ``{frequency_unit}`` stand for
        those of the axis.
    meaning
        What it is, in a few words: its ``long_name``. ``{dim}`` stands for the axis.
    pool
        How the segments of a long input are pooled. None where it is that of the part with the most
        energy alone.
    kind
        What it holds.
    optional
        Whether it may be missing where the finding stands.
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    meaning: str
    pool: Pool | None = None
    kind: Kind = "float"
    optional: bool = False

    def fits(self, dims: tuple[str, ...]) -> bool:
        """Whether these are its dims."""
        wanted = [dim for dim in self.dims if not dim.endswith("?") or dim[:-1] in dims]
        return tuple(dim.rstrip("?") for dim in wanted) == dims


@dataclass(frozen=True)
class Attribute:
    """One attribute of a node."""

    name: str
    meaning: str
    kind: Literal["float", "int", "text"] = "text"
    optional: bool = False


@dataclass(frozen=True)
class Schema:
    """What one finding writes.

    Parameters
    ----------
    name
        Name of the finding, which its file has too.
    what
        What it is called in a sentence: "the errors".
    variables, coords, attrs
        What it fills.

    Examples
    --------
    >>> floor = Schema("floor", "the floor", over("length", ("floor", "1", "of a perfect one")))
    >>> floor.dataset(floor=[1e-16, 1e-15]).floor.dims
    ('length',)
    """

    name: str
    what: str
    variables: tuple[Variable, ...]
    coords: tuple[Variable, ...] = ()
    attrs: tuple[Attribute, ...] = ()

    @property
    def pools(self) -> bool:
        """Whether segments are pooled for any of its variables."""
        return any(each.pool for each in self.variables)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its variables."""
        return tuple(each.name for each in self.variables)

    def dataset(self, attrs: Mapping[str, Any] | None = None, /, **found: Any) -> xr.Dataset:
        """Make the Dataset of the finding: values over the declared dims, or an `xarray.Variable`.

        Raises
        ------
        ParameterError
            If a name is unknown or missing, or dims are not those declared.
        """
        declared = {each.name: each for each in (*self.variables, *self.coords)}
        told = {each.name: each for each in self.attrs}
        given = {**found, **(attrs or {})}
        unknown = sorted(set(found) - set(declared)) + sorted(set(attrs or {}) - set(told))
        needed = [each.name for each in declared.values() if not each.optional]
        needed += [each.name for each in told.values() if not each.optional]
        missing = [name for name in needed if name not in given]
        if unknown or missing:
            raise ParameterError(
                f"The finding {self.name!r} "
                + (f"does not declare {', '.join(unknown)}" if unknown else "")
                + (" and " if unknown and missing else "")
                + (f"lacks {', '.join(missing)}" if missing else "")
                + "; declare it in invarsig.report.schema, or fill it."
            )
        filled = {name: _filled(declared[name], value) for name, value in found.items()}
        own = {each.name for each in self.coords}
        return xr.Dataset(
            {name: value for name, value in filled.items() if name not in own},
            {name: value for name, value in filled.items() if name in own},
            dict(attrs or {}),
        )


def _filled(declared: Variable, value: Any) -> xr.Variable:
    """Values over the dims that were declared for them."""
    if isinstance(value, xr.Variable):
        filled = value
    else:
        values = np.asarray(value)
        if values.ndim != len(declared.dims):
            raise ParameterError(
                f"{declared.name!r} stands over {declared.dims} and is given in {values.ndim} dims."
            )
        filled = xr.Variable(tuple(dim.rstrip("?") for dim in declared.dims), values)
    if not declared.fits(tuple(map(str, filled.dims))):
        raise ParameterError(
            f"{declared.name!r} stands over {declared.dims} and is given over {filled.dims}."
        )
    return filled


def labeled(
    data: xr.Dataset, schemas: Iterable[Schema], told: Mapping[str, str] | None = None
) -> xr.Dataset:
    """Give every declared variable its ``units`` and ``long_name``, so that plots label themselves.

    Parameters
    ----------
    data
        A node's Dataset.
    schemas
        What was declared for it.
    told
        ``dim``, ``unit`` and ``frequency_unit`` of the axis.
    """
    known = dict.fromkeys(("dim", "unit", "frequency_unit"), "") | dict(told or {})
    declared = {each.name: each for one in schemas for each in (*one.variables, *one.coords)}
    data = data.copy()
    for name, variable in data.variables.items():
        if name not in declared or declared[str(name)].kind == "any":
            continue
        own = declared[str(name)]
        words = {"units": own.unit.format_map(known), "long_name": own.meaning.format_map(known)}
        variable.attrs = {**variable.attrs, **words}
    return data


def over(dims: str, *rows: tuple[str, str, str], **more: Any) -> tuple[Variable, ...]:
    """Variables over the same dims: name, unit, meaning."""
    own = tuple(dims.split())
    return tuple(Variable(name, own, unit, meaning, **more) for name, unit, meaning in rows)
