"""Gammatone filters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis
from invarsig.errors import ParameterError
from invarsig.kernels.convolution import convolved, convolved_operations
from invarsig.kernels.rounding import rounded_up
from invarsig.operators.banks.bank import Bank
from invarsig.operators.banks.channels import complex_coords
from invarsig.operators.base import Operator, Plan
from invarsig.operators.fields import dims_field, lengths_field
from invarsig.operators.frontends.erb_bank import erb, erb_rate, frequency_at
from invarsig.operators.frontends.triangular_bank import check_band_edges, hertz_coordinate
from invarsig.operators.frontends.units import in_hertz
from invarsig.operators.linear_filter import Channels, Tapped, dtft
from invarsig.operators.noise import noise_sound
from invarsig.operators.windows import Span, extended, local_dims, shared_dims, spans_of

__all__ = ["GammatoneBank", "Part"]

Part = Literal["real", "complex"]


@dataclass(frozen=True)
class GammatoneBank(Bank, Tapped):
    """Gammatone filters: the impulse responses of the basilar membrane, spaced evenly in ERB-rate.

    ``h(t) = a t^(n - 1) exp(-2 pi b t) cos(2 pi f t)`` for t >= 0, sampled; ``b = 1.019 ERB(f)``
    and ``a = 2 (2 pi b)^n / (n - 1)!``, which sets the gain at f to 1. The filters are causal, and
    outputs stand where their newest sample stands: the delay of the definition, about
    ``(n - 1) / (2 pi b)``, is kept. The complex part is the same with ``exp(2 pi i f t)``: its
    modulus is the envelope of the real one. On sampling the response repeats at every whole rate:
    ``H(v) = a / 2 (L(v - f) + L(v + f))``, where
    ``L(v) = sum_k k^(n - 1) q^k = q A(q) / (1 - q)^n`` with ``q = exp(-2 pi (b + i v))`` (per
    sample) and the Eulerian polynomial A. Order 4 falls by only 24 dB per octave: far from their
    centers the filters are wide.

    The taps are those of ``scipy.signal.gammatone(..., "fir")`` (whose ERB constant is rounded: to
    2e-6). Its recursive form has the same magnitude to within 1e-3 between about 0.02 and 0.25 of
    the sampling rate, a different phase, and loses its poles to rounding at low frequencies.

    Parameters
    ----------
    bands
        Number of bands.
    low, high
        First and last center frequency in Hz. With one band, `low` is its center.
    over
        The dim of time.
    order
        The n of the definition.
    bandwidth
        b in ERBs.
    part
        "real" or "complex".
    truncate
        Where the taps end: once the envelope is that far below its maximum, in dB.
    hertz
        How many hertz one unit of frequency is: 1000 where time is in ms.
    channel
        Name of the new dim.
    stride, boundary
        As for `Convolve`.

    Returns
    -------
    xarray.DataArray
        With a new dim "erb" in front of time, in Cam, and "center_frequency" in Hz beside it.
        Complex channels carry ``{dim}_center_frequency``.

    Raises
    ------
    ParameterError
        If a center frequency is not above 0, or is at or over the axis' Nyquist frequency.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> time = Axis("time", step=1 / 8000, unit="s", period=1.0)
    >>> tone = label(np.cos(2 * np.pi * 440 * np.arange(8000) / 8000), time)
    >>> y = GammatoneBank(bands=3, low=220.0, high=880.0, part="complex")(tone)
    >>> y.center_frequency.values.round().tolist(), abs(y).mean("time").values.round(2).tolist()
    ([220.0, 477.0, 880.0], [0.0, 0.67, 0.01])

    References
    ----------
    Patterson et al. (1987), An efficient auditory filterbank based on the gammatone function;
    Slaney (1993), Apple Computer technical report 35; Glasberg & Moore (1990),
    doi:10.1016/0378-5955(90)90170-T.
    """

    bands: int = 32
    low: float = lengths_field(power=-1, along="over", default=100.0)
    high: float | None = lengths_field(power=-1, along="over", default=None)
    over: str = dims_field(default="time")
    order: int = 4
    bandwidth: float = 1.019
    part: Part = "real"
    truncate: float = 80.0
    hertz: float = lengths_field(power=1, along="over", default=1.0)
    channel: str = dims_field(default="erb")

    def __post_init__(self) -> None:
        object.__setattr__(self, "bands", parameters.count(self.bands, "The number of bands"))
        object.__setattr__(self, "order", parameters.count(self.order, "The order"))
        parameters.positive(self.low, "low", wanted="a frequency above 0")
        check_band_edges(self.low, self.high)
        if self.bands > 1 and self.high is None:
            raise ParameterError(
                f"{self.bands} bands need a first and a last center frequency; give high=."
            )
        parameters.positive(self.bandwidth, "bandwidth", " ERB")
        parameters.positive(self.truncate, "truncate", " dB")
        parameters.positive(self.hertz, "hertz")
        parameters.one_of("part", self.part, Part)
        self._check_bank()

    @property
    def dims(self) -> tuple[str, ...]:
        """The dim of time."""
        return (self.over,)

    def plan(self, axes: Axes) -> Plan:
        """Sample the filters on the axis; each output depends only on the past."""
        axis = axes[self.over]
        forth = axis.step > 0
        taps, channels = self._taps(axes), self._channels(axes)
        window = taps.shape[-1]
        padding = window - 1 if forth else 0
        spans = spans_of(
            axes, {self.over: window}, self.stride, self.boundary, {self.over: padding}
        )

        def kernel(values: np.ndarray) -> np.ndarray:
            return convolved(extended(values, spans), taps, [spans[0].stride])

        length = (window - 1) * abs(axis.step)
        return Plan(
            (axis,),
            (*channels.axes, self._newest(spans[0], window - 1 if forth else 0)),
            {self.over: spans[0].stride},
            {self.over: (length, 0.0) if forth else (0.0, length)},
            kernel,
            channels.coords,
            operations=convolved_operations(
                [sum(span.pads) + span.axis.size for span in spans], taps, [spans[0].stride]
            ),
            shared=shared_dims(spans),
            local=local_dims(spans),
        )

    def _newest(self, span: Span, place: int) -> Axis:
        """Axis of the newest sample of each window, at a given index in the window."""
        return span.axis.strided(span.stride, size=span.size, offset=place - span.padding)

    def _rates(self) -> np.ndarray:
        """Centers of the bands, in Cam."""
        high = self.low if self.high is None or self.bands == 1 else self.high
        first, last = erb_rate(np.array([self.low, high]) * self.hertz)
        return np.linspace(first, last, self.bands)

    def _designed(self, axes: Axes) -> tuple[np.ndarray, np.ndarray]:
        """Center frequencies and bandwidths, in cycles per sample."""
        axis = axes[self.over]
        in_hertz(axis.frequency_unit, self.hertz, "GammatoneBank")
        hertz = frequency_at(self._rates())
        scale = abs(axis.step) / self.hertz
        worst = float(hertz.max()) * scale
        if worst >= 0.5:
            unit = axis.frequency_unit
            raise ParameterError(
                f"The center frequency {worst / abs(axis.step):g} {unit} along {self.over!r} is "
                f"not below the Nyquist frequency of {0.5 / abs(axis.step):g} {unit}."
            )
        return hertz * scale, self.bandwidth * erb(hertz) * scale

    def _channels(self, axes: Axes) -> Channels:
        rates = self._rates()
        step = float(rates[1] - rates[0]) if self.bands > 1 else 1.0
        band = Axis(self.channel, float(rates[0]), step, self.bands, "Cam")
        coords = hertz_coordinate(self.channel, frequency_at(rates))
        if self.part == "real":
            return Channels((band,), coords)
        # In the axis' unit a wave turns the other way round where positions run backwards.
        centers = {self.over: np.sign(axes[self.over].step) * self._designed(axes)[0]}
        coords.update(complex_coords(axes, (band,), centers))
        return Channels((band,), coords, centers)

    def _gain(self, width: np.ndarray) -> np.ndarray:
        return np.asarray(2 * (2 * np.pi * width) ** self.order / math.factorial(self.order - 1))

    def _taps(self, axes: Axes) -> np.ndarray:
        """Impulse responses (band, sample) in the order of the axis, the first or last at t = 0."""
        center, width = (values[:, None] for values in self._designed(axes))
        count = self._fallen() / (2 * np.pi * width)
        k = np.arange(int(rounded_up(float(count.max()))) + 1)
        envelope = self._gain(width) * k ** (self.order - 1.0) * np.exp(-2 * np.pi * width * k)
        envelope[k > rounded_up(count)] = 0
        turns = 2 * np.pi * center * k
        taps = envelope * (np.exp(1j * turns) if self.part == "complex" else np.cos(turns))
        return np.asarray(taps if axes[self.over].step > 0 else taps[:, ::-1])

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        """Fourier transform of the taps, counted from the newest sample."""
        taps = self._taps(axes)
        late = np.sign(axes[self.over].step) * (taps.shape[-1] - 1) / 2
        turns = np.exp(-2j * np.pi * frequencies[0] * late)
        return np.asarray(dtft(taps, frequencies) * turns)

    def _fallen(self) -> float:
        """Where ``u^(n - 1) exp(-u)`` has fallen to `truncate` dB below its maximum."""
        m, drop = self.order - 1, self.truncate / 20 * math.log(10)
        u = m + drop
        for _ in range(60):
            # A fixed point of u - m = drop + m ln(u / m), which contracts beyond the maximum.
            u = m + drop + (m * math.log(u / m) if m else 0.0)
        return u

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Real, and complex with a stride; periodic and not; another order."""
        sound = noise_sound(rng, 256)
        yield cls(3, 1500.0, 3500.0), sound
        yield cls(2, 1500.0, 3000.0, part="complex", stride={"time": 4}), sound
        yield cls(1, 2000.0, order=2, boundary="reflect"), sound
        yield cls(2, 2500.0, 3000.0, boundary="valid", truncate=60.0, stride={"time": 4}), sound
