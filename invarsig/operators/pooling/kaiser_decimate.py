"""Decimation by a Kaiser-window low-pass."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from invarsig.errors import ParameterError
from invarsig.operators.base import Operator
from invarsig.operators.fields import mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.tap_pool import TapPool, check_band
from invarsig.operators.strides import other_strides
from invarsig.operators.windows import BoundaryChoice
from invarsig.window_shapes import kaiser_beta, low_pass_taps

__all__ = ["KaiserDecimate"]


@dataclass(frozen=True)
class KaiserDecimate(TapPool):
    """Decimation by a Kaiser-window low-pass: designed by its stop band, then every s-th sample.

    ``y[j] = sum_k h[k] x[j s + k]``, h the ideal low-pass under a Kaiser window
    (`scipy.signal.kaiserord`, `scipy.signal.firwin`), symmetric, of odd length and sum 1, along
    each dim separately. The stop band begins at the new Nyquist frequency ``1 / (2 s)``, the pass
    band ends `transition` of it below: whatever folds is attenuated by the stop band. Kaiser's
    formula is empirical: it meets a level of -30 dB or below to 2.5 dB, and best with many taps.

    Parameters
    ----------
    stride
        For each dim the stride s, in samples.
    stopband
        Level of the stop band in dB, -8 or below. At -60 dB it takes about ``7.3 s / transition``
        taps along each dim.
    transition
        Width of the transition between pass band and stop band, as a share of the new Nyquist
        frequency; above 0, at most 1.
    boundary
        As for `MaxPool`.
    band
        For each dim the stride that the low-pass is designed for; the stride itself by default.

    Raises
    ------
    ParameterError
        If the stop band is not -8 dB or below, or the transition is out of range.
    AxisError
        When there are more taps than samples, on a periodic axis or without a boundary.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> tone = label(np.cos(2 * np.pi * 30 * np.arange(96) / 96), Axis("x", period=96.0))
    >>> float(abs(KaiserDecimate(stride={"x": 2})(tone)).max()) < 1e-3
    True

    References
    ----------
    Kaiser (1974), Nonrecursive digital filter design using the I0-sinh window function.
    """

    stride: Mapping[str, int] = mapping_field()
    stopband: float = -60.0
    transition: float = 0.4
    boundary: BoundaryChoice = mapping_field(default=None)
    band: Mapping[str, int] | None = mapping_field(default=None)

    def __post_init__(self) -> None:
        self._check_strides()
        object.__setattr__(self, "band", check_band(self.band, self.stride))
        for what, low, high, words in (
            ("stopband", -300.0, -8.0, "a level from -300 dB to -8 dB"),
            ("transition", 1e-6, 1.0, "a share above 0 and at most 1"),
        ):
            value = getattr(self, what)
            real = isinstance(value, (int, float, np.integer, np.floating))
            if not real or not low <= value <= high:
                raise ParameterError(f"{what} is {value!r}; give {words}.")
            object.__setattr__(self, what, float(value))

    def _bands(self) -> dict[str, int]:
        return {dim: (self.band or {}).get(dim, by) for dim, by in self.stride.items()}

    def _taps(self) -> dict[str, np.ndarray]:
        taps, beta = {}, kaiser_beta(-self.stopband)
        for dim, band in self._bands().items():
            # Kaiser's formula is for the order of the filter, which has a tap more.
            order = (-self.stopband - 7.95) / 2.285 / (np.pi * (self.transition / band))
            cutoff = (1 - self.transition / 2) / band
            taps[dim] = low_pass_taps(math.ceil(order + 1) | 1, cutoff, beta)
        return taps

    def _meaning(self) -> dict[str, Any]:
        """Parameters, with the band along each dim."""
        return {**super()._meaning(), "band": self._bands()}

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same low-pass with other strides."""
        changed = other_strides(self.stride, strides)
        if changed is None:
            return None
        return replace(self, stride=changed, band=self._bands())

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Steep and gentle, in one and two dims."""
        picture = noise_picture(rng, {"y": 12, "x": 48})
        yield cls(stride={"x": 2}), picture
        yield cls(stride={"x": 2, "y": 2}, stopband=-30.0, transition=0.8), picture
        yield cls(stride={"x": 3}, stopband=-40.0, boundary="reflect"), picture
        yield cls(stride={"x": 2}, stopband=-40.0, boundary="valid"), picture
