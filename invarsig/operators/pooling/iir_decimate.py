"""Decimation by a recursive low-pass."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.errors import AxisError, ParameterError
from invarsig.kernels.borders import padded
from invarsig.kernels.operation_counts import COMPLEX, of_transform
from invarsig.kernels.spectral_product import folded
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import mapping_field
from invarsig.operators.linear_filter import Channels, LinearFilter
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.tap_pool import check_band
from invarsig.operators.strides import other_strides
from invarsig.operators.windows import (
    Border,
    BoundaryChoice,
    Span,
    border_along,
    check_boundary,
    linear_but_for_the_border,
    spans_of,
)

__all__ = ["IirDecimate"]

_SCIPY = "scipy"
"""The default treatment of a finite axis: that of `scipy.signal.decimate`."""


@dataclass(frozen=True)
class IirDecimate(ArrayOperator, LinearFilter):
    """Decimation by a Chebyshev low-pass, as `scipy.signal.decimate` does by default.

    A Chebyshev filter of the first kind, its cutoff at 0.8 of the new Nyquist frequency, along each
    dim separately, then every s-th sample. Forward and backward the response is ``|H(f)|²``, with
    zero phase; forward only it is ``H(f)``. On a periodic axis that response multiplies the
    spectrum, exactly: the limit of the recursion after many periods. On a finite axis it is scipy's
    recursion: forward and backward, extended by point reflection at both ends; forward only,
    starting from rest. The reach is infinite.

    Parameters
    ----------
    stride
        For each dim the stride s, in samples.
    order
        Order of the filter.
    ripple
        Ripple of the pass band in dB, above 0.
    zero_phase
        Whether to filter forward and backward.
    boundary
        As for `MaxPool`, without "valid", for all dims or as a mapping; all but "periodic" extend
        the axis by its own length. By default periodic where the axis is, and scipy's elsewhere.
    band
        For each dim the stride that the low-pass is designed for; the stride itself by default.

    Raises
    ------
    ParameterError
        If order, ripple or a stride is out of range.
    AxisError
        When the boundary is "valid", or a finite axis is no longer than the ``3 (order + 1)``
        samples that scipy extends it by.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import signal
    >>> from invarsig.axes import label
    >>> x = np.sin(np.arange(100.0))
    >>> out = IirDecimate(stride={"time": 4})(label(x, "time"))
    >>> bool(np.allclose(out, signal.decimate(x, 4)))
    True

    References
    ----------
    Oppenheim & Schafer (2010), Discrete-time signal processing.
    """

    stride: Mapping[str, int] = mapping_field()
    order: int = 8
    ripple: float = 0.05
    zero_phase: bool = True
    boundary: BoundaryChoice = mapping_field(default=None)
    band: Mapping[str, int] | None = mapping_field(default=None)

    linear: ClassVar[bool] = linear_but_for_the_border()

    def __post_init__(self) -> None:
        object.__setattr__(self, "stride", parameters.counts("stride", self.stride))
        if not self.stride:
            raise ParameterError("IirDecimate needs a stride along at least one dim.")
        object.__setattr__(self, "band", check_band(self.band, self.stride))
        object.__setattr__(self, "order", parameters.count(self.order, "The order"))
        object.__setattr__(self, "ripple", parameters.positives(self.ripple, "ripple", " dB")[0])
        check_boundary(self.boundary)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the stride."""
        return tuple(self.stride)

    def plan(self, axes: Axes) -> Plan:
        """Decimate the axes; each output depends on the whole axis."""
        named = {dim: self._boundary(axes, dim) for dim in self.stride}
        ends = {dim: "symmetric" if name == _SCIPY else name for dim, name in named.items()}
        spans = spans_of(axes, dict.fromkeys(self.stride, 1), self.stride, ends, {})

        def kernel(values: np.ndarray) -> np.ndarray:
            for place, span in enumerate(spans, start=values.ndim - len(spans)):
                lines = np.moveaxis(values, place, -1)
                values = np.moveaxis(self._line(lines, span, named[span.axis.dim]), -1, place)
            return values

        return Plan(
            tuple(span.axis for span in spans),
            tuple(span.out_axis for span in spans),
            dict(self.stride),
            dict.fromkeys(self.stride, (math.inf, math.inf)),
            kernel,
            operations=self._operations(spans, named),
            shared=frozenset(dim for dim, name in named.items() if name == "periodic"),
        )

    def _meaning(self) -> dict[str, Any]:
        """Parameters, with the band along each dim."""
        return {**super()._meaning(), "band": {dim: self._band(dim) for dim in self.stride}}

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same low-pass with other strides."""
        band = {dim: self._band(dim) for dim in self.stride}
        changed = other_strides(self.stride, strides)
        if changed is None:
            return None
        return replace(self, stride=changed, band=band)

    def _band(self, dim: str) -> int:
        return (self.band or {}).get(dim, self.stride[dim])

    def _boundary(self, axes: Axes, dim: str) -> Border:
        """The boundary along a dim, checked."""
        name = border_along(self.boundary, dim) or ("periodic" if axes[dim].periodic else _SCIPY)
        if name == "valid":
            raise AxisError(
                f"IirDecimate reaches over the whole axis {dim!r}, so no sample is valid; choose "
                "another boundary, such as symmetric."
            )
        size, least = axes[dim].size, 3 * (self.order + 1)
        if name == _SCIPY and self.zero_phase and size <= least:
            raise AxisError(
                f"The axis {dim!r} has {size} samples, and a filter of order {self.order} that "
                f"runs forward and backward needs more than {least}; take a lower order, more "
                "signal, or a boundary."
            )
        return name

    def _operations(self, spans: Sequence[Span], named: Mapping[str, Border]) -> float:
        """Multiplications along each dim, at the sizes that the dims before it have left."""
        sizes, total = [span.axis.size for span in spans], 0.0
        for place, span in enumerate(spans):
            size, boundary = span.axis.size, named[span.axis.dim]
            sizes[place] = span.size
            if boundary == _SCIPY:
                # Five for each second-order section, forward and possibly backward.
                line = 5.0 * (2 if self.zero_phase else 1) * math.ceil(self.order / 2) * size
            else:
                wide, back = (size, span.size) if boundary == "periodic" else (3 * size, 3 * size)
                line = of_transform(wide, real=True) + COMPLEX * wide + of_transform(back)
            total += line * math.prod(sizes) / sizes[place]
        return total

    def _sections(self, dim: str) -> np.ndarray:
        """The filter along a dim, in second-order sections."""
        from scipy import signal

        cutoff = 0.8 / self._band(dim)
        return np.asarray(signal.cheby1(self.order, self.ripple, cutoff, output="sos"))

    def _line(self, values: np.ndarray, span: Span, boundary: Border) -> np.ndarray:
        """Filter and decimate the last axis."""
        from scipy import fft, signal

        dim, size, stride = span.axis.dim, span.axis.size, span.stride
        if boundary == _SCIPY:
            run = signal.sosfiltfilt if self.zero_phase else signal.sosfilt
            return np.asarray(run(self._sections(dim), values, axis=-1)[..., ::stride])
        ring = boundary == "periodic"
        wide = values if ring else padded(values, values.ndim - 1, size, size, boundary)
        spectrum = fft.fft(wide, axis=-1)
        spectrum *= self._gain(dim, np.fft.fftfreq(wide.shape[-1])).astype(spectrum.dtype)
        if ring:
            out = fft.ifft(folded(spectrum, [stride]), axis=-1)
        else:
            out = fft.ifft(spectrum, axis=-1)[..., size : 2 * size : stride]
        return np.asarray(out if np.iscomplexobj(values) else out.real)

    def _gain(self, dim: str, frequency: np.ndarray) -> np.ndarray:
        """Response along a dim: ``prod (b0 + b1 z + b2 z²) / (a0 + a1 z + a2 z²)``."""
        z = np.exp(-2j * np.pi * frequency)
        out = np.ones(frequency.shape, dtype=np.complex128)
        for section in self._sections(dim):
            out *= np.polyval(section[2::-1], z) / np.polyval(section[:2:-1], z)
        return np.asarray(np.abs(out) ** 2 if self.zero_phase else out)

    def _channels(self, axes: Axes) -> Channels:
        return Channels()

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        """``|H(f)|²`` along each dim, or ``H(f)`` forward only."""
        out = np.ones(())
        for dim, f in zip(self.stride, frequencies, strict=True):
            out = np.multiply.outer(out, self._gain(dim, f))
        return out

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Both directions and one, on periodic and finite axes."""
        picture = noise_picture(rng)
        yield cls(stride={"x": 2}), picture
        yield cls(stride={"x": 3, "y": 2}, order=5, zero_phase=False), picture
        yield cls(stride={"x": 2}, boundary="reflect"), picture
        ends = picture.isel(x=slice(0, 20))
        yield cls(stride={"x": 2}, order=4), ends
        yield cls(stride={"x": 2}, zero_phase=False), ends
