"""Ratios of two calls, for comparisons that are not rows of the table yet."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def paired(ours: Callable[[], object], peer: Callable[[], object], runs: int = 7) -> list[float]:
    """Time both in turn, after a warm-up of each, and give the ratios ours / peer."""
    ours(), peer()
    ratios = []
    for _ in range(runs):
        start = time.perf_counter()
        ours()
        middle = time.perf_counter()
        peer()
        ratios.append((middle - start) / (time.perf_counter() - middle))
    return ratios


def show(name: str, ratios: list[float]) -> None:
    """Print the median ratio and its range."""
    print(f"{name:58s} {statistics.median(ratios):5.2f}  ({min(ratios):.2f} to {max(ratios):.2f})")
