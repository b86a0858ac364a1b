"""Does pooling give invariance to small translations? Edges of a photograph, pooled and moved."""

from pathlib import Path

import numpy as np

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"

photo = iv.read_image(DATA / "images" / "camera.png").astype(float)
bank = iv.GaborBank(("y", "x"), frequency=(0.2,), orientation=(0.0, np.pi / 2))
edges = (bank >> iv.Modulus())(photo)

moves = [iv.Translate(x=d) for d in (1, 2, 4, 8)]
keep = ("band", "orientation")


def change(op):
    """Relative change of the outputs at each move, the two orientations together."""
    return np.sqrt(np.square(iv.invariance_error(op, edges, moves, keep=keep)).mean(keep)).values


print("shift in px:        ", " ".join(f"{d:5}" for d in (1, 2, 4, 8)))
print("change before:      ", change(iv.Pipeline()).round(3))
for window in (2, 8, 32):
    size, dense = {"y": window, "x": window}, {"y": 1, "x": 1}
    for name, pool in {"max": iv.MaxPool, "mean": iv.MeanPool}.items():
        print(f"after {name:>4} over {window:2}: ", change(pool(size, stride=dense)).round(3))

values = iv.MaxPool({"y": 8, "x": 8}, stride={"y": 1, "x": 1})(edges).values
for d in (1, 2, 4):
    kept, chance = np.mean(values[..., d:] == values[..., :-d]), (8 - d) / (8 + d)
    print(f"maxima over 8 that stay the same at {d} px: {kept:.2f}; independent: {chance:.2f}")
