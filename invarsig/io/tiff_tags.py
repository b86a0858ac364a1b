"""What a TIFF's tags say, before anything is decoded.

Which pictures and channels there are, what the values mean, how many strips or tiles there are and
how long. Decoders fill what is missing with zeros, so none is asked before all parts are there.
"""

from __future__ import annotations

import json
import math
from typing import Any

from invarsig.errors import ReadError
from invarsig.io.picture import Request

__all__ = [
    "DEFLATE",
    "FROM_WHITE",
    "GRAY",
    "NO_DATA",
    "PACK_BITS",
    "PALETTE",
    "RAW",
    "channels_of",
    "check_list",
    "check_meaning",
    "check_parts",
    "name_of",
    "unlisted_stack",
]

RAW, _LZW, PACK_BITS = 1, 5, 32773
DEFLATE = (8, 32946)
FROM_WHITE, GRAY, _RGB, PALETTE = 0, 1, 2, 3
NO_DATA = 42113
_ALPHA, _MULTIPLIED_ALPHA = 2, 1
_DENSEST = 4096  # bytes of a picture per byte of LZW, whose codes have 9 bits and more


def unlisted_stack(request: Request, tiff: Any) -> Any:
    """The series of a stack of which the file lists the first picture alone, or None.

    ImageJ writes so beyond 4 GB, MetaMorph always (STK), tifffile where it is told to.
    """
    # Series of OME and of Micro-Manager may name other files, which tifffile would open.
    elsewhere = tiff.is_ome or tiff.is_mmstack
    described = tiff.is_imagej or tiff.is_shaped or tiff.is_stk
    if len(tiff.pages) > 1 or elsewhere or not described:
        return None
    series, page = tiff.series[0], tiff.pages[0]
    there = request.file.stat().st_size - page.dataoffsets[0]
    if series.size <= page.size or series.nbytes > there:
        return None
    if series.shape[-page.ndim :] != page.shape or page.compression != RAW:
        raise ReadError(
            f"The TIFF {str(request.file)!r} says that it holds an array of shape {series.shape} "
            "and lists one picture of it; save it with all pictures listed."
        )
    return series


def check_list(request: Request, tiff: Any, stack: Any) -> None:
    """Refuse a list of pictures that leads beyond the file, or is shorter than its description."""
    stream, width = tiff.filehandle, tiff.tiff.offsetsize
    stream.seek(tiff.pages.next_page_offset)
    if stream.read(width) != bytes(width):
        raise ReadError(
            f"The TIFF {str(request.file)!r} lists {len(tiff.pages)} pictures and leads to one "
            "more that is not there: it is cut off or damaged. Fetch or export it again."
        )
    said = _described_count(tiff)
    if stack is None and len(tiff.pages) == 1 < said and request.page != 0:
        raise ReadError(
            f"The TIFF {str(request.file)!r} says that it is a stack of {said} pictures, and holds "
            "one: it is cut off or damaged, or was cut out of a stack. page=0 reads the one."
        )


def _described_count(tiff: Any) -> int:
    """How many pictures the description of ImageJ, MetaMorph or tifffile speaks of."""
    if tiff.is_stk and 33629 in tiff.pages[0].tags:
        return int(tiff.pages[0].tags[33629].count)
    if tiff.is_imagej:
        return int((tiff.imagej_metadata or {}).get("images", 1))
    page, described = tiff.pages[0], tiff.pages[0].shaped_description or ""
    if not described.startswith("{"):
        return 1
    shape = tuple(json.loads(described).get("shape", ()))
    return math.prod(shape[: -page.ndim]) if shape[-page.ndim :] == page.shape else 1


