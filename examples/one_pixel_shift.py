"""How much does one pixel change? A photograph through three pools of the same stride."""

from pathlib import Path

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"

photo = iv.read_image(DATA / "images" / "camera.png")
photo.x.attrs["period"] = 256.0  # let it go round: then the theory is exact

dense = iv.MaxPool(window={"x": 2}, stride={"x": 1})
pools = {
    "max pool": iv.MaxPool(window={"x": 2}),
    "max pool, then blurred": dense >> iv.BlurPool(taps=5, stride={"x": 2}),
    "max pool, then ideally low-passed": dense >> iv.SpectralPool(stride={"x": 2}),
}

for name, pool in pools.items():
    one = iv.folding_errors(pool, photo, [iv.Translate(x=1)]).isel(shift=0)
    print(f"{name}: {float(one.measured):.2g} measured, {float(one.predicted):.2g} predicted")
