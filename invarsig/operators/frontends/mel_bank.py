"""Mel filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from invarsig import parameters
from invarsig.operators.fields import dims_field
from invarsig.operators.frontends.triangular_bank import TriangularBank

__all__ = ["Formula", "MelBank"]

Formula = Literal["slaney", "htk"]

# Slaney's scale: 200 / 3 Hz per mel up to 1 kHz, 27 mel per factor of 6.4 above.
_LINEAR, _BREAK, _LOG_STEP = 200 / 3, 1000.0, np.log(6.4) / 27


@dataclass(frozen=True)
class MelBank(TriangularBank):
    """Mel filters: triangles whose corners are spaced evenly in mel.

    ``y[m] = sum_k w[m, k] x[k]``, with ``w[m, k] = max(0, min((f - c_m) / (c_{m+1} - c_m),
    (c_{m+2} - f) / (c_{m+2} - c_{m+1})))`` at the frequency f of bin k, and corners c that are
    evenly spaced in mel from `low` to `high`. With ``formula="htk"``,
    ``mel = 2595 lg(1 + f / 700)``; with "slaney", ``mel = 3 f / 200`` up to 1 kHz and
    ``15 + 27 ln(f / 1000) / ln 6.4`` above. The frequencies are those of the labeled axis: any
    step, and any number of bins.

    Parameters
    ----------
    bands
        Number of bands.
    low, high
        First and last corner, in the unit of the axis (Hz); `high` is the axis' last frequency by
        default.
    norm
        "slaney" divides each triangle by half its width in Hz, so that all have area 1; None leaves
        their peaks at 1.
    over
        The dim of frequency, which is replaced.
    hertz
        How many hertz one unit of the axis is: 1000 on an axis in kHz.
    formula
        "slaney" or "htk".
    channel
        Name of the new dim.

    Returns
    -------
    xarray.DataArray
        With the dim "mel" in place of frequency. Its coordinate is in mel, so it is uniform; the
        coordinate "center_frequency" beside it is in Hz.

    Raises
    ------
    ParameterError
        If an edge lies beyond the axis, or a band holds none of its bins.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> power = label([1.0] * 257, Axis("frequency", step=31.25, unit="Hz"))
    >>> y = MelBank(40)(power)
    >>> y.sizes["mel"], y.center_frequency.values[[0, 1, -1]].round(1).tolist()
    (40, [73.6, 147.1, 7415.5])

    References
    ----------
    Slaney (1998), Auditory Toolbox, Interval Research technical report 1998-010; Young et al.
    (2006), The HTK Book; Stevens, Volkmann & Newman (1937), doi:10.1121/1.1915893.
    """

    formula: Formula = "slaney"
    channel: str = dims_field(default="mel")

    def __post_init__(self) -> None:
        super().__post_init__()
        parameters.one_of("formula", self.formula, Formula)

    @property
    def _made(self) -> tuple[str, str]:
        return self.channel, "mel"

    def _rate(self, hertz: np.ndarray) -> np.ndarray:
        if self.formula == "htk":
            return np.asarray(2595 * np.log10(1 + hertz / 700))
        above = np.log(np.maximum(hertz, _BREAK) / _BREAK) / _LOG_STEP
        return np.asarray(np.minimum(hertz, _BREAK) / _LINEAR + above)

    def _inverse(self, rate: np.ndarray) -> np.ndarray:
        if self.formula == "htk":
            return np.asarray(700 * (10 ** (rate / 2595) - 1))
        knee = _BREAK / _LINEAR
        above = np.exp(_LOG_STEP * np.maximum(rate - knee, 0.0))
        return np.asarray(np.minimum(rate, knee) * _LINEAR * above)
