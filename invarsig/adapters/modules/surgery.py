"""Where a node of a graph is in the module that it was traced from, and how it is called there."""

from __future__ import annotations

import copy
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn

from invarsig.errors import ParameterError

__all__ = ["Place", "changed_call", "located", "shallow", "with_attributes"]

_WINDOWED = (
    nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d,
    nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d,
)  # fmt: skip

# Where functions of torch take what a change is about, by what their names begin with.
_ARGUMENTS = {
    "conv": {"stride": 3, "padding": 4, "dilation": 5},
    "max_pool": {"stride": 2, "padding": 3, "dilation": 4},
    "avg_pool": {"stride": 2},
    "upsample": {"mode": 3},
    "interpolate": {"mode": 3},
}

_LINEAR = {3: "linear", 4: "bilinear", 5: "trilinear"}


@dataclass(frozen=True)
class Place:
    """Where an operation is in a module.

    Parameters
    ----------
    name
        The node.
    path
        The submodule that does it, or in whose code it is called.
    function
        The function that is called there; "" where the submodule is the operation.
    turn
        Which call of it, counted from 0.
    alone
        Whether the submodule does this and nothing else of its kind, once.
    around
        The module whose code calls it.
    """

    name: str
    path: str
    function: str
    turn: int
    alone: bool
    around: str


def located(module: nn.Module, name: str, names: Sequence[str]) -> Place:
    """Find the operation of a node.

    Parameters
    ----------
    module
        The whole module.
    name, names
        The node, and all nodes.

    Raises
    ------
    ParameterError
        If the name is not that of a place in the module.
    """
    paths = {path for path, _ in module.named_modules(remove_duplicate=False)}
    base, turn = (name, 0) if name in paths else _counted(name, names)
    if base in paths:
        once = not any(_counted(other, names)[0] == base for other in names if other != name)
        return Place(name, base, "", turn, once, base.rpartition(".")[0])
    path, _, function = base.rpartition(".")
    if path not in paths:
        raise ParameterError(f"The node {name!r} is not a place in {type(module).__name__}.")
    kinds = [other for other in names if other.rpartition(".")[0] == path and other != name]
    windowed = isinstance(module.get_submodule(path), _WINDOWED)
    return Place(name, path, function, turn, windowed and not kinds, path)


def _counted(name: str, names: Sequence[str]) -> tuple[str, int]:
    """A name without the number that tells several calls apart, and that number."""
    found = re.fullmatch(r"(.+)_(\d+)", name)
    if found is None or found[1] not in names:
        return name, 0
    return found[1], int(found[2]) - 1


def shallow(module: nn.Module) -> nn.Module:
    """A copy of a module that shares its parameters, buffers and submodules."""
    made = copy.copy(module)
    for name in ("_modules", "_parameters", "_buffers"):
        made.__dict__[name] = module.__dict__[name].copy()
    for name, held in module.__dict__.items():
        if name.endswith(("_hooks", "_hooks_with_kwargs")):
            made.__dict__[name] = OrderedDict(held)
    made._non_persistent_buffers_set = set(module._non_persistent_buffers_set)
    return made


def with_attributes(
    module: nn.Module, changes: Mapping[str, Any], dims: Sequence[str]
) -> nn.Module:
    """A copy of a convolution or pool whose attributes say something else.

    Raises
    ------
    ParameterError
        If it has no such attribute.
    """
    made: Any = shallow(module)
    for kind, to in changes.items():
        if kind == "stride":
            kernel = getattr(module, "kernel_size", 1)
            made.stride = _by_dim(to, dims, _attribute(module, "stride") or kernel)
        elif kind == "dilation":
            made.dilation = _times(to, dims, _attribute(module, "dilation"))
            if not isinstance(module.padding, str):
                made.padding = _times(to, dims, module.padding)
            _pad_children(made, partial(_wider, by=to, dims=dims))
            if hasattr(module, "_reversed_padding_repeated_twice"):
                pads = made.padding if not isinstance(made.padding, str) else None
                if pads is None and getattr(module, "padding_mode", "zeros") != "zeros":
                    raise ParameterError("padding='same' in another mode has no dilated form here")
                if pads is not None:
                    made._reversed_padding_repeated_twice = [
                        p for p in reversed(pads) for _ in "ab"
                    ]
        elif kind == "padding":
            if getattr(module, "padding_mode", None) == "zeros":
                made.padding_mode = to
            _pad_children(made, partial(_in_mode, mode=to))
        elif kind == "interpolation" and isinstance(module, nn.Upsample):
            made.mode, made.align_corners = _LINEAR[len(dims) + 1], None
        else:
            raise ParameterError(f"{type(module).__name__} has no {kind} to change")
    return made


