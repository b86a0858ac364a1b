"""White noise over periodic labeled axes: input for the examples of operators."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from invarsig.axes import Axis, label

__all__ = ["noise_picture", "noise_sound"]


def noise_picture(rng: np.random.Generator, size: Mapping[str, int] | None = None) -> xr.DataArray:
    """Periodic white noise over (channel, y, x), for examples."""
    size = size or {"y": 12, "x": 24}
    axes = [Axis(dim, 1.5, 0.5, n, "px", n * 0.5) for dim, n in size.items()]
    values = rng.standard_normal((2, *size.values()))
    x = label(values, "channel", *axes, name="picture", attrs={"source": "noise"})
    return x.assign_coords(channel=["red", "blue"], exposure=("channel", np.array([1.0, 2.0])))


def noise_sound(rng: np.random.Generator, size: int = 96, rate: float = 8000.0) -> xr.DataArray:
    """Periodic white noise over (channel, time), for examples."""
    time = Axis("time", 0.25, 1 / rate, size, "s", size / rate)
    x = label(rng.standard_normal((2, size)), "channel", time, name="sound")
    return x.assign_coords(gain=("channel", np.array([1.0, 2.0])))
