"""A trained network of torch, taken apart into a graph of labeled operators."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from invarsig.adapters.building import as_tensor
from invarsig.adapters.finite import require_finite, require_telling
from invarsig.adapters.input_dims import input_dims
from invarsig.adapters.origin import Origin
from invarsig.adapters.program import traced
from invarsig.adapters.sentences import as_sentence
from invarsig.adapters.torch_building import TorchBuilding
from invarsig.adapters.torch_graph import TorchGraph
from invarsig.adapters.torch_home import TorchHome
from invarsig.adapters.untraced import Untraced
from invarsig.axes import require_labels
from invarsig.errors import DtypeError, InvarsigError, MissingError, ParameterError
from invarsig.operators import Graph
from invarsig.operators.layers import graph_to

__all__ = ["from_torch"]


def from_torch(
    module: Any,
    x: xr.DataArray,
    dims: str | Sequence[str] = ("channel", "y", "x"),
    *,
    output: str | None = None,
    opaque: bool = False,
) -> TorchGraph | Graph:
    """Take a network of torch apart: a graph of labeled operators that equals the module.

    Each operation that torch runs becomes a node, which calls the very function of torch with the
    module's own parameters. Nodes are named by their path in the module ("blocks.3.conv"). What is
    known of an operation (its rate, where its samples stand, how far it reaches) is confirmed on
    `x`; where it does not hold, and for operations of which nothing is known, a node counts as one
    that depends on everything. Views, transpositions and flattening are no nodes: they only change
    what the axes of a tensor stand for.

    Parameters
    ----------
    module
        A ``torch.nn.Module`` in evaluation mode, which takes one tensor, the batch first.
    x
        A labeled input. Its values are converted to the type of the module's parameters. Dims that
        are not in `dims` are batch dims; there may be any number of them.
    dims
        What the axes of the module's input stand for, after the batch. Of several, "channel" is
        that of the channels, or else the first one; by default "color" takes the place of a
        "channel" that `x` lacks.
    output
        The result to give, by default that of the module: the name of a node as the graph prints
        it ("blocks.3.conv"), or of a block, which is that of its last node. The graph goes up to
        there; `module()` of it is the whole module all the same, with what was changed in it.
    opaque
        Take the module as one node, as is done where it cannot be followed.

    Returns
    -------
    Graph
        Axes that the module keeps with size 1 are lost, as axes that it pools over are; parts of an
        axis that it merges (tokens, a flattened picture) stay separate while their order allows
        it. A module that neither ``torch.export`` nor ``torch.fx`` can follow is one node, and a
        warning says why.

    Raises
    ------
    MissingError
        If torch is not installed.
    ParameterError
        If the module is in training mode, cannot run on `x`, is not deterministic, or its control
        flow depends on data; if no node or block has the name of `output`; if `x` holds values that
        are not finite, or the result no finite ones.
    DimError
        If `x` lacks one of the dims.
    DtypeError
        If `module` is no module, or the values are complex or integer.

    Examples
    --------
    >>> import pytest; torch = pytest.importorskip("torch")
    >>> import numpy as np
    >>> import invarsig as iv
    >>> net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU()).eval()
    >>> x = iv.label(np.random.default_rng(1).standard_normal((1, 8, 8)), "channel", "y", "x")
    >>> graph = iv.from_torch(net, x)
    >>> dict(graph(x).sizes), [node.name for node in graph]
    ({'channel': 4, 'y': 6, 'x': 6}, ['0', '1'])
    >>> [node.name for node in iv.from_torch(net, x, output="0")]
    ['0']
    """
    _require_torch()
    _check(module, x)
    names = input_dims(dims, x, "iv.from_torch")
    _require_real(x)
    require_finite(x.to_numpy())
    home = _home(module, x)
    tensor = as_tensor(home, x, names)
    expected = _twice(module, tensor)
    require_telling(home.array(expected), type(module).__name__)
    if not opaque:
        try:
            program = traced(module, _pair(tensor))
            graph = TorchBuilding.of(home, names, x, tensor.shape[1:]).graph(program, expected)
            nodes = tuple(graph.nodes)
            whole = TorchGraph(nodes, Origin(module, x, tuple(names), nodes, nodes))
        except InvarsigError as error:
            if isinstance(error, Untraced) and error.of_data:
                raise ParameterError(
                    f"{error} Write it without a branch on values (torch.where), or take the "
                    "whole module as one node by opaque=True."
                ) from error
            warnings.warn(f"{error} It is taken as one node.", stacklevel=2)
        else:
            return whole if output is None else _up_to(whole, output)
    building = TorchBuilding.of(home, names, x, tensor.shape[1:])
    one = building.one_node(module, type(module).__name__, expected)
    return one if output is None else _up_to(one, output)


def _up_to(graph: Graph, output: str) -> Graph:
    """The graph up to a node or a block."""
    listing = " [node.name for node in iv.from_torch(module, x)] lists all."
    return graph_to(graph, output, f"output={output!r}", listing)


def _require_torch() -> None:
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise MissingError(
            "iv.from_torch needs torch, which is not installed; install it by "
            "pip install 'invarsig[torch]'."
        ) from error


def _check(module: Any, x: xr.DataArray) -> None:
    import torch

    if not isinstance(module, torch.nn.Module):
        raise DtypeError(
            f"iv.from_torch takes a torch.nn.Module, not {type(module).__name__}; for a function "
            "of plain arrays there is iv.Apply."
        )
    plain = (torch.nn.Sequential, torch.nn.ModuleList, torch.nn.ModuleDict)
    parts = [(name, part) for name, part in module.named_modules() if type(part) not in plain]
    trained = [name for name, part in parts if part.training]
    if trained:
        where = f" ({trained[0]!r})" if trained[0] else ""
        raise ParameterError(
            f"{type(module).__name__} is in training mode{where}, in which it changes while it "
            "runs; call module.eval() first."
        )
    require_labels(x, "iv.from_torch")


def _require_real(x: xr.DataArray) -> None:
    if x.dtype.kind != "f":
        raise DtypeError(
            f"The input is {x.dtype}, and a module takes real floating-point numbers; convert it "
            "by x.astype('float32')" + (", or take its modulus." if x.dtype.kind == "c" else ".")
        )


def _home(module: Any, x: xr.DataArray) -> TorchHome:
    import torch

    for own in (*module.parameters(), *module.buffers()):
        if own.is_floating_point():
            return TorchHome(own.dtype, own.device)
    dtype = torch.float64 if x.dtype == np.dtype(np.float64) else torch.float32
    return TorchHome(dtype, torch.device("cpu"))


def _pair(tensor: Any) -> Any:
    """A batch of two: an axis of size 1 would say too little."""
    return tensor[:1].repeat(2, *[1] * (tensor.ndim - 1)) if len(tensor) < 2 else tensor[:2]


def _twice(module: Any, tensor: Any) -> Any:
    """What the module gives; an error where it does not run, or does not give the same again."""
    import torch

    try:
        with torch.inference_mode():
            first, second = module(tensor), module(tensor)
    except Exception as error:
        raise ParameterError(
            f"{type(module).__name__} does not run on a batch of shape {tuple(tensor.shape)}: "
            f"{as_sentence(error)} Give an input whose dims fit, or name other dims=."
        ) from error
    if not isinstance(first, torch.Tensor):
        raise ParameterError(
            f"{type(module).__name__} gives a {type(first).__name__}, and a graph has one result; "
            "wrap it in a module that picks one tensor of it."
        )
    if not torch.equal(torch.nan_to_num(first), torch.nan_to_num(second)):
        raise ParameterError(
            f"{type(module).__name__} is not deterministic: two runs on one input differ by up to "
            f"{float((first - second).abs().max()):.3g}. Switch off what is random in it."
        )
    return first
