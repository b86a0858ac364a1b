"""Zero insertion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from invarsig.axes import Axis
from invarsig.operators.upsampling.upsampling import Upsampling

__all__ = ["ZeroInsertion"]


@dataclass(frozen=True)
class ZeroInsertion(Upsampling):
    """Zero insertion: ``y[q n] = x[n]``, and 0 in between.

    The spectrum is repeated q times within the new rate. Nothing removes the images: of white noise
    they hold ``(q - 1) / q`` of the energy. It is what a transposed convolution does before it
    filters.

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
    >>> from invarsig.axes import label
    >>> ZeroInsertion({"x": 2})(label([1.0, 3.0], "x")).values.tolist()
    [1.0, 0.0, 3.0, 0.0]

    References
    ----------
    Crochiere & Rabiner (1983), Multirate digital signal processing, section 2.3.
    """

    linear = True

    def __post_init__(self) -> None:
        self._check_factor()

    def _upsampled(self, values: np.ndarray, axes: Sequence[Axis]) -> np.ndarray:
        return with_zeros(values, [self.factor[axis.dim] for axis in axes])

    def _offset(self, by: int) -> float:
        return 0.0

    def _reach(self, by: int) -> float:
        return 0.0


def with_zeros(values: np.ndarray, factors: Sequence[int]) -> np.ndarray:
    """Put q - 1 zeros after each sample along the last axes.

    Examples
    --------
    >>> with_zeros(np.array([1.0, 2.0]), [3]).tolist()
    [1.0, 0.0, 0.0, 2.0, 0.0, 0.0]
    """
    lead = values.ndim - len(factors)
    space = [n * by for n, by in zip(values.shape[lead:], factors, strict=True)]
    out = np.zeros((*values.shape[:lead], *space), dtype=values.dtype)
    kept = [slice(None)] * lead + [slice(None, None, by) for by in factors]
    out[tuple(kept)] = values
    return out
