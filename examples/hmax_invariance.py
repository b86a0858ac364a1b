"""How much do the layers of HMAX change as a window moves over a picture?"""

from pathlib import Path

import numpy as np

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"
SIDE, SHIFTS = 120, [1, 2, 4, 8, 16, 32]

photos = [iv.read_image(DATA / "images" / f"{name}.png") for name in ("camera", "astronaut")]
cells = iv.models.complex_cells(2)
simple, pool = cells.stages
patches = iv.models.sample_patches(cells(iv.read_image(DATA / "images/coins.png")), 4, 20, rng=0)
likeness = iv.RadialBasis(patches, over=("orientation",), channels=("patch",))


def window(photo, shift=0):
    """Cut a window; its pixels are renumbered."""
    return photo.isel(y=slice(68, 68 + SIDE), x=slice(shift, shift + SIDE)).drop_vars(["y", "x"])


def layers(x):
    """S1, C1, S2 and C2, one after the other."""
    s1 = simple(x)
    c1 = pool(s1)
    s2 = likeness(c1)
    return {"S1": s1, "C1": c1, "S2": s2, "C2": s2.max(("y", "x"))}


first, other = (layers(window(photo)) for photo in photos)
moved = [layers(window(photos[0], shift)) for shift in SHIFTS]
for name, before in first.items():
    # Relative to what another picture would change.
    unlike = np.linalg.norm(iv.difference(other[name], before))
    found = [np.linalg.norm(iv.difference(after[name], before)) / unlike for after in moved]
    print(name, *(f"{shift} px: {each:.2f}" for shift, each in zip(SHIFTS, found, strict=True)))
