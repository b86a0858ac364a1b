"""Photographs that the packages which invarsig needs ship: read from there, not copied."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

__all__ = ["packaged_photographs"]

_FILES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "skimage": (
        "data",
        (
            "astronaut.png", "camera.png", "chelsea.png", "clock_motion.png", "coffee.png",
            "coins.png", "hubble_deep_field.jpg", "ihc.png", "moon.png", "motorcycle_left.png",
            "retina.jpg", "rocket.jpg",
        ),
    ),
    "sklearn": ("datasets/images", ("china.jpg", "flower.jpg")),
    "matplotlib": ("mpl-data/sample_data", ("grace_hopper.jpg",)),
}  # fmt: skip


def packaged_photographs() -> dict[str, Path]:
    """Photographs of scikit-image, scikit-learn and matplotlib, by ``package/name``.

    Textures, drawings and pages of text are left out. What another version of a package does not
    hold is left out, too.

    Examples
    --------
    >>> "sklearn/china.jpg" in packaged_photographs()
    True
    """
    found: dict[str, Path] = {}
    for package, (folder, names) in _FILES.items():
        spec = find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            paths = [Path(place) / folder / name for name in names]
            found |= {f"{package}/{path.name}": path for path in paths if path.is_file()}
    return found
