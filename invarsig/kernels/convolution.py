"""Convolution of extended arrays with a bank of kernels: direct or, for large kernels, Fourier.

Only samples that are kept are computed by the direct method. Both give the *valid* part: the
borders have been extended before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from invarsig.kernels.compilation import compiled
from invarsig.kernels.nonfinite import keeping_nonfinite
from invarsig.kernels.operation_counts import COMPLEX, of_transform

__all__ = ["bound", "convolved", "convolved_in_groups", "convolved_operations", "is_small"]

# Taps per stride from which on the transforms are cheaper. Measured on two cores at 512 x 512, ms
# direct against Fourier: 3 x 3 35, 24; 5 x 5 33, 23; 9 x 9 91, 28; at stride 2 9 x 9 17, 15; 5 x 5
# 14, 49 (16 pictures, 4 kernels). Small windows stay direct nevertheless: only then are borders and
# NaN separated exactly.
_DIRECT_TAPS = 16

# At most this many products of a column and a row are combined into a kernel's response.
_PRODUCTS = 3

# Padding between the rows of an array that is transformed along its columns, in samples.
_APART = 4


def convolved(
    values: np.ndarray, taps: np.ndarray, strides: Sequence[int], contract: int = 0
) -> np.ndarray:
    """Convolve the last axes with each kernel of a bank, keeping every s-th valid sample.

    Parameters
    ----------
    values
        ``(*batch, *contracted, *space)``.
    taps
        ``(*filters, *contracted, *window)``, as many window axes as there are strides.
    strides
        One for each axis of space.
    contract
        Number of axes in front of space that are summed over.

    Returns
    -------
    ndarray
        ``(*batch, *filters, *space)``.
    """
    rank = len(strides)
    filters, window = taps.shape[: taps.ndim - rank - contract], taps.shape[taps.ndim - rank :]
    summed = taps.shape[len(filters) : len(filters) + contract]
    batch = values.shape[: values.ndim - rank - contract]
    flat_values = values.reshape(
        int(np.prod(batch)), int(np.prod(summed)), *values.shape[values.ndim - rank :]
    )
    dtype = np.result_type(values.dtype, np.complex64 if np.iscomplexobj(taps) else np.float32)
    flat_taps = taps.reshape(int(np.prod(filters)), int(np.prod(summed)), *window).astype(dtype)
    if is_small(flat_taps, strides):
        out = _direct(flat_values, flat_taps, strides)
    else:
        out = keeping_nonfinite(
            lambda some, by: _fourier(some, by, strides), flat_values, flat_taps
        )
    return out.reshape(*batch, *filters, *out.shape[2:])


def convolved_in_groups(
    values: np.ndarray, taps: np.ndarray, strides: Sequence[int], groups: int
) -> np.ndarray:
    """Convolve each group of channels with its own share of the kernels.

    Parameters
    ----------
    values
        ``(*batch, channels, *space)``.
    taps
        ``(filters, channels / groups, *window)``; the first ``filters / groups`` of them are for
        the first group of channels.
    strides
        One for each axis of space.
    groups
        Number of groups; as many as channels is a depthwise convolution.

    Returns
    -------
    ndarray
        ``(*batch, filters, *space)``.
    """
    place = values.ndim - len(strides) - 1
    parts = zip(np.split(values, groups, axis=place), np.split(taps, groups), strict=True)
    return np.concatenate([convolved(own, by, strides, 1) for own, by in parts], axis=place)


def convolved_operations(
    space: Sequence[int], taps: np.ndarray, strides: Sequence[int], contract: int = 0
) -> float:
    """Multiplications of `convolved` for one real item of the batch, by the method that it uses.

    That is, of values without NaN. The responses of the kernels are the same for all items, and are
    not counted.

    Examples
    --------
    >>> convolved_operations([10], np.ones(3), [1])  # 8 windows of 3 samples
    24.0
    """
    rank, factor = len(strides), 2 if np.iscomplexobj(taps) else 1
    window = taps.shape[taps.ndim - rank :]
    filters = math.prod(taps.shape[: taps.ndim - rank - contract])
    summed = math.prod(taps.shape[taps.ndim - rank - contract : taps.ndim - rank])
    counts = [(n - w) // s + 1 for n, w, s in zip(space, window, strides, strict=True)]
    flat = taps.reshape(filters, summed, *window)
    if is_small(flat, strides):
        return float(factor * filters * summed * len(_places(flat)) * math.prod(counts))
    # For real ones half the spectrum is enough, forward, in the product and back.
    size = math.prod(space)
    products = COMPLEX * size * summed / (3 - factor)
    back = 0.0
    for place, n in enumerate(space):
        lines = math.prod(counts[:place]) * math.prod(space[place + 1 :])
        back += lines * of_transform(n, real=factor == 1)
    there = of_transform(*space, real=True) * factor
    return summed * there + filters * (products + back)


def is_small(taps: np.ndarray, strides: Sequence[int]) -> bool:
    """Whether kernels ``(filters, summed, *window)`` are summed directly."""
    return len(_places(taps)) <= _DIRECT_TAPS * math.prod(strides)


def _places(taps: np.ndarray) -> np.ndarray:
    """Places in the window ``(filters, summed, *window)`` at which a kernel has a tap other than 0.

    A dilated kernel has few, and a long window.
    """
    used = (taps != 0).any(axis=(0, 1))
    return np.argwhere(used) if used.any() else np.zeros((1, used.ndim), dtype=np.int64)


def _direct(values: np.ndarray, taps: np.ndarray, strides: Sequence[int]) -> np.ndarray:
    """Pass over each row of the output once for every tap; any rank, by flat offsets."""
    window, space = taps.shape[2:], values.shape[2:]
    counts = [(n - w) // s + 1 for n, w, s in zip(space, window, strides, strict=True)]
    ahead = np.array([int(np.prod(space[axis + 1 :])) for axis in range(len(space))])
    # A convolution runs through its window backwards.
    places = _places(taps)
    offsets = (np.array(window) - 1 - places) @ ahead
    rows = np.array(list(np.ndindex(*counts[:-1])), dtype=np.int64)
    rows = rows.reshape(int(np.prod(counts[:-1])), len(space) - 1)
    starts = rows @ (np.array(strides[:-1], dtype=np.int64) * ahead[:-1])
    out = np.zeros((values.shape[0], taps.shape[0], starts.size, counts[-1]), dtype=taps.dtype)
    flat_values = np.ascontiguousarray(values.reshape(*values.shape[:2], -1), dtype=taps.dtype)
    flat_taps = np.ascontiguousarray(taps[(slice(None), slice(None), *places.T)])
    compiled(_accumulate)(flat_values, flat_taps, offsets, starts, strides[-1], out)
    return out.reshape(values.shape[0], taps.shape[0], *counts)


def _accumulate(
    values: np.ndarray,
    taps: np.ndarray,
    offsets: np.ndarray,
    starts: np.ndarray,
    stride: int,
    out: np.ndarray,
) -> None:  # pragma: no cover (compiled)
    """``out[b, f, r, i] += taps[f, c, t] values[b, c, starts[r] + offsets[t] + i stride]``."""
    for item in range(values.shape[0]):
        for kernel in range(taps.shape[0]):
            for row in range(starts.size):
                line = out[item, kernel, row]
                for channel in range(taps.shape[1]):
                    source = values[item, channel]
                    for tap in range(offsets.size):
                        weight = taps[kernel, channel, tap]
                        # A tap of zero is not part of the window: it lets no NaN in.
                        if weight == 0:
                            continue
                        base = starts[row] + offsets[tap]
                        if stride == 1:  # a loop of its own, which is vectorized
                            for index in range(line.size):
                                line[index] += weight * source[base + index]
                        else:
                            for index in range(line.size):
                                line[index] += weight * source[base + index * stride]


def _fourier(values: np.ndarray, taps: np.ndarray, strides: Sequence[int]) -> np.ndarray:
    """Multiply spectra, filter by filter and item by item: what is transformed stays in the cache.

    Back axis by axis: what is dropped along one is not transformed along the next.
    """
    from scipy import fft

    rank, space = len(strides), values.shape[2:]
    axes = tuple(range(-rank, 0))
    real = not (np.iscomplexobj(values) or np.iscomplexobj(taps))
    sizes = [fft.next_fast_len(n, real=real) for n in space]
    ahead, back = (fft.rfft, fft.irfft) if real else (fft.fft, fft.ifft)
    spectrum = (fft.rfftn if real else fft.fftn)(values, s=sizes, axes=axes)
    keep = [slice(w - 1, n, s) for w, n, s in zip(taps.shape[2:], space, strides, strict=True)]
    counts = [len(range(*kept.indices(n))) for kept, n in zip(keep, sizes, strict=True)]
    out = np.empty((values.shape[0], taps.shape[0], *counts), dtype=taps.dtype)
    product, room = (_apart(spectrum.shape[1:], spectrum.dtype) for _ in range(2))
    whole = _apart(spectrum.shape[2:], spectrum.dtype) if len(product) > 1 else product[0]
    for index, row in enumerate(taps):
        response = _response(row, sizes, ahead, room)
        for item, own in enumerate(spectrum):
            np.multiply(own, response, out=product)
            part = whole if len(product) == 1 else np.sum(product, axis=0, out=whole)
            for axis in axes[:-1]:
                part = fft.ifft(part, axis=axis, overwrite_x=True)[_along(axis, keep[axis])]
            out[item, index] = back(part, n=sizes[-1], axis=-1, overwrite_x=True)[..., keep[-1]]
    if real:
        bound(out, values, taps)
    return out


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
    taps: np.ndarray, sizes: Sequence[int], ahead: Callable[..., np.ndarray], room: np.ndarray
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
            if place == 0:
                np.multiply(down, along, out=room[0])
            else:
                room[0] += down * along
        if products:
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
