"""Blocks of a network: the nodes whose paths begin alike, and the sum of their shares."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.errors import ParameterError

__all__ = ["block_of", "blocks_of", "by_block", "span_of", "steps_of"]

# A name with the number after it, as the members of a list have it, or either alone.
_STEP = re.compile(r"(?:[^./\d][^./]*(?:[./]\d+(?=[./]|$))?|[^./]+)")


def steps_of(path: str) -> tuple[str, ...]:
    """The blocks that a node lies in, from the outermost to itself.

    The members of a list are blocks, not the list: a number belongs to the name before it.

    Parameters
    ----------
    path
        Names from the outside in, joined by "." or "/".

    Returns
    -------
    tuple of str
        Beginnings of the path, each longer than the one before.

    Examples
    --------
    >>> steps_of("blocks.3.conv")
    ('blocks.3', 'blocks.3.conv')
    >>> steps_of("0.1"), steps_of("head")
    (('0', '0.1'), ('head',))
    """
    return tuple(path[: each.end()] for each in _STEP.finditer(path)) or (path,)


def block_of(path: str, depth: int) -> str:
    """The block that a node lies in, so many steps from the outside; itself where it ends before.

    Examples
    --------
    >>> block_of("blocks.3.conv", 1), block_of("head", 2)
    ('blocks.3', 'head')
    """
    steps = steps_of(path)
    return steps[min(depth, len(steps)) - 1]


def span_of(paths: Sequence[str]) -> str:
    """The innermost block that all of some nodes lie in; or from the first one's to the last's.

    Examples
    --------
    >>> span_of(["blocks.3.conv", "blocks.3.act.0", "blocks.3.act.1"])
    'blocks.3'
    >>> span_of(["stem", "blocks.0.conv", "blocks.1.conv"])
    'stem to blocks.1'
    """
    first, *others = (steps_of(path) for path in paths)
    shared = [step for step in first if all(step in each for each in others)]
    return shared[-1] if shared else f"{first[0]} to {others[-1][0]}"


def blocks_of(paths: Sequence[str], opened: str | Sequence[str] = ()) -> list[str]:
    """The outermost block of each node; "" for those of an opened block.

    What all paths begin with is left out.

    Raises
    ------
    ParameterError
        If nothing lies in a block that is opened.

    Examples
    --------
    >>> blocks_of(["net.stem", "net.blocks.0.conv", "net.blocks.0.act"], "net.stem")
    ['', 'net.blocks.0', 'net.blocks.0']
    """
    asked = [opened] if isinstance(opened, str) else list(opened)
    for name in asked:
        if not any(name in steps_of(path) for path in paths):
            known = dict.fromkeys(step for path in paths for step in steps_of(path)[:-1])
            raise ParameterError(
                f"No node lies in a block {name!r}; the blocks are "
                f"{', '.join(map(repr, known)) or 'none'}."
            )
    deepest = max(len(steps_of(path)) for path in paths)
    depth = next(
        (k for k in range(1, deepest) if len({block_of(path, k) for path in paths}) > 1), 1
    )
    return [
        "" if any(name in steps_of(path) for name in asked) else block_of(path, depth)
        for path in paths
    ]


def by_block(found: xr.Dataset, depth: int = 1) -> xr.Dataset:
    """Add up the shares of the nodes of each block: what `causes` says of a network, at any depth.

    ``share(block) = sum over its nodes of share(node)``, which is exact, since the shares of all
    nodes add up to 1. The two orders are added up each on its own; half their difference is the
    block's uncertainty, which is at most the sum of its nodes'.

    Parameters
    ----------
    found
        Result of `causes`.
    depth
        How many steps from the outside. A number belongs to the name before it: "blocks.3.conv"
        lies in "blocks.3" at depth 1, and is itself at depth 2.

    Returns
    -------
    xarray.Dataset
        As `found`, over "block" instead of "stage": ``share`` and ``uncertainty`` over ("cause",
        "block"), ``share_by_order`` over ("order", "cause", "block"), and what does not depend on
        the stage as it was. Blocks stand in the order of their first nodes.

    Raises
    ------
    ParameterError
        If `found` is not a result of `causes`, or the depth is not a whole number from 1 on.

    Examples
    --------
    >>> import invarsig as iv
    >>> graph = iv.Graph(
    ...     [
    ...         iv.Node("stem", iv.Relu(), "input"),
    ...         iv.Node("blocks.0.relu", iv.Relu(), "stem"),
    ...         iv.Node("blocks.0.pool", iv.MaxPool(window={"x": 2}), "blocks.0.relu"),
    ...     ]
    ... )
    >>> x = iv.power_law_noise(iv.Axis("x", size=32, unit="px", period=32.0), rng=0)
    >>> found = by_block(iv.causes(graph, x, iv.Translate(x=1.0)))
    >>> found.block.values.tolist(), found.share.sum("cause").values.round(6).tolist()
    (['stem', 'blocks.0'], [0.0, 1.0])
    """
    depth = parameters.count(depth, "the depth")
    if "share_by_order" not in found.variables or "path" not in found.coords:
        raise ParameterError("by_block takes the result of iv.causes; this Dataset has no paths.")
    if found.attrs.get("units") == "rates":
        raise ParameterError(
            "These shares are of units that cross blocks (units='rates'); give by_block the result "
            "of iv.causes(..., units='blocks')."
        )
    names = [block_of(str(path), depth) for path in found["path"].to_numpy()]
    blocks = list(dict.fromkeys(names))
    member = np.array([[name == block for name in names] for block in blocks], dtype=float)

    def added(values: xr.DataArray) -> xr.Variable:
        return xr.Variable((*values.dims[:-1], "block"), values.to_numpy() @ member.T)

    orders = found["share_by_order"].transpose("order", "cause", "stage")
    share, by_order = added(found["share"].transpose("cause", "stage")), added(orders)
    kept = found.drop_dims("stage")
    return kept.assign(
        share=share,
        share_by_order=by_order,
        uncertainty=(("cause", "block"), abs(by_order.to_numpy()[0] - by_order.to_numpy()[1]) / 2),
    ).assign_coords(block=blocks)
