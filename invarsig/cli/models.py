"""The model of a command: a network from a function, an object or a file, taken apart."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import xarray as xr

from invarsig.adapters import from_torch
from invarsig.cli.inputs import Input
from invarsig.cli.model_files import ENDINGS, torch_file, weights_of
from invarsig.cli.model_input import Preparation
from invarsig.cli.named_objects import object_of
from invarsig.cli.refusals import Refusal, refusal_of
from invarsig.errors import InvarsigError, MissingError, ParameterError, ReadError
from invarsig.operators import Operator
from invarsig.operators.layers import blocks_of, graph_to

__all__ = ["Model", "layers_of"]

# Of a labeled input a graph, or whatever operator the model is.
_Build = Callable[[xr.DataArray], Operator]


@dataclass(frozen=True)
class Model:
    """A model, and how files become its input.

    Parameters
    ----------
    spec
        As it was named.
    build
        What takes it apart, on an input.
    prepared
        How files become inputs.
    channel, layer
        The only channel that is taken, and the layer whose result is measured.
    weights
        What identifies the weights; "" where they are unknown.
    note
        What was done to the model.
    around
        By how many pixels pictures are larger than what the model gets, on each side.
    """

    spec: str
    build: _Build
    prepared: Preparation
    channel: str | None
    layer: str | None
    weights: str
    note: str = ""
    around: int = 0

    @classmethod
    def load(
        cls,
        spec: str,
        prepared: Preparation,
        *,
        channel: str | None,
        layer: str | None,
        trust: bool,
    ) -> Model:
        """Load it once.

        Raises
        ------
        ParameterError
            If it is no network, or reading its file may run code and it is not trusted.
        ReadError
            If there is no such file, or it is damaged.
        MissingError
            If torch, or what reads ONNX, is not installed.
        """
        path = Path(spec)
        if path.suffix.lower() == ".onnx":
            weights, build = _onnx(path, prepared)
            return cls(spec, build, prepared, channel, layer, weights)
        one_by_one = drawn = False
        if path.suffix.lower() in ENDINGS:
            module, one_by_one = torch_file(path, trust=trust)
        else:
            module, drawn = _made(spec)
        if isinstance(module, Operator):
            own = module
            return cls(spec, lambda _x: own, prepared, channel, layer, "")
        note = ""
        if module.training:
            module.eval()
            note = "The model was in training mode; it is measured in evaluation mode."
        if drawn:
            note += (
                f" Each call of {spec} draws other weights at random, and so gives other numbers: "
                "load the trained ones in it."
            )
        if one_by_one:
            module = _OneByOne.of(module)
            note = (
                "The model was exported for a batch of 1: it is taken as one node, run item by "
                "item. Exported with a batch of any size its layers are nodes."
            )
        build = _taken_apart(module, prepared, opaque=one_by_one)
        return cls(spec, build, prepared, channel, layer, weights_of(module), note)

    def read(self, path: Path, known: Operator | None = None) -> Input:
        """Read a file, prepare it as the model accepts it, and take the model apart on it.

        Parameters
        ----------
        path
            The file.
        known
            The model as it was taken apart on another input, which then only has to run on this.

        Raises
        ------
        ReadError
            If the file cannot be read.
        InvarsigError
            What the model says to the file, where it accepts no form of it.
        """
        refusals: list[Refusal] = []
        for candidate in self.prepared.candidates(path, self.channel, self.around):
            try:
                op, said = self._op(self._inner(candidate.x), known)
            except (MissingError, ReadError):
                raise
            except InvarsigError as error:
                refusals.append((candidate.x, error))
                continue
            if self.layer is not None and known is None:
                op = graph_to(op, self.layer, f"--layer {self.layer}")
                said.append(f"The model is measured up to {op.nodes[-1].name}.")
            notes = " ".join(filter(None, [self.note, *candidate.said, *said]))
            return Input(path, candidate.x, notes, op)
        # There is at least one candidate.
        raise refusal_of(refusals, self.prepared, self.channel)

    def _op(self, x: xr.DataArray, known: Operator | None) -> tuple[Operator, list[str]]:
        """The model, taken apart on an input."""
        if known is not None:
            known(x)
            return known, []
        return _quietly(self.build, x)

    def _inner(self, x: xr.DataArray) -> xr.DataArray:
        """What the model gets of a picture that is larger."""
        if not self.around:
            return x
        return x.isel({dim: slice(self.around, -self.around) for dim in ("y", "x")})

    def larger(self, around: int) -> Model:
        """The same model, whose pictures are larger than it takes by some pixels on each side."""
        return replace(self, around=around)

    def dims_along(self, x: xr.DataArray) -> list[str]:
        """Dims of an input that are no channels."""
        return [str(dim) for dim in x.dims if dim in ("y", "x", "time")]

    def identity(self) -> dict[str, str]:
        """What a baseline has to know of it, as text."""
        kept = self.prepared
        normalize = "none"
        if kept.normalize is not None:
            normalize = ";".join(",".join(f"{each:g}" for each in part) for part in kept.normalize)
        return {
            "weights": self.weights,
            "layer": self.layer or "the result",
            "normalize": normalize,
            "size": "as it is" if kept.size is None else "x".join(map(str, kept.size)),
            "dims": ",".join(kept.dims) or "those of the input",
            "channel": self.channel or "all",
        }


def layers_of(spec: str, *, trust: bool) -> list[str]:
    """Layers of a model, and the blocks that they stand in; it is loaded and not run.

    Raises
    ------
    InvarsigError
        If it cannot be loaded.
    """
    path = Path(spec)
    if path.suffix.lower() == ".onnx":
        from invarsig.adapters.onnx_file import called, operators_of, read_onnx

        file = read_onnx(path)
        return blocks_of(called(node) for node in operators_of(file.model.graph))
    loaded = path.suffix.lower() in ENDINGS
    module = torch_file(path, trust=trust)[0] if loaded else _made(spec)[0]
    return [] if isinstance(module, Operator) else [n for n, _ in module.named_modules() if n]


def _made(spec: str) -> tuple[Any, bool]:
    """A module or an operator, and whether the function that builds it draws its weights anew."""
    found, place, name = object_of(spec, "--model")
    if _is_network(found) or not callable(found):
        made, drawn = found, False
    else:
        made = _called(found, place, name)
        drawn = hasattr(made, "state_dict") and weights_of(made) != weights_of(
            _called(found, place, name)
        )
    if not _is_network(made):
        raise ParameterError(
            f"--model: {name!r} in {place} gives {type(made).__name__}, not a torch.nn.Module, an "
            "operator, or a function without arguments that gives one."
        )
    return made, drawn


def _called(function: Any, place: str, name: str) -> Any:
    try:
        given = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        given = []
    needed = [
        each.name
        for each in given
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    if needed:
        raise ParameterError(
            f"--model: {name!r} in {place} needs the arguments {', '.join(needed)}; give a "
            "function without any that builds the network."
        )
    try:
        return function()
    except InvarsigError:
        raise
    except Exception as error:
        raise ParameterError(f"--model: {name!r} in {place} fails: {error!r}") from error


def _is_network(found: Any) -> bool:
    torch = sys.modules.get("torch")
    module = torch is not None and isinstance(found, torch.nn.Module)
    return module or isinstance(found, Operator)


def _taken_apart(module: Any, prepared: Preparation, *, opaque: bool) -> _Build:
    def build(x: xr.DataArray) -> Operator:
        return from_torch(module, x, prepared.dims_for(x), opaque=opaque)

    return build


def _onnx(path: Path, prepared: Preparation) -> tuple[str, _Build]:
    """What identifies a file of ONNX, and what takes it apart."""
    if not path.is_file():
        raise ReadError(f"--model: there is no file {path}.")
    from_onnx = getattr(importlib.import_module("invarsig"), "from_onnx", None)
    if from_onnx is None:
        raise MissingError(
            f"--model {path}: this release reads no ONNX; give the network as a torch.nn.Module, "
            "--model path.py:function."
        )

    def build(x: xr.DataArray) -> Operator:
        op: Operator = from_onnx(path, x, dims=prepared.dims_for(x))
        return op

    return hashlib.sha256(path.read_bytes()).hexdigest(), build


def _quietly(build: _Build, x: xr.DataArray) -> tuple[Operator, list[str]]:
    """Take the model apart; what this package warns of is said as a note."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        op = build(x)
    return op, [str(each.message) for each in caught if each.filename == __file__]


class _OneByOne:
    """A module that runs another one item by item."""

    @staticmethod
    def of(inner: Any) -> Any:
        """Make it; its class needs torch."""
        import torch

        class OneByOne(torch.nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.inner = inner
                self.training = False

            def forward(self, x: Any) -> Any:
                return torch.cat([self.inner(each[None]) for each in x])

        return OneByOne()
