"""Ideal, band-limited upsampling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis, nearest_periodic
from invarsig.errors import AxisError
from invarsig.kernels.operation_counts import of_transform
from invarsig.operators.base import Plan
from invarsig.operators.noise import noise_picture
from invarsig.operators.upsampling.upsampling import Upsampling

__all__ = ["SpectralUpsample"]

NyquistRule = Literal["zero", "split"]


@dataclass(frozen=True)
class SpectralUpsample(Upsampling):
    """Ideal upsampling: ``Y[f] = q X[f]`` below the old Nyquist frequency, and 0 above it.

    The trigonometric polynomial through the samples, on a grid q times as fine. There is no image,
    and it commutes with every translation, whole or not: the reference that other upsamplings are
    compared with. Defined on periodic axes; real input gives real output.

    Parameters
    ----------
    factor
        For each dim the factor q, a whole number of at least 1.
    nyquist
        What becomes of the old Nyquist bin, where the input has an even number of samples: "zero",
        or "split" (half of it at either end of the band, so that the given samples are kept).

    Raises
    ------
    AxisError
        If an axis is not periodic.
    ParameterError
        If a factor is not a whole number of at least 1.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> x = label([1.0, 0.0, -1.0, 0.0], Axis("x", period=4.0))
    >>> SpectralUpsample({"x": 2})(x).values.round(3).tolist()[:4]
    [1.0, 0.707, 0.0, -0.707]

    References
    ----------
    Oppenheim & Schafer, Discrete-time signal processing, section 4.6.
    """

    nyquist: NyquistRule = "zero"

    linear = True

    def __post_init__(self) -> None:
        self._check_factor()
        parameters.one_of("nyquist", self.nyquist, NyquistRule)

    def plan(self, axes: Axes) -> Plan:
        """Give q samples for each one; each depends on the whole axis."""
        for dim in self.factor:
            if not axes[dim].periodic:
                raise AxisError(
                    f"SpectralUpsample is defined on periodic axes. {nearest_periodic(axes[dim])}"
                )
        plan = super().plan(axes)
        work, rest = 0.0, 1.0
        for before, after in zip(plan.in_axes, plan.out_axes, strict=True):
            others = np.prod([axis.size for axis in plan.in_axes], dtype=float) / before.size
            line = of_transform(before.size, real=True) + of_transform(after.size, real=True)
            work += rest * others * line
            rest *= after.size / before.size
        return replace(plan, operations=float(max(work, rest)))

    def _upsampled(self, values: np.ndarray, axes: Sequence[Axis]) -> np.ndarray:
        for place, axis in enumerate(axes, start=-len(axes)):
            by = self.factor[axis.dim]
            if by > 1:
                line = _interpolated(np.moveaxis(values, place, -1), by, self.nyquist)
                values = np.moveaxis(line, -1, place)
        return values

    def _offset(self, by: int) -> float:
        return 0.0

    def _reach(self, by: int) -> float:
        return 0.0 if by == 1 else np.inf

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Self, xr.DataArray]]:
        """Both rules for the Nyquist bin, in one, two and three dims."""
        picture = noise_picture(rng)
        yield cls({"x": 2}), picture
        yield cls({"y": 3, "x": 2}, nyquist="split"), picture
        yield cls({"x": 1}), picture
        yield cls({"z": 2, "x": 4}), noise_picture(rng, {"z": 3, "y": 4, "x": 5})


def _interpolated(values: np.ndarray, by: int, nyquist: NyquistRule) -> np.ndarray:
    """Pad the spectrum along the last axis."""
    from scipy import fft

    size = values.shape[-1]
    real = not np.iscomplexobj(values)
    spectrum = fft.fft(values, axis=-1)
    out = np.zeros((*values.shape[:-1], size * by), dtype=spectrum.dtype)
    up, down = (size + 1) // 2, (size - 1) // 2
    out[..., :up] = spectrum[..., :up]
    out[..., size * by - down :] = spectrum[..., size - down :]
    if size % 2 == 0 and nyquist == "split":
        half = spectrum[..., size // 2] / 2
        out[..., size // 2], out[..., -(size // 2)] = half, half
    result = fft.ifft(out, axis=-1, overwrite_x=True) * by
    return np.asarray(result.real if real else result)
