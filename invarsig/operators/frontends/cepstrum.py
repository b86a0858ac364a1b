"""Cepstra: cosine transforms of log spectra, those of mel spectrograms among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis
from invarsig.errors import ParameterError
from invarsig.kernels.operation_counts import of_transform
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, lengths_field, mapping_field
from invarsig.operators.frontends.framed_pipeline import FramedPipeline
from invarsig.operators.frontends.mel_bank import Formula
from invarsig.operators.frontends.mel_spectrogram import MelSpectrogram, Summed
from invarsig.operators.frontends.triangular_bank import Norm
from invarsig.operators.noise import noise_picture, noise_sound
from invarsig.operators.pointwise.logarithms import Log
from invarsig.operators.strides import every_sample
from invarsig.operators.windows import BoundaryChoice

__all__ = ["Cepstrum", "Mfcc"]


@dataclass(frozen=True)
class Cepstrum(ArrayOperator):
    """Cepstrum: the orthonormal cosine transform of a log spectrum, lowest coefficients first.

    ``c[q] = sqrt(2 / M) a_q sum_m L[m] cos(pi q (m + 1/2) / M)``, with ``a_0 = sqrt(1/2)`` and 1
    otherwise: the DCT-II over the M bands.

    Parameters
    ----------
    coefficients
        How many are kept; at most the number of bands.
    over
        The dim of the bands, which is replaced.
    coefficient
        Name of the new dim.

    Returns
    -------
    xarray.DataArray
        With the dim "coefficient", counted from 0, in place of the bands.

    Raises
    ------
    ParameterError
        If there are fewer bands than coefficients.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Cepstrum(coefficients=2)(label([3.0, 3.0, 3.0, 3.0], "mel")).values.round(12).tolist()
    [6.0, 0.0]

    References
    ----------
    Davis & Mermelstein (1980), doi:10.1109/TASSP.1980.1163420.
    """

    coefficients: int = 13
    over: str = dims_field(default="mel")
    coefficient: str = dims_field(default="coefficient")

    linear = True

    def __post_init__(self) -> None:
        number = parameters.count(self.coefficients, "The number of coefficients")
        object.__setattr__(self, "coefficients", number)

    @property
    def dims(self) -> tuple[str, ...]:
        """The dim of the bands."""
        return (self.over,)

    def plan(self, axes: Axes) -> Plan:
        """Replace the bands by coefficients."""
        bands = axes.counted(self.over)
        if self.coefficients > bands.size:
            raise ParameterError(
                f"{self.coefficients} coefficients need at least as many bands, and {self.over!r} "
                f"has {bands.size}; give fewer coefficients or more bands."
            )
        made = Axis(self.coefficient, size=self.coefficients)

        def kernel(values: np.ndarray) -> np.ndarray:
            from scipy import fft

            parts = [values.real, values.imag] if np.iscomplexobj(values) else [values]
            done = [fft.dct(part, norm="ortho", axis=-1) for part in parts]
            whole = done[0] if len(done) == 1 else done[0] + 1j * done[1]
            return np.asarray(whole[..., : self.coefficients])

        operations = of_transform(bands.size, real=True)
        return Plan((bands,), (made,), kernel=kernel, operations=operations)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """All coefficients, and a few."""
        picture = noise_picture(rng)
        yield cls(12, "y"), picture
        yield cls(5, "x"), picture


@dataclass(frozen=True)
class Mfcc(FramedPipeline):
    """Mel-frequency cepstral coefficients: the `Cepstrum` of the log mel spectrogram.

    ``c = DCT(ln(S + offset))`` over the bands of a `MelSpectrogram` S. Programs that take
    ``10 lg`` in place of ``ln`` give 4.343 times these.

    Parameters
    ----------
    window, hop, bands, low, high, over, taper, output, norm, formula, boundary, hertz
        As for `MelSpectrogram`.
    coefficients
        How many are kept, at most `bands`.
    offset
        Added before the logarithm, in the unit of S: silence appears as ``ln(offset)``.
    coefficient
        Name of the new dim.

    Returns
    -------
    xarray.DataArray
        With a new dim "coefficient" in front of time.

    Raises
    ------
    ParameterError
        As its parts raise it, or if there are fewer bands than coefficients.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> time = Axis("time", step=1 / 8000, unit="s", period=1.0)
    >>> noise = label(np.random.default_rng(1).standard_normal(8000), time)
    >>> dict(Mfcc(window=0.032, hop=0.01)(noise).sizes)
    {'coefficient': 13, 'time': 100}

    References
    ----------
    Davis & Mermelstein (1980), doi:10.1109/TASSP.1980.1163420.
    """

    window: float = lengths_field(along="over")
    hop: float = lengths_field(along="over")
    bands: int = 40
    low: float = lengths_field(power=-1, along="over", default=0.0)
    high: float | None = lengths_field(power=-1, along="over", default=None)
    coefficients: int = 13
    offset: float = 1e-10
    over: str = dims_field(default="time")
    taper: str = "hann"
    output: Summed = "power"
    norm: Norm = "slaney"
    formula: Formula = "slaney"
    boundary: BoundaryChoice = mapping_field(default=None)
    hertz: float = lengths_field(power=1, along="over", default=1.0)
    coefficient: str = dims_field(default="coefficient")

    def __post_init__(self) -> None:
        parameters.positive(self.offset, "offset")
        _ = self.body
        if self.coefficients > self.bands:
            raise ParameterError(
                f"{self.coefficients} coefficients need at least as many bands, not {self.bands}."
            )

    @property
    def body(self) -> Operator:
        """The mel spectrogram, its logarithm, and the cosine transform."""
        shared: dict[str, Any] = {
            each.name: getattr(self, each.name)
            for each in fields(MelSpectrogram)
            if each.name != "mel"
        }
        cepstrum = Cepstrum(self.coefficients, coefficient=self.coefficient)
        return MelSpectrogram(**shared) >> Log(self.offset) >> cepstrum

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Periodic and not."""
        sound = noise_sound(rng)
        yield cls(0.004, 0.001, bands=8, coefficients=5, offset=1e-4), sound
        yield cls(0.004, 0.002, 6, 200.0, coefficients=6, offset=1e-4, boundary="zero"), sound
