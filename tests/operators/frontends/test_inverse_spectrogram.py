"""The short-time Fourier transform as a filter bank that can be inverted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

import invarsig as iv
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError


def sound(rng, size: int = 480, *, periodic: bool = True, batch: int = 2):
    axis = iv.Axis("time", 0.5, 1 / 800, size, "s", size / 800 if periodic else None)
    x = iv.label(rng.standard_normal((batch, size)), "channel", axis, name="sound")
    return x.assign_coords(gain=("channel", np.arange(batch)))


def stft(x, window: int, hop: int, **options) -> iv.Spectrogram:
    return iv.Spectrogram.in_samples(x, window=window, hop=hop, output="complex", **options)


@pytest.mark.parametrize(
    ("window", "hop"), [(32, 8), (31, 8), (32, 16), (32, 24), (64, 60), (33, 1), (480, 240)]
)
@pytest.mark.parametrize("taper", ["hann", "hamming", "boxcar"])
def test_on_a_ring_the_waveform_comes_back(window, hop, taper, rng):
    x = sound(rng)
    op = stft(x, window, hop, taper=taper)
    out = op.inverse(op(x), like=x)
    assert abs(iv.difference(out, x)).max() < 1e-12
    assert out.dims == x.dims
    assert out.gain.equals(x.gain)
    assert out.name == "sound"


@pytest.mark.parametrize("boundary", ["zero", "reflect", "symmetric"])
def test_with_a_border_the_waveform_comes_back(boundary, rng):
    x = sound(rng, 471, periodic=False)
    op = stft(x, 32, 8, boundary=boundary)
    assert abs(iv.difference(op.inverse(op(x), like=x), x)).max() < 1e-12


def test_without_a_border_what_windows_cover_must_be_all(rng):
    x = sound(rng, 480, periodic=False)
    flat = stft(x, 32, 16, taper="boxcar")
    assert abs(iv.difference(flat.inverse(flat(x), like=x), x)).max() < 1e-12
    op = stft(x, 32, 8)
    with pytest.raises(ParameterError, match="1 of 480 samples along 'time', the first at place 0"):
        op.inverse(op(x), like=x)


def test_the_inverse_is_scipys(rng):
    """On spectra that are those of no waveform: both are the least-squares answer."""
    x = sound(rng, 480, periodic=False, batch=1).isel(channel=0)
    op = stft(x, 32, 8, boundary="zero")
    spectra = op(x)
    changed = spectra.copy(data=spectra.values * rng.random(spectra.shape))
    weights = signal.get_window("hann", 32)
    transform = signal.ShortTimeFFT(weights / weights.sum(), 8, fs=1.0)
    # scipy's frames go on beyond the last sample; where all its frames are ours they must agree.
    frames = transform.stft(x.values).shape[1]
    wide = np.zeros((17, frames), dtype=complex)
    first = -transform.p_min
    wide[:, first : first + 60] = changed.values[:, : frames - first]
    ours = op.inverse(changed, like=x).values
    theirs = transform.istft(wide, k1=480)
    np.testing.assert_allclose(ours[32:-32], theirs[32:-32], atol=1e-12)


def test_changed_spectra_give_the_nearest_waveform(rng):
    """The residual is orthogonal to the spectra of every waveform."""
    x = sound(rng, 160, batch=1)
    op = stft(x, 16, 4)
    spectra = op(x)
    changed = spectra.copy(data=spectra.values + 0.1 * rng.standard_normal(spectra.shape))
    left = (changed - op(op.inverse(changed, like=x))).values
    # Bins between the ends stand for their conjugates too.
    twice = np.where((np.arange(9) == 0) | (np.arange(9) == 8), 1.0, 2.0)[:, None]
    for _ in range(3):
        other = op(x.copy(data=rng.standard_normal(x.shape))).values
        product = np.sum(twice * left * np.conj(other)).real
        scale = np.linalg.norm(left) * np.linalg.norm(other)
        assert abs(product) < 1e-10 * scale


def test_single_precision_stays(rng):
    x = sound(rng).astype(np.float32)
    op = stft(x, 32, 8)
    out = op.inverse(op(x), like=x)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, x, atol=1e-5)


@pytest.mark.parametrize(("window", "hop"), [(32, 40), (32, 32)])
def test_a_hop_that_leaves_samples_out_is_refused(window, hop, rng):
    x = sound(rng)
    op = stft(x, window, hop)
    with pytest.raises(ParameterError, match=f"hop is {hop} samples, the hann window {window}"):
        op.inverse(op(x), like=x)


def test_what_is_no_spectrum_of_the_signal_is_refused(rng):
    x = sound(rng)
    op = stft(x, 32, 8)
    with pytest.raises(
        ParameterError, match="output='power' is not a linear filter and has no inver"
    ):
        iv.Spectrogram(0.04, 0.01).inverse(op(x), like=x)
    with pytest.raises(AxisError, match=r"60 samples along 'time' are not spectra.*320 samples"):
        op.inverse(op(x), like=sound(rng, 320))
    with pytest.raises(DimError, match=r"Spectrogram\.inverse needs the dim 'frequency'"):
        op.inverse(x, like=x)
    with pytest.raises(DtypeError, match="needs complex spectra"):
        op.inverse(abs(op(x)), like=x)


# As a linear filter


@pytest.mark.parametrize("window", [16, 15])
def test_the_response_is_the_windows_transform_at_each_center(window, rng):
    x = sound(rng)
    op = stft(x, window, 4)
    f = np.linspace(-400, 400, 81)
    out = op.frequency_response(x, {"time": f})
    assert out.dims == ("frequency", "time_frequency")
    n = np.arange(window) - window // 2
    weights = signal.get_window("hann", window)
    weights /= weights.sum()
    for k, center in enumerate(out.frequency.values):
        wanted = np.exp(2j * np.pi * np.outer(f - center, n) / 800) @ weights
        np.testing.assert_allclose(out[k], wanted, atol=1e-12)
    np.testing.assert_allclose(abs(out).max("time_frequency"), 1.0, atol=1e-2)


def test_the_safe_stride_is_a_hop_at_which_shifts_are_followed(rng):
    x = sound(rng, 960)
    op = stft(x, 64, 16)
    hop = op.safe_stride(x, db=-60.0)
    errors = {}
    for stride in (4, 16):
        one = stft(x, 64, stride)
        errors[stride] = float(iv.equivariance_error(one, x, iv.Translate.in_samples(x, time=1)))
    assert 4 <= hop < 16
    assert errors[4] < 2e-3 < errors[16]
    assert stft(x, 128, 16).safe_stride(x) >= 2 * hop


@pytest.mark.parametrize("kind", ["magnitude", "power", "dB"])
def test_other_outputs_say_that_they_have_no_response(kind, rng):
    x = sound(rng)
    op = iv.Spectrogram(0.04, 0.01, output=kind)
    for ask in (op.frequency_response, op.safe_stride):
        with pytest.raises(ParameterError, match=f"output='{kind}' is not a linear filter"):
            ask(x)
