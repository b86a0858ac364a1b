"""How the compiled loops of `reduction_loops` go through an array: in tiles, on all cores."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from invarsig.kernels.compilation import compiled
from invarsig.kernels.reduction_loops import PARTS, reduce_units
from invarsig.kernels.window_trees import NONE, SAME, Pass, Step, fills, places, tree
from invarsig.threads import run_blocks, threads_here

__all__ = ["reduced_in_tiles"]

_TILE = 1 << 14
"""Values in a tile: with what is made of them they fit into a core's cache."""

_SIDE_BY_SIDE = 512
"""From so many values side by side on, rows of them are combined one by one: of a tile of them,
too much would be what it shares with the next one."""

_BLOCK = 1 << 17
"""Samples from which on a thread is worth while."""


def _table(*names: str) -> np.dtype[Any]:
    return np.dtype([(name, np.int64) for name in names])


_TILES = _table(
    "items",  # how many there are
    "group",  # items in a tile
    "rows",  # rows of the result along the first axis in a tile
    "each",  # tiles in an item
    "row",  # values of the result in such a row
    "dense",  # room for a step of `_flat`
    "wide",  # room for an extended tile
    "kept",  # room for the rows of the steps of `_by_rows`
    "half",  # room for what one axis passes to the next
)
_ALONG = _table(
    "size",  # samples
    "stride",
    "reach",  # samples from the first to the last one of a window
    "count",  # windows
    "inner",  # values side by side
    "lines",  # lines of samples for each row of a tile, along later axes
    "before",  # samples by which the axis is extended before its first one
    "extended",  # whether windows meet the border
    "by_rows",
    "first",  # its steps: those from here
    "last",  # to the one before this
    "places",  # where its table of places begins
    "kept",  # where its rows are kept
)
_STEP = _table(
    "far",  # from an operand to the next, in samples; 0 where there is one operand
    "third",  # 0: none; 1: as far again; 2: from the samples themselves
    "reach",  # samples from the first to the last one of what it covers
    "slot",  # of what is kept its first row
    "slots",  # and how many
    "needs",  # where its table of needed rows begins
)


_ROOMS = {"dense": 2, "wide": 1, "kept": 1, "half": 2}


