"""A traced program of torch, node by node: its operations as calls, and its constants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from invarsig.adapters.building import Building, fits
from invarsig.adapters.call import Call
from invarsig.adapters.expressions import Value
from invarsig.adapters.program import Program
from invarsig.adapters.rules import RULES
from invarsig.adapters.tracer import Unknown
from invarsig.adapters.untraced import Untraced
from invarsig.operators import Graph

__all__ = ["TorchBuilding"]


@dataclass
class TorchBuilding(Building):
    """A graph of torch's operations while it is built."""

    found: dict[Any, Any] = field(default_factory=dict)

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
        return self.finished(out, expected)

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
            if not (isinstance(made, list) or fits(made, call.shape)):
                raise Unknown("its result has another shape")
        except Unknown:
            made = self._measured(call, path)
        if isinstance(made, list):
            return [self._settled(each, path) for each in made]
        return made if _belongs_to_its_reader(node) else self._settled(made, path)

    def _require_own(self, node: Any) -> None:
        """Raise where an operation in place changes what another result is a view of."""
        views = {"view", "reshape", "permute", "transpose", "slice", "select", "expand", "chunk"}
        if any(_name_of(each) in views for each in (node, *node.users)):
            raise Untraced(f"It changes {node} in place, of which there are views.")

    def _given(self, args: Any) -> Any:
        """Arguments with traced tensors and constants in place of nodes."""
        import torch.fx

        return torch.fx.node.map_arg(args, lambda node: self.found[node]) if args else args


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
