"""Gaussian pooling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.errors import ParameterError
from invarsig.kernels.rounding import rounded_down
from invarsig.operators.base import Operator
from invarsig.operators.fields import mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.tap_pool import TapPool
from invarsig.operators.strides import other_strides
from invarsig.operators.windows import BoundaryChoice

__all__ = ["GaussianPool"]


@dataclass(frozen=True)
class GaussianPool(TapPool):
    """Gaussian pooling: a Gaussian low-pass as wide as the stride asks for, then every s-th sample.

    ``y[j] = sum_k g[k] x[j s + k]``, ``g[k] ∝ exp(-k² / 2 σ²)`` with sum 1, along each dim
    separately, with ``σ = relative · s`` samples unless `sigma` says otherwise. At the new Nyquist
    frequency the response is about ``exp(-(π relative)² / 2)``: -11 dB at 0.5, -43 dB at 1.

    Parameters
    ----------
    stride
        For each dim the stride s, in samples. The filter runs along all these dims.
    sigma
        For each dim the standard deviation in samples; where it is not given, `relative` sets it.
    relative
        Standard deviation in strides.
    truncate
        Where the taps end, in standard deviations.
    boundary
        As for `MaxPool`.

    Raises
    ------
    ParameterError
        If a width is not above 0, or a stride is not a whole number of at least 1.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> x = label([1.0] + 15 * [0.0], Axis("x", period=16.0))
    >>> GaussianPool(stride={"x": 4}, truncate=2)(x).values.round(4).tolist()
    [0.2042, 0.0276, 0.0, 0.0276]

    References
    ----------
    Burt & Adelson (1983), The Laplacian pyramid as a compact image code,
    doi:10.1109/TCOM.1983.1095851.
    """

    stride: Mapping[str, int] = mapping_field()
    sigma: Mapping[str, float] | None = mapping_field(default=None)
    relative: float = 0.5
    truncate: float = 4.0
    boundary: BoundaryChoice = mapping_field(default=None)

    def __post_init__(self) -> None:
        self._check_strides()
        for what in ("relative", "truncate"):
            object.__setattr__(self, what, parameters.positives(getattr(self, what), what)[0])
        if self.sigma is None:
            return
        if not isinstance(self.sigma, Mapping):
            raise ParameterError(
                f"sigma={self.sigma!r} names no dim; give a mapping such as {{'x': 2.0}}, or "
                "relative= in strides."
            )
        stray = [dim for dim in self.sigma if dim not in self.stride]
        if stray:
            raise ParameterError(f"sigma names {stray[0]!r}; add that dim to stride=.")
        widths = {
            dim: parameters.positives(width, f"sigma along {dim!r}", " samples")[0]
            for dim, width in self.sigma.items()
        }
        object.__setattr__(self, "sigma", widths)

    def _widths(self) -> dict[str, float]:
        return {
            dim: (self.sigma or {}).get(dim, self.relative * s) for dim, s in self.stride.items()
        }

    def _taps(self) -> dict[str, np.ndarray]:
        taps = {}
        for dim, width in self._widths().items():
            half = int(rounded_down(self.truncate * width + 0.5))
            bell = np.exp(-0.5 * (np.arange(-half, half + 1) / width) ** 2)
            taps[dim] = bell / bell.sum()
        return taps

    def _meaning(self) -> dict[str, Any]:
        """Parameters, with the width along each dim."""
        return {**super()._meaning(), "sigma": self._widths()}

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same Gaussians with other strides."""
        changed = other_strides(self.stride, strides)
        if changed is None:
            return None
        return replace(self, stride=changed, sigma=self._widths())

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Widths in strides and in samples, in one and two dims."""
        picture = noise_picture(rng)
        yield cls(stride={"x": 2}), picture
        yield cls(stride={"x": 3, "y": 2}, relative=0.6, truncate=3.0), picture
        yield cls(stride={"x": 2}, sigma={"x": 1.5}, boundary="reflect"), picture
        yield cls(stride={"x": 4}, truncate=2.0, boundary="valid"), picture
        volume = noise_picture(rng, {"z": 4, "y": 6, "x": 8})
        yield cls(stride={"z": 2, "y": 2, "x": 1}, relative=0.3, truncate=2.0), volume
