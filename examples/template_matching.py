"""Does a template's best match follow the object, and stay as good? A coin that moves."""

from pathlib import Path

import numpy as np

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"

photo = iv.read_image(DATA / "images" / "coins.png")
photo = photo.assign_coords(x=photo.x.assign_attrs(period=256.0))  # make it periodic
coin = photo.isel(y=slice(110, 135), x=slice(100, 125))
middle = float(coin.x.mean())

for stride in (1, 4):
    match = iv.MatchTemplate(coin, stride={"x": stride}) >> iv.Peak(("y", "x"))
    for shift in (0.0, 1.0, 2.0, 2.5, 40.0):
        best = match(iv.Translate(x=shift)(photo))
        off = float(best.x) - middle - shift
        print(f"stride {stride}, moved by {shift:4.1f} px: {float(best):.4f}, {off:+.1f} px off")

# Where the peak is not sampled it is lower: by half the squared shift times the template's slopes.
slope = iv.difference(iv.Translate(x=-0.01)(photo), iv.Translate(x=0.01)(photo)) / 0.02
away, rise = (each.sel(x=coin.x, y=coin.y) for each in (photo, slope))
steep = float(np.square(rise - rise.mean()).sum() / np.square(away - away.mean()).sum())
print(f"expected half-way between two pixels: {1 - 0.125 * steep:.4f}")
