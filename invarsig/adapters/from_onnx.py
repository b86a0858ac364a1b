"""A model in an ONNX file, taken apart into a graph of labeled operators."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import xarray as xr

from invarsig.adapters.finite import require_finite
from invarsig.adapters.input_dims import input_dims
from invarsig.adapters.onnx_building import OnnxBuilding
from invarsig.adapters.onnx_file import read_onnx
from invarsig.adapters.onnx_graph import OnnxGraph
from invarsig.adapters.onnx_model import OnnxModel
from invarsig.adapters.onnx_names import result_and_layer, up_to
from invarsig.adapters.onnx_origin import OnnxOrigin
from invarsig.adapters.untraced import Untraced
from invarsig.errors import AxisError
from invarsig.operators import Graph

__all__ = ["from_onnx"]


def from_onnx(
    path: str | PathLike[str],
    x: xr.DataArray,
    dims: str | Sequence[str] = ("channel", "y", "x"),
    *,
    given: Mapping[str, Any] | None = None,
    output: str | None = None,
    opaque: bool = False,
) -> OnnxGraph:
    """Take a model in an ONNX file apart: a graph of labeled operators that equals the model.

    Each operator of the file becomes a node, which onnxruntime runs by itself, with its
    optimizations off; so the graph gives what the whole model gives, to 5e-6 of its largest value,
    which is compared on `x`. What depends on sizes alone, such as the shape that a tensor is
    brought to, or the branch that is taken, is fixed as it is for `x`. Otherwise the graph is made
    as that of `invarsig.from_torch`.

    Parameters
    ----------
    path
        The file. Nothing in it is run but operators that onnxruntime knows.
    x
        A labeled input. Its values are converted to the type of the model's input. Dims that are
        not in `dims` are batch dims, whose items are run one by one; so the file may fix its batch
        to 1.
    dims
        What the axes of the model's input stand for, after the batch; or all of them, where the
        model has none for the batch. Of several, "channel" is that of the channels, or else the
        first one.
    given
        Values of the model's other inputs, by name: a state, a sampling rate.
    output
        The result to give, by default the first of the model's outputs: the name of an output, of
        any result within the file, of a node as the graph prints it ("block3.relu"), or of a block
        ("block3"), which is that of its last node.
    opaque
        Take the model as one node, as is done where it cannot be followed.

    Returns
    -------
    OnnxGraph
        A model that cannot be followed is one node, and a warning says why. What is changed in the
        graph can be written to a file again (`OnnxGraph.save`).

    Raises
    ------
    MissingError
        If onnx or onnxruntime is not installed.
    ReadError
        If the file is not an ONNX model, or data that it keeps beside itself is missing.
    ParameterError
        If it holds operators that onnxruntime does not know, or is quantized; if an input has no
        value, or no result, node or block has the name of `output`; if it is not deterministic; if
        `x` holds values that are not finite, or the result no finite ones.
    DimError
        If `x` lacks one of the dims, or the model has another number of axes.
    AxisError
        If the model takes another number of samples.
    DtypeError
        If the model or `x` does not compute with floating-point numbers.

    Examples
    --------
    >>> import pytest; onnx = pytest.importorskip("onnx"); _ = pytest.importorskip("onnxruntime")
    >>> import numpy as np, tempfile
    >>> import invarsig as iv
    >>> from onnx import helper
    >>> kind = onnx.TensorProto.FLOAT
    >>> weights = helper.make_tensor("w", kind, [4, 1, 3, 3], np.ones(36))
    >>> graph = helper.make_graph(
    ...     [
    ...         helper.make_node("Conv", ["image", "w"], ["c"], "conv", strides=[2, 2]),
    ...         helper.make_node("Relu", ["c"], ["r"], "relu"),
    ...     ],
    ...     "net",
    ...     [helper.make_tensor_value_info("image", kind, ["n", 1, "h", "w"])],
    ...     [helper.make_tensor_value_info("r", kind, None)],
    ...     [weights],
    ... )
    >>> model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    >>> x = iv.label(np.random.default_rng(1).standard_normal((1, 9, 9)), "channel", "y", "x")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     onnx.save(model, f"{folder}/net.onnx")
    ...     net = iv.from_onnx(f"{folder}/net.onnx", x)
    ...     part = iv.from_onnx(f"{folder}/net.onnx", x, output="conv")
    >>> dict(net(x).sizes), [str(node) for node in net]
    ({'channel': 4, 'y': 4, 'x': 4}, ['conv: convolution(stride y 2, x 2)', 'relu: Relu'])
    >>> str(part)
    'Graph(1 nodes, to conv)'
    """
    file = read_onnx(path)
    names = input_dims(dims, x, "iv.from_onnx")
    result, layer = result_and_layer(file, output)
    model = OnnxModel.of(file, x, names, given or {}, result)
    require_finite(x.to_numpy())
    first, *others = _items(x, names)
    expected = model.checked(first)
    if not opaque:
        building = _building(model, first)
        try:
            graph = building.graph(model, expected)
            for item in others:
                building.compare(graph, item, model.checked(item))
            return _given_back(graph, building, model, first, layer)
        except Untraced as error:
            warnings.warn(
                f"{file.path.name} cannot be followed: {error} It is taken as one node.",
                stacklevel=2,
            )
    building = _building(model, first)
    one = building.one_node(model, file.path.stem, expected)
    return _given_back(one, building, model, first, layer)


def _given_back(
    graph: Graph, building: OnnxBuilding, model: OnnxModel, item: xr.DataArray, layer: str | None
) -> OnnxGraph:
    """The graph, which knows its file, up to a layer if one is named."""
    nodes = tuple(graph.nodes)
    output = None if model.output == model.file.outputs[0] else model.output
    whole = OnnxGraph(nodes, OnnxOrigin(model, item, nodes, building.named, output))
    made = whole if layer is None else up_to(whole, layer)
    assert isinstance(made, OnnxGraph)
    return made


def _building(model: OnnxModel, item: xr.DataArray) -> OnnxBuilding:
    shape = [item.sizes[dim] for dim in model.dims]
    return OnnxBuilding.of(model.home, model.dims, item, shape)


def _items(x: xr.DataArray, names: Sequence[str]) -> list[xr.DataArray]:
    """The items of a batch, one by one."""
    empty = [dim for dim in x.dims if not x.sizes[dim]]
    if empty:
        raise AxisError(f"The input has no samples along {empty[0]!r}.")
    batch = [dim for dim in x.dims if dim not in names]
    if not batch:
        return [x]
    sizes = [range(x.sizes[dim]) for dim in batch]
    return [
        x.isel(dict(zip(batch, places, strict=True)), drop=True)
        for places in itertools.product(*sizes)
    ]
