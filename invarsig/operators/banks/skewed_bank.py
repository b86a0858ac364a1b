"""Banks of complex channels whose bands are not symmetric, and the centers that strides need."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from invarsig import parameters
from invarsig.axes import Axes, Axis
from invarsig.errors import DimError
from invarsig.operators.banks.bank import Bank
from invarsig.operators.base import Operator
from invarsig.operators.fields import mapping_field
from invarsig.spectra import share_outside

__all__ = ["SkewedBank", "best_centers"]

# Frequencies within one output rate, and along other dims.
_IN_BAND, _COARSE = 64, 64

# A share of the energy that is nothing, and how much more than the least one is as good.
_NOTHING, _ALIKE = 1e-12, 1.02


@dataclass(frozen=True)
class SkewedBank(Bank):
    """A bank of complex channels whose bands are not symmetric about their design frequencies.

    A stride s keeps the band ``[f0 - 1 / 2s, f0 + 1 / 2s)`` of a channel with the center f0, and
    folds the rest onto it. Where a band has a long slope toward high frequencies, its peak is not
    the center with which the least energy is outside; which one that is depends on s. So a channel
    with a stride carries the best center for that stride, without a stride its design frequency.
    """

    _: KW_ONLY
    band: Mapping[str, int] = mapping_field(default_factory=dict)

    def _check_bank(self) -> None:
        super()._check_bank()
        object.__setattr__(self, "band", parameters.counts("band", self.band))
        stray = [dim for dim in self.band if dim not in self.dims]
        if stray:
            raise DimError(
                f"The band names {stray[0]!r}, along which there is no filter; the filters lie "
                f"along {', '.join(map(repr, self.dims))}."
            )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same filters with other strides; finer ones keep the band of the coarser."""
        made: Any = super().restrided(strides)
        if made is None or getattr(self, "part", "complex") != "complex":
            return made  # type: ignore[no-any-return]
        kept = {dim: max(self._band_along(dim), made.stride.get(dim, 1)) for dim in self.dims}
        band = {dim: by for dim, by in kept.items() if by != made.stride.get(dim, 1)}
        return replace(made, band=band)  # type: ignore[no-any-return]

    def _band_along(self, dim: str) -> int:
        """The stride that centers along a dim are chosen for."""
        return self.band.get(dim, self.stride.get(dim, 1))

    def _carried(self, axes: Axes, centers: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Centers that the channels carry, from those of their design."""
        bands = {dim: self._band_along(dim) for dim in centers}
        return {
            dim: center if bands[dim] == 1 else self._searched(axes, dim, bands[dim], center)
            for dim, center in centers.items()
        }

    def _centers_at(self, axes: Axes, dim: str, stride: int) -> np.ndarray:
        same = replace(self, stride={dim: stride}, band={})
        return np.asarray(same._channels(axes).centers.get(dim, 0.0))

    def _searched(self, axes: Axes, dim: str, stride: int, designed: np.ndarray) -> np.ndarray:
        other = ("stride", "boundary", "band")
        own = tuple((f.name, getattr(self, f.name)) for f in fields(self) if f.name not in other)
        lines = tuple(Axis(each, step=axes[each].step, unit=axes[each].unit) for each in self.dims)
        power, bins = _marginal(type(self), own, lines, dim, stride)
        return best_centers(power, bins, stride, designed)


@lru_cache(maxsize=256)
def _marginal(
    kind: type[SkewedBank],
    own: tuple[tuple[str, Any], ...],
    lines: tuple[Axis, ...],
    dim: str,
    stride: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Power of each channel along one dim, at a whole number of frequencies in an output rate."""
    bank = kind(**dict(own))
    fine = stride * max(_IN_BAND, 2 * math.ceil(_IN_BAND * 4 / stride))
    bins = [np.fft.fftfreq(fine if line.dim == dim else _COARSE) for line in lines]
    power = np.abs(bank._response(Axes({line.dim: line for line in lines}), bins)) ** 2
    lead, place = power.ndim - len(bins), [line.dim for line in lines].index(dim)
    others = tuple(lead + k for k in range(len(bins)) if k != place)
    return power.sum(axis=others), bins[place]


def best_centers(
    power: np.ndarray, frequency: np.ndarray, stride: int, designed: np.ndarray
) -> np.ndarray:
    """Centers about which one output rate holds the most power; the designed ones where as good.

    Parameters
    ----------
    power
        ``(..., n)`` at the frequencies of `numpy.fft.fftfreq`, n an even multiple of the stride.
    frequency
        Those, in cycles per sample.
    stride
        In samples.
    designed
        Center frequencies ``(...)`` in cycles per sample.

    Examples
    --------
    >>> power = np.array([0.0, 4.0, 2.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    >>> best_centers(power, np.fft.fftfreq(8), 2, np.array(0.125)).item()
    0.25
    """
    size = frequency.size
    half = size // stride // 2
    # Sums over windows of one output rate, the first from the first frequency on, which is 0.
    around = np.concatenate([np.zeros((*power.shape[:-1], 1)), power, power], axis=-1).cumsum(-1)
    window = around[..., 2 * half : 2 * half + size] - around[..., :size]
    lost = 1 - np.roll(window, half, axis=-1) / around[..., size : size + 1]
    least = np.maximum(lost.min(axis=-1), 0)
    middle = np.broadcast_to(designed, power.shape[:-1])
    away = np.abs((frequency - middle[..., None] + 0.5) % 1.0 - 0.5)
    own = share_outside(power, frequency, stride, middle)
    good = lost <= (least + _NOTHING)[..., None]
    found = frequency[np.where(good, away, np.inf).argmin(axis=-1)]
    return np.asarray(np.where(own <= _ALIKE * least + _NOTHING, middle, found))
