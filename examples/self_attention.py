"""Is self-attention on patches shift equivariant? Three encodings of positions, moved along x."""

from pathlib import Path

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"

photo = iv.read_image(DATA / "images" / "camera.png").isel(y=slice(64, 128), x=slice(64, 128))
photo = (photo - photo.mean()) / photo.std()  # as networks are usually fed
for dim in ("y", "x"):
    photo[dim].attrs["period"] = 64.0  # make it periodic: then no border interferes

patch = {"y": 8, "x": 8}
moves = [iv.Translate(x=1.0), iv.Translate(x=4.0), iv.Translate(x=8.0)]

for position in ("none", "relative", "absolute"):
    stem = iv.models.vision_transformer(photo, patch, position=position, blocks=2, rng=0)
    errors = iv.decibels(iv.equivariance_error(stem, photo, moves)).values
    said = ", ".join(f"{error:.0f} dB" for error in errors)
    print(f"{position}: {said} at a pixel, half a patch, a whole patch")
    first = iv.attribute(stem, photo, moves[0])
    print(f"  the patch embedding makes {100 * float(first.share[0]):.0f} % of the first")
