"""A graph that was taken from an ONNX file, and gives a file back when it is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from invarsig.adapters.onnx_origin import OnnxOrigin
from invarsig.errors import ParameterError
from invarsig.io.whole_file import write_whole
from invarsig.operators import Graph, Node, Operator
from invarsig.remedies.change_code import change_code
from invarsig.remedies.course import replaced

__all__ = ["OnnxGraph"]

# From this size on, in bytes, a file of ONNX has to keep its weights beside itself.
_LARGEST = 2**31 - 1


@dataclass(frozen=True, repr=False)
class OnnxGraph(Graph):
    """A graph of labeled operators that equals a model in an ONNX file.

    Some of its nodes may have been replaced since: by hand (`replaced`), or by `invarsig.remedies`.

    Parameters
    ----------
    nodes
        The nodes.
    origin
        What it was taken from.
    """

    origin: OnnxOrigin | None = field(default=None, compare=False, repr=False)

    def replaced(self, parts: Mapping[str, Operator | Sequence[Operator]]) -> OnnxGraph:
        """Put other operators in the place of some nodes (`invarsig.remedies.course.replaced`)."""
        made = replaced(self, parts)
        assert isinstance(made, OnnxGraph)
        return made

    def among(self, nodes: Sequence[Node]) -> OnnxGraph:
        """The part of it up to the last one of some nodes, of the same file."""
        origin = None if self.origin is None else self.origin.among(nodes)
        return OnnxGraph(tuple(nodes), origin)

    def model(self) -> Any:
        """The whole model of the file, with what was changed in this graph in place.

        Weights are those of the file. Of a graph up to a result (``output=``), what comes after it
        is as it was, and reads what the changed operators give. The result has been computed by
        onnxruntime, and compared with that of the graph.

        An ideal low-pass, activations between filters and selection by norm are written for the
        size of the input that the graph was made with, and the model then takes that size alone.

        Returns
        -------
        onnx.ModelProto

        Raises
        ------
        ParameterError
            If a change has no form in the file; the message says which, and why.
        """
        from invarsig.adapters.onnx_rewritten import rewritten

        if self.origin is None:
            raise ParameterError(
                "The graph does not say which file it was taken from; use one of iv.from_onnx."
            )
        return rewritten(self.origin, self)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write `model` to a file, whole or not at all.

        Parameters
        ----------
        path
            Where to; a file that stands there is replaced.

        Returns
        -------
        pathlib.Path
            The path.

        Raises
        ------
        ParameterError
            If a change has no form in the file, or the model is larger than 2 GB.
        WriteError
            If the file cannot be written.
        """
        model = self.model()
        if model.ByteSize() > _LARGEST:
            raise ParameterError(
                f"The model has {model.ByteSize() / 1e9:.1f} GB, and one file of ONNX holds 2.1; "
                "take graph.model() and write it by onnx.save with save_as_external_data=True."
            )
        return write_whole(path, model.SerializeToString())

    def joined_source(self, source: Callable[[Any], str]) -> str:
        """How it is made of the graph of the file, as Python."""
        given = None if self.origin is None else Graph(self.origin.nodes)
        if given is None or given.nodes == tuple(self.nodes):
            return source(Graph(self.nodes))
        return change_code(given, self)

    __repr__ = Operator.__repr__
