"""Convolution of extended arrays with a bank of kernels: direct or, for large kernels, Fourier.

Only samples that are kept are computed by the direct method. Both give the *valid* part: the
borders have been extended before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from invarsig.kernels.direct_sums import direct_sums, tap_places
from invarsig.kernels.nonfinite import keeping_nonfinite
from invarsig.kernels.operation_counts import COMPLEX, of_transform
from invarsig.kernels.spectral_sums import spectral_sums

__all__ = ["convolved", "convolved_in_groups", "convolved_operations", "is_direct"]

_DIRECT_TAPS = 16
"""Up to so many taps per stride sums are direct: only then are borders and NaN separated exactly,
and transforms would win nothing."""

_TAPS_OF_INVERSE, _TAPS_OF_PRODUCT, _TAPS_OF_FORWARD = 120, 3, 75
"""With how many taps of a direct sum these take as long, for each sample of a result: the inverse
transform with the transform of the kernel, the product of a channel's spectrum, and its transform.
`docs/decisions/when-sums-are-direct.md` has the measurements."""


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
    if is_direct(flat_taps, strides):
        out = direct_sums(flat_values, flat_taps, strides)
    else:
        out = keeping_nonfinite(
            lambda some, by: spectral_sums(some, by, strides), flat_values, flat_taps
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
    if is_direct(flat, strides):
        return float(factor * filters * summed * len(tap_places(flat)) * math.prod(counts))
    # For real ones half the spectrum is enough, forward, in the product and back.
    size = math.prod(space)
    products = COMPLEX * size * summed / (3 - factor)
    back = 0.0
    for place, n in enumerate(space):
        lines = math.prod(counts[:place]) * math.prod(space[place + 1 :])
        back += lines * of_transform(n, real=factor == 1)
    there = of_transform(*space, real=True) * factor
    return summed * there + filters * (products + back)


def is_direct(taps: np.ndarray, strides: Sequence[int]) -> bool:
    """Whether direct sums are expected to be the faster; the same for all batches and sizes."""
    filters, summed, kept = *taps.shape[:2], math.prod(strides)
    used = len(tap_places(taps))
    if used <= _DIRECT_TAPS * kept or np.iscomplexobj(taps):
        return used <= _DIRECT_TAPS * kept
    products = summed * (_TAPS_OF_PRODUCT + _TAPS_OF_FORWARD / filters)
    return bool(summed * used <= kept * (_TAPS_OF_INVERSE + products))
