"""Pictures to labeled arrays: x runs to the right and y down, in pixels, color is a dim.

The format is determined by the first bytes of the file, never by its name. Whatever would lose
something silently (depth, pages, the meaning of the channels, a part that is missing) is refused
with a workaround.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axis, label
from invarsig.errors import InvarsigError, ParameterError, ReadError
from invarsig.io import content
from invarsig.io.jpeg import read_jpeg
from invarsig.io.picture import Request, Stored
from invarsig.io.png import read_png
from invarsig.io.source import as_text, readable
from invarsig.io.tiff import read_tiff

__all__ = ["read_image"]

_DECODERS = {content.PNG: read_png, content.JPEG: read_jpeg, content.TIFF: read_tiff}


def read_image(
    path: str | os.PathLike[str],
    *,
    gray: bool = False,
    page: int | None = None,
    max_bytes: int = 4 * 2**30,
) -> xr.DataArray:
    """Read a picture: PNG, JPEG or TIFF.

    ``x = stored / (2**bits - 1)`` for integers, in [0, 1] and float64 (signed ones in [-1, 1],
    divided by their largest); floating-point numbers are kept unchanged, half precision as single.
    With `gray`, ``luminance = 0.2125 red + 0.7154 green + 0.0721 blue``.

    The values are the stored ones: nothing is linearized, so a photograph keeps its gamma. A
    photograph that its camera marked as rotated is turned upright. A value that the file marks as
    transparent gets alpha 0, one that it marks as missing becomes NaN.

    A file is read whole or refused: all rows, strips and tiles that its header asks for must be
    there. Where bytes changed in place, only a PNG and a TIFF compressed by deflate have sums to
    tell it by.

    Parameters
    ----------
    path
        Path of the file.
    gray
        Mix colors to luminance. An alpha channel is left out.
    page
        Which picture of a file that holds several, from 0. A TIFF of several needs it, and an
        animated PNG, of which only the first is read; a JPEG gives its main picture.
    max_bytes
        Most memory, in bytes, that the picture may take, at 8 bytes per value. A small file can
        ask for any amount.

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
        If the file is missing, empty, cut off, damaged or of another format; if its picture takes
        more than `max_bytes`; if it is a PNG of 16 bits per color, of which the decoder would keep
        8; if its channels are not said to be gray, red, green, blue or alpha; if it is a TIFF
        compressed by other than deflate, LZW or PackBits; or if it holds several pictures and
        `page` is not given.
    ParameterError
        If there is no such `page`, or `max_bytes` is not a whole number above 0.

    References
    ----------
    The weights are those of `skimage.color.rgb2gray`, after C. Poynton, *Frequently asked
    questions about color* (1997), question 9: http://poynton.ca/PDFs/ColorFAQ.pdf

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "step.png"
    ...     Image.fromarray(np.array([[0, 51], [0, 255]], dtype=np.uint8)).save(file)
    ...     x = read_image(file)
    >>> x.dims, x.name, x.values.tolist()
    (('y', 'x'), 'step', [[0.0, 0.2], [0.0, 1.0]])
    >>> x.x.values.tolist(), x.x.attrs["units"]
    ([0.0, 1.0], 'px')
    """
    if page is not None and page < 0:
        raise ParameterError(f"page={page} is not a page; they count from 0.")
    limit = parameters.count(max_bytes, "max_bytes", " bytes")
    file = readable(path)
    values, colors = _decoded(Request(file, page, limit))
    if gray and colors:
        values, colors = _luminance(values), ()
    name, attrs = as_text(file.stem), {"source": as_text(file.name)}
    y, x = Axis("y", unit="px"), Axis("x", unit="px")
    if not colors:
        return label(values, y, x, name=name, attrs=attrs)
    out = label(values, "color", y, x, name=name, attrs=attrs)
    return out.assign_coords(color=list(colors))


def _decoded(request: Request) -> tuple[np.ndarray, tuple[str, ...]]:
    """Decode by the content, and tell what is damaged from what is not read."""
    file = str(request.file)
    found = content.content_of(request.file)
    if found not in _DECODERS:
        what = "begins as no format that is known" if found is None else f"is {found.name}"
        remedy = "convert it to one of them" if found is None else found.remedy
        raise ReadError(f"The file {file!r} is not a PNG, JPEG or TIFF: it {what}; {remedy}.")
    try:
        stored = _DECODERS[found](request)
        return _scaled(request.file, stored), stored.colors
    except InvarsigError:
        raise
    except MemoryError as error:
        raise ReadError(
            f"The picture {file!r} takes more memory than there is; crop it first."
        ) from error
    # The decoders raise whatever their parsing encounters: struct.error, SyntaxError, zlib.error.
    except Exception as error:
        raise ReadError(
            f"The file {file!r} begins as {found.name} and cannot be decoded ({error}): it is cut "
            "off or damaged, or of a kind that the decoder does not know. Fetch it again, or "
            "export it as a plain PNG or TIFF."
        ) from error


def _scaled(file: Path, stored: Stored) -> np.ndarray:
    """Scale integers to 0 to 1, and convert floating-point values to the machine's byte order."""
    values = stored.values
    if values.dtype.kind == "b":
        scaled = values.astype(np.float64)
    elif values.dtype.kind in "iu":
        scaled = np.ascontiguousarray(values) / np.iinfo(values.dtype).max
    elif values.dtype.kind == "f":
        kept = np.float32 if values.dtype.itemsize < 4 else values.dtype.newbyteorder("=")
        scaled = np.array(values, dtype=kept)
    else:
        raise ReadError(
            f"The file {str(file)!r} holds values of type {values.dtype}, which are not brightness "
            "values; export it with 8 or 16 bits."
        )
    if stored.missing is not None:
        scaled[stored.missing] = np.nan
    return scaled


def _luminance(values: np.ndarray) -> np.ndarray:
    """Mix red, green and blue; leave alpha out."""
    if len(values) == 2:
        return np.asarray(values[0])
    from skimage.color import rgb2gray

    return np.asarray(rgb2gray(values[:3], channel_axis=0))
