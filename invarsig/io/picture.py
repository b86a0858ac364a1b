"""What is asked of a picture's file, what comes out of it, and how much memory that may take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from invarsig.errors import ParameterError, ReadError

__all__ = ["ORIENTATION", "Request", "Stored", "scaled", "upright"]

ORIENTATION = 274  # the tag of EXIF and of TIFF


@dataclass(frozen=True)
class Stored:
    """A picture's values as its file holds them.

    Parameters
    ----------
    values
        (y, x), or (color, y, x).
    colors
        Names of the channels; empty for a gray picture.
    missing
        Where the file marks values as none, True; None where it marks nothing.
    """

    values: np.ndarray
    colors: tuple[str, ...] = ()
    missing: np.ndarray | None = None


@dataclass(frozen=True)
class Request:
    """One picture of one file.

    Parameters
    ----------
    file
        The file.
    page
        Which of its pictures, from 0; None where it was not said.
    max_bytes
        Most memory, in bytes, that the picture may take.
    """

    file: Path
    page: int | None
    max_bytes: int

    def chosen(self, count: int) -> int:
        """Which of `count` pictures is read; several of them need a choice."""
        if self.page is None and count > 1:
            raise ReadError(
                f"The file {str(self.file)!r} holds {count} pictures; choose one with page=0 to "
                f"{count - 1}."
            )
        if self.page is not None and self.page >= count:
            raise ParameterError(
                f"There is no page={self.page} in {str(self.file)!r}; it holds {count}, from 0."
            )
        return self.page or 0

    def check_size(self, shape: tuple[int, ...], stored_bytes: int, *, densest: int) -> None:
        """Refuse what the file cannot hold, and what takes more memory than is allowed.

        Parameters
        ----------
        shape
            Shape that the header states.
        stored_bytes
            Bytes that the picture takes before it is compressed.
        densest
            How many of them one byte of the file can stand for, at most.
        """
        held = self.file.stat().st_size
        if stored_bytes > densest * held:
            raise ReadError(
                f"The file {str(self.file)!r} says that its picture is {_shown(shape)}, which its "
                f"{held:,} bytes cannot hold: it is cut off or damaged. Fetch or export it again."
            )
        needed = 8 * math.prod(shape)
        if needed > self.max_bytes:
            raise ReadError(
                f"The picture {str(self.file)!r} is {_shown(shape)}, which takes {needed:,} "
                f"bytes of memory; the limit is {self.max_bytes:,}. Raise it, max_bytes={needed}, "
                "or crop the picture first."
            )


def _shown(shape: tuple[int, ...]) -> str:
    return " by ".join(map(str, shape))


def upright(values: np.ndarray, orientation: int) -> np.ndarray:
    """Turn a picture upright, as the orientation of EXIF and TIFF (1 to 8) says.

    Examples
    --------
    >>> upright(np.array([[1, 2]]), 6).tolist()
    [[1], [2]]
    """
    turned = np.swapaxes(values, -1, -2) if orientation in (5, 6, 7, 8) else values
    if orientation in (3, 4, 7, 8):
        turned = turned[..., ::-1, :]
    if orientation in (2, 3, 6, 7):
        turned = turned[..., ::-1]
    return turned


def scaled(file: Path, stored: Stored) -> np.ndarray:
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
