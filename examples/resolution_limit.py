"""How far apart must two handwritten digits be to be distinguished after pooling?"""

from pathlib import Path

import numpy as np

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"

with np.load(DATA / "handwritten" / "digits8x8.npz") as arrays:
    digit = arrays["images"][1] / 16  # a one

strip = np.zeros((8, 256))
strip[:, 64:72] = digit
one = iv.label(strip, "y", iv.Axis("x", unit="px", period=256.0))


def dip(pool, apart):
    """How deep the response is between two copies, relative to the lower peak."""
    profile = pool(one + iv.Translate(x=apart)(one)).sum("y")
    middle = 67.5 + apart / 2
    left, right = profile.sel(x=slice(None, middle)), profile.sel(x=slice(middle, None))
    between = profile.sel(x=slice(float(left.idxmax()), float(right.idxmax())))
    return 1 - float(between.min()) / float(min(left.max(), right.max()))


for window in (2, 4, 8, 16):
    pool = iv.MeanPool(window={"x": window}, stride={"x": 1})
    seen = [apart for apart in range(1, 64) if dip(pool, float(apart)) > 0.26]  # Rayleigh's stars
    change = iv.invariance_error(pool, one, iv.Translate(x=2), norm="total")
    print(f"window {window}: distinct from {seen[0]} px on; 2 px change it by {float(change):.2f}")
