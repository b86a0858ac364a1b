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
    DualTreeBand,
    GaborBank,
    GaussianBank,
    LogGaborBank,
    Modulus,
    MorletBank,
    SteerableBank,
    SteerablePyramidBand,
    Translate,
    commutator,
    label,
)
from invarsig.errors import DimError, ParameterError
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


SIX = tuple(math.pi * k / 6 for k in range(6))
PLANE = ("y", "x")
ORIENTED = [
    GaborBank(PLANE, 0.2, SIX),
    MorletBank(PLANE, 0.2, orientation=SIX, slant=0.5),
    LogGaborBank(PLANE, 0.2, SIX),
    SteerableBank(PLANE, 1, 1.5, SIX),
    SteerableBank(PLANE, 2, 1.5, SIX),
    SteerablePyramidBand(PLANE, 0, 6),
    SteerablePyramidBand(PLANE, 0, 6, "complex"),
    DualTreeBand(PLANE, 2),
]


@pytest.mark.parametrize("op", ORIENTED, ids=str)
def test_all_oriented_banks_count_angles_alike(op):
    """From a wave along the last dim toward one along the first: ``cos(x cos a + y sin a)``."""
    ring_of = [Axis(dim, period=60.0) for dim in PLANE]
    n = np.arange(60)
    for number, angle in enumerate(op(label(np.zeros((60, 60)), *ring_of)).orientation.values):
        # Whole numbers of turns: no jump where the ring closes.
        rows, columns = (round(12 * side) for side in (math.sin(angle), math.cos(angle)))
        wave = np.cos(2 * np.pi * (rows * n[:, None] + columns * n) / 60)
        energy = (abs(op(label(wave, *ring_of))) ** 2).sum(PLANE).to_numpy().ravel()
        assert energy.argmax() == number


@pytest.mark.parametrize("make", [GaborBank, MorletBank, LogGaborBank])
def test_dims_that_are_none_or_twice_are_refused(make):
    for over in ((), ("x", "x"), None, 3):
        with pytest.raises(ParameterError, match="is over"):
            make(over, 0.2)


def test_names_of_new_dims_are_two_and_none_of_the_filters_own():
    assert GaborBank(["y", "x"], 0.2, [0.0], channels=["f", "angle"]).channels == ("f", "angle")
    with pytest.raises(ParameterError, match="channels='filter'"):
        GaborBank("x", 0.2, channels="filter")
    with pytest.raises(ParameterError, match="along which the filters lie"):
        GaborBank("x", 0.2, channels=("x", "orientation"))
    with pytest.raises(ParameterError, match="along which the filters lie"):
        GaussianBank(sigma={"x": [1.0, 2.0]}, channel="x")


def test_a_boundary_along_a_dim_without_a_filter_is_refused_by_all_banks():
    x = label(np.zeros(24), "x")
    for op in (
        GaborBank("x", 0.2, boundary={"t": "zero"}),
        MorletBank("x", 0.2, boundary={"t": "zero"}),
    ):
        with pytest.raises(DimError, match="names 't'"):
            op(x)


@pytest.mark.parametrize("size", [1, 2, 15, 16])
@pytest.mark.parametrize("kind", ["real", "complex"])
@pytest.mark.parametrize(
    "mode", ["symmetric", "reflect", "zero", "edge", ("constant", 2.0)], ids=str
)
def test_filters_as_long_as_an_axis_that_ends_go_round_with_its_mirror_image(mode, kind, size, rng):
    """Coarse wavelets, which reach beyond the mirror image, meet no jump there."""
    values = noise(rng, size, kind)
    whole = {
        "symmetric": [values, values[::-1]],
        "reflect": [values, values[1:-1][::-1]],
        "zero": [values, np.zeros(2 * size)],
        "edge": [values, np.repeat(values[[-1, 0]], size)],
        ("constant", 2.0): [values, np.full(2 * size, 2.0)],
    }[mode]
    around = ring(np.concatenate(whole))
    for op in (MorletBank("x", 0.04), LogGaborBank("x", 0.1, part="imag")):
        found = op.bounded(mode)(label(values, "x"))
        np.testing.assert_allclose(found, op(around).isel(x=slice(size)), atol=1e-13)
        assert found.dtype.kind == ("f" if op.hermitian and kind == "real" else "c")
