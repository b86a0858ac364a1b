"""What a sound file says of its own length, in its container's own words.

libsndfile silently shortens a file that is cut off, and one whose header states too little. So the
statement is read here, and compared with what is decoded. Only containers and codings for which
this can be done are read; `FORMATS` lists them.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from invarsig.errors import ReadError
from invarsig.io.audio_chunks import aiff_frames, wav_frames

if TYPE_CHECKING:
    import soundfile

__all__ = ["FORMATS", "Stated", "stated_length"]

# Bytes of a sample, where all samples take the same number.
_WIDTHS = {"PCM_S8": 1, "PCM_U8": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4}
_WIDTHS |= {"FLOAT": 4, "DOUBLE": 8, "ULAW": 1, "ALAW": 1}
_WAV = {*_WIDTHS, "GSM610", "IMA_ADPCM", "MS_ADPCM"}
# Containers and codings that are read, as libsndfile calls them.
FORMATS = {
    "WAV": _WAV,
    "WAVEX": _WAV,
    "RF64": _WAV,
    "AIFF": set(_WIDTHS),
    "FLAC": {"PCM_S8", "PCM_16", "PCM_24"},
    "OGG": {"VORBIS", "OPUS"},
    "MP3": {"MPEG_LAYER_III"},
}
# Flags of an Ogg page.
_BEGINS, _ENDS = 2, 4
_AGAIN = "Fetch it again, or save the readable part in a sound editor."
# What coder and decoder of an MP3 add at both ends: no more than three frames.
_MP3_PADDING = 3 * 1152


@dataclass(frozen=True)
class Stated:
    """What a file says of its own length.

    Parameters
    ----------
    frames
        Number of samples of each channel; None if the file states none.
    spare
        The most samples that may be decoded beyond them: the last block of a coding is filled up.
    seekable
        Whether a sample can be sought, and is then the same as if all before it had been decoded.
    patch
        Place and bytes that take the statement out of the file, so that a decoder reads on to the
        end of what is there. None if the decoder does so, or if nothing can be there.
    coded
        Number of coded frames, and of samples in each, if the file states these.
    """

    frames: int | None
    spare: int = 0
    seekable: bool = False
    patch: tuple[int, bytes] | None = None
    coded: tuple[int, int] | None = None


def stated_length(content: BinaryIO, sound: soundfile.SoundFile, this: str) -> Stated:
    """Return what a sound file says of its length.

    Parameters
    ----------
    content
        The file, open for reading bytes.
    sound
        The same file, as libsndfile has opened it.
    this
        The file's name in a message: "The file 'a.wav'".

    Raises
    ------
    ReadError
        If the container or the coding is none of `FORMATS`, if what it says is contradicted by the
        file's size or by libsndfile, or if it holds more than one recording.
    """
    if sound.subtype not in FORMATS.get(sound.format, ()):
        raise ReadError(
            f"{this} is {sound.format_info}, {sound.subtype_info}: a whole one cannot be told from "
            "one that is cut off or damaged. Convert it to WAV or FLAC; or read it with "
            "`soundfile.read` and give it to `iv.label`, if you know that it is whole."
        )
    if sound.format == "FLAC":
        return _flac(content, this)
    if sound.format == "MP3":
        return _mp3(content, sound.samplerate, sound.frames, this)
    if sound.format == "OGG":
        frames = _agreed(_ogg(content, sound.samplerate, this), sound.frames, this)
        return Stated(frames, seekable=sound.subtype == "VORBIS")
    width = sound.channels * _WIDTHS.get(sound.subtype, 0)
    if sound.format == "AIFF":
        return Stated(_agreed(aiff_frames(content, width, this), sound.frames, this), seekable=True)
    frames, block = wav_frames(content, sound.frames, this)
    if width:
        # In a block of one sample nothing is spare.
        return Stated(_agreed(frames // block, sound.frames, this), seekable=True)
    return Stated(frames, spare=block - 1)


def _agreed(stated: int, found: int, this: str) -> int:
    """Check that the container and libsndfile mean the same length."""
    if stated != found:
        raise ReadError(
            f"{this} is damaged or cut off, or begins in the middle of a stream: it states "
            f"{stated} samples and {found} are found. Fetch it again, or export it again."
        )
    return stated


def _flac(content: BinaryIO, this: str) -> Stated:
    """Read the number of samples in STREAMINFO (RFC 9639, section 8.2); 0 means unknown."""
    place = _after_tags(content)
    content.seek(place)
    head = content.read(26)
    if head[:4] != b"fLaC" or head[4] & 0x7F or len(head) < 26:
        raise ReadError(
            f"{this} is damaged: its FLAC stream does not begin with its description. Fetch it "
            "again."
        )
    # 36 bits, the lower four of which stand in a byte with the number of bits.
    total = (head[21] & 0x0F) << 32 | int.from_bytes(head[22:26], "big")
    patch = (place + 21, bytes([head[21] & 0xF0]) + bytes(4))
    return Stated(total or None, seekable=total > 0, patch=patch)


def _mp3(content: BinaryIO, rate: int, found: int, this: str) -> Stated:
    """Find the number of coded frames in the first one, where Xing and LAME write it.

    The decoder of an MP3 steps over what is damaged and begins wherever it finds a frame. A file
    that does not count its frames can have lost any of them.
    """
    place = _after_tags(content)
    content.seek(place)
    first = content.read(64)
    # After four bytes of header, perhaps two of a checksum, and the side information.
    for at in (13, 15, 21, 23, 36, 38):
        if first[:1] == b"\xff" and first[at : at + 4] in (b"Xing", b"Info") and first[at + 7] & 1:
            count = int.from_bytes(first[at + 8 : at + 12], "big")
            size = 1152 if rate >= 32_000 else 576
            if not count * size - _MP3_PADDING <= found <= count * size:
                raise ReadError(
                    f"{this} is damaged or cut off: it states {count} frames of {size} samples, "
                    f"and {found} samples are found. Fetch it again."
                )
            # More frames than any file has, and nothing of what LAME writes on padding.
            patch = struct.pack(">II", 1, 0x007F_FFFF) + bytes(36)
            return Stated(found, patch=(place + at + 4, patch), coded=(count, size))
    raise ReadError(
        f"{this} is an MP3 that does not state its number of frames (in a Xing or Info header at "
        "its beginning), so what is missing would not be noticed. Convert it to WAV or FLAC: "
        "`ffmpeg -i in.mp3 out.flac`."
    )


def _after_tags(content: BinaryIO) -> int:
    """Return where a file begins behind its tags of ID3v2."""
    place = 0
    while True:
        content.seek(place)
        tag = content.read(10)
        if tag[:3] != b"ID3" or len(tag) < 10:
            return place
        # The length is four bytes of seven bits each.
        bits = zip(tag[6:], (21, 14, 7, 0), strict=True)
        place += 10 + sum((byte & 0x7F) << shift for byte, shift in bits)


def _ogg(content: BinaryIO, rate: int, this: str) -> int:
    """Return the number of samples up to the position that the last page of an Ogg states."""
    with mmap.mmap(content.fileno(), 0, access=mmap.ACCESS_READ) as stream:
        first = stream[:64]
        flags, position = list(_pages(stream, this))[-1]
    if not flags & _ENDS:
        raise ReadError(f"{this} is cut off: the last page of its stream is missing. {_AGAIN}")
    if first[28:36] == b"OpusHead":
        # At 48 kHz, with what the decoder needs to settle (RFC 7845).
        settling = int.from_bytes(first[38:40], "little")
        position = (position - settling) * rate // 48_000
    return position


def _pages(stream: mmap.mmap, this: str) -> Iterator[tuple[int, int]]:
    """Yield flags and position of the pages of an Ogg, which have to follow in order (RFC 3533).

    The decoder reads over pages that are missing, double, or of another stream.
    """
    place = number = position = 0
    serial = stream[14:18]
    while place < len(stream):
        head = stream[place : place + 27]
        is_page = head[:5] == b"OggS\0" and len(head) == 27
        if is_page and number and head[5] & _BEGINS:
            raise ReadError(
                f"{this} holds a second Ogg stream, and only the first would be read. Split it, or "
                "convert it to WAV or FLAC: `ffmpeg -i in.ogg out.flac`."
            )
        # Where no packet ends on a page, its position is -1.
        position, before = int.from_bytes(head[6:14], "little", signed=True), position
        in_order = head[14:22] == serial + number.to_bytes(4, "little")
        if not is_page or not in_order or -1 < position < before:
            raise ReadError(
                f"{this} is damaged or cut off: at byte {place} it does not go on with page "
                f"{number} of its stream. {_AGAIN}"
            )
        position = before if position < 0 else position
        lacing = stream[place + 27 : place + 27 + head[26]]
        place, number = place + 27 + head[26] + sum(lacing), number + 1
        if place > len(stream):
            raise ReadError(
                f"{this} is cut off: page {number} of its stream is not whole. {_AGAIN}"
            )
        yield head[5], position
