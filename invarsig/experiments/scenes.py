"""Pictures, and spectrograms of recordings treated as pictures over (mel, time)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from invarsig.experiments.collection import Collection
from invarsig.models import log_mel

__all__ = ["KINDS", "both_dims", "scenes"]

KINDS = ("picture", "spectrogram")
"""What a scene is."""

_SHORTEST = 1.5  # s: windows of 32 frames of 10 ms, moved by 64 of them


def scenes(
    data: Collection, side: int, seconds: float, most: int | None
) -> Iterator[tuple[str, str, xr.DataArray]]:
    """Give name, kind and values: photographs, textures, then speech and music.

    Parameters
    ----------
    data
        The collection.
    side
        Pictures are cut to so many pixels along each axis.
    seconds
        Length of the part taken from a recording; their log-mel spectrograms have a hop of 10 ms.
    most
        Largest number from each part; all of them if None.
    """
    for part in ("images", "textures"):
        for path in data.paths(part)[:most]:
            yield path.stem, KINDS[0], data.picture(path, side).astype(np.float64)
    for part in ("speech", "music"):
        for path in data.paths(part)[:most]:
            sound = data.sound(path, seconds, at_least=_SHORTEST)
            yield path.stem, KINDS[1], log_mel(sound)(sound).transpose("mel", "time")


def both_dims(x: xr.DataArray) -> tuple[str, str]:
    """Dims of a scene: down, across."""
    return str(x.dims[0]), str(x.dims[1])
