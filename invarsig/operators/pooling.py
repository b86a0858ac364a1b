"""Pools: one value for each window, and the windows some samples apart.

Window and stride count samples, as xarray's ``coarsen`` and ``rolling`` do. A pooled sample
stands at its window's centre. By default the windows of a pool abut (the stride is the
window), begin at the first sample, and meet no border; on a periodic axis they go round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.errors import DtypeError, ParameterError
from invarsig.kernels.windows import correlated_along, reduced
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, mapping_field, whole_number
from invarsig.operators.noise import noise_picture
from invarsig.operators.windows import (
    BoundaryChoice,
    Span,
    check_boundary,
    check_counts,
    extended,
    shared_dims,
    spans_of,
)

__all__ = ["BlurPool", "GlobalPool", "MaxPool", "MeanPool", "Subsample", "binomial"]


def _plan(spans: tuple[Span, ...], kernel: object) -> Plan:
    return Plan(
        tuple(span.axis for span in spans),
        tuple(span.out_axis for span in spans),
        {span.axis.dim: span.stride for span in spans},
        {span.axis.dim: span.reach for span in spans},
        kernel,  # type: ignore[arg-type]
        taps=int(np.prod([span.window for span in spans])),
        shared=shared_dims(spans),
    )


@dataclass(frozen=True)
class _WindowPool(ArrayOperator):
    """Pools that have a window and a stride of their own along each dim."""

    window: Mapping[str, int] = mapping_field()
    stride: Mapping[str, int] | None = mapping_field(default=None)
    boundary: BoundaryChoice = mapping_field(default=None)
    padding: Mapping[str, int] | None = mapping_field(default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "window", check_counts("window", self.window))
        if not self.window:
            raise ParameterError(f"{type(self).__name__} needs a window along at least one dim.")
        for what, counts, least in (("stride", self.stride, 1), ("padding", self.padding, 0)):
            if counts is None:
                continue
            given = check_counts(what, counts, least=least)
            object.__setattr__(self, what, given)
            stray = [dim for dim in given if dim not in self.window]
            if stray:
                raise ParameterError(
                    f"The {what} names {stray[0]!r}, along which there is no window; add it to "
                    "window=."
                )
        check_boundary(self.boundary)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the window."""
        return tuple(self.window)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same windows, other strides apart."""
        spacing, padding = self._strides(), dict(self.padding or {})
        for dim, window in self.window.items():
            padding.setdefault(dim, max((window - spacing[dim]) // 2, 0))
        changed = {dim: strides.get(dim, by) for dim, by in spacing.items()}
        return replace(self, stride=changed, padding=padding)

    def _strides(self) -> dict[str, int]:
        return {dim: (self.stride or {}).get(dim, size) for dim, size in self.window.items()}

    def _spans(self, axes: Axes) -> tuple[Span, ...]:
        return spans_of(axes, self.window, self._strides(), self.boundary, self.padding or {})

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Windows that abut and windows that overlap, odd and even, in one and two dims."""
        picture = noise_picture(rng)
        yield cls(window={"x": 4}), picture
        yield cls(window={"x": 3}, stride={"x": 2}), picture
        yield cls(window={"y": 2, "x": 3}, stride={"y": 2, "x": 1}, boundary="reflect"), picture
        yield cls(window={"x": 5}, stride={"x": 2}, boundary="valid"), picture


@dataclass(frozen=True)
class MaxPool(_WindowPool):
    """Max pooling: ``y[j] = max x[j s - p + k], k = 0 … w - 1``. NaN is propagated.

    Along each dim separately, so the window is a box. It commutes with whole-sample shifts
    where the stride is 1, and folds where it is not; it creates frequencies above any band,
    so it never commutes with fractions of a sample.

    Parameters
    ----------
    window
        For each dim the width w of the window, in samples.
    stride
        For each dim the distance s between windows, in samples; the window's width by default.
    boundary
        "periodic", "reflect", "symmetric", "zero" or "valid", for all dims or as a mapping.
        By default periodic where the axis is, and valid elsewhere.
    padding
        For each dim how many samples before ``j s`` window j begins; ``(w - s) // 2`` by
        default, which centres dense windows and lets those that abut begin at the first
        sample. Without meaning where the boundary is "valid".

    Raises
    ------
    ParameterError
        If a window or stride is not a whole number of at least 1.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> y = MaxPool(window={"x": 2})(label([1.0, 3.0, 2.0, 0.0], "x"))
    >>> y.values.tolist(), y.x.values.tolist()
    ([3.0, 2.0], [0.5, 2.5])

    References
    ----------
    Scherer, Müller & Behnke (2010), doi:10.1007/978-3-642-15825-4_10.
    """

    linear = False

    def plan(self, axes: Axes) -> Plan:
        """Lay the windows along their axes."""
        spans = self._spans(axes)

        def kernel(values: np.ndarray) -> np.ndarray:
            if np.iscomplexobj(values):
                raise DtypeError(
                    "MaxPool needs real values, and these are complex; put a Modulus before it."
                )
            wide = extended(values, spans)
            return reduced(wide, np.maximum, [s.window for s in spans], [s.stride for s in spans])

        return _plan(spans, kernel)


