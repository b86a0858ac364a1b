"""Classes of frequencies: against a sort by hand, planted waves, and the published rule."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.aliasing.frequency_classes import CLASSES

NO_PASS, KEPT, ALIASED, TANGLED = range(4)


def waves(size, *bins):
    at = np.arange(size)
    values = sum(np.cos(2 * np.pi * k * at / size + k) for k in bins)
    return iv.label(values, iv.Axis("x", step=0.5, unit="s", period=size / 2))


def by_hand(values, factor, threshold):
    """Sort each output frequency by what lies at those input frequencies that alias onto it."""
    size = values.shape[-1]
    coarse = size // factor
    power = (np.abs(np.fft.fft(values)) ** 2).reshape(-1, size).sum(0)
    least = power.max() * 10 ** (threshold / 10)
    found = []
    for j in range(-(coarse // 2), coarse - coarse // 2):
        passing = [k for k in range(j % coarse, size, coarse) if power[k] > least]
        # The bin that belongs here is the one of the same signed frequency.
        found.append(
            NO_PASS
            if not passing
            else TANGLED
            if len(passing) > 1
            else KEPT
            if passing[0] == j % size
            else ALIASED
        )
    return found


@pytest.mark.parametrize(
    ("size", "factor"), [(64, 2), (63, 3), (60, 3), (64, 4), (65, 5), (60, 6), (64, 1)]
)
@pytest.mark.parametrize("threshold", [-3.0, -20.0, -60.0])
def test_every_frequency_is_sorted_as_by_hand(rng, size, factor, threshold):
    x = iv.power_law_noise(iv.Axis("x", size=size, period=float(size)), channels=3, rng=rng)
    found = iv.aliasing.frequency_classes(
        iv.Subsample(stride={"x": factor}), x, "x", threshold=threshold
    )
    assert found.frequency_class.values.tolist() == by_hand(x.values, factor, threshold)
    np.testing.assert_allclose(found.frequency_share.sum("class"), 1, rtol=1e-14)
    np.testing.assert_allclose(found.power_share.sum("class"), 1, rtol=1e-12)


@pytest.mark.parametrize("factor", [2, 3, 4, 5, 8])
def test_planted_waves_are_what_they_are(factor):
    size = 120
    coarse = size // factor
    low, high = coarse // 5, coarse - coarse // 5  # the second folds onto minus the first
    op = iv.Subsample(stride={"x": factor})

    def at(x, k):
        found = iv.aliasing.frequency_classes(op, x, "x")
        return int(found.frequency_class.sel(x_frequency=k / 60, method="nearest"))

    assert at(waves(size, low), low) == KEPT
    assert at(waves(size, high), low) == ALIASED
    assert at(waves(size, low, high), low) == TANGLED
    assert at(waves(size, low), low + 1) == NO_PASS


def published(values, factor):
    """The published division: output frequencies in the order of the transform, evenly shared."""
    size = values.size
    coarse = size // factor
    power = (np.abs(np.fft.fft(values)) ** 2).reshape(factor, coarse)
    passing = power > power.max() / 100
    own = (np.arange(coarse) * factor) // coarse
    kept = passing[own, np.arange(coarse)] & (passing.sum(0) == 1)
    return np.where(passing.sum(0) > 1, TANGLED, np.where(kept, KEPT, NO_PASS))


def test_the_published_baseband_is_right_for_a_stride_of_two_alone():
    for factor, right in ((2, True), (3, False), (4, False)):
        coarse = 120 // factor
        harmless = waves(120, coarse // 2 - 2)  # just below the new Nyquist frequency
        op = iv.Subsample(stride={"x": factor})
        ours = iv.aliasing.frequency_classes(op, harmless, "x").power_share
        assert float(ours.sel({"class": "non-aliased"})) == pytest.approx(1)
        theirs = published(harmless.values, factor)
        assert (np.count_nonzero(theirs == KEPT) == 2) == right
        # And equivariance agrees with ours: nothing has folded.
        assert float(iv.equivariance_error(op, harmless, iv.Translate(x=0.5))) < 1e-13


@pytest.mark.parametrize("stride", [2, 4])
def test_a_perfect_operator_has_nothing_aliased_and_nothing_tangled(rng, stride):
    x = iv.power_law_noise(iv.Axis("x", size=64, period=64.0), exponent=0.5, rng=rng)
    perfect = iv.aliasing.frequency_classes(
        iv.SpectralPool(stride={"x": stride}), x, "x", threshold=-200.0
    ).frequency_share
    assert perfect.sel({"class": ["aliased", "tangled"]}).values.tolist() == [0, 0]
    plain = iv.aliasing.frequency_classes(
        iv.Subsample(stride={"x": stride}), x, "x", threshold=-200.0
    )
    assert float(plain.frequency_share.sel({"class": "tangled"})) > 0.9


def test_complex_channels_are_sorted_around_their_center(rng):
    """A Gabor channel at 0.2 with a stride of 4 keeps what an order around 0 calls aliased."""
    x = iv.power_law_noise(iv.Axis("x", size=240, period=240.0), exponent=0.0, rng=rng)
    bank = iv.GaborBank("x", frequency=[0.2], bandwidth=0.4, stride={"x": 4})
    found = iv.aliasing.frequency_classes(bank, x, "x", threshold=-40.0, keep=["band"])
    assert found.frequency_class.dims == ("band", "x_frequency")
    share = found.power_share.isel(band=0)
    assert float(share.sel({"class": "aliased"})) == 0
    assert float(share.sel({"class": "non-aliased"})) > 0.95


def test_nonlinear_pipelines_are_lifted_and_a_kept_channel_has_its_own_strongest_bin(rng):
    x = iv.power_law_noise(iv.Axis("x", size=64, period=64.0), channels=2, rng=rng)
    faint = x * iv.label([1.0, 1e-6], "channel")
    op = iv.Square() >> iv.MaxPool(window={"x": 4})
    lifted = iv.lift(op, x, "x").values
    each = iv.aliasing.frequency_classes(op, faint, "x", threshold=-30.0, keep=["channel"])
    for k in range(2):
        assert each.frequency_class[k].values.tolist() == by_hand(lifted[k], 4, -30.0)
    joint = iv.aliasing.frequency_classes(op, faint, "x", threshold=-30.0)
    assert joint.frequency_class.values.tolist() == by_hand(lifted[0], 4, -30.0)


def test_frequencies_are_in_the_unit_of_the_axis():
    found = iv.aliasing.frequency_classes(iv.Subsample(stride={"x": 2}), waves(64, 5), "x")
    assert found["x_frequency"].attrs["units"] == "Hz"
    kept = found.frequency_class == KEPT
    np.testing.assert_allclose(found["x_frequency"][kept.values], [-5 / 32, 5 / 32])
    assert found["class"].values.tolist() == list(CLASSES)


def test_silence_and_nan_have_no_class():
    x = waves(64, 5)
    for nothing in (x * 0, x.where(x["x"] > 3)):
        found = iv.aliasing.frequency_classes(iv.Subsample(stride={"x": 2}), nothing, "x")
        assert (found.frequency_class == -1).all()
        assert np.isnan(found.frequency_share).all()
        assert np.isnan(found.power_share).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"threshold": 0.0}, "below 0"),
        ({"threshold": -np.inf}, "below 0"),
        ({"keep": ["band"]}, "'band'"),
        ({"keep": ["image"]}, "'image'"),
        ({"divisor": 3}, "does not divide"),
    ],
)
def test_what_makes_no_sense_is_refused(change, said):
    with pytest.raises(iv.errors.InvarsigError, match=said):
        iv.aliasing.frequency_classes(iv.Subsample(stride={"x": 2}), waves(64, 5), "x", **change)
