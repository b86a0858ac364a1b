"""Median pooling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.kernels.windows import medians
from invarsig.operators.base import Operator, Plan
from invarsig.operators.pooling.window_pool import (
    WindowPool,
    require_real,
    window_examples,
    windowed_plan,
)
from invarsig.operators.windows import extended

__all__ = ["MedianPool"]


@dataclass(frozen=True)
class MedianPool(WindowPool):
    """Median pooling: ``y[j] = median x[j s - p + k], k = 0 … w - 1``. NaN is propagated.

    Over several dims it is the median of the whole box, which is not the median of medians. A
    window with an even number of samples takes the mean of the two in the middle.

    Parameters
    ----------
    window, stride, boundary, padding, ceil_mode
        As for `MaxPool`, the border finite.

    Raises
    ------
    ParameterError
        If a window or stride is not a whole number of at least 1.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> x = label([1.0, 2.0, 90.0, 4.0, 5.0, 7.0], "x")
    >>> MedianPool(window={"x": 3})(x).values.tolist()
    [2.0, 5.0]

    References
    ----------
    Tukey (1977), Exploratory data analysis.
    """

    linear = False

    def __post_init__(self) -> None:
        self._check_windows()

    def plan(self, axes: Axes) -> Plan:
        """Place the windows along their axes."""
        spans = self._spans(axes)

        def kernel(values: np.ndarray) -> np.ndarray:
            require_real(values, "MedianPool")
            wide = extended(values, spans)
            return medians(wide, [s.window for s in spans], [s.stride for s in spans])

        return windowed_plan(spans, kernel)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Adjacent and overlapping windows, odd and even, in up to three dims."""
        yield from window_examples(cls, rng)
