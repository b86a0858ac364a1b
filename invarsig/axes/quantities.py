"""Arrays of pint: their values are taken out before a kernel, and their unit put on after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import xarray as xr

__all__ = ["through_quantities"]


def through_quantities(
    run: Callable[[xr.DataArray], xr.DataArray], x: xr.DataArray
) -> xr.DataArray:
    """Run something on the values of an array of pint, with its unit as the attribute ``units``.

    The result is an array of pint in the unit that its own attribute names (an operator that
    squares gives a square); where it names none, or one that the registry does not know, a plain
    array. Any other array is passed on unchanged.

    Parameters
    ----------
    run
        What to run.
    x
        Labeled array.

    Returns
    -------
    xarray.DataArray
        What it gives.

    Examples
    --------
    >>> through_quantities(lambda x: 2 * x, xr.DataArray([1.0, 2.0])).values.tolist()
    [2.0, 4.0]
    """
    held: Any = getattr(x.variable, "_data", None)
    if not (hasattr(held, "magnitude") and hasattr(held, "units")):
        return run(x)
    plain = x.copy(data=held.magnitude).assign_attrs(units=f"{held.units:~}")
    y = run(plain)
    unit = y.attrs.get("units")
    if unit is None:
        return y
    try:
        quantity = type(held)(y.data, unit)
    except Exception:  # noqa: BLE001 -- whatever a registry raises of a unit that it does not know
        return y
    out = y.copy(data=quantity)
    out.attrs = {key: value for key, value in y.attrs.items() if key != "units"}
    return out
