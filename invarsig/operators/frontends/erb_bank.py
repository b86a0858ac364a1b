"""Filters on the ERB-rate scale, and the scale itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from invarsig.operators.fields import dims_field
from invarsig.operators.frontends.triangular_bank import TriangularBank

__all__ = ["ErbBank", "erb", "erb_rate", "frequency_at"]


def erb(hertz: np.ndarray) -> np.ndarray:
    """Equivalent rectangular bandwidth ``24.7 (4.37 f / 1000 + 1)`` of an auditory filter, in Hz.

    Examples
    --------
    >>> float(erb(np.array(1000.0)).round(1))
    132.6
    """
    return np.asarray(24.7 * (0.00437 * hertz + 1))


def erb_rate(hertz: np.ndarray) -> np.ndarray:
    """ERB-rate ``21.4 lg(4.37 f / 1000 + 1)``, in Cam: how many ERBs lie below a frequency.

    Examples
    --------
    >>> float(erb_rate(np.array(1000.0)).round(2))
    15.62
    """
    return np.asarray(21.4 * np.log10(0.00437 * hertz + 1))


def frequency_at(rate: np.ndarray) -> np.ndarray:
    """Frequency in Hz at an ERB-rate in Cam: the inverse of `erb_rate`.

    Examples
    --------
    >>> float(frequency_at(erb_rate(np.array(440.0))).round(9))
    440.0
    """
    return np.asarray((10 ** (rate / 21.4) - 1) / 0.00437)


@dataclass(frozen=True)
class ErbBank(TriangularBank):
    """ERB filters: triangles whose corners are spaced evenly in ERB-rate.

    Like `MelBank`, with Glasberg and Moore's ERB-rate ``E = 21.4 lg(4.37 f / 1000 + 1)`` Cam.

    Parameters
    ----------
    bands, low, high, norm, over, hertz
        As for `MelBank`.
    channel
        Name of the new dim.

    Returns
    -------
    xarray.DataArray
        With the dim "erb" in place of frequency, in Cam, and "center_frequency" in Hz beside it.

    Raises
    ------
    ParameterError
        If an edge lies beyond the axis, or a band holds none of its bins.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> power = label([1.0] * 257, Axis("frequency", step=31.25, unit="Hz"))
    >>> y = ErbBank(30)(power)
    >>> y.erb.attrs["units"], y.center_frequency.values[[0, -1]].round().tolist()
    ('Cam', [28.0, 7102.0])

    References
    ----------
    Glasberg & Moore (1990), doi:10.1016/0378-5955(90)90170-T.
    """

    channel: str = dims_field(default="erb")

    @property
    def _made(self) -> tuple[str, str]:
        return self.channel, "Cam"

    def _rate(self, hertz: np.ndarray) -> np.ndarray:
        return erb_rate(hertz)

    def _inverse(self, rate: np.ndarray) -> np.ndarray:
        return frequency_at(rate)
