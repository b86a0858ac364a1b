"""Modules of torch that run others: in parallel, or as a graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

__all__ = ["Branches", "Joined", "Nodes"]


class Branches(nn.Module):  # type: ignore[misc]
    """Modules in parallel: their sum, or stacked along a new axis.

    Parameters
    ----------
    branches
        The modules.
    skip
        Whether the input itself is one more of them.
    axis
        Where they are stacked, counted from the last axis; None sums them.
    orders
        For each branch the order that brings its axes to those of the first.
    """

    orders: list[list[int]]
    skip: bool
    axis: int | None

    def __init__(
        self,
        branches: Sequence[Any],
        orders: Sequence[Sequence[int]],
        *,
        skip: bool = False,
        axis: int | None = None,
    ) -> None:
        super().__init__()
        self.branches, self.orders = nn.ModuleList(branches), [list(each) for each in orders]
        self.skip, self.axis = skip, axis

    def forward(self, t: Any) -> Any:
        """Run all, and join."""
        made = [t] if self.skip else []
        for branch, order in zip(self.branches, self.orders, strict=True):
            y = branch(t)
            lead = y.ndim - len(order)
            made.append(y.permute([*range(lead), *(lead + k for k in order)]))
        return sum(made[1:], made[0]) if self.axis is None else torch.stack(made, self.axis)


class Nodes(nn.Module):  # type: ignore[misc]
    """A graph: each module reads named results.

    Parameters
    ----------
    steps
        Name of the result, the module, and the names that it reads.
    source
        Name of the input.
    """

    names: list[tuple[str, tuple[str, ...]]]

    def __init__(self, steps: Sequence[tuple[str, Any, tuple[str, ...]]], source: str) -> None:
        super().__init__()
        self.steps = nn.ModuleList([module for _, module, _ in steps])
        self.names = [(name, reads) for name, _, reads in steps]
        self.source = source

    def forward(self, t: Any) -> Any:
        """Run the nodes in order."""
        found: dict[str, Any] = {self.source: t}
        for module, (name, reads) in zip(self.steps, self.names, strict=True):
            found[name] = module(*(found[each] for each in reads))
        return found[self.names[-1][0]]


class Joined(nn.Module):  # type: ignore[misc]
    """Several tensors to one, on the axes of the result.

    Parameters
    ----------
    function
        What is done with the list of tensors.
    orders
        For each input, for each axis of the result its own axis, or None where it lacks it.
    """

    function: Callable[[Sequence[Any]], Any]
    orders: list[list[int | None]]

    def __init__(
        self, function: Callable[[Sequence[Any]], Any], orders: Sequence[Sequence[int | None]]
    ) -> None:
        super().__init__()
        self.function, self.orders = function, [list(each) for each in orders]

    def forward(self, *inputs: Any) -> Any:
        """Join."""
        return self.function(
            [_spread(t, order) for t, order in zip(inputs, self.orders, strict=True)]
        )


def _spread(t: Any, order: Sequence[int | None]) -> Any:
    """A tensor with its last axes in another order, and of size 1 where it lacks one."""
    own = [k for k in order if k is not None]
    lead = t.ndim - len(own)
    t = t.permute([*range(lead), *(lead + k for k in own)])
    for place, k in enumerate(order):
        t = t.unsqueeze(lead + place) if k is None else t
    return t
