"""Template matching and radial basis functions: scikit-image, the formula, and stability."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from skimage.feature import match_template

import invarsig as iv
from tests.conftest import ring


def by_hand(window, template):
    """The correlation coefficient of two arrays, as numpy gives it."""
    return float(np.corrcoef(window.ravel(), template.ravel())[0, 1])


@pytest.mark.parametrize("shape", [(5, 7), (6, 5), (4, 8), (17, 20)])
def test_inside_the_picture_it_equals_scikit_image(photograph, shape):
    rows, columns = shape
    template = photograph.isel(y=slice(90, 90 + rows), x=slice(40, 40 + columns))
    heat = iv.MatchTemplate(template, boundary="valid")(photograph)
    wanted = match_template(photograph.values, template.values)
    np.testing.assert_allclose(heat, wanted, atol=1e-6)
    assert float(heat.max()) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("boundary", "mode"),
    [
        ("zero", "constant"),
        ("reflect", "reflect"),
        ("symmetric", "symmetric"),
        ("periodic", "wrap"),
    ],
)
@pytest.mark.parametrize("shape", [(5, 7), (6, 4)])
def test_beyond_the_border_it_equals_scikit_image(photograph, boundary, mode, shape):
    picture = photograph.isel(y=slice(60, 124), x=slice(60, 130))
    template = picture.isel(y=slice(9, 9 + shape[0]), x=slice(30, 30 + shape[1]))
    heat = iv.MatchTemplate(template, boundary=boundary)(picture)
    wanted = match_template(picture.values, template.values, pad_input=True, mode=mode)
    # Even windows: scikit-image names the later of the two middle samples, coordinates name both.
    late = tuple(1 - size % 2 for size in shape)
    inner = heat.values[: heat.sizes["y"] - late[0], : heat.sizes["x"] - late[1]]
    np.testing.assert_allclose(inner, wanted[late[0] :, late[1] :], atol=1e-6)
    assert float(heat.y[0] - picture.y[0]) == late[0] / 2


@pytest.mark.parametrize("dims", [("x",), ("y", "x"), ("z", "y", "x")])
def test_in_any_number_of_dims_it_is_the_correlation_coefficient_of_each_window(rng, dims):
    x = iv.label(rng.standard_normal((9,) * len(dims)), *dims)
    template = x.isel(dict.fromkeys(dims, slice(0, 4))) + rng.standard_normal((4,) * len(dims))
    heat = iv.MatchTemplate(template)(x)
    for place in np.ndindex(*heat.shape):
        window = x.values[tuple(slice(k, k + 4) for k in place)]
        assert heat.values[place] == pytest.approx(by_hand(window, template.values), abs=1e-12)


def test_several_colors_are_matched_together(rng):
    x = iv.label(rng.standard_normal((3, 12)), "channel", "x")
    template = iv.label(rng.standard_normal((5, 3)), "x", "channel")
    heat = iv.MatchTemplate(template, over="channel")(x)
    assert heat.dims == ("x",)
    wanted = [by_hand(x.values[:, k : k + 5], template.values.T) for k in range(8)]
    np.testing.assert_allclose(heat, wanted, atol=1e-12)


def test_several_templates_are_a_dim_of_the_result(rng):
    x = iv.label(rng.standard_normal(20), "x")
    template = iv.label(rng.standard_normal((2, 5)), "pattern", "x")
    template = template.assign_coords(pattern=["up", "down"])
    heat = iv.MatchTemplate(template, channels="pattern")(x)
    for name in ("up", "down"):
        one = iv.MatchTemplate(template.sel(pattern=name, drop=True))(x)
        np.testing.assert_allclose(heat.sel(pattern=name), one, atol=1e-13)


def test_level_and_gain_do_not_matter_and_a_negative_gain_turns_the_sign(photograph):
    template = photograph.isel(y=slice(90, 99), x=slice(40, 49))
    heat = iv.MatchTemplate(template)(photograph)
    brighter = iv.MatchTemplate(3 * template + 2)(0.1 * photograph + 100)
    np.testing.assert_allclose(brighter, heat, atol=1e-9)
    np.testing.assert_allclose(iv.MatchTemplate(-template)(photograph), -heat, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [5, 30])
def test_flat_windows_give_zero_however_far_they_lie_from_it(rng, dtype, size):
    values = rng.standard_normal(200)
    values[60:140] += 3e4
    values[100:140] = 12345.678
    x = iv.label(values.astype(dtype), "x")
    template = iv.label(rng.standard_normal(size), "x")
    heat = iv.MatchTemplate(template)(x)
    assert heat.dtype == dtype
    np.testing.assert_array_equal(heat.values[100 : 140 - size + 1], 0.0)
    wanted = [by_hand(x.values[k : k + size].astype(float), template.values) for k in range(60, 90)]
    if size == 5:
        np.testing.assert_allclose(
            heat.values[60:90], wanted, atol=1e-6 if dtype is np.float32 else 1e-9
        )
    assert np.isfinite(heat).all()
    assert abs(heat).max() <= 1


def test_a_region_that_is_flat_but_for_rounding_counts_as_flat(rng):
    values = np.full(50, 0.1, dtype=np.float32)
    values[::3] = np.nextafter(values[0], np.float32(1))
    heat = iv.MatchTemplate(iv.label(rng.standard_normal(6), "x"))(iv.label(values, "x"))
    np.testing.assert_array_equal(heat, 0.0)


@pytest.mark.parametrize("size", [5, 40])
def test_nan_stays_in_the_windows_that_hold_it(rng, size):
    values = rng.standard_normal(120)
    values[60] = np.nan
    heat = iv.MatchTemplate(iv.label(rng.standard_normal(size), "x"))(iv.label(values, "x"))
    holds = np.isnan(np.convolve(values, np.ones(size), "valid"))
    np.testing.assert_array_equal(np.isnan(heat), holds)


def test_a_stride_keeps_every_so_manyth_window(photograph):
    template = photograph.isel(y=slice(90, 96), x=slice(40, 49))
    dense = iv.MatchTemplate(template, boundary="reflect")(photograph)
    strided = iv.MatchTemplate(template, stride={"y": 3, "x": 2}, boundary="reflect")(photograph)
    decimated = dense.isel(y=slice(0, None, 3), x=slice(0, None, 2))
    np.testing.assert_allclose(strided, decimated, atol=1e-12)
    np.testing.assert_allclose(strided.x, dense.x[::2])


def test_the_peak_of_the_heat_map_stands_where_the_template_was_cut_out(photograph):
    picture = photograph.assign_coords(x=photograph.x * 0.5 + 3)
    cut = picture.isel(y=slice(90, 97), x=slice(40, 48))
    best = (iv.MatchTemplate(cut) >> iv.Peak(("y", "x")))(picture)
    assert float(best) == pytest.approx(1.0)
    assert float(best.y) == float(cut.y.mean())
    assert float(best.x) == float(cut.x.mean())


def test_on_a_ring_it_commutes_with_whole_samples(photograph):
    x = ring(photograph, y=64, x=64)
    template = photograph.isel(y=slice(90, 97), x=slice(100, 108))
    error = iv.equivariance_error(iv.MatchTemplate(template), x, iv.Translate(y=5, x=-3))
    assert float(error) < 1e-12


@pytest.mark.parametrize(
    ("template", "options", "match"),
    [
        (np.ones(4), {}, "4 equal values has no shape"),
        (np.array([0.0, np.nan]), {}, "real, finite numbers"),
        (np.array([1j, 2.0]), {}, "complex128 must hold real"),
        (np.array([1.0, 2.0]), {"stride": {"y": 2}}, "stride names 'y'"),
        (np.array([1.0, 2.0]), {"over": "x"}, "at least one to match along"),
        (np.array([1.0, 2.0]), {"over": "channel"}, "no dim 'channel'"),
        (np.array([1.0, 2.0]), {"boundary": "wrap"}, "boundary='wrap' is unknown"),
    ],
)
def test_what_cannot_be_matched_is_refused(template, options, match):
    with pytest.raises(iv.errors.InvarsigError, match=match):
        iv.MatchTemplate(xr.DataArray(template, dims="x"), **options)


def test_input_that_does_not_fit_is_refused(rng):
    template = iv.label(rng.standard_normal((3, 5)), "channel", "x")
    joint = iv.MatchTemplate(template, over="channel")
    with pytest.raises(iv.errors.AxisError, match="3 samples over 'channel', the input 2"):
        joint(iv.label(np.zeros((2, 9)), "channel", "x"))
    with pytest.raises(iv.errors.AxisError, match="window of 5 samples is longer than the axis"):
        joint(iv.label(np.zeros((3, 4)), "channel", "x"))
    with pytest.raises(iv.errors.DimError, match="'channel'"):
        joint(iv.label(np.zeros(9), "x"))
    with pytest.raises(iv.errors.DtypeError, match="put a Modulus before it"):
        joint(iv.label(np.zeros((3, 9), complex), "channel", "x"))
    with pytest.raises(iv.errors.ParameterError, match="must be an xarray"):
        iv.MatchTemplate(np.zeros(4))


def test_radial_basis_functions_are_gaussians_of_the_distance(rng):
    x = iv.label(rng.standard_normal((2, 9, 10)) + 5, "orientation", "y", "x")
    patches = rng.standard_normal((3, 2, 4, 3)) + 5
    op = iv.RadialBasis(
        iv.label(patches, "patch", "orientation", "y", "x"),
        over="orientation",
        channels="patch",
        beta=0.2,
    )
    y = op(x)
    assert y.dims == ("patch", "y", "x")
    for patch, row, column in np.ndindex(*y.shape):
        window = x.values[:, row : row + 4, column : column + 3]
        wanted = np.exp(-0.2 * ((window - patches[patch]) ** 2).sum())
        assert y.values[patch, row, column] == pytest.approx(wanted, rel=1e-9)


def test_a_window_that_is_the_patch_gives_one(photograph):
    patch = photograph.isel(y=slice(90, 97), x=slice(40, 48))
    best = (iv.RadialBasis(patch) >> iv.Peak(("y", "x")))(photograph)
    assert float(best) == pytest.approx(1.0, abs=1e-10)
    assert (float(best.y), float(best.x)) == (float(patch.y.mean()), float(patch.x.mean()))


@pytest.mark.parametrize("beta", [0.0, -1.0, np.nan])
def test_a_gaussian_needs_a_width(beta):
    with pytest.raises(iv.errors.ParameterError, match=r"beta is .*give a value above 0"):
        iv.RadialBasis(xr.DataArray([1.0, 1.0], dims="x"), beta=beta)


def test_what_is_flat_beside_the_largest_sample_gives_0(rng):
    quiet, loud = 1e-12 * rng.standard_normal(100), 1e6 * rng.standard_normal(100)
    template = xr.DataArray(rng.standard_normal(40), dims="x")
    heat = iv.MatchTemplate(template)(iv.label(np.concatenate([quiet, loud]), "x"))
    assert not heat[:61].any()
    assert heat[100:].any()
