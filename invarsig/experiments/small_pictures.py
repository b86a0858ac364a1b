"""Small pictures with a class: digits in a line of writing, patches of textures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.axes import Axis, label
from invarsig.errors import ReadError
from invarsig.experiments.collection import Collection

__all__ = ["MARGIN", "SIDE", "Labeled", "rows_of_digits", "texture_patches"]

SIDE = 24
"""Pixels of a window."""
MARGIN = 4
"""How far a window may move to either side."""

_GAP = 2  # pixels between digits in a line


@dataclass(frozen=True)
class Labeled:
    """Pictures with their classes.

    Parameters
    ----------
    pictures
        Over (image, y, x), wider than a window by a margin to either side. A window cut along x is
        periodic.
    truth
        The class of each.
    """

    pictures: xr.DataArray
    truth: np.ndarray


def rows_of_digits(
    data: Collection, draws: int, train: int, test: int, rng: np.random.Generator
) -> Iterator[tuple[Labeled, Labeled]]:
    """Digits enlarged twofold, each in the middle of a line of three; no digit is used twice.

    The neighbors are drawn from the same part.
    """
    images, truth = data.handwritten()
    need = draws * (train + test)
    if need > len(truth):
        raise ReadError(f"There are {len(truth)} handwritten digits, and {need} are needed.")
    large = enlarged(images.to_numpy())
    parts = np.split(rng.permutation(len(truth))[:need], draws)
    for part in parts:
        yield tuple(  # type: ignore[misc]
            Labeled(_lines(large, own, rng), truth[own]) for own in np.split(part, [train])
        )


def enlarged(images: np.ndarray) -> np.ndarray:
    """Pictures of twice the side, by linear interpolation between the middles of pixels.

    Examples
    --------
    >>> enlarged(np.ones((1, 2, 2)))[0, 1].tolist()
    [0.75, 1.0, 1.0, 0.75]
    """
    for axis in (-2, -1):
        padded = np.moveaxis(images, axis, -1)
        padded = np.pad(padded, [(0, 0)] * (images.ndim - 1) + [(1, 1)])
        left = 0.25 * padded[..., :-2] + 0.75 * padded[..., 1:-1]
        right = 0.75 * padded[..., 1:-1] + 0.25 * padded[..., 2:]
        both = np.stack([left, right], axis=-1).reshape(*left.shape[:-1], -1)
        images = np.moveaxis(both, -1, axis)
    return images


def _lines(large: np.ndarray, own: np.ndarray, rng: np.random.Generator) -> xr.DataArray:
    """Each digit in the middle of a picture, with the inner sides of two others beside it."""
    size, wide = large.shape[-1], SIDE + 2 * MARGIN
    top, start = (SIDE - size) // 2, (wide - size) // 2
    seen = start - _GAP
    values = np.zeros((len(own), SIDE, wide))
    before, after = large[rng.choice(own, len(own))], large[rng.choice(own, len(own))]
    rows = slice(top, top + size)
    values[:, rows, start : start + size] = large[own]
    values[:, rows, :seen] = before[:, :, size - seen :]
    values[:, rows, wide - seen :] = after[:, :, :seen]
    return _pictures(values)


def texture_patches(
    data: Collection, draws: int, train: int, test: int, rng: np.random.Generator
) -> Iterator[tuple[Labeled, Labeled]]:
    """Patches of textures, trained on left halves and tested on right ones; none overlap."""
    halves: list[list[np.ndarray]] = [[], []]
    for path in data.paths("textures", at_least=2):
        values = data.picture(path).to_numpy()
        middle = values.shape[1] // 2
        for half, part in zip(halves, (values[:, :middle], values[:, middle:]), strict=True):
            cut = _patches(part)
            half.append(cut[rng.permutation(len(cut))])
    kinds = len(halves[0])
    for draw in range(draws):
        yield tuple(  # type: ignore[misc]
            _drawn(half, draw, count // kinds)
            for half, count in zip(halves, (train, test), strict=True)
        )


def _drawn(half: list[np.ndarray], draw: int, count: int) -> Labeled:
    """The patches of one draw, as many of each texture."""
    if (draw + 1) * count > min(map(len, half)):
        raise ReadError(f"A texture has {min(map(len, half))} patches; give larger pictures.")
    own = [patches[draw * count : (draw + 1) * count] for patches in half]
    truth = np.repeat(np.arange(len(own)), count)
    return Labeled(_pictures(np.concatenate(own)), truth)


def _patches(values: np.ndarray) -> np.ndarray:
    """Cut into patches that do not overlap, each without its mean and of unit spread."""
    wide = SIDE + 2 * MARGIN
    down, across = (size // by for size, by in zip(values.shape, (SIDE, wide), strict=True))
    cut = values[: down * SIDE, : across * wide].reshape(down, SIDE, across, wide)
    patches = cut.transpose(0, 2, 1, 3).reshape(-1, SIDE, wide)
    spread = np.maximum(patches.std(axis=(1, 2), keepdims=True), 1e-6)
    return np.asarray((patches - patches.mean(axis=(1, 2), keepdims=True)) / spread)


def _pictures(values: np.ndarray) -> xr.DataArray:
    """Labels whose windows are periodic: the period is that of a window."""
    axes = [Axis(dim, unit="px") for dim in ("y", "x")]
    out = label(values.astype(np.float32), "image", *axes)
    return out.assign_coords({d: out[d].assign_attrs(period=float(SIDE)) for d in ("y", "x")})
