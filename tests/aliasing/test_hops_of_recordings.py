"""Hops of spectrograms of twenty real recordings, against what the window alone says."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from tests.conftest import DATA, ring

INSTRUMENTS = sorted(DATA.glob("instruments/*.flac"))[::5][:8]
RECORDINGS = [
    *(
        path
        for folder in ("speech", "music", "environment")
        for path in DATA.glob(f"{folder}/*.flac")
    ),
    *INSTRUMENTS,
]
LENGTH = 512
WINDOW_ALONE = 10 * np.log10(iv.aliasing.hop_folding("hann", LENGTH, hop=LENGTH // 4))
named = pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)


def recording(path, most: int):
    """The middle of a recording, one channel, declared to go round."""
    x = iv.read_audio(path)
    x = x.mean("channel") if "channel" in x.dims else x
    return ring(x, time=min(x.sizes["time"], most) // LENGTH * LENGTH)


def spectrogram(x, hop: int, output: str = "power"):
    floor = {"floor": -60.0} if output == "dB" else {}
    return iv.Spectrogram.in_samples(x, window=LENGTH, hop=hop, output=output, **floor)


def folded_share(x, output: str) -> float:
    """Of the fluctuations, bins at 0 and Nyquist left out, in dB, from the grid of L / 64."""
    fine = spectrogram(x, LENGTH // 64, output)(x).isel(frequency=slice(1, -1))
    power = iv.fold(fine - fine.mean("time"), "time", 16).sum(["frequency", "time_frequency"])
    return 10 * np.log10(float(1 - power.sel(image=0) / power.sum()))


def test_there_are_twenty_recordings():
    assert len(RECORDINGS) == 20


@named
def test_what_folds_by_the_spectrum_is_the_variance_over_shifts(path):
    """Two ways to one number: the spectrogram at L / 64, and moving by as much, again and again."""
    x = recording(path, 40 * LENGTH)
    coarse, fine = spectrogram(x, LENGTH // 4), spectrogram(x, LENGTH // 64)
    measured = iv.orbit(coarse, x, "time", divisor=LENGTH // 64).variance.sum()
    power = iv.fold(fine(x), "time", 16)
    from_own_spectrum = power.sum() - power.sel(image=0).sum()
    np.testing.assert_allclose(measured, from_own_spectrum, rtol=1e-8)


@named
def test_the_power_of_a_recording_folds_less_than_that_of_white_noise_at_a_quarter_window(path):
    """18 of 20 were asked for; all 20 do, at windows of 512 and of 1024 samples."""
    assert folded_share(recording(path, 96000), "power") <= WINDOW_ALONE


def test_the_logarithm_folds_more_than_the_power():
    """Compared over all recordings; for some the log is beyond what white noise's power folds."""
    shares = {
        output: np.array([folded_share(recording(path, 48000), output) for path in RECORDINGS])
        for output in ("power", "magnitude", "dB")
    }
    assert (shares["dB"] > shares["power"]).sum() >= 19
    assert np.median(shares["power"]) < np.median(shares["magnitude"]) < np.median(shares["dB"])
    assert (shares["dB"] > WINDOW_ALONE).any()
