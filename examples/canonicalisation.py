"""Does registering a digit before a fixed feature make the feature invariant? And in noise?"""

from pathlib import Path

import numpy as np

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"

digits = np.load(DATA / "handwritten" / "digits8x8.npz")["images"][:50] / 16
ring = [iv.Axis(dim, unit="px", period=33.0) for dim in ("y", "x")]
x = iv.label(np.pad(digits, [(0, 0), (12, 13), (12, 13)]), "digit", *ring)

pool = iv.MaxPool(window={"y": 3, "x": 3})
frames = {
    "center of mass": iv.CenterOfMass(("y", "x"), power=2.0),
    "phase correlation": iv.PhaseCorrelation(x.mean("digit", keep_attrs=True)),
}
features = {
    "no frame": pool,
    **{name: iv.compose.canonicalize(pool, f) for name, f in frames.items()},
}

for name, feature in features.items():
    whole, part = iv.invariance_error(feature, x, [iv.Translate(x=5), iv.Translate(x=5.4)]).values
    print(f"{name}: {whole:.2g} at 5 px, {part:.2g} at 5.4 px")

rng = np.random.default_rng(0)
open_ends = x.assign_coords({dim: np.arange(33.0) for dim in ("y", "x")})  # the frame ends
for level in (0.05, 0.2):
    here, there = (open_ends + level * rng.standard_normal(x.shape) for _ in range(2))
    for name, frame in frames.items():
        off = abs(frame.offset(there.roll(x=5))["x"] - frame.offset(here)["x"] - 5)
        print(f"noise of {level:g}: {name} is off by {float(off.median()):.2g} px (median)")
