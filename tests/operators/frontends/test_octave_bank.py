"""Octave filters against the standard's frequencies and limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

import invarsig as iv
from invarsig.errors import AxisError, ParameterError

CLOCK = iv.Axis("time", step=1 / 48000, size=4800, unit="s", period=0.1)

NOMINAL = [25, 31.5, 40, 50, 63, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250,
           1600, 2000, 2500, 3150, 4000, 5000, 6300, 8000, 10000, 12500, 16000, 20000]  # fmt: skip

# IEC 61260-1:2014, table 1: least relative attenuation of class 1, in dB, at the octave G^x.
CLASS_1 = {0.5: 1.6, 1.0: 16.6, 2.0: 40.5, 3.0: 60.0, 4.0: 70.0}
# And the most at the points inside the band.
CLASS_1_INSIDE = {0.0: 0.4, 0.125: 0.5, 0.25: 0.7, 0.375: 1.4, 0.499: 5.3}


@pytest.mark.parametrize("base", [10, 2])
def test_third_octaves_are_those_of_the_standard(base):
    op = iv.OctaveBank(25.0, 20000.0, 3, base=base)
    found = op.frequency_response(CLOCK, {"time": [0.0]}).frequency
    assert found.size == len(NOMINAL)
    np.testing.assert_allclose(found, NOMINAL, rtol=0.025)
    ratio = 10**0.3 if base == 10 else 2
    np.testing.assert_allclose(found, 1000 * ratio ** (np.arange(-16, 14) / 3))
    assert (found.attrs["scale"], found.attrs["units"]) == ("log2", "Hz")


def test_an_even_fraction_has_bands_on_either_side_of_the_reference():
    found = iv.OctaveBank(500.0, 2000.0, 2).frequency_response(CLOCK, {"time": [0.0]}).frequency
    steps = np.log10(found / 1000) / 0.3 * 2
    np.testing.assert_allclose(steps % 1, 0.5, atol=1e-12)


@pytest.mark.parametrize("fraction", [1, 3])
def test_the_limits_of_class_1_are_kept(fraction):
    op = iv.OctaveBank(1000.0, 1000.0, fraction)
    ratio = 10**0.3
    # Breakpoints of a fraction of an octave follow from those of an octave (5.10.3).
    for table, sign in ((CLASS_1, 1), (CLASS_1_INSIDE, -1)):
        for x, limit in table.items():
            above = 1 + (ratio ** (1 / (2 * fraction)) - 1) / (ratio**0.5 - 1) * (ratio**x - 1)
            for f in (1000 * above, 1000 / above):
                gain = op.frequency_response(CLOCK, {"time": [f]}).item()
                assert sign * (-20 * np.log10(gain) - limit) >= 0


@pytest.mark.parametrize("fraction", [1, 3])
@pytest.mark.parametrize("order", [1, 3, 4])
def test_the_response_is_the_magnitude_of_scipys_analogue_butterworth(fraction, order):
    op = iv.OctaveBank(500.0, 500.0, fraction, order=order)
    out = op.frequency_response(CLOCK, {"time": np.geomspace(10, 20000, 300)})
    center = float(out.frequency[0])
    edges = center * 10 ** (0.3 * np.array([-1, 1]) / (2 * fraction))
    b, a = signal.butter(order, 2 * np.pi * edges, "bandpass", analog=True)
    _, theirs = signal.freqs(b, a, worN=2 * np.pi * out.time_frequency.values)
    np.testing.assert_allclose(out.values[0], abs(theirs), rtol=1e-6, atol=1e-12)


def test_neighbors_share_the_power_and_each_keeps_its_tone():
    op = iv.OctaveBank(63.0, 8000.0)
    f = np.geomspace(100, 7000, 200)
    total = (abs(op.frequency_response(CLOCK, {"time": f})) ** 2).sum("frequency")
    np.testing.assert_allclose(10 * np.log10(total), 0.0, atol=0.6)
    t = np.arange(4800) / 48000
    x = iv.label(np.sin(2 * np.pi * 1000 * t), CLOCK)
    out = op(x)
    np.testing.assert_allclose(out.sel(frequency=1000.0, method="nearest"), x, atol=1e-12)


def test_nothing_is_delayed_and_a_shift_by_any_fraction_is_followed(rng):
    x = iv.label(rng.standard_normal(4800), CLOCK)
    op = iv.OctaveBank(250.0, 4000.0, 3)
    assert float(iv.equivariance_error(op, x, iv.Translate.in_samples(x, time=0.37))) < 1e-12
    click = iv.label(np.eye(1, 4800, 2400)[0], CLOCK)
    answer = op(click).values
    np.testing.assert_allclose(answer[:, 2401:4799], answer[:, 2399:1:-1], atol=1e-12)


def test_sound_that_ends_keeps_its_bands(speech):
    out = iv.OctaveBank(250.0, 2000.0)(speech)
    assert out.dtype == speech.dtype
    assert out.sizes["time"] == speech.sizes["time"]
    # Far from the borders it is what a longer recording would show.
    part = speech.isel(time=slice(8000, 24000))
    inner = slice(4000, 12000)
    whole = out.isel(time=slice(8000, 24000))[:, inner]
    other = iv.OctaveBank(250.0, 2000.0)(part)[:, inner]
    assert float(abs(whole - other).max() / abs(whole).max()) < 1e-3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"low": 0.0}, "low is 0"),
        ({"high": np.inf}, "high is inf"),
        ({"low": 9000.0}, "low is 9000 and high is 8000"),
        ({"fraction": 0}, "fraction is 0"),
        ({"order": 1.5}, "order is 1.5"),
        ({"base": 3}, "base=3 is unknown; give 10 or 2"),
        ({"reference": -1.0}, "reference is -1"),
    ],
)
def test_parameters_out_of_range_are_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        iv.OctaveBank(**options)


def test_what_does_not_fit_the_input_is_refused(rng):
    x = iv.label(rng.standard_normal(800), iv.Axis("time", step=1 / 8000, unit="s"))
    with pytest.raises(
        ParameterError, match=r"band at 3981\.07 Hz.*ends at 5623\.41 Hz.*of 4000 Hz"
    ):
        iv.OctaveBank(125.0, 4000.0)(x)
    with pytest.raises(AxisError, match="no sample is valid"):
        iv.OctaveBank(125.0, 2000.0, boundary="valid")(x)
