"""Notes on four axes of frequency, and which changes move them along each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from invarsig.actions import FrequencyShift, Transpose
from invarsig.axes import axis_of
from invarsig.experiments.collection import Collection
from invarsig.measures.best_translation import best_translation
from invarsig.operators import ConstantQ, ErbBank, MelSpectrogram, Operator, Spectrogram

__all__ = ["AXES", "HOPS", "Note", "loudest"]

AXES: Final[dict[str, str]] = {
    "octave": "log frequency",
    "hertz": "linear frequency",
    "mel": "mel",
    "erb": "ERB-rate",
}
"""Axes of frequency, by the dim that the front end creates, and their names."""

HOPS: Final[tuple[int, ...]] = (16, 32, 64, 128)
"""Hops of the constant-Q transform in samples; the first is the decisive one."""

_HIGHEST = 8500.0  # Hz, where the constant-Q axis ends
_SECONDS, _HALF = 0.8, 0.1  # s: of a note, and of the part that is compared, to either side
_WINDOW, _HOP = 2048, 256  # samples


def loudest(data: Collection, name: str, midi: int) -> xr.DataArray:
    """Read the loudest 0.8 s of a note."""
    path = next(path for _, number, path in data.notes(name) if number == midi)
    return data.sound(path, _SECONDS, at_least=_SECONDS, up_to=_HIGHEST)


@dataclass(frozen=True)
class Note:
    """A note, the front end of each axis, and the note's representation there.

    Parameters
    ----------
    x
        The waveform.
    fundamental
        Its frequency in Hz.
    front_ends, plain, reach
        For each axis: the front end, its result, and the largest length that is tried.
    """

    x: xr.DataArray
    fundamental: float
    front_ends: dict[str, Operator]
    plain: dict[str, xr.DataArray]
    reach: dict[str, float]

    @classmethod
    def of(cls, x: xr.DataArray, midi: int) -> Note:
        """Analyze a waveform that holds a note."""
        fundamental = float(440 * 2 ** ((midi - 69) / 12))
        front_ends = _front_ends(x, fundamental)
        plain = {dim: op(x) for dim, op in front_ends.items()}
        reach = {dim: _reach(y, dim, fundamental) for dim, y in plain.items()}
        return cls(x, fundamental, front_ends, plain, reach)

    @property
    def origin(self) -> float:
        """The middle of it, in s."""
        return float(self.x["time"].mean())

    def inside(self, y: xr.DataArray) -> xr.DataArray:
        """Frames near the middle."""
        return y.isel(time=(abs(y["time"] - self.origin) <= _HALF).to_numpy())

    def transposed(self, semitones: float) -> tuple[list[tuple[float, float]], list[float]]:
        """Error and length on each axis, compared with itself in dilated time; errors at each hop.

        At longer hops there are fewer frames of the constant-Q transform to dilate and to compare.
        """
        action = Transpose.in_semitones(semitones, origin=self.origin)
        alone = Transpose(action.octaves, self.origin, frequency=())
        x = action(self.x)
        changed = {dim: op(x) for dim, op in self.front_ends.items()}
        each = [
            self._fit(first, alone.on_output(self.plain[dim]), dim)
            for dim, first in changed.items()
        ]
        hops = [each[0][0]]
        for hop in HOPS[1:]:
            thin = {"time": slice(None, None, hop // HOPS[0])}
            last = alone.on_output(self.plain["octave"].isel(thin))
            hops.append(self._fit(changed["octave"].isel(thin), last, "octave")[0])
        return each, hops

    def shifted(self, hertz: float) -> list[float]:
        """Errors on each axis: every frequency moved by a number of hertz, compared with itself."""
        changed = FrequencyShift(hertz, origin=self.origin)(self.x)
        return [
            self._fit(op(changed), self.plain[dim], dim)[0] for dim, op in self.front_ends.items()
        ]

    def spectrum(self, x: xr.DataArray, dim: str) -> xr.DataArray:
        """Mean spectrum of another waveform in its middle, on an axis of this one."""
        at = x.assign_coords(time=x["time"] - x["time"].mean() + self.origin)
        at["time"].attrs.update(self.x["time"].attrs)
        return self.inside(self.front_ends[dim](at)).mean("time")

    def played(self, other: xr.DataArray) -> list[tuple[float, float]]:
        """Error and length on each axis: another note's mean spectrum compared with its own."""
        return [
            self._fit(self.spectrum(other, dim), self.inside(y).mean("time"), dim, gain=True)
            for dim, y in self.plain.items()
        ]

    def _fit(
        self, first: xr.DataArray, last: xr.DataArray, dim: str, *, gain: bool = False
    ) -> tuple[float, float]:
        """Error of the translation that fits best, and its length."""
        if "time" in first.dims:
            first, last = self.inside(first), self.inside(last)
        found = best_translation(first, last, dim, most=self.reach[dim], gain=gain)
        return float(found), float(found["length"])


def _front_ends(x: xr.DataArray, fundamental: float) -> dict[str, Operator]:
    """A front end for each axis; constant-Q begins an octave below the note."""
    step = axis_of(x, "time").step
    power = Spectrogram.in_samples(
        x, window=_WINDOW, hop=_HOP, boundary="zero", output="magnitude", frequency="hertz"
    )
    low = fundamental / 2
    return {
        "octave": ConstantQ(
            low, bands=int(36 * np.log2(_HIGHEST / low)), bands_per_octave=36,
            quality=1 / (2 ** (1 / 12) - 1), stride={"time": HOPS[0]}, boundary="zero",
            output="magnitude", frequency="octave",
        ),
        "hertz": power,
        "mel": MelSpectrogram(
            _WINDOW * step, _HOP * step, bands=128, boundary="zero", output="magnitude"
        ),
        "erb": power >> ErbBank(96, over="hertz"),
    }  # fmt: skip


def _reach(y: xr.DataArray, dim: str, fundamental: float) -> float:
    """Nine tenths of the way from the fundamental to the lower end of the axis."""
    if dim == "octave":
        return 0.9
    if dim == "hertz":
        return 0.9 * fundamental
    return 0.9 * float(np.interp(fundamental, y["center_frequency"], y[dim]))
