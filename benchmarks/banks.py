"""Filter banks against products of spectra in torch and SciPy, and convolutions in a loop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import xarray as xr

import invarsig as iv
from benchmarks.row import Row, Sides

PLANE = ("y", "x")
SCALES = (0.35, 0.175, 0.0875, 0.04375)
ANGLES = tuple(np.arange(8) * math.pi / 8)

Peers = dict[str, Callable[[], Any]]


def rows() -> Iterator[Row]:
    """Banks over pictures and a sound; each peer computes the same values from ready responses."""
    banks = {
        "Morlet": iv.MorletBank(PLANE, SCALES, orientation=ANGLES, slant=0.5),
        "log-Gabor": iv.LogGaborBank(PLANE, SCALES, ANGLES),
        "Gabor": iv.GaborBank(PLANE, SCALES, ANGLES),
    }
    for name, bank in banks.items():
        for dtype in ("float64", "float32"):
            what = f"bank of 32 complex {name} filters, 512 x 512, {dtype}"
            yield Row(what, _prepared(bank, (512, 512), dtype), 0.20)
    morlet = banks["Morlet"]
    for dtype in ("float64", "float32"):
        prepare = _prepared(morlet, (512, 512), dtype, modulus=True)
        yield Row(f"bank of 32 and modulus, 512 x 512, {dtype}", prepare, 0.15)
        yield Row(f"bank of 32, scale j at 2^j, 512 x 512, {dtype}", _decimated(dtype), 0.10)
        prepare = _decimated(dtype, folding=True)
        yield Row(f"bank of 32, scale j at 2^j, peers fold too, {dtype}", prepare)
    few = iv.MorletBank(PLANE, SCALES[:2], orientation=ANGLES[::2], slant=0.5)
    prepare = _prepared(few, (32, 256, 256), "float32")
    yield Row("bank of 8, batch of 32 x 256 x 256, float32", prepare, 0.12)
    yield Row("bank of 48 wavelets along 2^17 samples, float64", _along_time)
    for part in ("complex", "real"):
        yield Row(f"one NaN in a picture, 12 wide {part} filters", _one_nan(part), 1.5)


def _picture(shape: tuple[int, ...], dtype: str) -> xr.DataArray:
    values = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    plane = [iv.Axis(d, period=float(n)) for d, n in zip(PLANE, shape[-2:], strict=True)]
    return iv.label(values, *["item"][: len(shape) - 2], *plane)


def _responses(bank: Any, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Responses ``(filters, *shape)`` in the order of the bins, in the precision of the values."""
    grid = {dim: np.fft.fftfreq(size) for dim, size in zip(PLANE, shape, strict=True)}
    found = bank.frequency_response(_picture(shape, dtype), grid).values
    found = found.reshape(-1, *shape)
    if np.abs(found.imag).max() <= 1e-15 * np.abs(found).max():
        return np.ascontiguousarray(found.real.astype(dtype))
    return found.astype(np.result_type(np.complex64, dtype))


def _prepared(
    bank: Any, shape: tuple[int, ...], dtype: str, *, modulus: bool = False
) -> Callable[[], Sides]:
    def prepare() -> Sides:
        x = _picture(shape, dtype)
        responses = _responses(bank, shape[-2:], dtype)
        op = bank >> iv.Modulus() if modulus else bank
        peers = _products(x.values, responses, modulus=modulus)
        if isinstance(bank, iv.GaborBank):
            peers["scipy.signal"] = _fftconvolved(x, bank)
        batch = shape[:-2]
        return Sides(
            lambda: op(x).values, peers, compared=lambda y: np.reshape(y, (*batch, -1, *shape[-2:]))
        )

    return prepare


