"""``x.iv`` of xarray: moves, measures and diagnoses at hand on any labeled array or Dataset.

Each method is one call of the function that it names, with the array as its signal. Other modules
of this package are imported when they are needed: this one is loaded together with xarray, and
registers what it defines.
"""

from __future__ import annotations

import xarray as xr

from invarsig.accessors.arrays import DataArrayAccessor
from invarsig.accessors.datasets import DatasetAccessor

__all__ = ["DataArrayAccessor", "DatasetAccessor", "register"]


def register() -> None:
    """Put both on xarray, as ``iv``; a second time nothing happens.

    Examples
    --------
    >>> import xarray as xr
    >>> register()
    >>> xr.DataArray.iv is DataArrayAccessor
    True
    """
    for kind, name, accessor in (
        (xr.DataArray, "register_dataarray_accessor", DataArrayAccessor),
        (xr.Dataset, "register_dataset_accessor", DatasetAccessor),
    ):
        if getattr(kind, "iv", None) is not accessor:
            getattr(xr, name)("iv")(accessor)


register()
