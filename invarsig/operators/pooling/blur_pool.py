"""Blur pooling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.kernels.windows import correlated_along
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import mapping_field, whole_number
from invarsig.operators.linear_filter import Channels, LinearFilter
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.window_pool import windowed_plan
from invarsig.operators.windows import (
    BoundaryChoice,
    check_boundary,
    check_counts,
    extended,
    spans_of,
)

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
class BlurPool(ArrayOperator, LinearFilter):
    """Blur pooling: a binomial low-pass, then every s-th sample.

    ``y[j] = sum_k b[k] x[j s - (n - 1) // 2 + k]``, with the n binomial taps b, along each dim
    separately. The frequency response is ``cos(pi f)^(n - 1)``: it zeroes the Nyquist bin of
    its input, and damps what folds. An even number of taps moves the grid by half a sample.

    Parameters
    ----------
    taps
        Number of taps n, 1 to 7. One tap is plain subsampling, two are mean pooling.
    stride
        For each dim the stride s, in samples. The blur runs along all these dims, also where
        the stride is 1.
    boundary
        As for `MaxPool`.

    Raises
    ------
    ParameterError
        If the number of taps or a stride is out of range.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> x = label([4.0, 0.0, 0.0, 0.0], Axis("x", period=4.0))
    >>> BlurPool(taps=3, stride={"x": 2})(x).values.tolist()
    [2.0, 0.0]

    References
    ----------
    Zhang (2019), Making convolutional networks shift-invariant again, arXiv:1904.11486.
    """

    taps: int = 3
    stride: Mapping[str, int] = mapping_field(default_factory=dict)
    boundary: BoundaryChoice = mapping_field(default=None)

    linear = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "taps", whole_number(self.taps, "The number of taps"))
        if self.taps > 7:
            raise ParameterError(f"BlurPool has 1 to 7 taps, not {self.taps}.")
        object.__setattr__(self, "stride", check_counts("stride", self.stride))
        if not self.stride:
            raise ParameterError("BlurPool needs a stride along at least one dim: stride={'x': 2}.")
        check_boundary(self.boundary)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the stride."""
        return tuple(self.stride)

    def plan(self, axes: Axes) -> Plan:
        """Lay the taps along their axes, centred on the samples that are kept."""
        windows = dict.fromkeys(self.stride, self.taps)
        centred = dict.fromkeys(self.stride, (self.taps - 1) // 2)
        spans = spans_of(axes, windows, self.stride, self.boundary, centred)
        taps = binomial(self.taps)

        def kernel(values: np.ndarray) -> np.ndarray:
            wide = extended(values, spans)
            weights = taps.astype(values.real.dtype)
            for place, span in enumerate(spans):
                wide = correlated_along(wide, wide.ndim - len(spans) + place, weights, span.stride)
            return wide

        return windowed_plan(spans, kernel)

    def _channels(self, axes: Axes) -> Channels:
        return Channels()

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        """``cos(pi f)^(n - 1)`` along each dim."""
        out = np.ones(())
        for f in frequencies:
            out = np.multiply.outer(out, np.cos(np.pi * f) ** (self.taps - 1))
        return out

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same blur with other strides."""
        return replace(self, stride={dim: strides.get(dim, by) for dim, by in self.stride.items()})

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Odd and even numbers of taps, all boundaries."""
        picture = noise_picture(rng)
        yield cls(taps=5, stride={"x": 2}), picture
        yield cls(taps=4, stride={"x": 3, "y": 1}, boundary="reflect"), picture
        yield cls(taps=3, stride={"x": 2}, boundary="zero"), picture
        yield cls(taps=7, stride={"x": 2}, boundary="valid"), picture
