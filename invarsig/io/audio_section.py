"""One section of a sound file as an array, of which it is known that nothing is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from invarsig.errors import ParameterError, ReadError
from invarsig.io.audio_length import Stated, stated_length
from invarsig.io.audio_stream import blocks, opened

__all__ = ["counted", "decoded", "fill", "section_of", "too_long"]


def decoded(
    file: Path,
    start: float,
    duration: float | None,
    mono: bool,
    dtype: np.dtype[Any],
    max_bytes: int,
) -> tuple[np.ndarray, int, int]:
    """Decode a section: samples (channel, time), the number of its first frame, the rate.

    Parameters
    ----------
    file
        Path of the file.
    start, duration
        The section, in seconds; a duration of None lasts to the end.
    mono
        Whether to mix the channels to their mean.
    dtype
        float32 or float64.
    max_bytes
        The most bytes that the samples may take.

    Raises
    ------
    ReadError
        If anything of the section is missing, the file contradicts what it states, or the samples
        take too many bytes.
    ParameterError
        If the section does not lie within the recording.
    """
    name = f"file {str(file)!r}"
    this = f"The {name}"
    with opened(file) as sound, file.open("rb") as content:
        stated = stated_length(content, sound, this)
        rate, channels = int(sound.samplerate), 1 if mono else int(sound.channels)
    most = max_bytes // (channels * dtype.itemsize)
    frames = stated.frames
    if frames is None:
        # Nothing can be sought where the length is unknown, so all before a section counts as well.
        asked = most + 1 if duration is None else round(start * rate) + round(duration * rate)
        frames = counted(file, min(asked, most + 1))
        if frames > most:
            raise ReadError(too_long(this, f"more than {most}", channels, max_bytes))
    if frames == 0:
        raise ReadError(f"{this} holds no samples; export it again.")
    first, count = section_of(file, frames, rate, start, duration)
    if count > most:
        raise ReadError(too_long(this, f"{count}", channels, max_bytes))
    try:
        values = np.empty((channels, count), dtype)
    except (MemoryError, ValueError) as error:
        raise ReadError(
            f"There is no memory for the {name}: {count} samples of {channels} channels. Read a "
            "section of it (start=, duration=)."
        ) from error
    fill(values, file, stated, first, this)
    return values, first, rate


def too_long(this: str, count: str, channels: int, max_bytes: int) -> str:
    """Say that samples take too many bytes, and what helps."""
    return (
        f"{this} is too long to be read at once: {count} samples of {channels} channels take more "
        f"than max_bytes={max_bytes:,}. Read a section of it (start=, duration=), mix the channels "
        "(mono=True), ask for dtype='float32', or allow more bytes."
    )


def fill(values: np.ndarray, file: Path, stated: Stated, first: int, this: str) -> None:
    """Decode the samples from `first` on into an array (channel, time), and check their number.

    If the section reaches the end of the recording, the file is decoded to its own end: neither
    fewer nor more samples than it states may be there.
    """
    last = first + values.shape[1]
    to_end = last == stated.frames
    patch = stated.patch if to_end and not stated.coded else None
    at = 0
    with opened(file, patch) as sound:
        if stated.seekable and not patch:
            at = sound.seek(first)
        for part in blocks(sound, values.dtype.name):
            low, high = max(at, first), min(at + len(part), last)
            if low < high:
                kept = part[low - at : high - at]
                kept = kept.mean(axis=1, keepdims=True) if len(values) == 1 else kept
                values[:, low - first : high - first] = kept.T
            at += len(part)
            if at > last + stated.spare or (at >= last and not to_end):
                break
    if at < last:
        raise ReadError(
            f"{this} is cut off: it states {stated.frames} samples and ends after {at}. Fetch it "
            "again."
        )
    if to_end and at > last + stated.spare:
        raise ReadError(
            f"{this} is damaged: it states {stated.frames} samples and more follow. Fetch it "
            "again, or export it again."
        )
    if to_end and stated.coded:
        _check_coded(file, stated, this)


def section_of(
    file: Path, frames: int, rate: int, start: float, duration: float | None
) -> tuple[int, int]:
    """First frame and number of frames of a section, which has to lie within the recording."""
    first = round(start * rate)
    count = frames - first if duration is None else round(duration * rate)
    if duration is not None and count == 0:
        raise ParameterError(
            f"duration={duration:g} s is less than one sample of {1 / rate:g} s; give more."
        )
    if first >= frames or first + count > frames:
        end = "its end" if duration is None else f"{start + duration:g} s"
        raise ParameterError(
            f"The section from {start:g} s to {end} does not lie within {str(file)!r}, which lasts "
            f"{frames / rate:g} s; choose start and duration within it."
        )
    return first, count


def counted(file: Path, enough: int | None = None) -> int:
    """Count the samples of each channel by decoding, until there are `enough`."""
    count = 0
    with opened(file) as sound:
        for part in blocks(sound):
            count += len(part)
            if enough is not None and count >= enough:
                return enough
    return count


def _check_coded(file: Path, stated: Stated, this: str) -> None:
    """Check that as many coded frames are there as the file states, hiding what it states.

    The decoder drops its own delay of less than one frame at the beginning.
    """
    count, size = stated.coded or (0, 1)
    there = 0
    with opened(file, stated.patch) as sound:
        for part in blocks(sound):
            there += len(part)
            if there > count * size:
                break
    found = -(-there // size)
    if found != count:
        raise ReadError(
            f"{this} is damaged or cut off: it states {count} frames, and "
            f"{'more' if found > count else found} are found. Fetch it again."
        )
