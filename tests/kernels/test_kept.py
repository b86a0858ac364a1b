"""Kept values are those that were made, within their room."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from invarsig.kernels.kept import Kept


@given(keys=st.lists(st.integers(0, 9)), most=st.integers(0, 30))
def test_every_value_is_that_of_its_key_and_the_room_is_never_exceeded(keys, most):
    kept = Kept(len, most)
    for key in keys:
        assert kept.get(key, lambda key=key: "x" * key) == "x" * key
        assert kept.used <= most


def test_a_value_that_fits_is_made_once_and_the_one_unused_longest_goes_first():
    kept, made = Kept(len, most=4), []

    def of(key):
        return kept.get(key, lambda: made.append(key) or "ab")

    for key in (1, 2, 1, 3, 1, 2):
        of(key)
    assert made == [1, 2, 3, 2]


def test_threads_share_it():
    kept, wrong = Kept(len, most=64), []

    def ask():
        wrong.extend(
            key
            for key in list(range(16)) * 50
            if kept.get(key, lambda key=key: [key] * 8)[0] != key
        )

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert kept.used <= 64
