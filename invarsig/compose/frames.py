"""Frames of reference: how far each input is from its canonical position.

A frame finds one translation for each batch item: the displacement of the item from its place in
the frame. Moved back by it, an input is in its canonical position.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis, Parametrized, Parts, on_axes, require_dims
from invarsig.errors import DtypeError, ParameterError
from invarsig.kernels.levels import exponent_of, scaled
from invarsig.operators.fields import dims_field, renamed_field, shown_field

__all__ = ["CenterOfMass", "Frame"]


class Frame(Parametrized, abc.ABC):
    """A way to locate an input: one translation for each item of a batch.

    Examples
    --------
    A frame of your own says how far each item is from where it belongs:

    >>> import invarsig as iv
    >>> x = iv.label([0.0, 0.0, 1.0, 0.0], iv.Axis("x", period=4.0))
    >>> frame = iv.CenterOfMass("x")
    >>> isinstance(frame, iv.Frame), frame.dims
    (True, ('x',))
    """

    @property
    @abc.abstractmethod
    def dims(self) -> tuple[str, ...]:
        """Dims along which inputs are registered."""

    @property
    @abc.abstractmethod
    def jointly(self) -> tuple[str, ...]:
        """Dims that are moved as one, such as channels; all others are batch."""

    @abc.abstractmethod
    def check(self, axes: Axes) -> None:
        """Raise if the frame does not fit these axes."""

    @abc.abstractmethod
    def _found(self, values: np.ndarray, axes: Sequence[Axis]) -> np.ndarray:
        """Displacements of items ``(item, *jointly, *dims)`` in samples: ``(item, dim)``."""

    def offset(self, x: xr.DataArray) -> dict[str, xr.DataArray]:
        """Say how far each item is from its place in the frame.

        Parameters
        ----------
        x
            Labeled array with the dims of the frame.

        Returns
        -------
        dict
            For each dim a length in the unit of its axis (octaves on a log2 axis), over the batch
            dims; NaN for items that hold NaN.
        """
        require_dims(x, (*self.dims, *self.jointly), type(self).__name__)
        all_axes = Axes.of(x)
        self.check(all_axes)
        axes = [all_axes[dim] for dim in self.dims]
        batch = [dim for dim in x.dims if dim not in (*self.dims, *self.jointly)]
        joint = [all_axes.counted(dim) for dim in self.jointly]
        if x.dtype.kind == "c":
            raise DtypeError(
                f"{type(self).__name__} registers real signals, and this one is complex; take its "
                "modulus first."
            )
        every = xr.DataArray(x.variable.astype(np.float64))  # by position, whatever the labels
        found = on_axes(
            lambda values: self._displaced(values, axes, len(joint)),
            every,
            [*joint, *(all_axes.counted(dim) for dim in self.dims)],
            [Axis("_moved", size=len(axes))],
            parts=Parts(type(self).__name__),
        )
        own = found.transpose("_moved", *batch).variable
        return {
            axis.dim: xr.DataArray(own.isel(_moved=k) * axis.step) for k, axis in enumerate(axes)
        }

    def _displaced(self, values: np.ndarray, axes: Sequence[Axis], joint: int) -> np.ndarray:
        """Displacements of items ``(*batch, *jointly, *dims)`` in samples: ``(*batch, dim)``."""
        batch = values.ndim - joint - len(axes)
        items = values.reshape(-1, *values.shape[batch:]).copy()
        finite = np.isfinite(items.reshape(len(items), -1)).all(axis=1)
        items[~finite] = 0.0
        # Where an item is does not depend on its level.
        items = scaled(items, -exponent_of(items, tuple(range(1, items.ndim))))
        found = self._found(items, axes)
        found[~finite] = np.nan
        return found.reshape(*values.shape[:batch], len(axes))

    def renamed(self, names: Mapping[str, str]) -> Self:
        """Give the same frame over renamed dims."""
        own = {
            each.name: renamed_field(getattr(self, each.name), each.metadata, names)
            for each in fields(self)  # type: ignore[arg-type]
            if each.metadata
        }
        return replace(self, **own)  # type: ignore[type-var]

    def rescaled(self, factors: Mapping[str, float]) -> Self:
        """Give itself: a frame counts in samples."""
        return self

    def __str__(self) -> str:
        """Show the frame with the parameters that differ from their defaults."""
        shown = [shown_field(f, getattr(self, f.name)) for f in fields(self)]  # type: ignore[arg-type]
        return f"{type(self).__name__}({', '.join(part for part in shown if part)})"


def dims_named(given: Any, what: str) -> tuple[str, ...]:
    """Dims given as one name or several, each once."""
    names = (given,) if isinstance(given, str) else tuple(given)
    if len(set(names)) < len(names) or not all(isinstance(name, str) for name in names):
        raise ParameterError(f"{what} is {given!r}; give names of dims, each once.")
    return names


@dataclass(frozen=True)
class CenterOfMass(Frame):
    """The center of mass comes to the middle sample: ``c = sum_n n |x[n]|^p / sum_n |x[n]|^p``.

    On a periodic axis of N samples, where a sum of places means nothing, it is the phase of the
    first harmonic: ``c = (N / 2 π) arg sum_n |x[n]|^p exp(2 π i n / N)``. It moves with the signal
    by whole samples exactly; by fractions exactly, too, where the first harmonic of the masses
    does: p = 1 and a signal that stays positive, or p = 2 and a signal without its highest
    frequency. A signal without a first harmonic has no center: it is found anywhere.

    Parameters
    ----------
    over
        Dims to register along.
    joint
        Dims that are moved as one, such as channels.
    power
        The exponent p, above 0; 2 takes the energy for the mass.
    whole
        Whether centers are rounded to whole samples, so that registered inputs are not
        interpolated. Between two samples the result jumps.

    Raises
    ------
    ParameterError
        If no dim is named, one is named twice, or the power is not above 0.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([0.0, 0.0, 0.0, 1.0, 2.0, 1.0], iv.Axis("x", step=0.5, unit="px"))
    >>> frame = CenterOfMass("x")
    >>> round(float(frame.offset(x)["x"]), 12)
    0.5

    References
    ----------
    Bai & Breen (2008), Calculating center of mass in an unbounded 2D environment, Journal of
    Graphics Tools 13, on periodic axes.
    """

    over: str | tuple[str, ...] = dims_field()
    joint: str | tuple[str, ...] = dims_field(default=())
    power: float = 1.0
    whole: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "over", self.dims)
        object.__setattr__(self, "joint", self.jointly)
        check_apart(self.dims, self.jointly)
        object.__setattr__(self, "power", parameters.positives(self.power, "power")[0])

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims along which inputs are registered."""
        return dims_named(self.over, "over")

    @property
    def jointly(self) -> tuple[str, ...]:
        """Dims that are moved as one."""
        return dims_named(self.joint, "joint")

    def check(self, axes: Axes) -> None:
        """Require the dims."""
        for dim in self.dims:
            _ = axes[dim]

    def _found(self, values: np.ndarray, axes: Sequence[Axis]) -> np.ndarray:
        mass = np.abs(values) ** self.power
        found = []
        for place, axis in enumerate(axes, start=mass.ndim - len(axes)):
            others = tuple(k for k in range(1, mass.ndim) if k != place)
            center = _center(mass.sum(axis=others), axis)
            found.append(np.round(center) if self.whole else center)
        return np.stack(found, axis=-1)


def _center(mass: np.ndarray, axis: Axis) -> np.ndarray:
    """Centers of lines of masses, in samples from the middle one."""
    n = np.arange(axis.size) - axis.size // 2
    if axis.periodic:
        first = mass @ np.exp(2j * np.pi * n / axis.size)
        return np.asarray(np.angle(first) * axis.size / (2 * np.pi))
    whole = mass.sum(axis=-1)
    return np.asarray((mass @ n) / np.where(whole > 0, whole, 1.0))


def check_apart(over: tuple[str, ...], joint: tuple[str, ...]) -> None:
    """Raise unless there are dims to register along, none of which is joint."""
    if not over:
        raise ParameterError("A frame needs at least one dim to register along.")
    twice = [dim for dim in over if dim in joint]
    if twice:
        raise ParameterError(
            f"The frame registers along {twice[0]!r} and is joint over it; choose."
        )
