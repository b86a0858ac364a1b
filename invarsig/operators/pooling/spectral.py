"""Spectral pooling: the ideal low-pass, then every s-th sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import xarray as xr

from invarsig.axes import Axes, nearest_periodic
from invarsig.errors import AxisError, ParameterError
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.windows import Span, check_counts, spans_of

__all__ = ["SpectralPool"]

NyquistRule = Literal["zero", "split", "one-sided"]


@dataclass(frozen=True)
class SpectralPool(ArrayOperator):
    """Spectral pooling: keep the frequencies below the new Nyquist, then every s-th sample.

    ``Y[j] = X[f0(j)] / s`` for the M bins j whose alias nearest to 0 is below ``1/2`` cycle per
    output sample. With the new Nyquist bin zeroed nothing folds: it commutes with every
    translation, whole or not. Keeping that bin breaks this, and the two usual ways of keeping
    it are offered to show by how much. Defined on periodic axes; real input gives real output.

    Parameters
    ----------
    stride
        For each dim the stride s, in samples; the axis must be a multiple of it.
    nyquist
        What becomes of the new Nyquist bin where the output size is even: "zero", "split"
        (the mean of the two bins that meet there) or "one-sided" (the lower one, real part).
    band
        For each dim the stride that the low-pass is made for; the stride itself by default.

    Raises
    ------
    AxisError
        If an axis is not periodic, or no multiple of the stride.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> x = label(np.cos(np.pi * np.arange(8) / 4), Axis("x", period=8.0))
    >>> SpectralPool(stride={"x": 2})(x).values.round(12) + 0.0
    array([ 1.,  0., -1.,  0.])

    References
    ----------
    Rippel, Snoek & Adams (2015), arXiv:1506.03767.
    """

    stride: Mapping[str, int] = mapping_field()
    nyquist: NyquistRule = "zero"
    band: Mapping[str, int] | None = mapping_field(default=None)

    linear = True

    def __post_init__(self) -> None:
        for what, counts in (("stride", self.stride), ("band", self.band)):
            if counts is not None:
                object.__setattr__(self, what, check_counts(what, counts))
        stray = [dim for dim in self.band or {} if dim not in self.stride]
        if stray:
            raise ParameterError(f"The band names {stray[0]!r}; add that dim to stride=.")
        if self.nyquist not in get_args(NyquistRule):
            raise ParameterError(
                f"nyquist={self.nyquist!r} is unknown; give one of "
                f"{', '.join(get_args(NyquistRule))}."
            )

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the stride."""
        return tuple(self.stride)

    def plan(self, axes: Axes) -> Plan:
        """Thin the axes; each output depends on the whole axis."""
        for dim in self.stride:
            if not axes[dim].periodic:
                raise AxisError(
                    f"SpectralPool is defined on periodic axes. {nearest_periodic(axes[dim])}"
                )
            if axes[dim].size % self._band(dim):
                raise AxisError(
                    f"{axes[dim].size} samples along {dim!r} are no multiple of the stride "
                    f"{self._band(dim)} that the low-pass is made for; crop the axis."
                )
        ones = dict.fromkeys(self.stride, 1)
        spans = spans_of(axes, ones, self.stride, "periodic", {})
        return Plan(
            tuple(span.axis for span in spans),
            tuple(span.out_axis for span in spans),
            dict(self.stride),
            dict.fromkeys(self.stride, (np.inf, np.inf)),
            lambda values: self._pooled(values, spans),
            shared=frozenset(self.stride),
        )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same low-pass with other strides."""
        band = {dim: self._band(dim) for dim in self.stride}
        changed = {dim: strides.get(dim, by) for dim, by in self.stride.items()}
        return replace(self, stride=changed, band=band)

    def _band(self, dim: str) -> int:
        return (self.band or {}).get(dim, self.stride[dim])

    def _pooled(self, values: np.ndarray, spans: tuple[Span, ...]) -> np.ndarray:
        from scipy import fft

        real = not np.iscomplexobj(values)
        for place, span in enumerate(spans):
            band = self._band(span.axis.dim)
            if band == 1 and span.stride == 1:
                continue
            axis = values.ndim - len(spans) + place
            # Where the stride is beyond the band, what is kept folds: samples are dropped last.
            within = span.stride if span.stride <= band else 1
            spectrum = np.moveaxis(fft.fft(values, axis=axis), axis, -1) / within
            small = self._cropped(spectrum, span.axis.size // band, span.axis.size // within)
            whole = fft.ifft(small, axis=-1)[..., :: span.stride // within]
            values = np.moveaxis(whole, -1, axis)
            values = values.real if real else values
        return values

    def _cropped(self, spectrum: np.ndarray, kept: int, size: int) -> np.ndarray:
        """Spectrum of `size` bins that holds the lowest `kept` bins of another one."""
        out = np.zeros((*spectrum.shape[:-1], size), dtype=spectrum.dtype)
        up, down = (kept + 1) // 2, (kept - 1) // 2
        out[..., :up] = spectrum[..., :up]
        out[..., size - down :] = spectrum[..., spectrum.shape[-1] - down :]
        if kept % 2 == 0 and self.nyquist != "zero":
            half = kept // 2
            share = 0.5 if self.nyquist == "split" else 1.0
            out[..., -half] += share * spectrum[..., -half]
            if self.nyquist == "split":
                out[..., half] += share * spectrum[..., half]
        return out

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """One and two dims, each rule for the Nyquist bin."""
        picture = noise_picture(rng)
        yield cls(stride={"x": 2}), picture
        yield cls(stride={"x": 4, "y": 2}, nyquist="split"), picture
        yield cls(stride={"x": 3}, nyquist="one-sided"), picture
