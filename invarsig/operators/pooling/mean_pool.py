"""Mean pooling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import reduce
from typing import ClassVar

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.kernels.reductions import reduced
from invarsig.operators.base import Operator, Plan
from invarsig.operators.linear_filter import Channels, LinearFilter, dtft
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.window_pool import (
    WindowPool,
    window_examples,
    windowed_plan,
)
from invarsig.operators.windows import Span, linear_but_for_the_border

__all__ = ["MeanPool"]


@dataclass(frozen=True)
class MeanPool(WindowPool, LinearFilter):
    """Mean pooling: ``y[j] = (1/n_j) sum x[j s - p + k], k = 0 … w - 1``, with n_j = w.

    Along each dim separately. With a window of 2 it is the 2-tap blur pool.

    Parameters
    ----------
    window, stride, boundary, padding, ceil_mode
        As for `MaxPool`. What `ceil_mode` adds beyond the padding does not count in n_j.
    count_include_pad
        Whether zeros beyond the ends count as samples. Where not, n_j is how many samples of
        window j lie on the axis, and the boundary must be "zero" or none.

    Raises
    ------
    ParameterError
        If a window or stride is not a whole number of at least 1, or samples of another boundary
        are not to be counted.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> MeanPool(window={"x": 2})(label([1.0, 3.0, 2.0, 0.0], "x")).values.tolist()
    [2.0, 1.0]
    >>> layer = MeanPool({"x": 3}, {"x": 2}, "zero", {"x": (1, 1)}, count_include_pad=False)
    >>> layer(label([1.0, 3.0, 2.0, 1.0], "x")).values.tolist()
    [2.0, 2.0]

    References
    ----------
    LeCun et al. (1998), doi:10.1109/5.726791.
    """

    _: KW_ONLY
    count_include_pad: bool = True

    linear: ClassVar[bool] = linear_but_for_the_border()

    def __post_init__(self) -> None:
        self._check_windows()
        parameters.one_of("count_include_pad", self.count_include_pad, (False, True))

    def _counts(self, spans: Sequence[Span]) -> np.ndarray | float:
        """How many samples of each window count; a number where that is the same for all."""
        for span in () if self.count_include_pad else spans:
            if span.boundary not in ("zero", "valid", "periodic"):
                raise ParameterError(
                    f"count_include_pad=False leaves out zeros beyond the ends, and the boundary "
                    f"along {span.axis.dim!r} is {span.boundary!r}; give boundary='zero', or count "
                    "its samples."
                )
        each = [
            np.full(span.size, span.window)
            if span.boundary in ("valid", "periodic")
            else span.counted(padding=self.count_include_pad)
            for span in spans
        ]
        if all((own == span.window).all() for own, span in zip(each, spans, strict=True)):
            return float(np.prod([span.window for span in spans]))
        return reduce(np.multiply.outer, each).astype(np.float64)

    def plan(self, axes: Axes) -> Plan:
        """Place the windows along their axes."""
        spans = self._spans(axes)
        count = self._counts(spans)

        windows, strides = [span.window for span in spans], [span.stride for span in spans]
        borders = [span.border for span in spans]

        def kernel(values: np.ndarray) -> np.ndarray:
            if isinstance(count, float):
                return reduced(values, np.add, windows, strides, borders=borders, divisor=count)
            return np.asarray(reduced(values, np.add, windows, strides, borders=borders) / count)

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
        own = {"padding": {"x": (1, 1)}, "count_include_pad": False, "ceil_mode": True}
        yield cls({"x": 3}, {"x": 2}, "zero", **own), noise_picture(rng)  # type: ignore[arg-type]
