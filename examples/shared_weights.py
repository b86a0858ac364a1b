"""What does sharing weights buy? A convolution against a filter with other taps at each place."""

from pathlib import Path

import numpy as np
import xarray as xr

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"

photo = iv.read_image(DATA / "images" / "coins.png")
photo.x.attrs["period"] = 256.0

rng = np.random.default_rng(0)
taps = rng.standard_normal(5)
shared = iv.Convolve(xr.DataArray(taps, dims="x"))
unshared = iv.LocallyConnected(
    xr.DataArray(taps + 0.1 * rng.standard_normal((256, 5)), dims=("x", "x_tap"))
)

for name, op in {"shared": shared, "unshared": unshared}.items():
    error = iv.decibels(iv.equivariance_error(op, photo, iv.Translate(x=1)))
    explained = iv.folding_explains(op, photo, "x").attrs["explained"]
    print(f"{name}: {float(error):.1f} dB; explained by folding: {explained}")
