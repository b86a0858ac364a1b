"""The Laplacian of Gaussians."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.operators.banks.bells import outer
from invarsig.operators.banks.scale_bank import DerivativeBank, Kind
from invarsig.operators.base import Operator
from invarsig.operators.fields import dims_field, lengths_field
from invarsig.operators.linear_filter import Channels
from invarsig.operators.noise import noise_picture, noise_sound

__all__ = ["LaplacianOfGaussian"]


@dataclass(frozen=True)
class LaplacianOfGaussian(DerivativeBank):
    """The Laplacian of a Gaussian: ``∇² G(x; σ) = sum_d ∂² G / ∂x_d²``, at one width or several.

    Over the dims of `sigma`; in one dim it is the second derivative (the Ricker wavelet, with the
    sign turned). The frequency response is ``-4π² |f|² exp(-2 π² σ² |f|²)``, repeated by sampling.
    Normalized by the scale, the derivative along each dim is multiplied by ``σ_d^(2γ)``. A bright
    blob of radius r gives its most negative normalized response at ``σ = r / √(number of dims)``.
    How much of a constant it passes, and that the discrete one passes nothing, is described at
    `GaussianDerivativeBank`.

    Parameters
    ----------
    sigma
        For each dim the standard deviation in the unit of its axis, or several of them; the same
        number for each dim.
    normalized
        Whether to normalize by the scale. The result then has the unit of the signal, if γ is 1.
    gamma
        The exponent γ of the normalization.
    per
        For each dim the unit length of the derivative, in the unit of the axis; 1 by default. Not
        allowed for derivatives normalized with γ = 1, which have no unit.
    stride, boundary
        As for `Convolve`.
    truncate
        Where the taps end, in standard deviations.
    channel
        Name of the new dim that counts the widths; there is none for single numbers.
    kind
        "sampled", as in scipy, or "discrete": second differences of the discrete Gaussian.

    Returns
    -------
    xarray.DataArray
        With the dim `channel`, whose coordinate is the width along the first dim (a log2 axis where
        widths are geometric).

    Raises
    ------
    ParameterError
        If a width is not above 0.
    AxisError
        If derivatives along dims of different units would be added.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> n = Axis("n", size=128, period=128.0)
    >>> blob = label(abs(n.positions() - 64) <= 5, n)
    >>> bank = LaplacianOfGaussian(sigma={"n": [2.5, 5.0, 10.0]}, normalized=True)
    >>> round(float(bank(blob).isel(n=64).idxmin("scale")), 6)
    5.0

    References
    ----------
    Marr & Hildreth (1980), Theory of edge detection, doi:10.1098/rspb.1980.0020; Lindeberg (1998),
    Feature detection with automatic scale selection, doi:10.1023/A:1008045108935.
    """

    sigma: Mapping[str, Any] = lengths_field()
    normalized: bool = False
    gamma: float = 1.0
    per: Mapping[str, float] = lengths_field(default_factory=dict)
    truncate: float = 4.0
    channel: str = dims_field(default="scale")
    kind: Kind = "sampled"

    def __post_init__(self) -> None:
        self._check_derivatives()

    def _channels(self, axes: Axes) -> Channels:
        self._check_one_unit(axes)
        return Channels(*self._scales(axes))

    def _taps(self, axes: Axes) -> np.ndarray:
        return self._summed(axes, lambda _, widths, n: self._bells(widths, n, 2))

    def _summed(
        self, axes: Axes, along: Callable[[int, np.ndarray, int], np.ndarray]
    ) -> np.ndarray:
        """Sum over dims of the second derivative along one, and the bell along the others."""
        widths = self._widths(axes)
        bells = [along(place, width, 0) for place, width in enumerate(widths)]
        total: Any = 0.0
        for place, dim in enumerate(self.dims):
            parts = list(bells)
            parts[place] = self._gain(axes, dim, 2)[:, None] * along(place, widths[place], 2)
            total = total + outer(parts)
        return np.asarray(total[0] if self._plain() else total)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """In one and two dims, per length and normalized."""
        picture = noise_picture(rng)
        yield cls(sigma={"y": 0.6, "x": 0.6}, stride={"x": 2}), picture
        yield cls({"y": [0.4, 0.6], "x": [0.5, 0.7]}, normalized=True, boundary="zero"), picture
        widths = [2e-4, 4e-4, 8e-4]
        yield cls({"time": widths}, normalized=True, stride={"time": 2}), noise_sound(rng)
        yield cls({"y": 0.3, "x": 0.4}, kind="discrete", stride={"y": 3}), picture
        volume = noise_picture(rng, {"z": 9, "y": 10, "x": 11})
        yield cls({"z": 0.5, "y": 0.5, "x": 0.5}, normalized=True, gamma=0.9), volume
