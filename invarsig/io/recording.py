"""A recording of which any section is read, and its end checked when it is first reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from invarsig.errors import ReadError
from invarsig.io.audio_length import Stated, stated_length
from invarsig.io.audio_section import counted, fill, section_of, too_long
from invarsig.io.audio_stream import Decoder, opened
from invarsig.io.by_section import Source

__all__ = ["Recording"]

# Decoders of a coding that cannot be sought, which wait where a section may go on. Each one more
# spares a thread that comes late from decoding all from the beginning.
_WAITING = 4


@dataclass(eq=False)
class Recording(Source):
    """A section of a sound file, of which sections are read.

    Parameters
    ----------
    file
        Its path.
    stated
        What the file says of its length, with its number of samples.
    rate
        Samples per second.
    first, count
        Of all samples of a channel those that belong to it.
    channels
        Number of channels that it gives: one where they are mixed.
    dtype
        float32 or float64.
    max_bytes
        The most bytes that a section may take.
    stamp
        Size and time of the file, when it was opened.
    """

    file: Path
    stated: Stated
    rate: int
    first: int
    count: int
    channels: int
    dtype: np.dtype[Any]
    max_bytes: int
    stamp: tuple[int, int]
    _ended: bool = False
    _waiting: list[Decoder] = field(default_factory=list, repr=False)

    @classmethod
    def opened(
        cls,
        file: Path,
        start: float,
        duration: float | None,
        mono: bool,
        dtype: np.dtype[Any],
        max_bytes: int,
    ) -> Recording:
        """Open a file, and check all that can be checked without decoding it.

        Where nothing states how long it is, it is decoded once, to count.
        """
        this, stamp = _this(file), _stamp(file)
        with opened(file) as sound, file.open("rb") as content:
            stated = stated_length(content, sound, this)
            rate, channels = int(sound.samplerate), int(sound.channels)
        if stated.frames is None:
            stated = replace(stated, frames=counted(file), patch=None)
        if not stated.frames:
            raise ReadError(f"{this} holds no samples; export it again.")
        first, count = section_of(file, stated.frames, rate, start, duration)
        given = 1 if mono else channels
        return cls(file, stated, rate, first, count, given, dtype, max_bytes, stamp)

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """Sizes: (time,) of one channel, else (channel, time)."""
        return (self.count,) if self.channels == 1 else (self.channels, self.count)

    def identity(self) -> tuple[Any, ...]:
        """What the samples depend on."""
        own = (str(self.file), self.stamp, self.first, self.count, self.channels)
        return (*own, self.dtype.name)

    def __getstate__(self) -> dict[str, Any]:
        """All but the decoders that are open."""
        return {**self.__dict__, "_waiting": []}

    def read(self, box: Sequence[slice]) -> np.ndarray:
        """Samples of a box; all channels are decoded, and those outside of it left out."""
        along = box[-1]
        low, count = self.first + along.start, along.stop - along.start
        this = _this(self.file)
        if self.channels * count * self.dtype.itemsize > self.max_bytes:
            raise ReadError(too_long(this, f"{count}", self.channels, self.max_bytes))
        try:
            values = np.empty((self.channels, count), self.dtype)
        except (MemoryError, ValueError) as error:
            raise ReadError(
                f"There is no memory for {count} samples of {self.channels} channels of {this}; "
                "read a smaller section."
            ) from error
        if _stamp(self.file) != self.stamp:
            raise ReadError(f"{this} has changed since it was opened; open it again.")
        self._fill(values, low, this)
        return values[0] if len(box) == 1 else values[box[0]]

    def _fill(self, values: np.ndarray, low: int, this: str) -> None:
        at_end = low + values.shape[1] == self.stated.frames
        if at_end and not self._ended:
            fill(values, self.file, self.stated, low, this)
            self._ended = True
        elif self.stated.seekable:
            # Neither more nor fewer samples are there than are stated: that was found before.
            fill(values, self.file, replace(self.stated, frames=None), low, this)
        else:
            self._go_on(values, low, this)

    def _go_on(self, values: np.ndarray, low: int, this: str) -> None:
        """Decode from where an earlier section ended, or from the beginning."""
        near = [each for each in self._waiting if each.at <= low]
        decoder = max(near, key=lambda each: each.at, default=None) or Decoder(self.file)
        self._waiting = [each for each in self._waiting if each is not decoder][-_WAITING + 1 :]
        there = decoder.fill(values, low)
        if there < values.shape[1]:
            raise ReadError(
                f"{this} is cut off: it states {self.stated.frames} samples and ends after "
                f"{low + there}. Fetch it again."
            )
        self._waiting.append(decoder)


def _this(file: Path) -> str:
    return f"The file {str(file)!r}"


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError as error:
        raise ReadError(f"{_this(file)} cannot be reached any more ({error}).") from error
    return found.st_size, found.st_mtime_ns
