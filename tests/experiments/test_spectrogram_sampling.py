"""What hops and bins per octave fold, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.experiments import experiment_named
from invarsig.experiments.sampled_spectrograms import _LENGTH, PARTS, by_window, ring
from invarsig.experiments.spectrogram_sampling import _safe_hops
from tests.conftest import DATA
from tests.experiments.conftest import kept


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("spectrogram-sampling")


def decibels(share):
    return 10 * np.log10(share)


def test_neither_the_quarter_window_nor_twelve_bins_are_safe_for_all_that_is_shown(found):
    for name in (
        "magnitude, Hann, hop L/4",
        "log, Hann, hop L/4",
        "power, 12 bins per octave",
        "log, 12 bins per octave",
    ):
        assert not kept(found, found.effect(name)), name


def test_power_folds_less_than_magnitude_and_that_less_than_the_log_at_every_usual_hop(found):
    levels = decibels(found.dataset["folded"].sel(window="hann")).mean("recording")
    for part in (4, 8, 16):
        here = levels.sel(hop=1 / part)
        power, magnitude, log = (float(here.sel(quantity=q)) for q in ("power", "magnitude", "log"))
        assert power < magnitude - 3 < log - 6


def test_the_power_of_recordings_folds_less_than_the_window_alone_says(found):
    assert found.effect("power, Hann, hop L/4, above what the window alone says").value < 0


def test_an_eighth_of_the_window_is_safe_for_the_power_and_a_sixteenth_not_for_the_log(found):
    assert found.effect("power, Hann, hop L/8").value < -40
    assert found.effect("log, Hann, hop L/16").value > -40


def test_what_the_window_alone_says_are_the_published_shares(found):
    alone = decibels(found.dataset["predicted"].sel(window="hann", quantity="power"))
    for part, level in {2: -6.51, 4: -19.02, 8: -43.71, 16: -60.38}.items():
        assert float(alone.sel(hop=1 / part)) == pytest.approx(level, abs=0.1)


def test_more_bins_help_only_if_the_quality_stays(found):
    levels = decibels(found.dataset["folded_bins"].sel(quantity="power")).mean("recording")
    fixed, own = (levels.sel(quality=f"that of {which}") for which in ("12 bins", "the bins"))
    assert float(fixed.sel(bins=12)) == float(own.sel(bins=12))
    assert float(fixed.sel(bins=24)) < -60
    assert abs(float(own.sel(bins=48) - own.sel(bins=12))) < 10


def test_twelve_bins_fold_of_a_recording_what_they_fold_of_a_tone(found):
    """The measured power is a sum of traces; predicted from one, within 3 dB."""
    alone = decibels(found.dataset["predicted_bins"].isel(quality=0).sel(bins=12))
    assert found.effect("power, 12 bins per octave").value == pytest.approx(float(alone), abs=3)


def test_shares_are_those_of_the_package_s_fold():
    """Another way to the same number: image by image, complex channels about their centers."""
    x = ring(iv.read_audio(DATA / "speech" / "goforward.flac").isel(time=slice(16000, 21000)))
    shares = by_window(x, ["hann"]).isel(window=0)
    op = iv.Spectrogram.in_samples(x, window=_LENGTH, hop=5, output="complex")
    z = op(x).isel(frequency=slice(1, -1))
    power = abs(z) ** 2
    for quantity, y in {"complex": z, "power": power - power.mean("time")}.items():
        for part in (4, 8):
            folded = iv.fold(y, "time", _LENGTH // part // 5)
            share = 1 - float(folded.sel(image=0).sum() / folded.sum())
            # One bin in hundreds lies on the edge of a band, and may count to either side.
            found = float(shares.sel(quantity=quantity)[PARTS.index(part)])
            assert found == pytest.approx(share, rel=0.05)


def test_safe_hops_are_where_the_level_crosses():
    hops = 1 / np.array([2, 4, 8, 16])
    levels = xr.DataArray(
        [[-10.0, -30.0, -50.0, -60.0], [-10.0, -12.0, -14.0, -16.0], [-50.0, -60.0, -70.0, -80.0]],
        {"hop": hops},
        ("recording", "hop"),
    )
    np.testing.assert_allclose(_safe_hops(levels), [2**-2.5, 1 / 16, 1 / 2], rtol=1e-12)


def test_the_reduced_form_asks_the_same_question():
    one = experiment_named("spectrogram-sampling")
    assert one(reduced=True).fingerprint() == one().fingerprint()