def channels_of(request: Request, page: Any) -> tuple[str, ...]:
    """Names of the channels, from what the tags say of them."""
    count, kind, extra = page.samplesperpixel, page.photometric, tuple(page.extrasamples)
    known = {
        (FROM_WHITE, 1, ()): (),
        (GRAY, 1, ()): (),
        (GRAY, 2, (_ALPHA,)): ("gray", "alpha"),
        (_RGB, 3, ()): ("red", "green", "blue"),
        (_RGB, 4, (_ALPHA,)): ("red", "green", "blue", "alpha"),
        (PALETTE, 1, ()): ("red", "green", "blue"),
    }
    if 262 in page.tags and (kind, count, extra) in known:
        return known[kind, count, extra]
    name = str(request.file)
    if 262 not in page.tags:
        raise ReadError(
            f"The TIFF {name!r} does not say whether it stores gray or RGB (its photometric "
            "interpretation is missing); export it again."
        )
    if kind not in (FROM_WHITE, GRAY, _RGB, PALETTE):
        raise ReadError(
            f"The TIFF {name!r} stores neither gray nor RGB (its photometric interpretation is "
            f"{int(kind)}, {name_of(kind)}); convert it to one of them."
        )
    if _MULTIPLIED_ALPHA in extra:
        raise ReadError(
            f"The TIFF {name!r} stores colors that are multiplied by its alpha; save it with "
            "colors of their own (unassociated alpha), or without alpha."
        )
    said = "red, green and blue" if kind == _RGB else "gray"
    raise ReadError(
        f"The TIFF {name!r} has {count} channels and says no more of them than {said}, neither "
        "which color nor which alpha each is; save each channel as a picture of its own, or mark "
        "them as RGB and unassociated alpha."
    )


def check_meaning(request: Request, page: Any) -> None:
    """Refuse values that would come out with another meaning than they have."""
    name, bits = str(request.file), page.bitspersample
    if page.dtype is None or bits not in (1, 2, 4, 8, 16, 32, 64, 128):
        raise ReadError(
            f"The TIFF {name!r} stores values of {bits} bits; save it with 8, 16 or 32 bits."
        )
    if page.axes not in ("YX", "YXS", "SYX"):
        raise ReadError(
            f"The TIFF {name!r} stores a volume of shape {page.shape}; save each of its pictures "
            "as a page of its own."
        )
    if page.photometric == FROM_WHITE and page.dtype.kind not in ("b", "u"):
        raise ReadError(
            f"The TIFF {name!r} counts from white (its photometric interpretation is 0) in values "
            f"of type {page.dtype}, whose white has no definition; save it as gray from black."
        )
    if NO_DATA in page.tags and (page.photometric not in (GRAY, _RGB) or bits < 8):
        raise ReadError(
            f"The TIFF {name!r} marks a value as missing, {page.tags.valueof(NO_DATA)!r}, where "
            "its values are indices or inverted; save it as gray from black."
        )


def check_parts(request: Request, page: Any) -> None:
    """Refuse a picture of which a strip or tile is missing, too short or of a doubtful coding."""
    name = str(request.file)
    if page.compression not in (RAW, _LZW, PACK_BITS, *DEFLATE):
        raise ReadError(
            f"The TIFF {name!r} is compressed by {name_of(page.compression)}, for which no decoder "
            "says whether a part is missing; save it without compression, with deflate or LZW."
        )
    request.check_size(page.shape, page.size * page.bitspersample // 8, densest=_DENSEST)
    if not _is_whole(page, request.file.stat().st_size):
        raise ReadError(
            f"The TIFF {name!r} does not hold all the strips or tiles that its picture of shape "
            f"{page.shape} needs, at their full lengths: it is cut off or damaged, or was written "
            "in part. Fetch or export it again."
        )


def _is_whole(page: Any, size: int) -> bool:
    """Whether all strips or tiles are listed, lie in the file and have the lengths they need."""
    places = page.tags.get(324 if page.is_tiled else 273)
    lengths = page.tags.get(325 if page.is_tiled else 279)
    count = math.prod(page.chunked)
    if page.size == 0 or places is None or lengths is None:
        return False
    if not places.count == lengths.count == len(page.dataoffsets) == count:
        return False
    row = math.ceil(math.prod(page.chunks[1:]) * page.bitspersample / 8)
    for number, (at, length) in enumerate(zip(page.dataoffsets, page.databytecounts, strict=True)):
        if at <= 0 or length <= 0 or at + length > size:
            return False
        needed = _rows(page, number) * row
        if page.compression == RAW and not needed <= length < needed + row:
            return False
    return True


def _rows(page: Any, number: int) -> int:
    """Rows of one strip or tile; the last strip may have fewer."""
    rows = page.chunks[0]
    if page.is_tiled:
        return int(rows)
    strips = math.ceil(page.imagelength / rows)
    return int(min(rows, page.imagelength - number % strips * rows))


def name_of(code: Any) -> str:
    """Name of a tag's value, or its number."""
    return str(getattr(code, "name", code))
