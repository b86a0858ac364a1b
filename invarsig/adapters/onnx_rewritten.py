"""An ONNX file anew, with what was changed in its graph: other attributes, and operators between.

Everything else of the file is copied: its weights, its names, what comes after the changed part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from invarsig.adapters.call import Bound
from invarsig.adapters.expressions import Apply, Expression, View
from invarsig.adapters.onnx_building import SAME
from invarsig.adapters.onnx_file import OnnxFile
from invarsig.adapters.onnx_layers import Layers, filtered_in
from invarsig.adapters.onnx_origin import OnnxOrigin
from invarsig.adapters.onnx_runner import Runner, session
from invarsig.adapters.sentences import as_sentence
from invarsig.adapters.tensor_operators import TensorOperator
from invarsig.axes import Axes
from invarsig.errors import InvarsigError, ParameterError
from invarsig.operators import Graph, Node
from invarsig.operators.graph import INPUT
from invarsig.remedies.change_code import chains

__all__ = ["rewritten"]


def rewritten(origin: OnnxOrigin, graph: Graph) -> Any:
    """The model of a graph, some of whose nodes have been replaced.

    Raises
    ------
    ParameterError
        If a change has no form in the file, or the model that is made differs from the graph.
    """
    import onnx

    made = onnx.ModelProto()
    made.CopyFrom(origin.model.file.model)
    found = chains(origin.nodes, graph.nodes)
    axes = _axes(origin, graph)
    surgery = _Surgery(origin, made, axes)
    for name, chain in found.items():
        try:
            surgery.replace(name, chain)
        except ParameterError as error:
            raise _refused(origin, name, str(error)) from error
    if surgery.fixed:
        _fix_sizes(origin, made)
    if found:
        _forget_shapes(made)
        _compare(origin, graph, made, list(found))
    return made


def _refused(origin: OnnxOrigin, name: str, why: str) -> ParameterError:
    return ParameterError(
        f"The change of {name} cannot be written to {origin.model.file.path.name}: "
        f"{why.rstrip('.')}. Use the graph itself."
    )


def _axes(origin: OnnxOrigin, graph: Graph) -> dict[str, Axes]:
    """For each result of the changed graph its axes."""
    every = {INPUT: Axes.of(origin.x)}
    for node in graph.nodes:
        every[node.name] = node.after([every[name] for name in node.sources])
    return every


@dataclass
class _Surgery:
    """The model while it is changed."""

    origin: OnnxOrigin
    model: Any
    axes: dict[str, Axes]
    fixed: bool = False
    _known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        graph = self.model.graph
        self._known = {each.name for each in (*graph.initializer, *graph.input)}
        self._known |= {name for node in graph.node for name in node.output}

    def replace(self, name: str, chain: Sequence[Node]) -> None:
        """Put what stands in the place of a node there."""
        own = next(node for node in self.origin.nodes if node.name == name)
        if not isinstance(own.op, TensorOperator) or isinstance(own.op.step.expression, View):
            raise ParameterError("its tensor in the file has other axes than its result")
        result = self.origin.results.get(name, "")
        place = self._place(result)
        layers = self._layers(own.op, name)
        if not any(isinstance(_inner(node), TensorOperator) for node in chain):
            raise ParameterError(
                "nothing of it is left in its place, and only what stands around an operator of "
                "the file, and its attributes, can be changed in it"
            )
        current: str | None = None
        done = False
        for node in chain:
            at = self.axes[node.sources[0]]
            filtered, inner = filtered_in(node.op), _inner(node)
            if isinstance(inner, TensorOperator):
                if done:
                    raise ParameterError("it stands there twice")
                current = self._around(layers, own.op, inner, filtered, current, at)
                done = True
            elif not done:
                raise ParameterError(f"{node.op} stands before it")
            else:
                assert current is not None
                current = layers.added(node.op, at, current)
        self.fixed |= layers.fixed
        self._put(place, result, current, layers)

    def _place(self, result: str) -> int:
        """Where the operator stands that gives a result."""
        nodes = self.model.graph.node
        for place, node in enumerate(nodes):
            if result and result in node.output:
                others = {name for name in node.output if name and name != result}
                read = {name for other in nodes for name in other.input}
                if others & (read | {each.name for each in self.model.graph.output}):
                    raise ParameterError("other results of it are read as well")
                return place
        raise ParameterError("it stands within a branch of the file")

    def _layers(self, op: TensorOperator, name: str) -> Layers:
        dims = tuple(op.step.named(dim) for dim in op.step.dims)
        kind = self.origin.model.home.dtype
        return Layers(name, dims, kind, self.origin.model.file.opsets)

    def _around(
        self,
        layers: Layers,
        own: TensorOperator,
        changed: TensorOperator,
        filtered: Any,
        current: str | None,
        axes: Axes,
    ) -> str:
        """The operator itself, changed, and changes of the rate around it."""
        over = () if filtered is None else filtered.over
        written = _Written(layers, own, self._known)
        source = None
        if over:
            source = written.read(own)
            for dim in over:
                source = layers.resampled(source, dim, axes.counted(dim).size, up=filtered.up)
        current = written.operator(changed, source)
        for dim in over:
            size = axes.counted(dim).size * filtered.up
            current = layers.resampled(current, dim, size, down=filtered.up)
        return current

    def _put(self, place: int, result: str, last: str | None, layers: Layers) -> None:
        """The operators in the place of the one that gave a result, under the name of that."""
        from onnx import numpy_helper

        graph = self.model.graph
        for node in layers.nodes:
            for names in (node.input, node.output):
                names[:] = [result if each == last else each for each in names]
        nodes = [*graph.node[:place], *layers.nodes, *graph.node[place + 1 :]]
        del graph.node[:]
        graph.node.extend(nodes)
        graph.initializer.extend(
            numpy_helper.from_array(values, name) for name, values in layers.constants.items()
        )
        self._known |= set(layers.constants)


def _inner(node: Node) -> Any:
    """The operator of a node, or the one between its filters."""
    filtered = filtered_in(node.op)
    return node.op if filtered is None else filtered.nonlinearity


@dataclass
class _Written:
    """One operator of the file, as operators of ONNX with other attributes."""

    layers: Layers
    own: TensorOperator
    known: set[str]
    top: Expression | None = None

    def read(self, op: TensorOperator) -> str:
        """The one tensor that an operator reads."""
        runner, inputs = _parts(op.step.expression)
        (name, *others) = [name for name, _ in inputs]
        if others or isinstance(_plain(inputs[0][1]), Apply):
            raise ParameterError(f"{runner.node.op_type} reads what is computed together with it")
        return name

    def operator(self, changed: TensorOperator, source: str | None) -> str:
        """Add it; `source` is read in the place of what it read in the file, where it is given."""
        before: set[int] = set()
        _within(self.own.step.expression, before)
        last = _plain(self.own.step.expression)
        self.top = changed.step.expression
        return self._emitted(changed.step.expression, before - {id(last)}, source)

    def _emitted(self, expression: Expression, before: set[int], source: str | None) -> str:
        """The result of an expression; what was there before is called as in the file."""
        from onnx import NodeProto

        runner, inputs = _parts(expression)
        node = NodeProto()
        node.CopyFrom(runner.node)
        for name, inner in inputs:
            if id(_plain(inner)) not in before:
                new = self._emitted(inner, before, source)
            elif source is not None:
                new = source
            else:
                continue
            node.input[:] = [new if each == name else each for each in node.input]
        for name, values in {**runner.known, **runner.weights}.items():
            if name in node.input and name not in self.known:
                self.layers.constants[name] = values
        made = f"{self.layers.at}/{node.op_type}_{len(self.layers.nodes) + 1}"
        node.output[:] = [made if each == runner.output else "" for each in node.output]
        node.name = runner.node.name if expression is self.top else made
        self.layers.nodes.append(node)
        return made


def _plain(expression: Expression) -> Expression:
    """An expression without views."""
    return _plain(expression.inner) if isinstance(expression, View) else expression


def _within(expression: Expression, found: set[int]) -> None:
    """All parts of an expression."""
    plain = _plain(expression)
    found.add(id(plain))
    for each in plain.inputs if isinstance(plain, Apply) else ():
        _within(each, found)


def _parts(expression: Expression) -> tuple[Runner, list[tuple[str, Expression]]]:
    """The operator of the file that an expression is, and what it reads, with the names of that."""
    plain = _plain(expression)
    bound = plain.function if isinstance(plain, Apply) else None
    if not isinstance(bound, Bound) or not isinstance(bound.target, Runner):
        raise ParameterError("it is not one operator of the file")
    runner = bound.target
    names = [name for name in runner.names if name in runner.kinds and name not in runner.known]
    assert isinstance(plain, Apply)
    if len(names) != len(plain.inputs):
        raise ParameterError(f"{runner.node.op_type} reads one result several times")
    return runner, list(zip(names, plain.inputs, strict=True))


def _fix_sizes(origin: OnnxOrigin, model: Any) -> None:
    """The model takes the size that it was made for."""
    own = next(each for each in model.graph.input if each.name == origin.model.input)
    axes = own.type.tensor_type.shape.dim
    for axis, dim in zip(
        axes[len(axes) - len(origin.model.dims) :], origin.model.dims, strict=True
    ):
        axis.dim_value = origin.x.sizes[dim]


def _forget_shapes(model: Any) -> None:
    """Sizes that the file names for results, which are others now, are left to onnxruntime."""
    del model.graph.value_info[:]
    for each in model.graph.output:
        if each.type.HasField("tensor_type") and each.type.tensor_type.HasField("shape"):
            for axis in each.type.tensor_type.shape.dim:
                axis.Clear()


def _compare(origin: OnnxOrigin, graph: Graph, model: Any, names: Sequence[str]) -> None:
    """Run it in onnxruntime, and compare what the graph gives; what comes after it has to run."""
    from invarsig.adapters.building import as_tensor

    listed = ", ".join(map(repr, names))
    file = OnnxFile(origin.model.file.path, model)
    try:
        result = origin.results[origin.nodes[-1].name]
        made = _result(origin, session(file.giving(result)))
        _result(origin, session(model))
    except RuntimeError as error:
        raise _refused(origin, listed, f"onnxruntime says: {as_sentence(error)}") from error
    last = origin.nodes[-1].op.step  # type: ignore[union-attr]
    try:
        dims = [last.named(dim) for dim in last.dims]
        wanted = as_tensor(origin.model.home, graph(origin.x), dims)
    except InvarsigError as error:
        raise _refused(origin, listed, str(error)) from error
    if made.size != wanted.size:
        raise _refused(origin, listed, f"the file gives {made.shape}, and the graph {wanted.shape}")
    off = np.abs(made.ravel().astype(float) - wanted.ravel().astype(float))
    whole = float(np.nan_to_num(np.abs(wanted.astype(float))).max(initial=0.0)) or 1.0
    gap = float(np.nan_to_num(off).max(initial=0.0)) / whole
    if gap > 2 * SAME:
        why = f"what is written differs from the graph by {gap:.2g} of its largest value"
        raise _refused(origin, listed, why)


def _result(origin: OnnxOrigin, ready: Any) -> np.ndarray:
    """The first result for the input."""
    from invarsig.adapters.building import as_tensor

    model = origin.model
    tensor = as_tensor(model.home, origin.x, model.dims)
    asked = {each.name for each in ready.get_inputs()}
    fed = {name: value for name, value in model.given.items() if name in asked}
    if model.input in asked:
        fed[model.input] = tensor if model.batched else tensor[0]
    try:
        return np.asarray(ready.run(None, fed)[0])
    except Exception as error:  # onnxruntime's errors have no base of their own
        raise RuntimeError(" ".join(str(error).split())) from error
