"""The base classes of designed filter banks: channels, stride, boundary, and how they run.

A bank is designed by its taps (`TapBank`), or by its frequency response (`SpectralBank`, a file of
its own). Along one dim it is designed in the axis' unit and built when the axis is seen; with
orientations it is in samples of the axes that it is applied to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, ClassVar

import numpy as np

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.kernels.convolution import (
    convolved,
    convolved_in_groups,
    convolved_operations,
    is_direct,
)
from invarsig.kernels.kept import RESPONSES, Kept
from invarsig.kernels.long_kernels import LongKernels, Reach
from invarsig.kernels.spectral_filters import SpectralFilter
from invarsig.kernels.spectral_product import multiplied_operations
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import mapping_field
from invarsig.operators.linear_filter import Channels, LinearFilter, Tapped, dtft
from invarsig.operators.strides import other_strides
from invarsig.operators.windows import (
    BoundaryChoice,
    Padding,
    Span,
    check_boundary,
    extended,
    linear_but_for_the_border,
    local_dims,
    shared_dims,
    spans_of,
)

__all__ = [
    "Bank",
    "TapBank",
    "filter_dims",
    "tap_plan",
]


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
        local=local_dims(spans),
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

    linear: ClassVar[bool] = linear_but_for_the_border()

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
    def _kept(self) -> Kept[Any]:
        """Taps and responses of earlier calls, in a room that all share; freed with the bank."""
        kept: Kept[Any] = self.__dict__.setdefault("_kept_designs", Kept(_bytes_of))
        return kept

    def _read_of(self, axes: Axes) -> tuple[tuple[float, str], ...]:
        """What a design depends on."""
        return tuple((axes[dim].step, axes[dim].unit) for dim in self.dims)

    def __getstate__(self) -> dict[str, Any]:
        """Parameters alone: copies, here and in another process, compute their own responses."""
        return {key: value for key, value in self.__dict__.items() if key != "_kept_designs"}


def _bytes_of(design: np.ndarray | list[SpectralFilter]) -> int:
    return design.nbytes if isinstance(design, np.ndarray) else sum(own.nbytes for own in design)


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
        taps = self._kept.get(("taps", self._read_of(axes)), lambda: self._taps(axes))
        plan = tap_plan(axes, self.dims, taps, channels, self.stride, self.boundary)
        return self._by_responses(axes, plan, taps)

    def _by_responses(self, axes: Axes, plan: Plan, taps: np.ndarray) -> Plan:
        """Filter by responses that are kept, where kernels are long and there is room for them."""
        rank = len(self.dims)
        windows = dict(zip(self.dims, taps.shape[-rank:], strict=True))
        spans = spans_of(axes, windows, self.stride, self.boundary, _centered(windows))
        shape, flat = taps.shape[:-rank], taps.reshape(-1, *taps.shape[-rank:])
        along = [_reach(span) for span in spans]
        long = LongKernels(flat, along, self._kept, self._read_of(axes))
        if is_direct(flat[:, np.newaxis], long.strides) or long.nbytes > RESPONSES.most:
            return plan

        def kernel(values: np.ndarray) -> np.ndarray:
            out = long(values)
            return out.reshape(*values.shape[:-rank], *shape, *out.shape[-rank:])

        real = not np.iscomplexobj(flat)
        operations = multiplied_operations(long.grid, len(flat), long.strides, real=real)
        return replace(plan, kernel=kernel, operations=operations)


def _centered(windows: Mapping[str, int]) -> dict[str, int]:
    """How many samples windows begin before the samples that they are centered on."""
    return {dim: (window - 1) // 2 for dim, window in windows.items()}


def _reach(span: Span) -> Reach:
    size, window, stride = span.axis.size, span.window, span.stride
    return Reach(size, window, stride, span.size, *span.pads, span.boundary)
