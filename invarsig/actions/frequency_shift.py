"""Frequency shift: a number of hertz added to every frequency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import xarray as xr

from invarsig.actions.base import Action
from invarsig.actions.frequency_axis import (
    FREQUENCY_DIMS,
    frequency_dims,
    frequency_places,
    read_along,
    seen_along,
)
from invarsig.actions.origin import place_of_origin
from invarsig.actions.point_map import read_place
from invarsig.axes import (
    Axis,
    Length,
    LengthLike,
    axis_of,
    center_frequency_name,
    in_axis_unit,
    in_unit,
    label,
    plain_lengths,
    promoted,
    read_length,
    rescaled_lengths,
    shown_length,
)
from invarsig.errors import AxisError
from invarsig.kernels.single_sideband import single_sideband

__all__ = ["FrequencyShift"]


@dataclass(frozen=True)
class FrequencyShift(Action):
    """Shift of all frequencies: ``(g x)(t) = Re(z(t) exp(2 pi i h (t - t0)))``, z analytic.

    A tone at f sounds at ``f + h``: single-sideband modulation, which breaks the ratios of
    harmonics. Complex signals are multiplied by the exponential directly. Of a real signal, what
    would leave the band from 0 to the Nyquist frequency is lost. On a result over frequencies it is
    ``(g y)(t, f) = y(t, f - h)``: on a linear axis a translation by h, on any other a warp. Complex
    channels are multiplied by the exponential as well, as the phase of the signal is.

    An array over time without frequencies is taken to be a signal. Where frequencies were pooled
    away and time was not, ask for `invariance_error`.

    The analytic signal is exact on a periodic axis, where h has to fit; elsewhere it is that of the
    signal with silence beyond its ends, and every sample is known. Going there and back gives the
    signal again, except for what was lost and, on a finite axis, what smeared across its ends.

    Parameters
    ----------
    hertz
        The shift h, upwards, in the axis' unit of frequency (Hz on seconds); negative for down. Or
        text with its unit, "30 Hz".
    origin
        t0, where the exponential is 1, in the axis' unit; on dates, a date.
    over
        The dim of time.
    frequency
        Dims of a result that hold frequencies.

    Raises
    ------
    AxisError
        If h does not fit on a periodic axis; the nearest that does is named.

    Examples
    --------
    >>> import invarsig as iv
    >>> t = np.arange(800) / 800
    >>> time = iv.Axis("time", step=1 / 800, unit="s", period=1.0)
    >>> tone = iv.label(np.cos(2 * np.pi * 50 * t), time)
    >>> up = FrequencyShift(30.0)
    >>> bool(np.allclose(up(tone), np.cos(2 * np.pi * 80 * t)))
    True
    >>> power = iv.Spectrogram(window=0.1, hop=0.05)
    >>> float(iv.equivariance_error(power, tone, up).round(9))
    0.0

    References
    ----------
    Gabor (1946), Theory of communication; Hartley (1928), US patent 1666206, on single-sideband
    modulation.
    """

    hertz: LengthLike
    origin: LengthLike = 0.0
    over: str = "time"
    frequency: Sequence[str] = FREQUENCY_DIMS

    def __post_init__(self) -> None:
        hertz = read_length(self.hertz, "The shift of frequencies", wanted="one finite number")
        object.__setattr__(self, "hertz", hertz)
        object.__setattr__(self, "origin", read_place(self.origin, "The origin"))
        object.__setattr__(self, "frequency", frequency_dims(self.frequency))

    @property
    def required(self) -> tuple[str, ...]:
        """The dim of time."""
        return (self.over,)

    @property
    def induced(self) -> tuple[str, ...]:
        """The dims of frequencies."""
        return tuple(self.frequency)

    def at(self, t: float) -> Self:
        """Shift `t` times as far."""
        return replace(self, hertz=t * read_length(self.hertz, "The shift of frequencies"))

    def renamed(self, names: Mapping[str, str]) -> Self:
        """Shift over renamed dims."""
        dims = tuple(names.get(dim, dim) for dim in self.frequency)
        return replace(self, over=names.get(self.over, self.over), frequency=dims)

    def rescaled(self, factors: Mapping[str, float]) -> Self:
        """Shift as far, where the unit of time got smaller by a factor."""
        factor = factors.get(self.over, 1.0)
        origin = rescaled_lengths({self.over: self.origin}, factors)[self.over]
        hertz = rescaled_lengths({self.over: self.hertz}, {self.over: 1 / factor})[self.over]
        return replace(self, hertz=hertz, origin=origin)

    def on(self, x: xr.DataArray) -> Self:
        """Shift as far, with the shift and the origin in the units of the axis of `x`."""
        if not isinstance(self.hertz, Length) and not isinstance(self.origin, Length):
            return self
        if self.over not in x.dims:
            return replace(self, hertz=in_unit(self.hertz, "Hz", "The shift of frequencies"))
        axis, hertz = axis_of(x, self.over), self.hertz
        hertz = hertz.along_frequencies(axis) if isinstance(hertz, Length) else hertz
        return replace(self, hertz=hertz, origin=in_axis_unit(self.origin, axis))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Action, xr.DataArray]]:
        """Up and down, on a periodic axis and on a finite one."""
        ring = Axis("time", start=1.0, step=0.01, size=400, unit="s", period=4.0)
        t = ring.positions()
        phase = rng.uniform(0, 2 * np.pi, (2, 3, 1))
        wave = np.cos(2 * np.pi * np.array([[19.0], [20.5], [23.0]]) * t + phase).sum(1)
        bell = np.exp(-0.5 * ((t - 2.9) / 0.25) ** 2)
        yield cls(4.0, origin=0.7), label(wave, "channel", ring)
        yield cls(-2.0), label(wave, "channel", ring)
        yield cls(1.7, origin=2.0), label(wave * bell, "channel", replace(ring, period=None))

    @property
    def _hertz(self) -> float:
        return plain_lengths({"hertz": self.hertz}, self)["hertz"]

    @property
    def _origin(self) -> float:
        return plain_lengths({"origin": self.origin}, self)["origin"]

    def _act(self, x: xr.DataArray) -> xr.DataArray:
        if self._hertz == 0:
            return x.copy(data=promoted(x.to_numpy()).copy())
        dims = [dim for dim in self.frequency if dim in x.dims]
        for dim in dims:
            x = read_along(x, dim, self._frequency_places(x, dim))
        if self.over not in x.dims:
            return x
        if x.dtype.kind == "c":
            # A channel without a center is not a wave along time, but a separate value.
            carried = not dims or center_frequency_name(self.over) in x.coords
            return self._turned(x) if carried else x
        return x if dims else self._modulated(x)

    def _known(self, x: xr.DataArray, given: xr.DataArray) -> xr.DataArray:
        if self._hertz == 0:
            return given
        dims = [dim for dim in self.frequency if dim in x.dims]
        for dim in dims:
            given = seen_along(given, x, dim, self._frequency_places(x, dim))
        if dims or x.dtype.kind == "c" or self.over not in given.dims:
            return given
        # An analytic signal rests on the whole of the signal.
        return given.all(self.over)

    def _frequency_places(self, x: xr.DataArray, dim: str) -> np.ndarray:
        return frequency_places(x, dim, lambda hertz: hertz - self._hertz)

    def _cycles(self, axis: Axis) -> float:
        """The shift in cycles per sample; on a periodic axis, a whole number of turns."""
        if not axis.periodic or axis.period is None:
            return self._hertz * axis.step
        turns = self._hertz * axis.period
        if abs(turns - round(turns)) > 1e-6:
            near = [np.floor(turns) / axis.period, np.ceil(turns) / axis.period]
            raise AxisError(
                f"{self._hertz:g} {axis.frequency_unit} do not fit on {axis}: give "
                f"{near[0]:.9g} or {near[1]:.9g} {axis.frequency_unit}, or delete "
                f"x.{self.over}.attrs['period']."
            )
        return float(np.copysign(round(turns) / axis.size, turns * axis.step))

    def _modulated(self, x: xr.DataArray) -> xr.DataArray:
        axis = axis_of(x, self.over)
        origin = place_of_origin(axis, self._origin)
        cycles, place = self._cycles(axis), int(x.get_axis_num(self.over))
        # Where positions run backwards, real frequencies go up as well: the carrier runs backwards.
        up = cycles * np.sign(axis.step)
        with np.errstate(over="ignore", invalid="ignore"):
            values = single_sideband(
                promoted(x.to_numpy()), place, float(up), origin, ring=axis.periodic
            )
        return x.copy(data=values)

    def _turned(self, x: xr.DataArray) -> xr.DataArray:
        axis = axis_of(x, self.over)
        samples = np.arange(axis.size) - place_of_origin(axis, self._origin)
        carrier = np.exp(2j * np.pi * self._cycles(axis) * samples).astype(
            promoted(x.to_numpy()[:0]).dtype
        )
        shape = [axis.size if dim == self.over else 1 for dim in x.dims]
        with np.errstate(over="ignore", invalid="ignore"):
            return x.copy(data=promoted(x.to_numpy()) * carrier.reshape(shape))

    def __repr__(self) -> str:
        """Show the shift as it was written."""
        parts = [f"hertz={shown_length(self.hertz)}"]
        if self.origin:
            parts.append(f"origin={shown_length(self.origin)}")
        if self.over != "time":
            parts.append(f"over={self.over!r}")
        if self.frequency != FREQUENCY_DIMS:
            parts.append(f"frequency={self.frequency!r}")
        return f"FrequencyShift({', '.join(parts)})"
