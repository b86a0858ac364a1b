"""Quarter turns and flips: their action on kernels, and their labeled axes.

An element ``g = R_θ M^m`` first mirrors (m = 1) and then turns by θ. The mirror image M takes the
first dim of the plane to its negative, so it takes the angle φ to -φ. Turns run from the last dim
of the plane toward the first, in samples, as the orientations of all banks do. θ stands on a
periodic axis "orientation" in radians, m on a periodic axis "reflection" of two samples, 0 and 1.

A turn by α moves a function on the group by α along "orientation". A flip along the first dim of
the plane takes θ to -θ, one along the last dim takes it to π - θ, and both move by 1 along
"reflection": they swap the two.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axis, promoted
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.operators.banks.bank import filter_dims
from invarsig.operators.base import ArrayOperator, Operator
from invarsig.operators.fields import dims_field, mapping_field
from invarsig.operators.strides import other_strides
from invarsig.operators.windows import (
    BoundaryChoice,
    check_boundary,
    linear_but_for_the_border,
)

__all__ = ["Group", "GroupKernels", "moved_kernels", "quarter_turns"]

Group = Literal["p4", "p4m"]
"""Translations with quarter turns; with quarter turns and flips."""


@dataclass(frozen=True, eq=False)
class GroupKernels(ArrayOperator):
    """A convolution with kernels that are rotated and mirrored in a plane."""

    kernels: xr.DataArray = mapping_field()
    _: KW_ONLY
    group: Group = "p4"
    plane: tuple[str, str] = dims_field(default=("y", "x"))
    over: str | tuple[str, ...] = dims_field(default=())
    stride: Mapping[str, int] = mapping_field(default_factory=dict)
    boundary: BoundaryChoice = mapping_field(default=None)
    orientation: str = dims_field(default="orientation")
    reflection: str = dims_field(default="reflection")

    linear: ClassVar[bool] = linear_but_for_the_border()

    @property
    @abc.abstractmethod
    def _spanned(self) -> tuple[str, ...]:
        """Dims that the kernels must have, besides those that are summed over."""

    def __post_init__(self) -> None:
        name = type(self).__name__
        if not isinstance(self.kernels, xr.DataArray):
            raise ParameterError(
                "kernels must be an xarray.DataArray over the dims that it spans, such as "
                "xr.DataArray([[1, 2], [3, 4]], dims=('y', 'x'))."
            )
        parameters.one_of("group", self.group, Group)
        object.__setattr__(self, "plane", filter_dims(self.plane, f"The plane of {name}", 2))
        object.__setattr__(self, "over", self._over)
        missing = [dim for dim in (*self._spanned, *self._over) if dim not in self.kernels.dims]
        if missing:
            raise DimError(
                f"The kernels of {name} have no dim {missing[0]!r}; they span "
                f"{', '.join(map(repr, self.kernels.dims))}."
            )
        self._check_sizes()
        object.__setattr__(self, "stride", parameters.counts("stride", self.stride))
        check_boundary(self.boundary)

    def _check_sizes(self) -> None:
        sizes = self.kernels.sizes
        if self.kernels.size == 0:
            raise ParameterError(f"The kernels are empty: sizes {dict(sizes)}.")
        first, last = (sizes[dim] for dim in self.plane)
        if (first - last) % 2:
            raise ParameterError(
                f"Kernels of {first} x {last} taps over {self.plane!r} are {last} x {first} after "
                "a quarter turn, half a sample off; give both dims an odd number of taps, or both "
                "an even one."
            )
        for dim, size in zip(self._elements, (4, 2), strict=False):
            if dim in self._spanned and sizes[dim] != size:
                raise ParameterError(
                    f"The kernels have {sizes[dim]} taps over {dim!r}; the group {self.group} has "
                    f"{size}."
                )

    @property
    def _over(self) -> tuple[str, ...]:
        return (self.over,) if isinstance(self.over, str) else tuple(self.over)

    @property
    def _elements(self) -> tuple[str, ...]:
        """Dims over which the elements of the group stand."""
        return (self.orientation, self.reflection)[: 1 if self.group == "p4" else 2]

    @property
    def _made(self) -> tuple[str, ...]:
        """Dims of the kernels that become channels."""
        taken = (*self._spanned, *self._over)
        return tuple(str(dim) for dim in self.kernels.dims if dim not in taken)

    def _squared(self) -> np.ndarray:
        """Taps ``(*channels, *over, *spanned)``, padded with zeros to a square."""
        taps = promoted(self.kernels.transpose(*self._made, *self._over, *self._spanned).to_numpy())
        whole = max(taps.shape[-2:])
        sides = [(0, 0)] * (taps.ndim - 2) + [((whole - n) // 2,) * 2 for n in taps.shape[-2:]]
        return np.pad(taps, sides)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same kernels with other strides."""
        changed = other_strides(self.stride, strides, self.plane)
        return None if changed is None else replace(self, stride=changed)


def moved_kernels(taps: np.ndarray, turns: int, mirrored: bool) -> np.ndarray:
    """Mirror kernels over their last two axes, and then rotate them by a number of quarter turns.

    Examples
    --------
    >>> moved_kernels(np.array([[1, 2], [3, 4]]), 1, False).tolist()
    [[3, 1], [4, 2]]
    """
    taps = np.flip(taps, axis=-2) if mirrored else taps
    # numpy.rot90 turns from the first dim to the last.
    return np.rot90(taps, -turns, axes=(-2, -1))


def quarter_turns(axis: Axis, turn: float) -> np.ndarray:
    """Read an axis of orientations as numbers of quarter turns, for a given length of a whole turn.

    Raises
    ------
    AxisError
        If it is not a whole turn in quarters.
    """
    turns = 4 * axis.positions() / turn
    whole = np.round(turns)
    closed = axis.period is not None and abs(axis.period - turn) <= 1e-6 * turn
    if axis.size != 4 or not (closed and axis.periodic) or np.abs(turns - whole).max() > 1e-6:
        period = "no period" if axis.period is None else f"a period of {axis.period:g} {axis.unit}"
        raise AxisError(
            f"The axis {axis.dim!r} has {axis.size} samples of {abs(axis.step):g} {axis.unit} and "
            f"{period}; a group convolution needs 4 quarters of a turn of {turn:g}, as a "
            "LiftingConvolution makes them."
        )
    return whole.astype(int) % 4
