"""Scattering and the modulus of the Fourier transform under warps and shifts, reduced."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile as sf

import invarsig as iv
from invarsig.errors import ReadError
from invarsig.experiments import Collection
from invarsig.experiments.invariance_range import invariance_range
from invarsig.experiments.warped_features import (
    FEATURES,
    changes,
    exponents,
    faded_sounds,
    features_of,
    fourier_modulus,
    in_bands,
    per_gradient,
    warps,
)
from tests.experiments.conftest import kept

_SIZE = 4096


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("deformation-stability")


def _ring(values):
    return iv.label(values, iv.Axis("time", step=1e-3, unit="s", period=values.size * 1e-3))


@pytest.mark.parametrize("kind", ["sounds", "pictures"])
def test_the_change_of_scattering_is_proportional_to_the_gradient(found, kind):
    assert found.effect(f"slope of the change, scattering, {kind}").value == pytest.approx(
        1.0, abs=0.15
    )


@pytest.mark.parametrize("kind", ["sounds", "pictures"])
def test_the_constant_grows_with_frequency_for_the_fourier_modulus_alone(found, kind):
    # On four pictures scattering's interval is as wide as the limit.
    stable = found.effect(f"growth of the constant, scattering, {kind}")
    other = found.effect(f"growth of the constant, Fourier modulus, {kind}")
    assert stable.value < 0.25
    assert kept(found, other)
    assert other.value > stable.value + 0.3


def test_the_fourier_modulus_of_high_sounds_changes_ten_times_as_much(found):
    name = "change at a gradient of 0.01, from 1 kHz, {}"
    stable, other = (found.effect(name.format(one)) for one in FEATURES)
    assert other.value > 10 * stable.value
    assert kept(found, stable)


def test_shifted_scattering_is_that_of_the_result_moved(found):
    measured, predicted = (found.dataset[f"shift_{one}"] for one in ("change", "predicted"))
    # What white noise folds on intermediate grids is some 5e-4.
    assert float(abs(measured - predicted).max()) < 2e-3


def test_the_range_is_above_two_to_the_j_at_every_j(found):
    for J in found.dataset["octaves"].to_numpy():
        assert found.effect(f"range over 2^J, J = {J}").value > 1


def test_the_answer_carries_no_broken_expectation(found):
    assert all(effect.met != "no" for effect in found.effects)


def test_a_steady_tone_changes_as_theory_says():
    place = np.arange(_SIZE)
    window = np.hanning(_SIZE)
    x = _ring(window * np.cos(2 * np.pi * 0.11 * place))
    gradient = 1e-3
    warp = warps(x, [gradient], 0.2, 3)[0]
    displacement, _ = per_gradient(warp, x)
    change = changes(fourier_modulus, x, [warp])[0]
    # Sidebands of the phase's swing: the moduli see between a part and all of them.
    swing = 2 * np.pi * 110 * displacement * gradient
    assert 0.3 * swing < change < 1.2 * swing


def test_the_modulus_of_fourier_ignores_a_shift_and_a_reflection():
    x = _ring(np.random.default_rng(0).standard_normal(256))
    mirrored = x.copy(data=np.roll(x.to_numpy()[::-1], 1))
    assert changes(fourier_modulus, x, [iv.Translate(time=0.017)])[0] < 1e-12
    both = [fourier_modulus(each.expand_dims("move")) for each in (x, mirrored)]
    assert both[1] == pytest.approx(both[0])


def test_bands_hold_their_frequencies_and_fade_to_zero():
    x = _ring(np.random.default_rng(1).standard_normal(_SIZE))
    for center, band in zip((50.0, 200.0), in_bands(x, (50.0, 200.0)), strict=True):
        power = np.abs(np.fft.rfft(band.to_numpy())) ** 2
        frequency = np.fft.rfftfreq(_SIZE, 1e-3)
        assert (power * frequency).sum() / power.sum() == pytest.approx(center, rel=0.1)
        assert float(abs(band[0])) < 0.02 * float(abs(band).max())


def test_the_change_of_a_band_vanishes_with_the_gradient():
    axes = [iv.Axis(dim, size=64, unit="px", period=64.0) for dim in ("y", "x")]
    noise = iv.power_law_noise(*axes, exponent=1.0, rng=2)
    (band,) = in_bands(noise, [0.125])
    for features in features_of(band, 4):
        small, large = changes(features, band, warps(band, [1e-3, 1e-2], 0.5, 5))
        # A border that comes in would stay as it is.
        assert large / small == pytest.approx(10, rel=0.1)


def test_exponents_are_those_of_a_power():
    places = np.array([1.0, 2.0, 5.0])
    values = iv.label(np.array([3 * places**0.7, 2 * places**-1.0]), "sound", "band")
    assert exponents(values.assign_coords(band=places), "band") == pytest.approx([0.7, -1.0])


def test_a_change_that_is_there_at_once_has_a_range_of_less_than_the_first_move():
    assert invariance_range(np.array([2.0, 4.0]), np.array([1.0, 1.0]), 0.5) == 1.0


def test_an_excerpt_that_is_too_short_is_refused(tmp_path):
    (tmp_path / "speech").mkdir()
    for name in ("one", "two"):
        sf.write(tmp_path / "speech" / f"{name}.wav", np.sin(np.arange(8000) / 9), 16000)
    (tmp_path / "instruments").mkdir()
    for name in ("cello", "marimba"):
        sf.write(tmp_path / "instruments" / f"{name}_060.wav", np.sin(np.arange(8000) / 9), 16000)
    with pytest.raises(ReadError, match=r"one\.wav lasts 0\.5 s, and 0\.512 s are needed"):
        list(faded_sounds(Collection(tmp_path), 2**13, 2))
