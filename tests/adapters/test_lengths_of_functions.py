"""What a function with a hop does wrong is folding and border, whatever the length of its signal.

A length that is not a multiple of the hop closes after many periods only. Then it is continued till
it nearly closes, and gives what it gives continued until it does.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

import invarsig as iv
from invarsig.aliasing import wrapped

MOVE = iv.Translate(time=0.0025)


def frames(values, window, hop, before=0):
    padded = np.pad(values, before)
    return np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]


def zero_crossings(values):
    signs = np.signbit(frames(values, 512, 256, 256))
    return (signs[:, 1:] != signs[:, :-1]).mean(1)


def log_bands(values):
    power = np.abs(np.fft.rfft(frames(values, 1024, 300, 512) * np.hanning(1024))) ** 2
    return np.log1p(power[:, :480].reshape(len(power), 24, 20).sum(2)).T


def flux(values):
    spectra = np.abs(np.fft.rfft(frames(values, 256, 77) * np.hanning(256)))
    return np.maximum(spectra, 0.1).sum(1)


def short_time(values):
    return np.abs(signal.ShortTimeFFT(signal.windows.hann(400), hop=130, fs=1.0).stft(values))


FRONT_ENDS = {
    "zero crossings": (zero_crossings, ()),
    "log bands": (log_bands, "band"),
    "flux": (flux, ()),
    "short-time spectra": (short_time, "frequency"),
}


def split(name, size):
    function, adds = FRONT_ENDS[name]
    axis = iv.Axis("time", size=size, step=1 / 16000, unit="s")
    x = iv.power_law_noise(axis, exponent=1.0, rng=4)
    return iv.causes(iv.from_function(function, x, adds=adds), x, MOVE)


@pytest.mark.parametrize("name", FRONT_ENDS)
def test_no_length_turns_folding_and_border_into_position(name):
    for size in (6001, 6037):
        found = split(name, size).share_of_cause
        assert abs(float(found.sel(cause="position"))) < 1e-9, size
        assert float(found.sel(cause=["folding", "border"]).sum()) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", ["flux", "log bands"])
def test_nearly_closed_is_as_good_as_closed(name, monkeypatch):
    found = split(name, 6037).share_of_cause
    monkeypatch.setattr(wrapped, "_ROUNDS", 1000)
    closed = split(name, 6037).share_of_cause
    np.testing.assert_allclose(found, closed, atol=0.003)


def test_one_sample_more_does_not_change_the_cause():
    one, other = (split("zero crossings", size) for size in (6144, 6145))
    assert one.attrs["main_cause"] == other.attrs["main_cause"] == "folding"


def test_weights_of_places_stay_position_at_any_length():
    """A planted one: frames that are weighted by their number are not mended by it."""

    def faded(values):
        power = (frames(values, 512, 256, 256) ** 2).mean(1)
        return power * np.linspace(1, 3, len(power))

    x = iv.power_law_noise(iv.Axis("time", size=6001, step=1 / 16000, unit="s"), rng=4)
    found = iv.causes(iv.from_function(faded, x, stride={"time": 256}), x, MOVE)
    assert float(found.share_of_cause.sel(cause="position")) > 0.5


def test_of_a_very_long_signal_its_surroundings_do(monkeypatch):
    found = split("flux", 6037).share_of_cause
    monkeypatch.setattr(wrapped, "_SAMPLES", 2 * 6037)
    np.testing.assert_allclose(split("flux", 6037).share_of_cause, found, atol=0.01)


def test_before_it_was_position(monkeypatch):
    """Without: what is not continued is not wrapped, and does not commute at its ends."""
    monkeypatch.setattr(wrapped, "_SAMPLES", 6000)
    assert split("flux", 6037).attrs["main_cause"] == "position"
