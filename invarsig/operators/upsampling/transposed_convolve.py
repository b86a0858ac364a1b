"""Transposed convolution."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis, promoted
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.kernels.convolution import convolved, convolved_operations
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.strides import rate_of, same_strides
from invarsig.operators.upsampling.upsampling import finer
from invarsig.operators.upsampling.zero_insertion import with_zeros

__all__ = ["TransposedConvolve"]


@dataclass(frozen=True, eq=False)
class TransposedConvolve(ArrayOperator):
    """Transposed convolution: zeros, then a filter, ``y[j] = sum_i x[i] h[j + p - q i]``.

    The adjoint of a strided correlation, as torch's ``conv_transpose`` has it: q zeros less one are
    inserted after each sample, the taps h are laid over each, and p samples are cut off at either
    end. A tap stands at its distance from the kernel's center, so the result's first sample stands
    ``(p - (k - 1) / 2) / q`` input samples after the input's.

    Only where the taps of each phase, every q-th, add up to the same number is a constant kept:
    elsewhere it makes a checkerboard, which is imaging.

    Parameters
    ----------
    kernel
        Taps over the dims that they span. Dims that the input has are convolved, or summed where
        `over` names them; the others become channels of the result.
    factor
        For each dim of the kernel the factor q (torch's ``stride``); 1 by default.
    padding
        For each dim how many samples p are cut off at either end; 0 by default. An axis that wraps
        has no ends: there it is where the result begins.
    over
        Dims of kernel and input that are summed over, as the input channels of a network.

    Raises
    ------
    DimError
        If the input lacks a dim that is summed over, or has none to convolve along.
    AxisError
        If nothing is left of an axis, or `over` differs in size.

    Examples
    --------
    >>> import xarray as xr
    >>> from invarsig.axes import label
    >>> triangle = xr.DataArray([0.5, 1.0, 0.5], dims="x")
    >>> up = TransposedConvolve(triangle, {"x": 2}, padding={"x": 1})
    >>> up(label([2.0, 4.0, 6.0], "x")).values.tolist()
    [2.0, 3.0, 4.0, 5.0, 6.0]

    References
    ----------
    Zeiler, Krishnan, Taylor & Fergus (2010), Deconvolutional networks,
    doi:10.1109/CVPR.2010.5539957. Odena, Dumoulin & Olah (2016), Deconvolution and checkerboard
    artifacts, doi:10.23915/distill.00003.
    """

    kernel: xr.DataArray = mapping_field()
    factor: Mapping[str, int] = mapping_field(default_factory=dict)
    padding: Mapping[str, int] = mapping_field(default_factory=dict)
    over: tuple[str, ...] = dims_field(default=())

    linear = True

    def __post_init__(self) -> None:
        kernel: Any = self.kernel
        if not isinstance(kernel, xr.DataArray) or not kernel.size:
            raise ParameterError(
                "kernel must be an xarray.DataArray over the dims that it spans, such as "
                "xr.DataArray([0.5, 1, 0.5], dims='x')."
            )
        named: Any = self.over
        over = (named,) if isinstance(named, str) else tuple(named)
        object.__setattr__(self, "over", over)
        for name, least in (("factor", 1), ("padding", 0)):
            given = parameters.counts(name, getattr(self, name), least=least)
            object.__setattr__(self, name, given)
            stray = [dim for dim in given if dim not in self.kernel.dims or dim in over]
            if stray:
                raise ParameterError(
                    f"The {name} names {stray[0]!r}, along which there are no taps; the kernel "
                    f"spans {', '.join(map(repr, self.kernel.dims))}."
                )
        for dim in over:
            if dim not in self.kernel.dims:
                raise DimError(f"The kernel has no dim {dim!r}; it spans {self.kernel.dims}.")

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the kernel; those that the input lacks become channels."""
        return tuple(map(str, self.kernel.dims))

    def plan(self, axes: Axes) -> Plan:
        """Insert zeros and filter along those dims of the kernel that the input has."""
        spanned = [dim for dim in self.dims if dim not in self.over]
        dims, new = [d for d in spanned if d in axes], [d for d in spanned if d not in axes]
        if not dims:
            raise DimError(
                f"The kernel spans {', '.join(map(repr, self.kernel.dims))}, none of which the "
                f"input has to convolve along; its dims are {', '.join(map(repr, axes)) or 'none'}."
            )
        summed = [axes.counted(dim) for dim in self.over]
        for axis in summed:
            if axis.size != self.kernel.sizes[axis.dim]:
                raise AxisError(
                    f"The kernel has {self.kernel.sizes[axis.dim]} taps over {axis.dim!r}, the "
                    f"input {axis.size} samples."
                )
        lines = [_Line.of(self, axes[dim]) for dim in dims]
        taps = promoted(self.kernel.transpose(*new, *self.over, *dims).to_numpy())

        def kernel(values: np.ndarray) -> np.ndarray:
            wide = with_zeros(values, [line.by for line in lines])
            for place, line in enumerate(lines, start=-len(lines)):
                wide = line.extended(wide, place)
            return convolved(wide, taps, [1] * len(lines), len(summed))

        named = [dim for dim in new if dim in self.kernel.coords]
        lengths = [line.after.size + line.taps - 1 for line in lines]
        return Plan(
            (*summed, *(line.axis for line in lines)),
            (*(Axis(dim, size=self.kernel.sizes[dim]) for dim in new), *(a.after for a in lines)),
            {line.axis.dim: rate_of(Fraction(1, line.by)) for line in lines},
            {line.axis.dim: line.reach for line in lines},
            kernel,
            {dim: ((dim,), self.kernel[dim].to_numpy(), {}) for dim in named},
            operations=convolved_operations(lengths, taps, [1] * len(lines), len(summed)),
            shared=frozenset(line.axis.dim for line in lines if line.axis.periodic),
            local={line.axis.dim: line.axis.periodic for line in lines},
        )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself where nothing changes; None elsewhere, as it keeps every sample."""
        own = {dim: rate_of(Fraction(1, by)) for dim, by in self.factor.items()}
        return self if same_strides(own, strides) else None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Odd and even kernels, finite axes, channels that are mixed."""
        picture = noise_picture(rng)
        taps = xr.DataArray(rng.standard_normal((3, 4)), dims=("y", "x"))
        yield cls(taps, {"x": 2}), picture
        yield cls(taps, {"y": 2, "x": 3}, {"y": 1}), picture.isel(y=slice(0, 7))
        mixing = xr.DataArray(rng.standard_normal((3, 2, 3)), dims=("out", "channel", "x"))
        yield cls(mixing, {"x": 2}, {"x": 1}, over=("channel",)), picture


@dataclass(frozen=True)
class _Line:
    """The taps along one axis: where they lie, and what comes out."""

    axis: Axis
    by: int
    taps: int
    padding: int
    after: Axis

    @classmethod
    def of(cls, op: TransposedConvolve, axis: Axis) -> _Line:
        """Place the taps along an axis."""
        by, padding = op.factor.get(axis.dim, 1), op.padding.get(axis.dim, 0)
        taps = op.kernel.sizes[axis.dim]
        size = axis.size * by
        if not axis.periodic:
            size = (axis.size - 1) * by + taps - 2 * padding
        if size < 1:
            raise AxisError(
                f"A padding of {padding} samples leaves nothing along {axis.dim!r} of the "
                f"{size + 2 * padding} that the {axis.size} samples become; give less."
            )
        offset = (padding - (taps - 1) / 2) / by
        return cls(axis, by, taps, padding, finer(axis, by, offset, size))

    @property
    def reach(self) -> tuple[float, float]:
        """Half the kernel to either side."""
        half = (self.taps - 1) / 2 * abs(self.after.step)
        return half, half

    def extended(self, values: np.ndarray, place: int) -> np.ndarray:
        """What the taps lie over, zeros or, where the axis wraps, its other end."""
        first = self.padding - (self.taps - 1)
        index = np.arange(first, self.after.size + self.padding)
        if self.axis.periodic:
            return np.asarray(np.take(values, index % values.shape[place], axis=place))
        inside = (index >= 0) & (index < values.shape[place])
        found = np.take(values, np.where(inside, index, 0), axis=place)
        shape = [1] * values.ndim
        shape[place] = index.size
        return np.asarray(np.where(inside.reshape(shape), found, np.zeros((), values.dtype)))
