"""Two copies of a real object on a strip, and whether a dip separates them."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import xarray as xr

from invarsig.axes import Axis, axis_of, label
from invarsig.errors import ReadError
from invarsig.experiments.collection import Collection
from invarsig.operators import MelSpectrogram

__all__ = ["center", "digits", "from_which_on", "onsets", "pairs", "resolved"]

_DIP: Final = 0.26  # of the lower peak: Rayleigh's two stars
_SIZE: Final = 256  # samples of the strip that objects lie on
_BURST: Final = 0.04  # s of a note, from its attack on
_FRAME: Final = 0.004  # s, of a spectrogram


def digits(data: Collection, count: int, rng: np.random.Generator) -> xr.DataArray:
    """Handwritten digits, any of them: (object, y, x)."""
    images, _ = data.handwritten()
    some = images.isel(image=rng.choice(images.sizes["image"], count, replace=False))
    return some.rename(image="object")


def onsets(data: Collection, every: int) -> xr.DataArray:
    """The first 40 ms of notes under a Hann window, at equal level: (object, time)."""
    bursts, first = [], None
    for _, _, path in data.notes()[::every]:
        x = data.sound(path, at_least=_BURST)
        step = axis_of(x, "time").step
        first = step if first is None else first
        if not math.isclose(step, first):
            raise ReadError(
                f"{path} has a rate of {1 / step:g} Hz, and others {1 / first:g} Hz; give notes "
                "of one rate."
            )
        values = np.abs(x.to_numpy())
        start = int(np.argmax(values > 0.1 * values.max()))
        burst = x.to_numpy()[start : start + round(_BURST / step)].astype(np.float64)
        if burst.size < round(_BURST / step):
            raise ReadError(f"{path} ends within {_BURST} s of its attack; give a longer note.")
        burst = burst * np.hanning(burst.size)
        bursts.append(burst / np.linalg.norm(burst))
    return label(np.array(bursts), "object", Axis("time", step=first or 1.0, unit="s"))


def pairs(single: xr.DataArray, apart: int) -> xr.DataArray:
    """Place each object on a strip twice, at given separations; once where that is 0.

    Parameters
    ----------
    single
        Pictures (object, y, x), or sounds (object, time), which become mel spectrograms.
    apart
        In samples of the strip: px, or frames.

    Returns
    -------
    xarray.DataArray
        Over (object, y, x), periodic along x; of sounds y counts the mel bands.
    """
    if "time" not in single.dims:
        strip = np.zeros((*single.shape[:2], _SIZE))
        for start in {0, apart}:
            strip[..., 64 + start : 72 + start] += single.to_numpy()
        return label(strip, "object", "y", Axis("x", unit="px", period=float(_SIZE)))
    step = float(single["time"][1] - single["time"][0])
    hop = round(_FRAME / step)
    wave = np.zeros((single.sizes["object"], _SIZE * hop))
    for start in {0, apart}:
        at = (64 + start) * hop
        wave[:, at : at + single.sizes["time"]] += single.to_numpy()
    axis = Axis("time", step=step, unit="s", period=wave.shape[1] * step)
    front = MelSpectrogram(4 * hop * step, hop * step, 24, output="magnitude")
    found = front(label(wave, "object", axis)).transpose("object", "mel", "time")
    return label(found.to_numpy(), "object", "y", Axis("x", unit="frames", period=float(_SIZE)))


def _profile(y: xr.DataArray) -> np.ndarray:
    """What is there along the axis: (object, x)."""
    return np.asarray(y.sum("y").transpose("object", "x").to_numpy())


def center(single: xr.DataArray) -> np.ndarray:
    """Where each object lies along the axis."""
    profile = _profile(single)
    return np.asarray(profile @ single["x"].to_numpy() / profile.sum(axis=1))


def resolved(y: xr.DataArray, stride: int, middle: np.ndarray) -> np.ndarray:
    """Share of the window positions at which a dip is seen between two peaks: (object,).

    The dense response at every `stride`-th sample, from each of them on, is what the pool gives
    with its windows at each position.
    """
    profile, places = _profile(y), y["x"].to_numpy()
    seen = []
    for phase in range(0, stride, max(stride // 8, 1)):
        values, at = profile[:, phase::stride], places[phase::stride]
        left = np.where(at <= middle[:, None], values, -np.inf)
        right = np.where(at > middle[:, None], values, -np.inf)
        # Of equal values the ones nearest to the middle, so that plateaus are not dips.
        first = values.shape[1] - 1 - np.argmax(left[:, ::-1], axis=1)
        last = np.argmax(right, axis=1)
        number = np.arange(at.size)
        between = (number >= first[:, None]) & (number <= last[:, None])
        lowest = np.where(between, values, np.inf).min(axis=1)
        lower = np.minimum(left.max(axis=1), right.max(axis=1))
        seen.append((lower > 0) & (lowest <= (1 - _DIP) * lower))
    return np.asarray(np.mean(seen, axis=0))


def from_which_on(resolved: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Smallest separation from which all are resolved; NaN if the last one is not."""
    always = np.flip(np.logical_and.accumulate(np.flip(resolved, -1), axis=-1), -1)
    return np.where(always[..., -1], apart[np.argmax(always, axis=-1)], np.nan)
