"""Stochastic pooling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.errors import DtypeError
from invarsig.kernels.windows import drawn, power_means
from invarsig.operators.base import Operator, Plan
from invarsig.operators.pooling.window_pool import (
    WindowPool,
    require_real,
    window_examples,
    windowed_plan,
)
from invarsig.operators.windows import extended

__all__ = ["StochasticPool"]


@dataclass(frozen=True)
class StochasticPool(WindowPool):
    """Stochastic pooling: one sample from each window, drawn with ``p_k = x_k / sum x``.

    Without `rng` it is the expectation ``y[j] = sum_k p_k x_k``, as networks with this pool use at
    test time; the laws of equivariance hold for that form. Draws differ from place to place, so a
    drawn pool commutes with nothing. For activations of at least 0; a window of zeros gives 0. NaN
    is propagated.

    Parameters
    ----------
    window, stride, boundary, padding, ceil_mode
        As for `MaxPool`, the border finite.
    rng
        Seed of the draws: the same ones at each call. None takes the expectation.

    Raises
    ------
    ParameterError
        If the seed is not a whole number of at least 0.
    DtypeError
        When it is applied to negative or complex values.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> x = label([1.0, 3.0, 0.0, 0.0, 2.0, 0.0], "x")
    >>> StochasticPool(window={"x": 2})(x).values.round(12).tolist()
    [2.5, 0.0, 2.0]
    >>> drawn = StochasticPool(window={"x": 2}, rng=1)
    >>> bool(drawn(x)[0] in (1.0, 3.0)), drawn.expectation() == StochasticPool(window={"x": 2})
    (True, True)

    References
    ----------
    Zeiler & Fergus (2013), arXiv:1301.3557.
    """

    rng: int | None = None

    linear = False

    def __post_init__(self) -> None:
        self._check_windows()
        if self.rng is not None:
            object.__setattr__(self, "rng", parameters.count(self.rng, "The seed rng", least=0))

    def expectation(self) -> StochasticPool:
        """Give the mean over all draws, a deterministic operator."""
        return replace(self, rng=None)

    def plan(self, axes: Axes) -> Plan:
        """Place the windows along their axes."""
        spans = self._spans(axes)
        windows, strides = [s.window for s in spans], [s.stride for s in spans]

        def kernel(values: np.ndarray) -> np.ndarray:
            require_real(values, "StochasticPool")
            if (values < 0).any():
                raise DtypeError(
                    "StochasticPool needs activations of at least 0, and the lowest of these is "
                    f"{np.nanmin(values):g}; put a Relu, Modulus or Square before it."
                )
            wide = extended(values, spans)
            if self.rng is not None:
                return drawn(wide, windows, strides, np.random.default_rng(self.rng))
            # sum x² / sum x, through means of powers: large values do not overflow.
            mean, rms = (power_means(wide, power, windows, strides) for power in (1.0, 2.0))
            return rms * (rms / np.where(mean == 0, 1, mean))

        plan = windowed_plan(spans, kernel)
        return (
            plan if self.rng is None else replace(plan, shared=frozenset(), local={}, together=True)
        )

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """The expectation, for activations."""
        yield from window_examples(cls, rng, activations=True)
