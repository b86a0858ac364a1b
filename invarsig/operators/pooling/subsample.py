"""Plain subsampling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import mapping_field
from invarsig.operators.linear_filter import Channels, LinearFilter
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.window_pool import windowed_plan
from invarsig.operators.strides import other_strides
from invarsig.operators.windows import spans_of

__all__ = ["Subsample"]


@dataclass(frozen=True)
class Subsample(ArrayOperator, LinearFilter):
    """Plain decimation: ``y[j] = x[j s]``. Nothing prevents folding.

    Parameters
    ----------
    stride
        For each dim the stride s, in samples.

    Raises
    ------
    ParameterError
        If a stride is not a whole number of at least 1.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Subsample(stride={"x": 2})(label([1.0, 3.0, 2.0, 0.0], "x")).values.tolist()
    [1.0, 2.0]

    References
    ----------
    Crochiere & Rabiner (1983), Multirate digital signal processing.
    """

    stride: Mapping[str, int] = mapping_field()

    linear = True
    _keeps_plans = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "stride", parameters.counts("stride", self.stride))

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the stride."""
        return tuple(self.stride)

    def plan(self, axes: Axes) -> Plan:
        """Keep the first sample and every s-th one after it."""
        ones = dict.fromkeys(self.stride, 1)
        ring = {dim: "periodic" if axes[dim].periodic else "zero" for dim in self.stride}
        spans = spans_of(axes, ones, self.stride, ring, dict.fromkeys(self.stride, 0))
        keep = tuple(slice(None, None, span.stride) for span in spans)
        return windowed_plan(spans, lambda values: values[(..., *keep)])

    def _channels(self, axes: Axes) -> Channels:
        return Channels()

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        """1: nothing is filtered out."""
        return np.ones([f.size for f in frequencies])

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same with other strides."""
        changed = other_strides(self.stride, strides)
        return None if changed is None else replace(self, stride=changed)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """One and two dims."""
        yield cls(stride={"x": 3}), noise_picture(rng)
        yield cls(stride={"x": 2, "y": 2}), noise_picture(rng)