@dataclass(frozen=True)
class MeanPool(_WindowPool):
    """Mean pooling: ``y[j] = (1/w) sum x[j s - p + k], k = 0 … w - 1``.

    Along each dim separately. With a window of 2 it is the 2-tap blur pool.

    Parameters
    ----------
    window, stride, boundary, padding
        As for `MaxPool`.

    Raises
    ------
    ParameterError
        If a window or stride is not a whole number of at least 1.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> MeanPool(window={"x": 2})(label([1.0, 3.0, 2.0, 0.0], "x")).values.tolist()
    [2.0, 1.0]

    References
    ----------
    LeCun et al. (1998), doi:10.1109/5.726791.
    """

    linear = True

    def plan(self, axes: Axes) -> Plan:
        """Lay the windows along their axes."""
        spans = self._spans(axes)
        count = float(np.prod([span.window for span in spans]))

        def kernel(values: np.ndarray) -> np.ndarray:
            wide = extended(values, spans)
            return (
                reduced(wide, np.add, [s.window for s in spans], [s.stride for s in spans]) / count
            )

        return _plan(spans, kernel)


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
class BlurPool(ArrayOperator):
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

        return _plan(spans, kernel)

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


@dataclass(frozen=True)
class Subsample(ArrayOperator):
    """Plain decimation: ``y[j] = x[j s]``. Nothing keeps what folds away from the result.

    Parameters
    ----------
    stride
        For each dim the stride s, in samples.

    Raises
    ------
    ParameterError
        If a stride is not a whole number of at least 1.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Subsample(stride={"x": 2})(label([1.0, 3.0, 2.0, 0.0], "x")).values.tolist()
    [1.0, 2.0]

    References
    ----------
    Crochiere & Rabiner (1983), Multirate digital signal processing.
    """

    stride: Mapping[str, int] = mapping_field()

    linear = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "stride", check_counts("stride", self.stride))

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the stride."""
        return tuple(self.stride)

    def plan(self, axes: Axes) -> Plan:
        """Keep the first sample and every s-th one after it."""
        ones = dict.fromkeys(self.stride, 1)
        ring = {dim: "periodic" if axes[dim].periodic else "zero" for dim in self.stride}
        spans = spans_of(axes, ones, self.stride, ring, dict.fromkeys(self.stride, 0))
        keep = tuple(slice(None, None, span.stride) for span in spans)
        return _plan(spans, lambda values: values[(..., *keep)])

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Keep more, or fewer."""
        return replace(self, stride={dim: strides.get(dim, by) for dim, by in self.stride.items()})

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """One and two dims."""
        yield cls(stride={"x": 3}), noise_picture(rng)
        yield cls(stride={"x": 2, "y": 2}), noise_picture(rng)


Reduction = Literal["max", "mean", "sum"]


@dataclass(frozen=True)
class GlobalPool(ArrayOperator):
    """Global pooling: the largest value, the mean or the sum over whole dims, which are lost.

    Since the axis is gone, equivariance along it *is* invariance. NaN is propagated.

    Parameters
    ----------
    over
        Dims to pool over.
    kind
        "max", "mean" or "sum".

    Raises
    ------
    ParameterError
        If `kind` is unknown or no dim is given.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> float(GlobalPool("x", kind="max")(label([1.0, 3.0, 2.0], "x")))
    3.0

    References
    ----------
    Lin, Chen & Yan (2014), Network in network, arXiv:1312.4400.
    """

    over: str | tuple[str, ...] = dims_field()
    kind: Reduction = field(default="mean")

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "over", (self.over,) if isinstance(self.over, str) else tuple(self.over)
        )
        if not self.over:
            raise ParameterError("GlobalPool needs at least one dim to pool over.")
        if self.kind not in get_args(Reduction):
            raise ParameterError(
                f"kind={self.kind!r} is unknown; give one of {', '.join(get_args(Reduction))}."
            )

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether it is a mean or a sum."""
        return self.kind != "max"

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that are pooled over."""
        return tuple(self.over)

    def plan(self, axes: Axes) -> Plan:
        """Drop the axes."""
        last = tuple(range(-len(self.over), 0))

        def kernel(values: np.ndarray) -> np.ndarray:
            if self.kind == "max" and np.iscomplexobj(values):
                raise DtypeError(
                    "A maximum needs real values, and these are complex; put a Modulus before it."
                )
            reductions: dict[str, Any] = {"max": np.max, "mean": np.mean, "sum": np.sum}
            function = reductions[self.kind]
            return np.asarray(function(values, axis=last))

        pooled = tuple(axes.counted(dim) for dim in self.over)
        return Plan(pooled, (), kernel=kernel, taps=int(np.prod([axis.size for axis in pooled])))

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself: there is no stride to change."""
        return self

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Each kind, over one and two dims."""
        picture = noise_picture(rng)
        yield cls("x", kind="max"), picture
        yield cls(("y", "x"), kind="mean"), picture
        yield cls("y", kind="sum"), picture
