"""An operator's `repr` is Python that evaluates back to the operator."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.testing import examples_of, public_operators

# Functions are written by their qualified names: their modules have to be there.
NAMES = {"iv": iv, "numpy": np, "invarsig": iv}


@pytest.mark.parametrize("cls", public_operators(), ids=lambda cls: cls.__name__)
def test_every_operator_is_written_as_python_that_evaluates_back_to_it(cls, rng):
    for op, x in examples_of(cls, rng):
        again = eval(repr(op), dict(NAMES))
        assert repr(again) == repr(op)
        if again != op:  # arrays are compared by identity: what holds them, by what it gives
            assert "iv.label" in repr(op)
            xr.testing.assert_identical(again(x), op(x))


def test_only_what_differs_from_the_defaults_is_written():
    assert repr(iv.MaxPool(window={"x": 4})) == "iv.MaxPool(window={'x': 4})"
    assert repr(iv.Relu() >> iv.Tanh()) == "(iv.Relu() >> iv.Tanh())"


@pytest.mark.parametrize(
    "op",
    [
        iv.Pipeline(),
        iv.Pipeline(iv.Relu()),
        iv.Pipeline(iv.Relu() >> iv.Tanh(), iv.Square()),
        iv.Relu() >> iv.Residual(iv.Relu() >> iv.Tanh()) >> iv.Square(),
        iv.MaxPool(window={"x": np.int64(4)}) >> iv.GaussianBank(sigma={"x": np.float64(1 / 3)}),
        iv.MaxPool(window={"km/h": 4}, boundary={"km/h": "zero"}),
    ],
    ids=str,
)
def test_pipelines_of_any_depth_evaluate_back(op):
    assert eval(repr(op), {"iv": iv}) == op


@pytest.mark.parametrize("dtype", ["float64", "float32", "complex64", "complex128"])
@pytest.mark.parametrize("values", [[1.0, 1 / 3, 1e-300], [np.nan, np.inf, -np.inf]], ids=str)
def test_kernels_keep_every_digit_their_type_and_their_coordinates(values, dtype, rng):
    channels = {"channel": ("channel", ["a", "b"], {"long_name": "where it is from"})}
    taps = xr.DataArray(
        np.array([values, values[::-1]]).astype(dtype), dims=("channel", "x"), coords=channels
    )
    again = eval(repr(iv.Convolve(taps, boundary="zero")), {"iv": iv})
    xr.testing.assert_identical(again.kernels, taps)
    assert again.kernels.dtype == taps.dtype
    assert again.boundary == "zero"


def test_a_function_is_written_by_its_name():
    assert repr(iv.Apply(np.cbrt)) == "iv.Apply(function=numpy.cbrt)"
    assert "<lambda>" in repr(iv.Apply(lambda a: a))
