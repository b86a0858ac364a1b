"""Pointwise operators: the same function of every sample.

They commute with whole-sample shifts. The nonlinear ones create new frequencies, which fold
at the sampling rate there is, so they do not commute with fractions of a sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes import Axes, promoted
from invarsig.errors import AxisError, DtypeError, ParameterError
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, lengths_field, mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.windows import check_counts

__all__ = ["Apply", "Log", "Modulus", "Relu", "Sigmoid", "Square", "Tanh"]


@dataclass(frozen=True)
class _Pointwise(ArrayOperator):
    """A function of single samples: no core dims, no stride, no reach."""

    linear = False

    @property
    def dims(self) -> tuple[str, ...]:
        """None: every dim is a batch dim."""
        return ()

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself: there is no stride to change."""
        return self

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """White noise, and its modulus."""
        yield cls(), noise_picture(rng)
        yield cls(), abs(noise_picture(rng))


def _of_reals(name: str, function: Callable[[np.ndarray], np.ndarray]) -> Plan:
    """Plan of a function that is defined for real samples only."""

    def kernel(values: np.ndarray) -> np.ndarray:
        if np.iscomplexobj(values):
            raise DtypeError(
                f"{name} needs real values, and these are complex; put a Modulus before it."
            )
        return function(values)

    return Plan((), (), kernel=kernel)


@dataclass(frozen=True)
class Relu(_Pointwise):
    """Rectifier: ``y = max(x, 0)``. NaN is propagated.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Relu()(label([-1.0, 2.0], "x")).values.tolist()
    [0.0, 2.0]

    References
    ----------
    Nair & Hinton (2010), Rectified linear units improve restricted Boltzmann machines.
    """

    def plan(self, axes: Axes) -> Plan:
        """The same on any axes."""
        return _of_reals("Relu", lambda values: np.maximum(values, 0))


@dataclass(frozen=True)
class Sigmoid(_Pointwise):
    """Logistic function: ``y = 1 / (1 + exp(-x))``.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> float(Sigmoid()(label(0.0)))
    0.5

    References
    ----------
    Verhulst (1845); Bishop (2006), Pattern recognition and machine learning, section 4.2.
    """

    def plan(self, axes: Axes) -> Plan:
        """The same on any axes."""

        def logistic(values: np.ndarray) -> np.ndarray:
            from scipy import special

            return np.asarray(special.expit(values))

        return _of_reals("Sigmoid", logistic)


@dataclass(frozen=True)
class Tanh(_Pointwise):
    """Hyperbolic tangent: ``y = tanh(x)``.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> float(Tanh()(label(0.0)))
    0.0

    References
    ----------
    LeCun et al. (1998), Efficient backprop, doi:10.1007/3-540-49430-8_2.
    """

    def plan(self, axes: Axes) -> Plan:
        """The same on any axes."""
        return _of_reals("Tanh", np.tanh)


@dataclass(frozen=True)
class Modulus(_Pointwise):
    """Modulus: ``y = |x|``, the envelope of a complex channel. The result is real.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Modulus()(label([3 + 4j, -2], "x")).values.tolist()
    [5.0, 2.0]

    References
    ----------
    Mallat (2012), Group invariant scattering, doi:10.1002/cpa.21413.
    """

    def plan(self, axes: Axes) -> Plan:
        """The same on any axes."""
        return Plan((), (), kernel=np.abs)


@dataclass(frozen=True)
class Square(_Pointwise):
    """Squared modulus: ``y = |x|²``. It doubles the band, so it folds from a quarter rate on.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Square()(label([3 + 4j, -2], "x")).values.tolist()
    [25.0, 4.0]

    References
    ----------
    Adelson & Bergen (1985), doi:10.1364/JOSAA.2.000284.
    """

    def plan(self, axes: Axes) -> Plan:
        """The same on any axes."""

        def square(values: np.ndarray) -> np.ndarray:
            return values.real**2 + values.imag**2 if np.iscomplexobj(values) else values**2

        return Plan((), (), kernel=square)


