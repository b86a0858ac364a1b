"""From a list of tensor operations to the nodes of a graph of labeled operators."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from invarsig.adapters.call import Call
from invarsig.adapters.effects import Effect, Effects, after, together
from invarsig.adapters.expressions import Apply, Expression, Read, Value, View
from invarsig.adapters.home import Home
from invarsig.adapters.layout import BATCH, Layout, Part, shape_of, whole
from invarsig.adapters.step import Step
from invarsig.adapters.tensor_operators import TensorJoin, TensorOperator
from invarsig.operators import Node

__all__ = ["Tracer", "Unknown"]


class Unknown(Exception):
    """An operation, or a form of one, of which nothing is known."""


@dataclass
class Tracer:
    """What has been found so far.

    Parameters
    ----------
    home
        Where tensors live.
    spread
        Dims along which samples have positions; others count channels.
    batch
        Size of the batch that was traced; None where items run one by one, each in a batch of one
        whose axis stands for nothing.
    """

    home: Home
    spread: set[str]
    batch: int | None
    nodes: list[Node] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _names: dict[str, int] = field(default_factory=dict)

    @property
    def items(self) -> tuple[Part, ...]:
        """What the axis of the batch stands for."""
        return () if self.batch is None else (Part(BATCH, self.batch),)

    def input(self, dims: Sequence[str], shape: Sequence[int], name: str) -> Value:
        """The graph's own input."""
        return self._read(name, tuple(map(Part, dims, shape[1:])))

    def _read(self, name: str, parts: Sequence[Part]) -> Value:
        layout = (self.items, *((part,) for part in parts))
        return Value(Read(name, layout), shape_of(layout, {}))

    def fresh(self, dim: str, size: int) -> Part:
        """A new dim, or new samples along an old one."""
        return Part(dim, size, next(self._numbers))

    def channel(self, replaced: Sequence[Part], others: Layout, size: int) -> tuple[Part, ...]:
        """New channels in place of some parts, under their name where that is free."""
        if size == 1 and not replaced:
            return ()
        taken = {part.dim for part in whole(others)}
        wanted = [part.dim for part in replaced if part.dim not in self.spread | {BATCH}]
        for dim in (*wanted, "channel", *(f"channel_{k}" for k in range(2, 99))):
            if dim not in taken and dim not in self.spread:
                return (self.fresh(dim, size),)
        raise Unknown("no name is left")

    def viewed(self, value: Value, layout: Layout, shape: Sequence[int] | None = None) -> Value:
        """The same values in another layout."""
        expression: Expression = value.expression
        inner = expression.inner if isinstance(expression, View) else expression
        made = inner if inner.layout == layout else View(inner, layout)
        size = tuple(shape if shape is not None else shape_of(layout, {}))
        return replace(value, expression=made, shape=size)

    def made(
        self,
        call: Call,
        layout: Layout,
        effects: Effects | None = None,
        *,
        function: Callable[..., Any] | None = None,
        linear: bool = False,
        text: str = "",
        values: Sequence[Value] | None = None,
        taps: float = 0.0,
    ) -> Value:
        """The result of an operation, each of whose samples sums over `taps` products."""
        values = call.values if values is None else values
        inputs, layout = list(values), _once(layout)
        before = together([value.effects for value in inputs])
        expression = Apply(
            function or call.function(),
            [value.expression for value in inputs],
            layout,
            taps * math.prod(call.shape),
        )
        own = effects or {}
        return Value(
            expression,
            tuple(call.shape),
            after(before, own),
            linear and all(value.linear for value in inputs),
            call.real,
            text=text or call.name,
        )

    def settled(self, value: Value, path: str) -> Value:
        """Make a value a node of the graph, if it is an operation whose result can be labeled."""
        if not value.pending or not value.real:
            return value
        found = self._labeled(value.layout)
        if found is None:
            return value
        parts, layout, effects = found
        return self.node(value, path, parts, layout, effects)

    def node(
        self, value: Value, path: str, parts: Sequence[Part], layout: Layout, effects: Effects
    ) -> Value:
        """Make a value a node, with these dims; give the result in the value's own layout."""
        op = self._operator(value, parts, layout, effects)
        name = self._free(path)
        self.nodes.append(Node(name, op, tuple(read.source for read in value.sources)))
        read = self._read(name, [Part(part.dim, part.size) for part in parts])
        own = {part: Part(part.dim, part.size) for part in parts}
        merged = {layout[k + 1]: own[part] for k, part in enumerate(parts)}
        back = tuple(_renamed(axis, merged, own) for axis in value.layout)
        return self.viewed(read, back, value.shape)

    def _operator(
        self, value: Value, parts: Sequence[Part], layout: Layout, effects: Effects
    ) -> TensorOperator | TensorJoin:
        reads = value.sources
        final = View(value.expression, layout) if value.layout != layout else value.expression
        all_effects = after(value.effects, effects)
        read_dims = {part.dim for read in reads for part in whole(read.layout)}
        for part in parts:
            if part.made and part.dim in read_dims and part.dim not in all_effects:
                all_effects[part.dim] = Effect.counted()
        lost = read_dims - {part.dim for part in parts} - {BATCH}
        for dim in lost:
            all_effects.setdefault(dim, Effect.everywhere())
        dims = tuple(part.dim for part in parts)
        step = Step(final, reads, dims, all_effects, self.home, value.text)
        samples = (self.batch or 1) * math.prod(part.size for part in parts)
        taps = value.products / max(samples, 1)
        if len(reads) > 1:
            return TensorJoin(step, value.linear, taps)
        again, varied = value.restrided, value.varied

        def relabeled(other: Value | None) -> TensorOperator | None:
            found = None if other is None else self._labeled(other.layout)
            if other is None or found is None:
                return None
            made = self._operator(other, *found)
            return made if isinstance(made, TensorOperator) else None

        return TensorOperator(
            step,
            value.linear,
            None if again is None else lambda strides: relabeled(again(strides)),
            None if varied is None else lambda kind, to: relabeled(varied(kind, to)),
            # A function of a single sample counts as one.
            taps=taps or 1.0,
        )

    def _labeled(self, layout: Layout) -> tuple[list[Part], Layout, dict[str, Effect]] | None:
        """Dims that label a tensor's axes, in which layout; None where there are none.

        Parts of channels that stand together are new channels. The slower part of a dim with
        positions, whose faster part has become channels, is that dim with a stride.
        """
        flat = whole(layout)
        if [part for part in flat if part.dim == BATCH] != list(self.items):
            return None
        parts: list[Part] = []
        groups: list[tuple[Part, ...]] = []
        effects: dict[str, Effect] = {}
        for axis in layout:
            for group in _groups(axis, flat, self.spread):
                if group == self.items:
                    continue
                held = {part.dim for part in group if part.path}
                if BATCH in {part.dim for part in group}:
                    return None
                within = all(part.dim in self.spread for part in group)
                if len(group) > 1 and within and held & self.spread:
                    return None  # windows, which are put together again later
                first, one = group[0], len(group) == 1 and not group[0].path
                if one:
                    part = first
                elif len(group) == 1 and first.dim in self.spread:
                    by = 1
                    for which, inner in first.path:
                        by *= inner if which == 0 else 0
                    if not by:
                        return None
                    part = self.fresh(first.dim, first.size)
                    half = (by - 1) / 2
                    effects[first.dim] = Effect(Fraction(by), half, half, half)
                elif all(each.dim not in self.spread for each in group) or len(group) > 1:
                    size = 1
                    for each in group:
                        size *= each.size
                    others = tuple(other for other in layout if other is not axis)
                    part = self.channel(group, others, size)[0]
                else:
                    return None
                parts.append(part)
                groups.append(group)
        dims = [part.dim for part in parts]
        if len(set(dims)) < len(dims):
            return None
        return parts, (self.items, *groups), effects

    def _free(self, path: str) -> str:
        """A name that no result has."""
        count = self._names[path] = self._names.get(path, 0) + 1
        return path if count == 1 and path != "input" else f"{path}_{count}"


