"""Adaptive pooling: a given number of bins, whatever the size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis
from invarsig.errors import ParameterError
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.bins import Kind, Windows, pooled_bins

__all__ = ["AdaptivePool"]


@dataclass(frozen=True)
class AdaptivePool(ArrayOperator):
    """Adaptive pooling: the requested number of bins, whatever the size of the axis.

    Of n samples, bin i of a covers those from ``floor(i n / a)`` to ``ceil((i + 1) n / a) - 1``,
    along each dim separately: every sample is in a bin, and bins overlap by a sample where a does
    not divide n. Where it does, they are adjacent windows of ``n / a`` samples, and there is a
    stride. Where it does not, no shift by whole samples moves one bin onto the next, so there is
    none.

    The bins stand ``n / a`` samples apart, uniformly: bin i at the middle of ``i n / a`` and
    ``(i + 1) n / a``. Windows of different sizes have their centers less than half a sample off
    these positions.

    Parameters
    ----------
    bins
        For each dim the number of bins a.
    kind
        "mean" or "max".

    Raises
    ------
    ParameterError
        If a number of bins is not a whole number of at least 1, or `kind` is unknown.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> x = label([1.0, 2.0, 3.0, 4.0, 5.0], "x")
    >>> y = AdaptivePool(bins={"x": 2})(x)
    >>> y.values.tolist(), y.x.values.tolist()
    ([2.0, 4.0], [0.75, 3.25])

    References
    ----------
    Paszke et al. (2019), arXiv:1912.01703 (`torch.nn.AdaptiveAvgPool2d`), after He et al. (2014),
    arXiv:1406.4729, whose windows differ: see `PyramidPool`.
    """

    bins: Mapping[str, int] = mapping_field()
    kind: Kind = "mean"

    def __post_init__(self) -> None:
        object.__setattr__(self, "bins", parameters.counts("number of bins", self.bins))
        if not self.bins:
            raise ParameterError("AdaptivePool needs bins along at least one dim: bins={'x': 4}.")
        parameters.one_of("kind", self.kind, Kind)

    @property
    def homogeneity(self) -> float:
        """1: means and maxima scale with the samples."""
        return 1

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether it takes means."""
        return self.kind == "mean"

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the bins."""
        return tuple(self.bins)

    def plan(self, axes: Axes) -> Plan:
        """Place the windows along their axes."""
        before = tuple(axes[dim] for dim in self.bins)
        windows = [_windows(axis.size, self.bins[axis.dim]) for axis in before]
        even = [axis for axis in before if axis.size % self.bins[axis.dim] == 0]
        return Plan(
            before,
            tuple(_binned(axis, self.bins[axis.dim]) for axis in before),
            {axis.dim: axis.size // self.bins[axis.dim] for axis in even},
            {
                axis.dim: (half * abs(axis.step), half * abs(axis.step))
                for axis in before
                for half in [_half(axis.size, self.bins[axis.dim])]
            },
            lambda values: pooled_bins(values, self.kind, windows, "A max pool"),
            taps=int(np.prod([max(b - a for a, b in pairs) for pairs in windows])),
            shared=frozenset(axis.dim for axis in even if axis.periodic),
        )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """None: without the axis the width of its windows is unknown."""
        return None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Sizes that the number of bins divides, and others; more bins than samples."""
        picture = noise_picture(rng)
        yield cls(bins={"x": 6}), picture
        yield cls(bins={"x": 7, "y": 4}, kind="max"), picture
        yield cls(bins={"y": 5}), picture.isel(y=slice(0, 11))
        yield cls(bins={"y": 15}, kind="max"), picture
        volume = noise_picture(rng, {"z": 4, "y": 6, "x": 8})
        yield cls(bins={"z": 3, "y": 2, "x": 3}), volume


def _windows(size: int, bins: int) -> Windows:
    """Where torch's windows start and stop."""
    return [(i * size // bins, -(-(i + 1) * size // bins)) for i in range(bins)]


def _binned(axis: Axis, bins: int) -> Axis:
    """Axis of the positions of the bins."""
    width = axis.size / bins
    decimated = axis.strided(1, size=bins, offset=(width - 1) / 2)
    return replace(decimated, step=axis.step * width)


def _half(size: int, bins: int) -> float:
    """How far a window reaches from the position of its bin, in samples."""
    width = size / bins
    return max(
        max(i * width + (width - 1) / 2 - start, stop - 1 - i * width - (width - 1) / 2)
        for i, (start, stop) in enumerate(_windows(size, bins))
    )