def _attribute(module: nn.Module, name: str) -> Any:
    if not hasattr(module, name):
        raise ParameterError(f"{type(module).__name__} has no {name}")
    return getattr(module, name)


def _spread(given: Any, count: int) -> tuple[int, ...]:
    several = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    return several * count if len(several) == 1 else several


def _by_dim(to: Mapping[str, int], dims: Sequence[str], given: Any) -> tuple[int, ...]:
    """One number for each of the last axes, those of some dims being others."""
    own = dims[1:]
    pairs = zip(own, _spread(given, len(own)), strict=True)
    return tuple(to.get(dim, by) for dim, by in pairs)


def _times(by: Mapping[str, int], dims: Sequence[str], given: Any) -> tuple[int, ...]:
    own = dims[1:]
    return tuple(n * by.get(dim, 1) for dim, n in zip(own, _spread(given, len(own)), strict=True))


def _pad_children(module: Any, change: Any) -> None:
    """Change the padding that a module has as submodules of its own."""
    for name, child in module._modules.items():
        if type(child).__name__.endswith(("Pad1d", "Pad2d", "Pad3d")):
            module._modules[name] = change(child)


def _wider(pad: Any, by: Mapping[str, int], dims: Sequence[str]) -> Any:
    made: Any = shallow(pad)
    factors = [by.get(dim, 1) for dim in reversed(dims[1:]) for _ in "ab"]
    made.padding = tuple(n * f for n, f in zip(pad.padding, factors, strict=True))
    return made


def _in_mode(pad: Any, mode: str) -> Any:
    rank = type(pad).__name__[-2:]
    if not type(pad).__name__.startswith(("ZeroPad", "ConstantPad")):
        return pad
    names = {"circular": "Circular", "reflect": "Reflection", "replicate": "Replication"}
    return getattr(nn, f"{names[mode]}Pad{rank}")(pad.padding)


class _Own(torch.fx.Tracer):  # type: ignore[misc]
    """Follows a module's own code; submodules are left as they are."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Every one."""
        return True


def changed_call(
    module: nn.Module,
    place: Place,
    changes: Mapping[str, Any],
    dims: Sequence[str],
    before: Sequence[nn.Module],
    after: Sequence[nn.Module],
) -> nn.Module:
    """The module in whose code one call is another one.

    Raises
    ------
    ParameterError
        If its code cannot be followed by torch.fx, or the call is not found in it.
    """
    try:
        graph = _Own().trace(module)
    except Exception as error:
        raise ParameterError(
            f"torch.fx cannot follow the code of {type(module).__name__}: {error}"
        ) from error
    calls = [node for node in graph.nodes if _is(node, place, module)]
    if len(calls) <= place.turn:
        raise ParameterError(
            f"its call number {place.turn + 1} is not found in the code of {type(module).__name__}"
        )
    node, added = calls[place.turn], dict[str, nn.Module]()

    def named(name: str, layer: nn.Module) -> str:
        while hasattr(module, name):
            name += "_"
        added[name] = layer
        return name

    if node.op == "call_module" and changes:
        other = with_attributes(module.get_submodule(node.target), changes, dims)
        if next(other.parameters(), None) is not None:
            raise ParameterError(f"{place.path!r} is called several times, with parameters")
        node.target = named("changed", other)
    elif changes:
        _set_arguments(node, place.function, changes, dims)
    if before:
        with graph.inserting_before(node):
            first = graph.call_module(named("before", nn.Sequential(*before)), (node.args[0],))
        node.args = (first, *node.args[1:])
    if after:
        with graph.inserting_after(node):
            then = graph.call_module(named("after", nn.Sequential(*after)), (node,))
        node.replace_all_uses_with(then, delete_user_cb=lambda user: user is not then)
    return _made(module, graph, added)


