"""Units of results: the attribute ``units`` follows the quantity, or goes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

__all__ = ["attrs_in_common", "raised_attrs", "raised_unit", "with_unit"]

_POWER = re.compile(r"(?P<base>[^\W\d_]+|\(.*\))\^(?P<degree>\d+)")


def raised_unit(unit: str, degree: float) -> str | None:
    """A unit to a power; None where that has no plain name.

    Examples
    --------
    >>> raised_unit("Pa", 2), raised_unit("m/s", 2), raised_unit("Pa^2", 0.5), raised_unit("Pa", 0)
    ('Pa^2', '(m/s)^2', 'Pa', '1')
    >>> raised_unit("dB", 2), raised_unit("Pa", 0.5)
    (None, None)
    """
    if degree == 1 or unit == "1":
        return unit
    if unit == "dB":
        return None  # a level cannot be raised
    if degree == 0:
        return "1"
    found = _POWER.fullmatch(unit)
    base, total = (found["base"], int(found["degree"]) * degree) if found else (unit, degree)
    if total < 1 or not float(total).is_integer():
        return None
    if total == 1:
        return base.removeprefix("(").removesuffix(")")
    return f"{base if base.isalpha() or found else f'({base})'}^{int(total)}"


def with_unit(attrs: Mapping[Any, Any], unit: str | None) -> dict[Any, Any]:
    """The same attributes with another unit, or without one."""
    rest = {key: value for key, value in attrs.items() if key != "units"}
    if unit is None:
        return rest
    return {key: unit if key == "units" else value for key, value in attrs.items()}


def raised_attrs(attrs: Mapping[Any, Any], degree: float) -> dict[Any, Any]:
    """Attributes of a power of an array: its unit is raised with it."""
    return with_unit(attrs, raised_unit(str(attrs["units"]), degree) if "units" in attrs else None)


def attrs_in_common(results: Sequence[xr.DataArray]) -> dict[Any, Any]:
    """Attributes of the first result, without its unit where another result has another."""
    units = [result.attrs.get("units") for result in results]
    same = all(unit == units[0] for unit in units)
    return dict(results[0].attrs) if same else with_unit(results[0].attrs, None)
