"""Mel spectrograms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.operators.base import Operator
from invarsig.operators.fields import dims_field, lengths_field, mapping_field
from invarsig.operators.frontends.framed_pipeline import FramedPipeline
from invarsig.operators.frontends.mel_bank import Formula, MelBank
from invarsig.operators.frontends.spectrogram import Spectrogram
from invarsig.operators.frontends.triangular_bank import Norm
from invarsig.operators.noise import noise_sound
from invarsig.operators.windows import BoundaryChoice

__all__ = ["MelSpectrogram", "Summed"]

Summed = Literal["power", "magnitude"]


@dataclass(frozen=True)
class MelSpectrogram(FramedPipeline):
    """Mel spectrogram: a spectrogram whose bins `MelBank` sums into mel bands.

    ``S[m, j] = sum_k w[m, k] |X[k, j]|^2``. Followed by `Log` it is the log-mel spectrogram.

    Parameters
    ----------
    window, hop, over, taper, boundary
        As for `Spectrogram`: in seconds, whole numbers of samples (`in_samples` takes samples).
    bands, low, high, norm, formula
        As for `MelBank`: edges in Hz.
    output
        What is summed: "power" or "magnitude".
    hertz
        How many hertz one unit of frequency is: 1000 where time is in ms.
    mel
        Name of the new dim.

    Returns
    -------
    xarray.DataArray
        With a new dim "mel" in front of time, in mel, and "center_frequency" in Hz beside it.

    Raises
    ------
    ParameterError
        As `Spectrogram` and `MelBank` raise it.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> time = Axis("time", step=1 / 8000, unit="s", period=1.0)
    >>> tone = label(np.cos(2 * np.pi * 440 * np.arange(8000) / 8000), time)
    >>> y = MelSpectrogram(window=0.032, hop=0.01, bands=32)(tone)
    >>> dict(y.sizes), float(y.mean("time").set_index(mel="center_frequency").idxmax().round())
    ({'mel': 32, 'time': 100}, 426.0)

    References
    ----------
    Davis & Mermelstein (1980), doi:10.1109/TASSP.1980.1163420.
    """

    window: float = lengths_field(along="over")
    hop: float = lengths_field(along="over")
    bands: int = 40
    low: float = lengths_field(power=-1, along="over", default=0.0)
    high: float | None = lengths_field(power=-1, along="over", default=None)
    over: str = dims_field(default="time")
    taper: str = "hann"
    output: Summed = "power"
    norm: Norm = "slaney"
    formula: Formula = "slaney"
    boundary: BoundaryChoice = mapping_field(default=None)
    hertz: float = lengths_field(power=1, along="over", default=1.0)
    mel: str = dims_field(default="mel")

    def __post_init__(self) -> None:
        parameters.one_of("output", self.output, Summed)
        _ = self.body

    @property
    def body(self) -> Operator:
        """The spectrogram and the bank."""
        spectrogram = Spectrogram(
            self.window,
            self.hop,
            self.over,
            taper=self.taper,
            output=self.output,
            boundary=self.boundary,
        )
        bank = MelBank(
            self.bands,
            self.low,
            self.high,
            self.norm,
            hertz=self.hertz,
            formula=self.formula,
            channel=self.mel,
        )
        return spectrogram >> bank

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Both outputs and both formulas, periodic and not."""
        sound = noise_sound(rng)
        yield cls(0.004, 0.001, bands=6), sound
        yield cls(0.004, 0.002, 5, 300.0, 3500.0, output="magnitude", formula="htk"), sound
        yield cls(31 / 8000, 0.001, bands=4, norm=None, boundary="valid"), sound
