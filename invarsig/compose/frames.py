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
from invarsig.axes import Axes, Axis, Parametrized, promoted, require_dims
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError
from invarsig.operators.fields import dims_field, mapping_field, renamed_field, shown_field

__all__ = ["CenterOfMass", "Frame", "PhaseCorrelation"]


class Frame(Parametrized, abc.ABC):
    """A way to locate an input: one translation for each item of a batch."""

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
        ordered = x.transpose(*batch, *self.jointly, *self.dims)
        values = promoted(ordered.to_numpy())
        if values.dtype.kind == "c":
            raise DtypeError(
                f"{type(self).__name__} registers real signals, and this one is complex; take its "
                "modulus first."
            )
        shape = values.shape[: len(batch)]
        items = values.reshape(-1, *values.shape[len(batch) :]).astype(np.float64)
        finite = np.isfinite(items.reshape(len(items), -1)).all(axis=1)
        items[~finite] = 0.0
        found = self._found(items, axes)
        found[~finite] = np.nan
        return {
            axis.dim: xr.DataArray(found[:, k].reshape(shape) * axis.step, dims=batch)
            for k, axis in enumerate(axes)
        }

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


def _names(given: Any, what: str) -> tuple[str, ...]:
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
        _check_apart(self.dims, self.jointly)
        object.__setattr__(self, "power", parameters.positives(self.power, "power")[0])

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims along which inputs are registered."""
        return _names(self.over, "over")

    @property
    def jointly(self) -> tuple[str, ...]:
        """Dims that are moved as one."""
        return _names(self.joint, "joint")

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


def _check_apart(over: tuple[str, ...], joint: tuple[str, ...]) -> None:
    if not over:
        raise ParameterError("A frame needs at least one dim to register along.")
    twice = [dim for dim in over if dim in joint]
    if twice:
        raise ParameterError(
            f"The frame registers along {twice[0]!r} and is joint over it; choose."
        )


@dataclass(frozen=True, eq=False)
class PhaseCorrelation(Frame):
    """The shift to a reference where the phases agree best: ``argmax_d F⁻¹[X R* / |X R*|](d)``.

    All frequencies have equal weight, so the peak is one sample wide for a shifted copy. Both are
    taken to be periodic: on a periodic axis the shift moves with the signal by whole samples
    exactly; on a finite axis, what enters and leaves disturbs it.

    Parameters
    ----------
    reference
        Labeled array over the dims to register along, and perhaps over those of `joint`. Its
        coordinates are not read; its sizes must be those of the input.
    joint
        Dims that are moved as one, such as channels: their cross spectra are added up.
    upsample
        Steps per sample in which the shift is searched for: 1 finds whole samples, u a multiple of
        1/u, by a matrix product around the whole one.
    normalized
        Whether the cross spectrum is normalized to its phase; without it this is a plain circular
        correlation.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([0.0, 1.0, 3.0, 0.0, 0.0], iv.Axis("x", step=0.5, unit="px", period=2.5))
    >>> frame = PhaseCorrelation(x)
    >>> float(frame.offset(iv.Translate(x=1.0)(x))["x"])
    1.0

    References
    ----------
    Kuglin & Hines (1975), The phase correlation image alignment method, Proceedings of the IEEE
    Conference on Cybernetics and Society; Guizar-Sicairos, Thurman & Fienup (2008),
    doi:10.1364/OL.33.000156, on fractions of a sample.
    """

    reference: xr.DataArray = mapping_field()
    joint: str | tuple[str, ...] = dims_field(default=())
    upsample: int = 1
    normalized: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.reference, xr.DataArray):
            raise ParameterError(
                "The reference must be an xarray.DataArray over the dims to register along."
            )
        if not np.isfinite(promoted(self.reference.to_numpy())).all():
            raise ParameterError("The reference holds NaN or infinity; give one without.")
        if self.reference.dtype.kind == "c":
            raise DtypeError("The reference is complex; phase correlation is of real signals.")
        object.__setattr__(self, "joint", self.jointly)
        _check_apart(self.dims, ())
        object.__setattr__(self, "upsample", parameters.count(self.upsample, "upsample"))

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the reference that are not joint."""
        return tuple(str(dim) for dim in self.reference.dims if dim not in self.jointly)

    @property
    def jointly(self) -> tuple[str, ...]:
        """Dims that are moved as one."""
        return _names(self.joint, "joint")

    def check(self, axes: Axes) -> None:
        """Compare sizes with the reference."""
        for dim in map(str, self.reference.dims):
            size = axes.counted(dim).size if dim in axes else None
            if size is None:
                there = ", ".join(map(repr, axes)) or "none"
                raise DimError(
                    f"The reference spans {dim!r}, which the input lacks; its dims are {there}."
                )
            if size != self.reference.sizes[dim]:
                raise AxisError(
                    f"Along {dim!r} the reference has {self.reference.sizes[dim]} samples and the "
                    f"input {size}; crop or resample one of them."
                )

    def _found(self, values: np.ndarray, axes: Sequence[Axis]) -> np.ndarray:
        from scipy import fft

        rank = len(axes)
        last = tuple(range(-rank, 0))
        joint = tuple(dim for dim in self.jointly if dim in self.reference.dims)
        reference = promoted(self.reference.transpose(*joint, *self.dims).to_numpy())
        there = [reference.shape[joint.index(dim)] if dim in joint else 1 for dim in self.jointly]
        reference = reference.reshape(*there, *reference.shape[len(joint) :])
        spectrum = fft.fftn(values, axes=last)
        product = spectrum * fft.fftn(reference.astype(np.float64), axes=last).conj()
        product = product.sum(axis=tuple(range(1, 1 + len(self.jointly))))
        if self.normalized:
            size = np.abs(product)
            least = 100 * np.finfo(np.float64).eps * size.max(axis=last, keepdims=True)
            product = product / np.maximum(size, np.where(least > 0, least, 1.0))
        # Without an absolute value: agreement except for the sign is not agreement.
        peaks = fft.ifftn(product, axes=last).real.reshape(len(product), -1).argmax(axis=1)
        sizes = product.shape[1:]
        whole = np.stack(np.unravel_index(peaks, sizes), axis=-1)
        whole = np.where(whole > np.array(sizes) // 2, whole - np.array(sizes), whole)
        if self.upsample == 1:
            return whole.astype(np.float64)
        return np.array([self._refined(*each) for each in zip(product, whole, strict=True)])

    def _refined(self, product: np.ndarray, whole: np.ndarray) -> np.ndarray:
        """The peak on a grid of ``1 / upsample`` within a sample of the whole one."""
        fine = np.arange(-self.upsample, self.upsample + 1) / self.upsample
        values = product
        for size, at in zip(product.shape, whole, strict=True):
            # The first axis is consumed, and its fine places are appended at the end.
            turns = np.exp(2j * np.pi * np.multiply.outer(np.fft.fftfreq(size), at + fine))
            values = np.tensordot(values, turns, axes=(0, 0))
        best = np.unravel_index(values.real.argmax(), values.shape)
        return np.asarray(whole + fine[np.array(best)])
