"""Pictures to labeled arrays: x runs to the right and y down, in pixels, color is a dim.

The format is determined by the first bytes of the file, never by its name. Whatever would lose
something silently (depth, pages, the meaning of the channels, a part that is missing) is refused
with a workaround.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axis, label, lazy_labels
from invarsig.errors import InvarsigError, ParameterError, ReadError
from invarsig.io import content
from invarsig.io.by_section import sections_of
from invarsig.io.jpeg import read_jpeg
from invarsig.io.picture import Request, scaled
from invarsig.io.png import read_png
from invarsig.io.source import as_text, readable
from invarsig.io.tiff import read_tiff

__all__ = ["open_image", "read_image"]

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
    request = _request(path, page, max_bytes)
    found, stored = _decoded(request, _DECODERS)
    values, colors = _guarded(request, found, lambda: scaled(request.file, stored)), stored.colors
    if gray and colors:
        values, colors = _luminance(values), ()
    return _labeled(values, colors, request.file)


def open_image(
    path: str | os.PathLike[str],
    *,
    gray: bool = False,
    page: int | None = None,
    chunks: Any = None,
    max_bytes: int = 4 * 2**30,
) -> xr.DataArray:
    """Open a picture; of a TIFF, sections are decoded when they are used.

    ``open_image(path).isel(y=slice(a, b)).load()`` holds the values of
    ``read_image(path).isel(y=slice(a, b))``, to the last bit; luminance, which is a sum, to its
    round-off. Only the strips or tiles that a
    section meets are read, of a TIFF that is not compressed or by deflate. A PNG and a JPEG cannot
    be read by section, nor can other TIFFs (LZW, PackBits, a palette, 2 or 4 bits, a stack of which
    the first picture alone is listed): they are read whole, at once, as by `read_image`.

    Parameters
    ----------
    path, gray, page
        As for `read_image`.
    chunks
        Sizes of chunks, such as ``{"y": 1024, "x": 1024}``: then the values are a dask array,
        which operators keep lazy. None leaves them to be read as xarray reads a file.
    max_bytes
        Most memory, in bytes, that a section may take, at 8 bytes per value; of a file that is
        read whole, the picture.

    Returns
    -------
    xarray.DataArray
        With the dims, coordinates, name and attributes that `read_image` gives.

    Raises
    ------
    ReadError
        As `read_image` does; where a section is used, if it is damaged, if the file has changed
        since, or if the section takes more than `max_bytes`.
    ParameterError
        If there is no such `page`, or `max_bytes` is not a whole number above 0.

    Examples
    --------
    >>> import tempfile, tifffile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "ramp.tif"
    ...     values = np.arange(1200, dtype=np.uint16).reshape(30, 40)
    ...     tifffile.imwrite(file, values, rowsperstrip=4)
    ...     x = open_image(file)
    ...     section = x.isel(y=slice(10, 12), x=5).load()
    >>> dict(x.sizes), (section.values * 65535).round().tolist(), section.y.values.tolist()
    ({'y': 30, 'x': 40}, [405.0, 445.0], [10.0, 11.0])
    """
    from invarsig.io.tiff_sections import Gray, sectioned

    request = _request(path, page, max_bytes)
    source = None
    if content.content_of(request.file) is content.TIFF:
        # The header may speak of a picture of any size; a section is bounded when it is read.
        any_size = replace(request, max_bytes=sys.maxsize)
        source = _decoded(any_size, {content.TIFF: lambda one: sectioned(one, max_bytes)})[1]
    if source is None:
        out = read_image(path, gray=gray, page=page, max_bytes=max_bytes)
    elif gray and source.colors:
        out = _labeled(sections_of(Gray(source, _luminance), ("y", "x")), (), request.file)
    else:
        dims = ("color", "y", "x") if source.colors else ("y", "x")
        out = _labeled(sections_of(source, dims), source.colors, request.file)
    return out if chunks is None else out.chunk(chunks)


def _request(path: str | os.PathLike[str], page: int | None, max_bytes: int) -> Request:
    if page is not None and page < 0:
        raise ParameterError(f"page={page} is not a page; they count from 0.")
    limit = parameters.count(max_bytes, "max_bytes", " bytes")
    return Request(readable(path), page, limit)


def _labeled(values: np.ndarray | xr.Variable, colors: tuple[str, ...], file: Path) -> xr.DataArray:
    name, attrs = as_text(file.stem), {"source": as_text(file.name)}
    if isinstance(values, np.ndarray):
        y, x = Axis("y", unit="px"), Axis("x", unit="px")
        axes: tuple[Axis | str, ...] = ("color", y, x) if colors else (y, x)
        out = label(values, *axes, name=name, attrs=attrs)
    else:
        sizes = zip(("y", "x"), values.shape[-2:], strict=True)
        coords = {dim: lazy_labels(Axis(dim, size=size, unit="px"))[dim] for dim, size in sizes}
        out = xr.DataArray(values, coords, name=name, attrs=attrs)
    return out.assign_coords(color=list(colors)) if colors else out


def _decoded(request: Request, decoders: Mapping[Any, Any]) -> tuple[Any, Any]:
    """Decode by the content, which is returned as well."""
    file = str(request.file)
    found = content.content_of(request.file)
    if found not in decoders:
        what = "begins as no format that is known" if found is None else f"is {found.name}"
        remedy = "convert it to one of them" if found is None else found.remedy
        raise ReadError(f"The file {file!r} is not a PNG, JPEG or TIFF: it {what}; {remedy}.")
    return found, _guarded(request, found, lambda: decoders[found](request))


def _guarded(request: Request, found: Any, work: Callable[[], Any]) -> Any:
    """Tell what is damaged from what is not read."""
    file = str(request.file)
    try:
        return work()
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


def _luminance(values: np.ndarray) -> np.ndarray:
    """Mix red, green and blue; leave alpha out."""
    if len(values) == 2:
        return np.asarray(values[0])
    from skimage.color import rgb2gray

    return np.asarray(rgb2gray(values[:3], channel_axis=0))
