"""Which way of downsampling keeps equivariance? The same weights under five of them."""

from pathlib import Path

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"

photo = iv.read_image(DATA / "images" / "coffee.png").isel(y=slice(128), x=slice(128))
for dim in ("y", "x"):
    photo[dim].attrs["period"] = 128.0  # make it periodic: then the theory is exact

kernels = iv.models.random_kernels(photo, (8, 16), rng=0)
moves = [iv.Translate(x=1.0), iv.Translate(x=0.37)]

for way in ("max", "blur", "max_blur", "polyphase", "alias_free"):
    network = iv.models.cnn(kernels, downsampling=way)
    one, part = iv.equivariance_error(network, photo, moves).values
    aligned = float(iv.equivariance_error(network, photo, moves[0], align="grid"))
    print(f"{way}: {one:.2g} at 1 px ({aligned:.2g} aligned), {part:.2g} at 0.37 px")
