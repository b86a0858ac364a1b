"""What all banks share."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

from invarsig import (
    Axes,
    Axis,
    Convolve,
    GaborBank,
    GaussianBank,
    Modulus,
    Translate,
    commutator,
    label,
)

MODES = {"periodic": "wrap", "reflect": "mirror", "symmetric": "reflect", "zero": "constant"}
NAMES = ("z", "y", "x")


def ring(values, step: float = 1.0) -> xr.DataArray:
    names = NAMES[-np.ndim(values) :]
    sizes = zip(names, np.shape(values), strict=True)
    return label(values, *(Axis(d, 2.0, step, n, "px", abs(step) * n) for d, n in sizes))


def kernel(values, *dims: str, **coords) -> xr.DataArray:
    values = np.asarray(values)
    return xr.DataArray(values, dims=dims or NAMES[-values.ndim :], coords=coords)


def noise(rng, shape, kind="real"):
    values = rng.standard_normal(shape)
    return values + 1j * rng.standard_normal(shape) if kind == "complex" else values


BANKS = [
    Convolve(kernel([1.0, 2.0, -1.0, 0.5]), stride={"x": 3}),
    GaussianBank(sigma={"x": [0.5, 1.0]}, stride={"x": 2}),
    GaborBank("x", [0.2, 0.3], bandwidth=1.5, stride={"x": 4}),
]


@pytest.mark.parametrize("op", BANKS, ids=str)
def test_the_same_filters_without_their_stride_contain_the_strided_result(op, rng):
    x = ring(rng.standard_normal((2, 36)))
    stride = op.plan(Axes.of(x)).stride["x"]
    dense = op.unstrided(["x"])(x)
    xr.testing.assert_allclose(dense.isel(x=slice(None, None, stride)), op(x), atol=1e-12)
    assert dense.sizes["x"] == 36


@pytest.mark.parametrize(
    "op", [*(op.unstrided(["x"]) for op in BANKS[:2]), GaborBank("x", 0.2, part="real")], ids=str
)
@pytest.mark.parametrize("shift", [3, 0.37])
def test_a_bank_without_stride_commutes_with_every_translation(op, shift, rng):
    x = ring(rng.standard_normal((2, 35)))
    error = abs(commutator(op, x, Translate(x=shift))).max()
    assert float(error) < 1e-12


def test_names_are_all_that_tells_time_from_space(rng):
    values = rng.standard_normal((24, 36))
    image = ring(values)
    other = image.rename(y="frequency", x="time")
    taps = kernel(rng.standard_normal((2, 3, 4)), "filter", "y", "x")
    for op in (
        Convolve(taps, stride={"y": 2, "x": 3}, boundary={"y": "reflect", "x": "periodic"}),
        GaussianBank(sigma={"y": 1.0, "x": [0.5, 1.0]}, stride={"x": 2}),
        GaborBank("x", [0.1, 0.2], stride={"x": 2}) >> Modulus(),
        GaborBank(("y", "x"), 0.25, (0.0, 1.0), stride={"y": 3, "x": 2}),
    ):
        again = op.rename({"y": "frequency", "x": "time"})(other)
        assert np.array_equal(again, op(image))


def test_orientations_at_geometric_angles_are_no_octaves():
    angles = (math.pi / 8, math.pi / 4, math.pi / 2)
    x = ring(np.zeros((24, 24)))
    out = GaborBank(("y", "x"), 0.2, angles)(x)
    assert "orientation" not in out.coords
    np.testing.assert_allclose(out.orientation_value, angles)
