"""Filters whose weights are not shared."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from invarsig import (
    Convolve,
    LocallyConnected,
    Translate,
    commutator,
)
from invarsig.errors import AxisError, DimError, ParameterError
from tests.operators.banks.rings import kernel, ring

MODES = {
    "periodic": "wrap",
    "reflect": "mirror",
    "symmetric": "reflect",
    "edge": "nearest",
    "zero": "constant",
}


def noise(rng, shape, kind="real"):
    values = rng.standard_normal(shape)
    return values + 1j * rng.standard_normal(shape) if kind == "complex" else values


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("width", [3, 4])
def test_taps_that_are_alike_everywhere_make_a_convolution(boundary, width, rng):
    taps = rng.standard_normal(width)
    x = ring(rng.standard_normal((2, 10)))
    weights = kernel(np.tile(taps, (10, 1)), "x", "x_tap")
    wanted = Convolve(kernel(taps), boundary=boundary)(x)
    xr.testing.assert_allclose(LocallyConnected(weights, boundary)(x), wanted, atol=1e-13)


def test_each_place_has_its_own_taps(rng):
    weights, values = rng.standard_normal((5, 6, 3, 2)), rng.standard_normal((5, 6))
    x = ring(values)
    out = LocallyConnected(kernel(weights, "y", "x", "y_tap", "x_tap"))(x)
    for row in range(5):
        for column in range(6):
            one = Convolve(kernel(weights[row, column], "y", "x"))(x)
            assert float(out[row, column]) == pytest.approx(float(one[row, column]), abs=1e-13)


def test_it_does_not_commute_with_translation(rng):
    x = ring(rng.standard_normal(10))
    op = LocallyConnected(kernel(rng.standard_normal((10, 3)), "x", "x_tap"))
    assert float(abs(commutator(op, x, Translate(x=1))).max()) > 0.1


def test_it_can_be_renamed_with_its_taps(rng):
    op = LocallyConnected(kernel(rng.standard_normal((10, 3)), "x", "x_tap"))
    x = ring(rng.standard_normal(10))
    assert np.array_equal(op.rename({"x": "time"})(x.rename(x="time")), op(x))


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda w: LocallyConnected(w.values), ParameterError, r"such as \('x', 'x_tap'\)"),
        (lambda w: LocallyConnected(w.rename(x_tap="y")), DimError, "a dim 'd_tap'"),
        (lambda w: LocallyConnected(w, "wrap"), ParameterError, "'wrap' is unknown"),
        (
            lambda w: LocallyConnected(w)(ring(np.ones(5))),
            AxisError,
            "4 positions along 'x', and the",
        ),
    ],
)
def test_weights_that_do_not_fit_are_refused(make, error, said):
    with pytest.raises(error, match=said):
        make(kernel(np.ones((4, 3)), "x", "x_tap"))
