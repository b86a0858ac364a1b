"""What the tests of reports share: a tree as the default job makes it, and its page."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from tests.report.trees import measured_axis, picture, spectrogram, tree_of


@pytest.fixture(scope="session")
def default_tree() -> xr.DataTree:
    """Two inputs with two axes each, of the sizes of the default job."""
    rng = np.random.default_rng(4)
    sound, photo = spectrogram(rng), picture(rng)
    parts = {}
    for number, (x, dims) in enumerate([(sound, ("time", "frequency")), (photo, ("y", "x"))], 1):
        pool = iv.Relu() >> iv.MaxPool(window=dict.fromkeys(dims, 4))
        part = tree_of(*(measured_axis(pool, x, dim) for dim in dims), name=f"input {number}")
        parts[f"/input_{number}"] = part["input_1"]
    tree = tree_of()
    for path, part in parts.items():
        tree[path] = part
    return tree
