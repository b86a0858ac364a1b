"""Misspelt names: one function compares them, and whatever is looked up by name asks it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import invarsig as iv
from invarsig import parameters
from invarsig.experiments import experiment_named
from invarsig.io.array import read_array
from invarsig.operators.layers import graph_to
from invarsig.suggestions import did_you_mean, nearest

PACKAGE = Path(iv.__file__).parent
X = iv.label(np.ones((8, 8)), "lat", "time")


@given(st.sampled_from(["frequency", "one-pixel-shift", "MaxPool"]), st.data())
def test_a_name_with_one_letter_wrong_is_found(name, data):
    place = data.draw(st.integers(0, len(name) - 1))
    for wrong in (
        name[:place] + name[place + 1 :],
        name[:place] + "q" + name[place:],
        name.swapcase(),
        name.replace("-", "_"),
    ):
        assert nearest(wrong, ["lat", name, "zzzzzz"]) == [name]


def test_a_name_that_is_like_none_suggests_none():
    assert nearest("qqqq", ["time", "lat"]) == []
    assert did_you_mean("qqqq", ["time", "lat"]) == ""
    assert did_you_mean("", ["time"]) == ""


def test_no_other_module_compares_names():
    users = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if "get_close_matches" in path.read_text(encoding="utf-8")
    ]
    assert users == ["suggestions.py"]


def saved(folder: Path) -> Path:
    dataset = xr.Dataset({"temperature": ("x", np.ones(4)), "wind": ("x", np.ones(4))})
    dataset.to_netcdf(folder / "a.nc", engine="h5netcdf")
    return folder / "a.nc"


LOOKED_UP: dict[str, tuple[Callable[[Path], object], str]] = {
    "an operator": (lambda _: iv.MaxPol, "did you mean iv.MaxPool?"),
    "a dim of an operator": (lambda _: iv.MaxPool({"tim": 2})(X), "Did you mean time?"),
    "a dim of a diagnosis": (
        lambda _: iv.check(iv.Relu(), X, "tim", max_error=-40),
        "Did you mean time?",
    ),
    "a closed word": (
        lambda _: parameters.one_of("norm", "centred", ("centered", "total")),
        "Did you mean centered?",
    ),
    "a boundary": (
        lambda _: iv.MaxPool({"time": 2}, boundary="perodic"),
        "Did you mean periodic?",
    ),
    "an experiment": (lambda _: experiment_named("hmax-invarance"), "did you mean hmax-invariance"),
    "a variable": (lambda folder: read_array(saved(folder), "tempera"), "Did you mean temp"),
    "a file": (
        lambda folder: read_array(saved(folder).with_name("b.nc")),
        "Did you mean a.nc?",
    ),
    "a layer": (
        lambda _: graph_to(
            iv.Graph((iv.Node("stem.relu", iv.Relu(), ("input",)),)), "stem.relo", "--layer"
        ),
        "did you mean stem.relu",
    ),
}


@pytest.mark.parametrize("what", LOOKED_UP)
def test_whatever_is_looked_up_by_its_name_suggests_one(what, tmp_path):
    look_up, words = LOOKED_UP[what]
    with pytest.raises((iv.errors.InvarsigError, AttributeError), match=re.escape(words)):
        look_up(tmp_path)
