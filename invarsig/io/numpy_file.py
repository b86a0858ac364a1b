"""An array in a file of NumPy, read or mapped; Python objects are refused before any is made."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from invarsig.errors import ReadError

__all__ = ["load_npy"]


def load_npy(file: Path, mapped: Literal["r"] | None = None) -> np.ndarray:
    """Load an ``.npy`` file.

    Parameters
    ----------
    file
        The file.
    mapped
        "r" to map it, so that only what is used is read; None to read it.

    Raises
    ------
    ReadError
        If it cannot be read, or holds Python objects.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/a.npy", np.zeros((2, 3)))
    ...     load_npy(Path(folder, "a.npy")).shape
    (2, 3)
    """
    try:
        found: np.ndarray = np.load(file, mmap_mode=mapped, allow_pickle=False)
    except (OSError, ValueError, EOFError, MemoryError) as error:
        if _holds_objects(file):
            raise ReadError(
                f"{str(file)!r} holds Python objects, which are not loaded, as loading them can "
                "run any code; save it again as an array of numbers."
            ) from error
        raise ReadError(f"{str(file)!r} cannot be read ({error}); save it again.") from error
    return found


def _holds_objects(file: Path) -> bool:
    """Whether its header, which alone is read, names Python objects."""
    from numpy.lib import format as npy

    try:
        with file.open("rb") as stream:
            first = npy.read_magic(stream) == (1, 0)
            read = npy.read_array_header_1_0 if first else npy.read_array_header_2_0
            _, _, dtype = read(stream)
    except (OSError, ValueError, EOFError):
        return False
    return bool(dtype.hasobject)
