"""Blocks of work run side by side, each once, whatever thread they are called from."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
import pytest

from invarsig.threads import in_one_thread, run_blocks, threads_here


def test_every_block_runs_once():
    taken = []
    run_blocks(taken.append, 1000)
    assert sorted(taken) == list(range(1000))


def test_no_blocks_are_no_work():
    run_blocks(lambda _: pytest.fail("there is no block"), 0)


def test_a_block_within_a_block_starts_no_thread():
    names = set()

    def inner(block):
        names.add((threading.current_thread().name, threads_here()))

    def outer(block):
        mine = threading.current_thread().name
        names.clear()
        run_blocks(inner, 3)
        assert {(mine, 1)} <= names

    with in_one_thread():
        run_blocks(outer, 2)
    assert {threads for _, threads in names} == {1}


def test_the_first_error_is_raised_and_the_pool_goes_on():
    def fail(block):
        if block == 3:
            raise ValueError("block 3")

    for _ in range(3):
        with pytest.raises(ValueError, match="block 3"):
            run_blocks(fail, 50)
    taken = []
    run_blocks(taken.append, 5)
    assert sorted(taken) == list(range(5))


def test_blocks_run_under_the_error_state_of_the_caller():
    seen = []

    def work(_block):
        seen.append((threading.get_ident(), np.geterr()["over"]))
        time.sleep(0.01)

    with np.errstate(over="raise"):
        run_blocks(work, 20)
    assert {over for _, over in seen} == {"raise"}
    assert threads_here() == 1 or len({thread for thread, _ in seen}) > 1


def test_one_thread_ends_with_its_context():
    before = threads_here()
    with in_one_thread():
        assert threads_here() == 1
    assert threads_here() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_starts_its_own_threads():
    run_blocks(lambda _: None, 4)
    child = os.fork()
    if child == 0:
        taken = []
        run_blocks(taken.append, 4)
        os._exit(0 if sorted(taken) == [0, 1, 2, 3] else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_a_system_without_threads_is_slower_and_not_wrong(monkeypatch):
    from invarsig import threads

    def refuse(*given):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threads._POOL.get(), "submit", refuse)
    taken = []
    run_blocks(taken.append, 10)
    assert sorted(taken) == list(range(10))
