"""Transposition of waveforms and of what front ends make of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

import invarsig as iv
from invarsig.errors import AxisError, DimError, ParameterError

RATE = 4000
law = settings(deadline=None, max_examples=25)


def clock(size: int = 4000, start: float = 0.0) -> iv.Axis:
    return iv.Axis("time", start=start, step=1 / RATE, size=size, unit="s")


def note(t: np.ndarray, pitch: float, factor: float = 1.0, origin: float = 0.5) -> np.ndarray:
    """A note of six harmonics under a bell, transposed by the formula."""
    s = origin + factor * (t - origin)
    bell = np.exp(-0.5 * ((s - 0.45) / 0.12) ** 2)
    return bell * sum(np.cos(2 * np.pi * k * pitch * s + k * k) / k for k in range(1, 7))


def sound(values: np.ndarray) -> xr.DataArray:
    return iv.label(values, clock(len(values)))


def off(a: xr.DataArray, b: xr.DataArray) -> float:
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


# On waveforms


@law
@given(st.floats(-0.6, 0.6), st.floats(0.3, 0.7))
def test_a_note_under_a_bell_is_the_closed_form(octaves, origin):
    t = clock().positions()
    moved = iv.Transpose(octaves, origin=origin)(sound(note(t, 110.0)))
    wanted = note(t, 110.0, 2**octaves, origin) if octaves else note(t, 110.0)
    known = iv.Transpose(octaves, origin=origin).known(moved).values
    assert abs(moved.values - wanted)[known].max() < 1e-4


@pytest.mark.parametrize(("up", "down"), [(3, 2), (2, 1), (1, 2), (4, 5)])
def test_rational_factors_about_the_first_sample_are_scipys_resample_poly(up, down, rng):
    # Noise up to half of the lower of the two Nyquist frequencies.
    taps = signal.firwin(401, 0.5 * min(1, up / down), window=("kaiser", 12.0))
    x = np.convolve(rng.standard_normal(4000), taps, "same")
    wanted = signal.resample_poly(x, up, down, window=("kaiser", 12.0))
    g = iv.Transpose(math.log2(down / up))
    moved = g(sound(x))
    known = np.flatnonzero(g.known(moved))
    kept = known[(known > 300) & (known < min(len(wanted), 4000) - 300)]
    assert len(kept) > 800
    error = np.linalg.norm(moved.values[kept] - wanted[kept]) / np.linalg.norm(wanted[kept])
    # scipy's own filter has 20 taps to a sample, and ripples of 1e-4.
    assert error < 1e-3


def test_the_origin_is_a_time_and_stays_where_it_is():
    t = clock(start=10.0).positions()
    click = iv.label(np.exp(-0.5 * ((t - 10.5) / 0.002) ** 2), clock(start=10.0))
    for octaves in (-0.5, 0.7):
        assert float(iv.Transpose(octaves, origin=10.5)(click).idxmax()) == pytest.approx(10.5)
    later = iv.Transpose(-1.0, origin=10.4)(click)
    assert float(later.idxmax()) == pytest.approx(10.6, abs=1e-9)


def test_on_dates_the_origin_is_a_date():
    t = clock().positions()
    x = sound(note(t, 110.0))
    first = np.datetime64("2024-01-01T00:00:00", "ns")
    dated = x.assign_coords(time=first + np.arange(4000) * np.timedelta64(10**9 // RATE, "ns"))
    moved = iv.Transpose(0.5, origin=first + np.timedelta64(300, "ms"))(dated)
    # Seconds since 1970 are told to 0.2 us, a thousandth of a sample.
    np.testing.assert_allclose(moved.values, iv.Transpose(0.5, origin=0.3)(x).values, atol=5e-3)


def test_there_and_back_is_the_note_again_and_two_halves_are_a_whole():
    t = clock().positions()
    x = sound(note(t, 110.0))
    g = iv.Transpose.in_semitones(4, origin=0.45)
    assert g == iv.Transpose(1 / 3, origin=0.45)
    assert g.floor(x) < 1e-4
    known = g.known(x)
    assert off(g.at(0.5)(g.at(0.5)(x)).where(known, 0), g(x).where(known, 0)) < 1e-4
    assert g.at(0)(x).identical(x)


def test_what_is_known_is_what_no_silence_was_needed_for(rng):
    x = sound(rng.standard_normal(4000))
    around = [rng.standard_normal(4000), x.values, rng.standard_normal(4000)]
    wide = iv.label(np.concatenate(around), clock(start=-1.0))
    for octaves in (-0.4, 0.4):
        g = iv.Transpose(octaves, origin=0.3)
        known = g.known(x).values
        inside = g(wide)[4000:8000].values
        np.testing.assert_allclose(g(x).values[known], inside[known], atol=1e-9)
        assert known.sum() == pytest.approx(min(4000 / g.factor, 4000), abs=60)


def test_single_precision_batches_and_complex_signals(rng):
    t = clock().positions()
    x = iv.label(np.stack([note(t, 110.0), note(t, 90.0)]), "voice", clock())
    g = iv.Transpose(0.3, origin=0.5)
    assert g(x.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(g(x)[1], g(x[1]), atol=1e-14)
    np.testing.assert_allclose(g(x * (1 + 2j)), g(x) * (1 + 2j), atol=1e-12)


def test_a_delay_before_is_a_shorter_delay_after():
    t = clock().positions()
    x = sound(note(t, 110.0))
    g = iv.Transpose(1.0, origin=0.0)
    early = g(iv.Translate(time=0.1)(x))
    np.testing.assert_allclose(early[400:1800], iv.Translate(time=0.05)(g(x))[400:1800], atol=1e-5)


# On results


def cq(output: str, hop: int) -> iv.ConstantQ:
    return iv.ConstantQ(
        80.0, bands=48, bands_per_octave=12, output=output, stride={"time": hop}, boundary="zero"
    )


@pytest.mark.parametrize("output", ["complex", "magnitude", "power"])
@pytest.mark.parametrize("semitones", [3, -5])
def test_constant_q_transforms_commute_with_transposition(output, semitones):
    # Its windows are sampled, not cut short by whole samples: what is left is the interpolation in
    # time, at a hop of 8 samples where the shortest window has 53.
    t = clock().positions()
    x = sound(note(t, 110.0))
    g = iv.Transpose.in_semitones(semitones, origin=0.45)
    op = cq(output, 8)
    first, last = op(g(x)), g.on_output(op(x))
    known = g.known(first) & (abs(first.time - 0.45) < 0.25)
    assert off(first.where(known, 0), last.where(known, 0)) < 2e-3


def test_transposition_with_time_left_alone_on_the_result_is_no_equivariance():
    # A planted wrong action: without the dilation of time.
    t = clock().positions()
    x = sound(note(t, 110.0))
    g, op = iv.Transpose(0.25, origin=0.3), cq("power", 8)
    wrong = iv.Translate(frequency=0.25).on_output(op(x))
    known = g.known(wrong) & (abs(wrong.time - 0.45) < 0.2)
    first = op(g(x)).where(known, 0)
    assert off(wrong.where(known, 0), first) > 100 * off(g.on_output(op(x)).where(known, 0), first)


def test_on_a_log_axis_whole_bins_are_only_moved(rng):
    pitch = iv.Axis("frequency", math.log2(110.0), 1 / 12, unit="Hz", scale="log2")
    y = iv.label(rng.standard_normal((40, 5)), pitch, "segment")
    moved = iv.Transpose(0.25).on_output(y)
    np.testing.assert_allclose(moved[3:], y[:-3], atol=1e-13)
    assert iv.Transpose(0.25).known(y).values.tolist() == [False] * 3 + [True] * 37


def test_on_other_axes_frequencies_are_warped():
    hertz = iv.Axis("frequency", step=10.0, unit="Hz")
    f = np.arange(120) * 10.0
    y = iv.label(np.exp(-0.5 * ((f - 400) / 60) ** 2), hertz)
    g = iv.Transpose(0.5)
    known = g.known(y).values
    wanted = np.exp(-0.5 * ((f / 2**0.5 - 400) / 60) ** 2)
    np.testing.assert_allclose(g.on_output(y).values[known], wanted[known], atol=1e-5)
    power = iv.label(np.ones(1025), iv.Axis("frequency", step=5.0, unit="Hz"))
    for bank in (iv.MelBank(60, norm=None), iv.ErbBank(60, norm=None)):
        made = bank(power)
        at = made.center_frequency.values
        bump = made.copy(data=np.exp(-0.5 * (np.log2(at / 900) / 0.25) ** 2))
        wanted = np.exp(-0.5 * ((np.log2(at / 900) - 0.5) / 0.25) ** 2)
        known = g.known(bump).values
        assert known.sum() > 20
        np.testing.assert_allclose(g.on_output(bump).values[known], wanted[known], atol=2e-3)


def test_frequency_can_be_left_out_and_a_lost_dim_is_left_alone(rng):
    t = clock(400)
    y = iv.label(rng.standard_normal((20, 400)), iv.Axis("frequency", step=5.0, unit="Hz"), t)
    only = iv.Transpose(0.3, origin=0.05, frequency=())
    each = only(y.isel(frequency=4, drop=True))
    np.testing.assert_allclose(only(y)[4], each, atol=1e-13)
    assert only.on_output(y.mean("time")).identical(y.mean("time"))


# Wrong input


def test_wrong_input_is_named():
    x = sound(np.zeros(100))
    ring = iv.label(np.zeros(100), iv.Axis("time", step=0.01, unit="s", period=1.0))
    with pytest.raises(AxisError, match="periodic, and dilating time"):
        iv.Transpose(0.5)(ring)
    with pytest.raises(DimError, match="'time'"):
        iv.Transpose(0.5)(x.rename(time="x"))
    with pytest.raises(ParameterError, match="octaves, is nan"):
        iv.Transpose(float("nan"))
    with pytest.raises(ParameterError, match="semitones, is '3'"):
        iv.Transpose.in_semitones("3")
    with pytest.raises(ParameterError, match="not the name of a dim"):
        iv.Transpose(0.5, frequency=(3,))
    with pytest.raises(AxisError, match="its frequencies are not known"):
        iv.Transpose(0.5).on_output(iv.label(np.zeros(5), "frequency"))
    few = iv.label(np.zeros(3), iv.Axis("mel", unit="mel"))
    few = few.assign_coords(center_frequency=("mel", [1.0, 2.0, 3.0]))
    with pytest.raises(AxisError, match="no 4 rising"):
        iv.Transpose(0.5).on_output(few)


@pytest.mark.parametrize("octaves", [12, -12.0, 40, 10.01, 1e9])
def test_more_octaves_than_can_be_heard_are_refused_and_semitones_named(octaves):
    with pytest.raises(ParameterError, match=r"10 are all that can be.*Transpose\.in_semitones"):
        iv.Transpose(octaves)
    with pytest.raises(ParameterError, match=r"120.*10 are all that can be"):
        iv.Transpose(5.0).at(24)
    assert iv.Transpose.in_semitones(12).octaves == 1.0


@pytest.mark.parametrize("octaves", [6.0, 10.0])
def test_many_octaves_up_a_slow_bell_is_the_narrow_one(octaves):
    """Wide enough for the low-pass to leave it, it is short: its middle is a few samples."""
    rate = 64000
    time = iv.Axis("time", step=1 / rate, size=2 * rate, unit="s")
    spread = 2.0**octaves / rate * 2
    t = time.positions()
    up = iv.Transpose(octaves, origin=1.0)(iv.label(np.exp(-0.5 * ((t - 1.0) / spread) ** 2), time))
    wanted = np.exp(-0.5 * ((t - 1.0) * 2.0**octaves / spread) ** 2)
    np.testing.assert_allclose(up, wanted, atol=1e-4)
