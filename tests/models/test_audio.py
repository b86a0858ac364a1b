"""Front ends of sound, at any sampling rate."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100])
def test_log_mel_takes_whole_samples_at_any_rate(rate):
    x = iv.label(np.zeros(rate), iv.Axis("time", step=1 / rate, unit="s"))
    y = iv.models.log_mel(x)(x)
    assert iv.axis_of(y, "time").step == pytest.approx(0.01, rel=0.005)
    np.testing.assert_array_equal(y, -80.0)


def test_log_mel_is_a_mel_spectrogram_in_decibels(speech):
    power = iv.MelSpectrogram(0.025, 0.01, 40)(speech)
    wanted = np.maximum(10 * np.log10(power), -80)
    np.testing.assert_allclose(iv.models.log_mel(speech)(speech), wanted, rtol=1e-6)


def test_a_tone_shows_in_its_bin_of_the_constant_q_spectrogram():
    time = iv.Axis("time", step=1 / 8000, unit="s", period=1.0)
    x = iv.label(0.5 * np.sin(2 * np.pi * 880 * np.arange(8000) / 8000), time)
    y = iv.models.cqt(x)(x)
    best = iv.Peak("frequency")(y.mean("time"))
    assert float(best.frequency) == pytest.approx(880, rel=1e-9)
    assert float(best) == pytest.approx(20 * np.log10(0.25), abs=0.01)


@pytest.mark.parametrize("rate", [2000, 4000, 8000, 22050])
def test_as_many_bins_are_had_as_lie_below_the_nyquist_frequency(rate):
    x = iv.label(np.zeros(rate), iv.Axis("time", step=1 / rate, unit="s"))
    transform = iv.models.cqt(x)[0]
    transform.plan(iv.Axes.of(x))
    if transform.bands < 84:
        more = iv.ConstantQ(bands=transform.bands + 1)
        with pytest.raises(iv.errors.ParameterError, match="beyond the Nyquist frequency"):
            more.plan(iv.Axes.of(x))


def test_lengths_that_are_none_and_bins_beyond_the_band_are_refused(speech):
    with pytest.raises(iv.errors.ParameterError, match="hop along 'time' is 0"):
        iv.models.log_mel(speech, hop=0)
    with pytest.raises(
        iv.errors.ParameterError, match="reaches beyond the Nyquist frequency of 8000"
    ):
        iv.models.cqt(speech, low=9000.0)
