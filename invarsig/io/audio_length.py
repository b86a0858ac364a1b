"""How long a sound file claims to be, and whether it is that long.

libsndfile silently shortens a file that is cut off. The length that a container states is in its
own header: a WAV or AIFF states the bytes of its samples, the last page of an Ogg stream is marked
as the last. An MP3 may state its number of frames in its first one. If it does not, libsndfile
estimates the number from the size of the file, which is right at a constant bit rate only: at a
variable one it read a sixth of a quiet recording.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["Promise", "length_promise"]

# Data lengths from here on mean "not known yet": sox and ffmpeg write them to a pipe.
_UNKNOWN_LENGTH = 0x7FFFF000
# A page of Ogg is at most this long (RFC 3533).
_OGG_PAGE = 65_307
# kbit/s of layer III by the header's index, for MPEG 1 and for MPEG 2 and 2.5.
_RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
# Hz by the header's index, for versions 2.5, (none), 2 and 1.
_SAMPLING = ((11025, 12000, 8000), (), (22050, 24000, 16000), (44100, 48000, 32000))


@dataclass(frozen=True)
class Promise:
    """What a file's own header says about its length, and whether that is true.

    Parameters
    ----------
    broken
        What is wrong, in words that follow the name of the file; empty if nothing is.
    counted
        Whether the number of frames that libsndfile reports is the file's own, rather than an
        estimate from its size.
    """

    broken: str = ""
    counted: bool = True


def length_promise(content: BinaryIO) -> Promise:
    """Compare what a sound file says about its length with its content.

    Parameters
    ----------
    content
        The file, open for reading bytes.

    Returns
    -------
    Promise

    Examples
    --------
    >>> import io
    >>> header = b"RIFF" + struct.pack("<I", 36) + b"WAVEdata" + struct.pack("<I", 1000)
    >>> length_promise(io.BytesIO(header + bytes(10))).broken.partition(".")[0]
    'is cut off: its header states 1000 bytes of samples and 10 are present'
    """
    head = content.read(12)
    size = content.seek(0, os.SEEK_END)
    if head[:4] in (b"RIFF", b"RF64") and head[8:] == b"WAVE":
        return _chunked(content, size, "<")
    if head[:4] in (b"RIFX", b"FORM"):
        return _chunked(content, size, ">")
    if head[:4] == b"OggS":
        return _paged(content, size)
    if head[:3] == b"ID3" or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):
        return _framed(content, head)
    return Promise()


def _chunked(content: BinaryIO, size: int, order: str) -> Promise:
    """Check that the chunk with the samples of a WAV or AIFF fits into the file."""
    long_length: int | None = None
    for tag, place, length in _chunks(content, size, order):
        if tag == b"ds64":
            body = content.read(16)
            long_length = struct.unpack("<Q", body[8:])[0] if len(body) == 16 else None
        if tag not in (b"data", b"SSND"):
            continue
        promised = length
        if length >= _UNKNOWN_LENGTH:
            promised = long_length or 0
        there = size - place
        if promised > there:
            return Promise(
                f"is cut off: its header states {promised} bytes of samples and {there} are "
                "present. Fetch it again, or save the readable part in a sound editor"
            )
        return Promise()
    return Promise()


def _chunks(content: BinaryIO, size: int, order: str) -> Iterator[tuple[bytes, int, int]]:
    """Tag, position and length of the chunks of a RIFF or IFF file."""
    place = 12
    while place + 8 <= size:
        content.seek(place)
        tag, length = struct.unpack(f"{order}4sI", content.read(8))
        yield tag, place + 8, length
        # Chunks are padded to an even number of bytes.
        place += 8 + length + length % 2


def _paged(content: BinaryIO, size: int) -> Promise:
    """Check that an Ogg stream ends with a complete page that is marked as the last (RFC 3533)."""
    content.seek(max(0, size - _OGG_PAGE))
    tail = content.read()
    at = tail.rfind(b"OggS\0")
    page = tail[at:]
    if at >= 0 and len(page) >= 27:
        lacing = page[27 : 27 + page[26]]
        whole = len(lacing) == page[26] and len(page) >= 27 + page[26] + sum(lacing)
        if whole and page[5] & 4:
            return Promise()
    return Promise(
        "is cut off: the last page of the stream is missing or not complete. Fetch it again, or "
        "save the readable part in a sound editor"
    )


def _framed(content: BinaryIO, head: bytes) -> Promise:
    """Find the count of an MP3's frames in its first one; without it check for a constant rate."""
    start = 0
    if head[:3] == b"ID3":
        # The length of the tag is four bytes of seven bits each.
        start = 10 + sum(
            (byte & 0x7F) << at for byte, at in zip(head[6:], (21, 14, 7, 0), strict=False)
        )
    content.seek(start)
    first = content.read(256)
    if any(count in first for count in (b"Xing", b"Info", b"VBRI")):
        return Promise()
    rates = set(_bit_rates(content, start))
    if len(rates) > 1:
        return Promise(
            f"is an MP3 of variable bit rate ({min(rates)} to {max(rates)} kbit/s) without a "
            "frame count, so only part of it would be read; convert it to FLAC or WAV"
        )
    return Promise(counted=False)


def _bit_rates(content: BinaryIO, start: int) -> Iterator[int]:
    """Bit rates of the frames of layer III from `start` on, in kbit/s, while contiguous."""
    place = start
    while True:
        content.seek(place)
        header = content.read(4)
        if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
            return
        version, rate, sampling = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
        if version == 1 or rate in (0, 15) or sampling == 3:
            return
        kilobits = _RATES_1[rate] if version == 3 else _RATES_2[rate]
        yield kilobits
        slots = 144 if version == 3 else 72
        place += slots * kilobits * 1000 // _SAMPLING[version][sampling] + (header[2] >> 1 & 1)
