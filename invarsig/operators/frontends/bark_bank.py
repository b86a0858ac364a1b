"""Bark filters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from invarsig.operators.fields import dims_field
from invarsig.operators.frontends.triangular_bank import TriangularBank

__all__ = ["BarkBank"]


@dataclass(frozen=True)
class BarkBank(TriangularBank):
    """Bark filters: triangles whose corners are spaced evenly in critical-band rate.

    Like `MelBank`, with Traunmüller's critical-band rate ``z = 26.81 f / (1960 + f) - 0.53`` Bark,
    to which ``0.15 (2 - z)`` is added below 2 Bark and ``0.22 (z - 20.1)`` above 20.1 Bark.

    Parameters
    ----------
    bands, low, high, norm, over, hertz
        As for `MelBank`.
    channel
        Name of the new dim.

    Returns
    -------
    xarray.DataArray
        With the dim "bark" in place of frequency, in Bark, and "center_frequency" in Hz beside it.

    Raises
    ------
    ParameterError
        If an edge lies beyond the axis, or a band holds none of its bins.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> power = label([1.0] * 257, Axis("frequency", step=31.25, unit="Hz"))
    >>> y = BarkBank(20, low=100.0, high=6500.0)(power)
    >>> y.center_frequency.values[[0, 10, -1]].round().tolist()
    [190.0, 1472.0, 5419.0]

    References
    ----------
    Traunmüller (1990), doi:10.1121/1.399849.
    """

    channel: str = dims_field(default="bark")

    @property
    def _made(self) -> tuple[str, str]:
        return self.channel, "Bark"

    def _rate(self, hertz: np.ndarray) -> np.ndarray:
        rate = 26.81 * hertz / (1960 + hertz) - 0.53
        return np.asarray(
            rate + 0.15 * np.maximum(2 - rate, 0.0) + 0.22 * np.maximum(rate - 20.1, 0.0)
        )

    def _inverse(self, rate: np.ndarray) -> np.ndarray:
        # The corrections are linear, and leave 2 and 20.1 Bark where they are.
        rate = np.where(rate < 2, (rate - 0.3) / 0.85, rate)
        rate = np.where(rate > 20.1, (rate + 0.22 * 20.1) / 1.22, rate)
        return np.asarray(1960 * (rate + 0.53) / (26.28 - rate))
