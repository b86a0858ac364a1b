"""Safe hops: from the window alone, on white noise and on recordings."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import ParameterError

LENGTH = 64
# design.md 3.7: the continuous-frequency limit, Hann.
PUBLISHED = {2: -6.51, 4: -19.02, 8: -43.71, 16: -60.38}


def white(samples: int):
    time = iv.Axis("time", step=1 / 8000, size=samples, unit="s", period=samples / 8000)
    return iv.label(np.random.default_rng(11).standard_normal(samples), time)


@pytest.mark.parametrize(("part", "db"), PUBLISHED.items())
def test_the_window_alone_gives_the_published_shares(part, db):
    assert 10 * np.log10(iv.aliasing.hop_folding("hann", 4096, hop=4096 // part)) == pytest.approx(
        db, abs=0.1
    )


@pytest.mark.parametrize("output", ["power", "complex"])
def test_the_sum_over_lags_is_the_integral_over_frequencies(output):
    """The spectrum itself, on a fine grid, outside the band that the hop keeps."""
    window = np.hamming(48)
    spectrum = np.abs(np.fft.fft(window, 1 << 16)) ** 2
    if output == "power":
        correlation = np.fft.ifft(spectrum).real
        spectrum = np.fft.fft(correlation**2).real
    frequency = np.fft.fftfreq(spectrum.size)
    for hop in (3, 7, 12, 30):
        share = spectrum[np.abs(frequency) > 0.5 / hop].sum() / spectrum.sum()
        found = iv.aliasing.hop_folding(window, hop=hop, output=output)
        assert found == pytest.approx(share, rel=0.02, abs=1e-9)


def test_white_noise_folds_as_much_as_the_window_says():
    """Measured on a long recording of noise: power, every bin but those at 0 and at Nyquist."""
    x = white(LENGTH * 2048)
    for part, tolerance in ((2, 0.5), (4, 0.5), (8, 0.5), (16, 0.5)):
        hop = LENGTH // part
        power = iv.Spectrogram.in_samples(x, window=LENGTH, hop=1)(x).isel(frequency=slice(1, -1))
        folded = iv.fold(power - power.mean("time"), "time", hop).sum(
            ["frequency", "time_frequency"]
        )
        share = float(1 - folded.sel(image=0) / folded.sum())
        window_alone = iv.aliasing.hop_folding("hann", LENGTH, hop=hop)
        assert 10 * np.log10(share / window_alone) == pytest.approx(0, abs=tolerance)


def test_complex_bins_of_white_noise_fold_as_much_as_the_window_says():
    x = white(LENGTH * 1024)
    op = iv.Spectrogram.in_samples(x, window=LENGTH, hop=1, output="complex")
    power = iv.fold(op(x).isel(frequency=slice(2, -2)), "time", LENGTH // 4)
    power = power.sum(["frequency", "time_frequency"])
    share = float(1 - power.sel(image=0) / power.sum())
    assert share == pytest.approx(
        iv.aliasing.hop_folding("hann", LENGTH, hop=LENGTH // 4, output="complex"), rel=0.1
    )


@pytest.mark.parametrize("db", [-20.0, -40.0, -60.0])
@pytest.mark.parametrize("window", ["hann", "hamming", "blackman", ("kaiser", 8.0)])
def test_a_safe_hop_is_the_largest(window, db):
    hop = iv.aliasing.safe_hop(window, 256, db=db)
    limit = 10 ** (db / 10)
    assert hop == 1 or iv.aliasing.hop_folding(window, 256, hop=hop) <= limit
    assert iv.aliasing.hop_folding(window, 256, hop=hop + 1) > limit


def test_a_tone_moved_by_half_a_bin_shows_what_the_bins_per_octave_cost():
    """A tone's trace, sampled at the bins: its sum over bins wanders as it moves if it folds."""
    quality = 1 / (2 ** (1 / 12) - 1)
    window = np.hanning(513)[:-1]

    def trace(bins: int, moved: float) -> np.ndarray:
        u = (np.arange(-2 * bins, 2 * bins) + moved) / bins
        turns = np.multiply.outer(quality * (np.exp2(-u) - 1), np.arange(512) / 512)
        return np.abs(np.exp(-2j * np.pi * turns) @ window) ** 2

    def wander(bins: int) -> float:
        sums = [trace(bins, moved).sum() for moved in np.linspace(0, 1, 8, endpoint=False)]
        return float(np.std(sums) / np.mean(sums))

    safe = iv.aliasing.safe_bins_per_octave(quality, db=-60.0)
    assert wander(safe) < 1e-3 < wander(safe // 3)
    assert iv.aliasing.safe_bins_per_octave(2 * quality) == pytest.approx(2 * safe, abs=3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"window": "hann"}, "no length"),
        ({"window": "nonsense", "length": 64}, "get_window"),
        ({"window": "hann", "length": 0.025}, "length of the window is 0.025 samples.*whole"),
        ({"window": np.zeros(8)}, "not all 0"),
        ({"window": np.ones(8), "length": 9}, "8 weights"),
        ({"window": "hann", "length": 64, "output": "loud"}, "one of power, complex"),
        ({"window": "hann", "length": 64, "db": 1.0}, "below 0"),
    ],
)
def test_what_makes_no_sense_is_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        iv.aliasing.safe_hop(**options)


