"""An ONNX graph, operator by operator: what is constant is computed, branches are taken."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from invarsig.adapters.building import Building, fits
from invarsig.adapters.call import Call
from invarsig.adapters.expressions import Value
from invarsig.adapters.onnx_arguments import named_arguments
from invarsig.adapters.onnx_file import branches_of, called, is_sized_by_data
from invarsig.adapters.onnx_model import OnnxModel
from invarsig.adapters.onnx_reads import needed_nodes, reads_of
from invarsig.adapters.onnx_rules import RULES
from invarsig.adapters.onnx_runner import Opsets, Runner
from invarsig.adapters.sentences import as_sentence
from invarsig.adapters.tensors import expanded
from invarsig.adapters.tracer import Unknown
from invarsig.adapters.untraced import Untraced
from invarsig.errors import ParameterError
from invarsig.operators import Graph

__all__ = ["SAME", "OnnxBuilding"]

SAME = 5e-6
"""Part of the largest value by which single-precision results of onnxruntime may differ."""

# Operators that only change the shape.
_VIEWS = ("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Identity")
_WINDOWS = ("Conv", "MaxPool", "AveragePool", "LpPool")

Scope = dict[str, Any]


@dataclass
class OnnxBuilding(Building):
    """A graph of ONNX's operators while it is built.

    A scope holds what there is by name: a `Value` where it follows from the input, an array where
    it is known. `named` has the name in the file of each node's result.
    """

    opsets: Opsets = field(default_factory=lambda: Opsets((), 0))
    scopes: list[Scope] = field(default_factory=list)
    weights: set[str] = field(default_factory=set)
    named: dict[str, str] = field(default_factory=dict)

    def graph(self, model: OnnxModel, expected: np.ndarray) -> Graph:
        """The graph that leads to the model's result."""
        self.opsets = model.file.opsets
        own = self.input
        if not model.batched:
            own = self.tracer.viewed(own, own.layout[1:])
        scope = {**model.given, model.input: own}
        self._follow(model.file.model.graph, scope, {model.output})
        out = scope[model.output]
        if not isinstance(out, Value):
            raise ParameterError(f"{model.output!r} does not depend on the input.")
        return self.finished(out, expected, SAME)

    def compare(self, graph: Graph, item: xr.DataArray, expected: np.ndarray) -> None:
        """Raise where the graph does not give what the model gives for another item."""
        assert self.out is not None
        self.results[self.out.sources[0].source] = graph(item)
        gap = self._off(self.out, expected)
        if gap > SAME:
            raise Untraced(f"The graph differs from the model by {gap:.3g} on another item.")

    def _follow(self, graph: Any, scope: Scope, wanted: set[str]) -> None:
        """Run through a graph; what no later operator reads is let go."""
        from onnx import numpy_helper

        needed = needed_nodes(graph, wanted)
        readers: dict[str, list[Any]] = defaultdict(list)
        for node in needed:
            for name in reads_of(node):
                readers[name].append(node)
        left = Counter({name: len(nodes) for name, nodes in readers.items()})
        own = {each.name: each for each in graph.initializer}
        scope |= {
            name: numpy_helper.to_array(own[name]) for name in {*left, *wanted} if name in own
        }
        self.weights |= set(own)
        self.weights |= {node.output[0] for node in needed if node.op_type == "Constant"}
        self.scopes.append(scope)
        for node in needed:
            asked = {name for name in node.output if name and (left[name] or name in wanted)}
            scope |= self._operator(node, scope, asked, _reader(node, readers))
            for name in reads_of(node):
                left[name] -= 1
                if not left[name] and name not in wanted:
                    scope.pop(name, None)
            self._let_go()
        self.scopes.pop()

    def _let_go(self) -> None:
        """Forget labeled results that nothing reads any more."""
        live = {
            read.source
            for scope in self.scopes
            for value in scope.values()
            if isinstance(value, Value)
            for read in value.sources
        }
        for name in [name for name in self.results if name not in live]:
            del self.results[name]

    def _operator(self, node: Any, scope: Scope, asked: set[str], reader: str) -> Scope:
        """The results that are asked for, by name."""
        kind = node.op_type
        captured = [name for name in reads_of(node) if name not in node.input]
        names = (*node.input, *captured)
        missing = [name for name in names if name and name not in scope]
        if missing:
            raise Untraced(f"{called(node)} reads {missing[0]!r}, which is kept in another form.")
        inputs = [scope[name] if name else None for name in names]
        known = not any(isinstance(each, Value) for each in inputs)
        if kind == "Identity":
            return {node.output[0]: inputs[0]}
        if kind in ("Shape", "Size") and isinstance(inputs[0], Value):
            return {node.output[0]: _shape(node, inputs[0])}
        if kind == "If" and not isinstance(inputs[0], Value):
            return self._branch(node, scope, bool(np.all(inputs[0])), asked)
        if not known and is_sized_by_data(node):
            raise ParameterError(
                f"{called(node)} ({kind}) gives as many values as the data happen to have, so "
                "its result has no axes to label; name an earlier result by output=."
            )
        if branches_of(node) and not known:
            warnings.warn(
                f"{called(node)} ({kind}) runs a graph of its own that depends on data; it is "
                "taken as one node.",
                stacklevel=5,
            )
        return {
            name: self._result(node, names, inputs, name, reader)
            for name in node.output
            if name in asked
        }

    def _branch(self, node: Any, scope: Scope, then: bool, asked: set[str]) -> Scope:
        """The branch that is taken for inputs of these sizes."""
        wanted = "then_branch" if then else "else_branch"
        graph = next(each.g for each in node.attribute if each.name == wanted)
        inner = [each.name for each in graph.output]
        pairs = [pair for pair in zip(node.output, inner, strict=True) if pair[0] in asked]
        own = dict(scope)
        self._follow(graph, own, {name for _, name in pairs})
        return {outer: own[name] for outer, name in pairs}

    def _result(
        self, node: Any, names: tuple[str, ...], inputs: list[Any], output: str, reader: str
    ) -> Any:
        """One result of an operator: an array, or a value that follows from the input."""
        there = [self._array(each) for each in inputs]
        known = {n: v for n, v in zip(names, inputs, strict=True) if _is_array(v)}
        weights = {name: known.pop(name) for name in list(known) if name in self.weights}
        pairs = zip(names, there, strict=True)
        kinds = {n: (a.dtype, a.ndim) for n, a in pairs if n and n not in weights}
        runner = Runner(node, names, weights, known, kinds, output, self.opsets)
        try:
            made = runner(*there)
        except RuntimeError as error:
            raise Untraced(
                f"{called(node)} does not run on its own: {as_sentence(error)}"
            ) from error
        if not isinstance(made, np.ndarray):
            raise Untraced(f"{called(node)} ({node.op_type}) does not give one tensor.")
        if not any(map(_is_value, inputs)):
            return made
        given = named_arguments(node, inputs, self.opsets.version(node.domain))
        given |= {
            "place": list(node.output).index(output),
            "several": len(node.output),
            "was": next(each.dtype for each in there if each is not None),
            "kind": made.dtype,
        }
        real = made.dtype.kind == "f"
        call = Call(runner, tuple(inputs), {}, given, made.shape, node.op_type, real)
        return self._ruled(call, made, called(node), reader)

    def _array(self, given: Any) -> Any:
        """A value on the given input; what is known already is an array."""
        if not isinstance(given, Value):
            return given
        return expanded(self._tensor(given), given.shape)

    def _ruled(self, call: Call, made: np.ndarray, path: str, reader: str) -> Value:
        """The result by the rule of an operator, or by measuring where there is none."""
        rule = RULES.get(call.name)
        try:
            if rule is None:
                raise Unknown("nothing is known of it")
            value = rule(self.tracer, call)
            if not isinstance(value, Value) or not fits(value, call.shape):
                raise Unknown("its result has another shape")
            if not self._gives(value, made):
                raise Unknown("its result has other values")
        except Unknown:
            value = self._measured(call, path)
        belongs = call.name == "Pad" or (call.name in _VIEWS and value.text == "padding")
        if belongs and reader in _WINDOWS:
            return value
        before = len(self.tracer.nodes)
        made_of = self._settled(value, path)
        if len(self.tracer.nodes) > before:
            self.named[self.tracer.nodes[-1].name] = call.target.output
        return made_of

    def _gives(self, value: Value, made: np.ndarray) -> bool:
        """Whether what a rule makes of an operator gives what the operator gives."""
        try:
            return self._off(value, made) <= SAME
        except Untraced as error:
            raise Unknown(str(error)) from error


def _is_value(given: Any) -> bool:
    return isinstance(given, Value)


def _is_array(given: Any) -> bool:
    return given is not None and not isinstance(given, Value)


def _shape(node: Any, value: Value) -> np.ndarray:
    if node.op_type == "Size":
        return np.asarray(np.prod(value.shape), np.int64)
    ends = {each.name: each.i for each in node.attribute}
    return np.asarray(value.shape[ends.get("start", 0) : ends.get("end")], np.int64)


def _reader(node: Any, readers: Mapping[str, list[Any]]) -> str:
    """The kind of operator that alone reads a result, behind operators that change the shape."""
    while True:
        found = readers.get(node.output[0], [])
        if len(found) != 1:
            return ""
        (node,) = found
        if node.op_type not in _VIEWS:
            return str(node.op_type)
