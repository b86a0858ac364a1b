"""Any function of plain arrays as an operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, promoted
from invarsig.errors import ParameterError, StrideError
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, lengths_field, mapping_field
from invarsig.operators.function_name import name_of
from invarsig.operators.hop_parameter import check_hops, with_strides
from invarsig.operators.noise import noise_picture
from invarsig.operators.strides import same_strides

__all__ = ["Apply"]


@dataclass(frozen=True)
class Apply(ArrayOperator):
    """Any function of plain arrays as an operator.

    Without `over` the function must treat every sample in the same way and keep the shape. With
    `over` it is given an array ``(..., *over)`` and must give back one whose last axes are shorter
    by the stride; it must not mix samples along the leading axes.

    It is for functions of numpy that work on any leading axes and keep their dims: fast on batches,
    and nothing is run before it is applied. Stride and reach are what is said here. Any other
    function (it adds or drops dims, takes one array without batch, or its stride and reach are not
    known) becomes an operator by `invarsig.from_function`, which measures them.

    Parameters
    ----------
    function
        ``f(array) -> array``.
    over
        Dims that the function is joint over.
    stride
        For each of these dims the input samples per output sample; 1 by default.
    reach
        For each of these dims how far an output depends on the input to each side, in the axis'
        unit; infinite by default.
    assume_linear
        Whether the function is linear; taken on trust, not checked.
    hop
        For some of these dims the parameter of the function that is its hop: then it is called with
        another value of it where another stride is tried, as `invarsig.remedies` does. A parameter
        may be in any unit; it changes as the stride does.

    Raises
    ------
    ParameterError
        If `function` cannot be called, lacks the parameter that is its hop, or gives back another
        shape than was planned.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import label
    >>> Apply(np.square)(label([2.0, 3.0], "x")).values.tolist()
    [4.0, 9.0]
    >>> flip = Apply(lambda a: a[..., ::-1], over="x")
    >>> flip(label([1.0, 2.0], "x")).values.tolist()
    [2.0, 1.0]
    """

    function: Callable[..., Any]
    over: str | tuple[str, ...] = dims_field(default=())
    stride: Mapping[str, int] = mapping_field(default_factory=dict)
    reach: Mapping[str, float] = lengths_field(default_factory=dict)
    assume_linear: bool = False
    hop: Mapping[str, str] = mapping_field(default_factory=dict)

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise ParameterError(f"Apply needs a function, not {type(self.function).__name__}.")
        object.__setattr__(
            self, "over", (self.over,) if isinstance(self.over, str) else tuple(self.over)
        )
        object.__setattr__(self, "stride", parameters.counts("stride", self.stride))
        object.__setattr__(self, "reach", parameters.lengths("reach", self.reach))
        for what, named in (("stride", self.stride), ("reach", self.reach), ("hop", self.hop)):
            stray = [dim for dim in named if dim not in self.over]
            if stray:
                raise ParameterError(f"The {what} names {stray[0]!r}; add that dim to over=.")
        check_hops(self.function, self.hop, name_of(self.function))

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether the function is said to be linear."""
        return self.assume_linear

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that the function is joint over."""
        return tuple(self.over)

    def plan(self, axes: Axes) -> Plan:
        """Keep the axes, decimated by the stride."""
        before = tuple(axes[dim] for dim in self.over)
        strides = {dim: self.stride.get(dim, 1) for dim in self.over}
        for axis in before:
            excess = axis.size % strides[axis.dim]
            if excess:
                raise StrideError(
                    f"{axis.size} samples along {axis.dim!r} are not a multiple of the stride "
                    f"{strides[axis.dim]}; crop the axis to {axis.size - excess} samples, or pad "
                    f"it to {axis.size - excess + strides[axis.dim]}.",
                    axis.dim,
                    excess,
                )
        after = tuple(axis.strided(strides[axis.dim]) for axis in before)

        def kernel(values: np.ndarray) -> np.ndarray:
            # A copy: the function may work in place, and must not change the input.
            result = promoted(np.asarray(self.function(values.copy())))
            shape = (*values.shape[: values.ndim - len(after)], *(axis.size for axis in after))
            if result.shape != shape:
                raise ParameterError(
                    f"The function of {self} gave back the shape {result.shape} where {shape} "
                    "was planned. Name in over= the dims that it works on, which come last, and in "
                    "stride= those that it decimates. Where it adds dims or drops them take "
                    "iv.from_function."
                )
            return result

        reach = {dim: (float(self.reach.get(dim, np.inf)),) * 2 for dim in self.over}
        return Plan(before, after, strides, reach, kernel)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the function with another hop, where its hop is a parameter; else None."""
        if same_strides(self.stride, strides):
            return self
        own = {dim: Fraction(by) for dim, by in self.stride.items()}
        name = name_of(self.function)
        function = with_strides(self.function, self.hop, own, strides, name) if self.hop else None
        if function is None:
            return None
        return replace(self, function=function, stride={**self.stride, **strides})

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Of single samples, and along a dim."""
        picture = noise_picture(rng)
        yield cls(np.cbrt), picture
        yield cls(_every_second, ("x",), {"x": 2}), picture


def _every_second(values: np.ndarray) -> np.ndarray:
    return values[..., ::2]
