"""Attribution: shares that add up, and a planted culprit that is found."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from tests.conftest import ring
from tests.nightly import some


def stage(kind: str) -> iv.Operator:
    return {
        "relu": iv.Relu(),
        "tanh": iv.Tanh(),
        "blur": iv.BlurPool(taps=3, stride={"x": 1}),
        "max": iv.MaxPool(window={"x": 2}),
        "mean": iv.MeanPool(window={"x": 2}),
        "gauss": iv.GaussianBank(sigma={"x": 0.7}, truncate=3),
    }[kind]


@settings(deadline=None, max_examples=40)
@given(
    kinds=st.lists(
        st.sampled_from(["relu", "tanh", "blur", "max", "mean", "gauss"]), min_size=1, max_size=12
    ),
    shift=st.sampled_from([1.0, 0.37, 2.61]),
)
def test_shares_add_up_to_one(kinds, shift):
    # Twelve strides of 2 leave one sample.
    x = iv.label(np.random.default_rng(5).standard_normal(4096), iv.Axis("x", period=4096.0))
    found = iv.attribute(iv.Pipeline(tuple(map(stage, kinds))), x, iv.Translate(x=shift))
    if found.attrs["attributable"]:
        np.testing.assert_allclose(found["share"].sum(), 1.0, atol=1e-10)
    else:
        assert float(found["total"]) < 1e-10
        assert np.isnan(found["share"]).all()


@pytest.mark.parametrize("place", range(5))
def test_the_only_strided_stage_is_the_culprit(photograph, place):
    x = ring(photograph, x=128)
    stages = [
        iv.GaussianBank(sigma={"x": 1.0}),
        iv.Relu(),
        iv.BlurPool(taps=3, stride={"x": 1}),
        iv.Tanh(),
    ]
    stages.insert(place, iv.Subsample(stride={"x": 4}))
    # A shift of two strides and two samples: fractional for what comes after the culprit.
    shares = iv.attribute(iv.Pipeline(tuple(stages)), x, iv.Translate(x=2))["share"]
    assert int(shares.argmax("stage")) == place
    linear = [k for k, s in enumerate(stages) if s.linear]
    np.testing.assert_allclose(shares.sum(), 1.0, atol=1e-10)
    blameless = [k for k in linear if k != place]
    np.testing.assert_allclose(shares.isel(stage=blameless), 0.0, atol=1e-6)


@pytest.mark.parametrize("dims", [("x",), ("x", "y")])
@pytest.mark.parametrize("kind", ["linear", "nonlinear before", "nonlinear after"])
@pytest.mark.parametrize("place", some(range(12), 5))
def test_of_twelve_stages_the_one_that_strides_is_the_culprit(photograph, place, kind, dims):
    """A nonlinearity right after the stride meets half samples: up to a seventh is its own."""
    x = ring(photograph, x=96, y=48)
    blur = iv.BlurPool(taps=3, stride=dict.fromkeys(dims, 1))
    stages = [iv.GaussianBank(sigma=dict.fromkeys(dims, 1.0)), *([blur] * 10)]
    if kind != "linear":
        wanted = range(place) if kind == "nonlinear before" else range(place, 11)
        stages = [iv.Tanh() if k in wanted and k % 3 == 2 else s for k, s in enumerate(stages)]
    stages.insert(place, iv.Subsample(stride=dict.fromkeys(dims, 4)))
    moves = [iv.Translate(dict.fromkeys(dims, d)) for d in (1, 2, 3)]
    found = iv.attribute(iv.Pipeline(tuple(stages)), x, moves)
    np.testing.assert_allclose(found["share"].sum("stage"), 1.0, atol=1e-10)
    energy = found["total"] ** 2
    shares = (found["share"] * energy).sum("length") / energy.sum("length")
    assert float(shares[place]) > (0.8 if kind == "nonlinear after" else 0.99)


def test_nothing_is_attributed_at_the_floor(photograph):
    found = iv.attribute(iv.Relu() >> iv.Tanh(), ring(photograph, x=64), iv.Translate(x=1))
    assert found.attrs["attributable"] is False
    assert np.isnan(found["share"]).all()


def test_along_an_axis_that_ends_the_border_has_a_share_of_its_own(photograph):
    taps = xr.DataArray([0.25, 0.5, 0.25], dims="x")
    op = iv.Convolve(taps, boundary="zero") >> iv.MaxPool(window={"x": 2})
    found = iv.attribute(op, photograph, iv.Translate(x=1))
    assert found.attrs["protocol"] == "interior"
    assert 0 < float(found["border_share"]) < 1
    np.testing.assert_allclose(found["share"].sum(), 1.0, atol=1e-10)


def test_a_lone_operator_is_one_stage(photograph):
    found = iv.attribute(iv.MaxPool(window={"x": 2}), ring(photograph, x=64), iv.Translate(x=1))
    assert found["stage"].values.tolist() == [1]
    np.testing.assert_allclose(found["share"], [1.0])


def test_a_dim_that_the_input_lacks_is_an_error_that_names_those_there_are(speech):
    op = iv.Spectrogram.in_samples(speech, window=256, hop=64) >> iv.Relu()
    with pytest.raises(iv.errors.DimError, match=r"'frequency'.*'time'"):
        iv.attribute(op, speech, iv.Translate(frequency=100.0))


def test_within_the_floor_of_an_interpolation_nothing_is_attributed():
    x = iv.power_law_noise(iv.Axis("x", size=1200), exponent=1.0, rng=1)
    op = iv.GaussianBank(sigma={"x": 8.0}, truncate=6) >> iv.Subsample(stride={"x": 4})
    error = iv.equivariance_error(op, x, iv.Translate(x=1))
    assert float(error) < 2 * float(error["floor"])
    assert iv.attribute(op, x, iv.Translate(x=1)).attrs["attributable"] is False


def test_several_moves_are_attributed_at_once(photograph):
    x = ring(photograph, x=64)
    op = iv.Subsample(stride={"x": 2}) >> iv.MeanPool(window={"x": 2})
    moves = [iv.Translate(x=d) for d in (1, 2, 3)]
    found = iv.attribute(op, x, moves)
    assert found["share"].dims == ("length", "stage")
    for place, move in enumerate(moves):
        alone = iv.attribute(op, x, move)["share"]
        np.testing.assert_array_equal(found["share"].isel(length=place), alone)
    # At 2 samples the first stage is exact, and the blame is the second's alone.
    np.testing.assert_allclose(found["share"].isel(length=1), [0, 1], atol=1e-10)
    assert float(found["share"].isel(length=0, stage=0)) > 0.1
