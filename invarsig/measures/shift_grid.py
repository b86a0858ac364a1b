"""A grid of whole shifts, and a picture at each of them: rolled, or cut out of a larger one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import require_dims
from invarsig.errors import AxisError, DimError

__all__ = ["Crop", "ShiftGrid"]

Crop = Literal["circular", "crop"]
"""What enters at one end of a moved picture: what leaves at the other, or what lies beside it."""

# Pictures that an operator is given at once: more take memory and save little time.
_BATCH = 16

_BOTH = ("y", "x")


@dataclass(frozen=True)
class ShiftGrid:
    """All shifts by whole samples up to some distance along each of several dims.

    Parameters
    ----------
    most
        For each dim the largest shift to either side, in samples.
    crop
        Whether the picture is rolled, or a window is cut out of a larger picture.
    size
        For each dim the size of the window, around the middle; without one the largest there is.
    """

    most: Mapping[str, int]
    crop: Crop
    size: Mapping[str, int]

    @classmethod
    def of(
        cls,
        shifts: int | Mapping[str, int],
        crop: Crop,
        size: int | Mapping[str, int] | None,
    ) -> ShiftGrid:
        """The grid that the arguments ask for; plain numbers are for y and x alike."""
        parameters.one_of("crop", crop, Crop)
        most = shifts if isinstance(shifts, Mapping) else dict.fromkeys(_BOTH, shifts)
        for dim, each in most.items():
            parameters.count(each, f"The largest shift along {dim!r}", " samples")
        parameters.dims_once(tuple(most), "Pictures are moved along")
        window: Mapping[str, int] = {}
        if size is not None:
            window = size if isinstance(size, Mapping) else dict.fromkeys(most, size)
        for dim, each in window.items():
            parameters.count(each, f"The size along {dim!r}", " samples")
            if dim not in most:
                raise DimError(
                    f"size names {dim!r}, and pictures are moved along "
                    f"{', '.join(map(repr, most))}."
                )
        return cls(dict(most), crop, dict(window))

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that pictures are moved along."""
        return tuple(self.most)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of shifts along each dim."""
        return tuple(2 * most + 1 for most in self.most.values())

    @property
    def middle(self) -> tuple[int, ...]:
        """Where in the grid the picture is not moved."""
        return tuple(self.most.values())

    def shifts(self, dim: str) -> np.ndarray:
        """Shifts along a dim, in samples."""
        return np.arange(-self.most[dim], self.most[dim] + 1)

    def moved(self, x: xr.DataArray, name: str, batch: str) -> Iterator[xr.DataArray]:
        """A picture at all places, row by row, a few at once along a new first dim.

        What a window shows at +d is what is cut out d samples earlier: its content moves by +d.

        Raises
        ------
        DimError
            If the picture lacks a dim that it is to be moved along.
        AxisError
            If the picture is smaller than the windows that are to be cut out of it.
        """
        require_dims(x, self.dims, f"The picture {name!r}")
        room = {dim: self._room(x.sizes[dim], dim, name) for dim in self.dims}
        still = x.isel({dim: self._window(*room[dim], 0) for dim in self.dims})
        places = list(product(*map(self.shifts, self.dims)))
        for start in range(0, len(places), _BATCH):
            several = (
                dict(zip(self.dims, each, strict=True)) for each in places[start : start + _BATCH]
            )
            values = np.stack([self._at(x, still, shift, room) for shift in several])
            yield xr.DataArray(values, still.coords, (batch, *still.dims), attrs=still.attrs)

    def _at(
        self,
        x: xr.DataArray,
        still: xr.DataArray,
        shift: Mapping[str, int],
        room: Mapping[str, tuple[int, int]],
    ) -> np.ndarray:
        if self.crop == "circular":
            axes = [still.get_axis_num(dim) for dim in shift]
            return np.roll(still.to_numpy(), list(shift.values()), axes)
        places = {dim: self._window(*room[dim], each) for dim, each in shift.items()}
        return np.asarray(x.isel(places).to_numpy())

    def _room(self, there: int, dim: str, name: str) -> tuple[int, int]:
        """Size of the window, and where it stands when nothing is moved."""
        most = self.most[dim]
        around = 2 * most if self.crop == "crop" else 0
        window = self.size.get(dim, there - around)
        if window < 1 or there < window + around:
            moved = f", moved by up to {most} to either side," if around else ""
            raise AxisError(
                f"The picture {name!r} has {there} samples along {dim!r}, and a window of "
                f"{max(window, 1)}{moved} needs {max(window, 1) + around}; give a larger picture, "
                f"{'a smaller size= or smaller shifts=' if around else 'or a smaller size='}."
            )
        if not around and window <= 2 * most:
            raise AxisError(
                f"The picture {name!r} is {window} samples wide along {dim!r}, and rolled by "
                f"{most} to either side it comes to the same place twice; give smaller shifts=."
            )
        return window, (there - window) // 2

    def _window(self, size: int, start: int, shift: int) -> slice:
        return slice(start - shift, start - shift + size)
