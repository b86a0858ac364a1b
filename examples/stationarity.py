"""Are statistics the same all along an axis? Photographs and textures, along y and along x."""

from pathlib import Path

import numpy as np

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"

for folder in ("images", "textures"):
    paths = sorted((DATA / folder).glob("*.png"))
    pictures = [iv.read_image(path, gray=True).to_numpy()[:256, :256] for path in paths]
    x = iv.label(np.stack(pictures), "picture", iv.Axis("y", unit="px"), iv.Axis("x", unit="px"))

    # How much of the variation of 16 x 16 px patches is explained by their place, in all pictures?
    for dim in ("y", "x"):
        found = iv.measures.nonstationarity(
            x, dim, item="picture", window={"y": 16, "x": 16}, rng=0
        )
        level = float(found.share_of.sel(statistic="mean"))
        print(
            f"{folder} along {dim}: {float(found.share):.3f} of all local statistics "
            f"(chance reaches {float(found.floor):.3f}), {level:.3f} of the brightness"
        )
