"""A torch module with some of its operations changed, its parameters shared.

A submodule that does one operation is copied, its attributes are set, and what comes before and
after it is hooked to it. What is called as a function, or what a submodule does several times, is
changed in the code of the module around it, by ``torch.fx``. Either way no key of the
``state_dict`` is new, and the result is compared with the graph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import xarray as xr
from torch import nn

from invarsig.adapters.building import as_tensor
from invarsig.adapters.measured import rounding
from invarsig.adapters.modules.layers import Select, SelectAlike, around, layers_of
from invarsig.adapters.modules.surgery import Place, changed_call, located, shallow, with_attributes
from invarsig.adapters.origin import Origin
from invarsig.adapters.tensor_operators import TensorOperator
from invarsig.axes import Axes
from invarsig.errors import InvarsigError, ParameterError
from invarsig.operators import Graph, Node
from invarsig.remedies.change_code import chains
from invarsig.remedies.on_ring import OnRing
from invarsig.remedies.selection import SelectedAlike

__all__ = ["rewritten"]


@dataclass(frozen=True, eq=False)
class _Edit:
    """What is done to one node.

    Parameters
    ----------
    place
        Where it is in the module.
    changes
        What of the operation itself is another one: "stride", "dilation" (by dim), "padding",
        "interpolation".
    dims
        Dims of the operation's result, after the batch.
    before, after
        Layers before and after it.
    """

    place: Place
    changes: Mapping[str, Any]
    dims: tuple[str, ...]
    before: list[nn.Module] = field(default_factory=list)
    after: list[nn.Module] = field(default_factory=list)


def rewritten(origin: Origin, graph: Graph) -> nn.Module:
    """The whole module of a graph, some of whose nodes have been replaced.

    Of a graph up to a layer, what comes after that layer is as it was.

    Raises
    ------
    ParameterError
        If a change has no form in the module, or the module that is made differs from the graph.
    """
    edits = _edits(origin, graph)
    whole = Graph((*graph.nodes, *origin.rest))
    reasons: list[str] = []
    for hooked in (True, False):
        try:
            made = origin.module
            for edit in edits:
                made = _edited(made, edit, hooked)
            off = _off(made, origin, whole)
        except (InvarsigError, RuntimeError, TypeError, AttributeError) as error:
            reasons.append(" ".join(str(error).split()))
            continue
        if off <= rounding(whole(origin.x).dtype):
            return made
        reasons.append(f"what is made differs from the graph by {off:.2g} of its largest value")
    names = ", ".join(repr(edit.place.name) for edit in edits)
    raise ParameterError(
        f"The change of {names} cannot be made in {type(origin.module).__name__}: "
        f"{'; '.join(dict.fromkeys(reasons))}. Use the graph itself."
    )


def _edits(origin: Origin, graph: Graph) -> list[_Edit]:
    """What has to be done, node by node."""
    found, choosers = [], dict[str, Select]()
    axes = _axes(origin)
    for name, chain in chains(origin.nodes, graph.nodes).items():
        place = located(origin.module, name, [node.name for node in origin.whole])
        found.append(_edit(place, chain, axes[name], choosers))
    return found


def _axes(origin: Origin) -> dict[str, tuple[list[str], Axes]]:
    """For each node the dims of its tensor, and the axes of its result."""
    every = {"input": Axes.of(origin.x)}
    for node in origin.nodes:
        every[node.name] = node.after([every[name] for name in node.sources])
    return {
        node.name: (list(node.op.step.dims), every[node.name])
        for node in origin.nodes
        if hasattr(node.op, "step")
    }


def _edit(
    place: Place,
    chain: Sequence[Node],
    at: tuple[list[str], Axes],
    choosers: dict[str, Select],
) -> _Edit:
    dims, axes = at
    periodic = [dim for dim in dims if axes.placed(dim) and axes[dim].periodic]
    changes: Mapping[str, Any] | None = None
    before: list[nn.Module] = []
    after: list[nn.Module] = []
    for node in chain:
        both = around(node.op, dims)
        if isinstance(node.op, TensorOperator):
            changes = node.op.changes
        elif both is not None:
            inner: Any = node.op.op if isinstance(node.op, OnRing) else node.op
            changes = inner.nonlinearity.changes
            before += both[0]
            after += both[1]
        elif isinstance(node.op, SelectedAlike):
            after.append(SelectAlike(choosers[node.sources[1]]))
        else:
            made = layers_of(node.op, dims, periodic)
            if isinstance(made[0], Select):
                choosers[node.sources[0]] = made[0]
            (before if changes is None else after).extend(made)
    if changes is None:
        raise ParameterError(
            f"Nothing of {place.name!r} itself is left in its place, and only what stands around "
            "an operation of the module, and how it is called, can be changed in it."
        )
    return _Edit(place, changes, tuple(dims), before, after)


def _edited(module: nn.Module, edit: _Edit, hooked: bool) -> nn.Module:
    """The module with one operation changed."""
    place = edit.place
    target = module.get_submodule(place.path)
    if hooked and (place.alone or _takes_the_stride(target, edit)):
        new = with_attributes(target, edit.changes, edit.dims)
        if edit.before:
            new.add_module("before", nn.Sequential(*edit.before))
            new.register_forward_pre_hook(_first)
        if edit.after:
            new.add_module("after", nn.Sequential(*edit.after))
            new.register_forward_hook(_then)
        return _put(module, place.path, new)
    return _put(
        module,
        place.around,
        changed_call(
            module.get_submodule(place.around),
            place,
            edit.changes,
            edit.dims,
            edit.before,
            edit.after,
        ),
    )


def _takes_the_stride(target: nn.Module, edit: _Edit) -> bool:
    """Whether a pool that is several operations takes a stride for the one among them."""
    alone = set(edit.changes) == {"stride"} and not (edit.before or edit.after)
    return alone and isinstance(target, (nn.LPPool1d, nn.LPPool2d, nn.LPPool3d))


def _first(module: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    return (module.before(args[0]), *args[1:])


def _then(module: Any, args: tuple[Any, ...], made: Any) -> Any:  # noqa: ARG001 -- of a hook
    return module.after(made)


def _put(module: nn.Module, path: str, new: nn.Module) -> nn.Module:
    """A module with another submodule at a path; those on the way are copied, the rest shared."""
    if not path:
        return new
    head, _, rest = path.partition(".")
    made = shallow(module)
    made._modules[head] = _put(module.get_submodule(head), rest, new)
    return made


def _off(module: nn.Module, origin: Origin, graph: Graph) -> float:
    """How far a module is off a graph, relative to the largest value."""
    first = origin.nodes[0].op
    home = first.step.home  # type: ignore[union-attr]
    expected = graph(origin.x)
    with torch.no_grad():
        given = module(as_tensor(home, origin.x, origin.dims))
    step = origin.whole[-1].op.step  # type: ignore[union-attr]
    wanted = as_tensor(home, xr.DataArray(expected), list(step.dims))
    if given.numel() != wanted.numel():
        raise ParameterError(
            f"what is made gives {tuple(given.shape)}, and the graph {tuple(wanted.shape)}"
        )
    gap = (given.reshape(-1).double() - wanted.reshape(-1).double()).abs().nan_to_num().max()
    return float(gap) / (float(wanted.double().abs().nan_to_num().max()) or 1.0)
