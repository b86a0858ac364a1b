"""Decoding a sound file, block by block, to its end.

The decoder sees the file's content and not its name, so that an ending says nothing, and reads it
in order, so that codings that cannot be sought are read as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from invarsig.errors import InvarsigError, ReadError
from invarsig.io.content import content_of

if TYPE_CHECKING:
    import soundfile

__all__ = ["Decoder", "blocks", "opened"]

# libsndfile's number for a content that it does not know.
_UNKNOWN = 1
# Numbers that are decoded at once, over all channels.
_AT_ONCE = 1 << 17


@dataclass
class _Content:
    """The bytes of a file for libsndfile, with a patch over some of them."""

    file: BinaryIO
    patch: tuple[int, bytes] | None = None

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def readinto(self, buffer: memoryview) -> int:
        start = self.file.tell()
        data = bytearray(self.file.read(len(buffer)))
        if self.patch:
            place, new = self.patch
            low, high = max(place, start), min(place + len(new), start + len(data))
            if low < high:
                data[low - start : high - start] = new[low - place : high - place]
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def opened(file: Path, patch: tuple[int, bytes] | None = None) -> Iterator[soundfile.SoundFile]:
    """Open a sound file by its content, and say what cannot be decoded in the package's own error.

    Parameters
    ----------
    file
        Path of the file.
    patch
        Place and bytes that the decoder is to see instead of those of the file.

    Raises
    ------
    ReadError
        If libsndfile does not know the content, or stops at it.
    """
    import soundfile

    class InOrder(soundfile.SoundFile):  # type: ignore[misc] # it ships no types
        """soundfile seeks after each block that it reads, where it can; here nothing is sought."""

        def seekable(self) -> bool:
            return False

    begun = False
    try:
        with file.open("rb") as content, InOrder(_Content(content, patch)) as sound:
            begun = True
            yield sound
    except InvarsigError:
        raise
    except (OSError, RuntimeError, TypeError, ValueError, MemoryError) as error:
        # Without what soundfile puts before it: the name that it takes for the file's.
        reason = str(getattr(error, "error_string", error)).rstrip(".")
        raise ReadError(
            f"The file {str(file)!r} {_stopped(file, begun, getattr(error, 'code', 0), reason)}"
        ) from error


def _stopped(file: Path, begun: bool, code: int, reason: str) -> str:
    """Say why libsndfile stops at a file, and what helps."""
    if begun or code != _UNKNOWN:
        where = " to its end" if begun else ""
        return (
            f"cannot be decoded as sound{where} ({reason}): it is damaged, cut off or not a "
            "recording. Fetch it again, or convert it to WAV or FLAC."
        )
    found = content_of(file)
    if found is not None and not found.heard:
        return f"cannot be decoded as sound: it is {found.name}; {found.remedy}."
    return (
        f"cannot be decoded as sound ({reason}): it does not begin as a WAV, AIFF, FLAC, Ogg or "
        "MP3 does. It is damaged, or something else; convert it to WAV or FLAC."
    )


def blocks(sound: soundfile.SoundFile, dtype: str = "float32") -> Iterator[np.ndarray]:
    """Yield what is left, in blocks (time, channel) that are overwritten by the next one."""
    block = np.empty((max(1, _AT_ONCE // sound.channels), sound.channels), dtype)
    while len(part := sound.read(out=block)):
        yield part


class Decoder:
    """A decoder that stays open between sections, for codings that cannot be sought.

    Parameters
    ----------
    file
        Path of the file.
    """

    def __init__(self, file: Path) -> None:
        self._context = opened(file)
        self._sound = self._context.__enter__()
        self.at = 0
        """The sample that comes next."""

    def fill(self, values: np.ndarray, first: int) -> int:
        """Decode the samples from `first` on into (channel, time); how many there were.

        One channel alone is the mean of those of the file.
        """
        try:
            return self._fill(values, first)
        except BaseException as error:
            self._context.__exit__(type(error), error, error.__traceback__)
            raise

    def _fill(self, values: np.ndarray, first: int) -> int:
        last, done = first + values.shape[1], 0
        most = max(1, _AT_ONCE // self._sound.channels)
        while self.at < last:
            count = min(most, (first if self.at < first else last) - self.at)
            part = self._sound.read(count, values.dtype.name, always_2d=True)
            if self.at >= first:
                kept = part.mean(axis=1, keepdims=True) if len(values) == 1 else part
                low = self.at - first
                values[:, low : low + len(part)] = kept.T
                done += len(part)
            self.at += len(part)
            if len(part) < count:
                break
        return done
