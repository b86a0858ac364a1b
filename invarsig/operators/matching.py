"""Windows compared with templates: their similarity and their distance.

Each window of the signal is compared with every template. Windows are placed like those of a
filter: the result stands at the window's center, where the middle of the template would lie.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, axis_of, promoted
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError
from invarsig.kernels.convolution import convolved
from invarsig.kernels.levels import exponent_of, scaled
from invarsig.kernels.moments import window_moments
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, mapping_field
from invarsig.operators.noise import noise_picture, noise_sound
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

__all__ = ["MatchTemplate", "RadialBasis"]

Comparison = Callable[[np.ndarray, float], np.ndarray]


@dataclass(frozen=True)
class TemplateOperator(ArrayOperator):
    """The base class of operators that compare windows with templates."""

    template: xr.DataArray = mapping_field()
    over: tuple[str, ...] = dims_field(default=())
    channels: tuple[str, ...] = dims_field(default=())
    stride: Mapping[str, int] = mapping_field(default_factory=dict)
    boundary: BoundaryChoice = mapping_field(default=None)

    linear = False

    def __post_init__(self) -> None:
        if not isinstance(self.template, xr.DataArray):
            raise ParameterError(
                "template must be an xarray.DataArray over the dims that it spans, such as "
                "picture.isel(y=slice(3, 8), x=slice(5, 9))."
            )
        for name in ("over", "channels"):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        for dim in (*self.over, *self.channels):
            if dim not in self.template.dims:
                raise DimError(f"The template has no dim {dim!r}; it spans {self.template.dims}.")
        if not self._matched:
            raise DimError(
                f"The template spans {self.template.dims}, all of them named in over= or "
                "channels=; leave at least one to match along."
            )
        values = self.template.to_numpy()
        if values.dtype.kind not in "iuf" or values.size == 0 or not np.isfinite(values).all():
            raise ParameterError(
                f"The template of {values.size} values of type {values.dtype} must hold real, "
                "finite numbers; fix or crop it."
            )
        object.__setattr__(self, "stride", parameters.counts("stride", self.stride))
        stray = [dim for dim in self.stride if dim not in self._matched]
        if stray:
            raise DimError(
                f"The stride names {stray[0]!r}, along which the template does not move; it moves "
                f"along {', '.join(map(repr, self._matched))}."
            )
        check_boundary(self.boundary)
        self._check_template(self._laid_out())

    @property
    def _matched(self) -> tuple[str, ...]:
        """Dims along which the template moves."""
        named = (*self.over, *self.channels)
        return tuple(str(dim) for dim in self.template.dims if dim not in named)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the template, less those that count templates."""
        return (*self.over, *self._matched)

    def _laid_out(self) -> np.ndarray:
        """Templates ``(*channels, *over, *matched)`` in double precision."""
        order = (*self.channels, *self.over, *self._matched)
        return promoted(self.template.transpose(*order).to_numpy()).astype(np.float64)

    @abc.abstractmethod
    def _check_template(self, templates: np.ndarray) -> None:
        """Raise if a template is outside what the definition allows."""

    @abc.abstractmethod
    def _comparison(self, templates: np.ndarray, spans: tuple[Span, ...]) -> Comparison:
        """Function of extended values ``(*batch, *over, *wide)``, to ``(*batch, *channels, *out)``.

        Values come in double precision, with the relative rounding error that they had before.
        """

    def plan(self, axes: Axes) -> Plan:
        """Place the windows along those dims that the template moves along."""
        templates = self._laid_out()
        sizes = {dim: self.template.sizes[dim] for dim in self._matched}
        centered = {dim: (size - 1) // 2 for dim, size in sizes.items()}
        spans = spans_of(axes, sizes, self.stride, self.boundary, centered)
        summed = [axes.counted(dim) for dim in self.over]
        for axis in summed:
            if axis.size != self.template.sizes[axis.dim]:
                raise AxisError(
                    f"The template has {self.template.sizes[axis.dim]} samples over {axis.dim!r}, "
                    f"the input {axis.size}; the numbers must be equal."
                )
        compare = self._comparison(templates, spans)

        def kernel(values: np.ndarray) -> np.ndarray:
            if np.iscomplexobj(values):
                raise DtypeError(
                    f"{type(self).__name__} needs real values, and these are complex; put a "
                    "Modulus before it."
                )
            rounding = float(np.finfo(values.dtype).eps)
            return compare(extended(values, spans).astype(np.float64, copy=False), rounding)

        bare = self.template.drop_vars([d for d in self.channels if not self._counted(d)])
        return Plan(
            (*summed, *(span.axis for span in spans)),
            (*(axis_of(bare, dim) for dim in self.channels), *(span.out_axis for span in spans)),
            {span.axis.dim: span.stride for span in spans},
            {span.axis.dim: span.reach for span in spans},
            kernel,
            {
                dim: ((dim,), self.template[dim].to_numpy(), dict(self.template[dim].attrs))
                for dim in self.channels
                if dim in self.template.coords and not self._counted(dim)
            },
            taps=int(np.prod(templates.shape[len(self.channels) :])),
            shared=shared_dims(spans),
            local=local_dims(spans),
        )

    def _counted(self, dim: str) -> bool:
        """Whether a dim of several templates is an axis; labels such as names are not."""
        try:
            axis_of(self.template, dim)
        except AxisError:
            return False
        return True

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same templates with other strides."""
        changed = other_strides(self.stride, strides, self._matched)
        return None if changed is None else replace(self, stride=changed)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """In one, two and three dims; joint over a dim; several templates at once."""
        picture, sound = noise_picture(rng), noise_sound(rng)
        odd = xr.DataArray(rng.standard_normal(7), dims="time")
        yield cls(odd, stride={"time": 3}), sound
        even = xr.DataArray(rng.standard_normal((4, 3)), dims=("y", "x"))
        yield cls(even, stride={"y": 2, "x": 4}), picture
        jointly = xr.DataArray(rng.standard_normal((2, 5)), dims=("channel", "x"))
        yield cls(jointly, over=("channel",), boundary="reflect"), picture
        several = xr.DataArray(
            rng.standard_normal((2, 6, 5)), dims=("pattern", "y", "x")
        ).assign_coords(pattern=["one", "two"])
        yield cls(several, channels=("pattern",), boundary="valid", stride={"x": 2}), picture
        block = xr.DataArray(rng.standard_normal((2, 3, 3)), dims=("z", "y", "x"))
        volume = noise_picture(rng, {"z": 4, "y": 6, "x": 8})
        yield cls(block, boundary={"z": "symmetric", "y": "zero"}, stride={"x": 2}), volume


@dataclass(frozen=True)
class MatchTemplate(TemplateOperator):
    """Template matching: the normalized cross-correlation of each window with a template.

    ``r[j] = sum_k (t[k] - t̄) (x[j s - p + k] - x̄_j) / (K σ_t σ_j)`` with k over the K samples of
    the template, p = (w - 1) // 2, and x̄_j, σ_j the mean and standard deviation of window j. It
    lies in [-1, 1], and is 1 where the window equals the template up to its level and a positive
    gain. `Peak` gives its largest value and where that stands.

    Window moments are joined pairwise in double precision, so nothing cancels in them, however far
    the values lie from zero. A flat window has no direction, and gives 0; a window also counts as
    flat if its deviation is no more than the rounding of its own level, or than 1e-14 of the
    largest sample: long templates are correlated by spectra, which are rounded at about 1e-16 of
    it.

    Parameters
    ----------
    template
        Values over the dims that it spans. Coordinates along the matched dims are not read.
    over
        Dims of template and input that are summed over and not moved along, such as colors.
    channels
        Dims of `template` that count templates; they become dims of the result.
    stride, boundary
        As for `Convolve`.

    Returns
    -------
    xarray.DataArray
        The heat map. A sample stands at the center of its window: the position of the template's
        middle, half-way between two samples where its length is even.

    Raises
    ------
    DimError
        If the input lacks a dim of the template.
    ParameterError
        If a template is flat, or holds NaN.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> from invarsig.axes import Axis, label
    >>> x = label([5.0, 5.0, 5.0, 7.0, 9.0, 7.0, 5.0], Axis("x", unit="px"))
    >>> heat = MatchTemplate(xr.DataArray([0.0, 1.0, 0.0], dims="x"))(x)
    >>> dict(zip(heat.x.values.tolist(), heat.values.round(2).tolist()))
    {1.0: 0.0, 2.0: -0.5, 3.0: 0.0, 4.0: 1.0, 5.0: 0.0}

    References
    ----------
    Lewis (1995), Fast normalized cross-correlation; Chan, Golub & LeVeque (1983),
    doi:10.1080/00031305.1983.10483115, for the moments.
    """

    @property
    def homogeneity(self) -> float:
        """0: a gain cancels."""
        return 0

    def _check_template(self, templates: np.ndarray) -> None:
        inner = tuple(range(len(self.channels), templates.ndim))
        if (np.ptp(templates, axis=inner) == 0).any():
            raise ParameterError(
                f"The template of {int(np.prod(templates.shape[inner[0] :]))} equal values has no "
                "shape to match; give one that varies, or use MeanPool for a local level."
            )

    def _comparison(self, templates: np.ndarray, spans: tuple[Span, ...]) -> Comparison:
        lead, summed = len(self.channels), len(self.over)
        inner = tuple(range(lead, templates.ndim))
        shapes = templates - templates.mean(axis=inner, keepdims=True)
        shapes /= np.sqrt((shapes**2).sum(axis=inner, keepdims=True))
        strides = [span.stride for span in spans]
        windows = [*templates.shape[lead : lead + summed], *(span.window for span in spans)]
        space = tuple(range(-len(windows), 0))

        def compare(values: np.ndarray, rounding: float) -> np.ndarray:
            values = scaled(values, -exponent_of(values, space))  # a gain cancels
            mean, squares = window_moments(values, windows, [1] * summed + strides)
            count, finite = float(np.prod(windows)), np.isfinite(values)
            # The correlation is invariant to a level: a common one is removed beforehand.
            some = np.maximum(finite.sum(axis=space, keepdims=True), 1)
            level = values.sum(axis=space, keepdims=True, where=finite) / some
            rest = values - level
            top = np.abs(rest).max(axis=space, keepdims=True, initial=0.0, where=finite)
            product = convolved(rest, _backwards(shapes, len(spans)), strides, summed)
            # A product of spectra is rounded at the level of the largest sample.
            flat = squares <= count * (np.abs(mean) * rounding + top * 1e-14) ** 2
            # As many axes as the product has: those summed over are removed, those of templates
            # added.
            shape = (*values.shape[: values.ndim - len(windows)], *(1,) * lead)
            shape += squares.shape[squares.ndim - len(spans) :]
            squares, flat = squares.reshape(shape), flat.reshape(shape)
            ratio = product / np.sqrt(np.where(flat, 1.0, squares))
            return np.where(flat, 0.0, np.clip(ratio, -1.0, 1.0))

        return compare


@dataclass(frozen=True, eq=False)
class RadialBasis(TemplateOperator):
    """Radial basis functions of windows: a Gaussian of the distance to each template.

    ``r[j] = exp(-β sum_k (x[j s - p + k] - t[k])²)`` with k over all samples of the template. It is
    1 where the window is the template, level and gain included: the S2 units of HMAX.

    Parameters
    ----------
    template, over, channels, stride, boundary
        As for `MatchTemplate`; a template may be flat.
    beta
        Sharpness β of the Gaussian, in the reciprocal of the values' squared unit.

    Returns
    -------
    xarray.DataArray
        In (0, 1], on the grid of `MatchTemplate`.

    Raises
    ------
    ParameterError
        If `beta` is not above 0.

    Examples
    --------
    >>> import xarray as xr
    >>> from invarsig.axes import label
    >>> near = RadialBasis(xr.DataArray([1.0, 2.0], dims="x"))
    >>> near(label([1.0, 2.0, 2.0, 1.0], "x")).values.round(3).tolist()
    [1.0, 0.368, 0.135]

    References
    ----------
    Poggio & Girosi (1990), doi:10.1109/5.58326; Serre et al. (2007),
    doi:10.1109/TPAMI.2007.56.
    """

    beta: float = 1.0

    def result_unit(self, unit: str) -> str:
        """A plain number, as beta is in the reciprocal of the squared unit of the samples."""
        return "1"

    def _check_template(self, templates: np.ndarray) -> None:
        parameters.positives(self.beta, "beta")

    def _comparison(self, templates: np.ndarray, spans: tuple[Span, ...]) -> Comparison:
        lead, summed = len(self.channels), len(self.over)
        inner = tuple(range(lead, templates.ndim))
        # Distances are invariant to a common level; without it less cancels.
        level = float(templates.mean())
        shapes = templates - level
        lengths = (shapes**2).sum(axis=inner).reshape(*templates.shape[:lead], *(1,) * len(spans))
        strides = [span.stride for span in spans]
        windows = [*templates.shape[lead : lead + summed], *(span.window for span in spans)]

        def compare(values: np.ndarray, _rounding: float) -> np.ndarray:
            rest = values - level
            mean, squares = window_moments(rest, windows, [1] * summed + strides)
            squares = squares + float(np.prod(windows)) * mean**2
            shape = (*values.shape[: values.ndim - len(windows)], *(1,) * lead)
            shape += squares.shape[squares.ndim - len(spans) :]
            product = convolved(rest, _backwards(shapes, len(spans)), strides, summed)
            distance = squares.reshape(shape) - 2 * product + lengths
            return np.asarray(np.exp(-self.beta * np.maximum(distance, 0.0)))

        return compare


def _backwards(templates: np.ndarray, rank: int) -> np.ndarray:
    """Taps whose convolution is the correlation with the templates."""
    return np.flip(templates, axis=tuple(range(-rank, 0)))
