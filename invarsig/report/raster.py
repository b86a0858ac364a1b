"""Pictures as small PNG files: 8 bits for each sample, a palette, the same bytes each time."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

__all__ = ["data_uri", "diverging", "levels", "sequential", "thinned"]

# Palettes hold 255 colours, numbers 1 to 255; number 0 is transparent and stands for NaN.
_COLOURS = 255


def sequential() -> np.ndarray:
    """255 colours from dark to light (cividis), red, green, blue and opacity in 8 bits."""
    from matplotlib import colormaps

    colours = colormaps["cividis"](np.linspace(0, 1, _COLOURS), bytes=True)
    return np.asarray(colours, dtype=np.uint8)


def diverging(
    below: tuple[int, int, int] = (56, 26, 133), above: tuple[int, int, int] = (158, 61, 0)
) -> np.ndarray:
    """One colour below zero and one above, clear at zero: opacity rises with the size.

    It rises in proportion, so that a small difference looks small, and a filter that multiplies
    opacities shows the same picture several times stronger.

    Parameters
    ----------
    below, above
        Red, green and blue; by default purple and brown, for a white ground.

    Returns
    -------
    ndarray of uint8
    """
    t = np.linspace(-1, 1, _COLOURS)
    colours = np.where(t[:, None] < 0, below, above).astype(np.uint8)
    alpha = np.rint(255 * np.abs(t)).astype(np.uint8)
    return np.concatenate([colours, alpha[:, None]], axis=1)


def levels(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Bring values to the 255 levels of a palette.

    Parameters
    ----------
    values
        Real numbers; NaN becomes transparent.
    low, high
        What the first and the last colour stand for.

    Returns
    -------
    ndarray of uint8

    Examples
    --------
    >>> levels(np.array([0.0, 0.5, 1.0, np.nan]), 0.0, 1.0).tolist()
    [1, 128, 255, 0]
    """
    span = high - low
    with np.errstate(invalid="ignore"):
        part = (values - low) / span if span > 0 else np.full(values.shape, 0.5)
        index = 1 + np.rint(np.clip(part, 0, 1) * (_COLOURS - 1))
    return np.where(np.isnan(values), 0, np.nan_to_num(index)).astype(np.uint8)


def thinned(values: np.ndarray, pixels: int, *, extreme: bool = False) -> np.ndarray:
    """Bring a picture to at most so many pixels, block by block.

    Parameters
    ----------
    values
        Rows and columns.
    pixels
        The most pixels that are kept.
    extreme
        Keep the value of each block that lies farthest from zero, where a mean would cancel
        errors of changing sign; otherwise the mean.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> thinned(np.array([[1.0, -3.0], [0.0, 2.0]]), 1, extreme=True).tolist()
    [[-3.0]]
    """
    rows, columns = values.shape
    by = max(int(np.ceil(np.sqrt(rows * columns / max(pixels, 1)))), 1)
    if by == 1 or rows * columns <= pixels:
        return values
    down, across = min(by, rows), min(by, columns)
    high, wide = -(-rows // down) * down, -(-columns // across) * across
    full: np.ndarray = np.pad(values, ((0, high - rows), (0, wide - columns)), mode="edge")
    split: np.ndarray = full.reshape(high // down, down, wide // across, across).swapaxes(1, 2)
    blocks: np.ndarray = split.reshape(high // down, wide // across, -1)
    if not extreme:
        return np.asarray(blocks.mean(axis=-1))
    place = np.abs(np.nan_to_num(blocks, nan=np.inf)).argmax(axis=-1)
    return np.asarray(np.take_along_axis(blocks, place[..., None], axis=-1)[..., 0])


def data_uri(index: np.ndarray, palette: np.ndarray) -> str:
    """Write palette numbers as a PNG picture in a ``data:`` address.

    Parameters
    ----------
    index
        Rows and columns, uint8, the first row on top.
    palette
        Up to 255 colours, of the numbers 1, 2, ...: red, green, blue, opacity, uint8.

    Returns
    -------
    str
    """
    rows, columns = index.shape
    lines = np.zeros((rows, columns + 1), dtype=np.uint8)
    lines[:, 1:] = index
    colours = np.concatenate([np.zeros((1, 4), dtype=np.uint8), palette.astype(np.uint8)])
    # Opacities may end where all that follow are full.
    clear = int(np.flatnonzero(colours[:, 3] < 255).max()) + 1
    parts = [
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)),
        _chunk(b"PLTE", colours[:, :3].tobytes()),
        _chunk(b"tRNS", colours[:clear, 3].tobytes()),
        _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
        _chunk(b"IEND", b""),
    ]
    return "data:image/png;base64," + base64.b64encode(b"".join(parts)).decode("ascii")


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)
