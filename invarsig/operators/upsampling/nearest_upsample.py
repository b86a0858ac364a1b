"""Nearest-neighbor upsampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from invarsig.axes import Axis
from invarsig.operators.upsampling.upsampling import Upsampling, centered

__all__ = ["NearestUpsample"]


@dataclass(frozen=True)
class NearestUpsample(Upsampling):
    """Nearest-neighbor upsampling: each sample is repeated, ``y[j] = x[floor(j / q)]``.

    The q samples share the cell of the one that they repeat, so the first stands at
    ``(1 / q - 1) / 2`` samples after it. That is zero insertion and a filter of q equal taps, whose
    response falls off slowly: of white noise, at a factor of 2, the images keep .18 of the energy.

    Parameters
    ----------
    factor
        For each dim the factor q, a whole number of at least 1.

    Raises
    ------
    ParameterError
        If a factor is not a whole number of at least 1.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> y = NearestUpsample({"x": 2})(label([1.0, 3.0], Axis("x", unit="px", period=2.0)))
    >>> y.values.tolist(), y.x.values.tolist()
    ([1.0, 1.0, 3.0, 3.0], [-0.25, 0.25, 0.75, 1.25])

    References
    ----------
    Crochiere & Rabiner (1983), Multirate digital signal processing, section 2.3. Of networks:
    Odena, Dumoulin & Olah (2016), Deconvolution and checkerboard artifacts,
    doi:10.23915/distill.00003.
    """

    linear = True

    def __post_init__(self) -> None:
        self._check_factor()

    def _upsampled(self, values: np.ndarray, axes: Sequence[Axis]) -> np.ndarray:
        for place, axis in enumerate(axes, start=-len(axes)):
            values = np.repeat(values, self.factor[axis.dim], axis=place)
        return values

    def _offset(self, by: int) -> float:
        return centered(by)

    def _reach(self, by: int) -> float:
        return (by - 1) / (2 * by)
