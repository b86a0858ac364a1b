"""Lay out a second collection of pictures, other than those of data/: ``make_second.py DIR``.

All come from packages that invarsig needs (scikit-image, scikit-learn, matplotlib), nothing is
downloaded, and no picture or part of one is in data/ as well. Photographs are scaled to 256 px
along the shorter side and cut to their middle, as those of data/images were; textures are the
middle 512 x 512 px. `docs/replications.py` sets what is measured on it beside the first.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

IMAGES = (
    "skimage/data/clock_motion.png", "skimage/data/motorcycle_left.png", "skimage/data/retina.jpg",
    "sklearn/datasets/images/china.jpg", "sklearn/datasets/images/flower.jpg",
    "matplotlib/mpl-data/sample_data/grace_hopper.jpg",
)  # fmt: skip
TEXTURES = (
    "skimage/data/cell.png", "skimage/data/hubble_deep_field.jpg", "skimage/data/ihc.png",
    "skimage/data/moon.png",
)  # fmt: skip


def gray_of(name: str, side: int, *, scale: bool) -> Image.Image:
    """The middle square of a picture of a package, gray, scaled to fit or not."""
    package, _, file = name.partition("/")
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"{package} is not installed: pip install invarsig.")
    picture = Image.open(Path(found.submodule_search_locations[0]) / file).convert("L")
    if scale:
        part = side / min(picture.size)
        size = [max(side, round(part * each)) for each in picture.size]
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    left, top = ((each - side) // 2 for each in picture.size)
    return picture.crop((left, top, left + side, top + side))


def main() -> None:
    """Write both folders."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    folder = options.parse_args().folder
    for part, names, side in (("images", IMAGES, 256), ("textures", TEXTURES, 512)):
        (folder / part).mkdir(parents=True, exist_ok=True)
        for name in names:
            picture = gray_of(name, side, scale=part == "images")
            assert np.ptp(np.asarray(picture)) > 0, name
            picture.save(folder / part / f"{Path(name).stem}.png")


if __name__ == "__main__":
    main()
