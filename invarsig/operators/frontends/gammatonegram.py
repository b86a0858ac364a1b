"""Gammatonegrams."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.operators.base import Operator
from invarsig.operators.composed import Composed
from invarsig.operators.fields import dims_field, lengths_field, mapping_field
from invarsig.operators.frontends.frame_mean import FrameMean
from invarsig.operators.frontends.gammatone_bank import GammatoneBank
from invarsig.operators.frontends.units import Framed
from invarsig.operators.noise import noise_sound
from invarsig.operators.pointwise.powers import Square
from invarsig.operators.windows import BoundaryChoice

__all__ = ["Gammatonegram"]


@dataclass(frozen=True)
class Gammatonegram(Framed, Composed):
    """Gammatonegram: short-time energies after gammatone filters.

    ``E[m, j] = sum_n w[n] y_m[j h + n]^2`` with the outputs y of a `GammatoneBank` and a window w
    of sum 1: a tone of amplitude A at a band's center appears as ``A^2 / 2``.

    Parameters
    ----------
    window, hop, taper
        As for `FrameMean`: in seconds, whole numbers of samples (`in_samples` takes samples).
    bands, low, high, over, order, bandwidth, truncate, hertz
        As for `GammatoneBank`: center frequencies in Hz.
    boundary
        Of the filters and of the windows, as for `MaxPool`.
    channel
        Name of the new dim.

    Returns
    -------
    xarray.DataArray
        With a new dim "erb" in front of time, in Cam, and "center_frequency" in Hz beside it.

    Raises
    ------
    ParameterError
        As its parts raise it.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> time = Axis("time", step=1 / 8000, unit="s", period=1.0)
    >>> tone = label(np.cos(2 * np.pi * 880 * np.arange(8000) / 8000), time)
    >>> y = Gammatonegram(window=0.025, hop=0.01, bands=3, low=220.0, high=880.0)(tone)
    >>> dict(y.sizes), y.mean("time").values.round(3).tolist()
    ({'erb': 3, 'time': 100}, [0.0, 0.0, 0.5])

    References
    ----------
    Slaney (1993), Apple Computer technical report 35; Patterson et al. (1987), An efficient
    auditory filterbank based on the gammatone function.
    """

    window: float = lengths_field(along="over")
    hop: float = lengths_field(along="over")
    bands: int = 32
    low: float = lengths_field(power=-1, along="over", default=100.0)
    high: float | None = lengths_field(power=-1, along="over", default=None)
    over: str = dims_field(default="time")
    taper: str = "hann"
    order: int = 4
    bandwidth: float = 1.019
    truncate: float = 80.0
    boundary: BoundaryChoice = mapping_field(default=None)
    hertz: float = lengths_field(power=1, along="over", default=1.0)
    channel: str = dims_field(default="erb")

    def __post_init__(self) -> None:
        _ = self.body

    @property
    def body(self) -> Operator:
        """The bank, the square, and the frames' means."""
        bank = GammatoneBank(
            self.bands,
            self.low,
            self.high,
            self.over,
            self.order,
            self.bandwidth,
            truncate=self.truncate,
            hertz=self.hertz,
            channel=self.channel,
            boundary=self.boundary,
        )
        means = FrameMean(self.window, self.hop, self.over, self.taper, boundary=self.boundary)
        return bank >> Square() >> means

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Periodic and not."""
        sound = noise_sound(rng, 256)
        yield cls(0.004, 0.002, 3, 1500.0, 3500.0), sound
        yield cls(0.004, 0.001, 2, 2000.0, 3000.0, boundary="zero"), sound