def _made(module: nn.Module, graph: Any, added: Mapping[str, nn.Module]) -> nn.Module:
    """A module of some code; what the code does not use is there all the same, in its order."""
    root = nn.Module()
    root.training = module.training
    for own in ("_parameters", "_buffers", "_modules"):
        root.__dict__[own] = module.__dict__[own].copy()
    root._non_persistent_buffers_set = set(module._non_persistent_buffers_set)
    for name, layer in added.items():
        root.add_module(name, layer)
    made = torch.fx.GraphModule(root, graph, type(module).__name__)
    for own in ("_parameters", "_buffers", "_modules"):
        made.__dict__[own] = root.__dict__[own]
    made._non_persistent_buffers_set = root._non_persistent_buffers_set
    made.training = module.training
    return made


def _is(node: Any, place: Place, module: nn.Module) -> bool:
    """Whether a node of the code is a call of the operation."""
    if not place.function:
        return node.op == "call_module" and _same_module(node, place, module)
    if node.op not in ("call_function", "call_method"):
        return False
    called = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    wanted = place.function.removesuffix("_")
    called = str(called).removesuffix("_").lstrip("_")
    alike = {"hardtanh": ("relu6",), "max_pool2d_with_indices": ("max_pool2d",)}
    if "upsample" in wanted:
        return called in ("interpolate", "upsample")
    return called == wanted or called in alike.get(wanted, ())


def _same_module(node: Any, place: Place, module: nn.Module) -> bool:
    inside = place.path.removeprefix(f"{place.around}.") if place.around else place.path
    return node.target == inside or module.get_submodule(node.target) is module.get_submodule(
        inside
    )


def _set_arguments(
    node: Any, function: str, changes: Mapping[str, Any], dims: Sequence[str]
) -> None:
    """Set what a call is told."""
    kind = next((kind for kind in _ARGUMENTS if kind in function), "")
    count = len(dims) - 1
    for change, to in changes.items():
        if change == "stride" and kind:
            _set(
                node,
                kind,
                "stride",
                lambda given, to=to: _by_dim(to, dims, _or_kernel(given, node)),
            )
        elif change == "dilation" and "dilation" in _ARGUMENTS.get(kind, {}):
            for name, least in (("dilation", 1), ("padding", 0)):
                _set(
                    node,
                    kind,
                    name,
                    lambda given, to=to, least=least: _scaled(given, to, dims, least),
                )
        elif change == "interpolation" and kind in ("upsample", "interpolate"):
            _set(node, kind, "mode", lambda given, count=count: _LINEAR[count + 2])  # noqa: ARG005
        else:
            raise ParameterError(f"a call of {function} has no {change} that can be changed")


def _or_kernel(given: Any, node: Any) -> Any:
    """A stride; a pool without one has that of its window."""
    if given not in (None, ()):
        return given
    if "pool" not in str(getattr(node.target, "__name__", node.target)):
        return 1
    return node.args[1] if len(node.args) > 1 else node.kwargs["kernel_size"]


def _scaled(given: Any, to: Mapping[str, int], dims: Sequence[str], least: int) -> Any:
    return given if isinstance(given, str) else _times(to, dims, least if given is None else given)


def _set(node: Any, kind: str, name: str, change: Any) -> None:
    """Set one argument of a call, wherever it is given."""
    at = _ARGUMENTS[kind][name]
    if name not in node.kwargs and len(node.args) > at:
        node.args = (*node.args[:at], change(node.args[at]), *node.args[at + 1 :])
    else:
        node.kwargs = {**node.kwargs, name: change(node.kwargs.get(name))}
