"""Which nodes of a graph changes are tried at first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.causes import causes, usual_units
from invarsig.aliasing.hidden_stages import RateChanges
from invarsig.axes import Axes
from invarsig.errors import InvarsigError
from invarsig.operators import Graph, Operator
from invarsig.remedies.course import Course

__all__ = ["suspects", "telling"]

_WORST = 3
"""How many nodes that change the rate are tried, and how many others."""

_FEW = 8
"""A graph of so few nodes is tried everywhere."""

_SHARE = 0.01
"""A node that makes less of the error than this is not tried."""


def telling(
    op: Operator, x: xr.DataArray, moves: Sequence[Translate], errors: Sequence[float] | np.ndarray
) -> Translate:
    """The move whose causes say where to look: one that hides fewest stages, the worst of those.

    Parameters
    ----------
    op, x
        The pipeline and the signal.
    moves, errors
        The moves, and the error of each.
    """
    changes = RateChanges.of(op, x, tuple({dim: 0 for move in moves for dim in move.shifts}))
    pairs = zip(moves, errors, strict=True)
    return min(pairs, key=lambda pair: (len(changes.hidden(pair[0])), -pair[1]))[0]


def suspects(
    op: Operator, x: xr.DataArray, move: Translate, split: xr.Dataset | None = None
) -> tuple[int, ...] | None:
    """Nodes that make most of the error of a move, counted from 0; None for all.

    The three at which most folds, or most images are made, and the three others that are most
    nonlinear between samples, by `invarsig.causes`.

    Parameters
    ----------
    op, x
        The pipeline and the signal.
    move
        The move whose error is split.
    split
        How it is, where that is known.
    """
    if not isinstance(op, Graph) or len(op) <= _FEW:
        return None
    try:
        if split is None:
            split = causes(op, x, move, units=usual_units(op))
    except InvarsigError:
        return _rate_changes(op, x, tuple(move.shifts))
    if split["share_of_cause"].isnull().any():
        # A stage gives no numbers for what has been moved.
        return _rate_changes(op, x, tuple(move.shifts))
    share = _by_node(op, split)
    rated = set(_rate_changes(op, x, tuple(move.shifts), most=len(op)))
    folds = share.sel(cause=["folding", "imaging", "nonlinearity"]).sum("cause").to_numpy()
    own = share.sel(cause="nonlinearity").to_numpy()
    found: list[int] = []
    for shares, places in ((folds, rated), (own, set(range(len(op))) - rated)):
        order = [int(k) for k in np.argsort(-shares, kind="stable") if int(k) in places]
        found += [k for k in order if shares[k] > _SHARE][:_WORST]
    return tuple(sorted(found))


def _by_node(op: Graph, found: xr.Dataset) -> xr.DataArray:
    """Shares of nodes; what several layers make together stands at the last nonlinear of them."""
    share = found["share"].reindex(stage=np.arange(1, len(op) + 1), fill_value=0.0)
    if found.attrs["units"] == "layers":
        return share
    share, own = share.copy(), list(share["cause"].values).index("nonlinearity")
    columns = share.transpose("cause", "stage").to_numpy()
    for last in np.flatnonzero(columns[own]):
        node = int(last)
        # All but the last layer of a unit have no share.
        while op.nodes[node].linear and node and not columns[:, node - 1].any():
            node -= 1
        if node != last and not op.nodes[node].linear:
            columns[own, node], columns[own, last] = columns[own, last], 0.0
    return share.copy(data=columns)


def _rate_changes(
    op: Graph, x: xr.DataArray, dims: Sequence[str], most: int = _WORST
) -> tuple[int, ...]:
    """The first nodes whose samples stand further apart, or closer, than those that they read."""
    course = Course.of(op)
    axes, found = course.axes(Axes.of(x)), []
    for place, inputs in enumerate(course.inputs):
        before, after = axes[inputs[0]], axes[place + 1]
        both = [
            dim
            for dim in dims
            if dim in before and dim in after and before.placed(dim) and after.placed(dim)
        ]
        if any(abs(after[dim].step / before[dim].step - 1) > 1e-6 for dim in both):
            found.append(place)
    return tuple(found[:most])
