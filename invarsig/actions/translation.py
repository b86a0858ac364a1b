"""Translation along any axes at once, by a length in each axis' own unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions.base import Action
from invarsig.axes import (
    Axis,
    BinRule,
    Length,
    LengthLike,
    Parts,
    axis_of,
    bin_rule,
    in_axis_unit,
    is_chunked,
    label,
    lengths_along,
    middle_of_band,
    nearest_periodic,
    on_axes,
    on_blocks,
    plain,
    plain_lengths,
    promoted,
    read_length,
    rescaled_lengths,
    shown_length,
    with_values,
)
from invarsig.errors import AxisError, ParameterError
from invarsig.kernels.borders import sources_of
from invarsig.kernels.interpolation import HALF_WIDTH, is_whole, moved
from invarsig.kernels.spline import touched
from invarsig.spectra import translated

__all__ = ["Translate"]

Border = Literal["periodic", "zero", "reflect"]


@dataclass(frozen=True, init=False)
class Translate(Action):
    """Translation: ``(T_d x)(t) = x(t - d)``, along any axes at once.

    A whole number of samples only moves samples. A fraction is exact on a periodic axis
    (turned in the Fourier domain; the Nyquist bin of a real signal is multiplied by
    ``cos(pi d)``, see `invarsig.spectra`) and an interpolation with 33 taps elsewhere.

    Parameters
    ----------
    lengths, **more
        For each dim the length to move by, in the unit of its axis (octaves on a log2 axis): by
        keyword, or as a mapping, for dims whose name is not a valid keyword. A length may have a
        unit of its own: "10 ms", "2 px", "3 deg", "1/4 octave", or a duration (`datetime`, NumPy,
        pandas); it has to fit the axis that it meets.
    boundary
        What comes in at the border: "periodic", "zero" or "reflect". By default a periodic axis
        wraps, and any other is filled with zeros.

    Raises
    ------
    DimError
        When called on an array without one of the dims.
    AxisError
        If ``boundary="periodic"`` meets an axis whose declared period was lost in a crop, or the
        unit of a length does not fit the axis.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> x = label([1.0, 2.0, 3.0, 4.0], Axis("time", step=0.5, unit="s", period=2.0))
    >>> Translate(time=0.5)(x).values.tolist()
    [4.0, 1.0, 2.0, 3.0]
    >>> Translate(time=0.5, boundary="zero")(x).values.tolist()
    [0.0, 1.0, 2.0, 3.0]
    >>> Translate(time="500 ms")(x).values.tolist()
    [4.0, 1.0, 2.0, 3.0]
    """

    lengths: Mapping[str, float | Length]
    boundary: Border | None = None

    def __init__(
        self,
        lengths: Mapping[str, LengthLike] | None = None,
        /,
        *,
        boundary: Border | None = None,
        **more: LengthLike,
    ) -> None:
        given = _merged(lengths, more)
        if boundary is not None:
            parameters.one_of("boundary", boundary, Border)
        if not given:
            raise ParameterError("Translate needs a length along at least one dim: Translate(x=1).")
        own = {dim: read_length(each, f"The shift along {dim!r}") for dim, each in given.items()}
        object.__setattr__(self, "lengths", own)
        object.__setattr__(self, "boundary", boundary)

    @classmethod
    def in_samples(
        cls,
        x: xr.DataArray,
        counts: Mapping[str, float] | None = None,
        /,
        *,
        boundary: Border | None = None,
        **more: float,
    ) -> Translate:
        """Translate by a number of samples of `x`, toward higher indices.

        Examples
        --------
        >>> from invarsig.axes import Axis, label
        >>> x = label([0.0, 1.0, 0.0], Axis("time", step=0.01, unit="s"))
        >>> Translate.in_samples(x, time=3)
        Translate(time=0.03)
        """
        shifts = {
            dim: parameters.finite(
                _scalar(shift), f"The shift along {dim!r}", wanted="one finite length"
            )
            for dim, shift in _merged(counts, more).items()
        }
        lengths = {dim: shift * axis_of(x, dim).step for dim, shift in shifts.items()}
        return cls(lengths, boundary=boundary)

    @property
    def required(self) -> tuple[str, ...]:
        """The dims that it moves along."""
        return tuple(self.lengths)

    @property
    def shifts(self) -> Mapping[str, float]:
        """Lengths by dim, as plain numbers in the units of the axes.

        Raises
        ------
        AxisError
            If one has a unit of its own: a number is known once there is an axis (`on`).
        """
        return plain_lengths(self.lengths, self)

    @property
    def induced(self) -> tuple[str, ...]:
        """None: a translation moves along its own dims only."""
        return ()

    def at(self, t: float) -> Self:
        """Translate `t` times as far."""
        lengths = {dim: t * each for dim, each in self.lengths.items()}
        return type(self)(lengths, boundary=self.boundary)

    def renamed(self, names: Mapping[str, str]) -> Self:
        """Translate along renamed dims."""
        lengths = {names.get(dim, dim): each for dim, each in self.lengths.items()}
        return type(self)(lengths, boundary=self.boundary)

    def rescaled(self, factors: Mapping[str, float]) -> Self:
        """Translate as far, where the unit along a dim got smaller by a factor."""
        return type(self)(rescaled_lengths(self.lengths, factors), boundary=self.boundary)

    def on(self, x: xr.DataArray) -> Self:
        """Translate as far, with the lengths in the units of the axes of `x`."""
        if not any(isinstance(each, Length) for each in self.lengths.values()):
            return self
        axes = {dim: axis_of(x, dim) for dim in self.lengths if dim in x.dims}
        return type(self)(lengths_along(self.lengths, axes), boundary=self.boundary)

    def samples(self, axis: Axis) -> float:
        """How many samples of an axis the translation is; whole numbers up to round-off."""
        return axis.samples(in_axis_unit(self.lengths.get(axis.dim, 0.0), axis))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Action, xr.DataArray]]:
        """Translations in one and two dims, whole and fractional, of odd periodic signals.

        Odd sizes, since the Nyquist bin of a real even grid is multiplied by a cosine, which
        has no inverse.
        """
        time = Axis("time", step=0.01, unit="s", period=0.63)
        y, x = Axis("y", unit="px", period=15.0), Axis("x", unit="px", period=21.0)
        sound = label(rng.standard_normal((2, 63)), "channel", time)
        picture = label(rng.standard_normal((15, 21)), y, x)
        yield cls(time=0.03), sound
        yield cls(time=0.0137), sound
        yield cls(y=2.0, x=-3.0), picture
        yield cls(y=0.37, x=1.61), picture

    def rolled(self, x: xr.DataArray, *, windowed: bool = False) -> xr.DataArray:
        """Move an array with wrapping along each of its axes, whether or not the axis is periodic.

        Whole samples are rolled; fractions are turned in the Fourier domain, or, on axes that are
        not periodic and with `windowed`, interpolated by a windowed sinc, which rings less far from
        where the ends meet. Dims that the array lacks are left alone, as by `on_output`.

        Examples
        --------
        >>> from invarsig.axes import Axis, label
        >>> Translate(time=2.0).rolled(label([1.0, 2.0, 3.0], Axis("time"))).values.tolist()
        [2.0, 3.0, 1.0]
        """
        for dim in self.lengths:
            if dim in x.dims:
                local = windowed and not axis_of(x, dim).periodic
                x = self._along(x, dim, "periodic", local=local)
        return x

    def _moved(self, x: xr.DataArray) -> xr.DataArray:
        """Move `x`, along chunked dims as well."""
        return self._act(x)

    def _act(self, x: xr.DataArray) -> xr.DataArray:
        for dim in self.lengths:
            if dim in x.dims:
                x = self._along(x, dim, self._boundary(axis_of(x, dim)))
        return x

    def _known(self, x: xr.DataArray, given: xr.DataArray) -> xr.DataArray:
        for dim in self.lengths:
            if dim in x.dims:
                given = self._known_along(axis_of(x, dim), given)
        return given

    def _known_along(self, axis: Axis, given: xr.DataArray) -> xr.DataArray:
        shift = self.samples(axis)
        ring = self._boundary(axis) == "periodic"
        if ring and (axis.dim not in given.dims or not is_whole(shift)):
            # A fraction on a periodic axis depends on all of its samples.
            return given.all(axis.dim) if axis.dim in given.dims else given
        mask = given if axis.dim in given.dims else given.expand_dims({axis.dim: axis.size})
        mask = mask.transpose(..., axis.dim)
        place = np.arange(axis.size)[np.newaxis] - shift
        every = mask.to_numpy().reshape(-1, axis.size)
        # Few lines differ, as there may be one for each pixel of a picture.
        lines, which = np.unique(every, axis=0, return_inverse=True)
        hit = [touched(~line, place, ring=ring, beyond=True, reach=HALF_WIDTH) for line in lines]
        return xr.DataArray(~np.array(hit)[which.ravel()].reshape(mask.shape), dims=mask.dims)

    def _along(
        self, x: xr.DataArray, dim: str, boundary: Border, *, local: bool = False
    ) -> xr.DataArray:
        axis = axis_of(x, dim)
        shift = self.samples(axis)
        if is_chunked(x):
            return self._along_lazily(x, axis, shift, boundary, local)
        values, place = promoted(plain(x, x.dims)), x.get_axis_num(dim)
        rule = None if is_whole(shift) else bin_rule(x, dim)
        # Infinity turns into NaN in a transform, and needs no warning for that.
        with np.errstate(over="ignore", invalid="ignore"):
            result = self._translated(values, int(place), shift, boundary, rule, local)
        moved_along = with_values(x, result)
        moved_along.encoding = x.encoding
        return moved_along

    def _along_lazily(
        self, x: xr.DataArray, axis: Axis, shift: float, boundary: Border, local: bool
    ) -> xr.DataArray:
        if is_whole(shift):
            place = int(x.get_axis_num(axis.dim))
            return with_values(x, _shifted(promoted(plain(x, x.dims)), place, shift, boundary))
        center = middle_of_band(bin_rule(x, axis.dim))
        if (boundary == "periodic" and not local) or center.ndim:
            return on_blocks(
                lambda block: self._along(block, axis.dim, boundary, local=local),
                x,
                (axis.dim,),
                f"{self}",
            )

        def kernel(values: np.ndarray) -> np.ndarray:
            return moved(values, values.ndim - 1, shift, boundary, center)

        wraps, reach = boundary == "periodic", (abs(shift) + HALF_WIDTH) * abs(axis.step)
        parts = Parts(
            f"{self}",
            lambda axes: (kernel, axes),
            local={axis.dim: wraps},
            reach={axis.dim: (reach, reach)},
        )
        return on_axes(kernel, x, (axis,), (axis,), parts=parts)

    @staticmethod
    def _translated(
        values: np.ndarray,
        place: int,
        shift: float,
        boundary: Border,
        rule: BinRule | None,
        local: bool,
    ) -> np.ndarray:
        if boundary == "periodic" and not local:
            return (
                translated(values, place, shift, **rule)
                if rule
                else translated(values, place, shift)
            )
        return moved(values, place, shift, boundary, middle_of_band(rule) if rule else 0.0)

    def _boundary(self, axis: Axis) -> Border:
        if self.boundary is None:
            return "periodic" if axis.periodic else "zero"
        if self.boundary == "periodic" and axis.period is not None and not axis.periodic:
            raise AxisError(nearest_periodic(axis))
        return self.boundary

    def __repr__(self) -> str:
        """Show the translation as it was written."""
        parts: list[Any] = [f"{dim}={shown_length(each)}" for dim, each in self.lengths.items()]
        if self.boundary is not None:
            parts.append(f"boundary={self.boundary!r}")
        return f"Translate({', '.join(parts)})"


def _shifted(values: Any, place: int, shift: float, boundary: Border) -> Any:
    """Values of a chunked array, moved by whole samples."""
    size, whole = values.shape[place], round(shift)
    if boundary == "periodic":
        return np.roll(values, whole, place).rechunk(values.chunks)
    from_where = sources_of(np.arange(size) - whole, size, boundary)
    moved_values = np.take(values, np.maximum(from_where, 0), axis=place).rechunk(values.chunks)
    if (from_where >= 0).all():
        return moved_values
    shape = [size if k == place else 1 for k in range(values.ndim)]
    there = (from_where >= 0).reshape(shape)
    return np.where(there, moved_values, np.zeros((), values.dtype))


def _merged(given: Mapping[str, Any] | None, more: Mapping[str, Any]) -> dict[str, Any]:
    """Lengths given as a mapping and by keyword, together."""
    if given is not None and not isinstance(given, Mapping):
        raise ParameterError(f"{given!r} names no dim; give lengths as x=1 or as {{'x': 1}}.")
    twice = [dim for dim in given or {} if dim in more]
    if twice:
        raise ParameterError(
            f"A length along {twice[0]!r} is given both in the mapping and by keyword, "
            f"{more[twice[0]]!r}; give one of them."
        )
    return {**(given or {}), **more}


def _scalar(value: Any) -> Any:
    """A number of samples, taken out of an array of one."""
    held = isinstance(value, (np.ndarray, xr.DataArray)) and value.ndim == 0
    return value.item() if held else value
