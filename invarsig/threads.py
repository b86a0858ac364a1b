"""One pool of threads, which all kernels share: blocks of work run side by side."""

from __future__ import annotations

import contextvars
import itertools
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

__all__ = ["in_one_thread", "is_one_of_several", "run_blocks", "threads_here"]


class _Pool:
    """The process' pool, started when it is first needed; a forked child starts its own."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.threads: ThreadPoolExecutor | None = None

    def get(self) -> ThreadPoolExecutor:
        with self.lock:
            if self.threads is None:
                self.threads = ThreadPoolExecutor(_cores(), thread_name_prefix="invarsig")
            return self.threads


class _Here(threading.local):
    """Whether the calling thread runs a part of larger work already, and so starts no others."""

    one = False


_POOL = _Pool()
_HERE = _Here()


def _after_fork() -> None:
    # The threads of the parent do not exist in its child, though their pool would.
    _POOL.__init__()  # type: ignore[misc]
    _HERE.one = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads_here() -> int:
    """How many threads `run_blocks` would use if it were called here.

    Examples
    --------
    >>> with in_one_thread():
    ...     threads_here()
    1
    """
    return 1 if _HERE.one else _cores()


def is_one_of_several() -> bool:
    """Whether the calling thread shares the cores with others, and is to start none.

    Examples
    --------
    >>> with in_one_thread():
    ...     is_one_of_several()
    True
    """
    return _HERE.one


@contextmanager
def in_one_thread() -> Iterator[None]:
    """Let kernels that this thread calls start no others: it is one of several already."""
    before, _HERE.one = _HERE.one, True
    try:
        yield
    finally:
        _HERE.one = before


def run_blocks(work: Callable[[int], None], count: int) -> None:
    """Run ``work(0) … work(count - 1)``, over as many threads as there are cores.

    The calling thread takes part, and a block that itself calls this runs its own blocks alone, so
    there are never more threads than cores. Context variables, such as numpy's `errstate`, are
    those of the caller. What is written must not overlap. The first
    error is raised, once every thread has stopped.

    Examples
    --------
    >>> squares = [0] * 4
    >>> run_blocks(lambda block: squares.__setitem__(block, block**2), 4)
    >>> squares
    [0, 1, 4, 9]
    """
    helpers = min(threads_here(), count) - 1
    blocks = itertools.count()
    failed = threading.Event()

    def take() -> None:
        with in_one_thread():
            # `next` of a count is atomic, so each block is taken once.
            while not failed.is_set() and (block := next(blocks)) < count:
                try:
                    work(block)
                except BaseException:
                    failed.set()
                    raise

    futures = _submitted(take, helpers)
    try:
        take()
    finally:
        # Nothing is left to take: helpers that have not begun, behind other work, need not.
        begun = [future for future in futures if not future.cancel()]
        wait(begun)
    for future in begun:
        future.result()


def _submitted(take: Callable[[], None], helpers: int) -> list[Future[None]]:
    """Start helpers; fewer, or none, where the system gives no more threads."""
    futures: list[Future[None]] = []
    for _ in range(helpers):
        try:
            futures.append(_POOL.get().submit(contextvars.copy_context().run, take))
        except RuntimeError:  # "can't start new thread", or the interpreter is shutting down
            break
    return futures
