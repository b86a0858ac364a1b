"""Gaussian filters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.operators.banks.bells import outer
from invarsig.operators.banks.scale_bank import Kind, ScaleBank
from invarsig.operators.base import Operator
from invarsig.operators.fields import dims_field, lengths_field
from invarsig.operators.linear_filter import Channels
from invarsig.operators.noise import noise_picture

__all__ = ["GaussianBank"]


@dataclass(frozen=True)
class GaussianBank(ScaleBank):
    """Gaussians of several widths, sampled: ``h[k] ∝ exp(-k² / 2 σ²)``, normalized to sum 1.

    Separable over the dims of `sigma`. The frequency response is close to ``exp(-2 π² σ² f²)``,
    below -60 dB from ``f = 0.59 / σ`` on. Lindeberg's discrete Gaussian is
    ``h[k] = exp(-σ²) I_k(σ²)``, with the modified Bessel functions I and σ in samples, and has the
    response ``exp(σ² (cos 2πf - 1))``: variances add up exactly, at any width, which does not hold
    for sampled Gaussians narrower than a sample.

    Parameters
    ----------
    sigma
        For each dim the standard deviation in the unit of its axis (s, Hz, px, octaves), or several
        of them; the same number for each dim.
    stride, boundary
        As for `Convolve`.
    truncate
        Where the taps end, in standard deviations. Discrete Gaussians, whose tails are longer, end
        where the remaining tail is as small as that of a Gaussian.
    channel
        Name of the new dim that counts the widths; there is none for single numbers.
    kind
        "sampled" or "discrete".

    Returns
    -------
    xarray.DataArray
        With the dim `channel`, whose coordinate is the width along the first dim (geometric
        widths make a log2 axis).

    Raises
    ------
    ParameterError
        If a width is not above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> x = label(np.eye(1, 9)[0], Axis("x", unit="px", period=9.0))
    >>> GaussianBank(sigma={"x": [0.5, 1.0]}, truncate=3)(x).isel(x=0).values.round(4).tolist()
    [0.7866, 0.3991]

    References
    ----------
    Lindeberg (1994), Scale-space theory in computer vision; the discrete one: Lindeberg (1990),
    Scale-space for discrete signals, doi:10.1109/34.49051.
    """

    sigma: Mapping[str, Any] = lengths_field()
    truncate: float = 4.0
    channel: str = dims_field(default="scale")
    kind: Kind = "sampled"

    def __post_init__(self) -> None:
        self._check_scales()

    def _channels(self, axes: Axes) -> Channels:
        return Channels(*self._scales(axes))

    def _taps(self, axes: Axes) -> np.ndarray:
        taps = outer([self._bells(widths) for widths in self._widths(axes)])
        return taps[0] if self._plain() else taps

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """One width, and several, in one, two and three dims, sampled and discrete."""
        picture = noise_picture(rng)
        yield cls(sigma={"x": 0.6}, truncate=3.0), picture
        yield cls(sigma={"y": [0.3, 0.6], "x": [0.4, 0.8]}, stride={"x": 2}, truncate=3.0), picture
        yield cls(sigma={"x": [0.3, 0.6, 1.2]}, boundary="symmetric", truncate=3.0), picture
        yield cls(sigma={"y": 0.4, "x": 0.7}, kind="discrete", stride={"x": 3}), picture
        volume = noise_picture(rng, {"z": 10, "y": 9, "x": 10})
        yield cls(sigma={"z": 0.4, "y": 0.5, "x": 0.6}, truncate=3.0, stride={"z": 2}), volume
