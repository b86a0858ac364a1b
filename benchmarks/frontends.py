"""Front ends of five minutes of sound against librosa, scipy and torch.

All sides have the same window, hop, and zeros beyond the ends; the first window has its middle on
the first sample. Single precision throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import invarsig as iv
from benchmarks.row import Row, Sides

SECONDS, WINDOW, HOP, BANDS, COEFFICIENTS = 300, 2048, 512, 128, 20

Peers = dict[str, Callable[[], Any]]


def rows() -> Iterator[Row]:
    """Spectra, mel bands and cepstra; constant-Q transforms; gammatone filters."""
    for rate in (22050, 44100):
        khz = f"5 min of {rate / 1000:g} kHz"
        yield Row(f"STFT, {khz}", _short_time(rate, "complex"), 0.5)
        yield Row(f"spectrogram of powers, {khz}", _short_time(rate, "power"), 0.5)
        yield Row(f"mel spectrogram, {khz}", _mel(rate), 0.25)
        yield Row(f"MFCC, {khz}", _mfcc(rate), 0.25)
        yield Row(f"constant-Q, {khz}", _constant_q(rate), 0.5)
    yield Row("gammatone bank of 32, 20 s of 22.05 kHz", _gammatone)


def _sound(rate: int, seconds: int = SECONDS) -> Any:
    values = np.random.default_rng(0).standard_normal(rate * seconds, dtype=np.float32)
    return iv.label(values, iv.Axis("time", step=1 / rate, unit="s"))


def _weights() -> np.ndarray:
    """The window of all sides: it has the sum 1."""
    from scipy import signal

    weights = signal.get_window("hann", WINDOW)
    return np.asarray(weights / weights.sum(), dtype=np.float32)


def _short_time(rate: int, output: Any) -> Callable[[], Sides]:
    """Phases are relative to the windows' middles here, and to their beginnings with the others."""
    signs = np.where(np.arange(WINDOW // 2 + 1) % 2, -1, 1)[:, None].astype(np.float32)

    def compared(made: Any) -> np.ndarray:
        return made[0] * signs if isinstance(made, tuple) else np.asarray(made)

    def prepare() -> Sides:
        x = _sound(rate)
        op = iv.Spectrogram.in_samples(x, window=WINDOW, hop=HOP, output=output, boundary="zero")

        def shown(spectra: Any) -> Any:
            if output == "complex":
                return (spectra,)
            return spectra.real**2 + spectra.imag**2

        each = {name: _after(made, shown) for name, made in _transforms(x.values, rate).items()}
        return Sides(lambda: op(x).values, each, tolerance=1e-5, compared=compared)

    return prepare


def _after(first: Callable[[], Any], then: Callable[[Any], Any]) -> Callable[[], Any]:
    return lambda: then(first())


def _transforms(values: np.ndarray, rate: int) -> Peers:
    """The short-time Fourier transforms of the peers."""
    return {
        **_of_scipy(values, rate),
        **_of_librosa(lambda librosa: librosa.stft(values, **_options())),
        **_of_torch(values, lambda _torch, spectra: spectra),
    }


def _options() -> dict[str, Any]:
    return {
        "n_fft": WINDOW,
        "hop_length": HOP,
        "window": _weights(),
        "center": True,
        "pad_mode": "constant",
    }


def _of_scipy(values: np.ndarray, rate: int) -> Peers:
    from scipy import signal

    transform = signal.ShortTimeFFT(_weights(), HOP, rate, phase_shift=None)
    count = -(-values.size // HOP)
    return {"scipy": lambda: transform.stft(values, 0, count)}


def _of_librosa(run: Callable[[Any], Any]) -> Peers:
    try:
        import librosa
    except ImportError:
        return {}
    return {"librosa": lambda: run(librosa)}


def _of_torch(values: np.ndarray, then: Callable[[Any, Any], Any]) -> Peers:
    """``then(torch, spectra)`` of torch's transform."""
    try:
        import torch
    except ImportError:
        return {}
    x, weights = torch.from_numpy(values), torch.from_numpy(_weights())

    def run() -> Any:
        with torch.inference_mode():
            spectra = torch.stft(
                x, WINDOW, HOP, window=weights, pad_mode="constant", return_complex=True
            )
            return then(torch, spectra)

    return {"torch": run}


def _mel(rate: int) -> Callable[[], Sides]:
    def prepare() -> Sides:
        x = _sound(rate)
        op = iv.MelSpectrogram.in_samples(x, window=WINDOW, hop=HOP, bands=BANDS, boundary="zero")
        options = {**_options(), "sr": rate, "n_mels": BANDS}
        weights = _matrix(rate)

        def bands(torch: Any, spectra: Any) -> Any:
            return torch.from_numpy(weights) @ (spectra.real**2 + spectra.imag**2)

        peers = {
            **_of_librosa(lambda librosa: librosa.feature.melspectrogram(y=x.values, **options)),
            **_of_torch(x.values, bands),
        }
        return Sides(lambda: op(x).values, peers)

    return prepare


def _matrix(rate: int) -> np.ndarray:
    """The weights of the mel bands, for a product of matrices."""
    frequency = iv.Axis("frequency", 0.0, rate / WINDOW, WINDOW // 2 + 1, "Hz")
    return iv.MelBank(BANDS).matrix(frequency).values.astype(np.float32)


def _mfcc(rate: int) -> Callable[[], Sides]:
    """librosa clips 80 dB below the maximum, which no band of this sound reaches."""

    def prepare() -> Sides:
        x = _sound(rate)
        op = iv.Mfcc.in_samples(
            x, window=WINDOW, hop=HOP, bands=BANDS, coefficients=COEFFICIENTS, boundary="zero"
        )
        options = {**_options(), "sr": rate, "n_mels": BANDS, "n_mfcc": COEFFICIENTS}
        weights = _matrix(rate)
        basis = iv.Cepstrum(COEFFICIENTS)(iv.label(np.eye(BANDS, dtype=np.float32), "mel", "b"))

        def cepstra(torch: Any, spectra: Any) -> Any:
            power = spectra.real**2 + spectra.imag**2
            levels = torch.log(torch.from_numpy(weights) @ power + 1e-10)
            return torch.from_numpy(basis.values) @ levels

        def of_librosa(librosa: Any) -> Any:
            return librosa.feature.mfcc(y=x.values, **options), np.log(10) / 10

        def compared(made: Any) -> np.ndarray:
            return np.asarray(made[0] * made[1] if isinstance(made, tuple) else made)

        peers = {**_of_librosa(of_librosa), **_of_torch(x.values, cepstra)}
        return Sides(lambda: op(x).values, peers, tolerance=1e-4, compared=compared)

    return prepare


def _constant_q(rate: int) -> Callable[[], Sides]:
    """Seven octaves of semitones from C1; definitions differ, so shapes and likeness are compared.

    librosa halves the rate from octave to octave, and drops the smallest hundredth of each filter's
    spectrum: of noise its magnitudes are a few per cent off, and what is compared is the
    correlation of each bin's magnitudes over time with those of this package: above 0.98.
    """

    def prepare() -> Sides:
        x = _sound(rate)
        low, bands = 32.70319566257483, 84
        quality = (2 ** (2 / 12) + 1) / (2 ** (2 / 12) - 1)
        op = iv.ConstantQ(
            low, bands, quality=quality, stride={"time": HOP}, boundary="zero", taper="hann"
        )
        ours = _in_shape(op(x).values)

        def compared(made: Any) -> np.ndarray:
            theirs = _in_shape(np.asarray(made))
            assert theirs.shape == ours.shape
            return np.asarray((ours * theirs).sum(axis=-1))

        def transformed(librosa: Any) -> Any:
            return librosa.cqt(
                x.values, sr=rate, hop_length=HOP, fmin=low, n_bins=bands, tuning=0.0,
                pad_mode="constant",
            )  # fmt: skip

        peers = _of_librosa(transformed)
        return Sides(lambda: op(x).values, peers, tolerance=0.02, compared=compared)

    return prepare


def _in_shape(spectra: np.ndarray) -> np.ndarray:
    """Magnitudes of each bin without their mean, with the norm 1."""
    size = np.abs(spectra)
    size = size - size.mean(axis=-1, keepdims=True)
    return np.asarray(size / np.linalg.norm(size, axis=-1, keepdims=True))


def _gammatone() -> Sides:
    """Twenty seconds: five minutes of 32 bands take 0.85 GB on each side."""
    from scipy import signal

    x = _sound(22050, 20)
    op = iv.GammatoneBank(32, 100.0, 8000.0, boundary="zero")
    taps = op._taps(iv.Axes.of(x)).astype(np.float32)

    def convolved(method: Callable[..., Any]) -> Callable[[], Any]:
        return lambda: method(x.values[None], taps, axes=-1)[:, : x.size]

    peers = {
        "scipy fftconvolve": convolved(signal.fftconvolve),
        "scipy oaconvolve": convolved(signal.oaconvolve),
    }
    return Sides(lambda: op(x).values, peers)
