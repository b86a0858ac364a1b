"""The axes of an array, each read when it is requested."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import xarray as xr

from invarsig.axes.axis import Axis
from invarsig.axes.read import axis_of, counted, missing_dim
from invarsig.errors import AxisError, DimError

__all__ = ["Axes"]


class Axes(Mapping[str, Axis]):
    """The axes of an array, each read when it is requested.

    Requesting a dim that does not exist raises a `DimError` that names the existing dims; a dim
    whose coordinate is unfit raises only if an operator needs it.

    Parameters
    ----------
    axes
        For each dim its axis, or a function from the name to it, called when it is requested.
    sizes
        For each dim the number of samples, where it is known without reading the axis.
    who
        Who requests them, for messages.

    Examples
    --------
    >>> import invarsig as iv
    >>> axes = Axes.of(iv.label([0.0, 0.0], iv.Axis("time", step=0.5, unit="s")))
    >>> axes["time"].step, "x" in axes
    (0.5, False)
    """

    def __init__(
        self,
        axes: Mapping[str, Axis | Callable[[str], Axis]],
        sizes: Mapping[str, int] | None = None,
        who: str = "The operator",
    ) -> None:
        self._axes = dict(axes)
        self._sizes = dict(sizes or {})
        self._who = who
        self._more_asked = False

    @classmethod
    def of(cls, x: xr.DataArray, who: str = "The operator") -> Axes:
        """Axes of `x`, unread; `who` requests them."""
        sizes = dict(zip(map(str, x.dims), x.shape, strict=True))
        return cls(dict.fromkeys(sizes, partial(axis_of, x)), sizes, who)

    def counted(self, dim: str) -> Axis:
        """Count the samples along a dim without reading its coordinate.

        For dims that an operator is joint over regardless of where samples stand.
        """
        if dim in self._axes and dim in self._sizes:
            return counted(dim, self._sizes[dim])
        return counted(dim, self[dim].size)

    def read_or_counted(self, dim: str) -> Axis:
        """Read the axis along a dim; count its samples where the coordinate holds no positions.

        For dims that an operator is joint over and keeps: channels may have names.
        """
        return self[dim] if self.placed(dim) else self.counted(dim)

    def placed(self, dim: str) -> bool:
        """Whether the coordinate of a dim holds positions: whether there is an axis to read."""
        try:
            return bool(self[dim].size)
        except AxisError:
            self._more_asked = True
            return False

    def all_that_was_read(self) -> dict[str, Axis] | None:
        """Axes that were read so far; None where something else was asked beyond dims and sizes."""
        read = {dim: axis for dim, axis in self._axes.items() if isinstance(axis, Axis)}
        return None if self._more_asked else read

    def __getitem__(self, dim: str) -> Axis:
        """Read the axis along `dim`."""
        if dim not in self._axes:
            raise DimError(missing_dim([dim], list(self._axes), self._who))
        axis = self._axes[dim]
        if not isinstance(axis, Axis):
            axis = self._axes[dim] = axis(dim)
        return axis

    def __contains__(self, dim: object) -> bool:
        """Whether the dim exists; its coordinate is not read."""
        return dim in self._axes

    def __iter__(self) -> Iterator[str]:
        """Names of the dims."""
        return iter(self._axes)

    def __len__(self) -> int:
        """Count the dims."""
        return len(self._axes)

    def replaced(self, drop: Sequence[str], axes: Sequence[Axis]) -> Axes:
        """Remove the dims `drop` and add `axes`."""
        self._more_asked = True
        kept = {dim: axis for dim, axis in self._axes.items() if dim not in drop}
        sizes = {dim: size for dim, size in self._sizes.items() if dim not in drop}
        made = {axis.dim: axis for axis in axes}
        return Axes({**kept, **made}, {**sizes, **{dim: axis.size for dim, axis in made.items()}})
