"""Banks that are designed by their frequency response, and multiply spectra."""

from __future__ import annotations

import abc
import math
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, ClassVar

import numpy as np

from invarsig.axes import Axes
from invarsig.errors import AxisError
from invarsig.kernels.borders import padded
from invarsig.kernels.spectral_filters import SpectralFilter, spectral_filters
from invarsig.kernels.spectral_product import multiplied, multiplied_operations
from invarsig.operators.banks.bank import Bank
from invarsig.operators.base import Operator, Plan
from invarsig.operators.pointwise.powers import Modulus
from invarsig.operators.windows import Border, Span, border_along, spans_of

__all__ = ["SpectralBank"]


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
        both.__dict__.update(_modulus=True, _kept_designs=self._kept)
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

        key = (self._read_of(axes), *sizes, *strides, dtype, real)
        filters: list[SpectralFilter] = self._kept.get(key, made)
        return filters

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
    for place, span in enumerate(spans, start=values.ndim - len(spans)):
        if span.boundary != "periodic":
            before = _before(span)
            values = padded(values, place, before, _more(span) - before, span.boundary)
    return values
