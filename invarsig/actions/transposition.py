"""Transposition: every frequency multiplied by a factor, and time shortened by the same factor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

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
from invarsig.actions.point_map import finite, read_place
from invarsig.axes import (
    Axis,
    Length,
    LengthLike,
    axis_of,
    center_of,
    in_unit,
    label,
    plain_lengths,
    promoted,
    rescaled_lengths,
    shown_length,
)
from invarsig.errors import AxisError, ParameterError
from invarsig.kernels.resampling import sampled_at

__all__ = ["Transpose"]

# From 20 Hz to 20 kHz. Upwards the kernel is 2^octaves times as long.
_MOST_OCTAVES = 10


@dataclass(frozen=True)
class Transpose(Action):
    """Transposition of pitch by resampling: ``(g x)(t) = x(t0 + a (t - t0))``, ``a = 2^octaves``.

    A tone at f sounds at ``a f``, and everything lasts 1 / a as long, as on a tape that runs
    faster. The array keeps its grid: upwards, silence comes in at both ends; downwards, the ends
    leave. On a result over time and frequency it is ``(g y)(t, f) = y(t0 + a (t - t0), f / a)``: on
    a log2 axis a translation by `octaves`, on a linear, mel, Bark or ERB axis a warp, which is not
    a translation (`best_translation` measures how close it comes to one). Values are read off and
    not scaled: right for windows of sum 1, as those of `ConstantQ` and `Spectrogram`; not for
    windows of energy 1 or triangles of area 1, whose values change with their width.

    Between samples it interpolates with a windowed sinc, stretched where it also has to act as a
    low-pass: exact to -94 dB up to 0.8 of the Nyquist frequency (of the signal, or the a-th part of
    it upwards); beyond, it rolls off to nothing at 1.2 of it.

    Parameters
    ----------
    octaves
        Octaves upwards; negative for down; at most 10, the range of hearing, either way.
        `Transpose.in_semitones` counts semitones, as does text: "3 semitones".
    origin
        t0, the time that stays, in the axis' unit or one of its own ("1.5 s"); on dates, a date.
    over
        The dim of time.
    frequency
        Dims of a result that hold frequencies; those that are present are acted on. ``()`` leaves
        frequencies where they are: time alone is dilated.

    Raises
    ------
    ParameterError
        If it is more than 10 octaves.
    AxisError
        When called on a periodic axis (a circle is not dilated onto itself), or on a result whose
        frequencies are not known.

    Examples
    --------
    >>> import invarsig as iv
    >>> t = np.arange(800) / 800
    >>> tone = iv.label(np.cos(2 * np.pi * 50 * t), iv.Axis("time", step=1 / 800, unit="s"))
    >>> octave_up = Transpose(1.0, origin=0.5)
    >>> bool(abs(octave_up(tone) - np.cos(2 * np.pi * 100 * (t - 0.25)))[300:500].max() < 2e-5)
    True
    >>> known = octave_up.known(tone).values
    >>> float(t[known][0].round(3)), float(t[known][-1].round(3))
    (0.27, 0.729)

    References
    ----------
    Smith (2002), Digital audio resampling; Kaiser (1974), Nonrecursive digital filter design using
    the I0-sinh window function.
    """

    accuracy: ClassVar[float] = 1e-4

    octaves: float | str
    origin: LengthLike = 0.0
    over: str = "time"
    frequency: Sequence[str] = FREQUENCY_DIMS

    def __post_init__(self) -> None:
        octaves = in_unit(self.octaves, "octave", "The transposition, in octaves,")
        if abs(octaves) > _MOST_OCTAVES:
            raise ParameterError(
                f"The transposition is {octaves:.6g} octaves, and {_MOST_OCTAVES} are all that can "
                "be heard; give at most as many, or semitones to Transpose.in_semitones."
            )
        object.__setattr__(self, "octaves", octaves)
        object.__setattr__(self, "origin", read_place(self.origin, "The origin"))
        object.__setattr__(self, "frequency", frequency_dims(self.frequency))

    @classmethod
    def in_semitones(
        cls,
        semitones: float,
        *,
        origin: LengthLike = 0.0,
        over: str = "time",
        frequency: Sequence[str] = FREQUENCY_DIMS,
    ) -> Transpose:
        """Transpose by a number of twelfths of an octave.

        Examples
        --------
        >>> Transpose.in_semitones(3)
        Transpose(octaves=0.25)
        """
        octaves = finite(semitones, "The transposition, in semitones,") / 12
        return cls(octaves, origin, over, frequency)

    @property
    def factor(self) -> float:
        """What every frequency is multiplied by: ``2^octaves``."""
        return float(2.0 ** float(self.octaves))

    @property
    def required(self) -> tuple[str, ...]:
        """The dim of time."""
        return (self.over,)

    @property
    def induced(self) -> tuple[str, ...]:
        """The dims of frequencies."""
        return tuple(self.frequency)

    def at(self, t: float) -> Self:
        """Transpose by `t` times as many octaves."""
        return replace(self, octaves=t * float(self.octaves))

    def renamed(self, names: Mapping[str, str]) -> Self:
        """Transpose over renamed dims."""
        dims = tuple(names.get(dim, dim) for dim in self.frequency)
        return replace(self, over=names.get(self.over, self.over), frequency=dims)

    def rescaled(self, factors: Mapping[str, float]) -> Self:
        """Transpose about the same origin, where the unit of time got smaller by a factor."""
        moved = rescaled_lengths({self.over: self.origin}, factors)
        return replace(self, origin=moved[self.over])

    def on(self, x: xr.DataArray) -> Self:
        """Transpose as far, about an origin in the unit of the axis of `x`."""
        if isinstance(self.origin, Length) and self.over in x.dims:
            return replace(self, origin=self.origin.along(axis_of(x, self.over)))
        return self

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Action, xr.DataArray]]:
        """Up and down: a few low tones under a bell."""
        time = Axis("time", start=1.0, step=0.01, size=400, unit="s")
        t = time.positions()
        bell = np.exp(-0.5 * ((t - 2.9) / 0.25) ** 2)
        phase = rng.uniform(0, 2 * np.pi, (2, 3, 1))
        tones = np.cos(2 * np.pi * np.array([[3.0], [5.0], [8.0]]) * t + phase).sum(1) * bell
        yield cls(0.25, origin=3.0), label(tones, "channel", time)
        yield cls(-0.4, origin=2.5), label(tones, "channel", time)

    @property
    def _origin(self) -> float:
        return plain_lengths({"origin": self.origin}, self)["origin"]

    def _act(self, x: xr.DataArray) -> xr.DataArray:
        if self.octaves == 0:
            return x.copy(data=promoted(x.to_numpy()).copy())
        if self.over in x.dims:
            x = self._dilated(x)
        for dim in self.frequency:
            if dim in x.dims:
                x = read_along(x, dim, self._frequency_places(x, dim))
        return x

    def _known(self, x: xr.DataArray, given: xr.DataArray) -> xr.DataArray:
        if self.octaves == 0:
            return given
        if self.over in x.dims:
            given = seen_along(given, x, self.over, self._places(x))
        for dim in self.frequency:
            if dim in x.dims:
                given = seen_along(given, x, dim, self._frequency_places(x, dim))
        return given

    def _places(self, x: xr.DataArray) -> np.ndarray:
        """Where along time samples come from, in samples from the first."""
        axis = axis_of(x, self.over)
        if axis.periodic:
            raise AxisError(
                f"The axis {self.over!r} is periodic, and dilating time does not map a circle of "
                f"{axis.in_words(axis.size * abs(axis.step))} to itself; delete "
                f"x.{self.over}.attrs['period'] to have silence beyond its ends."
            )
        origin = place_of_origin(axis, self._origin)
        return np.asarray(origin + self.factor * (np.arange(axis.size) - origin))

    def _frequency_places(self, x: xr.DataArray, dim: str) -> np.ndarray:
        return frequency_places(x, dim, lambda hertz: hertz / self.factor)

    def _dilated(self, x: xr.DataArray) -> xr.DataArray:
        """Read off at other times: complex channels about their own frequencies."""
        places = self._places(x)
        center = center_of(x, self.over)
        if not np.any(center):
            return read_along(x, self.over, places)
        origin = place_of_origin(axis_of(x, self.over), self._origin)
        at = int(x.get_axis_num(self.over))
        last = np.moveaxis(promoted(x.to_numpy()), at, -1)
        with np.errstate(over="ignore", invalid="ignore"):
            slow = last * _turn(center, origin - np.arange(last.shape[-1]), last.dtype)
            moved = sampled_at(slow, -1, places) * _turn(center, places - origin, last.dtype)
        return x.copy(data=np.moveaxis(moved, -1, at))

    def __repr__(self) -> str:
        """Show the transposition as it was written."""
        parts = [f"octaves={float(self.octaves):.6g}"]
        if self.origin:
            parts.append(f"origin={shown_length(self.origin)}")
        if self.over != "time":
            parts.append(f"over={self.over!r}")
        if self.frequency != FREQUENCY_DIMS:
            parts.append(f"frequency={self.frequency!r}")
        return f"Transpose({', '.join(parts)})"


def _turn(center: np.ndarray, samples: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    """``exp(2 pi i c n)`` for each channel."""
    return np.asarray(np.exp(2j * np.pi * center[..., np.newaxis] * samples).astype(dtype))
