"""Pools that weight samples along each dim with their own taps, and keep every s-th result."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.kernels.separable_filter import Along, filtered
from invarsig.operators.base import ArrayOperator, Plan
from invarsig.operators.linear_filter import Channels, LinearFilter, dtft
from invarsig.operators.pooling.window_pool import windowed_plan
from invarsig.operators.windows import (
    BoundaryChoice,
    check_boundary,
    linear_but_for_the_border,
    spans_of,
)

__all__ = ["TapPool", "check_band"]


def check_band(band: Mapping[str, int] | None, stride: Mapping[str, int]) -> dict[str, int] | None:
    """Check the strides that low-passes are designed for: only dims with a stride may have one."""
    if band is None:
        return None
    given = parameters.counts("band", band)
    stray = [dim for dim in given if dim not in stride]
    if stray:
        raise ParameterError(f"The band names {stray[0]!r}; add that dim to stride=.")
    return given


class TapPool(ArrayOperator, LinearFilter):
    """A separable low-pass by taps, then every s-th sample.

    Each dim of `stride` is filtered, even where its stride is 1. The taps are centered on the
    samples that are kept; an even number of them moves the grid by half a sample.
    """

    stride: Mapping[str, int]
    boundary: BoundaryChoice

    linear: ClassVar[bool] = linear_but_for_the_border()
    _keeps_plans = True

    @abc.abstractmethod
    def _taps(self) -> dict[str, np.ndarray]:
        """For each dim of the stride the weights of the samples, in their order."""

    def _check_strides(self) -> None:
        """Check stride and boundary; for `__post_init__`."""
        object.__setattr__(self, "stride", parameters.counts("stride", self.stride))
        if not self.stride:
            raise ParameterError(
                f"{type(self).__name__} needs a stride along at least one dim: stride={{'x': 2}}."
            )
        check_boundary(self.boundary)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the stride."""
        return tuple(self.stride)

    def plan(self, axes: Axes) -> Plan:
        """Place the taps along their axes, centered on the samples that are kept."""
        taps = self._taps()
        windows = {dim: weights.size for dim, weights in taps.items()}
        centered = {dim: (size - 1) // 2 for dim, size in windows.items()}
        spans = spans_of(axes, windows, self.stride, self.boundary, centered)

        along = [
            Along(taps[span.axis.dim], span.stride, *span.pads, span.boundary) for span in spans
        ]

        def kernel(values: np.ndarray) -> np.ndarray:
            return filtered(values, along)

        return windowed_plan(spans, kernel, separable=True)

    def _channels(self, axes: Axes) -> Channels:
        return Channels()

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        """Fourier transform of the taps along each dim, real where they are symmetric."""
        out = np.ones(())
        for taps, f in zip(self._taps().values(), frequencies, strict=True):
            # Weights of the samples run against the taps of a convolution.
            line = dtft(taps[::-1], [f])
            symmetric = np.array_equal(taps, taps[::-1])
            out = np.multiply.outer(out, line.real if symmetric else line)
        return out
