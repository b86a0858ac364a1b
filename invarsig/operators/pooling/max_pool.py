"""Max pooling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.kernels.windows import reduced
from invarsig.operators.base import Operator, Plan
from invarsig.operators.pooling.window_pool import (
    WindowPool,
    require_real,
    window_examples,
    windowed_plan,
)
from invarsig.operators.windows import extended

__all__ = ["MaxPool"]


@dataclass(frozen=True)
class MaxPool(WindowPool):
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
        For each dim how many samples before ``j s`` window j begins; ``(w - s) // 2`` by default,
        which centers dense windows and lets adjacent ones begin at the first sample. Has no effect
        where the boundary is "valid".

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

    def __post_init__(self) -> None:
        self._check_windows()

    def plan(self, axes: Axes) -> Plan:
        """Place the windows along their axes."""
        spans = self._spans(axes)

        def kernel(values: np.ndarray) -> np.ndarray:
            require_real(values, "MaxPool")
            wide = extended(values, spans)
            return reduced(wide, np.maximum, [s.window for s in spans], [s.stride for s in spans])

        return windowed_plan(spans, kernel, separable=True)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Adjacent and overlapping windows, odd and even, in up to three dims."""
        yield from window_examples(cls, rng)
