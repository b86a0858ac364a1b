"""PNG pictures, through Pillow."""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from invarsig.errors import ReadError
from invarsig.io.picture import ORIENTATION, Request, Stored, upright

__all__ = ["read_png"]

_DENSEST = 1032  # of deflate
_PIECE = 2**16  # bytes that are decompressed at once
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by the header's kind of color
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
_LAST_PASS = (0, 1, 1, 2)
_COLORS = {
    "LA": ("gray", "alpha"),
    "RGB": ("red", "green", "blue"),
    "RGBA": ("red", "green", "blue", "alpha"),
}


@dataclass(frozen=True)
class _Header:
    """What a PNG says of its picture, with the bits of one value and the kind of color."""

    width: int
    height: int
    bits: int
    color: int
    interlaced: bool

    @property
    def row_bytes(self) -> int:
        """Bytes of all rows, each with the byte of its filter in front."""
        passes = (*_PASSES, _LAST_PASS) if self.interlaced else ((0, 0, 1, 1),)
        total = 0
        for x, y, across, down in passes:
            width = max(0, math.ceil((self.width - x) / across))
            height = max(0, math.ceil((self.height - y) / down))
            row = math.ceil(width * self.bits * _CHANNELS[self.color] / 8)
            total += height * (1 + row) if width else 0
        return total


def read_png(request: Request) -> Stored:
    """Decode a PNG, its transparency included, and check that no part of it is missing."""
    from PIL.PngImagePlugin import PngImageFile

    with request.file.open("rb") as stream:
        header = _checked(request, stream)
        stream.seek(0)
        # Not through Image.open, which refuses large pictures by a limit of its own.
        picture: Any = PngImageFile(stream)
        count = getattr(picture, "n_frames", 1)
        if request.chosen(count) > 0:
            raise ReadError(
                f"The PNG {str(request.file)!r} is an animation of {count} pictures, of which only "
                "the first is read, page=0; save the others as files of their own."
            )
        clear = picture.info.get("transparency")
        if picture.mode == "P":
            picture = picture.convert("RGB" if clear is None else "RGBA")
            clear = None
        values = np.asarray(picture)
        values = np.moveaxis(values, -1, 0) if values.ndim == 3 else values
        values = upright(values, picture.getexif().get(ORIENTATION, 1))
    if clear is not None:
        return _with_alpha(values, clear, header)
    return Stored(values, _COLORS.get(picture.mode, ()))


def _with_alpha(values: np.ndarray, clear: Any, header: _Header) -> Stored:
    """Add the alpha channel of a picture of which one value, or one color, is transparent."""
    if values.dtype == bool:
        alpha = values != bool(clear)
        values = np.where(values, np.uint8(255), np.uint8(0))
    elif values.ndim == 2:
        # Pillow scales few bits to 8, and leaves the transparent value as it is.
        alpha = values != clear * max(1, 255 // (2**header.bits - 1))
    else:
        alpha = (values != np.reshape(clear, (-1, 1, 1))).any(axis=0)
    opaque = np.where(alpha, np.iinfo(values.dtype).max, 0).astype(values.dtype)
    colors = _COLORS["LA" if values.ndim == 2 else "RGBA"]
    planes = values if values.ndim == 3 else values[np.newaxis]
    return Stored(np.concatenate([planes, opaque[np.newaxis]]), colors)


def _checked(request: Request, stream: BinaryIO) -> _Header:
    """Read all chunks, check their sums, and compare the rows that are there with the header.

    Pillow checks the sums of some chunks alone, and fills rows that are missing with zeros.
    """
    from PIL.PngImagePlugin import ChunkStream

    header, rows, inflate = None, 0, zlib.decompressobj()
    stream.seek(8)
    chunks = ChunkStream(stream)
    while True:
        kind, _, length = chunks.read()
        body = stream.read(length)
        chunks.crc(kind, body)
        if kind == b"IEND":
            break
        if header is None:
            header = _header(request, body)
        if kind == b"IDAT":
            for start in range(0, length, _PIECE):
                room = header.row_bytes + 1 - rows
                rows += len(inflate.decompress(body[start : start + _PIECE], room)) if room else 0
    if header is None or rows != header.row_bytes:
        raise ReadError(
            f"The PNG {str(request.file)!r} holds more or less than the rows that its header "
            "states: it is cut off or damaged. Fetch or export it again."
        )
    return header


def _header(request: Request, body: bytes) -> _Header:
    """Check the header for what the decoder would lose, and for the memory that it takes."""
    width, height, bits, color, _, _, interlace = struct.unpack(">IIBBBBB", body)
    header = _Header(width, height, bits, color, bool(interlace))
    if bits == 16 and color != 0:
        raise ReadError(
            f"The PNG {str(request.file)!r} has 16 bits per color, of which the decoder would keep "
            "8; save it as a TIFF, or as a gray PNG."
        )
    channels = 3 if color == 3 else _CHANNELS[color]
    request.check_size((channels, height, width), header.row_bytes, densest=_DENSEST)
    return header
