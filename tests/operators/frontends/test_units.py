"""Lengths of windows and hops: in seconds or in samples, and distinguished."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import AxisError, ParameterError

FRAMED = [iv.Spectrogram, iv.MelSpectrogram, iv.Mfcc, iv.Gammatonegram, iv.FrameMean]
OPTIONS = {iv.Gammatonegram: {"bands": 3, "low": 2000.0, "high": 3000.0}}


def second(rng, rate: int = 8000, over: str = "time") -> xr.DataArray:
    """One second of noise, round a ring."""
    time = iv.Axis(over, step=1 / rate, unit="s", period=1.0)
    return iv.label(rng.standard_normal(rate), time)


def framed(kind, **options):
    """One of the front ends that have a window and a hop, in seconds."""
    return kind(**{**OPTIONS.get(kind, {}), **options})


@pytest.mark.parametrize("kind", FRAMED)
def test_samples_are_seconds_by_the_rate(kind, rng):
    x = second(rng)
    op = kind.in_samples(x, window=256, hop=64, taper="hamming", **OPTIONS.get(kind, {}))
    assert op == framed(kind, window=0.032, hop=0.008, taper="hamming")
    assert op(x).sizes["time"] == 125
    other = second(rng, over="t")
    named = kind.in_samples(other, window=256, hop=64, over="t", **OPTIONS.get(kind, {}))
    assert (named.over, named.hop) == ("t", 0.008)


def test_the_hop_of_a_constant_q_transform_may_be_given_in_samples(rng):
    op = iv.ConstantQ.in_samples(second(rng), hop=64, low=220.0, bands=12)
    assert op == iv.ConstantQ(220.0, 12, hop=0.008)
    with pytest.raises(ParameterError, match=r"The hop is 0\.008 samples; give a whole number"):
        iv.ConstantQ.in_samples(second(rng), hop=0.008)


@pytest.mark.parametrize("kind", FRAMED)
@pytest.mark.parametrize(("window", "hop"), [(1, 8), (0.032, 8), (32, 0)])
def test_no_seconds_are_taken_for_samples(kind, window, hop, rng):
    with pytest.raises(ParameterError, match="give a whole number"):
        kind.in_samples(second(rng), window=window, hop=hop)


@pytest.mark.parametrize("kind", FRAMED)
def test_samples_that_were_taken_for_seconds_are_told_as_such(kind, rng):
    said = (
        r"A window of 8192000 samples is longer than the axis 'time' \(8000 samples, periodic "
        r"boundary\): it is 1024 s, and the whole signal 1 s\. Lengths are in s: 1024 samples are "
        r"1024 / rate = 0\.128 s, or use in_samples"
    )
    with pytest.raises(AxisError, match=said):
        framed(kind, window=1024, hop=256)(second(rng))


@pytest.mark.parametrize(
    "op",
    [framed(kind, window=0.032, hop=256) for kind in FRAMED] + [iv.ConstantQ(220.0, 12, hop=256)],
    ids=lambda op: type(op).__name__,
)
def test_a_hop_longer_than_the_signal_is_refused(op, rng):
    said = r"A hop of 2048000 samples.*it is 256 s.*Lengths are in s.*256 / rate = 0\.032 s"
    for boundary in ("zero", None):
        with pytest.raises(ParameterError, match=said):
            op.bounded(boundary)(second(rng))


def test_a_hop_of_the_whole_signal_and_a_window_beyond_its_ends_are_none_too_long(rng):
    x = second(rng)
    assert iv.ConstantQ(220.0, 12, hop=1.0)(x).sizes["time"] == 1
    whole = iv.Spectrogram(2.0, 1.0, boundary="zero", output="complex")(x)
    assert whole.sizes["time"] == 1
    weights = np.hanning(16001)[:-1][8000:]
    assert complex(whole[0, 0]) == pytest.approx((weights / 8000 * x.values).sum(), abs=1e-9)


@pytest.mark.parametrize("kind", FRAMED)
def test_a_length_between_samples_names_no_other_class(kind, rng):
    with pytest.raises(
        ParameterError, match=r"not a whole number.*201 samples\), or use in_samples"
    ):
        framed(kind, window=0.0251, hop=0.01)(second(rng))
