"""Nonlinearities between two filters: what they create above the band is removed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import (
    Axes,
    Axis,
    Parts,
    axis_of,
    bin_rule,
    nearest_periodic,
    on_axes,
    with_own_value,
)
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.kernels.lots import in_lots
from invarsig.kernels.operation_counts import of_transform
from invarsig.operators.base import Operator, Plan, require_operator
from invarsig.operators.fields import dims_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.strides import every_sample
from invarsig.spectra import baseband

__all__ = ["Filtered"]


@dataclass(frozen=True)
class Filtered(Operator):
    """A nonlinearity between two filters: upsample, apply, low-pass, downsample.

    Upsampling and low-pass are ideal: spectra are padded with zeros and cropped. So of what the
    nonlinearity creates above the band, only what folds at the *finer* rate remains. A polynomial
    of degree up to ``2 up - 1`` folds nothing into the band, and commutes with every translation,
    whole or not. (Of real samples, and of complex ones around 0: a power of a channel around
    another frequency lies elsewhere.) Others, such as `Relu`, create all frequencies: they commute
    with multiples of ``1 / up`` of a sample, and their error in between is smaller than without the
    filters. At x2 and a shift of 0.37 samples of 64 x 64 the error is 1e-2 of the output on an
    amplitude spectrum of 1/f and 3e-2 on white noise, where the plain rectifier's is above 0.1 and
    0.3.

    The Nyquist bin of an even axis has no translation by fractions. It is zeroed on the way up and
    on the way down, so a filtered identity is not the identity: it removes that bin.

    Parameters
    ----------
    nonlinearity
        Operator that keeps the grid: of single samples, or joint over other dims.
    over
        Dims that are upsampled; they must be periodic.
    up
        How many times finer the grid is, at least 1. With 1 nothing but the Nyquist bin is removed.

    Raises
    ------
    AxisError
        If an axis is not periodic.
    ParameterError
        If the nonlinearity does not keep its grid, or no dim is given.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> from invarsig.operators.pointwise.powers import Square
    >>> x = label(np.cos(np.pi * np.arange(8) * 3 / 4), Axis("x", period=8.0))
    >>> Square()(x).values.round(3) + 0.0  # cos² holds the double frequency, which folds
    array([1. , 0.5, 0. , 0.5, 1. , 0.5, 0. , 0.5])
    >>> Filtered(Square(), "x")(x).values.round(3) + 0.0  # here it is removed
    array([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])

    References
    ----------
    Karras et al. (2021), Alias-free generative adversarial networks, arXiv:2106.12423.
    """

    nonlinearity: Operator
    over: str | tuple[str, ...] = dims_field()
    up: int = 2

    def __post_init__(self) -> None:
        require_operator(self.nonlinearity)
        over = (self.over,) if isinstance(self.over, str) else tuple(self.over)
        object.__setattr__(self, "over", over)
        object.__setattr__(self, "up", parameters.count(self.up, "The upsampling up"))
        if len(set(over)) < len(over):
            raise DimError(f"over={over!r} names a dim twice; name it once.")
        if not over:
            raise ParameterError("Filtered needs at least one dim to upsample along: over='x'.")

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether the operator between the filters is linear."""
        return self.nonlinearity.linear

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that are upsampled, and those that the nonlinearity is joint over."""
        return tuple(dict.fromkeys((*self.over, *self.nonlinearity.dims)))

    def plan(self, axes: Axes) -> Plan:
        """Keep the axes; each output depends on the whole of the upsampled ones."""
        own = tuple(axes[dim] for dim in self.over)
        for axis in own:
            if not axis.periodic:
                raise AxisError(
                    f"Filtered upsamples by padding spectra, which needs periodic axes. "
                    f"{nearest_periodic(axis)}"
                )
        fine = tuple(_finer(axis, self.up) for axis in own)
        inner = self.nonlinearity.plan(axes.replaced(self.over, fine))
        kept = {axis.dim: axis for axis in inner.out_axes}
        for axis in inner.in_axes:
            if kept.get(axis.dim) != axis:
                raise ParameterError(
                    f"{self.nonlinearity} does not keep its grid along {axis.dim!r}; Filtered "
                    "takes operators that do, such as Relu. Put others before or after it."
                )
        new = [dim for dim in kept if dim not in {axis.dim for axis in inner.in_axes}]
        if new:
            raise ParameterError(
                f"{self.nonlinearity} makes the dim {new[0]!r}; Filtered takes operators that keep "
                "their grid, such as Relu. Put others before or after it."
            )
        others = tuple(axis for axis in inner.in_axes if axis.dim not in self.over)
        reach = {dim: by for dim, by in inner.reach.items() if dim not in self.over}
        made = Plan(
            (*others, *own),
            (*others, *own),
            {**inner.stride, **dict.fromkeys(self.over, 1)},
            {**reach, **dict.fromkeys(self.over, (np.inf, np.inf))},
            shared=frozenset(axis.dim for axis in (*others, *own) if inner.shares(axis.dim)),
        )
        samples = math.prod(axis.size for axis in (*others, *own)) * made.items(axes)
        there = inner.work(axes.replaced(self.over, fine))
        return made.costing([there, samples * self._resampling([axis.size for axis in own])], axes)

    def _resampling(self, sizes: Sequence[int]) -> float:
        """Multiplications for each sample: transforms up along each dim, and down again."""
        total = 0.0
        for place, size in enumerate(sizes):
            fine = size * self.up
            rows = self.up**place / size
            up = of_transform(size, real=True) + of_transform(fine)
            # Going down, the remaining dims are the fine ones.
            down = of_transform(fine, real=True) + of_transform(size)
            total += rows * up + self.up ** (len(sizes) - 1 - place) / size * down
        return total

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        self.plan(Axes.of(x))
        for dim in self.over:
            x = _resampled(x, dim, up=self.up)
        y = self.nonlinearity(x)
        for dim in self.over:
            y = _resampled(y, dim, down=self.up)
        return y

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """One and two dims, even and odd sizes, real and complex samples."""
        from invarsig.operators.pointwise.polynomial import Polynomial
        from invarsig.operators.pointwise.powers import Modulus
        from invarsig.operators.pointwise.rectifiers import Relu

        yield cls(Relu(), "x"), noise_picture(rng)
        yield cls(Polynomial((0, 1, 0.5, 0.25)), ("y", "x")), noise_picture(rng, {"y": 9, "x": 15})
        yield cls(Polynomial((0, 2)), "x", up=3), noise_picture(rng)
        picture = noise_picture(rng)
        yield cls(Modulus(), "x"), picture.copy(data=picture.to_numpy() * (1 - 2j))


def _finer(axis: Axis, up: int) -> Axis:
    return replace(axis, step=axis.step / up, size=axis.size * up)


def _resampled(x: xr.DataArray, dim: str, *, up: int = 1, down: int = 1) -> xr.DataArray:
    """Resample along a periodic axis by moving bins between spectra of two sizes.

    The bins of the coarser grid go to where their frequencies stand on the finer one. The bin
    half-way between two aliases, which belongs to no band, is left out.
    """
    from scipy import fft

    axis = axis_of(x, dim)
    coarse, factor = axis.size // down, up * down
    # In cycles per sample of the coarser grid.
    rule = bin_rule(x, dim)
    center, nyquist = rule["center"] * down, rule["nyquist"] * down
    middle, half = rule["within"]
    frequency = baseband(coarse, center, nyquist=nyquist, within=(middle * down, half * down))
    away = np.abs(frequency - np.asarray(center)[..., np.newaxis])
    edge = (np.abs(away - 0.5) < 1e-9) | (np.abs(np.abs(frequency) - nyquist) < 1e-9)
    bins = np.rint(frequency * coarse).astype(int) % (coarse * factor)
    after = replace(axis, step=axis.step / up * down, size=axis.size * up // down)

    def kernel(values: np.ndarray) -> np.ndarray:
        # Real signals have one band for all; complex channels have each its own.
        own = (np.broadcast_to(each, (*values.shape[:-1], coarse)) for each in (bins, edge))
        out = np.empty((*values.shape[:-1], after.size), values.dtype)
        in_lots(of_lines, (values, *own), out)
        return out

    def of_lines(values: np.ndarray, bins: np.ndarray, edge: np.ndarray) -> np.ndarray:
        spectrum = fft.fft(values, axis=-1)
        if down > 1:
            made = np.where(edge, 0, np.take_along_axis(spectrum, bins, -1)) / down
        else:
            made = np.zeros((*values.shape[:-1], after.size), spectrum.dtype)
            np.put_along_axis(made, bins, np.where(edge, 0, spectrum) * up, -1)
        made = fft.ifft(made, axis=-1, overwrite_x=True)
        return np.asarray(made if np.iscomplexobj(values) else made.real)

    others = [each for each in map(str, x.dims) if each != dim]
    joint = with_own_value(others, bins.shape[:-1])
    own = [x.sizes[each] for each in joint]
    bins, edge = (each.reshape(*own, each.shape[-1]) for each in (bins, edge))
    channels = [Axis(each, size=x.sizes[each]) for each in joint]
    made = on_axes(kernel, x, (*channels, axis), (*channels, after), parts=Parts("Filtered"))
    return made.transpose(*x.dims)
