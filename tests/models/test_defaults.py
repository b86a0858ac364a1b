"""Built-in pipelines."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv


def test_sound_goes_through_a_spectrogram_and_pictures_do_not(speech, photograph):
    sound, picture = iv.models.default_pipeline(speech), iv.models.default_pipeline(photograph)
    assert [type(stage).__name__ for stage in sound] == [
        "Spectrogram",
        "GaborBank",
        "Modulus",
        "MaxPool",
    ]
    assert [type(stage).__name__ for stage in picture] == ["GaborBank", "Modulus", "MaxPool"]
    assert {"frequency", "time"} <= set(sound(speech).dims)
    assert picture(photograph).sizes["orientation"] == 4


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100])
def test_the_window_is_whole_samples_at_any_rate(rate):
    time = iv.Axis("time", step=1 / rate, unit="s", size=rate)
    spectrogram = iv.models.default_pipeline(iv.label(np.zeros(rate), time))[0]
    window, hop = time.samples(spectrogram.window), time.samples(spectrogram.hop)
    assert spectrogram.window == pytest.approx(0.032, rel=0.01)
    # Lengths are shown by as few digits as tell them from their neighbors, to a billionth.
    assert spectrogram.window * rate == pytest.approx(round(window), rel=1e-9)
    assert window == round(window) == 4 * hop
    assert spectrogram.plan(iv.Axes.of(iv.label(np.zeros(rate), time))).stride == {"time": hop}


def test_the_bank_is_the_same_over_any_two_dims(photograph):
    renamed = photograph.rename(y="frequency", x="time")
    one = iv.models.gabor_pool("y", "x")(photograph)
    other = iv.models.gabor_pool("frequency", "time")(renamed)
    np.testing.assert_array_equal(one, other)


def test_other_dims_have_no_default():
    with pytest.raises(iv.errors.DimError, match="sound has 'time', pictures have 'y' and 'x'"):
        iv.models.default_pipeline(iv.label(np.zeros(4), "depth"))


@pytest.mark.parametrize(
    "model", [iv.models.default_pipeline, iv.models.log_mel, iv.models.scattering]
)
def test_lengths_in_seconds_are_not_taken_for_milliseconds(model):
    x = iv.label(np.zeros(8000), iv.Axis("time", step=1 / 8, unit="ms"))
    with pytest.raises(iv.errors.AxisError, match="'time' is in ms; label the axis in seconds"):
        model(x)
