"""Max pooling."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.kernels.reductions import reduced
from invarsig.operators.base import Operator, Plan
from invarsig.operators.fields import mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.window_pool import (
    WindowPool,
    require_real,
    window_examples,
    windowed_plan,
)

__all__ = ["MaxPool"]


@dataclass(frozen=True)
class MaxPool(WindowPool):
    """Max pooling: ``y[j] = max x[j s - p + d k], k = 0 … w - 1``. NaN is propagated.

    Along each dim separately, so the window is a box. It commutes with whole-sample shifts
    where the stride is 1, and folds where it is not; it creates frequencies above any band,
    so it never commutes with fractions of a sample.

    Parameters
    ----------
    window
        For each dim the width w of the window, in samples; or a length with its unit, such as
        "2 deg", that is a whole number of samples of the signal.
    stride
        For each dim the distance s between windows, in samples or as a length with its unit; the
        window's width by default.
    boundary
        "periodic", "reflect", "symmetric", "edge" (torch: replicate; scipy.ndimage: nearest),
        "zero", ``("constant", value)`` or "valid", for all dims or as a mapping. By default
        periodic where the axis is, and valid elsewhere: whole windows alone, so samples at the end
        that fill none are left out, such as the last row of an odd number. The padding of
        networks' max pools is ``("constant", -inf)``, which only a max pool takes.
    padding
        For each dim how many samples before ``j s`` window j begins; ``(w - s) // 2`` by default,
        which centers dense windows and lets adjacent ones begin at the first sample. Or a pair: by
        how many samples the boundary extends the axis before and after; windows then fit in
        ``(size + before + after - w) // s + 1`` times. Has no effect where the boundary is "valid",
        or follows a periodic axis.
    ceil_mode
        With a pair as padding: whether that quotient is rounded up, so that a last window that
        begins on the axis, or before it, reaches beyond the padding.
    dilation
        For each dim the distance d between the samples of a window; 1 by default.

    Raises
    ------
    ParameterError
        If a window, stride or dilation is not a whole number of at least 1.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> y = MaxPool(window={"x": 2})(label([1.0, 3.0, 2.0, 0.0], "x"))
    >>> y.values.tolist(), y.x.values.tolist()
    ([3.0, 2.0], [0.5, 2.5])
    >>> layer = MaxPool({"x": 3}, {"x": 2}, ("constant", float("-inf")), padding={"x": (1, 1)})
    >>> layer(label([-1.0, -3.0, -2.0, -4.0], "x")).values.tolist()
    [-1.0, -2.0]

    References
    ----------
    Scherer, Müller & Behnke (2010), doi:10.1007/978-3-642-15825-4_10.
    """

    _: KW_ONLY
    dilation: Mapping[str, int] = mapping_field(default_factory=dict)

    linear = False
    _takes_infinity = True

    def __post_init__(self) -> None:
        self._check_windows()
        dilation = parameters.counts("dilation", self.dilation)
        stray = [dim for dim in dilation if dim not in self.window]
        if stray:
            raise ParameterError(
                f"The dilation names {stray[0]!r}, along which there is no window; add it to "
                "window=."
            )
        object.__setattr__(self, "dilation", {dim: by for dim, by in dilation.items() if by != 1})

    def _covered(self) -> Mapping[str, int]:
        return {d: self.dilation.get(d, 1) * (size - 1) + 1 for d, size in self.window.items()}

    def plan(self, axes: Axes) -> Plan:
        """Place the windows along their axes."""
        spans = self._spans(axes)
        windows = list(self.window.values())
        apart = [self.dilation.get(dim, 1) for dim in self.window]
        strides, borders = [span.stride for span in spans], [span.border for span in spans]

        def kernel(values: np.ndarray) -> np.ndarray:
            require_real(values, "MaxPool")
            return reduced(values, np.maximum, windows, strides, apart, borders)

        return windowed_plan(spans, kernel, separable=True, samples=windows)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Adjacent and overlapping windows, odd and even, in up to three dims."""
        yield from window_examples(cls, rng)
        border = ("constant", -math.inf)
        apart = {"padding": {"x": (2, 1)}, "dilation": {"x": 2}}
        yield cls({"x": 3}, {"x": 2}, border, **apart), noise_picture(rng)  # type: ignore[arg-type]
        yield cls({"x": 3}, {"x": 1}, dilation={"x": 2}), noise_picture(rng)
