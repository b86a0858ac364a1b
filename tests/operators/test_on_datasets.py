"""Operators on Datasets and trees: each variable as if it came alone."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import DimError, ParameterError

POOL = iv.MaxPool(window={"x": 2})
PLANE = iv.BlurPool(taps=3, stride={"y": 2, "x": 2}, boundary="reflect")


def plane(rng, *dims, size=8):
    axes = [iv.Axis(dim, unit="px", size=size) for dim in dims]
    return iv.label(rng.standard_normal([size] * len(dims)), *axes)


@pytest.fixture
def several(rng):
    found = {"both": plane(rng, "y", "x"), "along": plane(rng, "x"), "across": plane(rng, "y")}
    return xr.Dataset({**found, "lone": 3.0}, attrs={"title": "several"})


@pytest.mark.parametrize("op", [POOL, POOL >> iv.Square(), iv.Residual(iv.MeanPool({"x": 1}))])
def test_each_variable_that_has_the_dims_is_what_it_is_alone(op, several):
    found = op(several)
    for name in ("both", "along"):
        xr.testing.assert_identical(found[name].variable, op(several[name]).variable)
        xr.testing.assert_identical(found[name].x, op(several[name]).x)
    assert found.attrs == several.attrs


def test_what_has_none_of_the_dims_passes_unchanged_and_what_has_some_is_dropped(several):
    assert set(POOL(several)) == {"both", "along", "across", "lone"}
    xr.testing.assert_identical(POOL(several)["across"], several["across"])
    found = PLANE(several)
    assert set(found) == {"both", "lone"}
    assert dict(found.sizes) == {"y": 4, "x": 4}


def test_a_variable_without_numbers_over_the_dims_is_dropped(several):
    several["names"] = ("x", list("abcdefgh"))
    assert "names" not in POOL(several)


def test_a_dataset_without_the_dims_is_refused(several):
    with pytest.raises(DimError, match="'time'"):
        iv.MaxPool(window={"time": 2})(several)
    with pytest.raises(DimError, match="needs a variable of numbers"):
        PLANE(several.drop_vars("both"))


def test_results_on_different_grids_are_refused(rng):
    one, other = plane(rng, "x"), plane(rng, "y", "x")

    class Uneven(iv.MaxPool):
        def _apply(self, x):
            y = super()._apply(x)
            return y if x.ndim == 1 else y.assign_coords(x=y.x + 1.0)

    uneven = Uneven(window={"x": 2})
    with pytest.raises(ParameterError, match="different coordinates 'x'"):
        uneven(xr.Dataset({"one": one, "other": other}))


def test_a_tree_is_mapped_node_by_node(several, rng):
    tree = xr.DataTree.from_dict(
        {"/": xr.Dataset(attrs={"run": 1}), "/a": several, "/b": several[["across"]]}
    )
    found = POOL(tree)
    xr.testing.assert_identical(found["a"].to_dataset(), POOL(several))
    xr.testing.assert_identical(found["b"].to_dataset(), several[["across"]])
    assert found.attrs == {"run": 1}
    with pytest.raises(DimError, match="no node"):
        PLANE(xr.DataTree.from_dict({"/b": several[["across"]], "/c": several[["along"]]}))


def test_chunked_variables_stay_chunked(several):
    found = POOL(several.chunk({"x": 4}))
    assert found["both"].chunks is not None
    xr.testing.assert_equal(found.compute(), POOL(several))
    assert np.isfinite(found["both"]).all()
