"""Small ONNX files, written for the tests, and onnxruntime alone on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def op(kind: str, inputs: str, output: str, **attributes: Any) -> Any:
    """An operator; names of inputs and outputs apart by blanks, "-" for one that is left out."""
    names = ["" if each == "-" else each for each in inputs.split()]
    outputs = output.split()
    domain = attributes.pop("domain", None)
    return helper.make_node(kind, names, outputs, outputs[0] + ".node", domain=domain, **attributes)


def saved(
    path: Path,
    nodes: Sequence[Any],
    constants: Mapping[str, Any] | None = None,
    *,
    shape: Sequence[Any] = ("n", 2, "h", "w"),
    inputs: Sequence[Any] = (),
    outputs: Sequence[str] = ("y",),
    opset: int = 18,
    kind: int = FLOAT,
    domains: Sequence[str] = (),
    functions: Sequence[Any] = (),
) -> Path:
    """Write a model whose input is "x"."""
    graph = helper.make_graph(
        list(nodes),
        "net",
        [helper.make_tensor_value_info("x", kind, shape), *inputs],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        [numpy_helper.from_array(np.asarray(a), name) for name, a in (constants or {}).items()],
    )
    imports = [helper.make_opsetid("", opset), *(helper.make_opsetid(d, 1) for d in domains)]
    model = helper.make_model(graph, opset_imports=imports, ir_version=9, functions=list(functions))
    target = path / "net.onnx"
    target.write_bytes(model.SerializeToString())
    return target


def alone(path: Path, given: Mapping[str, np.ndarray], output: str | None = None) -> np.ndarray:
    """What onnxruntime gives for the whole file, with its optimizations off."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    model = onnx.load(path)
    if output is not None and output not in {each.name for each in model.graph.output}:
        model.graph.output.append(helper.make_empty_tensor_value_info(output))
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, ["CPUExecutionProvider"]
    )
    name = model.graph.output[0].name if output is None else output
    return session.run([name], dict(given))[0]
