"""Ranges of gains on halves of signals that `iv.remedies` was not given, in four sets.

How wide a range is was decided before (`docs/decisions/how-wide-a-gain-is-said.md`). The fourth set
was written with that decision, and run once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

import invarsig as iv
from invarsig.aliasing.as_given import AsGiven
from invarsig.operators.base import stages_of
from invarsig.remedies import recommend
from invarsig.remedies.as_given import is_blind, strides_met
from invarsig.remedies.figures import Measured
from invarsig.remedies.held_out import in_two_parts
from invarsig.remedies.remedy import decibels_gained
from invarsig.remedies.search import root_mean_square
from invarsig.remedies.trial import Trial
from tests.remedies import fourth_set, test_held_out, test_held_out_fresh, test_held_out_third

TARGET = -40.0


def _first_set():
    for op, x, moves in test_held_out._cases():
        yield op, x, [iv.Translate.in_samples(x, move) for move in moves]


SETS: dict[str, Callable[[], Iterable[fourth_set.Case]]] = {
    "first": _first_set,
    "fresh": test_held_out_fresh._cases,
    "third": test_held_out_third._cases,
    "fourth": fourth_set.cases,
}


class Held(NamedTuple):
    """What was said from one half of a signal, and what came out on the other."""

    said: float
    low: float
    high: float
    other: float

    def within(self, more: float) -> bool:
        return self.low - more <= self.other <= self.high + more


def _held(op, x, moves) -> Held | str:
    strides = strides_met(op, x, list(dict.fromkeys(dim for m in moves for dim in m.shifts)))
    telling = [move for move in moves if not is_blind(move, x, strides)]
    halves = in_two_parts(Trial.of(op, x, telling))
    if halves is None:
        return "too short"
    found = iv.remedies(op, halves[0].x, telling, target=TARGET)
    best = recommend(found, TARGET).recommended
    if best is None:
        return "nothing needed" if found else "nothing helps"
    return Held(best.gain, best.gain_low, best.gain_high, _gained(op, best, halves[1], telling))


def _gained(op, best, half, moves) -> float:
    """The gain on another half, by the measure of the gain that is said."""
    if best.aligned:  # its figures are those of the search
        assert len(stages_of(op)) == len(half.features) - 1
        errors, _ = half.judged(best.pipeline, 0)
        return decibels_gained(root_mean_square(half.errors), root_mean_square(errors))
    dims = list(dict.fromkeys(dim for move in moves for dim in move.shifts))
    given = AsGiven.of(op, half.x, dims)
    runs = [given, given.changed(best.pipeline)]
    before, after = (Measured(run, tuple(map(run.judge, moves))).rms for run in runs)
    return decibels_gained(before, after)


@cache
def _all(name: str) -> list[Held | str]:
    return [_held(*case) for case in SETS[name]()]


def _known(name: str) -> list[Held]:
    return [each for each in _all(name) if not isinstance(each, str) and np.isfinite(each.low)]


# Of each set: gains with a range, those within 2 dB of it, those in it, and those that are within
# 2 dB of the single number. As they came, run once by the measure of today.
CAME = {
    "first": (19, 17, 17, 13),
    "fresh": (12, 12, 11, 8),
    "third": (12, 12, 11, 6),
    "fourth": (15, 15, 12, 14),
}


@pytest.mark.nightly
@pytest.mark.parametrize("name", SETS)
def test_gains_on_the_other_half_come_out_as_the_decision_reports_them(name):
    known = _known(name)
    within = [each.within(2) for each in known]
    near = [abs(each.other - each.said) <= 2 for each in known]
    came = (len(known), sum(within), sum(each.within(0) for each in known), sum(near))
    assert came == CAME[name]


@pytest.mark.nightly
def test_gains_on_the_other_half_are_within_2_dB_of_what_was_said_for_nine_in_ten():
    """Over all sets; of the first alone it is 17 of 19, as the decision says."""
    within = [each.within(2) for name in SETS for each in _known(name)]
    assert np.mean(within) >= 0.9


@pytest.mark.nightly
def test_ranges_are_finite_and_have_a_width_that_says_something():
    """Half of them are narrower than 12 dB, and a fifth wider than 25.

    The widest are of gains of 30 dB and more, and of recordings and pictures that are silent or
    empty in parts.
    """
    known = [each for name in SETS for each in _known(name)]
    widths = np.array([each.high - each.low for each in known])
    assert len(known) == 58
    assert np.isfinite(widths).all()
    assert np.median(widths) < 12
    assert np.mean(widths < 25) >= 0.8


@pytest.mark.nightly
def test_five_gains_have_no_range_since_too_little_is_compared():
    """Fewer than 8 samples along the dim, or 4 frames: a half of a small picture, or of a digit."""
    bare = [
        each
        for name in SETS
        for each in _all(name)
        if not isinstance(each, str) and not np.isfinite(each.low)
    ]
    assert len(bare) == 5
