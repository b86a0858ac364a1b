"""A graph of labeled operators, built from a traced program node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import xarray as xr

from invarsig.adapters.effects import Effect
from invarsig.adapters.expressions import Value
from invarsig.adapters.layout import BATCH, Part
from invarsig.adapters.measured import confirmed, measured, rounding
from invarsig.adapters.program import Program, Untraced
from invarsig.adapters.rules import RULES
from invarsig.adapters.step import Home
from invarsig.adapters.tracer import Call, Tracer, Unknown
from invarsig.errors import ParameterError
from invarsig.operators import Graph
from invarsig.operators.graph import INPUT

__all__ = ["Building", "as_tensor"]


@dataclass
class Building:
    """A graph while it is built; every node is run on the given input as soon as it is made."""

    home: Home
    names: Sequence[str]
    x: xr.DataArray
    tracer: Tracer
    input: Value
    results: dict[str, xr.DataArray]
    found: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, home: Home, names: Sequence[str], x: xr.DataArray, tensor: Any) -> Building:
        """Begin with the input."""
        spread = set(names[1:] if len(names) > 1 else names)
        tracer = Tracer(home, spread, 2)
        shape = (2, *tensor.shape[1:])
        return cls(home, names, x, tracer, tracer.input(names, shape, INPUT), {INPUT: x})

    def graph(self, program: Program, expected: Any) -> Graph:
        """The graph of a program."""
        result: Any = None
        for node in program.nodes:
            if node.op == "placeholder" and node.name not in program.tensors:
                self.found[node] = self.input
            elif node.op in ("placeholder", "get_attr"):
                self.found[node] = program.tensors[node.name]
            elif node.op == "output":
                result = node.args[0]
            else:
                self.found[node] = self._followed(node)
        while isinstance(result, (tuple, list)) and len(result) == 1:
            result = result[0]
        out = self.found[result]
        if not isinstance(out, Value):
            raise Untraced("Its result does not depend on the input.")
        return self._finished(out, expected)

    def one_node(self, module: Any, expected: Any) -> Graph:
        """The module as one node."""
        shape = (2, *expected.shape[1:])
        name = type(module).__name__
        call = Call(module, (self.input,), {}, {}, shape, name)
        try:
            value = measured(self.tracer, call, self._tensors(call))
        except Unknown as error:
            raise ParameterError(f"{name} cannot be labeled: {error}.") from error
        return self._finished(self._settled(value, name), expected)

    def _finished(self, out: Value, expected: Any) -> Graph:
        if out.pending or out.sources[0].source == INPUT:
            out = self._forced(out)
        last = out.sources[0].source
        nodes = {node.name: node for node in self.tracer.nodes}
        wanted = {last}
        for node in reversed(self.tracer.nodes):
            if node.name in wanted:
                wanted.update(node.sources)
        kept = [nodes[name] for name in nodes if name in wanted and name != last]
        graph = Graph([*kept, nodes[last]])
        gap = self._off(out, expected)
        if gap > rounding(self.results[last].dtype):
            raise Untraced(
                f"The graph differs from the module by {gap:.3g} of its largest value, which is "
                "more than rounding: something in it is not followed."
            )
        return graph

    def _off(self, out: Value, expected: Any) -> float:
        """How far the graph's result is off, relative to the largest value."""
        made = self._tensor(out)
        if tuple(made.shape) != tuple(expected.shape):
            made = made.expand(expected.shape) if made.ndim == expected.ndim else made
        if tuple(made.shape) != tuple(expected.shape):
            return float("inf")
        made, expected = (each if each.is_complex() else each.double() for each in (made, expected))
        whole = float(expected.abs().max()) or 1.0
        return float((made - expected).abs().nan_to_num().max()) / whole

    def _followed(self, node: Any) -> Any:
        try:
            return self._run(node)
        except RuntimeError as error:
            reason = str(error).split("\n")[0]
            raise Untraced(f"{node.name} does not run on its own: {reason}") from error

    def _run(self, node: Any) -> Any:
        """One operation of the program."""
        import operator

        import torch

        args, kwargs = self._given(node.args), self._given(dict(node.kwargs))
        if node.target is operator.getitem:
            return _item(args[0], args[1], node)
        if not isinstance(node.target, torch._ops.OpOverload):
            if any(isinstance(each, Value) for each in args):
                raise Untraced(f"It calls {node.target}, which is no operation on tensors.")
            return node.target(*args, **kwargs)
        target, changed = _functional(node)
        if node.meta.get("val") is None:
            return None  # it only checks something
        call = _call(node, target, args, kwargs)
        if not call.values:
            return _constant(call)
        value = self._ruled(call, node)
        if changed:
            self._require_own(node.args[0])
            self.found[node.args[0]] = value
        return value

    def _ruled(self, call: Call, node: Any) -> Any:
        """The result by the rule of an operation, or by measuring where there is none."""
        rule, path = RULES.get(call.name), _path(node, call.name)
        try:
            if rule is None:
                raise Unknown("nothing is known of it")
            made = rule(self.tracer, call)
            fits = isinstance(made, list) or _fits(made, call.shape)
            if not fits:
                raise Unknown("its result has another shape")
        except Unknown:
            made = self._measured(call, path)
        if isinstance(made, list):
            return [self._settled(each, path) for each in made]
        return made if _belongs_to_its_reader(node) else self._settled(made, path)

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
            if axis == (Part(BATCH, 2),):
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
        layout = ((Part(BATCH, 2),), *groups)
        before = len(self.tracer.nodes)
        made = self.tracer.node(out, "output", parts, layout, effects)
        self._confirm(before)
        return made

    def _require_own(self, node: Any) -> None:
        """Raise where an operation in place changes what another result is a view of."""
        views = {"view", "reshape", "permute", "transpose", "slice", "select", "expand", "chunk"}
        if any(_name_of(each) in views for each in (node, *node.users)):
            raise Untraced(f"It changes {node} in place, of which there are views.")

    def _given(self, args: Any) -> Any:
        """Arguments with traced tensors and constants in place of nodes."""
        import torch.fx

        return torch.fx.node.map_arg(args, lambda node: self.found[node]) if args else args

    def _tensors(self, call: Call) -> list[Any]:
        return [self._tensor(value) for value in call.values]

    def _tensor(self, value: Value) -> Any:
        """The tensor that a value stands for, on the given input."""
        import torch

        tensors: dict[str, Any] = {}
        sizes: dict[tuple[str, int], int] = {}
        for read in value.sources:
            labeled = self.results[read.source]
            own = [axis[0].dim for axis in read.layout[1:]]
            tensors[read.source] = as_tensor(self.home, labeled, own)
            sizes[BATCH, 0] = len(tensors[read.source])
        try:
            with torch.inference_mode():
                return value.expression.run(tensors, sizes)
        except RuntimeError as error:
            raise Untraced(f"{value.text} does not run on its own: {error}") from error