def _once(layout: Layout) -> Layout:
    """A layout without the samples that stand alone and have come along with two operands."""
    found: list[tuple[Part, ...]] = []
    for axis in layout:
        seen = whole(tuple(found))
        found.append(tuple(part for part in axis if part.size > 1 or part not in seen))
    return tuple(found)


def _groups(axis: Sequence[Part], flat: Sequence[Part], spread: set[str]) -> list[tuple[Part, ...]]:
    """Parts of one axis that are labeled with one dim: whole ones alone, split ones together."""
    if all(not part.path for part in axis):
        return [(part,) for part in axis]
    leading = [part for part in axis if part.dim in spread and _leads(part, flat)]
    if leading or all(not part.path and part.dim in spread for part in axis):
        if all(part in leading or not part.path for part in axis):
            return [(part,) for part in axis]
        return [tuple(axis)]
    return [tuple(axis)]


def _leads(part: Part, flat: Sequence[Part]) -> bool:
    """Whether a part is the slowest one of its dim, and the others have gone elsewhere."""
    return all(which == 0 for which, _ in part.path) and part in flat


def _renamed(
    axis: Sequence[Part],
    merged: Mapping[tuple[Part, ...], Part],
    own: Mapping[Part, Part],
) -> tuple[Part, ...]:
    """One axis in terms of the node's own dims."""
    if tuple(axis) in merged:
        return (merged[tuple(axis)],)
    return tuple(own.get(part, merged.get((part,), part)) for part in axis)
