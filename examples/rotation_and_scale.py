"""Which filters turn with a picture? Plain, group and steerable ones, at three angles."""

import math
from pathlib import Path

import numpy as np

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"

photo = iv.read_image(DATA / "images" / "camera.png").isel(y=slice(64, 192), x=slice(64, 192))
taps = iv.label(np.random.default_rng(0).standard_normal((5, 5)), "y", "x")
eighths = tuple(np.arange(8) * math.pi / 8)

filters = {
    "plain convolution": iv.Convolve(taps),
    "p4 convolution": iv.LiftingConvolution(taps),
    "steerable filters": iv.SteerableBank(("y", "x"), order=2, orientation=eighths),
}
for name, bank in filters.items():
    for degrees in (15, 45, 90):
        turn = iv.Rotate.about_middle(photo, math.radians(degrees))
        error = iv.equivariance_error(bank, photo, turn)
        print(f"{name}, {degrees} degrees: {float(error):.2g} (floor {float(error.floor):.2g})")

# After a stride of 2 it depends on the center: does it map the samples that are kept to themselves?
strided = iv.LiftingConvolution(taps, stride={"y": 2, "x": 2})
kept = float(photo.y[64])
for where, place in (("a sample that is kept", kept), ("the middle of the array", kept - 0.5)):
    turn = iv.Rotate(math.pi / 2, {"y": place, "x": place})
    error = iv.equivariance_error(strided, photo, turn)
    print(f"p4, stride 2, a quarter turn about {where}: {float(error):.2g}")
