"""Kept values are those that were made, within their room."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from invarsig.kernels.kept import Kept, Room


@given(keys=st.lists(st.integers(0, 9)), most=st.integers(0, 30))
def test_every_value_is_that_of_its_key_and_the_room_is_never_exceeded(keys, most):
    room = Room(most)
    kept = Kept(len, room)
    for key in keys:
        assert kept.get(key, lambda key=key: "x" * key) == "x" * key
        assert room.used <= most


def test_a_value_that_fits_is_made_once_and_the_one_unused_longest_goes_first():
    kept, made = Kept(len, Room(4)), []

    def of(key):
        return kept.get(key, lambda: made.append(key) or "ab")

    for key in (1, 2, 1, 3, 1, 2):
        of(key)
    assert made == [1, 2, 3, 2]


def test_threads_share_it():
    room = Room(64)
    kept, wrong = Kept(len, room), []

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
    assert room.used <= 64


def test_several_share_a_room_and_each_frees_its_own():
    room, made = Room(6), []
    one, two = Kept(len, room), Kept(len, room)
    assert (one.get("a", lambda: "one"), two.get("a", lambda: "two")) == ("one", "two")
    assert room.used == 6
    two.get("b", lambda: made.append("b") or "bb")  # the oldest value makes room
    assert one.get("a", lambda: "anew") == "anew"
    del two
    assert room.used == 4
    del one
    assert room.used == 0
