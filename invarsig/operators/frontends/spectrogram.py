"""Front ends: from a waveform to a picture of it over time and frequency."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis, Kernel, axis_of, on_axes, require_dims
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError
from invarsig.kernels.borders import padded
from invarsig.kernels.operation_counts import MIXED, of_transform
from invarsig.kernels.short_time import short_time
from invarsig.operators.banks.channels import complex_coords
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, lengths_field, mapping_field
from invarsig.operators.frontends.units import (
    Framed,
    check_hop,
    require_window,
    whole_hop,
    whole_samples,
)
from invarsig.operators.linear_filter import Channels, LinearFilter
from invarsig.operators.noise import noise_sound
from invarsig.operators.strides import every_sample
from invarsig.operators.windows import (
    BoundaryChoice,
    Span,
    adds_nothing,
    check_boundary,
    local_dims,
    shared_dims,
    spans_of,
)

__all__ = ["Output", "Spectrogram", "tapered"]

Output = Literal["complex", "magnitude", "power", "dB"]


@dataclass(frozen=True)
class Spectrogram(Framed, ArrayOperator, LinearFilter):
    """Spectrogram: the short-time Fourier transform, or a quantity derived from it.

    ``X[k, j] = sum_n w[n] x[j h + n] exp(-2 pi i k n / L)`` for bin k of frame j. The window is L
    samples long and has n = 0 at its middle sample L // 2, so the phase is relative to the window,
    and a complex channel k lies at its center frequency ``k / L`` along time. The windows are
    those of `scipy.signal.get_window`, scaled to sum 1: a sine of amplitude A shows as A / 2.

    The complex output is linear: `frequency_response` is the window's transform, shifted to each
    channel's center, `safe_stride` gives the hop at which it is practically alias-free, and
    `inverse` returns the waveform.

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
        The level that silence appears at, in dB.
    boundary
        As for `MaxPool`. "reflect" or "zero" center the first window on the first sample.
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
            said = f"{what} along {self.over!r}"
            parameters.positive(getattr(self, what), said, wanted="a length above 0")
        object.__setattr__(self, "stride", check_hop(self.stride, self.over))
        parameters.one_of("output", self.output, Output)
        parameters.finite(self.floor, "floor", wanted="a finite level in dB")
        check_boundary(self.boundary)

    @property
    def homogeneity(self) -> float | None:
        """1 of amplitudes, 2 of powers; levels have none."""
        return {"complex": 1, "magnitude": 1, "power": 2, "dB": None}[self.output]

    def result_unit(self, unit: str) -> str | None:
        """The unit of the samples, its square, or decibels."""
        return "dB" if self.output == "dB" else super().result_unit(unit)

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether the output is complex: phases are kept."""
        return self.output == "complex" and adds_nothing(self.boundary)

    @property
    def dims(self) -> tuple[str, ...]:
        """The dim of time."""
        return (self.over,)

    def plan(self, axes: Axes) -> Plan:
        """Place the windows along time."""
        axis = axes[self.over]
        if self.frequency in axes:
            raise DimError(
                f"The input has a dim {self.frequency!r} already; rename it, or give frequency= "
                "another name."
            )
        (span,) = self._spans(axes)
        length, hop = span.window, span.stride
        frames = span.out_axis
        middle = axis.strided(hop, size=frames.size, offset=length // 2 - span.padding)
        channels = self._channels(axes)
        reach = (length // 2 * abs(axis.step), (length - length // 2 - 1) * abs(axis.step))
        return Plan(
            (axis,),
            (*channels.axes, middle),
            {self.over: hop},
            {self.over: reach},
            lambda values: self._transformed(values, span),
            channels.coords,
            operations=frames.size * self._operations(length),
            shared=shared_dims((span,)),
            local=local_dims((span,)),
        )

    def _spans(self, axes: Axes) -> tuple[Span, ...]:
        axis = axes[self.over]
        length = whole_samples(axis, self.window, "window")
        require_window(axis, self.window, length, self.boundary)
        hop = whole_hop(axis, self.hop, self.stride)
        return spans_of(
            axes, {self.over: length}, {self.over: hop}, self.boundary, {self.over: length // 2}
        )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same windows at another hop, in samples."""
        if not every_sample({**strides, self.over: 1}):
            return None
        if self.over not in strides:
            return self
        return replace(self, stride={self.over: strides[self.over]})

    def _operations(self, length: int) -> float:
        """Multiplications for one frame: the taper, a transform, and the squares."""
        squares = 0 if self.output == "complex" else MIXED * (length // 2 + 1)
        return length + of_transform(length, real=True) + squares

    def in_frames(self, axes: Axes, then: Callable[[np.ndarray], np.ndarray]) -> Kernel:
        """Kernel of the plan, followed by what is made of each block of frames ``(..., bin)``."""
        (span,) = self._spans(axes)
        return lambda values: self._transformed(values, span, then)

    def _transformed(
        self, values: np.ndarray, span: Span, then: Callable[[np.ndarray], np.ndarray] | None = None
    ) -> np.ndarray:
        if np.iscomplexobj(values):
            raise DtypeError("Spectrogram needs a real waveform, and this one is complex.")
        weights = tapered(self.taper, span.window).astype(values.dtype)

        def shown(spectra: np.ndarray) -> np.ndarray:
            made = self._shown(spectra)
            return made if then is None else then(made)

        return short_time(
            values, weights, span.stride, span.size, span.padding, span.boundary, shown
        )

    def _shown(self, spectra: np.ndarray) -> np.ndarray:
        if self.output == "complex":
            return spectra
        magnitude: np.ndarray = np.abs(spectra)
        if self.output == "magnitude":
            return magnitude
        if self.output == "power":
            return np.asarray(np.multiply(magnitude, magnitude, out=magnitude))
        return np.asarray(20 * np.log10(np.hypot(magnitude, 10 ** (self.floor / 20))))

    def inverse(self, spectra: xr.DataArray, like: xr.DataArray) -> xr.DataArray:
        """Invert to a waveform: least squares, by overlap-add.

        ``x[i] = sum_j w[i - j h] x_j[i - j h] / sum_j w[i - j h]^2`` with frame j's inverse
        transform ``x_j``. Where `spectra` are those of a waveform, it is that waveform; where they
        were changed, the one whose spectra are nearest.

        Parameters
        ----------
        spectra
            Complex output of this operator.
        like
            The waveform, or another one with the same axis of time.

        Returns
        -------
        xarray.DataArray
            Over the axis of `like`.

        Raises
        ------
        ParameterError
            If the output is not complex, or some sample lies in no window (or only where windows
            are 0): take a shorter hop, or a boundary other than "valid".

        Examples
        --------
        >>> import numpy as np
        >>> from invarsig.axes import Axis, label
        >>> time = Axis("time", step=1 / 800, unit="s", period=1.0)
        >>> x = label(np.random.default_rng(1).standard_normal(800), time)
        >>> stft = Spectrogram(window=0.08, hop=0.02, output="complex")
        >>> bool(abs(stft.inverse(stft(x), like=x) - x).max() < 1e-12)
        True

        References
        ----------
        Griffin & Lim (1984), doi:10.1109/TASSP.1984.1164317.
        """
        self._check_linear("inverse")
        require_dims(spectra, [self.frequency, self.over], "Spectrogram.inverse")
        if spectra.dtype.kind != "c":
            raise DtypeError(
                "Spectrogram.inverse needs complex spectra: phases encode where things are."
            )
        axes = Axes({self.over: axis_of(like, self.over)})
        plan = self.plan(axes)
        for axis in plan.out_axes:
            if spectra.sizes[axis.dim] != axis.size:
                raise AxisError(
                    f"{spectra.sizes[axis.dim]} samples along {axis.dim!r} are not spectra of "
                    f"like=: its {axes[self.over].size} samples give {axis.size}."
                )
        (span,) = self._spans(axes)

        def kernel(values: np.ndarray) -> np.ndarray:
            return self._overlap_added(values, span)

        return on_axes(kernel, spectra, plan.out_axes, plan.in_axes)

    def _overlap_added(self, spectra: np.ndarray, span: Span) -> np.ndarray:
        """Waveform of spectra ``(..., bin, frame)``."""
        from scipy import fft

        length, size = span.window, span.axis.size
        weights = tapered(self.taper, length)
        turns = np.exp(-2j * np.pi * np.arange(length // 2 + 1) * (length // 2) / length)
        turned = np.moveaxis(spectra, -1, -2) * turns.astype(spectra.dtype)
        frames = fft.irfft(turned, n=length, axis=-1) * weights.astype(spectra.real.dtype)
        wide = np.zeros((*spectra.shape[:-2], sum(span.pads) + size), dtype=frames.dtype)
        power = np.zeros(wide.shape[-1])
        for frame in range(span.size):
            there = slice(frame * span.stride, frame * span.stride + length)
            wide[..., there] += frames[..., frame, :]
            power[there] += weights**2
        out, norm = _gathered(wide, span), _gathered(power, span)
        lost = np.flatnonzero(norm <= 1e-10 * norm.max())
        if lost.size:
            raise ParameterError(
                f"{lost.size} of {size} samples along {self.over!r}, the first at place "
                f"{lost[0]}, lie in no window or where windows are 0, so their values are "
                f"unknown: the hop is {span.stride} samples, the {self.taper} window {length}, the "
                f"boundary {span.boundary}. Take a shorter hop, or the boundary 'zero' in place "
                "of 'valid'."
            )
        return np.asarray(out / norm.astype(out.dtype))

    def _check_linear(self, what: str, other: str = "") -> None:
        if self.output != "complex":
            raise ParameterError(
                f"output={self.output!r} is not a linear filter and has no {what}; take "
                f"output='complex'{other}."
            )

    def _channels(self, axes: Axes) -> Channels:
        axis = axes[self.over]
        length = whole_samples(axis, self.window, "window")
        step = 1 / (length * abs(axis.step))
        bins = Axis(self.frequency, 0.0, step, length // 2 + 1, axis.frequency_unit)
        if self.output != "complex":
            return Channels((bins,))
        centers = {self.over: bins.positions() * abs(axis.step)}
        return Channels((bins,), complex_coords(axes, (bins,), centers), centers)

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        """``sum_n w[n] exp(2 pi i (f - k / L) n)``: the window's transform at each center."""
        self._check_linear(
            "frequency response", ", or ask iv.aliasing.safe_hop, which knows powers"
        )
        length = whole_samples(axes[self.over], self.window, "window")
        n = np.arange(length) - length // 2
        bins = np.arange(length // 2 + 1) / length
        waves = np.exp(-2j * np.pi * np.multiply.outer(bins, n)) * tapered(self.taper, length)
        return np.asarray(waves @ np.exp(2j * np.pi * np.multiply.outer(n, frequencies[0])))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Each output, even and odd windows, periodic and not."""
        sound = noise_sound(rng)
        yield cls(0.004, 0.001, output="complex"), sound
        yield cls(0.004, 0.002, output="power"), sound
        yield cls(31 / 8000, 0.001, output="magnitude", boundary="valid"), sound
        yield cls(0.004, 0.0015, output="dB", boundary="reflect", taper="hamming"), sound


def _gathered(values: np.ndarray, span: Span) -> np.ndarray:
    """Map samples that windows covered back to the axis; on a periodic one they wrap."""
    size, before, axis = span.axis.size, span.pads[0], values.ndim - 1
    if span.boundary != "periodic":
        return padded(values, axis, -before, size + before - values.shape[-1], "zero")
    lead = -before % size
    whole = padded(values, axis, lead, -(lead + values.shape[-1]) % size, "zero")
    return np.asarray(whole.reshape(*values.shape[:-1], -1, size).sum(axis=-2))


def tapered(taper: str, length: int) -> np.ndarray:
    """Window of a named shape, scaled to sum 1."""
    weights = parameters.window_weights(taper, length, "taper")
    return np.asarray(weights / weights.sum())
