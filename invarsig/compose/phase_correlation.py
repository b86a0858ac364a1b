"""Phase correlation: the shift to a reference, found in the phases of the cross spectrum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis, promoted
from invarsig.compose.frames import Frame, check_apart, dims_named
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError
from invarsig.operators.fields import dims_field, mapping_field

__all__ = ["PhaseCorrelation"]

# Peaks of each correlation that are compared, and the share of what the first of them leaves
# unexplained below which another one is taken.
_TRIED = 3
_BETTER = 0.5


@dataclass(frozen=True, eq=False)
class PhaseCorrelation(Frame):
    """The shift to a reference where the phases agree best: ``argmax_d F⁻¹[X R* / |X R*|](d)``.

    All frequencies have equal weight, so the peak is one sample wide for a shifted copy. Both are
    taken to be periodic: on a periodic axis the shift moves with the signal by whole samples
    exactly. On a finite axis, what enters and leaves disturbs it: smooth signals have little at
    most frequencies, and there the seam, which does not move, outweighs what does. So the shift
    found is compared with other peaks of this correlation and with those of the plain one, each
    over the samples that both signals show. Where one of them leaves less than half as much
    unexplained, it is taken instead: on pictures smoothed by 1.5 px and more the phases alone find
    no shift at all.

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

    Raises
    ------
    ParameterError
        If the reference lacks a dim or holds NaN, or `upsample` is not a whole number of at least
        1.
    DtypeError
        If the reference is complex.

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
        check_apart(self.dims, ())
        object.__setattr__(self, "upsample", parameters.count(self.upsample, "upsample"))

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the reference that are not joint."""
        return tuple(str(dim) for dim in self.reference.dims if dim not in self.jointly)

    @property
    def jointly(self) -> tuple[str, ...]:
        """Dims that are moved as one."""
        return dims_named(self.joint, "joint")

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
        plain = product.copy()
        if self.normalized:
            size = np.abs(product)
            least = 100 * np.finfo(np.float64).eps * size.max(axis=last, keepdims=True)
            product = product / np.maximum(size, np.where(least > 0, least, 1.0))
        # Without an absolute value: agreement except for the sign is not agreement.
        found = _peaks(product, 1)[:, 0].astype(np.float64)
        if self.upsample > 1:
            found = np.array([self._refined(*each) for each in zip(product, found, strict=True)])
        if self.normalized and not all(axis.periodic for axis in axes):
            plain[(slice(None), *(0,) * rank)] = 0.0  # the mean is at every place the same
            others = np.concatenate([_peaks(product, _TRIED), _peaks(plain, _TRIED)], axis=1)
            for item, tried in enumerate(others):
                overlap = _Overlap(values[item], reference, [axis.periodic for axis in axes])
                better = overlap.better(found[item], tried, self.upsample)
                found[item] = found[item] if better is None else better
        return found

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


def _peaks(product: np.ndarray, count: int) -> np.ndarray:
    """The highest places of each item's correlation, best first: shifts ``(item, count, dim)``."""
    from scipy import fft

    sizes = np.array(product.shape[1:])
    heights = fft.ifftn(product, axes=tuple(range(1, product.ndim))).real.reshape(len(product), -1)
    if count == 1:
        first = heights.argmax(axis=1)[:, None]
    else:
        count = min(count, heights.shape[1])
        some = np.argpartition(heights, -count, axis=1)[:, -count:]
        order = np.argsort(-np.take_along_axis(heights, some, axis=1), axis=1, kind="stable")
        first = np.take_along_axis(some, order, axis=1)
    whole = np.stack(np.unravel_index(first, tuple(sizes)), axis=-1)
    return np.where(whole > sizes // 2, whole - sizes, whole)


@dataclass(frozen=True, eq=False)
class _Overlap:
    """How well a signal and a shifted reference agree over the samples that both show.

    Parameters
    ----------
    values, reference
        ``(*jointly, *dims)``, of shapes that broadcast.
    ring
        Which of the last dims wrap.
    """

    values: np.ndarray
    reference: np.ndarray
    ring: Sequence[bool]

    def better(self, found: np.ndarray, tried: np.ndarray, upsample: int) -> np.ndarray | None:
        """The shift near the best of those tried, if it leaves less than half as much unexplained.

        From there downhill by whole samples, as a plain correlation of smooth signals is drawn to
        0, and to the vertex of the parabola through the next ones.
        """
        costs = [self.unexplained(shift) for shift in tried]
        best = np.array(tried[int(np.argmin(costs))])
        if not min(costs) < _BETTER * self.unexplained(np.rint(found).astype(int)):
            return None
        steps = np.indices((3,) * len(best)).reshape(len(best), -1).T - 1
        for _ in range(self.values.size):
            near = [self.unexplained(best + step) for step in steps]
            if min(near) >= self.unexplained(best):
                break
            best = best + steps[int(np.argmin(near))]
        return np.asarray(best + np.rint(self._vertex(best) * upsample) / upsample)

    def _vertex(self, best: np.ndarray) -> np.ndarray:
        """By how much the least of the parabola along each dim is off a whole shift."""
        middle, off = self.unexplained(best), np.zeros(len(best))
        for dim, step in enumerate(np.eye(len(best), dtype=int)):
            low, high = self.unexplained(best - step), self.unexplained(best + step)
            bend = low - 2 * middle + high
            off[dim] = 0.5 * (low - high) / bend if 0 < bend < np.inf else 0.0
        return np.clip(off, -0.5, 0.5)

    def unexplained(self, shift: np.ndarray) -> float:
        """``(1 - r²) / share`` of the samples that overlap: r is their correlation coefficient.

        Divided by their share, as a few samples agree by chance. They explain nothing where they
        agree except for the sign, or either of them is flat; infinite where nothing overlaps.
        """
        values = self.values
        reference = np.broadcast_to(self.reference, values.shape)
        for axis, by in enumerate(shift.tolist(), values.ndim - len(self.ring)):
            if self.ring[axis - values.ndim]:
                reference = np.roll(reference, by, axis)
                continue
            size = values.shape[axis]
            if abs(by) >= size:
                return np.inf
            values = values.take(range(max(by, 0), size + min(by, 0)), axis)
            reference = reference.take(range(max(-by, 0), size + min(-by, 0)), axis)
        one, other = values - values.mean(), reference - reference.mean()
        level = float(np.linalg.norm(one) * np.linalg.norm(other))
        r = max(float((one * other).sum()) / level, 0.0) if level > 0 else 0.0
        return (1.0 - r**2) * self.values.size / values.size
