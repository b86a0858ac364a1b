"""What a tensor is computed from: labeled results that are read, viewed, and passed to functions.

An operation whose result can be labeled becomes a node of the graph at once. One whose result
cannot (heads split off the channels, one score for each pair of places) waits as an expression
until an operation brings it to a form that can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from invarsig.adapters.effects import Effects
from invarsig.adapters.layout import Layout, Relayout

__all__ = ["Apply", "Expression", "Read", "Value", "View"]

Tensors = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Read:
    """A labeled result, as a tensor with the batch first and then one axis for each dim."""

    source: str
    layout: Layout

    def run(self, tensors: Tensors, sizes: dict[tuple[str, int], int]) -> Any:
        """Give the tensor."""
        return tensors[self.source]


class View:
    """The same values in another layout."""

    inner: Expression
    layout: Layout
    relayout: Relayout

    def __init__(self, inner: Expression, layout: Layout) -> None:
        self.inner, self.layout = inner, layout
        self.relayout = Relayout(inner.layout, layout)

    def run(self, tensors: Tensors, sizes: dict[tuple[str, int], int]) -> Any:
        """Give the tensor."""
        tensor = self.inner.run(tensors, sizes)
        if self.relayout.same:
            return tensor
        # A dim may have one size in one labeled result and another in the next.
        return self.relayout(tensor, {**sizes, **_sizes_of(self.inner.layout, tensor.shape)})


@dataclass(frozen=True, eq=False)
class Apply:
    """A function of tensors; for the input that was traced it sums over so many products."""

    function: Callable[..., Any]
    inputs: Sequence[Expression]
    layout: Layout
    products: float = 0.0

    def run(self, tensors: Tensors, sizes: dict[tuple[str, int], int]) -> Any:
        """Call it, and note the sizes of the axes that it makes."""
        made = self.function(*[each.run(tensors, sizes) for each in self.inputs])
        found = _sizes_of(self.layout, made.shape)
        sizes |= {owner: size for owner, size in found.items() if owner[1]}
        return made


Expression = Read | View | Apply


def _sizes_of(layout: Layout, shape: Sequence[int]) -> dict[tuple[str, int], int]:
    """Sizes of dims that have an axis of a tensor each."""
    return {
        axis[0].owner: int(size)
        for size, axis in zip(shape, layout, strict=True)
        if len(axis) == 1 and not axis[0].path
    }


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor of the traced program.

    Parameters
    ----------
    expression
        What it is computed from.
    shape
        Its shape, for the input that was traced; where it is expanded without need, larger than
        that of its layout.
    effects
        What lies between the labeled results that it reads and itself, for each dim along which
        samples are not treated one by one.
    linear
        Whether it is linear in what it reads.
    real
        Whether its values are floating-point numbers.
    restrided
        The same with other strides, by dim.
    varied
        The same in another way: with a "dilation" by dim as many times as large, with another
        "padding" in place of zeros, by another "interpolation".
    text
        What it does, in a few words.
    """

    expression: Expression
    shape: tuple[int, ...]
    effects: Effects = field(default_factory=dict)
    linear: bool = True
    real: bool = True
    restrided: Callable[[Mapping[str, int]], Value | None] | None = None
    varied: Callable[[str, Any], Value | None] | None = None
    text: str = ""

    @property
    def layout(self) -> Layout:
        """What its axes stand for."""
        return self.expression.layout

    @property
    def sources(self) -> tuple[Read, ...]:
        """The labeled results that it reads, each once."""
        found: dict[str, Read] = {}
        _reads(self.expression, found)
        return tuple(found.values())

    @property
    def pending(self) -> bool:
        """Whether it holds an operation that is not a node yet."""
        return _calls(self.expression)

    @property
    def products(self) -> float:
        """How many products it sums over since the results that it reads, each once."""
        found: dict[int, float] = {}
        _products(self.expression, found)
        return sum(found.values())


def _products(expression: Expression, found: dict[int, float]) -> None:
    if isinstance(expression, View):
        _products(expression.inner, found)
    elif isinstance(expression, Apply) and id(expression) not in found:
        found[id(expression)] = expression.products
        for each in expression.inputs:
            _products(each, found)


def _reads(expression: Expression, found: dict[str, Read]) -> None:
    if isinstance(expression, Read):
        found.setdefault(expression.source, expression)
    elif isinstance(expression, View):
        _reads(expression.inner, found)
    else:
        for each in expression.inputs:
            _reads(each, found)


def _calls(expression: Expression) -> bool:
    if isinstance(expression, View):
        return _calls(expression.inner)
    return isinstance(expression, Apply)
