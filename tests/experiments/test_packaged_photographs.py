"""Photographs come from the collection, or from the packages that ship them."""

from __future__ import annotations

import numpy as np
from PIL import Image

from invarsig.experiments import Collection
from invarsig.experiments.packaged_photographs import packaged_photographs
from invarsig.io import read_image


def test_fifteen_photographs_of_three_packages_are_read():
    found = packaged_photographs()
    assert len(found) >= 14  # another version may lack one
    assert {name.partition("/")[0] for name in found} == {"skimage", "sklearn", "matplotlib"}
    for path in found.values():
        picture = read_image(path)
        assert min(picture.sizes["y"], picture.sizes["x"]) >= 256


def test_a_collection_with_photographs_is_asked_for_no_others(tmp_path):
    folder = tmp_path / "photographs"
    folder.mkdir()
    Image.fromarray(np.zeros((300, 300, 3), np.uint8)).save(folder / "own.png")
    data = Collection(tmp_path)
    assert data.photographs() == {"photographs/own.png": folder / "own.png"}
    [line] = data.fingerprints(("photographs",))
    assert line.startswith("photographs/own.png ")


def test_what_packages_ship_is_named_by_package_in_the_record():
    told = Collection.found().fingerprints(("photographs",))
    assert [line.split()[0] for line in told] == list(packaged_photographs())
