"""Pictures to labeled arrays: x runs to the right and y down, in pixels, color is a dim.

The format is determined by the first bytes of the file, never by its name, and only the decoder of
that format reads the content. Whatever would lose something silently (depth, pages, the meaning of
the channels) is refused with a workaround.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes import Axis, label
from invarsig.errors import ParameterError, ReadError
from invarsig.io.source import as_text, readable

__all__ = ["read_image"]

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_COLORS = {
    2: ["gray", "alpha"],
    3: ["red", "green", "blue"],
    4: ["red", "green", "blue", "alpha"],
}


def read_image(
    path: str | os.PathLike[str], *, gray: bool = False, page: int | None = None
) -> xr.DataArray:
    """Read a picture: PNG, JPEG or TIFF.

    ``x = stored / (2**bits - 1)`` for integers of 8, 16 or 32 bits, in [0, 1] and float64 (signed
    ones in [-1, 1], divided by their largest); floating-point numbers are kept unchanged, half
    precision as single. With `gray`, ``luminance = 0.2125 red + 0.7154 green + 0.0721 blue``.

    The values are the stored ones: nothing is linearized, so a photograph keeps its gamma. A
    photograph that its camera marked as rotated is turned upright.

    Parameters
    ----------
    path
        Path of the file.
    gray
        Mix colors to luminance. An alpha channel is left out.
    page
        Which picture of a file that holds several, from 0. A TIFF or PNG of several needs it;
        a JPEG of several gives its main picture.

    Returns
    -------
    xarray.DataArray
        Dims ("y", "x") for a gray picture, ("color", "y", "x") for others, with `color` from
        "red", "green", "blue", "alpha" (or "gray", "alpha"). `x` and `y` are in pixels
        (``units="px"``), from 0. Its name is the stem of the file's name, its attribute
        ``source`` the file's name.

    Raises
    ------
    ReadError
        If the file is missing, empty, cut off, damaged or of another format; if it is a PNG of 16
        bits per color, of which the decoder would keep 8; if its channels are not red, green and
        blue; or if it holds several pictures and `page` is not given.
    ParameterError
        If there is no such `page`.

    References
    ----------
    The weights are those of `skimage.color.rgb2gray`, after C. Poynton, *Frequently asked
    questions about color* (1997), question 9: http://poynton.ca/PDFs/ColorFAQ.pdf

    Examples
    --------
    >>> import imageio.v3, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "step.png"
    ...     imageio.v3.imwrite(file, np.array([[0, 51], [0, 255]], dtype=np.uint8))
    ...     x = read_image(file)
    >>> x.dims, x.name, x.values.tolist()
    (('y', 'x'), 'step', [[0.0, 0.2], [0.0, 1.0]])
    >>> x.x.values.tolist(), x.x.attrs["units"]
    ([0.0, 1.0], 'px')
    """
    if page is not None and page < 0:
        raise ParameterError(f"page={page} is not a page; they count from 0.")
    file = readable(path)
    try:
        stored = _decoded(file, file.read_bytes(), page)
    except (ReadError, ParameterError):
        raise
    # The decoders raise whatever their parsing encounters: struct.error, SyntaxError, zlib.error.
    except Exception as error:
        raise ReadError(
            f"The file {str(file)!r} cannot be decoded as a picture ({error}): it is cut off or "
            "damaged. Fetch or export it again."
        ) from error
    values = _scaled(file, stored)
    if gray and values.ndim == 3:
        values = _luminance(values)
    name, attrs = as_text(file.stem), {"source": as_text(file.name)}
    y, x = Axis("y", unit="px"), Axis("x", unit="px")
    if values.ndim == 2:
        return label(values, y, x, name=name, attrs=attrs)
    out = label(values, "color", y, x, name=name, attrs=attrs)
    return out.assign_coords(color=_COLORS[len(values)])


def _decoded(file: Path, content: bytes, page: int | None) -> np.ndarray:
    """Decode the values as stored: (y, x) or (color, y, x)."""
    if content.startswith(_PNG):
        # Bytes 24 and 25 are the depth and the kind; kind 0 is plain gray.
        if content[24:25] == b"\x10" and content[25:26] != b"\0":
            raise ReadError(
                f"The PNG {str(file)!r} has 16 bits per color, of which the decoder would keep 8; "
                "save it as a TIFF, or as a gray PNG."
            )
        return _from_pillow(file, content, page)
    if content.startswith(_JPEG):
        return _from_pillow(file, content, 0 if page is None else page)
    if content.startswith(_TIFF):
        return _from_tiff(file, content, page)
    raise ReadError(
        f"The file {str(file)!r} is not a PNG, JPEG or TIFF (it begins with {content[:8]!r}); "
        "convert it to one of them."
    )


def _from_pillow(file: Path, content: bytes, page: int | None) -> np.ndarray:
    """Decode with Pillow."""
    from imageio import v3

    picture: Any
    with v3.imopen(content, "r", plugin="pillow") as picture:
        count = picture.properties(index=...).n_images or 1
        index = _page(file, count, page)
        mode = picture.metadata(index=index).get("mode")
        if mode in ("CMYK", "LAB", "HSV"):
            raise ReadError(f"The picture {str(file)!r} is in {mode}; convert it to RGB or gray.")
        values = np.asarray(picture.read(index=index, rotate=True))
    return values if values.ndim == 2 else np.moveaxis(values, -1, 0)


def _from_tiff(file: Path, content: bytes, page: int | None) -> np.ndarray:
    """Pictures of up to 8 bits through Pillow; tifffile keeps the depth of all others.

    Pillow knows every compression and palette, but reduces 16-bit colors to 8 bits. tifffile keeps
    every depth, but returns palettes and inverted grays as stored.
    """
    from imageio import v3

    picture: Any
    with v3.imopen(content, "r", plugin="tifffile") as picture:
        count = picture.properties(index=..., page=...).n_images
        index = _page(file, count, page)
        tags = picture.metadata(index=..., page=index)
        if np.max(tags.get("BitsPerSample", 1)) <= 8:
            return _from_pillow(file, content, index)
        values = np.asarray(picture.read(index=..., page=index))
    _check_tags(file, tags)
    if values.ndim == 3 and tags.get("planar_configuration") != 2:
        return np.moveaxis(values, -1, 0)
    return values


def _check_tags(file: Path, tags: Mapping[str, Any]) -> None:
    """Refuse what tifffile returns without its meaning."""
    meaning = tags.get("PhotometricInterpretation", 1)
    if meaning not in (1, 2):
        raise ReadError(
            f"The TIFF {str(file)!r} stores neither gray (from black) nor RGB (its photometric "
            f"interpretation is {int(meaning)}); convert it to one of them."
        )
    if tags.get("Orientation", 1) != 1:
        raise ReadError(
            f"The TIFF {str(file)!r} is marked as rotated; turn it upright and save it."
        )


def _page(file: Path, count: int, page: int | None) -> int:
    """Which picture to read; several of them need a choice."""
    if page is None and count > 1:
        raise ReadError(
            f"The file {str(file)!r} holds {count} pictures; choose one with page=0 to {count - 1}."
        )
    if page is not None and page >= count:
        raise ParameterError(f"There is no page={page} in {str(file)!r}; it holds {count}, from 0.")
    return page or 0


def _scaled(file: Path, stored: np.ndarray) -> np.ndarray:
    """Scale integers to 0 to 1, and convert floating-point values to the machine's byte order."""
    if stored.size == 0 or stored.ndim not in (2, 3) or (stored.ndim == 3 and len(stored) > 4):
        raise ReadError(
            f"The file {str(file)!r} holds an array of shape {stored.shape}, which is not a gray "
            "or color picture; export it as one."
        )
    if stored.ndim == 3 and len(stored) == 1:
        stored = stored[0]
    if stored.dtype.kind == "b":
        return stored.astype(np.float64)
    if stored.dtype.kind in "iu":
        return np.ascontiguousarray(stored / np.iinfo(stored.dtype).max)
    if stored.dtype.kind != "f":
        raise ReadError(
            f"The file {str(file)!r} holds values of type {stored.dtype}, which are not brightness "
            "values; export it with 8 or 16 bits."
        )
    kept = np.float32 if stored.dtype.itemsize < 4 else stored.dtype.newbyteorder("=")
    return np.ascontiguousarray(stored.astype(kept))


def _luminance(values: np.ndarray) -> np.ndarray:
    """Mix red, green and blue; leave alpha out."""
    if len(values) == 2:
        return np.asarray(values[0])
    from skimage.color import rgb2gray

    return np.asarray(rgb2gray(values[:3], channel_axis=0))