def _functional(node: Any) -> tuple[Any, bool]:
    """The function of an operation, and whether it changes its first argument."""
    import torch

    target = node.target
    if not target._schema.is_mutable:
        return target, False
    name = target._schema.name.split("::")[-1]
    packet = getattr(torch.ops.aten, name.removesuffix("_"), None)
    overload = getattr(packet, target._overloadname, None) if packet is not None else None
    if not name.endswith("_") or overload is None or overload._schema.is_mutable:
        raise Untraced(f"{name} changes a tensor in place.")
    return overload, True


def _call(node: Any, target: Any, args: Any, kwargs: Mapping[str, Any]) -> Call:
    given: dict[str, Any] = {}
    for place, each in enumerate(target._schema.arguments):
        if place < len(args):
            given[each.name] = args[place]
        elif each.name in kwargs:
            given[each.name] = kwargs[each.name]
        elif each.has_default_value():
            given[each.name] = each.default_value
    result = node.meta.get("val")
    several = isinstance(result, (tuple, list))
    shape = [tuple(one.shape) for one in result] if several else tuple(result.shape)
    real = several or bool(result.is_floating_point())
    name = target._schema.name.split("::")[-1]
    return Call(target, tuple(args), kwargs, given, shape, name, real)


def _fits(value: Value, shape: Sequence[int]) -> bool:
    """Whether a result has the shape that torch says it has; axes may be left unexpanded."""
    if len(value.layout) != len(shape):
        return False
    for axis, size in zip(value.layout, shape, strict=True):
        own = int(np.prod([part.size for part in axis]))
        if own != size and (axis or tuple(value.shape) != tuple(shape)):
            return False
    return True


def _belongs_to_its_reader(node: Any) -> bool:
    """Whether an operation is padding for windows, whose own padding it is then."""
    names = [_name_of(each) for each in (node, *node.users)]
    return "pad" in names[0] and len(names) == 2 and ("conv" in names[1] or "_pool" in names[1])


def _name_of(node: Any) -> str:
    schema = getattr(node.target, "_schema", None)
    return "" if schema is None else str(schema.name.split("::")[-1])


def _item(several: Any, place: int, node: Any) -> Any:
    """One of several results; None for one that is not followed, and may only be left unread."""
    if isinstance(several, list) and place >= len(several):
        if node.users:
            raise Untraced(f"It reads result {place} of {node.args[0]}, which is not followed.")
        return None
    return several[place]


def _constant(call: Call) -> Any:
    """The result of an operation on constants; one for each item of the batch is one for all."""
    import torch

    with torch.no_grad():
        made = call.target(*call.args, **call.kwargs)
    expanded = call.name == "expand" and made.ndim and made.stride(0) == 0
    repeated = call.name == "repeat" and call.args[0].shape[:1] == (1,)
    return made[:1] if (expanded or repeated) and len(made) == 2 else made


def _path(node: Any, name: str) -> str:
    """Where an operation stands in the module."""
    stack = list(node.meta.get("nn_module_stack", {}).values())
    path, kind = stack[-1] if stack else ("", "")
    kind = kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"
    if path and kind.startswith("torch.nn.modules") and "container" not in kind:
        return str(path)
    return f"{path}.{name}".lstrip(".")


def as_tensor(home: Home, x: xr.DataArray, names: Sequence[str]) -> Any:
    """The input, with one axis for the batch before its own."""
    batch = [dim for dim in x.dims if dim not in names]
    plain = np.array(x.transpose(*batch, *names).to_numpy())
    return home.tensor(plain.reshape(-1, *(x.sizes[dim] for dim in names)))
