"""Mel spectrograms and cepstra against librosa and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import fft, signal

import invarsig as iv
from invarsig.aliasing.swap import alias_free
from invarsig.errors import AxisError, DtypeError, ParameterError
from tests.conftest import ring


def test_the_mel_spectrogram_is_librosas(speech):
    librosa = pytest.importorskip("librosa")
    x = speech.astype(np.float64)
    theirs = librosa.feature.melspectrogram(
        y=x.values, sr=16000, n_fft=512, hop_length=128, n_mels=40, center=False, dtype=float
    )
    scale = signal.get_window("hann", 512).sum() ** 2
    out = iv.MelSpectrogram(0.032, 0.008, 40)(x)
    np.testing.assert_allclose(out, theirs / scale, rtol=1e-9, atol=1e-12 * float(out.max()))
    other = librosa.feature.melspectrogram(
        y=x.values, sr=16000, n_fft=512, hop_length=128, n_mels=30, center=False, dtype=float,
        power=1.0, htk=True, fmin=100, fmax=7000, norm=None,
    )  # fmt: skip
    op = iv.MelSpectrogram(
        0.032, 0.008, 30, 100.0, 7000.0, output="magnitude", formula="htk", norm=None
    )
    wanted = other / scale**0.5
    np.testing.assert_allclose(op(x), wanted, rtol=1e-9, atol=1e-12 * wanted.max())


def test_it_is_a_spectrogram_and_a_bank(speech):
    op = iv.MelSpectrogram(0.032, 0.008, 24, boundary="zero")
    apart = iv.Spectrogram(0.032, 0.008, boundary="zero") >> iv.MelBank(24)
    assert op(speech).equals(apart(speech))
    assert op.front_end
    assert not op.linear


SOUND_OF_FIVE_MINUTES = [
    pytest.param(22050, id="22.05 kHz"),
    pytest.param(44100, id="44.1 kHz", marks=pytest.mark.nightly),
]


@pytest.mark.parametrize("rate", SOUND_OF_FIVE_MINUTES)
def test_five_minutes_need_ten_megabytes_beside_input_and_output(rate):
    """Of the kernel, all that numpy allocates: the coordinate of time is not counted."""
    import tracemalloc

    axis = iv.Axis("time", 0.0, 1 / rate, 300 * rate, "s")
    axes = iv.Axes({"time": axis})
    values = np.zeros(300 * rate, dtype=np.float32)
    first, bank = iv.Spectrogram(2048 / rate, 512 / rate, boundary="reflect"), iv.MelBank(128)
    kernel = first.in_frames(axes, bank.plan(first.plan(axes).after(axes)).kernel)
    kernel(values[: 2048 * 40])
    tracemalloc.start()
    try:
        made = kernel(values)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - made.nbytes < 10 * 2**20


@pytest.mark.parametrize("boundary", [None, "reflect", "valid"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cepstra_are_those_of_the_stages_one_by_one(boundary, dtype, rng):
    values = rng.standard_normal((2, 16000, 2)).astype(dtype)
    time = iv.Axis("time", 0.25, 1 / 8000, unit="s", period=2.0)
    x = iv.label(values, "channel", time, "ear", name="sound", attrs={"units": "Pa"})
    x = x.assign_coords(ear=["left", "right"], beat=("time", np.arange(16000) // 4000))
    op = iv.Mfcc(0.032, 0.01, 20, coefficients=7, boundary=boundary)
    parts = {"window": 0.032, "hop": 0.01, "boundary": boundary}
    mel = iv.Spectrogram(**parts) >> iv.MelBank(20)
    apart = mel >> iv.Log(op.offset) >> iv.Cepstrum(7)
    xr.testing.assert_identical(op(x), apart(x))
    xr.testing.assert_identical(iv.MelSpectrogram(**parts, bands=20)(x), mel(x))
    assert op(x).dtype == dtype


def test_complex_sound_is_refused_by_the_stage_that_cannot_take_it(rng):
    x = iv.label(rng.standard_normal(800) + 0j, iv.Axis("time", step=1 / 8000, unit="s"))
    with pytest.raises(DtypeError, match=r"real waveform.*Stage 1, Spectrogram"):
        iv.MelSpectrogram(0.032, 0.008, 4)(x)


def test_a_shift_by_a_whole_hop_is_followed_and_the_alias_free_twin_follows_any(rng):
    time = iv.Axis("time", 0.0, 1 / 8000, unit="s", period=0.256)
    x = iv.label(rng.standard_normal(2048), time)
    op = iv.MelSpectrogram(0.016, 0.008, 12)
    whole = iv.Translate.in_samples(x, time=64)
    assert abs(iv.commutator(op, x, whole)).max() < 1e-12
    part = iv.Translate.in_samples(x, time=17)
    free = alias_free(op, x)
    assert free(x).sizes == op(x).sizes
    assert float(iv.equivariance_error(op, x, part)) > 0.05
    # The twin runs at an eighth of the hop, a sixteenth of the window: hardly anything folds there.
    assert float(iv.equivariance_error(free, x, part)) < 1e-4


def test_time_in_other_units_gives_the_same_bands(rng):
    time = iv.Axis("time", 0.0, 1 / 8000, unit="s")
    x = iv.label(rng.standard_normal(2048), time)
    ms = x.assign_coords(time=("time", x.time.values * 1000, {"units": "ms"}))
    out = iv.MelSpectrogram(0.032, 0.008, 24, 100.0, 3500.0)(x)
    slow = iv.MelSpectrogram(32.0, 8.0, 24, 0.1, 3.5, hertz=1000.0)(ms)
    np.testing.assert_allclose(slow, out, rtol=1e-9)
    np.testing.assert_allclose(slow.center_frequency, out.center_frequency)
    with pytest.raises(ParameterError, match="frequencies here are in cycles/ms; give hertz=1000"):
        iv.MelSpectrogram(32.0, 8.0, 24)(ms)


def test_the_lift_of_a_log_mel_spectrogram_explains_its_orbit(speech):
    x = ring(speech, time=4096).astype(np.float64)
    op = iv.MelSpectrogram(0.016, 0.008, 12) >> iv.Log(offset=1e-6)
    assert iv.aliasing.folding_explains(op, x, "time").attrs["explained"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"window": 0.0}, "window along 'time' is 0"),
        ({"bands": 0}, "number of bands is 0"),
        ({"output": "dB"}, "output='dB' is unknown; give one of power, magnitude"),
        ({"formula": "erb"}, "'erb' is unknown"),
        ({"boundary": "wrap"}, "'wrap' is unknown"),
        ({"taper": "hannn", "bands": 4}, "'hannn' is not a window"),
        ({"high": 5000.0}, "edge high is 5000 Hz.*ends at 4000 Hz"),
        ({"bands": 200}, "of 200 bands hold no bin"),
    ],
)
def test_mel_spectrograms_that_cannot_be_are_refused(options, said, rng):
    x = iv.label(rng.standard_normal(800), iv.Axis("time", step=1 / 8000, unit="s"))
    with pytest.raises(ParameterError, match=said):
        iv.MelSpectrogram(**{"window": 0.032, "hop": 0.008, **options})(x)


# Cepstra


def test_the_cepstrum_is_scipys_cosine_transform(rng):
    x = iv.label(rng.standard_normal((20, 7)), iv.Axis("mel", 3.0, 1.5, unit="mel"), "time")
    out = iv.Cepstrum(9)(x)
    assert out.dims == ("coefficient", "time")
    wanted = fft.dct(x.values, type=2, norm="ortho", axis=0)[:9]
    np.testing.assert_allclose(out, wanted, atol=1e-13)
    m, q = np.arange(20), np.arange(9)[:, None]
    basis = np.sqrt(2 / 20) * np.cos(np.pi * q * (m + 0.5) / 20) * np.where(q, 1, 0.5**0.5)
    np.testing.assert_allclose(out, basis @ x.values, atol=1e-13)


def test_all_coefficients_keep_the_energy(rng):
    x = iv.label(rng.standard_normal((20, 7)), "mel", "time")
    np.testing.assert_allclose((iv.Cepstrum(20)(x) ** 2).sum(), (x**2).sum())


def test_the_cepstrum_is_linear_over_complex_values_too(rng):
    x = iv.label(rng.standard_normal((2, 20)), "time", "mel")
    both = x.isel(time=0) + 1j * x.isel(time=1)
    parts = iv.Cepstrum(6)(x)
    np.testing.assert_allclose(
        iv.Cepstrum(6)(both), parts.isel(time=0) + 1j * parts.isel(time=1), atol=1e-13
    )


def test_mfcc_are_librosas_of_the_same_mel_spectrogram(speech):
    librosa = pytest.importorskip("librosa")
    x = speech.astype(np.float64)
    mel = iv.MelSpectrogram(0.032, 0.008, 40)(x)
    theirs = librosa.feature.mfcc(S=10 * np.log10(mel.values + 1e-9), n_mfcc=20)
    out = iv.Mfcc(0.032, 0.008, 40, coefficients=20, offset=1e-9)(x)
    np.testing.assert_allclose(out * 10 / np.log(10), theirs, atol=1e-9)
    np.testing.assert_allclose(out.time, mel.time)


def test_louder_sound_moves_the_first_coefficient_alone(rng):
    x = iv.label(rng.standard_normal(4096), iv.Axis("time", step=1 / 8000, unit="s"))
    op = iv.Mfcc(0.032, 0.008, 30, offset=1e-30)
    moved = op(10 * x) - op(x)
    np.testing.assert_allclose(moved.isel(coefficient=0), np.log(100) * np.sqrt(30), rtol=1e-9)
    np.testing.assert_allclose(moved.isel(coefficient=slice(1, None)), 0.0, atol=1e-9)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"coefficients": 41}, "41 coefficients need at least as many bands, not 40"),
        ({"coefficients": 0}, "number of coefficients is 0"),
        ({"offset": 0.0}, "offset is 0"),
    ],
)
def test_mfcc_that_cannot_be_are_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        iv.Mfcc(0.032, 0.008, **options)


def test_more_coefficients_than_bands_are_refused():
    x = iv.label(np.zeros((4, 3)), "mel", "time")
    with pytest.raises(ParameterError, match=r"5 coefficients.*'mel' has 4"):
        iv.Cepstrum(5)(x)


def test_a_window_longer_than_the_sound_is_refused():
    x = xr.DataArray(np.zeros(100), coords={"time": np.arange(100) / 8000}, dims="time")
    with pytest.raises(AxisError, match=r"window of 256 samples.*100 samples"):
        iv.MelSpectrogram(0.032, 0.008)(x.assign_coords(time=x.time.assign_attrs(units="s")))
