"""Equivariance and invariance errors, their norms, protocols and floors."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from tests.conftest import ring

BLUR = xr.DataArray([0.25, 0.5, 0.25], dims="x")


def test_convolution_commutes_with_whole_and_fractional_shifts(photograph):
    x = ring(photograph, x=128)
    shifts = [iv.Translate(x=d) for d in (1, 5, 0.37, -2.61)]
    errors = iv.equivariance_error(iv.Convolve(BLUR), x, shifts)
    assert errors.dims == ("length",)
    assert float(errors.max()) < 1e-14


def test_the_error_is_the_norm_of_the_commutator_over_that_of_the_output(photograph):
    x = ring(photograph, x=128)
    op, move = iv.MaxPool(window={"x": 4}), iv.Translate(x=1)
    gap, y = iv.commutator(op, x, move), op(x)
    total = float(np.linalg.norm(gap) / np.linalg.norm(y))
    centered = float(np.linalg.norm(gap) / np.linalg.norm(y - y.mean()))
    assert float(iv.equivariance_error(op, x, move, norm="total")) == pytest.approx(
        total, rel=1e-12
    )
    assert float(iv.equivariance_error(op, x, move)) == pytest.approx(centered, rel=1e-12)
    assert centered > 1.5 * total, "the mean of a photograph hides its error"


def test_invariance_is_the_square_with_the_identity_on_the_output(photograph):
    x = ring(photograph, x=128)
    op, move = iv.MeanPool(window={"x": 4}), iv.Translate(x=4)
    gap = op(move(x)).to_numpy() - op(x).to_numpy()
    y = op(x)
    expected = np.linalg.norm(gap) / np.linalg.norm(y - y.mean())
    assert float(iv.invariance_error(op, x, move)) == pytest.approx(float(expected), rel=1e-12)
    assert float(iv.equivariance_error(op, x, move)) < 1e-14


def test_a_lost_axis_makes_equivariance_invariance(photograph):
    x = ring(photograph, x=128)
    op = iv.MaxPool(window={"x": 4}) >> iv.GlobalPool("x", kind="mean")
    move = iv.Translate(x=1)
    both = iv.equivariance_error(op, x, move), iv.invariance_error(op, x, move)
    assert float(both[0]) == float(both[1]) > 1e-4


def test_a_global_maximum_over_a_dense_convolution_is_invariant(photograph):
    x = ring(photograph, x=128, y=128)
    op = iv.Convolve(BLUR) >> iv.Relu() >> iv.GlobalPool(("y", "x"), kind="max")
    assert float(iv.invariance_error(op, x, iv.Translate(x=3, y=-7), norm="total")) == 0


def test_one_error_for_each_channel_that_is_kept(photograph):
    x = ring(photograph, x=128)
    bank = iv.GaussianBank(sigma={"x": [0.5, 1.0, 2.0]}, stride={"x": 4})
    errors = iv.equivariance_error(bank, x, iv.Translate(x=1), keep=["scale"])
    assert errors.dims == ("scale",)
    assert (np.diff(errors) < 0).all(), "the wider the filter, the less folds"
    alone = iv.GaussianBank(sigma={"x": 1.0}, stride={"x": 4})
    single = iv.equivariance_error(alone, x, iv.Translate(x=1))
    assert float(errors[1]) == pytest.approx(float(single), rel=1e-6)


def test_levels_are_measured_leaf_by_leaf(photograph):
    x = ring(photograph, x=128)
    levels = iv.Relu() >> iv.Levels(
        {"half": iv.MeanPool(window={"x": 2}), "quarter": iv.MeanPool(window={"x": 4})}
    )
    tree = iv.equivariance_error(levels, x, iv.Translate(x=1))
    alone = iv.equivariance_error(iv.Relu() >> iv.MeanPool(window={"x": 4}), x, iv.Translate(x=1))
    assert float(tree["quarter"]["error"]) == float(alone)
    assert set(tree.children) == {"half", "quarter"}


def test_shifts_keep_the_unit_of_their_axis(speech):
    x = ring(speech, time=8000)
    errors = iv.equivariance_error(
        iv.Relu(), x, [iv.Translate(time=0.001), iv.Translate(time=0.002)]
    )
    assert errors["length"].values.tolist() == [0.001, 0.002]
    assert errors["length"].attrs == {"units": "s", "along": "time"}


def test_decibels_of_an_exact_zero_are_minus_infinity():
    assert iv.decibels(iv.label([1.0, 0.1, 0.0], "x")).values.tolist() == [0.0, -20.0, -np.inf]


def test_silence_is_undefined_and_not_zero():
    x = iv.label(np.zeros(16), iv.Axis("x", period=16.0))
    assert np.isnan(iv.equivariance_error(iv.Subsample(stride={"x": 2}), x, iv.Translate(x=1)))
    constant = x + 3.0
    assert np.isnan(iv.equivariance_error(iv.Relu(), constant, iv.Translate(x=1)))
    assert float(iv.equivariance_error(iv.Relu(), constant, iv.Translate(x=1), norm="total")) == 0


def test_nan_is_propagated_into_the_error(photograph):
    x = ring(photograph, x=128).copy()
    x[3, 5] = np.nan
    assert np.isnan(iv.equivariance_error(iv.MaxPool(window={"x": 2}), x, iv.Translate(x=1)))


@pytest.mark.parametrize("norm", ["mean", "", 1])
def test_an_unknown_norm_is_refused(photograph, norm):
    with pytest.raises(iv.errors.ParameterError, match="centered, channelwise, total"):
        iv.equivariance_error(iv.Relu(), photograph, iv.Translate(x=1), norm=norm)


def test_a_kept_dim_that_is_not_there_is_refused(photograph):
    with pytest.raises(iv.errors.DimError, match=r"'z'.*'y', 'x'"):
        iv.equivariance_error(iv.Relu(), photograph, iv.Translate(x=1), keep=["z"])


def test_no_action_is_refused(photograph):
    with pytest.raises(iv.errors.ParameterError, match="No action"):
        iv.equivariance_error(iv.Relu(), photograph, [])


def test_single_precision_errors_are_at_its_round_off(photograph):
    x = ring(photograph, x=128).astype(np.float32)
    error = iv.equivariance_error(iv.GaussianBank(sigma={"x": 1.0}), x, iv.Translate(x=3))
    assert float(error) < 1e-6
    assert float(error["floor"]) == pytest.approx(np.finfo(np.float32).eps)


def test_an_output_of_one_number_is_measured_with_its_mean(photograph):
    x = ring(photograph, x=64, y=64)
    op = iv.Relu() >> iv.GlobalPool(("y", "x"), kind="mean")
    assert float(iv.invariance_error(op, x, iv.Translate(x=3))) < 1e-14
    strided = iv.Subsample(stride={"x": 4}) >> op
    assert 1e-6 < float(iv.invariance_error(strided, x, iv.Translate(x=1))) < 0.5


def test_infinity_gives_no_warning_and_no_number(photograph):
    x = ring(photograph, x=64).copy()
    x[3, 5] = np.inf
    for op in (iv.MaxPool(window={"x": 2}), iv.BlurPool(stride={"x": 2})):
        assert np.isnan(iv.equivariance_error(op, x, iv.Translate(x=1)))


@pytest.mark.parametrize("wrong", [np.tanh, "relu", None, 3])
def test_what_is_no_operator_is_refused_by_the_packages_own_error(photograph, wrong):
    for measure in (iv.equivariance_error, iv.invariance_error, iv.predict_error, iv.attribute):
        with pytest.raises(
            iv.errors.InvarsigError, match="wrap a function of plain arrays in Apply"
        ):
            measure(wrong, photograph, iv.Translate(x=1))


def test_levels_are_refused_where_one_rate_is_needed(photograph):
    levels = iv.Levels({"half": iv.MeanPool(window={"x": 2})})
    x = ring(photograph, x=64)
    for call in (
        lambda: iv.predict_error(levels, x, iv.Translate(x=1)),
        lambda: iv.orbit(levels, x, "x"),
        lambda: iv.commutator(levels, x, iv.Translate(x=1)),
        lambda: iv.diagnose(levels, x),
        lambda: iv.check(levels, x, max_error=-40),
        lambda: iv.remedies(levels, x, iv.Translate(x=1)),
    ):
        with pytest.raises(iv.errors.ParameterError, match=r"several rates.*'half'"):
            call()


@pytest.mark.parametrize("wrong", [1, {"x": 1}, ["x"]])
def test_what_is_no_action_is_refused(photograph, wrong):
    with pytest.raises(iv.errors.ParameterError, match="not an action"):
        iv.equivariance_error(iv.Relu(), photograph, wrong)


@pytest.mark.parametrize(
    ("time", "shift"),
    [
        (np.arange(1000, dtype=np.float32) * np.float32(0.01), 0.03),
        ((1e4 + np.arange(1000) * 0.01).astype(np.float32), 0.03),
        (
            np.datetime64("2026-01-01T00:00:00", "ns")
            + np.round(np.arange(500) * 1e9 / 22050).astype("timedelta64[ns]"),
            3 / 22050,
        ),
    ],
    ids=["float32", "float32 far from 0", "dates"],
)
def test_whole_shifts_stay_whole_though_labels_are_rounded(rng, time, shift):
    x = iv.label(rng.standard_normal(time.size), "time").assign_coords(time=time)
    move = iv.Translate(time=shift)
    np.testing.assert_array_equal(move(x)[3:], x[:-3])
    crop = iv.equivariance_error(iv.Relu(), x, move, protocol="cut")
    assert float(crop) == 0


@pytest.mark.parametrize("shift", [-3.0, 1.0, 2.0])
def test_of_two_cuts_the_places_that_are_silent_are_unknown_and_all_others_known(rng, shift):
    """What is known of each place of the whole output is taken where the cuts overlap."""
    values = np.concatenate([np.zeros(30), rng.standard_normal(34)])
    x = iv.label(values, iv.Axis("x", unit="px"))
    op = iv.MeanPool({"x": 3}, stride={"x": 1})
    error = iv.equivariance_error(op, x, iv.Translate(x=shift), protocol="cut", keep=["x"])
    silent = error["x"] < 29.0  # the window of three reaches the first sample that is not 0
    np.testing.assert_array_equal(np.isnan(error), silent)
    np.testing.assert_allclose(error.where(~silent, 0.0), 0.0, atol=1e-12)
