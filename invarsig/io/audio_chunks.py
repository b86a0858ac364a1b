"""The chunks of a WAV or AIFF file: whether they fill it, and how many samples they state.

A chunk is a tag of four letters, a length of 32 bits, and that many bytes, padded to an even
number. The length wraps at 4 GiB, and a recorder that fails leaves an old one behind: then bytes
follow that are no chunk.
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

from invarsig.errors import ReadError

__all__ = ["aiff_frames", "wav_frames"]

# Lengths that mean "not known yet": of ffmpeg's pipes, and the largest that sox and others write.
_OPEN = (0xFFFF_FFFF, 0x8000_0000, 0x7FFF_FFFF, 0x7FFF_F000)
# No recording has more chunks, and none of these twice.
_MOST = 10_000
_ONCE = (b"fmt ", b"fact", b"ds64", b"data", b"COMM", b"SSND")
_SAMPLES = (b"data", b"SSND")
# Place and length of the chunks by their tags.
_Chunks = dict[bytes, tuple[int, int]]
_AGAIN = "Fetch it again, or save the readable part in a sound editor."


def wav_frames(content: BinaryIO, found: int, this: str) -> tuple[int, int]:
    """Return how many samples of each channel a WAV states, and how many make a block.

    Parameters
    ----------
    content
        The file, open for reading bytes.
    found
        The number of samples that libsndfile finds.
    this
        The file's name in a message.

    Raises
    ------
    ReadError
        If the chunks do not fill the file, or contradict each other or libsndfile.
    """
    content.seek(0)
    order = ">" if content.read(4) == b"RIFX" else "<"
    chunks = _chunks(content, order, this)
    (width,) = struct.unpack(f"{order}H", _body(content, chunks, b"fmt ", 16, this)[12:14])
    length = chunks[b"data"][1] if b"data" in chunks else 0
    blocks, rest = divmod(length, max(width, 1))
    block = found // max(blocks, 1)
    if rest or found != blocks * block:
        raise ReadError(
            f"{this} is damaged or cut off: {length} bytes of samples, {width} in a block, are "
            f"stated, and {found} samples are found. {_AGAIN}"
        )
    if block < 2 or b"fact" not in chunks:
        return found, max(block, 1)
    (stated,) = struct.unpack(f"{order}I", _body(content, chunks, b"fact", 4, this))
    if not found - block < stated <= found:
        raise ReadError(
            f"{this} is damaged or cut off: it states {stated} samples, and {found} are found. "
            f"{_AGAIN}"
        )
    return stated, block


def aiff_frames(content: BinaryIO, width: int, this: str) -> int:
    """Return how many samples of each channel an AIFF states.

    Parameters
    ----------
    content
        The file, open for reading bytes.
    width
        How many bytes a sample of all channels takes.
    this
        The file's name in a message.

    Raises
    ------
    ReadError
        If the chunks do not fill the file, or contradict each other.
    """
    chunks = _chunks(content, ">", this)
    (stated,) = struct.unpack(">I", _body(content, chunks, b"COMM", 6, this)[2:])
    if stated == 0:
        return 0
    (offset,) = struct.unpack(">I", _body(content, chunks, b"SSND", 4, this))
    there = chunks[b"SSND"][1] - 8 - offset
    if there != stated * width:
        raise ReadError(
            f"{this} is damaged or cut off: it states {stated} samples of {width} bytes, and "
            f"{there} bytes of samples. {_AGAIN}"
        )
    return int(stated)


def _body(content: BinaryIO, chunks: _Chunks, tag: bytes, count: int, this: str) -> bytes:
    """Return the first bytes of a chunk."""
    place, length = chunks.get(tag, (0, 0))
    if length < count:
        raise ReadError(f"{this} is damaged: it has no whole chunk {tag!r}. Fetch it again.")
    content.seek(place)
    return content.read(count)


def _chunks(content: BinaryIO, order: str, this: str) -> _Chunks:
    """Check that chunks fill a file, and return them."""
    size = content.seek(0, os.SEEK_END)
    chunks: _Chunks = {}
    place = 12
    for _ in range(_MOST):
        # The byte that makes the last length even is missing in some files.
        if place >= size:
            return chunks
        content.seek(place)
        head = content.read(8)
        tag, length = head[:4], int.from_bytes(head[4:], "little" if order == "<" else "big")
        if tag == b"data":
            length = _data_length(content, chunks, length, size - place - 8, order)
        _check(tag, length, size - place, chunks, this)
        chunks[tag] = place + 8, length
        place += 8 + length + length % 2
    raise ReadError(f"{this} has more than {_MOST} chunks, as no recording has. Export it again.")


def _check(tag: bytes, length: int, rest: int, chunks: _Chunks, this: str) -> None:
    """Check that the `rest` of a file begins with a chunk, and holds all of it."""
    there = rest - 8
    before = [chunks[each][1] for each in _SAMPLES if each in chunks]
    if tag in _SAMPLES and not before and length > there:
        raise ReadError(
            f"{this} is cut off: its header states {length} bytes of samples and {there} are "
            f"present. {_AGAIN}"
        )
    if length > there or not (tag.isascii() and tag.decode().isprintable()):
        behind = f", behind the {before[0]} bytes of samples that it states" if before else ""
        raise ReadError(
            f"{this} is damaged, cut off, or longer than it states: the last {rest} bytes{behind}, "
            "are no whole chunk. Fetch it again; if it has grown beyond 4 GiB, "
            "`sox --ignore-length in.wav out.w64` and `sox out.w64 out.flac` read all of it."
        )
    if tag in _ONCE and tag in chunks:
        raise ReadError(f"{this} has two chunks {tag!r}: only one would be read. Export it again.")


def _data_length(content: BinaryIO, chunks: _Chunks, length: int, there: int, order: str) -> int:
    """Return the number of bytes of samples: from a chunk of 64 bits, or all where it is open."""
    if b"ds64" in chunks and length == _OPEN[0]:
        content.seek(chunks[b"ds64"][0] + 8)
        return int.from_bytes(content.read(8), "little")
    content.seek(chunks.get(b"fmt ", (0, 0))[0] + 12)
    width = int.from_bytes(content.read(2), "little" if order == "<" else "big")
    is_open = any(0 <= mark - length < max(width, 1) for mark in _OPEN)
    return there if is_open else length
