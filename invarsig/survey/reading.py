"""How a survey reads a file where nothing else is said: one channel, in gray, or a grid."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from invarsig.errors import ParameterError
from invarsig.io import read_array, read_audio, read_image
from invarsig.io.content import content_of

__all__ = ["read_signal"]

# A mean of channels with less of the energy that unrelated channels would leave: they cancel.
_CANCELED = 0.25


def read_signal(path: Path) -> xr.DataArray:
    """Read a recording as the mean of its channels, a picture in gray, a grid unchanged.

    Parameters
    ----------
    path
        The file, or the folder of a Zarr store.

    Returns
    -------
    xarray.DataArray

    Raises
    ------
    ReadError
        If it cannot be read.
    ParameterError
        If the channels of a recording cancel each other, or a grid holds several variables.
    """
    found = None if path.is_dir() else content_of(path)
    if path.is_dir() or (found is not None and found.kind == "array"):
        return read_array(path)
    if found is not None and found.kind != "recording":
        return read_image(path, gray=True)
    whole = read_audio(path)
    if "channel" not in whole.dims:
        return whole
    mixed = whole.mean("channel", keep_attrs=True)
    unrelated = float(whole.var("time").sum()) / whole.sizes["channel"] ** 2
    if float(mixed.var()) < _CANCELED * unrelated:
        raise ParameterError(
            f"The {whole.sizes['channel']} channels of {path} cancel each other when mixed; "
            "give read= a function that takes one of them."
        )
    return mixed
