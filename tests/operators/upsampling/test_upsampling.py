"""Upsampling against torch and scipy, on rings and between ends, in one to three dims."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import xarray as xr
from scipy import signal

import invarsig as iv
from tests.operators.upsampling.arrays import array, by_name

SIZES = {"x": [(7,), (8,)], "yx": [(4, 5)], "zyx": [(2, 3, 4)]}
SHAPES = [shape for shapes in SIZES.values() for shape in shapes]
FACTORS = {1: [(2,), (3,)], 2: [(2, 3)], 3: [(1, 2, 3)]}
CASES = [(shape, by) for shape in SHAPES for by in FACTORS[len(shape)]]


def in_torch(x: xr.DataArray, by: tuple[int, ...], mode: str, **options: object) -> np.ndarray:
    torch = pytest.importorskip("torch", reason="the reference is torch")
    made = torch.nn.functional.interpolate(
        torch.from_numpy(x.to_numpy()[None]), scale_factor=by, mode=mode, **options
    )
    return made[0].numpy()


@pytest.mark.parametrize(("shape", "by"), CASES)
def test_repeating_samples_is_torchs(shape, by):
    x = array(shape)
    y = iv.NearestUpsample(by_name(by))(x)
    np.testing.assert_array_equal(y, in_torch(x, by, "nearest"))


@pytest.mark.parametrize(("shape", "by"), CASES)
@pytest.mark.parametrize("corners", [False, True])
def test_linear_interpolation_between_ends_is_torchs(shape, by, corners):
    x = array(shape)
    mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[len(shape)]
    y = iv.LinearUpsample(by_name(by), aligned_corners=corners)(x)
    wanted = in_torch(x, by, mode, align_corners=corners)
    np.testing.assert_allclose(y, wanted, rtol=0, atol=1e-14)


@pytest.mark.parametrize("size", [7, 8])
@pytest.mark.parametrize("by", [2, 3, 4])
def test_positions_share_the_cell_of_the_sample_that_they_replace(size, by):
    x = array((size,), ring=True)
    wanted = 1.5 + 0.5 * ((np.arange(size * by) + 0.5) / by - 0.5)
    for op in (iv.NearestUpsample({"x": by}), iv.LinearUpsample({"x": by})):
        y = op(x)
        np.testing.assert_allclose(y.x, wanted, atol=1e-12)
        after = iv.axis_of(y, "x")
        assert after.periodic
        assert after.period == pytest.approx(size * 0.5)
    for op in (iv.ZeroInsertion({"x": by}), iv.SpectralUpsample({"x": by})):
        np.testing.assert_allclose(op(x).x, 1.5 + 0.5 * np.arange(size * by) / by, atol=1e-12)


@pytest.mark.parametrize("by", [2, 3, 4])
def test_linear_interpolation_of_a_straight_line_is_that_line_at_its_positions(by):
    x = iv.label(3.0 * np.arange(6), iv.Axis("x", 2.0, 0.5, unit="px"))
    y = iv.LinearUpsample({"x": by})(x)
    inside = y.sel(x=slice(2.0, 4.5))
    np.testing.assert_allclose(inside, 6 * (inside.x - 2.0), atol=1e-12)


def test_aligned_corners_stand_where_the_ends_stood_and_wrap_no_more():
    x = array((6,), ring=True)
    y = iv.LinearUpsample({"x": 2}, aligned_corners=True)(x)
    np.testing.assert_allclose(y.x[[0, -1]], x.x[[0, -1]])
    np.testing.assert_array_equal(y[:, [0, -1]], x[:, [0, -1]])
    assert not iv.axis_of(y, "x").periodic
    plan = iv.LinearUpsample({"x": 2}, aligned_corners=True).plan(iv.Axes.of(x))
    assert not plan.shares("x")
    with pytest.raises(iv.errors.AxisError, match="two corners"):
        iv.LinearUpsample({"x": 2}, aligned_corners=True)(x.isel(x=[0]))


@pytest.mark.parametrize("size", [7, 8])
@pytest.mark.parametrize("by", [2, 3])
@pytest.mark.parametrize("kind", "fc")
def test_ideal_interpolation_is_scipys_resample(size, by, kind):
    x = array((size,), ring=True, kind=kind)
    y = iv.SpectralUpsample({"x": by}, nyquist="split")(x)
    np.testing.assert_allclose(y, signal.resample(x.to_numpy(), size * by, axis=-1), atol=1e-13)
    np.testing.assert_allclose(y[:, ::by], x, atol=1e-13)


@pytest.mark.parametrize("size", [7, 8])
@pytest.mark.parametrize("shift", [1.0, 0.25, 0.37])
def test_ideal_interpolation_commutes_with_every_translation(size, shift):
    x = array((size,), ring=True)
    error = iv.equivariance_error(iv.SpectralUpsample({"x": 2}), x, iv.Translate(x=shift))
    assert float(error) < 1e-14
    assert float(iv.equivariance_error(iv.NearestUpsample({"x": 2}), x, iv.Translate(x=0.25))) > 0.1


@pytest.mark.parametrize("by", [2, 3])
def test_pixel_shuffle_is_torchs(by):
    torch = pytest.importorskip("torch", reason="the reference is torch")
    values = np.random.default_rng(2).standard_normal((2 * by**2, 3, 5))
    x = iv.label(values, "channel", "y", "x")
    y = iv.PixelShuffle({"y": by, "x": by})(x)
    wanted = torch.nn.functional.pixel_shuffle(torch.from_numpy(values), by).numpy()
    np.testing.assert_array_equal(y, wanted)


def test_pixel_shuffle_takes_any_dims_and_refuses_channels_that_do_not_fill_its_cells():
    x = iv.label(np.arange(24.0).reshape(2, 12), "kind", iv.Axis("time", unit="s"))
    y = iv.PixelShuffle({"time": 2}, over="kind")(x)
    np.testing.assert_array_equal(y[0], x.to_numpy().T.ravel())
    with pytest.raises(iv.errors.AxisError, match="2 channels along 'kind'"):
        iv.PixelShuffle({"time": 3}, over="kind")(x)
    with pytest.raises(iv.errors.ParameterError, match="over='time'"):
        iv.PixelShuffle({"time": 2}, over="time")


OPERATORS = {
    "zeros": iv.ZeroInsertion({"x": 2}),
    "nearest": iv.NearestUpsample({"x": 3}),
    "linear": iv.LinearUpsample({"x": 2}),
    "ideal": iv.SpectralUpsample({"x": 2}),
    "transposed": iv.TransposedConvolve(xr.DataArray([1.0, 2.0, 1.0], dims="x"), {"x": 2}),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_complex_input_is_upsampled_part_by_part(name):
    op, z = OPERATORS[name], array((8,), ring=True, kind="c")
    np.testing.assert_allclose(op(z), op(z.real) + 1j * op(z.imag), atol=1e-13)


@pytest.mark.parametrize("name", ["zeros", "nearest", "linear", "transposed"])
def test_nan_stays_within_reach(name):
    op, x = OPERATORS[name], array((8,), ring=True)
    spoilt = x.copy(deep=True)
    spoilt[:, 3] = np.nan
    y, clean = op(spoilt), op(x)
    reach = op.plan(iv.Axes.of(x)).reach["x"][0]
    near = abs(y.x - x.x[3]) <= reach + 1e-9
    assert y.where(~near, drop=True).notnull().all()
    np.testing.assert_array_equal(y.where(~near), clean.where(~near))
    assert bool(y.isnull().any())


@pytest.mark.parametrize("name", OPERATORS)
def test_factors_are_whole_numbers_of_at_least_one(name):
    kind = type(OPERATORS[name])
    rest = (xr.DataArray([1.0], dims="x"),) if name == "transposed" else ()
    for wrong in (0, -1, 1.5, True, "2"):
        with pytest.raises(iv.errors.ParameterError, match="whole number"):
            kind(*rest, {"x": wrong})
    if name != "transposed":
        with pytest.raises(iv.errors.ParameterError, match="at least one dim"):
            kind({})
        with pytest.raises(iv.errors.DimError, match="'x'"):
            kind({"x": 2})(iv.label([1.0, 2.0], "y"))


def test_rates_are_fractions_and_there_is_no_other_stride():
    x = array((8,), ring=True)
    op = iv.NearestUpsample({"x": 3})
    assert op.plan(iv.Axes.of(x)).stride == {"x": Fraction(1, 3)}
    assert op.restrided({"x": 1}) is None
    assert op.restrided({}) is op
    assert iv.NearestUpsample({"x": 1}).restrided({"x": 1}) is not None


def test_ideal_interpolation_needs_an_axis_that_wraps():
    with pytest.raises(iv.errors.AxisError, match="periodic axes"):
        iv.SpectralUpsample({"x": 2})(array((8,)))
