"""What folds in spectrograms of recordings along time, and in constant-Q ones along frequency."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr

from invarsig.aliasing.safe_sampling import bin_folding, hop_folding, safe_hop
from invarsig.axes import Axis, axis_of, center_of, label
from invarsig.experiments.collection import Collection
from invarsig.operators import ConstantQ, Spectrogram
from invarsig.spectra import share_outside

__all__ = [
    "BINS", "OF_ITS_OWN", "OF_TWELVE", "PARTS", "QUANTITIES", "TAPERS", "by_quality", "by_window",
    "predicted", "recordings", "ring",
]  # fmt: skip

_FLOOR = 1e-8  # of the peak: the level of silence before the logarithm
_LENGTH = 480  # samples of the window: 30 ms at 16 kHz, 22 ms at 22 050 Hz
_FINE = 5  # samples: the hop that all others are multiples of
PARTS: Final[tuple[int, ...]] = (2, 3, 4, 6, 8, 12, 16, 24, 48)
TAPERS: Final[dict[str, Any]] = {
    "hann": "hann",
    "hamming": "hamming",
    "blackman": "blackman",
    "gaussian": ("gaussian", _LENGTH / 6),
}
QUANTITIES: Final[tuple[str, ...]] = ("complex", "power", "magnitude", "log")

_OCTAVES, _LOW, _FINE_BINS = 4, 220.0, 144
BINS: Final[tuple[int, ...]] = (12, 18, 24, 36, 48)
OF_TWELVE, OF_ITS_OWN = "that of 12 bins", "that of the bins"


def recordings(data: Collection) -> list[Path]:
    """Recordings of three kinds, and eight notes spread over the instruments."""
    notes = [path for _, _, path in data.notes()]
    kinds = [path for part in ("speech", "music", "environment") for path in data.paths(part)]
    return [*kinds, *notes[:: max(1, len(notes) // 8)][:8]]


def ring(x: xr.DataArray) -> xr.DataArray:
    """A periodic recording, of a size that every hop divides."""
    size = x.sizes["time"] // _LENGTH * _LENGTH
    step = axis_of(x, "time").step
    values = x.to_numpy()[:size].astype(np.float64)
    return label(values, Axis("time", step=step, size=size, unit="s", period=size * step))


def by_window(x: xr.DataArray, windows: Sequence[str]) -> xr.DataArray:
    """Folded shares over (window, quantity, hop)."""
    shares = []
    for window in windows:
        taper = TAPERS[window]
        op = Spectrogram.in_samples(x, window=_LENGTH, hop=_FINE, output="complex", taper=taper)
        z = op(x).isel(frequency=slice(1, -1))
        strides = [_LENGTH // part // _FINE for part in PARTS]
        shares.append([_shares(each, "time", strides) for each in _shown(z, complex_too=True)])
    coords = {"window": list(windows), "quantity": list(QUANTITIES)}
    return xr.DataArray(np.array(shares), coords, ("window", "quantity", "hop"))


def by_quality(x: xr.DataArray, numbers: Sequence[int]) -> xr.DataArray:
    """Folded shares over (quality, quantity, bins), along log-frequency."""
    own = {bins: _trace(x, bins) for bins in numbers}
    quantities = ["power", "log"]
    rows = ([(bins, own[12]) for bins in numbers], list(own.items()))
    shares = [
        [
            [_shares(traces[kind], "frequency", [_FINE_BINS // bins])[0] for bins, traces in row]
            for kind in range(len(quantities))
        ]
        for row in rows
    ]
    coords = {"quality": [OF_TWELVE, OF_ITS_OWN], "quantity": quantities}
    return xr.DataArray(np.array(shares), coords, ("quality", "quantity", "bins"))


def _trace(x: xr.DataArray, bins: int) -> list[xr.DataArray]:
    """Power and log over log-frequency with the quality for a number of bins, made periodic."""
    size, step = _OCTAVES * _FINE_BINS, axis_of(x, "time").step
    op = ConstantQ(
        _LOW, size, _FINE_BINS, quality=_quality(bins), hop=round(0.02 / step) * step,
        boundary="valid",
    )  # fmt: skip
    taper = np.sin(np.pi * (np.arange(size) + 0.5) / size) ** 2
    traces = []
    for each in _shown(op(x), complex_too=False):
        values = each.transpose("time", "frequency").to_numpy()
        low = values.mean(axis=1, keepdims=True)
        axis = Axis("frequency", 0.0, 1 / _FINE_BINS, size, "octave", period=float(_OCTAVES))
        traces.append(label((values - low) * taper, "time", axis))
    return traces


def _shown(z: xr.DataArray, *, complex_too: bool) -> list[xr.DataArray]:
    """The complex bins, their power, magnitude and log; of the last three, the part that varies."""
    power: xr.DataArray = abs(z) ** 2
    level = power.copy(data=10 * np.log10(power.to_numpy() / float(power.max()) + _FLOOR))
    return [z, power, abs(z), level] if complex_too else [power, level]


def _shares(y: xr.DataArray, dim: str, strides: Sequence[int]) -> list[float]:
    """Share of the fluctuations outside the band that each stride keeps, over all channels."""
    from scipy import fft

    channels = y.transpose(..., dim)
    values = channels.to_numpy()
    if values.dtype.kind != "c":
        values = values - values.mean(axis=-1, keepdims=True)
    spectrum = fft.fft(values, axis=-1)
    power = spectrum.real**2 + spectrum.imag**2
    size = values.shape[-1]
    # Each channel relative to its own center: then all can be summed, and one band is kept.
    center = np.rint(center_of(channels, dim) * size).astype(int)
    if np.any(center):
        power = np.take_along_axis(power, (np.arange(size) + center[:, None]) % size, axis=-1)
    whole = power.reshape(-1, size).sum(axis=0)
    return [float(share_outside(whole, fft.fftfreq(size), stride)) for stride in strides]


def _quality(bins: int) -> float:
    """Quality at which a bin is as wide as its distance from the next one."""
    return float(1 / (2 ** (1 / bins) - 1))


def predicted(
    windows: Sequence[str], numbers: Sequence[int], safe_db: float
) -> dict[str, xr.DataArray]:
    """Predictions from windows alone: folded shares of white noise and of a tone, safe hops."""
    tapers = [TAPERS[window] for window in windows]
    shares = [
        [
            [hop_folding(taper, _LENGTH, hop=_LENGTH // part, output=output) for part in PARTS]
            for output in ("complex", "power")
        ]
        for taper in tapers
    ]
    traces = [
        [bin_folding(_quality(quality or bins), bins_per_octave=bins) for bins in numbers]
        for quality in (12, None)
    ]
    safe = [safe_hop(taper, _LENGTH, db=safe_db) / _LENGTH for taper in tapers]
    return {
        "predicted": xr.DataArray(
            shares, {"window": list(windows), "quantity": ["complex", "power"]},
            ("window", "quantity", "hop"),
        ),
        "predicted_bins": xr.DataArray(
            traces, {"quality": [OF_TWELVE, OF_ITS_OWN]}, ("quality", "bins")
        ),
        "predicted_safe_hop": xr.DataArray(safe, {"window": list(windows)}, ("window",)),
    }  # fmt: skip
