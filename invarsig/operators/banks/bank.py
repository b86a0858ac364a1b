"""The base classes of designed filter banks: channels, stride, boundary, and how they run.

A bank is designed by its taps (`TapBank`) or by its frequency response (`SpectralBank`). Along one
dim it is designed in the axis' unit and built when the axis is seen; with orientations it is in
samples of the axes that it is applied to.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, ClassVar

import numpy as np

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.kernels.convolution import convolved, convolved_in_groups, convolved_operations
from invarsig.kernels.kept import Kept
from invarsig.kernels.spectral_filters import SpectralFilter, spectral_filters
from invarsig.kernels.spectral_product import multiplied, multiplied_operations
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import mapping_field
from invarsig.operators.linear_filter import Channels, LinearFilter, Tapped, dtft
from invarsig.operators.pointwise.powers import Modulus
from invarsig.operators.strides import other_strides
from invarsig.operators.windows import (
    Border,
    BoundaryChoice,
    Padding,
    Span,
    border_along,
    check_boundary,
    extended,
    linear_but_for_the_border,
    shared_dims,
    spans_of,
)

__all__ = [
    "Bank",
    "SpectralBank",
    "TapBank",
    "filter_dims",
    "tap_plan",
]

_ROOM = 2**27
"""Bytes of responses that one bank keeps: 32 filters over 512 x 512 take half of that."""


def tap_plan(
    axes: Axes,
    dims: Sequence[str],
    taps: np.ndarray,
    channels: Channels,
    stride: Mapping[str, int],
    boundary: BoundaryChoice,
    over: Sequence[str] = (),
    late: int = 0,
    *,
    padding: Padding | None = None,
    groups: int = 1,
) -> Plan:
    """Plan of a convolution with taps ``(*channels, *over, *dims)``.

    Windows begin `late` samples after those that are centered on the first sample of each stride,
    or as `padding` says. With several `groups` the taps over the one dim of `over` are those of
    one group.
    """
    windows = dict(zip(dims, taps.shape[taps.ndim - len(dims) :], strict=True))
    _check_strides(stride, dims)
    centered = {dim: (window - 1) // 2 - late for dim, window in windows.items()}
    spans = spans_of(axes, windows, stride, boundary, {**centered, **(padding or {})})
    summed = [axes.counted(dim) for dim in over]
    lead = len(channels.axes)
    for axis, size in zip(summed, taps.shape[lead:], strict=False):
        if axis.size != size * groups:
            each = f" for each of {groups} groups" if groups > 1 else ""
            raise AxisError(
                f"The kernels have {size} taps over {axis.dim!r}{each}, the input {axis.size} "
                "samples."
            )
    strides = [span.stride for span in spans]

    def kernel(values: np.ndarray) -> np.ndarray:
        wide = extended(values, spans)
        if groups > 1:
            return convolved_in_groups(wide, taps, strides, groups)
        return convolved(wide, taps, strides, len(summed))

    return Plan(
        (*summed, *(span.axis for span in spans)),
        (*channels.axes, *(span.out_axis for span in spans)),
        {span.axis.dim: span.stride for span in spans},
        {span.axis.dim: span.reach for span in spans},
        kernel,
        channels.coords,
        taps=int(np.prod(taps.shape[lead:])),
        operations=groups
        * convolved_operations(
            [sum(span.pads) + span.axis.size for span in spans],
            taps[: len(taps) // groups] if groups > 1 else taps,
            strides,
            len(summed),
        ),
        shared=shared_dims(spans),
    )


def _check_strides(stride: Mapping[str, int], dims: Sequence[str]) -> None:
    stray = [dim for dim in stride if dim not in dims]
    if stray:
        raise DimError(
            f"The stride names {stray[0]!r}, along which there is no filter; the filters lie along "
            f"{', '.join(map(repr, dims))}."
        )


def filter_dims(over: Any, what: str, *counts: int) -> tuple[str, ...]:
    """Dims that filters lie in, from one name or several; their number is one of `counts`."""
    return parameters.dims_once(over, f"{what} is over", *counts)


@dataclass(frozen=True)
class Bank(ArrayOperator, LinearFilter):
    """A designed bank of filters, with a stride and a boundary."""

    _: KW_ONLY
    stride: Mapping[str, int] = mapping_field(default_factory=dict)
    boundary: BoundaryChoice = mapping_field(default=None)

    linear = linear_but_for_the_border()

    def _check_bank(self) -> None:
        """Check stride and boundary; for `__post_init__`, after the bank's own parameters."""
        object.__setattr__(self, "stride", parameters.counts("stride", self.stride))
        _check_strides(self.stride, self.dims)
        check_boundary(self.boundary)
        for what, count in (("channel", 1), ("channels", 2)):
            if hasattr(self, what):
                self._check_made(what, getattr(self, what), count)

    def _check_made(self, what: str, given: Any, count: int) -> None:
        """Check the names of new dims."""
        names = tuple(given) if isinstance(given, (tuple, list)) else (given,)
        if len(set(names)) != count or not all(isinstance(name, str) for name in names):
            number = "one name" if count == 1 else f"{count} names, each once"
            raise ParameterError(f"{what}={given!r} must name new dims; give {number}.")
        clash = [name for name in names if name in self.dims]
        if clash:
            raise ParameterError(
                f"{what}={given!r} names the dim {clash[0]!r}, along which the filters lie; give "
                "another name."
            )
        if count > 1:
            object.__setattr__(self, what, names)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same filters with other strides."""
        changed = other_strides(self.stride, strides, self.dims)
        return None if changed is None else replace(self, stride=changed)

    @property
    def _responses(self) -> Kept[list[SpectralFilter]]:
        """Responses of earlier calls, at most `_ROOM` bytes; freed with the operator."""
        made = Kept(_bytes_of, _ROOM)
        kept: Kept[list[SpectralFilter]] = self.__dict__.setdefault("_kept_responses", made)
        return kept

    def __getstate__(self) -> dict[str, Any]:
        """Parameters alone: copies, here and in another process, compute their own responses."""
        return {key: value for key, value in self.__dict__.items() if key != "_kept_responses"}


def _bytes_of(filters: list[SpectralFilter]) -> int:
    return sum(each.nbytes for each in filters)


class TapBank(Bank, Tapped):
    """A bank that is designed by its taps, which are centered, and convolves with them.

    Its result is valid without a boundary, and reaches as far as the taps do.
    """

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        """Fourier transform of the taps."""
        return dtft(self._taps(axes), frequencies)

    def plan(self, axes: Axes) -> Plan:
        """Sample the filters on the axes."""
        channels = self._channels(axes)
        taps = self._taps(axes)
        return tap_plan(axes, self.dims, taps, channels, self.stride, self.boundary)


class SpectralBank(Bank):
    """A bank that is designed by its frequency response, and multiplies spectra.

    Its filters are as long as the axis. An axis that is not periodic is followed by its mirror
    image (boundary "symmetric", unless stated otherwise), with which it wraps, or by twice as many
    samples of another border.
    """

    _modulus: ClassVar[bool] = False
    """Whether the moduli of the channels are given: of a bank that is `fused` with a `Modulus`."""

    @property
    @abc.abstractmethod
    def hermitian(self) -> bool:
        """Whether real signals give real results."""

    def fused(self, after: Operator) -> Operator | None:
        """Give the bank with the modulus of its channels, which are not written before."""
        if type(after) is not Modulus:
            return None
        both = copy(self)
        both.__dict__.update(_modulus=True, _kept_responses=self._responses)
        return both

    def plan(self, axes: Axes) -> Plan:
        """Sample the response on the bins of the axes."""
        spans = self._spans(axes)
        channels = self._channels(axes)
        shape = tuple(axis.size for axis in channels.axes)
        count, rank = math.prod(shape), len(spans)
        strides, keep = [_early_stride(span) for span in spans], [_kept(span) for span in spans]

        def kernel(values: np.ndarray) -> np.ndarray:
            wide = _around(values, spans)
            real = self.hermitian and not np.iscomplexobj(values)
            dtype = np.result_type(values.dtype, np.complex64)
            filters = self._filters(axes, wide.shape[-rank:], strides, dtype, real=real)
            out = multiplied(
                wide, filters, count, strides, real=real, keep=keep, modulus=self._modulus
            )
            return out.reshape(*values.shape[:-rank], *shape, *out.shape[-rank:])

        return Plan(
            tuple(span.axis for span in spans),
            (*channels.axes, *(span.out_axis for span in spans)),
            {span.axis.dim: span.stride for span in spans},
            {span.axis.dim: (math.inf, math.inf) for span in spans},
            kernel,
            channels.coords,
            operations=multiplied_operations(
                [span.axis.size + _more(span) for span in spans],
                count,
                strides,
            ),
            # A mirrored axis has borders, which reach every output of these filters.
            shared=frozenset(span.axis.dim for span in spans if span.boundary == "periodic"),
        )

    def _filters(
        self,
        axes: Axes,
        sizes: Sequence[int],
        strides: Sequence[int],
        dtype: np.dtype[Any],
        *,
        real: bool,
    ) -> list[SpectralFilter]:
        """The response on a grid, made ready, and kept for the next call on such a grid."""

        def made() -> list[SpectralFilter]:
            bins = [np.fft.fftfreq(size) for size in sizes]
            responses = self._response(axes, bins).reshape(-1, *sizes)
            return spectral_filters(responses, sizes, strides, dtype, real=real)

        read = tuple((axes[dim].step, axes[dim].unit) for dim in self.dims)
        return self._responses.get((read, *sizes, *strides, dtype, real), made)

    def _spans(self, axes: Axes) -> tuple[Span, ...]:
        given = self.boundary if isinstance(self.boundary, Mapping) else {}
        named: dict[str, Border] = {dim: own for dim, own in given.items() if dim not in self.dims}
        for dim in self.dims:
            usual = "periodic" if axes[dim].periodic else "symmetric"
            named[dim] = border_along(self.boundary, dim) or usual
            if named[dim] == "valid":
                raise AxisError(
                    f"{type(self).__name__} reaches over the whole axis {dim!r}, so no sample is "
                    "valid; choose another boundary, such as symmetric."
                )
        return spans_of(axes, dict.fromkeys(self.dims, 1), self.stride, named, {})


def _more(span: Span) -> int:
    """How many samples are added to an axis so that it wraps."""
    if span.boundary == "periodic":
        return 0
    size = span.axis.size
    return {"symmetric": size, "reflect": max(size - 2, 0)}.get(str(span.boundary), 2 * size)


def _before(span: Span) -> int:
    """How many of the samples that are added precede the axis: half of those of an edge."""
    # With its mirror image a signal wraps without a jump; others are extended to either side.
    return span.axis.size if span.boundary == "edge" else 0


def _early_stride(span: Span) -> int:
    """The stride that is taken before the transform back: the axis' own, where it fits."""
    whole = span.axis.size + _more(span)
    return 1 if whole % span.stride or _before(span) % span.stride else span.stride


def _kept(span: Span) -> slice:
    """Which samples are results, of those that the early stride leaves."""
    early = _early_stride(span)
    first = _before(span) // early
    return slice(first, first + -(-span.axis.size // early), span.stride // early)


def _around(values: np.ndarray, spans: Sequence[Span]) -> np.ndarray:
    """The periodic array."""
    from invarsig.kernels.borders import padded

    for place, span in enumerate(spans, start=values.ndim - len(spans)):
        if span.boundary != "periodic":
            before = _before(span)
            values = padded(values, place, before, _more(span) - before, span.boundary)
    return values
