"""The pictures that the trained networks of ``data/networks`` know, and those that they never saw.

`data/make_networks.py` trains on the former; experiments ask about the latter.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import xarray as xr

from invarsig.axes import Axis, label
from invarsig.experiments.collection import Collection
from invarsig.experiments.digit_scenes import DigitScenes
from invarsig.experiments.moved_words import words

__all__ = ["FRAME", "SEEN", "Part", "digits", "spoken", "texture_patches", "windows"]

FRAME: Final = 16
"""Pixels of a picture along each axis; a digit takes 8 of them."""

SEEN: Final = 2
"""How far pictures were moved at most, along each axis, in the training that moves them: pixels."""

SILENCE: Final = {"mel": 4, "time": 8}
"""Bands and frames of silence around a word, on either side; a word has 20 bands and 40 frames."""

Part = Literal["known", "asked"]

_SEED = 3  # of the clutter


def digits(data: Collection, part: Part) -> DigitScenes:
    """Handwritten digits in frames of 16 px; every third is asked, the others are known."""
    images, classes = data.handwritten()
    third = np.arange(len(classes)) % 3 == 0
    own = third if part == "asked" else ~third
    textures = [data.picture(path).to_numpy() for path in data.paths("textures")]
    rng = np.random.default_rng(_SEED)
    return DigitScenes.of(images.to_numpy()[own], classes[own], textures, rng, FRAME)


def texture_patches(data: Collection, part: Part) -> tuple[np.ndarray, np.ndarray]:
    """Patches of textures ``(patch, y, x)``, and of which; left halves are known, right ones asked.

    None overlap. Each is wider than a window by twice `SEEN` on every side, without its mean and of
    unit spread.
    """
    side, found, truth = FRAME + 4 * SEEN, [], []
    for kind, path in enumerate(data.paths("textures", at_least=2)):
        values = data.picture(path).to_numpy()
        half = values.shape[1] // 2
        values = values[:, half:] if part == "asked" else values[:, :half]
        down, across = (size // side for size in values.shape)
        cut = values[: down * side, : across * side].reshape(down, side, across, side)
        patches = cut.transpose(0, 2, 1, 3).reshape(-1, side, side)
        patches = patches - patches.mean(axis=(1, 2), keepdims=True)
        found.append(patches / np.maximum(patches.std(axis=(1, 2), keepdims=True), 1e-6))
        truth.append(np.full(len(patches), kind))
    return np.concatenate(found), np.concatenate(truth)


def windows(patches: np.ndarray, shifts: np.ndarray) -> xr.DataArray:
    """Middle windows of wider patches over (image, y, x), their content moved by so many pixels.

    Parameters
    ----------
    patches
        ``(image, y, x)``, wider than a window by as many pixels on every side.
    shifts
        ``(image, 2)``, down and across, at most that many.
    """
    margin = (patches.shape[1] - FRAME) // 2
    views = np.lib.stride_tricks.sliding_window_view(patches, (FRAME, FRAME), axis=(1, 2))
    top, left = (margin - np.asarray(shifts)).T
    own = views[np.arange(len(patches)), top, left]
    return label(own, "image", *(Axis(dim, unit="px") for dim in ("y", "x")))


def spoken(data: Collection) -> xr.DataArray:
    """Words of all voices over (word, mel, time), from 0 (silence) to 1 (the peak), in silence."""
    found = words(data, sorted({voice for _, voice, _ in data.spoken_digits()}))
    levels = found.to_numpy()
    levels = levels.reshape(len(levels), levels.shape[1] // 2, 2, levels.shape[2] // 2, 2)
    levels = levels.mean(axis=(2, 4))
    wide = [(0, 0), *((SILENCE[dim],) * 2 for dim in ("mel", "time"))]
    values = np.pad(levels / levels.max(axis=(1, 2), keepdims=True), wide)
    axes = (Axis("mel", size=values.shape[1], unit="band"), Axis("time", unit="frame"))
    return label(values, "word", *axes).assign_coords(
        {name: found.coords[name] for name in ("digit", "voice", "word")}
    )
