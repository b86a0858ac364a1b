"""Mean pooling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.kernels.windows import reduced
from invarsig.operators.base import Operator, Plan
from invarsig.operators.linear_filter import Channels, LinearFilter, dtft
from invarsig.operators.pooling.window_pool import (
    WindowPool,
    window_examples,
    windowed_plan,
)
from invarsig.operators.windows import extended

__all__ = ["MeanPool"]


@dataclass(frozen=True)
class MeanPool(WindowPool, LinearFilter):
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

    def __post_init__(self) -> None:
        self._check_windows()

    def plan(self, axes: Axes) -> Plan:
        """Place the windows along their axes."""
        spans = self._spans(axes)
        count = float(np.prod([span.window for span in spans]))

        def kernel(values: np.ndarray) -> np.ndarray:
            wide = extended(values, spans)
            return (
                reduced(wide, np.add, [s.window for s in spans], [s.stride for s in spans]) / count
            )

        return windowed_plan(spans, kernel, separable=True)

    def _channels(self, axes: Axes) -> Channels:
        return Channels()

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        """``sin(pi w f) / (w sin(pi f))`` along each dim."""
        out = np.ones(())
        for window, f in zip(self.window.values(), frequencies, strict=True):
            out = np.multiply.outer(out, dtft(np.full(window, 1 / window), [f]).real)
        return out

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Adjacent and overlapping windows, odd and even, in up to three dims."""
        yield from window_examples(cls, rng)
