"""The traps of docs/understand/traps.md, one after the other: how published measures mislead."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from docs.understand import measures
from tests.conftest import ring


@pytest.fixture(scope="module")
def x():
    return measures.noise()


@pytest.mark.parametrize("stride", [2, 4, 8])
def test_shifts_by_a_multiple_of_the_stride_see_nothing(rng, stride):
    """The worst decimator there is passes a sweep over multiples of its stride."""
    white = iv.power_law_noise(iv.Axis("x", size=960, period=960.0), exponent=0.0, rng=rng)
    op = iv.Subsample(stride={"x": stride})
    blind = [iv.Translate(x=stride * k) for k in range(1, 5)]
    between = [iv.Translate(x=d) for d in (1, stride / 2, 0.37 * stride)]
    assert float(iv.equivariance_error(op, white, blind).max()) < 1e-14
    assert float(iv.equivariance_error(op, white, between).min()) > 0.5
    assert float(iv.equivariance_error(op, white, iv.Translate(x=stride / 2))) > 1
    # Every other measure that takes shifts is blind to the same ones.
    assert float(iv.measures.eqt(op, white, blind)) > 280
    assert float(iv.measures.energy_constancy(op, white, blind).max()) < 1e-14
    # The orbit takes all phases, and the derivative none.
    o = iv.orbit(op, white, "x")
    assert float(o["variance"].sum() / (abs(o["orbit_mean"]) ** 2 + o["variance"]).sum()) > 0.3
    assert float(iv.measures.lie_derivative(op, white, iv.Translate(x=1))) > 0.5


def test_a_pixel_that_is_half_an_output_sample_is_not_blind_and_two_are(photograph):
    picture = ring(photograph, x=256, y=256)
    op = iv.MaxPool(window={"y": 2, "x": 2})
    errors = iv.equivariance_error(op, picture, [iv.Translate(x=d) for d in (1, 2, 3, 32, 64)])
    assert (errors.values > 0.1).tolist() == [True, False, True, False, False]


def test_simple_fractions_of_a_sample_are_blind_to_nonlinearities(x):
    """A rectifier on a grid twice as fine is exact at half a sample, and at no other fraction."""
    op = iv.Filtered(iv.Relu(), ("y", "x"), up=2)
    errors = iv.equivariance_error(op, x, [iv.Translate(x=d) for d in (0.5, 1.5, 0.37, 0.61)])
    assert (errors[:2] < 1e-14).all()
    assert (errors[2:] > 5e-3).all()


@pytest.mark.nightly
@pytest.mark.slow
def test_the_ceiling_of_eqt_and_the_floor_of_the_linear_derivative_over_all_pictures():
    """Of an operator that is perfect to round-off, whatever the picture."""
    found = measures.published_floors()
    assert len(found) == 11
    ceilings, linear, spectral = np.array(list(found.values())).T
    assert 32 < ceilings.min() < ceilings.max() < 53
    assert ceilings.max() - ceilings.min() > 8, "it says something of the picture"
    assert 0.03 < linear.min() < linear.max() < 0.3
    assert spectral.max() < 1e-7


def test_the_floor_does_not_just_add_up(x):
    """A max pool reads less by the linear derivative than its true error."""
    pool, along = measures.MAX_POOL, iv.Translate(x=1)
    true = float(iv.measures.lie_derivative(pool, x, along))
    linear = float(iv.measures.lie_derivative(pool, x, along, derivative="linear"))
    limit = float(iv.equivariance_error(pool, x, along.at(1e-5))) / 1e-5
    assert true == pytest.approx(limit, rel=1e-3)
    assert linear < 0.9 * true


def test_energy_constancy_passes_where_equivariance_fails(x):
    shifts = [iv.Translate(x=d) for d in (1, 0.37, 2.61)]
    assert float(iv.measures.energy_constancy(measures.MAX_POOL, x, shifts).max()) < 0.01
    assert float(iv.equivariance_error(measures.MAX_POOL, x, iv.Translate(x=1))) > 0.3
    wave = np.cos(0.75 * np.pi * np.arange(64) + 0.3)
    folded = iv.label(wave, iv.Axis("x", unit="px", period=64.0))
    op, move = iv.Subsample(stride={"x": 2}), iv.Translate(x=1)
    assert float(iv.measures.energy_constancy(op, folded, move)) < 1e-13
    assert float(iv.equivariance_error(op, folded, move)) == pytest.approx(2, abs=1e-12)


def test_a_constant_classifier_is_perfectly_consistent_and_mostly_wrong():
    found = measures.classifiers()
    consistency, chance, accuracy = np.array([found[n] for n in ("constant", "dense", "strided")]).T
    assert consistency[0] == consistency[1] == 1 > consistency[2] + 0.2
    assert accuracy[1] > 0.95 > accuracy[2] > 0.6 > accuracy[0] == 0.25
    # Ranked by consistency the constant one beats the strided one, which is right far more often.
    assert consistency[0] > consistency[2]
    assert accuracy[0] < accuracy[2] - 0.3
    # What gives it away without the truth: different inputs get the same answer just as often.
    assert chance[0] == 1
    assert consistency[1] - chance[1] > 0.7
    assert consistency[2] - chance[2] > 0.3


def test_the_constant_classifier_passes_all_measures_of_predictions_but_its_variance_is_undefined():
    waves, _ = measures.tones()
    given = (measures.CONSTANT, waves, measures.PLACES)
    for measure in (
        iv.measures.top1_change,
        iv.measures.jaggedness,
        iv.measures.mean_absolute_change,
    ):
        assert float(measure(*given, over="band")) == 0
    assert np.isnan(iv.measures.normalized_variance(*given, samples="wave"))


def test_a_threshold_hides_what_is_below_it(x):
    def share(threshold):
        found = iv.aliasing.frequency_classes(measures.MAX_POOL, x, "x", threshold=threshold)
        return float(found.frequency_share.sel({"class": ["aliased", "tangled"]}).sum())

    assert share(-20) == 0
    assert share(-40) == 1
    assert float(iv.equivariance_error(measures.MAX_POOL, x, iv.Translate(x=1))) > 0.3
