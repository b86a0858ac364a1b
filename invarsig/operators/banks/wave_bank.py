"""Banks of waves under an envelope: their frequencies, orientations and parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.operators.banks.bank import Bank, filter_dims
from invarsig.operators.banks.channels import channel_axis, complex_coords, orientation_axis
from invarsig.operators.linear_filter import Channels

__all__ = ["Part", "WaveBank", "check_directions"]

Part = Literal["complex", "real", "imag"]


def check_directions(bank: Any) -> None:
    """Check and normalize the dims, frequencies and orientations of a bank of waves."""
    name = type(bank).__name__
    if not isinstance(bank.over, str):
        object.__setattr__(bank, "over", filter_dims(bank.over, name))
    object.__setattr__(bank, "frequency", parameters.positives(bank.frequency, "frequency"))
    if (len(bank.dims) == 2) != (bank.orientation is not None) or len(bank.dims) > 2:
        raise ParameterError(
            f"{name} over {', '.join(map(repr, bank.dims))} with "
            f"orientation={bank.orientation!r}: give one dim, or two dims and their orientations."
        )
    if bank.orientation is not None:
        object.__setattr__(bank, "orientation", parameters.angles(bank.orientation))


class WaveBank(Bank):
    """A bank of waves: along one dim in the unit of its axis, or oriented, in samples.

    At orientation 0 a wave runs along the last dim, at a quarter of a turn along the first one:
    ``exp(2 pi i f (x cos θ + y sin θ))`` over ``("y", "x")``. That goes for all oriented banks.
    """

    over: str | tuple[str, ...]
    frequency: Any
    orientation: tuple[float, ...] | None
    part: Part
    channels: tuple[str, str]

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that the filters lie in."""
        return (self.over,) if isinstance(self.over, str) else self.over

    def _check_waves(self) -> None:
        """Check and normalize dims, frequencies, orientations and part, then everything else."""
        check_directions(self)
        parameters.one_of("part", self.part, Part)
        self._check_bank()

    def _unit(self, axes: Axes) -> str:
        one = axes[self.dims[0]]
        return one.frequency_unit if self.orientation is None else "cycles/sample"

    def _cycles(self, axes: Axes) -> np.ndarray:
        """Center frequencies in cycles per sample, below the Nyquist frequency."""
        scale = abs(axes[self.dims[0]].step) if self.orientation is None else 1.0
        frequency = np.array(self.frequency) * scale
        if (frequency >= 0.5).any():
            worst = self.frequency[int(frequency.argmax())]
            unit = self._unit(axes)
            raise ParameterError(
                f"A center frequency of {worst:g} {unit} along {self.dims[0]!r} is not below the "
                f"Nyquist frequency of {0.5 / scale:g} {unit}."
            )
        return frequency

    def _centers(self, axes: Axes) -> list[np.ndarray]:
        """For each dim the center frequencies of the channels, in cycles per sample."""
        frequency = self._cycles(axes)
        if self.orientation is None:
            # In the axis' unit a wave rotates in the opposite sense where positions run backwards.
            return [np.sign(axes[self.dims[0]].step) * frequency]
        angle = np.array(self.orientation)
        return [frequency[:, None] * np.sin(angle), frequency[:, None] * np.cos(angle)]

    def _channels(self, axes: Axes) -> Channels:
        centers = dict(zip(self.dims, self._centers(axes), strict=True))
        band, coords = channel_axis(
            self.channels[0], self.frequency, self._unit(axes), geometric=True
        )
        channels = [band]
        if self.orientation is not None:
            angle, more = orientation_axis(self.channels[1], self.orientation)
            channels.append(angle)
            coords.update(more)
        if self.part != "complex":
            return Channels(tuple(channels), coords)
        centers = self._carried(axes, centers)
        coords.update(complex_coords(axes, channels, centers))
        return Channels(tuple(channels), coords, centers)

    def _carried(self, axes: Axes, centers: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Centers that the channels carry: those of the design, about which bands are symmetric."""
        return dict(centers)

    def _parted_response(self, there: np.ndarray, mirrored: np.ndarray) -> np.ndarray:
        """Response of a part of complex taps, from their real response at f and at -f."""
        if self.part == "complex":
            return there
        parted = there + mirrored if self.part == "real" else (there - mirrored) / 1j
        return np.asarray(parted / 2)
