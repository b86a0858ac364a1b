"""Softmax-weighted pooling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.kernels.windows import softmax_means
from invarsig.operators.base import Operator, Plan
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.window_pool import (
    WindowPool,
    require_real,
    window_examples,
    windowed_plan,
)
from invarsig.operators.windows import extended

__all__ = ["SoftmaxPool"]


@dataclass(frozen=True)
class SoftmaxPool(WindowPool):
    """Softmax-weighted pooling: the mean of each window with weights ``exp(x / T)``.

    ``y[j] = sum_k x[k] exp(x[k] / T) / sum_k exp(x[k] / T)`` over the samples k of window j. Near T
    = 0 it is the max pool, at large T the mean pool, with a smooth transition. NaN is propagated.

    Parameters
    ----------
    window, stride, boundary, padding, ceil_mode
        As for `MaxPool`, the border finite.
    temperature
        T, above 0, in the unit of the samples.

    Raises
    ------
    ParameterError
        If the temperature is not above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import label
    >>> x = label([0.0, np.log(3.0)], "x")
    >>> weights = SoftmaxPool(window={"x": 2})(x) / np.log(3.0)
    >>> weights.values.round(12).tolist()
    [0.75]
    >>> SoftmaxPool(window={"x": 2}, temperature=0.01)(x).values.round(6).tolist()
    [1.098612]

    References
    ----------
    Stergiou, Poppe & Kalliatakis (2021), Refining activation downsampling with SoftPool,
    arXiv:2101.00440, at T = 1.
    """

    temperature: float = 1.0

    linear = False

    @property
    def homogeneity(self) -> None:
        """None: louder samples are weighted more sharply."""
        return None

    def result_unit(self, unit: str) -> str:
        """A mean of samples has their unit."""
        return unit

    def __post_init__(self) -> None:
        self._check_windows()
        (temperature,) = parameters.positives(self.temperature, "temperature")
        object.__setattr__(self, "temperature", temperature)

    def plan(self, axes: Axes) -> Plan:
        """Place the windows along their axes."""
        spans = self._spans(axes)

        def kernel(values: np.ndarray) -> np.ndarray:
            require_real(values, "SoftmaxPool")
            wide = extended(values, spans)
            windows, strides = [s.window for s in spans], [s.stride for s in spans]
            return softmax_means(wide, self.temperature, windows, strides)

        return windowed_plan(spans, kernel)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Warm and cold, in one and two dims."""
        picture = noise_picture(rng)
        yield from window_examples(cls, rng)
        yield cls(window={"x": 3}, temperature=0.1), picture
