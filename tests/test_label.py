"""Putting labels on: nothing of what is given is lost, and what cannot be kept is refused."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig import Axis, axis_of, label
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError


@settings(deadline=None)
@given(
    dtype=st.sampled_from([np.float16, np.float32, np.float64, np.complex64, np.int64, np.uint8]),
    size=st.integers(1, 12),
    seed=st.integers(0, 2**32 - 1),
)
def test_what_is_masked_is_missing_and_everything_else_is_kept(dtype, size, seed):
    rng = np.random.default_rng(seed)
    values, mask = rng.integers(0, 9, size).astype(dtype), rng.random(size) < 0.4
    x = label(np.ma.masked_array(values, mask), "x")
    np.testing.assert_array_equal(np.isnan(x.values.astype(complex)), mask)
    np.testing.assert_array_equal(x.values[~mask], values[~mask])
    if values.dtype.kind in "fc" or not mask.any():
        assert x.dtype == dtype


def test_rows_that_are_masked_stay_so_in_a_list():
    rows = [np.ma.masked_array([1.0, 9999.0], [False, True]), np.ma.masked_array([3.0, 4.0])]
    np.testing.assert_array_equal(label(rows, "y", "x"), [[1.0, np.nan], [3.0, 4.0]])


def test_what_is_masked_goes_into_no_result():
    masked = np.ma.masked_array([1.0, 9999.0, 3.0, 4.0], [False, True, False, False])
    x = label(masked, "x")
    np.testing.assert_array_equal(iv.MeanPool({"x": 2})(x), [np.nan, 3.5])
    signal = label(np.arange(12.0), Axis("x", period=12.0))
    assert iv.Convolve(x)(signal).isnull().all()
    with pytest.raises(ParameterError, match="finite numbers"):
        iv.MatchTemplate(x)


@pytest.mark.parametrize(
    "made",
    [
        lambda masked: iv.GaborBank("x", masked),
        lambda masked: iv.GaussianBank("x", masked),
        lambda masked: iv.GaborBank(("y", "x"), 0.2, masked),
        lambda masked: iv.BlurPool(masked, {"x": 2}),
        iv.Polynomial,
    ],
    ids=["frequencies", "widths", "orientations", "taps", "coefficients"],
)
def test_a_parameter_that_is_masked_is_refused_and_what_lies_under_the_mask_is_not_used(made):
    with pytest.raises(ParameterError):
        made(np.ma.masked_array([0.1, 0.2, 0.3], [False, True, False]))


class Tensor:
    """Stands in for a tensor of torch that needs gradients: it says so in place of its values."""

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        raise RuntimeError(
            "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
        )


class OnDevice:
    """Stands in for a tensor that lies on a graphics card."""

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        raise TypeError("can't convert cuda:0 device type tensor to numpy.")


@pytest.mark.parametrize("kind", [Tensor, OnDevice])
def test_what_does_not_give_its_values_is_refused_with_the_remedy(kind):
    with pytest.raises(DtypeError, match=rf"{kind.__name__} cannot become.*detach\(\).cpu\(\)"):
        label(kind(), "x")


def test_a_ragged_list_is_refused():
    with pytest.raises(DtypeError, match=r"list cannot become an array.*rows of one length"):
        label([[1.0, 2.0], [3.0]], "y", "x")


@pytest.fixture
def sound() -> xr.DataArray:
    gain = ("time", [1.0, 2.0, 3.0, 4.0], {"units": "dB"})
    coords = {"time": ("time", [0.0, 0.5, 1.0, 1.5], {"units": "s"}), "gain": gain, "speaker": "A"}
    return xr.DataArray(np.arange(4.0), coords, "time", "sound", {"units": "Pa"})


def test_what_is_labeled_already_keeps_its_labels(sound):
    xr.testing.assert_identical(label(sound, "time"), sound)
    xr.testing.assert_identical(label(sound, "t"), sound.rename(time="t"))
    picture = xr.DataArray(np.ones((2, 3)), {"y": [5, 6], "x": [7, 8, 9]}, ("y", "x"))
    xr.testing.assert_identical(label(picture, "x", "y"), picture.rename(x="y", y="x"))


def test_labels_that_are_given_take_the_place_of_the_old_ones(sound):
    made = label(sound, Axis("t", step=0.1, unit="s"), name="other", attrs={"place": "hall"})
    assert made.name == "other"
    assert made.attrs == {"units": "Pa", "place": "hall"}
    assert axis_of(made, "t").step == pytest.approx(0.1)
    assert made.gain.dims == ("t",)
    assert made.gain.attrs == {"units": "dB"}
    assert str(made.speaker.values) == "A"
    assert "time" not in made.coords
    assert sound.attrs == {"units": "Pa"}
    with pytest.raises(DimError, match="coordinate 'gain' already"):
        label(sound, "gain")
    with pytest.raises(DimError, match="1 dimensions need 1 axes"):
        label(sound, "y", "x")


# Axes that do not fit


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"step": 0}, "step 0 sample; give a distance other than 0"),
        ({"step": np.nan}, "step nan"),
        ({"step": np.inf}, "step inf"),
        ({"start": np.inf, "unit": "s"}, "start inf s; give a finite position"),
        ({"size": -3}, "-3 samples; give at least 0"),
        ({"size": 2.5}, "2.5 samples; give a count"),
        ({"size": True}, "True samples"),
        ({"period": 0.0}, "period 0.0 sample; give a length above 0"),
        ({"period": -4.0}, "period -4.0"),
        ({"period": np.nan}, "period nan"),
    ],
)
def test_an_axis_that_is_no_grid_is_refused(wrong, said):
    with pytest.raises(AxisError, match=f"axis 'x' has.*{said}"):
        Axis("x", **wrong)


@settings(deadline=None)
@given(
    step=st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3),
    size=st.integers(1, 300),
    off=st.floats(0.01, 5.0) | st.floats(-0.9, -0.01),
)
def test_a_period_is_the_length_of_the_axis_or_is_refused(step, size, off):
    values, whole = np.zeros(size), size * abs(step)
    assert axis_of(label(values, Axis("x", step=step, period=whole)), "x").periodic
    with pytest.raises(AxisError, match=r"'x' has a period of.*do not wrap; give period="):
        label(values, Axis("x", step=step, period=whole + off * abs(step)))


def test_a_length_along_one_dim_is_given_once():
    assert iv.Translate({"x": 1.0}, y=2.0).shifts == {"x": 1.0, "y": 2.0}
    with pytest.raises(ParameterError, match="'x' is given both in the mapping and by keyword"):
        iv.Translate({"x": 1.0}, x=2.0)
    x = label(np.zeros(4), "x")
    with pytest.raises(ParameterError, match="'x' is given both"):
        iv.Translate.in_samples(x, {"x": 1}, x=1)
