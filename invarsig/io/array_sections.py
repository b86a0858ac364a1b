"""Grids of which a section is read when it is used: arrays of NumPy, and variables of a store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from invarsig.errors import ReadError
from invarsig.io.by_section import Source
from invarsig.io.numpy_file import load_npy

__all__ = ["SavedByNumpy", "StoredVariable"]


class SavedByNumpy(Source):
    """An ``.npy`` file.

    It is mapped for each section anew: pages of a file that stays mapped count as memory of the
    process, and those of a long one would fill it.

    Parameters
    ----------
    file
        The file.

    Raises
    ------
    ReadError
        If it cannot be read, or holds Python objects.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        mapped = self._mapped()
        self.shape, self.dtype = mapped.shape, mapped.dtype

    def read(self, box: tuple[slice, ...]) -> np.ndarray:
        """Samples of a box."""
        mapped = self._mapped()
        if (mapped.shape, mapped.dtype) != (self.shape, self.dtype):
            raise _changed(self._file)
        return np.array(mapped[box])

    def identity(self) -> tuple[Any, ...]:
        """The file as it was last written."""
        return _identity(self._file)

    def _mapped(self) -> np.ndarray:
        return load_npy(self._file, "r")


class StoredVariable(Source):
    """A variable of a NetCDF file or a Zarr store, as xarray decodes it.

    The file is opened for each section and closed again: as above, and no file stays open.

    Parameters
    ----------
    file, engine, options, variable
        What `xarray.open_dataset` is given, and the name of the variable.
    shape, dtype
        Of the variable.
    format_name
        Name of the format, for a message.
    """

    def __init__(
        self,
        file: Path,
        engine: str,
        options: Mapping[str, Any],
        variable: str,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        format_name: str,
    ) -> None:
        self._file, self._engine, self._options = file, engine, dict(options)
        self._variable, self._format = variable, format_name
        self.shape, self.dtype = shape, dtype

    def read(self, box: tuple[slice, ...]) -> np.ndarray:
        """Samples of a box."""
        try:
            with xr.open_dataset(
                self._file, engine=self._engine, cache=False, **self._options
            ) as dataset:
                found = dataset.variables[self._variable]
                same = (found.shape, found.dtype) == (self.shape, self.dtype)
                values = np.array(found[box].to_numpy()) if same else None
        except Exception as error:  # whatever a decoder raises for a damaged file
            raise ReadError(
                f"{str(self._file)!r} cannot be read as {self._format} ({error})."
            ) from error
        if values is None:
            raise _changed(self._file)
        return values

    def identity(self) -> tuple[Any, ...]:
        """The file as it was last written, and the variable."""
        return (*_identity(self._file), self._variable)


def _identity(file: Path) -> tuple[Any, ...]:
    found = file.stat()
    return str(file.resolve()), found.st_size, found.st_mtime_ns


def _changed(file: Path) -> ReadError:
    return ReadError(f"{str(file)!r} has changed since it was opened; open it again.")
