"""Front ends: from a waveform to a picture of it over time and frequency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import xarray as xr

from invarsig.axes import (
    AuxiliaryCoordinate,
    Axes,
    Axis,
    axis_of,
    center_frequency_name,
    samples_phrase,
)
from invarsig.errors import DimError, DtypeError, ParameterError
from invarsig.kernels.borders import padded
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, lengths_field, mapping_field, whole_number
from invarsig.operators.noise import noise_sound
from invarsig.operators.windows import (
    BoundaryChoice,
    Span,
    check_boundary,
    check_counts,
    shared_dims,
    spans_of,
)

__all__ = ["Spectrogram"]

Output = Literal["complex", "magnitude", "power", "dB"]


@dataclass(frozen=True)
class Spectrogram(ArrayOperator):
    """Spectrogram: the short-time Fourier transform, or what is read off it.

    ``X[k, j] = sum_n w[n] x[j h + n] exp(-2 pi i k n / L)`` for bin k of frame j. The window is L
    samples long and has n = 0 at its middle sample L // 2, so the phase is relative to the window,
    and a complex channel k lies at its centre frequency ``k / L`` along time. The windows are
    scipy's (`scipy.signal.ShortTimeFFT` runs underneath), scaled to sum 1: a sine of amplitude A
    shows as A / 2.

    Parameters
    ----------
    window, hop
        Lengths in seconds (the unit of the axis); whole numbers of samples up to 1e-6.
    over
        The dim of time.
    taper
        Shape of the window, a name that `scipy.signal.get_window` knows.
    output
        "complex", "magnitude", "power", or "dB" (``10 lg(power + 10^(floor / 10))``).
    floor
        What silence shows as in dB.
    boundary
        As for `MaxPool`. "reflect" or "zero" centre the first window on the first sample.
    stride
        The hop in samples, in place of `hop`: a mapping from the dim.

    Returns
    -------
    xarray.DataArray
        With a new dim "frequency" (Hz) in front of time, whose samples stand at the windows'
        middles. Complex channels carry ``{dim}_center_frequency``.

    Raises
    ------
    ParameterError
        If the window or the hop is not a whole number of samples; the message names the two
        nearest lengths.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> time = Axis("time", step=1 / 800, unit="s", period=1.0)
    >>> tone = label(np.cos(2 * np.pi * 100 * np.arange(800) / 800), time)
    >>> power = Spectrogram(window=0.08, hop=0.02)(tone)
    >>> dict(power.sizes), float(power.mean("time").idxmax())
    ({'frequency': 33, 'time': 50}, 100.0)

    References
    ----------
    Allen & Rabiner (1977), doi:10.1109/PROC.1977.10770.
    """

    window: float = lengths_field(along="over")
    hop: float = lengths_field(along="over")
    over: str = dims_field(default="time")
    taper: str = "hann"
    output: Output = "power"
    floor: float = -100.0
    boundary: BoundaryChoice = mapping_field(default=None)
    stride: Mapping[str, int] | None = mapping_field(default=None)
    frequency: str = dims_field(default="frequency")

    front_end = True

    def __post_init__(self) -> None:
        for what in ("window", "hop"):
            length = getattr(self, what)
            real = isinstance(length, (int, float, np.integer, np.floating))
            if not real or not np.isfinite(length) or length <= 0:
                raise ParameterError(
                    f"{what} along {self.over!r} is {length!r}; give a length above 0."
                )
        if self.stride is not None:
            object.__setattr__(self, "stride", check_counts("stride", self.stride))
            stray = [dim for dim in self.stride if dim != self.over]
            if stray:
                raise ParameterError(
                    f"The stride names {stray[0]!r}; windows lie along {self.over!r}."
                )
        if self.output not in get_args(Output):
            raise ParameterError(
                f"output={self.output!r} is unknown; give one of {', '.join(get_args(Output))}."
            )
        check_boundary(self.boundary)

    @classmethod
    def in_samples(
        cls, x: xr.DataArray, *, window: int, hop: int, over: str = "time", **options: object
    ) -> Spectrogram:
        """Give window and hop in samples of `x`.

        Examples
        --------
        >>> from invarsig.axes import Axis, label
        >>> x = label([0.0] * 64, Axis("time", step=1 / 8000, unit="s"))
        >>> op = Spectrogram.in_samples(x, window=32, hop=8)
        >>> op.window, op.hop
        (0.004, 0.001)
        """
        step = abs(axis_of(x, over).step)
        counts = {
            "window": whole_number(window, "The window", least=2),
            "hop": whole_number(hop, "The hop"),
        }
        return cls(counts["window"] * step, counts["hop"] * step, over, **options)  # type: ignore[arg-type]

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether the output is complex: phases are kept."""
        return self.output == "complex"

    @property
    def dims(self) -> tuple[str, ...]:
        """The dim of time."""
        return (self.over,)

    def plan(self, axes: Axes) -> Plan:
        """Lay the windows along time."""
        axis = axes[self.over]
        if self.frequency in axes:
            raise DimError(
                f"The input has a dim {self.frequency!r} already; give frequency= another name."
            )
        length = _whole(axis, self.window, "window")
        hop = (self.stride or {}).get(self.over) or _whole(axis, self.hop, "hop")
        (span,) = spans_of(
            axes, {self.over: length}, {self.over: hop}, self.boundary, {self.over: length // 2}
        )
        frames = span.out_axis
        middle = axis.strided(hop, size=frames.size, offset=length // 2 - span.padding)
        step = 1 / (length * abs(axis.step))
        bins = Axis(self.frequency, 0.0, step, length // 2 + 1, axis.frequency_unit)
        coords: dict[str, AuxiliaryCoordinate] = {}
        if self.output == "complex":
            centers = np.sign(axis.step) * bins.positions()
            coords[center_frequency_name(self.over)] = (
                (self.frequency,),
                centers,
                axis.center_attrs(),
            )
        reach = (length // 2 * abs(axis.step), (length - length // 2 - 1) * abs(axis.step))
        return Plan(
            (axis,),
            (bins, middle),
            {self.over: hop},
            {self.over: reach},
            lambda values: self._transformed(values, span),
            coords,
            taps=length,
            shared=shared_dims((span,)),
        )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same windows at another hop, in samples."""
        return (
            replace(self, stride={self.over: strides[self.over]}) if self.over in strides else self
        )

    def _transformed(self, values: np.ndarray, span: Span) -> np.ndarray:
        from scipy import signal

        if np.iscomplexobj(values):
            raise DtypeError("Spectrogram needs a real waveform, and this one is complex.")
        try:
            weights = signal.get_window(self.taper, span.window).astype(values.dtype)
        except (ValueError, TypeError) as error:
            raise ParameterError(
                f"taper={self.taper!r} is no window that scipy.signal.get_window knows; "
                "give a name such as 'hann'."
            ) from error
        transform = signal.ShortTimeFFT(weights / weights.sum(), span.stride, fs=1.0)
        before, after = span.pads
        wide = padded(values, values.ndim - 1, before, after, span.boundary)
        # Slice p of scipy is centred on sample p * hop + k_offset: begin at the window's middle.
        spectra = transform.stft(wide, 0, span.size, k_offset=span.window // 2)
        if self.output == "complex":
            return np.asarray(spectra)
        magnitude: np.ndarray = np.abs(spectra)
        if self.output == "magnitude":
            return magnitude
        power: np.ndarray = magnitude**2
        if self.output == "power":
            return power
        return np.asarray(10 * np.log10(power + 10 ** (self.floor / 10)))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Each output, even and odd windows, periodic and not."""
        sound = noise_sound(rng)
        yield cls(0.004, 0.001, output="complex"), sound
        yield cls(0.004, 0.002, output="power"), sound
        yield cls(31 / 8000, 0.001, output="magnitude", boundary="valid"), sound
        yield cls(0.004, 0.0015, output="dB", boundary="reflect", taper="hamming"), sound


def _whole(axis: Axis, length: float, what: str) -> int:
    """A length in whole samples, or an error that names the two nearest ones."""
    samples = length / abs(axis.step)
    whole = round(samples)
    if whole < 1 or abs(samples - whole) > 1e-6 * max(whole, 1):
        low = max(int(np.floor(samples)), 1)
        near = " or ".join(f"{n * abs(axis.step):.9g} ({n} samples)" for n in (low, low + 1))
        raise ParameterError(
            f"The {what} is no whole number of samples: {samples_phrase(axis, length)}. Give "
            f"{near}, or use Spectrogram.in_samples."
        )
    return whole
