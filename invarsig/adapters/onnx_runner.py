"""Single operators of an ONNX file, run by onnxruntime with its optimizations off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

__all__ = ["Opsets", "Runner", "session"]


def session(model: Any) -> Any:
    """A session of onnxruntime for a model.

    Nothing is fused, so that a model gives bit for bit what its operators give one by one. One
    thread each: a model has hundreds of sessions here, and pools of threads would fight.

    Raises
    ------
    RuntimeError
        If onnxruntime refuses the model.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    options.log_severity_level = 4  # What fails is raised, and need not be printed as well.
    try:
        content = model.SerializeToString()
        return onnxruntime.InferenceSession(content, options, ["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no base of their own
        raise RuntimeError(_plain(error)) from error


def _plain(error: Exception) -> str:
    """What an error of onnxruntime says, in one line."""
    text = " ".join(str(error).split())
    return text.split(" : ", 2)[-1] if text.startswith("[ONNXRuntimeError]") else text


@dataclass(frozen=True)
class Opsets:
    """The versions of operators that a file was written for."""

    imports: tuple[tuple[str, int], ...]
    ir: int

    def version(self, domain: str) -> int:
        """The version of a domain."""
        return dict(self.imports).get("" if domain == "ai.onnx" else domain, 1)


@dataclass(frozen=True, eq=False)
class Runner:
    """One result of one operator, as a function of arrays.

    Parameters
    ----------
    node
        The operator, as in the file.
    names
        Names of its arguments: its inputs, and what its branches read from outside; "" for one
        that is left out.
    weights
        Those that the file holds, which the session may prepare.
    known
        Those that follow from sizes and weights: they are given to the session at each run, as they
        are in the whole model. onnxruntime rounds differently on what it has prepared.
    kinds
        Types of all but the weights, and how many axes they have.
    output
        The name of the result.
    opsets
        Versions of operators.
    """

    node: Any
    names: tuple[str, ...]
    weights: Mapping[str, np.ndarray]
    known: Mapping[str, np.ndarray]
    kinds: Mapping[str, tuple[np.dtype[Any], int]]
    output: str
    opsets: Opsets
    _made: list[Any] = field(default_factory=list, repr=False)

    def __call__(self, *args: Any) -> Any:
        """Run it; arguments of known values are ignored, for it has them already."""
        if not self._made:
            self._made.append(session(self._model()))
        fed = {name: args[k] for k, name in enumerate(self.names) if name in self.kinds}
        fed |= self.known
        try:
            (made,) = self._made[0].run(None, fed)
        except Exception as error:
            raise RuntimeError(f"onnxruntime says: {_plain(error)}") from error
        return made

    def changed(self, **attributes: Any) -> Runner:
        """The same operator with other attributes; None removes one."""
        import onnx

        node = self._copy()
        kept = [each for each in node.attribute if each.name not in attributes]
        del node.attribute[:]
        node.attribute.extend(kept)
        for name, value in attributes.items():
            if value is not None:
                node.attribute.append(onnx.helper.make_attribute(name, value))
        return replace(self, node=node, _made=[])

    def with_inputs(self, inputs: Mapping[int, np.ndarray | None]) -> Runner:
        """The same operator with other constants at some places; None leaves one out."""
        node, weights = self._copy(), dict(self.weights)
        names = [*node.input, *[""] * (max(inputs) + 1 - len(node.input))]
        for place, array in inputs.items():
            names[place] = "" if array is None else f"{self.output} input {place}"
            if array is not None:
                weights[names[place]] = array
        del node.input[:]
        node.input.extend(names)
        return replace(
            self,
            node=node,
            names=tuple(names),
            weights={name: array for name, array in weights.items() if name in names},
            known={name: array for name, array in self.known.items() if name in names},
            kinds={name: kind for name, kind in self.kinds.items() if name in names},
            _made=[],
        )

    def _copy(self) -> Any:
        import onnx

        node = onnx.NodeProto()
        node.CopyFrom(self.node)
        return node

    def _model(self) -> Any:
        """A model of this operator alone."""
        from onnx import helper, numpy_helper

        def typed(name: str) -> Any:
            kind, rank = self.kinds[name]
            tensor = helper.np_dtype_to_tensor_dtype(kind)
            # An operator that takes sizes is refused where their number is not known.
            shape = self.known[name].shape if name in self.known else [None] * rank
            return helper.make_tensor_value_info(name, tensor, shape)

        graph = helper.make_graph(
            [self.node],
            "node",
            [typed(name) for name in self.kinds],
            [helper.make_empty_tensor_value_info(self.output)],
            [numpy_helper.from_array(array, name) for name, array in self.weights.items()],
        )
        imports = [helper.make_opsetid(*each) for each in self.opsets.imports]
        return helper.make_model(graph, opset_imports=imports, ir_version=self.opsets.ir)
