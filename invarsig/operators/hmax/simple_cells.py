"""Simple cells: the S1 units of HMAX."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.errors import DimError, DtypeError, ParameterError
from invarsig.kernels.convolution import convolved, convolved_operations
from invarsig.kernels.levels import exponent_of, scaled
from invarsig.kernels.operation_counts import of_passes
from invarsig.kernels.reductions import reduced
from invarsig.operators.banks.channels import channel_axis, orientation_axis
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, mapping_field
from invarsig.operators.hmax.table import BANDS, band_of, gabor_taps, width_and_wavelength
from invarsig.operators.noise import noise_picture
from invarsig.operators.strides import other_strides
from invarsig.operators.windows import (
    BoundaryChoice,
    Span,
    check_boundary,
    extended,
    local_dims,
    shared_dims,
    spans_of,
)

__all__ = ["SimpleCells"]

_SIZES = tuple(size for number in range(1, BANDS + 1) for size in band_of(number).sizes)


@dataclass(frozen=True)
class SimpleCells(ArrayOperator):
    """Simple cells of HMAX (S1): Gabor filters of several sizes, normalized and rectified.

    ``y[s, θ, j] = |sum_k h_sθ[k] x[j - k]| / ||x_js||`` with
    ``h = exp(-(u² + γ² v²) / 2 σ²) cos(2 π u / λ)`` within a disc of diameter s, of mean 0 and norm
    1, u along the wave and v across it. The divisor is the Euclidean norm of the samples in the s x
    s square around the output, with their mean, as in the published model: a patch's contrast
    cancels, its level does not. Where that norm is 0 the response is 0. It lies in [0, 1].

    Width σ and wavelength λ are those of Serre's table for s = 7, 9, ..., 37, and by the formula
    behind it, ``λ = 2 s / (4 - (s - 7) / 40)``, ``σ = 0.8 λ``, for other sizes; γ = 0.3.

    Parameters
    ----------
    over
        The two dims, rows first. At orientation 0 the wave runs along the last one.
    sizes
        Sizes s in samples, odd, at least 3; by default all sixteen of the table.
    orientation
        Angles in radians; by default four, π/4 apart.
    stride, boundary
        As for `Convolve`; a "valid" result covers the places where the largest filter fits.
    channels
        Names of the new dims.

    Returns
    -------
    xarray.DataArray
        In [0, 1], with the new dims "scale" (sizes, in samples; evenly spaced ones are its
        coordinate, others stand beside it as "scale_value") and "orientation" (radians). Width and
        wavelength are given as the coordinates "sigma" and "wavelength", in samples.

    Raises
    ------
    ParameterError
        If a size is even, below 3, or beyond the formula.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import label
    >>> wave = label(np.cos(2 * np.pi * np.arange(70) / 3.5) + np.zeros((70, 1)), "y", "x")
    >>> y = SimpleCells(("y", "x"), sizes=(7, 9))(wave)
    >>> y.dims, y.wavelength.values.round(1).tolist()
    (('scale', 'orientation', 'y', 'x'), [3.5, 4.6])
    >>> y.mean(("y", "x")).sel(scale=7).values.round(2).tolist()
    [0.54, 0.09, 0.07, 0.09]

    References
    ----------
    Serre et al. (2007), doi:10.1109/TPAMI.2007.56; Riesenhuber & Poggio (1999),
    doi:10.1038/14819.
    """

    over: str | tuple[str, ...] = dims_field()
    sizes: tuple[int, ...] = _SIZES
    orientation: tuple[float, ...] = tuple(k * math.pi / 4 for k in range(4))
    stride: Mapping[str, int] = mapping_field(default_factory=dict)
    boundary: BoundaryChoice = mapping_field(default=None)
    channels: tuple[str, str] = dims_field(default=("scale", "orientation"))

    linear = False

    @property
    def homogeneity(self) -> float:
        """0: a gain cancels."""
        return 0

    def __post_init__(self) -> None:
        if isinstance(self.over, str) or len(tuple(self.over)) != 2:
            raise DimError(f"SimpleCells lie in two dims, such as ('y', 'x'), not {self.over!r}.")
        object.__setattr__(self, "over", tuple(self.over))
        sizes = np.atleast_1d(np.asarray(self.sizes, dtype=object)).tolist()
        checked = tuple(
            parameters.count(size, "A filter's size", " samples", least=3) for size in sizes
        )
        even = [size for size in checked if size % 2 == 0]
        if even or not checked:
            raise ParameterError(
                f"A filter's size is {even[0]} samples, which has no middle; give {even[0] + 1}."
                if even
                else "SimpleCells need at least one size."
            )
        object.__setattr__(self, "sizes", checked)
        for size in checked:
            width_and_wavelength(size)
        object.__setattr__(self, "orientation", parameters.angles(self.orientation))
        object.__setattr__(self, "stride", parameters.counts("stride", self.stride))
        stray = [dim for dim in self.stride if dim not in self.over]
        if stray:
            raise DimError(
                f"The stride names {stray[0]!r}; the filters lie along "
                f"{', '.join(map(repr, self.over))}."
            )
        check_boundary(self.boundary)

    @property
    def dims(self) -> tuple[str, ...]:
        """The two dims that the filters lie in."""
        return tuple(self.over)

    def plan(self, axes: Axes) -> Plan:
        """Place the filters, all sizes about the same samples."""
        largest = max(self.sizes)
        windows = dict.fromkeys(self.over, largest)
        centered = dict.fromkeys(self.over, (largest - 1) // 2)
        spans = spans_of(axes, windows, self.stride, self.boundary, centered)
        scale, coords = channel_axis(self.channels[0], self.sizes, "sample")
        angle, more = orientation_axis(self.channels[1], self.orientation)
        table = np.array([width_and_wavelength(size) for size in self.sizes])
        for name, values in zip(("sigma", "wavelength"), table.T, strict=True):
            coords[name] = ((self.channels[0],), values, {"units": "sample"})
        return Plan(
            tuple(span.axis for span in spans),
            (scale, angle, *(span.out_axis for span in spans)),
            {span.axis.dim: span.stride for span in spans},
            {span.axis.dim: span.reach for span in spans},
            lambda values: self._answered(values, spans),
            {**coords, **more},
            operations=sum(self._operations(size, spans) for size in self.sizes),
            shared=shared_dims(spans),
            local=local_dims(spans),
        )

    def _operations(self, size: int, spans: tuple[Span, ...]) -> float:
        """Multiplications of the filters of one size, and of the norms of their windows."""
        less, strides = max(self.sizes) - size, [span.stride for span in spans]
        near = [sum(span.pads) + span.axis.size - less for span in spans]
        places = [span.size for span in spans]
        taps = gabor_taps(size, self.orientation)
        norms = math.prod(near) + of_passes(near, places, [size, size])
        quotients = len(self.orientation) * math.prod(places)
        return convolved_operations(near, taps, strides) + norms + quotients

    def _answered(self, values: np.ndarray, spans: tuple[Span, ...]) -> np.ndarray:
        if np.iscomplexobj(values):
            raise DtypeError(
                "SimpleCells need real values, and these are complex; put a Modulus before them."
            )
        wide = extended(values, spans).astype(np.float64, copy=False)
        wide = scaled(wide, -exponent_of(wide, (-2, -1)))  # a gain cancels
        strides = [span.stride for span in spans]
        answers = []
        for size in self.sizes:
            less = (max(self.sizes) - size) // 2
            rows, columns = wide.shape[-2:]
            near = wide[..., less : rows - less, less : columns - less]
            taps = gabor_taps(size, self.orientation)
            norm = np.sqrt(reduced(near**2, np.add, [size, size], strides))[..., None, :, :]
            answer = np.abs(convolved(near, taps, strides)) / np.where(norm == 0, 1.0, norm)
            # What a product of spectra leaves where the signal is zero is rounding error.
            answers.append(np.where(norm == 0, 0.0, np.minimum(answer, 1.0)))
        return np.stack(answers, axis=-4)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same filters with other strides."""
        changed = other_strides(self.stride, strides, self.over)
        return None if changed is None else replace(self, stride=changed)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """A band, with a stride; one size; two angles, valid."""
        picture = noise_picture(rng, {"y": 16, "x": 24})
        yield cls(("y", "x"), (7, 9), stride={"x": 2}), picture
        yield cls(("y", "x"), (5,), (0.0, 0.5), stride={"y": 2, "x": 3}), picture
        yield cls(("y", "x"), (3, 7, 11), boundary="valid"), picture
        yield cls(("x", "y"), (7,), boundary={"y": "reflect", "x": "zero"}), picture
