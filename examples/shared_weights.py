"""What does sharing weights buy? Shared and unshared taps on a periodic axis, then borders."""

from pathlib import Path

import numpy as np
import xarray as xr

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"

photo = iv.read_image(DATA / "images" / "coins.png")
ring = photo.assign_coords(x=photo.x.assign_attrs(period=256.0))

rng = np.random.default_rng(0)
taps = rng.standard_normal(5)
shared = iv.Convolve(xr.DataArray(taps, dims="x"))
unshared = iv.LocallyConnected(
    xr.DataArray(taps + 0.1 * rng.standard_normal((256, 5)), dims=("x", "x_tap"))
)
for name, op in {"shared": shared, "unshared": unshared}.items():
    error = iv.decibels(iv.equivariance_error(op, ring, iv.Translate(x=1)))
    explained = iv.aliasing.folding_explains(op, ring, "x").attrs["explained"]
    print(f"{name}: {float(error):.1f} dB; explained by folding: {explained}")

# The same picture seen by a window that moves: the effect of zero padding extends as far in as the
# layers reach.
kernels = iv.models.random_kernels(photo, (8, 8, 8), window=5, rng=1)
for depth in (1, 2, 3):
    layers = iv.models.all_convolutional(kernels[:depth], stride=1, boundary="zero")
    error = iv.equivariance_error(
        layers, photo - photo.mean(), iv.Translate(x=1), protocol="cut", keep=("x",)
    )
    touched = int((error[:128] > 1e-10).sum())
    reach = layers.plan(iv.Axes.of(photo)).reach["x"][0]
    print(f"{depth} layers: felt {touched} px in, reach {reach:g} px, {float(error[0]):.2f} there")
