"""TIFF pictures, through tifffile, and through Pillow where it decodes what tifffile does not."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np

from invarsig.errors import ReadError
from invarsig.io.picture import ORIENTATION, Request, Stored, upright
from invarsig.io.tiff_tags import (
    DEFLATE,
    FROM_WHITE,
    GRAY,
    NO_DATA,
    PACK_BITS,
    PALETTE,
    RAW,
    channels_of,
    check_list,
    check_meaning,
    check_parts,
    name_of,
    unlisted_stack,
)

__all__ = ["checked_page", "is_decoded_by_strips", "laid_out", "missing_in", "read_tiff"]

_UNSIGNED, _FLOATING = 1, 3  # of the tag of the sample's format


def read_tiff(request: Request) -> Stored:
    """Decode one picture of a TIFF, and check that no part of it is missing."""
    import tifffile

    with request.file.open("rb") as stream, tifffile.TiffFile(stream) as tiff:
        page, index, stack, colors = checked_page(request, tiff)
        if stack is None:
            values = _decoded(request, page, index)
        else:
            request.check_size(stack.shape, stack.nbytes, densest=1)
            values = laid_out(page, stack.asarray().reshape(-1, *page.shape)[index])
        return Stored(values, colors, missing_in(request, page, values, colors))


def checked_page(request: Request, tiff: Any) -> tuple[Any, int, Any, tuple[str, ...]]:
    """The page that is asked for, its number, the stack that it stands for, if any, and its colors.

    Raises
    ------
    ReadError
        If the file is damaged, or of a kind that is not read.
    """
    stack = unlisted_stack(request, tiff)
    first: Any = tiff.pages[0]
    check_list(request, tiff, stack)
    index = request.chosen(len(tiff.pages) if stack is None else stack.size // first.size)
    page: Any = first if stack is not None else tiff.pages[index]
    colors = channels_of(request, page)
    check_meaning(request, page)
    check_parts(request, page)
    return page, index, stack, colors


def is_decoded_by_strips(page: Any) -> bool:
    """Whether tifffile alone decodes a page, each of its strips or tiles by itself."""
    bits = page.bitspersample
    ours = page.compression in (RAW, *DEFLATE) and bits not in (2, 4) and page.predictor in (1, 2)
    return bool(ours and page.photometric != PALETTE)


def _decoded(request: Request, page: Any, index: int) -> np.ndarray:
    """Decode with the decoder that keeps all values."""
    bits = page.bitspersample
    ours = page.compression in (RAW, *DEFLATE) and bits not in (2, 4) and page.predictor in (1, 2)
    if is_decoded_by_strips(page):
        return laid_out(page, page.asarray())
    if _kept_by_pillow(page):
        if ours:
            page.asarray()  # checks the sum at the end of deflate, which Pillow does not
        return _from_pillow(request, page, index)
    if page.compression != PACK_BITS and importlib.util.find_spec("imagecodecs") is None:
        raise ReadError(
            f"The TIFF {str(request.file)!r} is compressed by {name_of(page.compression)} with "
            f"{page.samplesperpixel} channels of {bits} bits, of which only the package "
            "imagecodecs keeps all: install it (pip install imagecodecs), or save the picture "
            "without compression or with deflate."
        )
    return laid_out(page, page.asarray())


def _kept_by_pillow(page: Any) -> bool:
    """Whether Pillow keeps all bits of all channels, and their order."""
    bits, form = page.bitspersample, page.sampleformat
    if bits <= 8:
        return bool(form == _UNSIGNED)
    # It swaps the bytes of floating-point numbers once more than it should.
    floating: bool = bits == 32 and form == _FLOATING and page.parent.byteorder == "<"
    deep: bool = floating or (bits == 16 and form == _UNSIGNED)
    plain: bool = page.photometric == GRAY and page.samplesperpixel == 1
    return deep and plain


def laid_out(page: Any, values: np.ndarray) -> np.ndarray:
    """Bring what tifffile decodes to (y, x) or (color, y, x), upright, counted from black."""
    if page.photometric == FROM_WHITE:
        values = ~values if values.dtype == bool else np.iinfo(values.dtype).max - values
    if page.axes == "YXS":
        values = np.moveaxis(values, -1, 0)
    return upright(values, page.tags.valueof(ORIENTATION, 1))


def _from_pillow(request: Request, page: Any, index: int) -> np.ndarray:
    """Decode with Pillow, to the axes that tifffile gives."""
    from PIL import Image
    from PIL.TiffImagePlugin import TiffImageFile

    with request.file.open("rb") as stream:
        picture: Any = TiffImageFile(stream)
        picture.seek(index)
        if sorted(picture.size) != sorted((page.imagewidth, page.imagelength)):
            raise ReadError(
                f"Two decoders find pictures of different sizes in the TIFF {str(request.file)!r}: "
                "it is damaged. Export it again."
            )
        try:
            picture.load()
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise ReadError(
                f"The picture {str(request.file)!r} is larger than Pillow decodes ({error}); "
                "raise PIL.Image.MAX_IMAGE_PIXELS, or save it without compression."
            ) from error
        values = np.asarray(picture.convert("RGB") if picture.mode == "P" else picture)
        # Pillow turns the picture upright and takes the tag away.
        orientation = picture.getexif().get(ORIENTATION, 1)
    return upright(np.moveaxis(values, -1, 0) if values.ndim == 3 else values, orientation)


def missing_in(
    request: Request, page: Any, values: np.ndarray, colors: tuple[str, ...]
) -> np.ndarray | None:
    """Where the values are those that the file marks as missing; None where it marks none."""
    text = page.tags.valueof(NO_DATA)
    if text is None:
        return None
    try:
        mark = np.float64(str(text).strip("\0 "))
    except ValueError as error:
        raise ReadError(
            f"The TIFF {str(request.file)!r} marks the value {text!r} as missing, which is no "
            "number; save it without that mark."
        ) from error
    if values.dtype.kind == "f":
        # The text rounds to the stored type, as the values did.
        mark = values.dtype.type(mark)
    missing = np.asarray(values == mark)
    if "alpha" in colors:
        missing[-1] = False
    return missing