def _fftconvolved(x: xr.DataArray, bank: Any) -> Callable[[], Any]:
    from scipy import signal

    taps = bank._taps(iv.Axes.of(x))
    taps = taps.reshape(-1, *taps.shape[-2:]).astype(np.result_type(np.complex64, x.dtype))
    wide = np.pad(x.values, taps.shape[-1] // 2, mode="wrap")
    return lambda: np.stack([signal.fftconvolve(wide, one, mode="valid") for one in taps])


def _products(
    values: np.ndarray, responses: np.ndarray, stride: int = 1, *, modulus: bool = False
) -> Peers:
    """All filters at once: one product, the inverse transform of it, and a slice."""
    from scipy import fft

    kept = (..., slice(None, None, stride), slice(None, None, stride))

    def scipy_product() -> np.ndarray:
        spectrum = fft.fft2(values, workers=-1)[..., np.newaxis, :, :]
        found = fft.ifft2(spectrum * responses, workers=-1, overwrite_x=True)[kept]
        return np.abs(found) if modulus else found

    try:
        import torch
    except ImportError:
        return {"scipy.fft": scipy_product}
    x, by = torch.from_numpy(values), torch.from_numpy(responses)

    def torch_product() -> Any:
        with torch.inference_mode():
            spectrum = torch.fft.fft2(x)[..., None, :, :]
            found = torch.fft.ifft2(spectrum * by)[kept]
            return found.abs() if modulus else found

    return {"scipy.fft": scipy_product, "torch.fft": torch_product}


def _decimated(dtype: str, *, folding: bool = False) -> Callable[[], Sides]:
    """Each scale at its own stride; the peers slice the full inverse, or fold before it."""

    def prepare() -> Sides:
        x = _picture((512, 512), dtype)
        banks, scales = [], []
        for j, scale in enumerate(SCALES):
            both = dict.fromkeys(PLANE, 2**j)
            full = iv.MorletBank(PLANE, (scale,), orientation=ANGLES, slant=0.5)
            banks.append(iv.MorletBank(PLANE, (scale,), None, ANGLES, slant=0.5, stride=both))
            scales.append(_responses(full, (512, 512), dtype))
        if folding:
            peers = _folding(x.values, scales)
        else:
            parts = [_products(x.values, each, 2**j) for j, each in enumerate(scales)]
            peers = {name: lambda name=name: [part[name]() for part in parts] for name in parts[0]}
        return Sides(lambda: [bank(x).values for bank in banks], peers, compared=_flat)

    return prepare


def _flat(results: Any) -> np.ndarray:
    return np.concatenate([np.ravel(each) for each in results])


def _folding(values: np.ndarray, scales: list[np.ndarray]) -> Peers:
    """The same by someone who knows that a stride folds: one forward transform, small inverses."""
    try:
        import torch
    except ImportError:
        return {}
    x, parts = torch.from_numpy(values), [torch.from_numpy(each) for each in scales]

    def torch_folded() -> Any:
        with torch.inference_mode():
            spectrum, found = torch.fft.fft2(x), []
            for j, by in enumerate(parts):
                s, n = 2**j, 512 >> j
                product = (spectrum * by).reshape(-1, s, n, s, n)
                found.append(torch.fft.ifft2(product.mean(dim=(1, 3))))
            return found

    return {"torch.fft": torch_folded}


def _along_time() -> Sides:
    size, rate = 2**17, 16000.0
    values = np.random.default_rng(0).standard_normal(size)
    axis = iv.Axis("time", step=1 / rate, size=size, unit="s", period=size / rate)
    x = iv.label(values, axis)
    op = iv.MorletBank("time", 6000.0 * 2.0 ** (-np.arange(48) / 8), Q=8)
    grid = {"time": np.fft.fftfreq(size) * rate}
    responses = np.ascontiguousarray(op.frequency_response(x, grid).values.real)
    from scipy import fft

    peers: Peers = {
        "scipy.fft": lambda: fft.ifft(
            fft.fft(values) * responses, axis=-1, workers=-1, overwrite_x=True
        )
    }
    try:
        import torch
    except ImportError:
        return Sides(lambda: op(x).values, peers)
    signal, by = torch.from_numpy(values), torch.from_numpy(responses)
    peers["torch.fft"] = lambda: torch.fft.ifft(torch.fft.fft(signal) * by)
    return Sides(lambda: op(x).values, peers)


def _one_nan(part: Any) -> Callable[[], Sides]:
    """A picture with one NaN against the same without, where both are finite."""

    def prepare() -> Sides:
        op = iv.GaborBank(PLANE, (0.1, 0.05), tuple(np.arange(6) * math.pi / 6), part=part)
        clean = _picture((512, 512), "float64")
        hit = clean.copy()
        hit[{"y": 200, "x": 300}] = np.nan
        lost = np.isnan(op(hit).values)
        clean[{"y": 200, "x": 300}] = 0.0
        return Sides(
            lambda: op(hit).values,
            {"without NaN": lambda: op(clean).values},
            compared=lambda y: np.where(lost, 0.0, y),
        )

    return prepare
