"""Frequency responses made ready for products of spectra: only where they are not negligible.

A response with a stride s multiplies the bins of s images, and the products fold onto each other.
Of a narrow band most images are negligible, and most columns of the result are empty before it is
transformed back: neither is computed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from invarsig.threads import run_blocks, threads_here

__all__ = ["SpectralFilter", "spectral_filters"]

_NEGLIGIBLE = 1 / 32
"""Weights below this part of the rounding unit of the largest one are left out."""

_GAP = 4
"""A band is cut in two at its widest gap, if that is at least this part of the axis."""


@dataclass(frozen=True)
class _Piece:
    """A box of bins, where it folds to, its weights, and whether something is there already."""

    source: tuple[slice, ...]
    target: tuple[slice, ...]
    weights: np.ndarray
    adds: bool


@dataclass(frozen=True)
class SpectralFilter:
    """A response, folded by strides; of a real result only half of the last axis.

    Parameters
    ----------
    pieces
        What is multiplied, and where it goes.
    shape
        Of the folded spectrum.
    columns
        Parts of the last axis of the folded spectrum outside of which it is empty.
    highest
        Highest bin along the last axis that is read, of either sign.
    """

    pieces: tuple[_Piece, ...]
    shape: tuple[int, ...]
    columns: tuple[slice, ...]

    highest: int

    @property
    def nbytes(self) -> int:
        """Bytes of the weights."""
        return sum(piece.weights.nbytes for piece in self.pieces)

    def fold(self, spectrum: np.ndarray, out: np.ndarray) -> None:
        """Multiply spectra ``(items, *space)`` and fold them into ``(items, *shape)``."""
        first = self.pieces[0]
        if first.weights.shape != self.shape:
            out[...] = 0
        for piece in self.pieces:
            part, there = spectrum[:, *piece.source], out[:, *piece.target]
            if piece.adds:
                there += part * piece.weights
            else:
                np.multiply(part, piece.weights, out=there)


def spectral_filters(
    responses: Iterable[np.ndarray],
    space: Sequence[int],
    strides: Sequence[int],
    dtype: np.dtype[Any],
    *,
    real: bool,
) -> list[SpectralFilter]:
    """Make responses ready, for spectra of a complex dtype.

    Parameters
    ----------
    responses
        Arrays that broadcast to `space`, in the order of numpy's bins; each is taken when it is
        needed. Real ones stay real.
    space
        Sizes of the axes.
    strides
        One for each of them; they divide the sizes.
    dtype
        Of the spectra.
    real
        Whether the signal is real and only the real part of the result is wanted.
    """
    ready: list[SpectralFilter] = []
    rest = iter(responses)
    # A few at a time: what is made ready is often far smaller than the response.
    while given := list(itertools.islice(rest, max(1, threads_here()))):
        ready += _several(given, space, strides, dtype, real)
    return ready


def _several(
    responses: Sequence[np.ndarray],
    space: Sequence[int],
    strides: Sequence[int],
    dtype: np.dtype[Any],
    real: bool,
) -> list[SpectralFilter]:
    """Make responses ready side by side."""
    given = [np.broadcast_to(each, space) for each in responses]
    made: dict[int, SpectralFilter] = {}

    def work(place: int) -> None:
        made[place] = _filter(given[place], strides, dtype, real)

    run_blocks(work, len(given))
    return [made[place] for place in range(len(given))]


def _filter(
    response: np.ndarray, strides: Sequence[int], dtype: np.dtype[Any], real: bool
) -> SpectralFilter:
    if np.iscomplexobj(response) and not response.imag.any():
        response = response.real
    if real:
        response = _hermitian(response)
    to = dtype if np.iscomplexobj(response) else np.empty(0, dtype).real.dtype
    shape = [n // s for n, s in zip(response.shape, strides, strict=True)]
    if real:
        shape[-1] = shape[-1] // 2 + 1
    there = _there(response, np.finfo(to).eps)
    runs = [list(_runs(there, axis, s, shape[axis])) for axis, s in enumerate(strides)]
    boxes = [tuple(zip(*each, strict=True)) for each in product(*runs)]
    found = [(source, target, response[source]) for source, target in boxes]
    # The largest one first: where it covers everything, nothing has to be set to 0.
    found.sort(key=lambda box: -box[2].size)
    scale = math.prod(strides)
    pieces: list[_Piece] = []
    for source, target, weights in found:
        # One piece is always kept: a filter that is 0 everywhere still spreads NaN.
        if pieces and not there[source].any():
            continue
        adds = any(_meet(target, piece.target) for piece in pieces)
        ready = (weights / scale if scale > 1 else weights).astype(to, order="C")
        pieces.append(_Piece(source, target, ready, adds))
    columns, size = _columns(pieces, shape[-1]), response.shape[-1]
    bins = np.concatenate([np.arange(size)[piece.source[-1]] for piece in pieces])
    highest = int(np.minimum(bins, size - bins).max())
    return SpectralFilter(tuple(pieces), tuple(shape), columns, highest)


def _hermitian(response: np.ndarray) -> np.ndarray:
    """The part of a response whose results are real."""
    mirrored = np.roll(np.flip(response), 1, axis=tuple(range(response.ndim)))
    return np.asarray((response + mirrored.conj()) / 2)


def _there(response: np.ndarray, unit: float) -> np.ndarray:
    """Where a response adds more than the rounding error of its largest products."""
    size = np.abs(response)
    # A response that is not a number somewhere is left out nowhere.
    return np.asarray(~(size <= size.max(initial=0) * unit * _NEGLIGIBLE))


def _runs(there: np.ndarray, axis: int, stride: int, kept: int) -> Iterator[tuple[slice, slice]]:
    """Along one axis the bins of each image that count, and the bins that they fold to."""
    others = tuple(k for k in range(there.ndim) if k != axis)
    there = np.asarray(there.any(axis=others))
    size = there.size // stride
    for image, part in enumerate(there.reshape(stride, size)[:, :kept]):
        (places,) = np.nonzero(part)
        if not places.size:
            continue
        gaps = np.diff(places)
        cut = int(gaps.argmax()) if gaps.size else 0
        wide = gaps.size and gaps[cut] * _GAP >= size
        for run in (places[: cut + 1], places[cut + 1 :]) if wide else (places,):
            first, last = int(run[0]), int(run[-1]) + 1
            begin = image * size
            yield slice(begin + first, begin + last), slice(first, last)
    if not there.reshape(stride, size)[:, :kept].any():
        yield slice(0, 1), slice(0, 1)


def _meet(one: Sequence[slice], other: Sequence[slice]) -> bool:
    return all(a.start < b.stop and b.start < a.stop for a, b in zip(one, other, strict=True))


def _columns(pieces: Sequence[_Piece], size: int) -> tuple[slice, ...]:
    """Runs of the last axis that pieces fold to."""
    there = np.zeros(size + 2, dtype=np.int8)
    for piece in pieces:
        there[piece.target[-1].start + 1 : piece.target[-1].stop + 1] = 1
    edges = np.diff(there)
    ends = zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True)
    return tuple(slice(int(first), int(last)) for first, last in ends)
