"""The translation that fits best: planted ones, none at all, and what is found by brute force."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

import invarsig as iv
from invarsig.errors import AxisError, BorderError, DimError, ParameterError

DATA = Path(__file__).parents[2] / "data"
law = settings(deadline=None, max_examples=40)
N = np.arange(160.0)


def peaks(at: float, stretch: float = 1.0) -> np.ndarray:
    """Three smooth peaks over two frames, about the sample 80, as a formula."""
    u = 80 + (N - 80 - at) / stretch
    frames = [(1.0, 0.4, 0.8), (0.2, 1.0, 0.5)]
    return np.stack(
        [
            sum(
                a * np.exp(-0.5 * ((u - m) / 3) ** 2)
                for a, m in zip(each, (62, 78, 95), strict=True)
            )
            for each in frames
        ]
    )


def over(values: np.ndarray, step: float = 10.0, **axis) -> xr.DataArray:
    return iv.label(values, "frame", iv.Axis("frequency", step=step, unit="Hz", **axis))


@law
@given(st.floats(-20, 20), st.sampled_from([10.0, -0.5]))
def test_a_planted_length_is_found_to_a_thousandth_of_a_sample(shift, step):
    found = iv.measures.best_translation(
        over(peaks(shift), step), over(peaks(0), step), "frequency", most=25 * abs(step)
    )
    assert float(found.length) / step == pytest.approx(shift, abs=1e-3)
    assert found.length.attrs["units"] == "Hz"
    # Peaks of 3 samples lie below a quarter of the rate, where the kernel is off by 1e-3 at most.
    assert float(found) < 1e-3
    assert float(found) <= 1.5 * float(found.floor) + 1e-6


@pytest.mark.parametrize("shift", [-7, 0, 12])
def test_whole_samples_are_found_exactly(shift, rng):
    values = rng.standard_normal((2, 200))
    moved = np.roll(values, shift, axis=1)
    found = iv.measures.best_translation(over(moved), over(values), "frequency", most=150.0)
    assert float(found.length) == 10.0 * shift
    assert float(found) < 1e-12
    assert float(found.floor) < 1e-12


@pytest.mark.parametrize("gain", [False, True])
@pytest.mark.parametrize("norm", ["centered", "total"])
def test_where_nothing_fits_the_error_is_what_brute_force_finds(gain, norm):
    # A dilation, by formulas: no interpolation and no grid of lengths.
    first, most = 0.8 * peaks(9.0, 1.12), 30
    inside = slice(most, 160 - most)
    wanted = first[:, inside]

    def left(d: float) -> float:
        there = peaks(d)[:, inside]
        own = max((there * wanted).sum() / (there**2).sum(), 0) if gain else 1.0
        return float(((wanted - own * there) ** 2).sum())

    tries = np.linspace(-most, most, 1201)
    start = tries[np.argmin([left(d) for d in tries])]
    best = optimize.minimize_scalar(left, bracket=(start - 0.05, start, start + 0.05), tol=1e-12)
    whole = wanted - wanted.mean() if norm == "centered" else wanted
    found = iv.measures.best_translation(
        over(first), over(peaks(0)), "frequency", most=10.0 * most, gain=gain, norm=norm
    )
    assert float(found) == pytest.approx(math.sqrt(best.fun / (whole**2).sum()), rel=2e-3)
    assert float(found) > 0.2
    assert float(found.length) == pytest.approx(10 * best.x, abs=0.2)


def test_a_gain_is_found_and_without_one_it_is_an_error():
    first, last = over(3 * peaks(5.5)), over(peaks(0))
    found = iv.measures.best_translation(first, last, "frequency", most=100.0, gain=True)
    assert float(found.gain) == pytest.approx(3, rel=1e-3)
    assert float(found) < 1e-3
    plain = iv.measures.best_translation(first, last, "frequency", most=100.0, norm="total")
    assert float(plain) == pytest.approx(2 / 3, rel=1e-3)
    assert float(plain.gain) == 1
    upside_down = iv.measures.best_translation(
        -first, last, "frequency", most=100.0, gain=True, norm="total"
    )
    assert float(upside_down) <= 1


def test_octaves_batches_and_orders_of_dims():
    axis = {"scale": "log2", "start": math.log2(110)}
    first, last = over(peaks(6.3), 1 / 36, **axis), over(peaks(0), 1 / 36, **axis)
    found = iv.measures.best_translation(first, last.T, "frequency", most=0.5)
    assert float(found.length) == pytest.approx(6.3 / 36, abs=1e-4)
    assert found.length.attrs["units"] == "octave"
    both = iv.measures.best_translation(first.T, last, "frequency", most=0.5)
    assert float(both) == pytest.approx(float(found), rel=1e-9)
    single = iv.measures.best_translation(
        first.astype(np.float32), last.astype(np.float32), "frequency", most=0.5
    )
    assert float(single) == pytest.approx(float(found), abs=1e-4)


def test_it_stays_within_the_largest_length():
    found = iv.measures.best_translation(over(peaks(18.0)), over(peaks(0)), "frequency", most=65.0)
    assert abs(float(found.length)) <= 65.0
    assert float(found) > 0.5


def test_silence_is_undefined_and_nan_stays_nan():
    quiet = over(np.zeros((2, 160)))
    assert np.isnan(iv.measures.best_translation(quiet, quiet, "frequency", most=50.0))
    holed = peaks(0)
    holed[0, 70] = np.nan
    found = iv.measures.best_translation(over(peaks(3)), over(holed), "frequency", most=50.0)
    assert np.isnan(found)
    assert np.isnan(found.length)


def test_wrong_input_is_named():
    x = over(peaks(0))
    with pytest.raises(DimError, match="'mel'"):
        iv.measures.best_translation(x, x, "mel")
    with pytest.raises(AxisError, match="different grids"):
        iv.measures.best_translation(x, over(peaks(0), 11.0), "frequency")
    with pytest.raises(BorderError, match="take 80 samples off either end, of 160"):
        iv.measures.best_translation(x, x, "frequency", most=800.0)
    with pytest.raises(ParameterError, match="give a length above 0 to search"):
        iv.measures.best_translation(x, x, "frequency", most=-1.0)
    with pytest.raises(ParameterError, match="norm='max'"):
        iv.measures.best_translation(x, x, "frequency", norm="max")


@pytest.mark.parametrize("name", ["cello_052", "piano_054"])
def test_of_a_transposed_note_constant_q_is_a_translation_and_hertz_and_mel_are_not(name):
    x = iv.read_audio(DATA / "instruments" / f"{name}.flac")
    g = iv.Transpose.in_semitones(3, origin=float(x.time.mean()))
    time_alone = iv.Transpose(g.octaves, g.origin, frequency=())
    errors = {}
    for dim, most, op in (
        (
            "frequency",
            0.5,
            iv.ConstantQ(110.0, bands=72, stride={"time": 16}, boundary="zero", output="magnitude"),
        ),
        (
            "hertz",
            100.0,
            iv.Spectrogram.in_samples(
                x, window=2048, hop=256, boundary="zero", output="magnitude", frequency="hertz"
            ),
        ),
        (
            "mel",
            2.5,
            iv.MelSpectrogram(
                2048 / 22050, 256 / 22050, bands=128, boundary="zero", output="magnitude"
            ),
        ),
    ):
        first, y = op(g(x)), op(x)
        inside = time_alone.known(y) & (abs(y.time - g.origin) < 0.25)
        pair = [each.isel(time=inside.values) for each in (first, time_alone.on_output(y))]
        errors[dim] = iv.decibels(iv.measures.best_translation(*pair, dim, most=most))
    assert float(errors["frequency"].length) == pytest.approx(0.25, abs=1e-3)
    assert float(errors["frequency"]) < -40
    # The claim is 10 dB; it is 30 and more.
    assert min(float(errors["hertz"]), float(errors["mel"])) > float(errors["frequency"]) + 25


@pytest.mark.parametrize("center", [0.1, 0.48, 0.9, -1.3])
def test_complex_channels_move_about_their_centers(center):
    def wave(at):
        values = np.exp(-0.5 * ((N - 80 - at) / 8) ** 2 + 2j * np.pi * center * (N - at))
        x = iv.label(values, iv.Axis("time"))
        return x.assign_coords(time_center_frequency=((), center, {"nyquist": 8.0}))

    found = iv.measures.best_translation(wave(0.4), wave(0.0), "time", most=1.0)
    assert float(found.length) == pytest.approx(0.4, abs=1e-3)
    assert found < 2e-3
    assert found.floor < 2e-3
