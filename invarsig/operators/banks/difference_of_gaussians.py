"""Differences of Gaussians."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.operators.banks.bells import outer
from invarsig.operators.banks.scale_bank import Kind, ScaleBank
from invarsig.operators.base import Operator
from invarsig.operators.fields import dims_field, lengths_field
from invarsig.operators.linear_filter import Channels
from invarsig.operators.noise import noise_picture

__all__ = ["DifferenceOfGaussians"]


@dataclass(frozen=True)
class DifferenceOfGaussians(ScaleBank):
    """A wide Gaussian less a narrow one: ``G(x; kσ) - G(x; σ)``, at one width or several.

    Close to ``(k - 1) σ² ∇² G(x; σ)``, the scale-normalized Laplacian, as the ratio k goes to 1.
    Separable Gaussians over the dims of `sigma`, sampled and normalized as in `GaussianBank`, so
    that a constant gives 0 up to rounding. The frequency response is close to
    ``exp(-2 π² k² σ² f²) - exp(-2 π² σ² f²)``.

    Parameters
    ----------
    sigma
        For each dim the standard deviation σ of the narrow Gaussian in the unit of its axis, or
        several of them; the same number for each dim.
    ratio
        The ratio k of the widths, above 1: 1.6 approximates both the Laplacian and the retina.
    normalized
        Whether to divide by ``k - 1``, so that it stands for ``σ² ∇² G`` whatever the ratio.
    stride, boundary
        As for `Convolve`.
    truncate
        Where the taps of either Gaussian end, in its standard deviations.
    channel
        Name of the new dim that counts the widths; there is none for single numbers.
    kind
        "sampled" or "discrete" Gaussians.

    Returns
    -------
    xarray.DataArray
        With the dim `channel`, whose coordinate is the width σ along the first dim (a log2 axis
        where widths are geometric).

    Raises
    ------
    ParameterError
        If a width is not above 0, or the ratio not above 1.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> n = Axis("n", size=32, period=32.0)
    >>> step = label(n.positions() >= 16, n)
    >>> out = DifferenceOfGaussians(sigma={"n": 1.0})(step)
    >>> out.isel(n=slice(12, 20)).values.round(3).tolist()
    [0.013, 0.052, 0.112, 0.075, -0.075, -0.112, -0.052, -0.013]

    References
    ----------
    Marr & Hildreth (1980), Theory of edge detection, doi:10.1098/rspb.1980.0020; Lowe (2004),
    Distinctive image features from scale-invariant keypoints,
    doi:10.1023/B:VISI.0000029664.99615.94.
    """

    sigma: Mapping[str, Any] = lengths_field()
    ratio: float = 1.6
    normalized: bool = False
    truncate: float = 4.0
    channel: str = dims_field(default="scale")
    kind: Kind = "sampled"

    def __post_init__(self) -> None:
        self._check_scales()
        if not (math.isfinite(self.ratio) and self.ratio > 1):
            raise ParameterError(
                f"The ratio of the widths is {self.ratio:g}; give a number above 1."
            )

    def _channels(self, axes: Axes) -> Channels:
        return Channels(*self._scales(axes))

    def _taps(self, axes: Axes) -> np.ndarray:
        return self._subtracted(axes, lambda _, widths: self._bells(widths))

    def _subtracted(self, axes: Axes, along: Callable[[int, np.ndarray], np.ndarray]) -> np.ndarray:
        """The wide ones less the narrow ones; designed together, so that they have equal length."""
        widths = [np.concatenate([one, self.ratio * one]) for one in self._widths(axes)]
        both = outer([along(place, one) for place, one in enumerate(widths)])
        narrow, wide = np.split(both, 2)
        out = (wide - narrow) / (self.ratio - 1 if self.normalized else 1.0)
        return np.asarray(out[0] if self._plain() else out)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """In one, two and three dims."""
        picture = noise_picture(rng)
        yield cls(sigma={"x": [0.4, 0.8]}, stride={"x": 2}, truncate=3.5), picture
        yield cls({"y": 0.35, "x": 0.5}, normalized=True, stride={"y": 2, "x": 3}), picture
        yield cls({"y": 0.4, "x": 0.5}, ratio=1.2, boundary="symmetric"), picture
        yield cls({"y": 0.3, "x": 0.4}, kind="discrete", stride={"y": 3}), picture
        volume = noise_picture(rng, {"z": 9, "y": 10, "x": 11})
        yield cls({"z": 0.3, "y": 0.3, "x": 0.4}, ratio=1.4), volume
