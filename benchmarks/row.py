"""A row of the table: one piece of work, done by invarsig and by its peers, timed in one run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Row", "Sides", "Timed", "timed"]

_SECONDS = 3.0
"""About how long the pairs of one row are timed."""

_PAIRS = (5, 41)
"""Least and most pairs of one row."""


@dataclass(frozen=True)
class Sides:
    """The same work, prepared: what invarsig calls and what each peer calls.

    Parameters
    ----------
    ours
        Does the work and returns its result.
    peers
        By name what does the same; an empty mapping where no peer is installed. One that runs in
        another process has a method `seconds`, which runs it and gives the time that it took there.
    moved
        How many bytes the result takes to read and to write once; 0 where that says nothing.
    tolerance
        How far results may be from a peer's, relative to their largest value.
    compared
        Takes a result apart into a plain array, for results that are not arrays of one layout.
    """

    ours: Callable[[], Any]
    peers: Mapping[str, Callable[[], Any]]
    moved: int = 0
    tolerance: float = 1e-5
    compared: Callable[[Any], np.ndarray] = field(default=np.asarray)


@dataclass(frozen=True)
class Row:
    """One row: its name, what prepares it, and the ratio to the best peer that is wanted."""

    name: str
    prepare: Callable[[], Sides]
    at_most: float | None = None
    over_memory_at_most: float | None = None


@dataclass(frozen=True)
class Timed:
    """What was measured of a row; ratios are medians of pairs, with their quartiles."""

    seconds: float
    ratios: Mapping[str, tuple[float, float, float]]
    over_memory: float | None

    @property
    def best(self) -> str | None:
        """The peer that is hardest to beat."""
        return max(self.ratios, key=lambda peer: self.ratios[peer][1], default=None)


def timed(sides: Sides) -> Timed:
    """Compare the results, then time all sides in turn, with warm memory."""
    found = sides.compared(sides.ours())
    scale = np.abs(found[np.isfinite(found)]).max(initial=0.0)
    for name, peer in sides.peers.items():
        np.testing.assert_allclose(
            found, sides.compared(peer()), rtol=0, atol=sides.tolerance * scale, err_msg=name
        )
    calls = {"ours": sides.ours, **sides.peers}
    if sides.moved:
        source = np.ones(sides.moved // 16)
        target = np.empty_like(source)
        calls["memory"] = lambda: np.copyto(target, source)
    once = sum(_seconds(call) for call in calls.values())
    pairs = int(np.clip(_SECONDS / once, *_PAIRS))
    took = {name: [_seconds(call)] for name, call in calls.items()}
    for _ in range(pairs):
        for name, call in calls.items():
            took[name].append(_seconds(call))
    ours = took["ours"][1:]
    ratios = {}
    for name in sides.peers:
        each = [mine / theirs for mine, theirs in zip(ours, took[name][1:], strict=True)]
        low, middle, high = statistics.quantiles(each, n=4)
        ratios[name] = (low, middle, high)
    over_memory = None
    if sides.moved:
        over_memory = statistics.median(
            mine / copy for mine, copy in zip(ours, took["memory"][1:], strict=True)
        )
    return Timed(statistics.median(ours), ratios, over_memory)


def _seconds(call: Callable[[], Any]) -> float:
    if hasattr(call, "seconds"):
        return float(call.seconds())
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