def test_bins_per_octave_grow_with_the_quality_however_large_it_is():
    found = [
        iv.aliasing.safe_bins_per_octave(quality) / quality
        for quality in (50.0, 200.0, 500.0, 1000.0)
    ]
    np.testing.assert_allclose(found, found[-1], rtol=0.02)


@pytest.mark.parametrize("quality", [0.3, 1.0, 2.0])
def test_a_quality_at_which_a_tone_shows_in_all_lower_bins_is_refused(quality):
    with pytest.raises(ParameterError, match="does not end"):
        iv.aliasing.safe_bins_per_octave(quality)


def test_shares_below_the_round_off_are_refused():
    with pytest.raises(ParameterError, match="-400"):
        iv.aliasing.safe_bins_per_octave(17.0, db=-400.0)


@pytest.mark.parametrize("length", [31, 32])
@pytest.mark.parametrize("output", ["power", "complex"])
def test_windows_of_any_shape_fold_what_their_spectrum_says(length, output):
    """Odd and even ones, a lopsided one and one with negative weights."""
    rng = np.random.default_rng(2)
    for window in (np.exp(-np.arange(length) / 5), rng.standard_normal(length)):
        spectrum = np.abs(np.fft.fft(window, 1 << 15)) ** 2
        if output == "power":
            spectrum = np.fft.fft(np.abs(np.fft.ifft(spectrum)) ** 2).real
        beyond = np.abs(np.fft.fftfreq(spectrum.size))
        for hop in (5, length, 3 * length):
            share = spectrum[beyond > 0.5 / hop].sum() / spectrum.sum()
            found = iv.aliasing.hop_folding(window, hop=hop, output=output)
            assert found == pytest.approx(share, abs=3e-3)


@pytest.mark.parametrize("db", [-20.0, -40.0, -60.0])
def test_safe_bins_are_the_fewest_that_fold_no_more(db):
    """Up to the quarter of a cycle per octave on which the spectrum of the trace is known."""
    quality = 1 / (2 ** (1 / 12) - 1)
    safe = iv.aliasing.safe_bins_per_octave(quality, db=db)
    levels = [
        10 * np.log10(iv.aliasing.bin_folding(quality, bins_per_octave=safe - k)) for k in (0, 2)
    ]
    assert levels[0] <= db < levels[1]


def test_bins_of_a_smooth_window_fold_what_the_transform_of_its_trace_says():
    """A Gaussian window of a high quality: the trace is a Gaussian, and so is its spectrum.

    With the window ``exp(-t² / 2 s²)``, t in window lengths, the trace over u octaves is
    ``exp(-(2 pi s Q ln 2 u)²)``, and the share beyond B / 2 cycles per octave an error function.
    """
    from scipy.special import erfc

    quality, deviation = 400.0, 0.08
    rate = 2 * np.pi * deviation * quality * np.log(2)
    for ratio in (0.5, 1.0, 1.5):
        bins = round(ratio * rate)
        expected = erfc(np.pi * bins / (np.sqrt(2) * rate))
        found = iv.aliasing.bin_folding(
            quality, bins_per_octave=bins, taper=("gaussian", deviation * 512)
        )
        # The trace's mean does not fluctuate: a few hundredths of its energy do not count.
        assert 10 * np.log10(found / expected) == pytest.approx(0, abs=0.3)


def test_bins_that_make_no_sense_are_refused():
    with pytest.raises(ParameterError, match="bins per octave"):
        iv.aliasing.bin_folding(17.0, bins_per_octave=0)
    with pytest.raises(ParameterError, match="does not end"):
        iv.aliasing.bin_folding(1.0, bins_per_octave=12)
