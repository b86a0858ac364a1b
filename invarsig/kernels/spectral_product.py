"""Filtering by products of spectra, with the fold of a stride before the inverse transform."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from invarsig.kernels.operation_counts import COMPLEX, of_transform

__all__ = ["folded", "multiplied", "multiplied_operations"]


def folded(spectrum: np.ndarray, strides: Sequence[int]) -> np.ndarray:
    """Spectrum of every s-th sample: the mean of the s parts that fold onto each other.

    Along the last axes, one for each stride, whose sizes the strides divide.
    """
    first = spectrum.ndim - len(strides)
    for place, stride in enumerate(strides):
        if stride > 1:
            axis, size = first + place, spectrum.shape[first + place]
            shape = (*spectrum.shape[:axis], stride, size // stride, *spectrum.shape[axis + 1 :])
            spectrum = spectrum.reshape(shape).mean(axis=axis)
    return spectrum


def multiplied_operations(space: Sequence[int], count: int, strides: Sequence[int]) -> float:
    """Multiplications of `multiplied` for one real item of the batch.

    One transform of it, then for each response a product and a transform back, of what the strides
    leave.

    Examples
    --------
    >>> multiplied_operations([8], 2, [2])  # 24 + 2 (4 * 8 + 16)
    120.0
    """
    back = of_transform(*(n // s for n, s in zip(space, strides, strict=True)))
    return of_transform(*space, real=True) + count * (COMPLEX * math.prod(space) + back)


def multiplied(
    values: np.ndarray,
    responses: Iterable[np.ndarray],
    count: int,
    strides: Sequence[int],
    *,
    real: bool,
) -> np.ndarray:
    """Filter the last axes of a periodic array by each response, and keep every s-th sample.

    Parameters
    ----------
    values
        ``(*batch, *space)``.
    responses
        `count` arrays of the shape of space, or that broadcast to it, in the order of numpy's bins.
        Consumed one by one: memory holds one product at a time.
    count
        Number of responses.
    strides
        One for each axis of space; they divide its size.
    real
        Whether the results are real, as for real values and Hermitian responses. The imaginary
        part, which is rounding error then, is dropped.

    Returns
    -------
    ndarray
        ``(*batch, count, *space / strides)``.
    """
    from scipy import fft

    rank = len(strides)
    axes = tuple(range(-rank, 0))
    space = values.shape[values.ndim - rank :]
    batch = values.shape[: values.ndim - rank]
    spectrum = fft.fftn(values, axes=axes, workers=-1)
    sizes = [n // s for n, s in zip(space, strides, strict=True)]
    dtype = spectrum.real.dtype if real else spectrum.dtype
    out = np.empty((count, *batch, *sizes), dtype=dtype)
    for index, response in enumerate(responses):
        product = spectrum * response.astype(spectrum.dtype)
        result = fft.ifftn(folded(product, strides), axes=axes, workers=-1)
        out[index] = result.real if real else result
    return np.moveaxis(out, 0, len(batch))
