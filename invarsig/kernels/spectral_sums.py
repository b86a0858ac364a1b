"""Convolution by products of spectra, tile by tile of the arrays that are long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product
from typing import Any

import numpy as np

from invarsig.threads import run_blocks

__all__ = ["bound", "spectral_sums"]

_TILE = 2**18
"""Number of samples of a tile."""

_PRODUCTS = 3
"""At most this many products of a column and a row are combined into a kernel's response."""

_APART = 4
"""Padding between the rows of an array that is transformed along its columns, in samples."""


def spectral_sums(values: np.ndarray, taps: np.ndarray, strides: Sequence[int]) -> np.ndarray:
    """Multiply spectra, filter by filter and tile by tile: what is transformed stays in the cache.

    Back axis by axis: what is dropped along one is not transformed along the next.
    """
    from scipy import fft

    rank, window = len(strides), taps.shape[2:]
    real = not (np.iscomplexobj(values) or np.iscomplexobj(taps))
    ahead = fft.rfft if real else fft.fft
    counts = [(n - w) // s + 1 for n, w, s in zip(values.shape[2:], window, strides, strict=True)]
    out = np.empty((values.shape[0], taps.shape[0], *counts), dtype=taps.dtype)
    tiles = list(_tiles(values, window, strides, out))
    longest = [max(source.shape[axis] for source, _ in tiles) for axis in range(-rank, 0)]
    sizes = [fft.next_fast_len(n, real=real) for n in longest]
    spectra = [np.empty(0)] * len(tiles)

    def transform(tile: int) -> None:
        whole = fft.rfftn if real else fft.fftn
        spectra[tile] = whole(tiles[tile][0], s=sizes, axes=range(-rank, 0))

    run_blocks(transform, len(tiles))
    rooms: list[list[np.ndarray]] = []  # of threads that are done with a block
    alone = [_response(taps[0], sizes, ahead, None)] if len(taps) == 1 else []

    def work(block: int) -> None:
        shape, dtype = spectra[0].shape, spectra[0].dtype
        room = rooms.pop() if rooms else [_apart(shape, dtype) for _ in range(2)]
        kernel, own = (0, [block]) if alone else (block, range(len(tiles)))
        response = alone[0] if alone else _response(taps[kernel], sizes, ahead, room[0])
        for tile in own:
            np.multiply(spectra[tile], response, out=room[1])
            _back(room[1], window, strides, sizes, tiles[tile][1][kernel])
        rooms.append(room)

    run_blocks(work, len(tiles) if alone else len(taps))
    if real:
        bound(out, values, taps)
    return out


def _tiles(
    values: np.ndarray, window: Sequence[int], strides: Sequence[int], out: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Parts of each item that overlap by a window, with the part of the result that they give."""
    cuts = []
    for count, w, s in zip(out.shape[2:], window, strides, strict=True):
        side = max(_TILE ** (1 / len(window)), 4 * w)
        parts = max(round((count - 1) * s / side), 1)
        ends = [count * part // parts for part in range(parts + 1)]
        cuts.append([(slice(a * s, (b - 1) * s + w), slice(a, b)) for a, b in pairwise(ends)])
    for item, result in zip(values, out, strict=True):
        for each in product(*cuts):
            sources, targets = zip(*each, strict=True)
            yield item[:, *sources], result[:, *targets]


def _back(
    products: np.ndarray,
    window: Sequence[int],
    strides: Sequence[int],
    sizes: Sequence[int],
    out: np.ndarray,
) -> None:
    """Sum the products of spectra over the channels, and keep every s-th valid sample."""
    from scipy import fft

    part = products[0] if len(products) == 1 else products.sum(axis=0)
    keep = [
        slice(w - 1, w + (n - 1) * s, s) for w, n, s in zip(window, out.shape, strides, strict=True)
    ]
    for axis in range(-out.ndim, -1):
        part = fft.ifft(part, axis=axis, overwrite_x=True)[_along(axis, keep[axis])]
    back = fft.ifft if np.iscomplexobj(out) else fft.irfft
    out[:] = back(part, n=sizes[-1], axis=-1, overwrite_x=True)[..., keep[-1]]


def bound(out: np.ndarray, values: np.ndarray, taps: np.ndarray) -> None:
    """Keep round-off from passing the bounds of sums whose weights have one sign.

    Such a sum lies between the least and the largest sample, times the sum of the weights. What
    cannot be below 0, such as a mean of powers, is not: there are logarithms and roots of it.
    """
    inner = tuple(range(2, values.ndim))
    least, most = values.min(axis=inner), values.max(axis=inner)
    one_sign = (taps >= 0).all(axis=tuple(range(1, taps.ndim)))
    one_sign |= (taps <= 0).all(axis=tuple(range(1, taps.ndim)))
    for index in np.flatnonzero(one_sign):
        whole = taps[index].sum(axis=tuple(range(1, taps.ndim - 1)))
        ends = np.stack([least @ whole, most @ whole]).astype(out.dtype)
        low, high = (each.reshape(-1, *(1,) * len(inner)) for each in (ends.min(0), ends.max(0)))
        np.clip(out[:, index], low, high, out=out[:, index])


def _apart(shape: Sequence[int], dtype: np.dtype[Any]) -> np.ndarray:
    """A buffer for an array whose rows are not a power of two apart.

    Such rows would evict each other from the cache where a transform runs along the columns.
    """
    return np.empty((*shape[:-1], shape[-1] + _APART), dtype=dtype)[..., : shape[-1]]


def _along(axis: int, kept: slice) -> tuple[Any, ...]:
    """Index that keeps a slice along one axis, counted from the end."""
    return (..., kept, *(slice(None),) * (-axis - 1))


def _response(
    taps: np.ndarray,
    sizes: Sequence[int],
    ahead: Callable[..., np.ndarray],
    room: np.ndarray | None,
) -> np.ndarray:
    """Fourier transform of one kernel, axis by axis: only the last pass sees the full size.

    A kernel that is a product of one along the rows and one along the columns, as a Gabor filter's
    is, or a sum of a few such products, has a response of the same form, made in `room`.
    """
    from scipy import fft

    if len(sizes) == 2 and len(taps) == 1:
        products = _products(taps[0])
        for place, (column, line) in enumerate(products):
            down = fft.fft(column, n=sizes[0])[:, np.newaxis]
            along = ahead(line, n=sizes[1])
            if room is None:
                room = np.empty((1, len(down), len(along)), dtype=along.dtype)
            if place == 0:
                np.multiply(down, along, out=room[0])
            else:
                room[0] += down * along
        if products and room is not None:
            return room
    spectrum = ahead(taps, n=sizes[-1], axis=-1)
    for axis in range(-2, -len(sizes) - 1, -1):
        spectrum = fft.fft(spectrum, n=sizes[axis], axis=axis)
    return np.asarray(spectrum)


def _products(taps: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Columns and rows whose products add up to a kernel, up to round-off; none if it takes many.

    By elimination: the column and the row through the largest tap, then those of the remainder.
    """
    rest, found = taps, []
    largest = np.abs(taps).max()
    for _ in range(_PRODUCTS):
        size = np.abs(rest)
        down, along = np.unravel_index(int(size.argmax()), size.shape)
        if not size[down, along] > 0:
            break
        found.append((rest[:, along] / rest[down, along], rest[down]))
        rest = rest - np.multiply.outer(*found[-1])
        if np.abs(rest).max() <= 4 * np.finfo(taps.dtype).eps * largest:
            return found
    return []
