"""Laws' texture masks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes import Axes, Axis
from invarsig.errors import ParameterError
from invarsig.operators.banks.bank import TapBank, filter_dims
from invarsig.operators.banks.bells import outer
from invarsig.operators.base import Operator
from invarsig.operators.fields import dims_field
from invarsig.operators.linear_filter import Channels
from invarsig.operators.noise import noise_picture, noise_sound
from invarsig.suggestions import did_you_mean

__all__ = ["MASKS", "LawsBank"]

MASKS: dict[str, tuple[int, ...]] = {
    "L3": (1, 2, 1),
    "E3": (-1, 0, 1),
    "S3": (-1, 2, -1),
    "L5": (1, 4, 6, 4, 1),
    "E5": (-1, -2, 0, 2, 1),
    "S5": (-1, 0, 2, 0, -1),
    "W5": (-1, 2, 0, -2, 1),
    "R5": (1, -4, 6, -4, 1),
}
"""Laws' masks: level, edge, spot, wave and ripple."""


@dataclass(frozen=True)
class LawsBank(TapBank):
    """Laws' texture masks: ``y[m, n] = sum_k m[k] x[n + k]``, with every product of the masks m.

    ::

        L3 = [1 2 1]   E3 = [-1 0 1]   S3 = [-1 2 -1]
        L5 = L3 * L3 = [ 1  4 6  4  1]   level
        E5 = L3 * E3 = [-1 -2 0  2  1]   edge
        S5 = L3 * S3 = [-1  0 2  0 -1]   spot
        W5 = -E3 * S3 = [-1 2 0 -2  1]   wave
        R5 = S3 * S3 = [ 1 -4 6 -4  1]   ripple

    Over several dims every outer product: ``"L5E5"`` is L5 along the first dim and E5 along the
    second. The masks are correlated with the signal, so that E5 is above 0 where it rises. Their
    frequency responses are products of ``4 cos²(πf)`` (L3), ``2i sin(2πf)`` (E3) and
    ``4 sin²(πf)`` (S3). Laws' texture energy is the local mean of what comes out, rectified:
    ``LawsBank(("y", "x")) >> Modulus() >> MeanPool(window={"y": 15, "x": 15}, stride=...)``.

    Parameters
    ----------
    over
        One dim or several.
    masks
        Names of the masks. Those of three taps are centered in five where both are given.
    stride, boundary
        As for `Convolve`.
    channel
        Name of the new dim.

    Returns
    -------
    xarray.DataArray
        With the dim "mask", whose labels are the names: "L5", or "L5E5" over two dims.

    Raises
    ------
    ParameterError
        If a mask is unknown, or named twice.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> rows, columns = Axis("y", size=8, period=8.0), Axis("x", size=8, period=8.0)
    >>> stripes = label(np.tile([1.0, 1.0, 0.0, 0.0], (8, 2)), rows, columns)
    >>> energy = abs(LawsBank(("y", "x"), ("L5", "E5"))(stripes)).mean(("y", "x"))
    >>> {str(m): round(v) for m, v in zip(energy.mask.values, energy.values)}
    {'L5L5': 128, 'L5E5': 32, 'E5L5': 0, 'E5E5': 0}

    References
    ----------
    Laws (1980), Rapid texture identification, doi:10.1117/12.959169.
    """

    over: str | tuple[str, ...] = dims_field()
    masks: tuple[str, ...] = ("L5", "E5", "S5", "W5", "R5")
    channel: str = dims_field(default="mask")

    def __post_init__(self) -> None:
        if not isinstance(self.over, str):
            object.__setattr__(self, "over", filter_dims(self.over, "LawsBank"))
        given: Any = self.masks
        names: tuple[str, ...] = (given,) if isinstance(given, str) else tuple(given)
        unknown = [name for name in names if name not in MASKS]
        if unknown or not names:
            said = f"the mask {unknown[0]!r} is unknown" if unknown else "masks is empty"
            meant = did_you_mean((unknown or [""])[0], MASKS)
            raise ParameterError(f"LawsBank: {said}; give some of {', '.join(MASKS)}.{meant}")
        if len(set(names)) < len(names):
            raise ParameterError(f"LawsBank: masks={names!r} names a mask twice; name each once.")
        object.__setattr__(self, "masks", names)
        self._check_bank()

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that the masks lie in."""
        return (self.over,) if isinstance(self.over, str) else self.over

    def _products(self) -> list[tuple[str, ...]]:
        """For each channel the mask along each dim."""
        return list(itertools.product(self.masks, repeat=len(self.dims)))

    def _channels(self, axes: Axes) -> Channels:
        names = np.array(["".join(one) for one in self._products()])
        axis = Axis(self.channel, size=names.size)
        return Channels((axis,), {self.channel: ((self.channel,), names, {})})

    def _taps(self, axes: Axes) -> np.ndarray:
        most = max(len(MASKS[name]) for name in self.masks)
        # A convolution runs through its taps backwards.
        taps = {
            name: np.pad(
                np.array(MASKS[name][::-1], dtype=np.float64), (most - len(MASKS[name])) // 2
            )
            for name in self.masks
        }
        return np.stack([outer([taps[name] for name in one]) for one in self._products()])

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """In one, two and three dims, with masks of three and of five taps."""
        picture = noise_picture(rng)
        yield cls("time", stride={"time": 3}), noise_sound(rng)
        yield cls(("y", "x"), stride={"y": 2, "x": 4}), picture
        yield cls(("y", "x"), ("L3", "W5"), boundary="symmetric"), picture
        yield cls("x", ("R5",), boundary="zero", stride={"x": 5}), picture
        volume = noise_picture(rng, {"z": 5, "y": 6, "x": 7})
        yield cls(("z", "y", "x"), ("L3", "E3", "S3")), volume