@dataclass(frozen=True)
class Log(_Pointwise):
    """Natural logarithm: ``y = ln(x + offset)``. Below zero the result is NaN, at zero -inf.

    Parameters
    ----------
    offset
        Added before the logarithm; in the unit of the samples.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Log(offset=1.0)(label([0.0], "x")).values.tolist()
    [0.0]

    References
    ----------
    Stevens (1957), doi:10.1037/h0046162, on why loudness is heard on a compressive scale.
    """

    offset: float = 0.0

    def __post_init__(self) -> None:
        real = isinstance(self.offset, (int, float, np.integer, np.floating))
        if not real or not np.isfinite(self.offset) or self.offset < 0:
            raise ParameterError(f"offset is {self.offset!r}; give a finite value of at least 0.")

    def plan(self, axes: Axes) -> Plan:
        """The same on any axes."""

        def logarithm(values: np.ndarray) -> np.ndarray:
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray(np.log(values + np.asarray(self.offset, values.dtype)))

        return _of_reals("Log", logarithm)


@dataclass(frozen=True)
class Apply(ArrayOperator):
    """Any function of plain arrays as an operator.

    Without `over` the function must treat every sample alike and keep the shape. With them
    it is given an array ``(..., *over)`` and must give back one whose last axes are shorter by
    the stride; it must not mix what stands on the axes in front.

    Parameters
    ----------
    function
        ``f(array) -> array``.
    over
        Dims that the function is joint over.
    stride
        For each of these dims the input samples per output sample; 1 by default.
    reach
        For each of these dims how far to each side an output depends on the input, in the
        axis' unit; infinite by default.
    assume_linear
        Whether the function is linear; believed, not checked.

    Raises
    ------
    ParameterError
        If `function` cannot be called, or gives back another shape than was planned.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import label
    >>> Apply(np.cbrt)(label([8.0, 27.0], "x")).values.tolist()
    [2.0, 3.0]
    >>> flip = Apply(lambda a: a[..., ::-1], over="x")
    >>> flip(label([1.0, 2.0], "x")).values.tolist()
    [2.0, 1.0]
    """

    function: Callable[..., Any]
    over: str | tuple[str, ...] = dims_field(default=())
    stride: Mapping[str, int] = mapping_field(default_factory=dict)
    reach: Mapping[str, float] = lengths_field(default_factory=dict)
    assume_linear: bool = False

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise ParameterError(f"Apply needs a function, not {type(self.function).__name__}.")
        object.__setattr__(
            self, "over", (self.over,) if isinstance(self.over, str) else tuple(self.over)
        )
        object.__setattr__(self, "stride", check_counts("stride", self.stride))
        for what, named in (("stride", self.stride), ("reach", self.reach)):
            stray = [dim for dim in named if dim not in self.over]
            if stray:
                raise ParameterError(f"The {what} names {stray[0]!r}; add that dim to over=.")

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether the function is said to be linear."""
        return self.assume_linear

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that the function is joint over."""
        return tuple(self.over)

    def plan(self, axes: Axes) -> Plan:
        """Keep the axes, thinned by the stride."""
        before = tuple(axes[dim] for dim in self.over)
        strides = {dim: self.stride.get(dim, 1) for dim in self.over}
        for axis in before:
            if axis.size % strides[axis.dim]:
                raise AxisError(
                    f"{axis.size} samples along {axis.dim!r} are no multiple of the stride "
                    f"{strides[axis.dim]}; crop the axis."
                )
        after = tuple(axis.strided(strides[axis.dim]) for axis in before)

        def kernel(values: np.ndarray) -> np.ndarray:
            # A copy: the function may work in place, and the input is not its own.
            result = promoted(np.asarray(self.function(values.copy())))
            shape = (*values.shape[: values.ndim - len(after)], *(axis.size for axis in after))
            if result.shape != shape:
                raise ParameterError(
                    f"The function of {self} gave back the shape {result.shape} where {shape} "
                    "was planned."
                )
            return result

        reach = {dim: (float(self.reach.get(dim, np.inf)),) * 2 for dim in self.over}
        return Plan(before, after, strides, reach, kernel)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself if nothing changes: the stride is inside the function."""
        same = all(strides.get(dim, by) == by for dim, by in self.stride.items())
        return self if same else None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Of single samples, and along a dim."""
        picture = noise_picture(rng)
        yield cls(np.cbrt), picture
        yield cls(_every_second, ("x",), {"x": 2}), picture


def _every_second(values: np.ndarray) -> np.ndarray:
    return values[..., ::2]