def reduced_in_tiles(
    values: np.ndarray, passes: Sequence[Pass], divisor: float, *, sums: bool
) -> np.ndarray:
    """Reduce along the axes of some passes, that furthest apart in memory first."""
    order = sorted(range(values.ndim), key=lambda axis: -abs(values.strides[axis]))
    source = np.ascontiguousarray(values.transpose(order))
    inner_first = tuple(one._replace(axis=order.index(one.axis)) for one in passes)
    tables = _tables(source.shape, inner_first)
    out = np.empty(tables.shape, values.dtype)
    flat, into = source.reshape(-1), out.reshape(-1)
    flat.flags.writeable = False  # the same to numba, whether or not it may be written to
    number = values.dtype.type
    arguments = (
        *(tables.tiles, tables.along, tables.steps, tables.places, tables.needs),
        np.array(fills(passes, sums=sums), values.dtype),
        number(divisor),
        1 if sums else None,
    )
    run = compiled(_loop())

    def work(begin: int, end: int) -> None:
        room = np.empty(tables.room if end > begin else 0, values.dtype)
        seen = room.view()
        seen.flags.writeable = False
        run(flat, into, room, seen, begin, end, *arguments)

    work(0, 0)  # compiled here, and not by several threads
    blocks = min(tables.units, max(1, values.size // _BLOCK), 16 * threads_here())
    ends = [tables.units * block // blocks for block in range(blocks + 1)]
    run_blocks(lambda block: work(ends[block], ends[block + 1]), blocks)
    return out.transpose(np.argsort(order))


@cache
def _loop() -> Any:
    """The loop, once numba knows what it calls."""
    from numba.extending import register_jitable

    for part in PARTS:
        register_jitable(part)
    return reduce_units


class _Tables(NamedTuple):
    """What the loops read, and the shape of what they write."""

    shape: tuple[int, ...]
    units: int
    room: int
    tiles: np.ndarray
    along: np.ndarray
    steps: np.ndarray
    places: np.ndarray
    needs: np.ndarray


@lru_cache(64)
def _tables(shape: tuple[int, ...], passes: tuple[Pass, ...]) -> _Tables:
    """Lay out the passes over a contiguous array."""
    out = list(shape)
    for one in passes:
        out[one.axis] = one.windows
    along, needs = np.zeros(len(passes), _ALONG), [np.zeros(1, np.uint8)]
    steps: list[tuple[int, ...]] = []
    sources = [places(one) for one in passes]
    for row, one, at in zip(along, passes, np.cumsum([0, *map(len, sources)]), strict=False):
        inner = prod(shape[one.axis + 1 :])
        row["size"], row["stride"], row["reach"] = one.size, one.stride, one.reach
        row["count"], row["inner"], row["before"] = one.windows, inner, one.before
        row["lines"] = prod(out[passes[0].axis + 1 : one.axis])
        row["extended"], row["by_rows"] = one.extended, one.window > 3 and inner >= _SIDE_BY_SIDE
        row["places"], row["first"] = at, len(steps)
        steps += _steps(one, needs, by_rows=bool(row["by_rows"]))
        row["last"] = len(steps)
    table, needed = np.array(steps, _STEP), np.concatenate(needs)
    tiles = _tiles(along, table, prod(shape[: passes[0].axis]), prod(out[passes[0].axis + 1 :]))
    units = -(-int(tiles["items"][0]) // int(tiles["group"][0])) * int(tiles["each"][0])
    room = sum(int(tiles[name][0]) * times for name, times in _ROOMS.items())
    return _Tables(tuple(out), units, room, tiles, along, table, np.concatenate(sources), needed)


def _tiles(along: np.ndarray, steps: np.ndarray, items: int, row_of_out: int) -> np.ndarray:
    """How much a tile holds, and the room that it needs."""
    tiles = np.zeros(1, _TILES)
    tile = tiles[0]
    tile["items"], tile["row"] = items, row_of_out
    tile["group"], tile["rows"] = _tiling(along[0], items)
    tile["each"] = -(-along[0]["count"] // tile["rows"])
    for number, row in enumerate(along):
        count = row["count"] if number else tile["rows"]
        lines = tile["group"] * (tile["rows"] * row["lines"] if number else 1)
        need = (count - 1) * row["stride"] + row["reach"] + 1
        room = 0
        if row["by_rows"]:
            room = row["inner"] * steps["slots"][row["first"] : row["last"]].sum()
        else:
            line = need if row["extended"] or lines == 1 else row["size"]
            tile["dense"] = max(tile["dense"], lines * line * row["inner"])
            if row["extended"]:
                tile["wide"] = max(tile["wide"], lines * need * row["inner"])
        row["kept"] = tile["kept"]
        tile["kept"] += room
        if number < len(along) - 1:
            tile["half"] = max(tile["half"], lines * count * row["inner"])
    return tiles


def _tiling(row: Any, items: int) -> tuple[int, int]:
    """How many items make up a tile, and how many rows of the result along the first axis."""
    inner, count = int(row["inner"]), int(row["count"])
    if row["by_rows"]:
        return 1, min(count, max(1, _TILE // inner))
    whole = int(row["size"]) * inner
    if whole <= _TILE:
        return min(items, _TILE // whole), count
    # Rows at the end of a tile are combined anew for the next one: few, in a long tile.
    need = max(_TILE // inner, 4 * int(row["reach"]), 1)
    return 1, min(count, -(-need // int(row["stride"])))


def _steps(one: Pass, needs: list[np.ndarray], *, by_rows: bool) -> list[tuple[int, ...]]:
    """Rows of the table of steps; adds to `needs` which rows of each step later ones take.

    By rows there is a step before the first: samples are kept.
    """
    steps = tree(one.window, one.apart)
    if not by_rows:
        return [(*step, 0, 0, 0) for step in steps]
    steps = (Step(0, NONE, 0), *steps)
    masks, wanted = [], np.arange(one.windows) * one.stride
    for step in reversed(steps[2:]):
        same = [2 * step.far] if step.third == SAME else []
        wanted = np.unique([wanted + by for by in (0, step.far, *same)])
        masks.append(np.zeros((one.windows - 1) * one.stride + one.reach + 1, np.uint8))
        masks[-1][wanted] = 1
    masks.reverse()
    rows: list[tuple[int, ...]] = []
    slot, begin = 0, sum(map(len, needs))
    for number, step in enumerate(steps):
        slots = steps[number + 1].reach - step.reach + 1 if number < len(steps) - 1 else 0
        rows.append((*step, slot, slots, begin + sum(map(len, masks[: max(number - 1, 0)]))))
        slot += slots
    needs += masks
    return rows
