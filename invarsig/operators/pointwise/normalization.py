"""Normalizations: division by a pooled value, and affine maps of single places."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, promoted
from invarsig.errors import AxisError, ParameterError
from invarsig.kernels.levels import exponent_of, scaled
from invarsig.kernels.reductions import reduced
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.strides import every_sample
from invarsig.operators.windows import (
    BoundaryChoice,
    Span,
    check_boundary,
    extended,
    local_dims,
    shared_dims,
    spans_of,
)

__all__ = ["DivisiveNormalization", "LayerNorm", "PositionAffine"]


@dataclass(frozen=True)
class DivisiveNormalization(ArrayOperator):
    """Divisive normalization: ``y = x^n / (sigma^n + mean |x|^n)``, the mean taken over a pool.

    The pool is a window around each sample, whole dims, or both: with a window along y and x and
    `over` the orientations, a cell is divided by all orientations nearby. Signs and phases stay:
    ``x^n`` stands for ``x |x|^(n - 1)``. Windows and whole dims are shift-invariant, so the
    operator commutes with whole samples.

    Parameters
    ----------
    sigma
        Semi-saturation, in the unit of the samples: where the pool's root mean is well below it,
        the division has no effect; where it is well above, the level of the signal cancels. Above
        0.
    exponent
        The exponent n, above 0.
    window
        For each dim the width of the window in samples, odd, so that it is centered on its sample.
    over
        Dims that are pooled whole.
    boundary
        As for `MaxPool`, for the dims of the window. Where it is "valid" the axis gets shorter.

    Raises
    ------
    ParameterError
        If sigma or the exponent is not above 0, a window is even, or there is no pool.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> x = label([[3.0], [1.0]], "orientation", "x")
    >>> DivisiveNormalization(sigma=1.0, over="orientation")(x).values.round(4).tolist()
    [[1.5], [0.1667]]

    References
    ----------
    Heeger (1992), Normalization of cell responses in cat striate cortex,
    doi:10.1017/S0952523800009640; Carandini & Heeger (2012), Normalization as a canonical neural
    computation, doi:10.1038/nrn3136.
    """

    sigma: float = 1.0
    exponent: float = 2.0
    window: Mapping[str, int] = mapping_field(default_factory=dict)
    over: str | tuple[str, ...] = dims_field(default=())
    boundary: BoundaryChoice = mapping_field(default=None)

    linear = False

    def __post_init__(self) -> None:
        for what in ("sigma", "exponent"):
            parameters.positive(getattr(self, what), what, wanted="a finite value above 0")
        object.__setattr__(self, "window", parameters.counts("window", self.window))
        over = (self.over,) if isinstance(self.over, str) else tuple(self.over)
        object.__setattr__(self, "over", over)
        if not (self.window or over):
            raise ParameterError(
                "DivisiveNormalization needs a pool: window={'x': 5}, over='channel', or both."
            )
        for dim, width in self.window.items():
            if width % 2 == 0:
                raise ParameterError(
                    f"The window along {dim!r} is {width} samples; give an odd number, so that it "
                    f"is centered on its sample: {width + 1}."
                )
            if dim in over:
                raise ParameterError(f"{dim!r} is in over= and in window=; pool it once.")
        check_boundary(self.boundary)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the pool."""
        return (*self.over, *self.window)

    def result_unit(self, unit: str) -> str:
        """A ratio, as sigma is in the unit of the samples."""
        return "1"

    def plan(self, axes: Axes) -> Plan:
        """Place a window around each sample, over whole dims."""
        centered = {dim: (width - 1) // 2 for dim, width in self.window.items()}
        spans = spans_of(axes, self.window, {}, self.boundary, centered)
        whole = tuple(axes.read_or_counted(dim) for dim in self.over)
        placed = [dim for dim in self.over if axes.placed(dim)]
        return Plan(
            (*whole, *(span.axis for span in spans)),
            (*whole, *(span.out_axis for span in spans)),
            dict.fromkeys([*placed, *self.window], 1),
            {
                **dict.fromkeys(placed, (np.inf, np.inf)),
                **{span.axis.dim: span.reach for span in spans},
            },
            lambda values: self._divided(extended(values, spans), spans),
            # A power on either side, a quotient, and sums along each dim of the window.
            taps=3 + sum(span.window for span in spans),
            shared=shared_dims(spans) | frozenset(self.over),
            local=local_dims(spans),
        )

    def _divided(self, values: np.ndarray, spans: tuple[Span, ...]) -> np.ndarray:
        # In double precision and in units of sigma, whose own power may exceed the range of single
        # precision.
        wide_type = np.complex128 if np.iscomplexobj(values) else np.float64
        units = values.astype(wide_type) / self.sigma
        over = np.finfo(np.float64).maxexp / (2 * self.exponent)
        level = exponent_of(units, tuple(range(-len(self.dims), 0)))
        if (level > over).any():
            # Powers beyond the range: sigma is next to nothing there, and the level cancels.
            loud = np.where(level > over, level, 0)
            least = np.ldexp(1.0, -loud) ** self.exponent
            return self._ratio(scaled(units, -loud), least, spans).astype(values.dtype)
        return self._ratio(units, 1.0, spans).astype(values.dtype)

    def _ratio(
        self, units: np.ndarray, least: np.ndarray | float, spans: tuple[Span, ...]
    ) -> np.ndarray:
        """``x^n / (least + mean |x|^n)``."""
        powers = np.abs(units) ** self.exponent  # of what lies beyond the ends as well
        last = tuple(range(-len(self.dims), -len(spans))) if self.over else ()
        pooled = powers.mean(axis=last, keepdims=True) if last else powers
        if spans:
            widths = [span.window for span in spans]
            count = float(np.prod(widths))
            pooled = reduced(pooled, np.add, widths, [1] * len(widths)) / count
        first = [(span.window - 1) // 2 for span in spans]
        keep: list[Any] = [slice(k, k + span.size) for k, span in zip(first, spans, strict=True)]
        own = units[(..., *keep)]
        size = np.abs(own)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            # x |x|^(n - 1), which is 0 at 0 for any exponent.
            signed = np.where(size == 0, 0, own / size) * size**self.exponent
            whole = least + pooled
            return np.asarray(signed / np.where(whole == 0, 1.0, whole))

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Windows and whole dims, several exponents and boundaries."""
        picture = noise_picture(rng)
        yield cls(window={"x": 5}), picture
        yield cls(0.5, 1.5, window={"y": 3, "x": 3}, over="channel"), picture
        yield cls(0.2, 1.0, over=("y", "x")), picture
        yield cls(2.0, window={"x": 7}, boundary="valid"), picture
        yield cls(2.0, window={"x": 3}, boundary="reflect"), picture


@dataclass(frozen=True)
class LayerNorm(ArrayOperator):
    """Layer normalization: ``y = (x - mean) / sqrt(variance + epsilon)``, over chosen dims.

    Mean and variance are those of whole dims, so all places are treated equally: it is equivariant
    along every dim, for whole samples and, on periodic axes, for fractions up to the effect of the
    Nyquist bin on the variance. Over ``"channel"`` it is a function of each place separately, which
    creates new frequencies as any pointwise nonlinearity does; over all of a picture's places it is
    instance normalization. Equal values, up to the rounding of their own level, give 0, and NaN if
    epsilon is 0. The affine map that often follows is `PositionAffine` where it has a weight for
    each place, and not equivariant then.

    Parameters
    ----------
    over
        Dims whose mean and variance are taken, together.
    epsilon
        Added to the variance, in the squared unit of the samples; at least 0.

    Raises
    ------
    ParameterError
        If no dim is given or epsilon is below 0.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> LayerNorm("x", epsilon=0)(label([1.0, 3.0], "x")).values.tolist()
    [-1.0, 1.0]

    References
    ----------
    Ba, Kiros & Hinton (2016), Layer normalization, arXiv:1607.06450; over places alone: Ulyanov,
    Vedaldi & Lempitsky (2016), Instance normalization, arXiv:1607.08022.
    """

    over: str | tuple[str, ...] = dims_field()
    epsilon: float = 1e-5

    linear = False

    def __post_init__(self) -> None:
        over = (self.over,) if isinstance(self.over, str) else tuple(self.over)
        object.__setattr__(self, "over", over)
        if not over:
            raise ParameterError("LayerNorm needs at least one dim: over='channel'.")
        wanted = "a finite value of at least 0"
        parameters.finite(self.epsilon, "epsilon", least=0, wanted=wanted)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims whose mean and variance are taken."""
        return tuple(self.over)

    @property
    def homogeneity(self) -> float | None:
        """0 without an epsilon: the scale cancels."""
        return 0 if self.epsilon == 0 else None

    def result_unit(self, unit: str) -> str:
        """A ratio, as epsilon is in the squared unit of the samples."""
        return "1"

    def plan(self, axes: Axes) -> Plan:
        """Keep the axes; each output depends on all of them."""
        whole = tuple(axes.read_or_counted(dim) for dim in self.over)
        placed = [dim for dim in self.over if axes.placed(dim)]
        last = tuple(range(-len(whole), 0))

        def kernel(values: Any) -> Any:
            return _standardized(values, last, self.epsilon)

        return Plan(
            whole,
            whole,
            dict.fromkeys(placed, 1),
            dict.fromkeys(placed, (np.inf, np.inf)),
            kernel,
            taps=2,  # a square and a quotient: the moments are shared
            shared=frozenset(self.over),
            by_tree=kernel,
        )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Over channels, over places, over all."""
        picture = noise_picture(rng)
        yield cls("channel"), picture
        yield cls(("y", "x")), picture
        yield cls(("channel", "y", "x"), epsilon=0.1), picture


def _standardized(values: Any, last: tuple[int, ...], epsilon: float) -> Any:
    """Values less their mean over the last axes, over the root of their variance and `epsilon`.

    Of a dask array the moments are put together from those of its chunks, and nothing is computed.
    """
    # Sums in double precision, and the rounding error of a mean is subtracted, too: equal values
    # have no deviation.
    wide = np.complex128 if np.iscomplexobj(values) else np.float64
    last = tuple(values.ndim + axis for axis in last)
    mean = values.mean(axis=last, keepdims=True, dtype=wide)
    away = values - mean.astype(values.dtype)
    away = away - away.mean(axis=last, keepdims=True, dtype=wide).astype(values.dtype)
    # Squares in units of the largest sample, in which they keep their digits.
    own = exponent_of(values, last)
    squares = scaled(np.abs(away).astype(np.float64), -own) ** 2
    variance = squares.mean(axis=last, keepdims=True)
    rounding = scaled(np.abs(mean), -own) * np.finfo(values.dtype).eps
    flat = variance <= rounding**2
    away, variance = np.where(flat, 0, away), np.where(flat, 0, variance)
    # Added to epsilon in units of its root, if that is larger.
    root = math.frexp(math.sqrt(epsilon))[1]
    unit = np.maximum(own, root) if epsilon > 0 else own
    spread = np.sqrt(scaled(variance, 2 * (own - unit)) + scaled(np.full((), epsilon), -2 * unit))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = scaled(away.astype(wide), -unit) / spread
    return ratio.astype(values.dtype)


@dataclass(frozen=True, eq=False)
class PositionAffine(ArrayOperator):
    """An affine map of each place separately: ``y[n] = scale[n] x[n] + offset[n]``.

    Over places it is the gain and bias that follow a layer normalization, or an absolute positional
    encoding added to a signal. It does not commute with translation along them, and folding does
    not explain why: what differs from place to place stays where it is when the signal moves.

    Over channels it is the bias of a layer of a network, or its batch normalization
    (`invarsig.operators.batch_norm`), and commutes with every move of the places.

    Parameters
    ----------
    scale
        Factors over the places: dims of the input, each with as many entries as it has samples.
        Places are counted; coordinates are ignored.
    offset
        What is added, over the same dims or others, in the unit of the result.

    Raises
    ------
    AxisError
        If the number of places differs from the input's number of samples.

    Examples
    --------
    >>> import xarray as xr
    >>> from invarsig.axes import label
    >>> ramp = xr.DataArray([1.0, 2.0, 3.0], dims="x")
    >>> PositionAffine(ramp, offset=ramp)(label([1.0, 1.0, 1.0], "x")).values.tolist()
    [2.0, 4.0, 6.0]
    >>> bias = xr.DataArray([0.5, -0.5], dims="channel")
    >>> PositionAffine(offset=bias)(label([[1.0, 2.0], [1.0, 2.0]], "channel", "x")).values.tolist()
    [[1.5, 2.5], [0.5, 1.5]]

    References
    ----------
    Ba, Kiros & Hinton (2016), arXiv:1607.06450; on positions that a network can distinguish: Kayhan
    & van Gemert (2020), arXiv:2003.07064.
    """

    scale: xr.DataArray | None = mapping_field(default=None)
    offset: xr.DataArray | None = mapping_field(default=None)

    def __post_init__(self) -> None:
        for name, given in (("scale", self.scale), ("offset", self.offset)):
            if given is not None and not isinstance(given, xr.DataArray):
                raise ParameterError(
                    f"{name} must be an xarray.DataArray over the places, not "
                    f"{type(given).__name__}."
                )
        if not self.dims:
            raise ParameterError(
                "PositionAffine needs a scale or an offset over at least one dim; for one number "
                "everywhere use Polynomial((offset, scale))."
            )
        sizes: dict[str, int] = {}
        for given in self._given():
            for dim, size in given.sizes.items():
                if sizes.setdefault(str(dim), size) != size:
                    raise ParameterError(
                        f"scale and offset have {sizes[str(dim)]} and {size} places along {dim!r}; "
                        "give them as many."
                    )

    def _given(self) -> list[xr.DataArray]:
        return [each for each in (self.scale, self.offset) if each is not None]

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether nothing is added."""
        return self.offset is None or not self.offset.to_numpy().any()

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the places."""
        return tuple(dict.fromkeys(str(dim) for each in self._given() for dim in each.dims))

    def result_unit(self, unit: str) -> str:
        """The unit of the samples, which the offset is in."""
        return unit

    def plan(self, axes: Axes) -> Plan:
        """Keep the axes; weights are not shared."""
        places = tuple(axes.read_or_counted(dim) for dim in self.dims)
        for axis in places:
            count = next(each.sizes[axis.dim] for each in self._given() if axis.dim in each.dims)
            if count != axis.size:
                raise AxisError(
                    f"The weights have {count} places along {axis.dim!r}, and the input "
                    f"{axis.size}."
                )
        scale, offset = self._spread(self.scale), self._spread(self.offset)

        def kernel(values: np.ndarray) -> np.ndarray:
            scaled = values if scale is None else scale * values
            return scaled if offset is None else scaled + offset

        placed = [dim for dim in self.dims if axes.placed(dim)]
        return Plan(
            places, places, dict.fromkeys(placed, 1), dict.fromkeys(placed, (0.0, 0.0)), kernel
        )

    def _spread(self, given: xr.DataArray | None) -> np.ndarray | None:
        """Weights in a shape that broadcasts over the last axes."""
        if given is None:
            return None
        there = [dim for dim in self.dims if dim in given.dims]
        shape = [given.sizes[dim] if dim in there else 1 for dim in self.dims]
        return promoted(given.transpose(*there).to_numpy()).reshape(shape)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """A gain, a bias, and both, over one and two dims."""
        gain = xr.DataArray(rng.standard_normal(24), dims="x")
        bias = xr.DataArray(rng.standard_normal((24, 12)), dims=("x", "y"))
        yield cls(gain), noise_picture(rng)
        yield cls(offset=bias), noise_picture(rng)
        yield cls(gain, bias), noise_picture(rng)
