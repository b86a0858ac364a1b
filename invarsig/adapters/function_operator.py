"""A function of one plain array as a labeled operator, with what was found about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
import xarray as xr

from invarsig.adapters.effects import Effect, gridded, rates_of
from invarsig.adapters.function_probe import called
from invarsig.adapters.measured import rounding
from invarsig.adapters.without_source import WithoutSource
from invarsig.axes import Axes, Axis
from invarsig.errors import ParameterError
from invarsig.operators import Operator, Plan
from invarsig.operators.base import ArrayOperator
from invarsig.operators.fields import dims_field, mapping_field
from invarsig.operators.function_name import name_of
from invarsig.operators.hop_parameter import with_strides
from invarsig.operators.source import Source

__all__ = ["FunctionOperator"]

# How many shapes of an input are remembered.
_REMEMBERED = 64


@dataclass(frozen=True, eq=False, repr=False)
class FunctionOperator(WithoutSource, ArrayOperator):
    """A function of one plain array as an operator: labels come off before, and go on after.

    Made by `invarsig.from_function`, which finds the parameters.

    Parameters
    ----------
    function
        ``f(array) -> array``, run on one item of the batch at a time.
    over
        Dims of the axes of its argument, in order.
    made
        Dims of the axes of its result, in order.
    effects
        For dims that are kept, the rate, where samples stand, and the reach. A dim that is not
        there is resampled to a size of its own, and depends on everything.
    shared
        Dims along which it commutes with rolling by its stride, ends included.
    is_linear
        Whether it is linear.
    single
        Whether it computes in single precision: then its results are given in it.
    hop
        For some dims the parameter of the function that is its hop: with it `restrided` gives the
        function with another stride.
    said
        What was said of it, and not found: strides and reaches, by name.
    example
        An input; repeated, it tells the size of the result for other sizes.
    """

    function: Callable[..., Any]
    over: tuple[str, ...] = dims_field()
    made: tuple[str, ...] = dims_field()
    effects: Mapping[str, Effect] = mapping_field(default_factory=dict)
    shared: tuple[str, ...] = dims_field(default=())
    is_linear: bool = False
    single: bool = False
    hop: Mapping[str, str] = mapping_field(default_factory=dict)
    said: Mapping[str, Mapping[str, float]] = field(default_factory=dict, compare=False)
    example: np.ndarray | None = field(default=None, compare=False)
    shapes: dict[tuple[int, ...], tuple[int, ...]] = field(default_factory=dict, compare=False)

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether it is linear, as measured."""
        return self.is_linear

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of its argument."""
        return self.over

    def plan(self, axes: Axes) -> Plan:
        """The axes of its result, their rate, and how far it reaches."""
        before = tuple(axes.read_or_counted(dim) for dim in self.over)
        sizes = self._sizes(tuple(axis.size for axis in before))
        given = {axis.dim: axis for axis in before}
        effects = {
            dim: self.effects.get(dim) or _resampled(given[dim].size, size)
            for dim, size in zip(self.made, sizes, strict=True)
            if dim in given
        }
        out = tuple(
            gridded(given[dim], effects[dim], size) if dim in given else Axis(dim, size=size)
            for dim, size in zip(self.made, sizes, strict=True)
        )
        return Plan(
            before,
            out,
            rates_of(effects),
            {
                dim: (each.left * abs(given[dim].step), each.right * abs(given[dim].step))
                for dim, each in effects.items()
            },
            lambda values: self._each(values, sizes),
            operations=float(np.prod(sizes)),
            shared=frozenset(self.shared),
        )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the function with another hop, where its hop is a parameter; else None.

        The samples that both have in common have to be the same.
        """
        own = {dim: each.ratio for dim, each in self.effects.items()}
        if all(own.get(dim, 1) == by for dim, by in strides.items()):
            return self
        return self._with_hop(strides, own) if self.hop else None

    def _with_hop(
        self, strides: Mapping[str, int], own: Mapping[str, Fraction]
    ) -> FunctionOperator | None:
        function = with_strides(self.function, self.hop, own, strides, name_of(self.function))
        if function is None:
            return None
        example = np.asarray(self.example)
        try:
            old, new = called(self.function, example), called(function, example)
        except ParameterError:
            return None  # It refuses this hop.
        for axis, dim in enumerate(self.made):
            ratio = own.get(dim, Fraction(1)) / strides.get(dim, own.get(dim, Fraction(1)))
            if 1 not in (ratio.numerator, ratio.denominator):
                return None
            new = new.take(np.arange(0, new.shape[axis], ratio.numerator), axis)
            old = old.take(np.arange(0, old.shape[axis], ratio.denominator), axis)
            size = min(old.shape[axis], new.shape[axis])
            old, new = (each.take(np.arange(size), axis) for each in (old, new))
        limit = rounding(np.dtype(np.float32 if self.single else np.float64))
        gap = np.nan_to_num(np.abs(new - old)).max(initial=0.0)
        if not old.size or gap > limit * np.nan_to_num(np.abs(old)).max(initial=0.0):
            return None
        effects = {
            dim: replace(each, ratio=Fraction(strides.get(dim, each.ratio)))
            for dim, each in self.effects.items()
        }
        return replace(self, function=function, effects=effects, shared=(), said={}, shapes={})

    @property
    def front_end(self) -> bool:  # type: ignore[override]
        """Whether it has a hop of its own, and makes a picture of a signal."""
        return bool(self.hop) and any(dim not in self.over for dim in self.made)

    def joined_source(self, source: Callable[[Any], str]) -> str:
        """The call that makes it, of an input that it is measured on."""
        if not isinstance(source, Source) or not source.runs:
            return f"<{self}>"
        source.comments("x: an input of this function, of the size that it is measured on")
        parts = [source(self.function), "x", source(_short(self.over))]
        adds = tuple(dim for dim in self.made if dim not in self.over)
        kept = tuple(dim for dim in self.over if dim in self.made)
        drops = tuple(dim for dim in self.over if dim not in self.made)
        if self.made != (*adds, *kept) or (adds and drops):
            parts.append(f"result={source(self.made)}")
        else:
            parts += [f"adds={source(_short(adds))}"] * bool(adds)
            parts += [f"drops={source(_short(drops))}"] * bool(drops)
        parts += [f"{what}={source(each)}" for what, each in self.said.items() if each]
        strided = [dim for dim, each in self.effects.items() if each.ratio != 1]
        hop: Any = self.hop[strided[0]] if list(self.hop) == strided[:1] == strided else self.hop
        parts += [f"hop={source(hop)}"] * bool(hop)
        return f"iv.from_function({', '.join(parts)})"

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        y = super()._apply(x)
        return y.astype(np.complex64 if y.dtype.kind == "c" else np.float32) if self.single else y

    def _each(self, values: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
        """Run on one item of the batch after another."""
        batch = values.shape[: values.ndim - len(self.over)]
        items = values.reshape(-1, *values.shape[len(batch) :])
        results = [self._one(item, sizes) for item in items]
        for item, result in zip(items, results, strict=True):
            if result.shape != sizes:
                raise ParameterError(
                    f"{name_of(self.function)} gives the shape {result.shape} for an array of "
                    f"shape {item.shape}, and {sizes} for another one of that shape: the shape "
                    "depends on the values, so the result has no axes."
                )
        return np.stack(results).reshape((*batch, *sizes))

    def _one(self, item: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
        """Run on one item; NaN where the function refuses what is not finite."""
        try:
            return called(self.function, item)
        except ParameterError:
            if np.isfinite(item).all():
                raise
            return np.full(sizes, np.nan, item.dtype)

    def _sizes(self, given: tuple[int, ...]) -> tuple[int, ...]:
        """Sizes of the result for sizes of the argument: by running it once."""
        if given not in self.shapes:
            if len(self.shapes) >= _REMEMBERED:
                self.shapes.clear()
            self.shapes[given] = self._tried(given)
        return self.shapes[given]

    def _tried(self, given: tuple[int, ...]) -> tuple[int, ...]:
        values = np.asarray(self.example)
        for axis, size in enumerate(given):
            values = values.take(np.arange(size), axis, mode="wrap")
        made = called(self.function, values)
        if made.ndim != len(self.made):
            raise ParameterError(
                f"{name_of(self.function)} gives an array of {made.ndim} axes for sizes {given}, "
                f"and one of {len(self.made)} for the input that it was measured on."
            )
        return made.shape

    def __str__(self) -> str:
        """Its name, and what it does along its dims."""
        parts = [f"over {', '.join(self.over)}"]
        parts += [f"adds {dim}" for dim in self.made if dim not in self.over]
        parts += [f"drops {dim}" for dim in self.over if dim not in self.made]
        rates = ((dim, each.ratio) for dim, each in self.effects.items())
        parts += [f"stride {dim} {ratio}" for dim, ratio in rates if ratio != 1]
        return f"{name_of(self.function)}({', '.join(parts)})"


def _short(names: tuple[str, ...]) -> str | tuple[str, ...]:
    """One name by itself."""
    return names[0] if len(names) == 1 else names


def _resampled(size: int, made: int) -> Effect:
    """The effect on an axis that is brought to a size of its own, end to end."""
    ratio = Fraction(size, made)
    return Effect(ratio, (float(ratio) - 1) / 2).unbounded()
