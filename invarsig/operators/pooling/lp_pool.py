"""L^p pooling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.kernels.windows import power_means
from invarsig.operators.base import Operator, Plan
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.window_pool import WindowPool, window_examples, windowed_plan
from invarsig.operators.windows import extended

__all__ = ["LpPool"]

Kind = Literal["mean", "sum"]


@dataclass(frozen=True)
class LpPool(WindowPool):
    """L^p pooling: ``y[j] = (mean |x[j s - p + k]|^P)^(1/P)``, over ``k = 0 … w - 1``.

    The mean of magnitudes at P = 1, the root mean square at 2, close to the largest magnitude
    when P is large. With ``kind="sum"`` the sum takes the place of the mean: that is the norm of
    the window, ``w^(1/P)`` times larger.

    Parameters
    ----------
    window, stride, boundary, padding, ceil_mode
        As for `MaxPool`, the border finite.
    power
        The exponent P, above 0.
    kind
        "mean" or "sum".

    Raises
    ------
    ParameterError
        If the power is not above 0 and finite, or `kind` is unknown.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> x = label([3.0, -4.0, 0.0, 2.0], "x")
    >>> LpPool(window={"x": 2}, power=2, kind="sum")(x).values.tolist()
    [5.0, 2.0]
    >>> LpPool(window={"x": 2}, power=1)(x).values.tolist()
    [3.5, 1.0]

    References
    ----------
    Sermanet, Chintala & LeCun (2012), arXiv:1204.3968.
    """

    power: float = 2.0
    kind: Kind = "mean"

    linear = False

    def __post_init__(self) -> None:
        self._check_windows()
        (power,) = parameters.positives(self.power, "power")
        object.__setattr__(self, "power", power)
        parameters.one_of("kind", self.kind, Kind)

    def plan(self, axes: Axes) -> Plan:
        """Place the windows along their axes."""
        spans = self._spans(axes)
        total = self.kind == "sum"

        def kernel(values: np.ndarray) -> np.ndarray:
            wide = np.abs(extended(values, spans))
            windows, strides = [s.window for s in spans], [s.stride for s in spans]
            return power_means(wide, self.power, windows, strides, total=total)

        return windowed_plan(spans, kernel)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Several powers, one of them below 1, and both kinds."""
        picture = noise_picture(rng)
        yield from window_examples(cls, rng)
        yield cls(window={"x": 3}, power=0.5, kind="sum"), picture
        yield cls(window={"y": 3, "x": 2}, power=7.0, boundary="zero"), picture
