"""Max pooling with less aliasing: a dense max, then a blur pool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.errors import ParameterError
from invarsig.operators.base import Operator
from invarsig.operators.composed import Composed
from invarsig.operators.fields import mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.blur_pool import BlurPool
from invarsig.operators.pooling.max_pool import MaxPool
from invarsig.operators.windows import BoundaryChoice, check_boundary

__all__ = ["MaxBlurPool"]


@dataclass(frozen=True)
class MaxBlurPool(Composed):
    """Max-blur pooling: a max pool at stride 1, then a `BlurPool` that takes the stride.

    ``y = BlurPool(stride=s)(MaxPool(window=w, stride=1)(x))``. The dense max commutes exactly with
    whole samples, and the blur damps what folds. The max creates frequencies above any band, so it
    follows fractions of a sample less well than whole ones.

    Parameters
    ----------
    window
        For each dim the width of the max, in samples.
    stride
        For each dim the stride, in samples; the window's width by default.
    taps
        As for `BlurPool`.
    boundary
        As for `MaxPool`.

    Raises
    ------
    ParameterError
        If a window, a stride or the taps are out of range.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> x = label([4.0, 0.0, 0.0, 0.0], Axis("x", period=4.0))
    >>> MaxBlurPool(window={"x": 2}, taps=3)(x).values.tolist()
    [3.0, 1.0]

    References
    ----------
    Zhang (2019), Making convolutional networks shift-invariant again, arXiv:1904.11486.
    """

    window: Mapping[str, int] = mapping_field()
    stride: Mapping[str, int] | None = mapping_field(default=None)
    taps: int | tuple[Any, ...] = 3
    boundary: BoundaryChoice = mapping_field(default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "window", parameters.counts("window", self.window))
        if not self.window:
            raise ParameterError("MaxBlurPool needs a window along at least one dim.")
        given = parameters.counts("stride", self.stride or {})
        stray = [dim for dim in given if dim not in self.window]
        if stray:
            raise ParameterError(
                f"The stride names {stray[0]!r}, along which there is no window; add it to window=."
            )
        object.__setattr__(self, "stride", given if self.stride is not None else None)
        check_boundary(self.boundary)
        object.__setattr__(self, "taps", self._blur().taps)

    def _blur(self) -> BlurPool:
        strides = {dim: (self.stride or {}).get(dim, width) for dim, width in self.window.items()}
        return BlurPool(taps=self.taps, stride=strides, boundary=self.boundary)

    @property
    def body(self) -> Operator:
        """The dense max, then the blur."""
        ones = dict.fromkeys(self.window, 1)
        return MaxPool(window=self.window, stride=ones, boundary=self.boundary) >> self._blur()

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Even and odd windows, in one and two dims."""
        picture = noise_picture(rng)
        yield cls(window={"x": 2}), picture
        yield cls(window={"y": 2, "x": 3}, stride={"x": 2}, taps=4), picture
        yield cls(window={"x": 3}, stride={"x": 2}, taps=("hann", 5), boundary="reflect"), picture
        volume = noise_picture(rng, {"z": 4, "y": 6, "x": 8})
        yield cls(window={"z": 2, "y": 3, "x": 2}), volume
