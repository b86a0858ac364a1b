"""Constant-Q and variable-Q transforms."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.kernels.frames import framed, framed_operations
from invarsig.kernels.rounding import rounded_up
from invarsig.operators.banks.bank import tap_plan
from invarsig.operators.banks.channels import complex_coords
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.combinators import Levels
from invarsig.operators.fields import dims_field, lengths_field, mapping_field
from invarsig.operators.frontends.spectrogram import Output
from invarsig.operators.frontends.units import check_hop, seconds_of, whole_hop
from invarsig.operators.linear_filter import Channels, LinearFilter
from invarsig.operators.noise import noise_sound
from invarsig.operators.strides import every_sample
from invarsig.operators.windows import (
    BoundaryChoice,
    adds_nothing,
    check_boundary,
    extended,
    spans_of,
)

__all__ = ["ConstantQ", "constant_q_levels"]


@dataclass(frozen=True)
class ConstantQ(ArrayOperator, LinearFilter):
    """Constant-Q transform: bins spaced evenly in octaves, with proportional widths.

    ``X[k, j] = sum_n w_k[n] x[j h + n] exp(-2 pi i f_k n)`` with ``f_k = low 2^(k / B)``, evaluated
    directly, at the full rate, for n from ``-N_k / 2`` to ``N_k / 2``. The window w_k (sum 1) is
    ``N_k = 1 / (f_k / Q + gamma)`` long: Q periods of its frequency where gamma is 0, so that a
    sine of amplitude A appears as A / 2. A gamma above 0 makes the lower windows shorter: the
    variable-Q transform. Phases are relative to the window's middle, as in `Spectrogram`. In single
    precision low bins are evaluated at half the rate, or a quarter and so on, where the response of
    their windows makes that the same up to round-off.

    librosa gives nearly the same magnitudes, with its Q and multiplied by the window's length: it
    halves the rate from octave to octave, which is also faster. Over five octaves from 65 Hz of 15
    recordings (music, speech, single notes, a bell, a crow, hiss; at most 3 s of each, at 16 and
    22.05 kHz) the difference was 0.4 to 1.1 % of their norm, 0.6 % in the median; with a gamma of
    20 Hz 0.6 to 3.8 %, and 1.3 %. Hiss and drums, whose energy is in short windows, differ most.

    Parameters
    ----------
    low
        Lowest frequency in Hz (the axis' unit of frequency).
    bands
        Number of bins.
    bands_per_octave
        B; 12 for semitones.
    hop
        Distance between outputs in seconds, a whole number of samples; every sample by default.
    gamma
        Added to each bandwidth, in Hz.
    quality
        Q; ``1 / (2^(1 / B) - 1)`` by default, with which a bin is as wide as its distance from the
        next one.
    over
        The dim of time.
    taper
        Shape of the windows: "hann" or "hamming", sampled at n from the continuous window.
    output
        "complex", "magnitude", "power", or "dB" (``10 lg(power + 10^(floor / 10))``).
    floor
        The level that silence appears at, in dB.
    boundary
        As for `MaxPool`.
    stride
        The hop in samples, in place of `hop`: a mapping from the dim.
    frequency
        Name of the new dim.

    Returns
    -------
    xarray.DataArray
        With a new dim "frequency" (Hz, on a log2 axis) in front of time, whose samples stand at the
        windows' middles. Complex channels carry ``{dim}_center_frequency``.

    Raises
    ------
    ParameterError
        If a bin reaches beyond the axis' Nyquist frequency.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> time = Axis("time", step=1 / 4000, unit="s", period=1.0)
    >>> tone = label(np.cos(2 * np.pi * 440 * np.arange(4000) / 4000), time)
    >>> y = ConstantQ(low=220.0, bands=25, hop=0.01, output="magnitude")(tone)
    >>> float(y.mean("time").idxmax().round(6)), float(y.max().round(3))
    (440.0, 0.5)

    References
    ----------
    Brown (1991), doi:10.1121/1.400476; Schörkhuber et al. (2014), A Matlab toolbox for efficient
    perfect reconstruction time-frequency transforms with log-frequency resolution.
    """

    low: float = lengths_field(power=-1, along="over", default=32.70319566257483)
    bands: int = 84
    bands_per_octave: int = 12
    hop: float | None = lengths_field(along="over", default=None)
    gamma: float = lengths_field(power=-1, along="over", default=0.0)
    quality: float | None = None
    over: str = dims_field(default="time")
    taper: str = "hann"
    output: Output = "complex"
    floor: float = -100.0
    boundary: BoundaryChoice = mapping_field(default=None)
    stride: Mapping[str, int] | None = mapping_field(default=None)
    frequency: str = dims_field(default="frequency")

    front_end = True

    def __post_init__(self) -> None:
        parameters.positive(self.low, "low")
        for what, word in (("bands", "bands"), ("bands_per_octave", "bands per octave")):
            number = parameters.count(getattr(self, what), f"The number of {word}")
            object.__setattr__(self, what, number)
        for what in ("hop", "quality"):
            if getattr(self, what) is not None:
                parameters.positive(getattr(self, what), what)
        parameters.finite(self.gamma, "gamma", least=0, wanted="a bandwidth of at least 0")
        parameters.finite(self.floor, "floor", wanted="a finite level in dB")
        parameters.one_of("taper", self.taper, _COSINES)
        parameters.one_of("output", self.output, Output)
        object.__setattr__(self, "stride", check_hop(self.stride, self.over))
        check_boundary(self.boundary)

    @classmethod
    def in_samples(
        cls, x: xr.DataArray, *, hop: int, over: str = "time", **options: Any
    ) -> ConstantQ:
        """Give the hop in samples of `x`.

        Examples
        --------
        >>> from invarsig.axes import Axis, label
        >>> x = label([0.0] * 64, Axis("time", step=1 / 8000, unit="s"))
        >>> ConstantQ.in_samples(x, hop=8).hop
        0.001
        """
        return cls(hop=seconds_of(x, over, hop=hop)["hop"], over=over, **options)

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
        """Sample the waves on the axis."""
        if self.frequency in axes:
            raise DimError(
                f"The input has a dim {self.frequency!r} already; rename it, or give frequency= "
                "another name."
            )
        self._check_room(axes)
        own = (self.stride or {}).get(self.over)
        if own is None:
            axis = axes[self.over]
            own = 1 if self.hop is None else whole_hop(axis, self.hop)
        taps, channels = self._taps(axes), self._channels(axes)
        plan = tap_plan(axes, self.dims, taps, channels, {self.over: own}, self.boundary)
        window = taps.shape[-1]
        spans = spans_of(
            axes, {self.over: window}, {self.over: own}, self.boundary, {self.over: window // 2}
        )

        def kernel(values: np.ndarray) -> np.ndarray:
            return self._shown(framed(extended(values, spans), taps, own))

        (before, after), (span,) = spans[0].pads, spans
        operations = framed_operations(before + span.axis.size + after, taps, own)
        return replace(plan, kernel=kernel, operations=operations)

    def _check_room(self, axes: Axes) -> None:
        """Raise if the longest window is longer than an axis that is not extended."""
        axis, named = axes[self.over], self.boundary
        own = named.get(self.over) if isinstance(named, Mapping) else named
        own = own or ("periodic" if axis.periodic else "valid")
        window = max(2 * int(rounded_up(float(self._designed(axes)[1].max()) / 2)) - 1, 1)
        if own in ("periodic", "valid") and window > axis.size:
            raise AxisError(
                f"The windows of the lowest bin, at {self.low:g} {axis.frequency_unit}, are "
                f"{window} samples, longer than the axis {self.over!r} ({axis.size} samples, {own} "
                "boundary); give a higher low, a gamma, the boundary 'reflect' or 'zero', or more "
                "signal."
            )

    def _meaning(self) -> dict[str, Any]:
        """Parameters; without a hop the stride is 1."""
        own = super()._meaning()
        unstrided = {self.over: 1} if self.hop is None else None
        return {**own, "stride": self.stride or unstrided}

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same waves at another hop, in samples."""
        if not every_sample({**strides, self.over: 1}):
            return None
        if self.over not in strides:
            return self
        return replace(self, stride={self.over: strides[self.over]})

    def _shown(self, spectra: np.ndarray) -> np.ndarray:
        if self.output == "complex":
            return spectra
        if self.output == "magnitude":
            return np.asarray(np.abs(spectra))
        power = spectra.real**2 + spectra.imag**2
        if self.output == "power":
            return np.asarray(power)
        return np.asarray(20 * np.log10(np.hypot(np.abs(spectra), 10 ** (self.floor / 20))))

    def _quality(self) -> float:
        return self.quality or 1 / (2 ** (1 / self.bands_per_octave) - 1)

    def _designed(self, axes: Axes) -> tuple[np.ndarray, np.ndarray]:
        """Frequencies in cycles per sample, and lengths of windows in samples."""
        axis = axes[self.over]
        scale = abs(axis.step)
        frequency = self.low * 2 ** (np.arange(self.bands) / self.bands_per_octave) * scale
        width = frequency / self._quality() + self.gamma * scale
        edge = frequency + width
        if edge[-1] > 0.5:
            unit = axis.frequency_unit
            last = int(np.flatnonzero(edge > 0.5)[0])
            raise ParameterError(
                f"Bin {last} of {self.bands} along {self.over!r}, at {frequency[last] / scale:g} "
                f"{unit}, reaches to {edge[last] / scale:g} {unit}, beyond the Nyquist frequency "
                f"of {0.5 / scale:g} {unit}; give "
                f"{f'at most {last} bands' if last else 'a lower low'}."
            )
        return frequency, 1 / width

    def _channels(self, axes: Axes) -> Channels:
        axis = axes[self.over]
        start, step = math.log2(self.low), 1 / self.bands_per_octave
        unit = axis.frequency_unit
        bins = Axis(self.frequency, start, step, self.bands, unit, scale="log2")
        if self.output != "complex":
            return Channels((bins,))
        # In the axis' unit a wave turns the other way round where positions run backwards.
        centers = {self.over: np.sign(axis.step) * self._designed(axes)[0]}
        return Channels((bins,), complex_coords(axes, (bins,), centers), centers)

    def _taps(self, axes: Axes) -> np.ndarray:
        frequency, length = (values[:, None] for values in self._designed(axes))
        half = int(rounded_up(float(length.max()) / 2)) - 1
        k = np.arange(-max(half, 0), max(half, 0) + 1)
        level = _COSINES[self.taper]
        turn = np.sign(axes[self.over].step)
        # Most of the array is beyond the shorter windows.
        inside = np.abs(k) < rounded_up(length / 2)
        place, own, rate = (
            np.broadcast_to(each, inside.shape)[inside] for each in (k, length, frequency)
        )
        window = np.zeros(inside.shape)
        window[inside] = level + (1 - level) * np.cos(2 * np.pi * place / own)
        window /= window.sum(axis=1, keepdims=True)
        taps = np.zeros(inside.shape, dtype=np.complex128)
        taps[inside] = window[inside] * np.exp(2j * np.pi * turn * rate * place)
        return taps

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        """Each window's transform at its center: three adjacent Dirichlet kernels."""
        if self.output != "complex":
            raise ParameterError(
                f"output={self.output!r} is not a linear filter and has no frequency response; "
                "take output='complex'."
            )
        center, length = (values[:, None] for values in self._designed(axes))
        turn, level = np.sign(axes[self.over].step), _COSINES[self.taper]
        samples = 2 * rounded_up(length / 2) - 1

        def window(away: np.ndarray) -> np.ndarray:
            side = dirichlet(away - 1 / length, samples) + dirichlet(away + 1 / length, samples)
            return np.asarray(level * dirichlet(away, samples) + (1 - level) / 2 * side)

        whole = window(np.zeros_like(center))
        return np.asarray(window(frequencies[0] - turn * center) / whole)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Each output, constant and variable Q, periodic and not."""
        sound = noise_sound(rng)
        options: dict[str, Any] = {"bands": 5, "bands_per_octave": 4, "quality": 4.0}
        yield cls(800.0, **options, hop=0.0005), sound
        yield cls(700.0, **options, gamma=100.0, stride={"time": 3}), sound
        yield cls(800.0, **options, output="power", boundary="valid"), sound
        yield cls(900.0, **options, output="dB", floor=-40.0, boundary="zero", hop=0.001), sound
        yield cls(900.0, **options, output="magnitude", taper="hamming"), sound


def dirichlet(frequency: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """``sin(pi n f) / sin(pi f)``: the transform of n ones about 0, for odd n."""
    below = np.sin(np.pi * frequency)
    whole = np.abs(below) < 1e-12
    ratio = np.sin(np.pi * samples * frequency) / np.where(whole, 1.0, below)
    return np.asarray(np.where(whole, samples, ratio))


# Constant term of raised-cosine windows.
_COSINES = {"hann": 0.5, "hamming": 0.54}


def constant_q_levels(op: ConstantQ) -> Levels:
    """Split a constant-Q transform into one level for each octave, each with its own hop.

    The lowest octave keeps the hop of `op`; each octave above has half the hop of the one below:
    shorter windows are placed more often.

    Parameters
    ----------
    op
        Transform whose hop is a multiple of a power of two, one for each octave above the first.

    Returns
    -------
    Levels
        From "octave_0", the lowest, on.

    Raises
    ------
    ParameterError
        If the transform has no hop, or one that cannot be halved once for each octave above the
        first.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> time = Axis("time", step=1 / 4000, unit="s", period=1.0)
    >>> noise = label(np.random.default_rng(1).standard_normal(4000), time)
    >>> tree = constant_q_levels(ConstantQ(low=220.0, bands=24, stride={"time": 16}))(noise)
    >>> {name: node.dataset.sizes["time"] for name, node in tree.items()}
    {'octave_0': 250, 'octave_1': 500}
    """
    if not isinstance(op, ConstantQ):
        raise ParameterError(f"{op} is not a ConstantQ, so it has no octaves to split into.")
    if op.hop is None and op.stride is None:
        raise ParameterError(f"{op} has no hop that could be halved; give hop= or stride=.")
    levels: dict[str, Operator] = {}
    for octave in range(-(-op.bands // op.bands_per_octave)):
        first = octave * op.bands_per_octave
        stride = None
        if op.stride is not None:
            whole = op.stride[op.over]
            if whole % 2**octave:
                raise ParameterError(
                    f"The stride of {whole} samples cannot be halved {octave} times; give a "
                    f"multiple of {2**octave}, or fewer bands."
                )
            stride = {op.over: whole // 2**octave}
        levels[f"octave_{octave}"] = replace(
            op,
            low=op.low * 2**octave,
            bands=min(op.bands_per_octave, op.bands - first),
            hop=None if op.hop is None else op.hop / 2**octave,
            stride=stride,
        )
    return Levels(levels)
