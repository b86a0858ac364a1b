"""Images of an operator: exact for rates that go down, up, and both."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.aliasing import images
from invarsig.spectra import phases


def noise(size: int, seed: int = 1, dtype: type = np.float64) -> xr.DataArray:
    values = np.random.default_rng(seed).standard_normal((2, size)).astype(dtype)
    return iv.label(values, "channel", iv.Axis("x", 3.0, 0.5, unit="px", period=size / 2))


def skip(down: int, up: int) -> iv.Graph:
    """Down, up again and a skip around both: the smallest U-Net."""
    return iv.Graph(
        [
            iv.Node("relu", iv.Relu(), "input"),
            iv.Node("pool", iv.MaxPool({"x": down}), "relu"),
            iv.Node("square", iv.Square(), "pool"),
            iv.Node("up", iv.LinearUpsample({"x": up}), "square"),
            iv.Node("skip", iv.Add(), ("up", "input")),
        ]
    )


def deep() -> iv.Graph:
    """Two levels, with a join that unpools."""
    return iv.Graph(
        [
            iv.Node("first", iv.MaxPool({"x": 2}), "input"),
            iv.Node("second", iv.MaxPool({"x": 2}), "first"),
            iv.Node("back", iv.MaxUnpool({"x": 2}), ("second", "first")),
            iv.Node("up", iv.NearestUpsample({"x": 2}), "back"),
            iv.Node("sum", iv.Add(), ("up", "input")),
        ]
    )


DOWN = {
    "max pool": iv.MaxPool({"x": 4}),
    "even pool, two strides": iv.BlurPool(taps=3, stride={"x": 2}) >> iv.MaxPool({"x": 3}),
    "parallel": iv.Sum(iv.MaxPool({"x": 2}), iv.MeanPool({"x": 2})),
}
UP = {
    "zeros": iv.ZeroInsertion({"x": 2}),
    "nearest, then a rectifier": iv.NearestUpsample({"x": 3}) >> iv.Relu(),
    "transposed": iv.TransposedConvolve(
        xr.DataArray([0.25, 1.0, 0.5, 0.25, 2.0], dims="x"), {"x": 2}, {"x": 1}
    ),
    "twice": iv.NearestUpsample({"x": 2}) >> iv.Relu() >> iv.LinearUpsample({"x": 2}),
}
BOTH = {
    "down and up": iv.MaxPool({"x": 2}) >> iv.NearestUpsample({"x": 2}),
    "down 4, up 2": iv.MaxPool({"x": 4}) >> iv.LinearUpsample({"x": 2}),
    "down 2, up 4": iv.MaxPool({"x": 2}) >> iv.NearestUpsample({"x": 4}),
    "up 2, down 3": iv.NearestUpsample({"x": 2}) >> iv.MaxPool({"x": 3}),
    "skip": skip(2, 2),
    "deep": deep(),
    "residual": iv.Residual(iv.MaxPool({"x": 3}) >> iv.LinearUpsample({"x": 3})),
}
EVERY = {**DOWN, **UP, **BOTH}


def turned_back(y: xr.DataArray, shift: float) -> np.ndarray:
    """Move back by the one-sided rule, written out."""
    turn = phases(y.sizes["x"], -shift)
    return np.fft.ifft(np.fft.fft(y.transpose("channel", "x").to_numpy()) * turn)


@pytest.mark.parametrize("size", [24, 36], ids=["even", "multiple of 4"])
@pytest.mark.parametrize("name", DOWN)
def test_images_are_the_folded_bands_of_the_lift_where_rates_only_go_down(name, size):
    op, x = DOWN[name], noise(size)
    found = images(op, x, "x")
    stride = found.attrs["whole_shift"]
    bands = iv.fold(iv.lift(op, x, "x"), "x", stride).sum("x_frequency").sum("channel")
    for m in found.image.values:
        # Of an even number of images both ends are one.
        both = bands.sel(image=[k for k in bands.image.values if (k - m) % stride == 0]).sum()
        assert float(found.energy.sel(image=m)) == pytest.approx(
            float(both), rel=1e-12, abs=1e-12 * float(bands.sum())
        )


@pytest.mark.parametrize("size", [24, 36], ids=["even", "multiple of 4"])
@pytest.mark.parametrize("name", EVERY)
def test_images_tell_the_output_and_its_error_at_every_whole_shift(name, size):
    op, x = EVERY[name], noise(size)
    found = images(op, x, "x")
    assert found.attrs["explained"]
    whole, parts = found.attrs["whole_shift"], found.attrs["parts"]
    y, stride = op(x), float(op.plan(iv.Axes.of(x)).stride_along("x"))
    numbers = found.image.values
    shifts = {1, 2, whole, whole + 1, 3 * whole + 1, -1, size - 1} if parts == 1 else {1, 2, -3}
    for d in shifts | {1 / parts, 1 / parts + whole}:
        measured = turned_back(op(iv.Translate.in_samples(x, x=d)(x)), d / stride)
        turns = np.exp(-2j * np.pi * numbers * d / whole)
        told = np.tensordot(turns, found.images.transpose("image", "channel", "x"), 1)
        scale = np.abs(told).max()
        np.testing.assert_allclose(told, measured, atol=1e-12 * scale)
        gap = np.linalg.norm(measured - y.transpose("channel", "x").to_numpy())
        error = gap / np.linalg.norm(y - y.mean())
        place = round(d * parts) % found.sizes["length"]
        assert float(found.error[place]) == pytest.approx(error, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", EVERY)
def test_the_variance_of_the_orbit_is_the_energy_of_all_images_but_one(name):
    found = images(EVERY[name], noise(24), "x")
    energy = float(found.energy.sum() - found.energy.sel(image=0))
    assert float(found.orbit_variance) == pytest.approx(energy, rel=1e-12)
    np.testing.assert_allclose(found.images.sum("image"), EVERY[name](noise(24)), atol=1e-12)


@pytest.mark.parametrize("name", BOTH)
def test_with_images_left_out_the_error_is_another(name):
    """An image too few is noticed: each of those that there are is needed."""
    found = images(BOTH[name], noise(24), "x")
    largest = found.energy.where(found.image != 0).idxmax()
    less = found.images.where(found.image != largest, 0.0)
    assert float(abs(less.sum("image") - BOTH[name](noise(24))).max()) > 1e-3


def test_zeros_carry_half_of_the_energy_as_images_and_repeated_samples_a_sixth():
    x = noise(512)

    def share(op: iv.Operator) -> float:
        energy = images(op, x, "x").energy
        return float(1 - energy.sel(image=0) / energy.sum())

    assert share(iv.ZeroInsertion({"x": 2})) == pytest.approx(0.5, abs=1e-12)
    # Of white noise: half less the integral of cos^2 over the band.
    assert share(iv.NearestUpsample({"x": 2})) == pytest.approx(0.5 - 1 / math.pi, abs=0.03)
    assert share(iv.LinearUpsample({"x": 2})) < 0.05
    assert share(iv.SpectralUpsample({"x": 2})) < 1e-28


def test_what_only_goes_up_shows_nothing_at_whole_shifts():
    found = images(iv.NearestUpsample({"x": 2}), noise(24), "x", parts=1)
    assert found.image.values.tolist() == [0]
    assert float(found.orbit_variance) == 0


def test_smallest_whole_shifts_and_parts_follow_all_nodes():
    x = noise(24)
    told = {name: images(op, x, "x").attrs for name, op in EVERY.items()}
    shown = {name: (each["whole_shift"], each["parts"]) for name, each in told.items()}
    assert shown["down and up"] == (2, 1)
    assert shown["down 4, up 2"] == (4, 1)
    assert shown["down 2, up 4"] == (2, 1)
    assert shown["up 2, down 3"] == (3, 1)
    assert shown["deep"] == (4, 1)
    assert shown["zeros"] == (1, 2)
    assert shown["twice"] == (1, 4)
    assert shown["max pool"] == (4, 1)


def test_images_say_when_a_stage_does_not_commute_with_its_whole_shift():
    ramp = iv.Apply(lambda v: v * np.arange(v.shape[-1]), "x")
    assert not images(ramp >> iv.MaxPool({"x": 2}), noise(24), "x").attrs["explained"]


def test_images_need_an_axis_that_wraps():
    x = iv.label(np.arange(8.0), "x")
    with pytest.raises(iv.errors.AxisError, match="periodic"):
        images(iv.MaxPool({"x": 2}), x, "x")
    with pytest.raises(iv.errors.ParameterError, match="parts of a sample"):
        images(iv.MaxPool({"x": 2}), noise(24), "x", parts=0)


@pytest.mark.parametrize("name", {**UP, **BOTH})
def test_what_needs_a_lift_names_images_where_there_is_none(name):
    op, x = EVERY[name], noise(24)
    plan = op.plan(iv.Axes.of(x))
    if plan.stride_along("x") == plan.whole_shift_along("x"):
        pytest.skip("its outputs interleave to a lift")
    move = iv.Translate(x=0.5)
    for refused in (
        lambda: iv.lift(op, x, "x"),
        lambda: iv.orbit(op, x, "x"),
        lambda: iv.predict_error(op, x, move),
        lambda: iv.aliasing.folding_errors(op, x, [move]),
        lambda: iv.aliasing.frequency_classes(op, x, "x"),
        lambda: iv.operators.Dense(op, {"x": 1})(x),
    ):
        with pytest.raises(iv.errors.InvarsigError, match=r"iv\.aliasing\.images"):
            refused()
    assert iv.aliasing.folding_explains(op, x, "x").attrs["explained"]


def test_a_lift_through_a_rate_that_goes_up_before_it_goes_down_is_its_definition():
    op = iv.NearestUpsample({"x": 2}) >> iv.Relu() >> iv.MaxPool({"x": 6}, {"x": 4})
    x = noise(24)
    lifted = iv.lift(op, x, "x")
    for k in range(2):
        moved = op(iv.Translate.in_samples(x, x=-k)(x))
        np.testing.assert_array_equal(lifted.isel(x=slice(k, None, 2)), moved)
    orbit = iv.orbit(op, x, "x")
    assert float(orbit.variance.sum()) == pytest.approx(float(orbit.folded_energy.sum()), rel=1e-12)
    found = iv.aliasing.folding_errors(op, x, [iv.Translate(x=0.5)])
    np.testing.assert_allclose(found.measured, found.predicted, rtol=1e-10)


def test_single_precision_and_complex_input_keep_their_images():
    op = iv.MaxPool({"x": 2}) >> iv.NearestUpsample({"x": 2})
    wide = images(op, noise(24), "x")
    single = images(op, noise(24, dtype=np.float32), "x")
    np.testing.assert_allclose(single.energy, wide.energy, rtol=1e-5)
    z = noise(24) + 1j * noise(24, 2)
    linear = iv.Subsample(stride={"x": 2}) >> iv.LinearUpsample({"x": 2})
    found = images(linear, z, "x")
    np.testing.assert_allclose(found.images.sum("image"), linear(z), atol=1e-12)
