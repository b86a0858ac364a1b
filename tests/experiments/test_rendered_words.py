"""Words are set once and moved whole."""

from __future__ import annotations

import numpy as np

from invarsig.experiments.rendered_words import ROOM, rendered_words


def test_a_word_moves_by_whole_pixels_and_nothing_of_it_is_lost():
    for word in rendered_words()[::5]:
        rest = word.at(0, 0)
        for down, across in ((ROOM, 0), (0, ROOM), (-7, 11)):
            moved = word.at(down, across)
            np.testing.assert_array_equal(moved, np.roll(rest, (down, across), axis=(0, 1)))


def test_every_word_stands_in_the_middle_with_room_on_all_sides():
    for word in rendered_words():
        ink = word.at(0, 0) < 0.9
        for axis in (0, 1):
            inked = np.flatnonzero(ink.any(axis=1 - axis))
            assert inked[0] > ROOM
            assert inked[-1] < ink.shape[axis] - ROOM


def test_words_fonts_and_sizes_differ():
    words = rendered_words()
    assert len({word.text for word in words}) == len(words) == 48
    assert len({word.font for word in words}) == 12
    assert len({word.size for word in words}) == 3
