"""A graph of labeled operators while it is built, node by node, and run on the given input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import xarray as xr

from invarsig.adapters.call import Call
from invarsig.adapters.effects import Effect
from invarsig.adapters.expressions import Value
from invarsig.adapters.home import Home
from invarsig.adapters.layout import BATCH, Part
from invarsig.adapters.measured import confirmed, measured, rounding
from invarsig.adapters.sentences import as_sentence
from invarsig.adapters.tracer import Tracer, Unknown
from invarsig.adapters.untraced import Untraced
from invarsig.errors import ParameterError
from invarsig.operators import Graph
from invarsig.operators.graph import INPUT

__all__ = ["Building", "as_tensor", "fits"]


@dataclass
class Building:
    """A graph while it is built; every node is run on the given input as soon as it is made."""

    home: Home
    names: Sequence[str]
    x: xr.DataArray
    tracer: Tracer
    input: Value
    results: dict[str, xr.DataArray]
    out: Value | None = None

    @classmethod
    def of(cls, home: Home, names: Sequence[str], x: xr.DataArray, shape: Sequence[int]) -> Self:
        """Begin with the input, whose own axes have this shape.

        Channels are the dim "channel", or else the first one of several; others have positions.
        """
        channels = {"channel" if "channel" in names else names[0]} if len(names) > 1 else set()
        tracer = Tracer(home, set(names) - channels, None if home.one_by_one else 2)
        return cls(home, names, x, tracer, tracer.input(names, (0, *shape), INPUT), {INPUT: x})

    def one_node(self, function: Any, name: str, expected: Any) -> Graph:
        """The whole model as one node."""
        batch = self.tracer.batch
        shape = tuple(expected.shape) if batch is None else (batch, *expected.shape[1:])
        call = Call(function, (self.input,), {}, {}, shape, name)
        try:
            value = measured(self.tracer, call, self._tensors(call))
        except Unknown as error:
            raise ParameterError(f"{name} cannot be labeled: {error}.") from error
        return self.finished(self._settled(value, name), expected)

    def finished(self, out: Value, expected: Any, most: float | None = None) -> Graph:
        """The graph, which gives what the model gives, up to rounding or to `most`."""
        if out.pending or out.sources[0].source == INPUT:
            out = self._forced(out)
        self.out, last = out, out.sources[0].source
        nodes = {node.name: node for node in self.tracer.nodes}
        wanted = {last}
        for node in reversed(self.tracer.nodes):
            if node.name in wanted:
                wanted.update(node.sources)
        kept = [nodes[name] for name in nodes if name in wanted and name != last]
        graph = Graph([*kept, nodes[last]])
        gap = self._off(out, expected)
        if gap > (rounding(self.results[last].dtype) if most is None else most):
            raise Untraced(
                f"The graph differs from the module by {gap:.3g} of its largest value, which is "
                "more than rounding: something in it is not followed."
            )
        return graph

    def _off(self, out: Value, expected: Any) -> float:
        """How far a result is off, relative to the largest value."""
        made, expected = (self.home.array(each) for each in (self._tensor(out), expected))
        if made.shape != expected.shape:
            if made.ndim != expected.ndim:
                return float("inf")
            try:
                made = np.broadcast_to(made, expected.shape)
            except ValueError:
                return float("inf")
        if np.array_equal(made, expected):
            return 0.0
        wide = [each if each.dtype.kind == "c" else each.astype(float) for each in (made, expected)]
        whole = float(np.abs(wide[1]).max(initial=0.0)) or 1.0
        same = (wide[0] == wide[1]) | (np.isnan(wide[0]) & np.isnan(wide[1]))
        gap = np.where(same, 0.0, np.abs(wide[0] - wide[1]))
        return float(np.nan_to_num(gap, nan=np.inf).max(initial=0.0)) / whole

    def _measured(self, call: Call, path: str) -> Any:
        try:
            if isinstance(call.shape, list):
                return [measured(self.tracer, call.first(), self._tensors(call))]
            return measured(self.tracer, call, self._tensors(call))
        except Unknown as error:
            raise Untraced(f"{path} ({call.name}) cannot be followed: {error}.") from error

    def _settled(self, value: Value, path: str) -> Value:
        before = len(self.tracer.nodes)
        made = self.tracer.settled(value, path)
        for place in range(before, len(self.tracer.nodes)):
            self._confirm(place)
        return made

    def _confirm(self, place: int) -> None:
        """Run a node, and compare what it claims with what it does."""
        node = self.tracer.nodes[place]
        values = [self.results[name] for name in node.sources]
        self.results[node.name] = y = node(values)
        op = confirmed(node.op, values, y)  # type: ignore[arg-type]
        if op is not node.op:
            self.tracer.nodes[place] = replace(node, op=op)

    def _forced(self, out: Value) -> Value:
        """A last node, with new dims for axes that cannot be labeled."""
        parts: list[Part] = []
        groups: list[tuple[Part, ...]] = []
        effects: dict[str, Effect] = {}
        seen: set[str] = {BATCH}
        for axis in out.layout:
            if axis == self.tracer.items:
                continue
            if any(part.dim == BATCH for part in axis):
                raise Untraced("Its result mixes the items of a batch.")
            if all(not part.path and part.dim not in seen for part in axis):
                own = list(axis)
                groups += [(part,) for part in axis]
            else:
                size = int(np.prod([part.size for part in axis]))
                own = list(self.tracer.channel((), tuple(groups), size))
                effects |= {part.dim: Effect.counted() for part in own}
                groups.append(axis)
            parts += own
            seen |= {part.dim for part in own}
        layout = (self.tracer.items, *groups)
        before = len(self.tracer.nodes)
        made = self.tracer.node(out, "output", parts, layout, effects)
        self._confirm(before)
        return made

    def _tensors(self, call: Call) -> list[Any]:
        return [self._tensor(value) for value in call.values]

    def _tensor(self, value: Value) -> Any:
        """The tensor that a value stands for, on the given input."""
        tensors: dict[str, Any] = {}
        sizes: dict[tuple[str, int], int] = {}
        for read in value.sources:
            labeled = self.results[read.source]
            own = [axis[0].dim for axis in read.layout[1:]]
            tensors[read.source] = as_tensor(self.home, labeled, own)
            sizes[BATCH, 0] = len(tensors[read.source])
        try:
            with self.home.running():
                return value.expression.run(tensors, sizes)
        except (RuntimeError, ValueError) as error:
            raise Untraced(f"{value.text} does not run on its own: {as_sentence(error)}") from error


def fits(value: Value, shape: Sequence[int]) -> bool:
    """Whether a result has the shape that torch says it has; axes may be left unexpanded."""
    if len(value.layout) != len(shape):
        return False
    for axis, size in zip(value.layout, shape, strict=True):
        own = int(np.prod([part.size for part in axis]))
        if own != size and (axis or tuple(value.shape) != tuple(shape)):
            return False
    return True


def as_tensor(home: Home, x: xr.DataArray, names: Sequence[str]) -> Any:
    """The input, with one axis for the batch before its own."""
    batch = [dim for dim in x.dims if dim not in names]
    plain = np.array(x.transpose(*batch, *names).to_numpy())
    return home.tensor(plain.reshape(-1, *(x.sizes[dim] for dim in names)))
