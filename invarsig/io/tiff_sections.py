"""A TIFF of which any section is read: its strips or tiles that the section meets are decoded."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from invarsig.errors import ReadError
from invarsig.io.by_section import Source
from invarsig.io.picture import ORIENTATION, Request, Stored, scaled
from invarsig.io.tiff import checked_page, is_decoded_by_strips, laid_out, missing_in

__all__ = ["Gray", "TiffSections", "sectioned"]


@dataclass(eq=False)
class TiffSections(Source):
    """One picture of a TIFF.

    Parameters
    ----------
    request
        Which one.
    colors
        Names of its channels.
    index
        Its number in the file.
    plane
        Sizes of y and x, upright.
    dtype
        Of its values.
    orientation
        As the file says, 1 to 8.
    max_bytes
        The most bytes that a section may take.
    stamp
        Size and time of the file, when it was opened.
    """

    request: Request
    colors: tuple[str, ...]
    index: int
    plane: tuple[int, int]
    dtype: np.dtype[Any]
    orientation: int
    max_bytes: int
    stamp: tuple[int, int]

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """Sizes: (y, x), or (color, y, x)."""
        return (len(self.colors), *self.plane) if self.colors else self.plane

    def identity(self) -> tuple[Any, ...]:
        """What the values depend on."""
        return (str(self.request.file), self.stamp, self.index)

    def read(self, box: Sequence[slice]) -> np.ndarray:
        """Values of a box; all of its channels are decoded."""
        import tifffile

        file, (rows, columns) = self.request.file, box[-2:]
        asked = 8 * (rows.stop - rows.start) * (columns.stop - columns.start)
        asked *= max(len(self.colors), 1)
        if asked > self.max_bytes:
            raise ReadError(
                f"A section of {rows.stop - rows.start} by {columns.stop - columns.start} pixels "
                f"of {str(file)!r} takes {asked:,} bytes of memory; the limit is "
                f"{self.max_bytes:,}. Read a smaller one, or allow more bytes."
            )
        if _stamp(file) != self.stamp:
            raise ReadError(
                f"The file {str(file)!r} has changed since it was opened; open it again."
            )
        with file.open("rb") as stream, tifffile.TiffFile(stream) as tiff:
            page: Any = tiff.pages[self.index]
            try:
                values = _stored(page, *self._as_stored(rows, columns, page))
            except ReadError:
                raise
            except Exception as error:  # whatever a decoder raises for damaged bytes
                raise ReadError(
                    f"The file {str(file)!r} cannot be decoded ({error}): it is cut off or "
                    "damaged. Fetch it again, or export it as a plain TIFF."
                ) from error
            section = laid_out(page, values)
            missing = missing_in(self.request, page, section, self.colors)
        made = scaled(file, Stored(section, self.colors, missing))
        return made[box[0]] if len(box) == 3 else made

    def _as_stored(self, rows: slice, columns: slice, page: Any) -> tuple[slice, slice]:
        """The section before the picture was turned upright."""
        along = [rows, columns]
        sizes = list(self.plane)
        if self.orientation in (2, 3, 6, 7):
            along[1] = _flipped(along[1], sizes[1])
        if self.orientation in (3, 4, 7, 8):
            along[0] = _flipped(along[0], sizes[0])
        if self.orientation in (5, 6, 7, 8):
            along.reverse()
        return along[0], along[1]


@dataclass(eq=False)
class Gray(Source):
    """The luminance of a picture in color.

    Parameters
    ----------
    of
        The picture.
    luminance
        Mixes (color, y, x) to (y, x).
    """

    of: TiffSections
    luminance: Callable[[np.ndarray], np.ndarray]

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """Sizes: (y, x)."""
        return self.of.plane

    @property
    def dtype(self) -> np.dtype[Any]:  # type: ignore[override]
        """That of a pixel's luminance."""
        return self.luminance(np.zeros((len(self.of.colors), 1, 1), self.of.dtype)).dtype

    def identity(self) -> tuple[Any, ...]:
        """What the values depend on."""
        return ("gray", *self.of.identity())

    def read(self, box: Sequence[slice]) -> np.ndarray:
        """Values of a box."""
        return self.luminance(self.of.read((slice(0, len(self.of.colors)), *box)))


def sectioned(request: Request, max_bytes: int) -> TiffSections | None:
    """Check a TIFF as for reading it whole; None where its decoder gives whole pictures alone.

    Parameters
    ----------
    request
        The picture, of any size.
    max_bytes
        The most bytes that a section may take.
    """
    import tifffile

    stamp = _stamp(request.file)
    with request.file.open("rb") as stream, tifffile.TiffFile(stream) as tiff:
        page, index, stack, colors = checked_page(request, tiff)
        if stack is not None or not is_decoded_by_strips(page):
            return None
        # One value, for the type of all.
        probe = laid_out(page, np.zeros((1,) * page.ndim, page.dtype))
        marked = missing_in(request, page, probe, colors)
        dtype = scaled(request.file, Stored(probe, colors, marked)).dtype
        orientation = int(page.tags.valueof(ORIENTATION, 1))
        height, width = page.imagelength, page.imagewidth
        plane = (width, height) if orientation in (5, 6, 7, 8) else (height, width)
        return TiffSections(request, colors, index, plane, dtype, orientation, max_bytes, stamp)


def _flipped(kept: slice, size: int) -> slice:
    return slice(size - kept.stop, size - kept.start)


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError as error:
        raise ReadError(f"The file {str(file)!r} cannot be reached any more ({error}).") from error
    return found.st_size, found.st_mtime_ns


def _stored(page: Any, rows: slice, columns: slice) -> np.ndarray:
    """A section as it is stored, over the axes of the page."""
    y, x = page.axes.index("Y"), page.axes.index("X")
    box = [slice(0, size) for size in page.shape]
    box[y], box[x] = rows, columns
    out = np.empty([each.stop - each.start for each in box], page.dtype)
    tables = page.jpegtables
    for number, corner in _parts(page, box):
        stream = page.parent.filehandle
        stream.seek(page.dataoffsets[number])
        data = stream.read(page.databytecounts[number])
        part, _, _ = page.decode(data, number, **({"jpegtables": tables} if tables else {}))
        # It comes as (depth, y, x, sample), of one plane where colors are stored apart.
        part = _on_axes_of(page, part[0])
        there = [
            slice(max(each.start - at, 0), min(each.stop - at, size))
            for each, at, size in zip(box, corner, part.shape, strict=True)
        ]
        here = tuple(
            slice(max(at - each.start, 0), max(at - each.start, 0) + own.stop - own.start)
            for each, at, own in zip(box, corner, there, strict=True)
        )
        out[here] = part[tuple(there)]
    return out


def _on_axes_of(page: Any, part: np.ndarray) -> np.ndarray:
    """A strip or tile (y, x, sample) over the axes of its page."""
    if page.axes == "YXS":
        return part
    return part[np.newaxis, ..., 0] if page.axes == "SYX" else part[..., 0]


def _parts(page: Any, box: Sequence[slice]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Numbers and first corners of the strips or tiles that a box meets."""
    # Where colors are stored apart, each is a plane with strips or tiles of its own.
    sizes = (1,) * (page.ndim - len(page.chunks)) + tuple(page.chunks)
    met = [
        range(each.start // size, -(-each.stop // size))
        for each, size in zip(box, sizes, strict=True)
    ]
    for place in itertools.product(*met):
        number = int(np.ravel_multi_index(place, page.chunked))
        yield number, tuple(k * size for k, size in zip(place, sizes, strict=True))
