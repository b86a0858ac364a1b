"""JPEG pictures, through Pillow."""

from __future__ import annotations

from io import BytesIO

import numpy as np

from invarsig.errors import ReadError
from invarsig.io.picture import ORIENTATION, Request, Stored, upright

__all__ = ["read_jpeg"]

# Pixels per byte: a block of 8 by 8 takes one bit at least, for its mean.
_DENSEST = 8 * 64
_END = b"\xff\xd9"
# Any code's bits; no byte is 255, which would begin a marker.
_MORE = bytes(range(1, 255)) * 2


def read_jpeg(request: Request) -> Stored:
    """Decode the main picture of a JPEG, and check that no part of it is missing."""
    request.chosen(1)
    content = request.file.read_bytes()
    picture = _opened(content)
    if picture.mode not in ("L", "RGB"):
        raise ReadError(
            f"The picture {str(request.file)!r} is in {picture.mode}; convert it to RGB or gray."
        )
    colors = ("red", "green", "blue") if picture.mode == "RGB" else ()
    width, height = picture.size
    shape = (len(colors), height, width) if colors else (height, width)
    request.check_size(shape, width * height, densest=_DENSEST)
    values = np.asarray(picture)
    if not _is_complete(content, values):
        raise ReadError(
            f"The JPEG {str(request.file)!r} ends before its picture does: it is cut off or "
            "damaged. Fetch or export it again."
        )
    planes = np.moveaxis(values, -1, 0) if colors else values
    return Stored(upright(planes, picture.getexif().get(ORIENTATION, 1)), colors)


def _opened(content: bytes):  # type: ignore[no-untyped-def]
    # Not through Image.open, which refuses large pictures by a limit of its own.
    from PIL.JpegImagePlugin import JpegImageFile

    return JpegImageFile(BytesIO(content))


def _is_complete(content: bytes, values: np.ndarray) -> bool:
    """Whether more bytes in front of the end change nothing.

    The decoder fills what is missing with gray and says so to nobody. With more bytes it decodes
    them in its place; behind a whole picture it skips them.
    """
    end = content.rfind(_END)
    longer = content[:end] + _MORE + content[end:]
    return bool(np.array_equal(values, np.asarray(_opened(longer))))
