"""Spectral pooling: the ideal low-pass, then every s-th sample."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, nearest_periodic
from invarsig.errors import AxisError
from invarsig.kernels.operation_counts import MIXED, of_transform
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import mapping_field
from invarsig.operators.linear_filter import Channels, LinearFilter
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.tap_pool import check_band
from invarsig.operators.strides import other_strides
from invarsig.operators.windows import Span, spans_of

__all__ = ["SpectralPool"]

NyquistRule = Literal["zero", "split", "one-sided"]
Taper = Literal["hamming", "hann"]

_MIDDLE = {"hamming": 0.54, "hann": 0.5}


@dataclass(frozen=True)
class SpectralPool(ArrayOperator, LinearFilter):
    """Spectral pooling: keep the frequencies below the new Nyquist, then every s-th sample.

    ``Y[j] = X[f0(j)] / s`` for the M bins j whose alias nearest to 0 is below ``1/2`` cycle per
    output sample. With the new Nyquist bin zeroed nothing folds: it commutes with every
    translation, whole or not. Keeping that bin breaks this, and the two usual ways of keeping it
    are available to show by how much: at 64 x 64, stride 2 on both axes, a shift by one sample
    along one of them leaves -21, -26 and -35 dB on amplitude spectra f^-0.5, f^-1 and f^-1.5. (For
    real input the two ways are one: the real part of one bin is the mean of both.) Defined on
    periodic axes; real input gives real output.

    The hard edge rings. With ``taper="hamming"`` the frequencies that are kept are weighted by
    ``0.54 + 0.46 cos(π f / fc)``, fc the new Nyquist frequency: that is the pooling "free of
    spectral artifacts" of Grabinski, Keuper & Keuper (ASAP).

    Parameters
    ----------
    stride
        For each dim the stride s, in samples; the axis must be a multiple of it.
    nyquist
        How the new Nyquist bin is treated where the output size is even: "zero", "split" (the mean
        of the two bins that coincide there) or "one-sided" (the lower one, real part).
    band
        For each dim the stride that the low-pass is designed for, which also divides the axis; the
        stride itself by default. A band of 1 passes everything.
    taper
        "hamming", "hann" (``0.5 + 0.5 cos(π f / fc)``), or None for the ideal low-pass.

    Raises
    ------
    AxisError
        If an axis is not periodic, or not a multiple of the stride.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> x = label(np.cos(np.pi * np.arange(8) / 4), Axis("x", period=8.0))
    >>> SpectralPool(stride={"x": 2})(x).values.round(12) + 0.0
    array([ 1.,  0., -1.,  0.])

    References
    ----------
    Rippel, Snoek & Adams (2015), arXiv:1506.03767. Grabinski, Keuper & Keuper (2023), Fix your
    downsampling ASAP!, arXiv:2307.09804.
    """

    stride: Mapping[str, int] = mapping_field()
    nyquist: NyquistRule = "zero"
    band: Mapping[str, int] | None = mapping_field(default=None)
    taper: Taper | None = None

    linear = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "stride", parameters.counts("stride", self.stride))
        object.__setattr__(self, "band", check_band(self.band, self.stride))
        parameters.one_of("nyquist", self.nyquist, NyquistRule)
        parameters.one_of("taper", self.taper, Taper | None)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the stride."""
        return tuple(self.stride)

    def plan(self, axes: Axes) -> Plan:
        """Decimate the axes; each output depends on the whole axis."""
        for dim in self.stride:
            if not axes[dim].periodic:
                raise AxisError(
                    f"SpectralPool is defined on periodic axes. {nearest_periodic(axes[dim])}"
                )
            if axes[dim].size % self._band(dim):
                raise AxisError(
                    f"{axes[dim].size} samples along {dim!r} are not a multiple of the stride "
                    f"{self._band(dim)} that the low-pass is designed for; crop the axis."
                )
        ones = dict.fromkeys(self.stride, 1)
        spans = spans_of(axes, ones, self.stride, "periodic", {})
        return Plan(
            tuple(span.axis for span in spans),
            tuple(span.out_axis for span in spans),
            dict(self.stride),
            dict.fromkeys(self.stride, (np.inf, np.inf)),
            lambda values: self._pooled(values, spans),
            operations=self._operations(spans),
            shared=frozenset(self.stride),
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

    def _pooled(self, values: np.ndarray, spans: tuple[Span, ...]) -> np.ndarray:
        from scipy import fft

        real = not np.iscomplexobj(values)
        for place, span in enumerate(spans):
            band = self._band(span.axis.dim)
            axis = values.ndim - len(spans) + place
            if self._passes(band):
                values = np.moveaxis(np.moveaxis(values, axis, -1)[..., :: span.stride], -1, axis)
                continue
            # Where the stride exceeds the band, what is kept folds: samples are dropped last.
            within = span.stride if span.stride <= band else 1
            spectrum = np.moveaxis(fft.fft(values, axis=axis), axis, -1) / within
            small = self._cropped(spectrum, span.axis.size // band, span.axis.size // within)
            whole = fft.ifft(small, axis=-1)[..., :: span.stride // within]
            values = np.moveaxis(whole, -1, axis)
            values = values.real if real else values
        return values

    def _operations(self, spans: tuple[Span, ...]) -> float:
        """Transforms there and back along each dim, at the sizes left by the dims before it."""
        sizes, total = [span.axis.size for span in spans], 0.0
        for place, span in enumerate(spans):
            band, size = self._band(span.axis.dim), sizes[place]
            sizes[place] = span.size
            if self._passes(band):
                continue
            back = size // (span.stride if span.stride <= band else 1)
            line = of_transform(size, real=True) + of_transform(back)
            if self.taper is not None:
                line += MIXED * size // band
            total += line * math.prod(sizes) / sizes[place]
        return max(total, math.prod(sizes))

    def _cropped(self, spectrum: np.ndarray, kept: int, size: int) -> np.ndarray:
        """Spectrum of `size` bins that holds the lowest `kept` bins of another one."""
        out = np.zeros((*spectrum.shape[:-1], size), dtype=spectrum.dtype)
        up, down = (kept + 1) // 2, (kept - 1) // 2
        weights = self._weights(np.arange(up) * 2 / kept).astype(spectrum.real.dtype)
        out[..., :up] = spectrum[..., :up] * weights
        low = spectrum[..., spectrum.shape[-1] - down :]
        out[..., size - down :] = low * weights[:0:-1]
        if kept % 2 == 0 and self.nyquist != "zero":
            half, edge = kept // 2, float(self._weights(np.ones(1))[0])
            share = (0.5 if self.nyquist == "split" else 1.0) * edge
            out[..., -half] += share * spectrum[..., -half]
            if self.nyquist == "split":
                out[..., half] += share * spectrum[..., half]
        return out

    def _passes(self, band: int) -> bool:
        """Whether there is no low-pass along a dim."""
        return band == 1 and self.taper is None

    def _weights(self, place: np.ndarray) -> np.ndarray:
        """Taper at frequencies from 0 to 1, in new Nyquist frequencies."""
        middle = 1.0 if self.taper is None else _MIDDLE[self.taper]
        return np.asarray(middle + (1 - middle) * np.cos(np.pi * place))

    def _channels(self, axes: Axes) -> Channels:
        return Channels()

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        """1, or the taper, below the new Nyquist frequency; there 0, or its share of it."""
        out = np.ones(())
        for dim, f in zip(self.stride, frequencies, strict=True):
            band = self._band(dim)
            if self._passes(band):
                out = np.multiply.outer(out, np.ones(f.shape))
                continue
            place = 2 * band * np.abs((f + 0.5) % 1.0 - 0.5)
            # With a band of 1 only one bin lies there.
            at_edge = 0.0 if self.nyquist == "zero" else 1.0 if band == 1 else 0.5
            share = np.where(np.abs(place - 1) < 1e-9, at_edge, np.where(place < 1, 1.0, 0.0))
            out = np.multiply.outer(out, share * self._weights(np.minimum(place, 1.0)))
        return out

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """One and two dims, each rule for the Nyquist bin."""
        picture = noise_picture(rng)
        yield cls(stride={"x": 2}), picture
        yield cls(stride={"x": 4, "y": 2}, nyquist="split"), picture
        yield cls(stride={"x": 3}, nyquist="one-sided"), picture
        yield cls(stride={"x": 2, "y": 3}, band={"x": 4}, taper="hamming"), picture
        yield cls(stride={"x": 2}, band={"x": 1}), picture
        volume = noise_picture(rng, {"z": 4, "y": 6, "x": 8})
        yield cls(stride={"z": 2, "y": 3, "x": 4}), volume
