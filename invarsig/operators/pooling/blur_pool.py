"""Blur pooling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.errors import ParameterError
from invarsig.operators.base import Operator
from invarsig.operators.fields import mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.tap_pool import TapPool
from invarsig.operators.strides import other_strides
from invarsig.operators.windows import BoundaryChoice

__all__ = ["BlurPool", "binomial"]


def binomial(taps: int) -> np.ndarray:
    """Binomial taps ``C(n, k) / 2^n``, ``n = taps - 1``: the blur filters of Zhang (2019).

    Examples
    --------
    >>> (16 * binomial(5)).tolist()
    [1.0, 4.0, 6.0, 4.0, 1.0]
    """
    row = np.ones(1)
    for _ in range(taps - 1):
        row = np.convolve(row, [0.5, 0.5])
    return row


@dataclass(frozen=True)
class BlurPool(TapPool):
    """Blur pooling: a short low-pass, binomial by default, then every s-th sample.

    ``y[j] = sum_k b[k] x[j s - (n - 1) // 2 + k]``, with n taps b of sum 1, along each dim
    separately. The frequency response of binomial taps is ``cos(pi f)^(n - 1)``: it zeroes the
    Nyquist bin of its input, and damps what folds. An even number of taps moves the grid by half a
    sample.

    Parameters
    ----------
    taps
        Number n of binomial taps, 1 to 7: one tap is plain subsampling, two are mean pooling. Or a
        window and its length, such as ``("hann", 5)`` or ``(("kaiser", 8.0), 9)``, as
        `scipy.signal.get_window` knows them, symmetric (the ends of some are 0). Or the weights
        themselves, in the order of the samples, as a tuple; they are divided by their sum.
    stride
        For each dim the stride s, in samples. The blur runs along all these dims, even where the
        stride is 1.
    boundary
        As for `MaxPool`.

    Raises
    ------
    ParameterError
        If the number of taps or a stride is out of range, a window is unknown, or the weights sum
        to 0.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> x = label([4.0, 0.0, 0.0, 0.0], Axis("x", period=4.0))
    >>> BlurPool(taps=3, stride={"x": 2})(x).values.tolist()
    [2.0, 0.0]
    >>> BlurPool(taps=("triang", 3), stride={"x": 2})(x).values.tolist()
    [2.0, 0.0]
    >>> BlurPool(taps=(3.0, 1.0), stride={"x": 2})(x).values.tolist()
    [3.0, 0.0]

    References
    ----------
    Zhang (2019), Making convolutional networks shift-invariant again, arXiv:1904.11486.
    """

    taps: int | tuple[Any, ...] = 3
    stride: Mapping[str, int] = mapping_field(default_factory=dict)
    boundary: BoundaryChoice = mapping_field(default=None)

    def __post_init__(self) -> None:
        if isinstance(self.taps, (tuple, list, np.ndarray)):
            masked = np.ma.is_masked(self.taps)
            given = parameters.numbers_of(self.taps).tolist() if masked else self.taps
            object.__setattr__(self, "taps", _checked(tuple(given)))
        else:
            object.__setattr__(self, "taps", parameters.count(self.taps, "The number of taps"))
            if self.taps > 7:
                raise ParameterError(
                    f"BlurPool has 1 to 7 taps, not {self.taps}; for more taps name a window, "
                    f"such as taps=('hann', {self.taps})."
                )
        self._check_strides()

    def _taps(self) -> dict[str, np.ndarray]:
        return dict.fromkeys(self.stride, _weights(self.taps))

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same blur with other strides."""
        changed = other_strides(self.stride, strides)
        return None if changed is None else replace(self, stride=changed)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Odd and even numbers of taps, windows, asymmetric weights, all boundaries."""
        picture = noise_picture(rng)
        yield cls(taps=5, stride={"x": 2}), picture
        yield cls(taps=4, stride={"x": 3, "y": 1}, boundary="reflect"), picture
        yield cls(taps=3, stride={"x": 2}, boundary="zero"), picture
        yield cls(taps=7, stride={"x": 2}, boundary="valid"), picture
        yield cls(taps=("hamming", 6), stride={"x": 2}), picture
        yield cls(taps=(3.0, 2.0, 1.0), stride={"x": 2, "y": 2}, boundary="symmetric"), picture
        yield cls(taps=(3.0, 2.0, 1.0), stride={"x": 2}), picture
        volume = noise_picture(rng, {"z": 4, "y": 6, "x": 8})
        yield cls(taps=3, stride={"z": 2, "y": 3, "x": 1}), volume


def _checked(taps: tuple[Any, ...]) -> tuple[Any, ...]:
    """Check a window with its length, or weights."""
    if taps and isinstance(taps[0], (str, tuple)):
        if len(taps) != 2:
            raise ParameterError(
                f"taps={taps!r} is not a window with a length; give a pair such as ('hann', 5)."
            )
        made = (taps[0], parameters.count(taps[1], "The length of the window", " samples"))
        _weights(made)
        return made
    try:
        weights = np.array(taps, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"taps={taps!r} are not weights; give numbers, or a pair such as ('hann', 5)."
        ) from error
    total = weights.sum() if weights.size else 0.0
    if not np.isfinite(total) or abs(total) <= 1e-12 * np.abs(weights).sum():
        raise ParameterError(
            f"The taps {taps!r} have the sum {total:g}, so a constant would be lost; give finite "
            "weights whose sum is not 0."
        )
    return tuple(weights.tolist())


def _weights(taps: int | tuple[Any, ...]) -> np.ndarray:
    """The taps, with sum 1."""
    if isinstance(taps, int):
        return binomial(taps)
    if not isinstance(taps[0], (str, tuple)):
        weights = np.array(taps)
        return np.asarray(weights / weights.sum())
    window, size = taps
    weights = parameters.window_weights(window, size, "taps", symmetric=True)
    if not weights.sum() > 0:
        raise ParameterError(
            f"The window {window!r} of {size} samples is zero all over; take a longer one."
        )
    return np.asarray(weights / weights.sum())
