"""Independent parts of a diagnosis, run in parallel threads.

Results come in the order of the parts, whichever finishes first, and progress is reported in the
caller's thread. Kernels that a part calls start no threads of their own. Of several errors, the one
is raised that would have come first in sequence.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from invarsig.actions import Action
from invarsig.compose import Frame
from invarsig.operators import Apply, Operator
from invarsig.operators.base import stages_of
from invarsig.operators.composed import branches_of
from invarsig.threads import in_one_thread, is_one_of_several

__all__ = ["Part", "Progress", "at_once", "side_by_side"]

Progress = Callable[[str, float], None]

# Threads at most: each needs as much memory as a diagnosis.
_MOST = 4


@dataclass(frozen=True)
class Part:
    """One part of the work.

    Parameters
    ----------
    name
        Text for progress reports; "{}" is the number of finished parts of this name.
    run
        The work.
    weight
        How long it takes, relative to the others: long ones start first.
    """

    name: str
    run: Callable[[], Any]
    weight: float = 1.0


def at_once(op: Operator) -> int:
    """How many parts to run at once.

    One at a time for user code, which may not be thread-safe, and where the calling thread is one
    of several that share the cores.
    """
    several = _is_own(op) and not is_one_of_several()
    return min(os.cpu_count() or 1, _MOST) if several else 1


def _is_own(op: Operator) -> bool:
    if isinstance(op, Apply) or not _is_written_here(op):
        return False
    stages = stages_of(op)
    inner = stages if stages != (op,) else branches_of(op)
    return all(_is_own(each) for each in inner)


def _is_written_here(part: Any) -> bool:
    """Whether an object, its frames and moves, and their functions, belong to this package."""
    kind = part if hasattr(part, "__name__") else type(part)
    if not str(getattr(kind, "__module__", "")).startswith("invarsig."):
        return False
    return all(_is_written_here(each) for each in _given(part))


def _given(part: Any) -> Iterator[Any]:
    """Frames, actions and functions among the fields of an object."""
    for each in fields(part) if is_dataclass(part) and not isinstance(part, type) else ():
        value = getattr(part, each.name)
        several = value.values() if isinstance(value, Mapping) else value
        for one in several if isinstance(several, (tuple, list)) else [value]:
            if isinstance(one, (Frame, Action)) or (
                callable(one) and not isinstance(one, Operator)
            ):
                yield one


def side_by_side(parts: Sequence[Part], threads: int, tell: Progress) -> list[Any]:
    """Run all parts, `count` at once, and give their results in the order of the parts."""
    order = sorted(range(len(parts)), key=lambda place: -parts[place].weight)
    whole, done = sum(part.weight for part in parts), 0.0
    counts: dict[str, int] = {}

    def told(part: Part) -> None:
        nonlocal done
        done += part.weight
        counts[part.name] = counts.get(part.name, 0) + 1
        tell(part.name.format(counts[part.name]), min(done / whole, 1.0))

    results: dict[int, Any] = {}
    if threads == 1:
        for place in order:
            results[place] = parts[place].run()
            told(parts[place])
        return [results[place] for place in range(len(parts))]
    pool = ThreadPoolExecutor(threads)
    try:
        places: dict[Future[Any], int] = {pool.submit(_alone, parts[at]): at for at in order}
        for future in as_completed(places):
            if future.exception() is not None:
                break
            results[places[future]] = future.result()
            told(parts[places[future]])
    finally:
        pool.shutdown(cancel_futures=True)
    # They start in this order: all parts before the first failed one are done.
    for future in places:
        if not future.cancelled():
            future.result()
    return [results[place] for place in range(len(parts))]


def _alone(part: Part) -> Any:
    """Run a part in one thread: the parts share the cores already."""
    with in_one_thread():
        return part.run()
