"""Several labeled arrays on one grid to one: what the branches of a graph meet in."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, ClassVar, Self

import numpy as np
import xarray as xr

from invarsig.axes import Axes, Axis, plain, promoted
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.operators.units import attrs_in_common, raised_unit, with_unit

__all__ = ["Add", "Concatenate", "Join", "Multiply"]

# Relative difference of steps and positions, in samples, below which grids are the same.
_SAME = 1e-6


class Join(abc.ABC):
    """A map from several labeled arrays to one, place by place.

    An input may lack a dim that another one has: it is the same at all places there.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([1.0, 2.0], "x")
    >>> iv.Add()([x, x]).values.tolist(), isinstance(iv.Add(), iv.Join)
    ([2.0, 4.0], True)
    """

    linear: ClassVar[bool]
    """Whether it is linear in all inputs at once."""

    @abc.abstractmethod
    def after(self, inputs: Sequence[Axes]) -> Axes:
        """Say which axes come out.

        Raises
        ------
        AxisError
            If the inputs do not meet on one grid.
        """

    def reaches(self, inputs: Sequence[Axes]) -> dict[str, tuple[float, float]]:
        """How far a result depends on its inputs to either side; nowhere by default."""
        return {}

    def work(self, after: Axes) -> float:
        """Count the multiplications, given the axes of the result; none by default."""
        return 0.0

    @abc.abstractmethod
    def __call__(self, values: Sequence[xr.DataArray]) -> xr.DataArray:
        """Join the values."""

    def bare(
        self,
        inputs: Sequence[xr.DataArray],
        y: xr.DataArray,
    ) -> Callable[[Sequence[np.ndarray]], np.ndarray] | None:
        """As `Operator.bare`."""
        return None

    def rename(self, names: Mapping[str, str]) -> Self:
        """The same over renamed dims."""
        return self

    def __str__(self) -> str:
        """Its name."""
        return type(self).__name__


class _PlaceByPlace(Join):
    """A join that keeps the grid."""

    def after(self, inputs: Sequence[Axes]) -> Axes:
        """The axes of all, which have to agree where they are shared."""
        return met(inputs, str(self))

    def __call__(self, values: Sequence[xr.DataArray]) -> xr.DataArray:
        """Join, on the dims of the first input and then those that only others have."""
        first, *others = values
        self.after([Axes.of(value) for value in values])
        widest = max(values, key=lambda value: len(value.dims))
        dims = tuple(
            dict.fromkeys(str(d) for value in (first, widest, *others) for d in value.dims)
        )
        made = xr.Variable(dims, self._joined([_spread(value, dims) for value in values]))
        coords = {name: c for value in reversed(values) for name, c in value.coords.items()}
        return xr.DataArray(made, coords, dims, first.name, self._attrs(values))

    def _attrs(self, values: Sequence[xr.DataArray]) -> dict[Any, Any]:
        """Attributes of the result."""
        return attrs_in_common(values)

    @abc.abstractmethod
    def _joined(self, values: Sequence[np.ndarray]) -> np.ndarray:
        """Join plain arrays that broadcast."""


@dataclass(frozen=True)
class Add(_PlaceByPlace):
    """The sum of several results: ``y = x_1 + x_2 + ...``.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([1.0, -2.0], "x")
    >>> iv.Add()([x, x, x]).values.tolist()
    [3.0, -6.0]
    """

    linear: ClassVar[bool] = True

    def _joined(self, values: Sequence[np.ndarray]) -> np.ndarray:
        return reduce(np.add, values)


@dataclass(frozen=True)
class Multiply(_PlaceByPlace):
    """The product of several results, as in a gate: ``y = x_1 x_2 ...``.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([1.0, -2.0], "x")
    >>> iv.Multiply()([x, x]).values.tolist()
    [1.0, 4.0]
    """

    linear: ClassVar[bool] = False

    def _joined(self, values: Sequence[np.ndarray]) -> np.ndarray:
        return reduce(np.multiply, values)

    def _attrs(self, values: Sequence[xr.DataArray]) -> dict[Any, Any]:
        """The unit of the one that has any, or of equal ones, raised."""
        first = values[0].attrs
        units = [str(value.attrs["units"]) for value in values if "units" in value.attrs]
        plain = with_unit(first, None)
        if not units or len(set(units)) > 1:
            return plain
        unit = raised_unit(units[0], len(units))
        return plain if unit is None else {**plain, "units": unit}


@dataclass(frozen=True)
class Concatenate(Join):
    """Several results one after the other along a dim, such as the channels of a network.

    Parameters
    ----------
    dim
        The dim. Its coordinate is left out, since the parts may have equal labels.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([[1.0, -2.0]], "channel", "x")
    >>> iv.Concatenate("channel")([x, x]).sizes["channel"]
    2
    """

    dim: str
    linear: ClassVar[bool] = True

    def rename(self, names: Mapping[str, str]) -> Self:
        """The same along a renamed dim."""
        return replace(self, dim=names.get(self.dim, self.dim))

    def after(self, inputs: Sequence[Axes]) -> Axes:
        """The axes of the first, with the sizes along the dim added up."""
        for axes in inputs:
            if self.dim not in axes:
                raise DimError(f"{self} joins along {self.dim!r}, which an input lacks.")
        rest = [axes.replaced([self.dim], ()) for axes in inputs]
        whole = met(rest, str(self))
        size = sum(axes.counted(self.dim).size for axes in inputs)
        return whole.replaced((), [Axis(self.dim, size=size)])

    def __call__(self, values: Sequence[xr.DataArray]) -> xr.DataArray:
        """Put the parts one after the other."""
        self.after([Axes.of(value) for value in values])
        first = values[0]
        parts = [plain(value, first.dims) for value in values]
        joined = np.concatenate(parts, axis=first.dims.index(self.dim))
        made = xr.Variable(first.dims, joined)
        coords = {n: c for n, c in first.coords.items() if self.dim not in c.dims}
        return xr.DataArray(made, coords, first.dims, first.name, attrs_in_common(values))


def met(inputs: Sequence[Axes], what: str) -> Axes:
    """The axes of all inputs; an error names the two that do not meet.

    Raises
    ------
    AxisError
        If two inputs have one dim on different grids.
    """
    if len(inputs) < 2:
        raise ParameterError(f"{what} needs at least two inputs.")
    found: dict[str, Axis] = {}
    for axes in inputs:
        for dim in axes:
            other = axes.read_or_counted(dim)
            one = found.setdefault(dim, other)
            if not _alike(one, other):
                raise AxisError(
                    f"The inputs of {what} do not meet along {dim!r}: one has {one.size} samples "
                    f"every {one.step:.6g} from {one.start:.6g}, another {other.size} every "
                    f"{other.step:.6g} from {other.start:.6g}."
                )
    return inputs[0].replaced(list(inputs[0]), list(found.values()))


def _alike(one: Axis, other: Axis) -> bool:
    if one.size != other.size:
        return False
    if abs(other.step / one.step - 1) > _SAME:
        return False
    return abs(other.offset(one) / one.step) <= 0.5


def _spread(value: xr.DataArray, dims: Sequence[str]) -> Any:
    """Values with an axis for each dim, of size 1 where it is lacking."""
    own = [dim for dim in dims if dim in value.dims]
    there = tuple(slice(None) if dim in own else np.newaxis for dim in dims)
    return promoted(plain(value, own))[there]
