"""How a survey reads a file where nothing else is said: one channel, in gray, or a grid."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from invarsig.diagnosis.one_channel import mix
from invarsig.io import read_array, read_audio, read_image
from invarsig.io.content import content_of

__all__ = ["read_signal"]


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
        If channels or colors cancel each other, or a grid holds several variables.
    """
    found = None if path.is_dir() else content_of(path)
    if path.is_dir() or (found is not None and found.kind == "array"):
        return read_array(path)
    picture = found is not None and found.kind != "recording"
    whole, dim = (read_image(path), "color") if picture else (read_audio(path), "channel")
    if dim not in whole.dims:
        return whole
    return mix(path, whole, dim, "give read= a function that takes one of them")[0]
