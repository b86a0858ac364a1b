"""An ONNX file, read and checked before anything of it runs.

Of the file nothing is run but its operators, each of which onnxruntime knows by itself: operators
of other libraries are refused, and data outside the file is read from its own folder alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from invarsig.adapters.onnx_runner import Opsets
from invarsig.errors import MissingError, ParameterError, ReadError

__all__ = ["OnnxFile", "branches_of", "called", "operators_of", "read_onnx"]

# Operators on integers that stand for real numbers, scaled.
_QUANTIZED = ("QLinear", "DynamicQuantize", "QGemm", "QAttention", "QEmbed", "DynamicQ")
_INTEGER = ("ConvInteger", "MatMulInteger", "MatMulIntegerToFloat")

# Operators whose results have as many values as the data happen to give.
_SIZED_BY_DATA = ("NonZero", "NonMaxSuppression", "Unique", "Compress")


@dataclass(frozen=True, eq=False)
class OnnxFile:
    """A model, and what its operators need to be run one by one."""

    path: Path
    model: Any

    @property
    def opsets(self) -> Opsets:
        """Versions of the operators."""
        imports = {each.domain: each.version for each in self.model.opset_import}
        imports.setdefault("", 1)
        return Opsets(tuple(imports.items()), self.model.ir_version)

    @property
    def inputs(self) -> dict[str, Any]:
        """What the model is given: inputs without values of their own."""
        own = {each.name for each in self.model.graph.initializer}
        return {each.name: each.type for each in self.model.graph.input if each.name not in own}

    @property
    def outputs(self) -> list[str]:
        """Names of what the model gives."""
        return [each.name for each in self.model.graph.output]

    def giving(self, output: str) -> Any:
        """The model with one result alone, which may be any result of an operator."""
        import onnx

        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        del model.graph.output[:]
        known = [each for each in self.model.graph.output if each.name == output]
        model.graph.output.append(
            known[0] if known else onnx.helper.make_empty_tensor_value_info(output)
        )
        return model


def read_onnx(path: str | PathLike[str]) -> OnnxFile:
    """Read a file, and refuse what cannot be run operator by operator.

    Raises
    ------
    MissingError
        If onnx or onnxruntime is not installed.
    ReadError
        If the file is no model, or data that it keeps in another file is missing.
    ParameterError
        If it holds operators that onnxruntime does not know, or quantized ones.
    """
    _require_onnx()
    import onnx

    if not isinstance(path, str | PathLike):
        raise ParameterError(f"{type(path).__name__} is not a path; give that of an ONNX file.")
    place = Path(path)
    if not place.is_file():
        raise ReadError(f"{place} is not a file; give the path of an ONNX model.")
    try:
        model = onnx.load(place, load_external_data=False)
    except Exception as error:
        raise ReadError(f"{place} is not an ONNX model: {' '.join(str(error).split())}") from error
    if not model.graph.node:
        raise ReadError(f"{place} is not an ONNX model: it holds no operators.")
    _with_outside_data(model, place)
    if model.functions:
        from onnx import inliner

        model = inliner.inline_local_functions(model)
    _refuse_versions(model, place)
    _refuse_operators(model, place)
    return OnnxFile(place, model)


def _require_onnx() -> None:
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
    except ImportError as error:
        raise MissingError(
            f"iv.from_onnx needs onnx and onnxruntime, and {error.name} is not installed; install "
            "them by pip install 'invarsig[onnx]'."
        ) from error


def _with_outside_data(model: Any, place: Path) -> None:
    """Read the data that a model keeps in other files, from its own folder."""
    from onnx import external_data_helper as outside

    held = [each for each in _tensors(model.graph) if outside.uses_external_data(each)]
    for each in held:
        name = outside.ExternalDataInfo(each).location
        inside = (place.parent / name).resolve().is_relative_to(place.parent.resolve())
        if not inside:
            raise ReadError(
                f"{place} keeps {each.name!r} in {name!r}, which lies outside its own folder."
            )
        if not (place.parent / name).is_file():
            raise ReadError(
                f"{place} keeps {each.name!r} in the file {name!r}, which is missing; put it "
                "beside the model."
            )
    try:
        for each in held:
            outside.load_external_data_for_tensor(each, str(place.parent))
            each.data_location = each.DEFAULT
            del each.external_data[:]
    except Exception as error:
        raise ReadError(f"The data beside {place} cannot be read: {error}") from error


def _tensors(graph: Any) -> Iterator[Any]:
    """All tensors that a graph holds."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
        for branch in branches_of(node):
            yield from _tensors(branch)


def branches_of(node: Any) -> list[Any]:
    """Graphs that an operator holds: branches, the body of a loop."""
    return [
        graph
        for each in node.attribute
        for graph in ([each.g] if each.HasField("g") else each.graphs)
    ]


def called(node: Any) -> str:
    """What an operator is called: its last name, as a path."""
    return str(node.name or node.op_type).split(";")[-1].strip("/").replace("/", ".")


def operators_of(graph: Any) -> Iterator[Any]:
    """All operators, those in branches included."""
    for node in graph.node:
        yield node
        for branch in branches_of(node):
            yield from operators_of(branch)


def _refuse_versions(model: Any, place: Path) -> None:
    import onnx

    newest = onnx.defs.onnx_opset_version()
    for each in model.opset_import:
        if each.domain in ("", "ai.onnx") and not 0 < each.version <= newest:
            raise ParameterError(
                f"{place} is written for version {each.version} of ONNX's operators, and onnx "
                f"{onnx.__version__} knows those up to {newest}; install a newer onnx and "
                "onnxruntime, or export the model for an older version."
            )


def _refuse_operators(model: Any, place: Path) -> None:
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    known = {(each.domain, each.name) for each in state.get_all_operator_schema()}
    for node in operators_of(model.graph):
        domain = "" if node.domain == "ai.onnx" else node.domain
        name = f"{node.op_type} (node {node.name!r})" if node.name else node.op_type
        if (domain, node.op_type) not in known:
            whose = f" of the domain {domain!r}" if domain else ""
            raise ParameterError(
                f"{place} holds the operator {name}{whose}, which onnxruntime does not know. "
                "Operators of other libraries are not run; export the model without it."
            )
        if node.op_type.startswith(_QUANTIZED) or node.op_type in _INTEGER:
            raise ParameterError(
                f"{place} is quantized: {name} computes with integers. Give the model as it was "
                "before it was quantized."
            )


def is_sized_by_data(node: Any) -> bool:
    """Whether the number of an operator's results follows from the data."""
    return node.op_type in _SIZED_BY_DATA
