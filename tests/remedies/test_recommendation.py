"""Which remedy is recommended: a rule, held to tables of remedies made up for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import invarsig as iv
from invarsig.remedies import recommend
from invarsig.remedies.recommendation import ranked

PLAIN = iv.Remedy(
    name="",
    change="",
    pipeline=iv.Relu(),
    changes=("",),
    stages=(1,),
    before=0.5,
    after=0.2,
    rms=0.2,
    gain=8.0,
    cost=1.0,
    size=1.0,
    output="8",
    reason="",
    reaches=False,
)


def _made(**rows):
    return [replace(PLAIN, name=name, **row) for name, row in rows.items()]


def _names(found, target=-40.0):
    return tuple(each and each.name for each in recommend(found, target))


def test_the_least_work_among_those_that_reach_and_keep_the_size():
    found = _made(
        cheap={"after": 0.02, "cost": 1.1},
        dear={"after": 0.001, "cost": 3.0},
        right={"after": 0.009, "cost": 2.0},
        larger={"after": 0.001, "cost": 1.2, "size": 2.0},
    )
    assert _names(found)[0] == "right"


def test_a_slightly_smaller_output_before_one_twice_as_large():
    found = _made(
        larger={"after": 0.001, "cost": 1.2, "size": 2.0},
        valid={"after": 0.001, "cost": 1.9, "size": 0.97},
    )
    assert _names(found)[0] == "valid"


def test_without_one_that_keeps_the_size_the_least_work_that_reaches():
    found = _made(
        half={"after": 0.009, "cost": 1.5, "size": 2.0},
        quarter={"after": 0.001, "cost": 3.0, "size": 4.0},
        small={"after": 0.2, "cost": 1.0},
    )
    assert _names(found)[0] == "half"


def test_without_one_that_reaches_the_lowest_worst_error():
    found = _made(one={"after": 0.1, "cost": 1.0}, other={"after": 0.05, "cost": 9.0, "size": 2.0})
    assert _names(found)[0] == "other"


def test_never_one_that_agrees_only_after_alignment():
    found = _made(exact={"after": 0.0, "aligned": True}, blurred={"after": 0.1})
    assert _names(found)[0] == "blurred"
    assert _names(found[:1]) == (None, None)
    assert [each.name for each in ranked(found, -40.0, None)] == ["blurred", "exact"]


def test_none_where_the_pipeline_reaches_the_target_as_it_is():
    found = _made(better={"before": 0.009, "after": 0.001}, alike={"before": 0.009, "after": 0.008})
    assert _names(found) == (None, None)
    assert _names(found, -60.0)[0] == "better"


def test_none_that_gains_no_more_than_the_uncertainty_of_its_gain():
    found = _made(
        alike={"after": 0.5},
        worse={"after": 0.6},
        unsure={"after": 0.3, "gain_low": -0.5, "gain_high": 9.0},
    )
    assert _names(found) == (None, None)
    reaching = _made(reaching={"after": 0.001, "gain_low": -30.0, "gain_high": 90.0})
    assert _names([*found, *reaching])[0] == "reaching"
    sure = _made(sure={"after": 0.4, "gain_low": 0.5, "gain_high": 3.0})
    assert _names([*found, *sure])[0] == "sure"
    assert ranked([*found, *sure], -40.0, None)[0].name == "sure"


def test_for_fine_detail_what_damps_least_within_6_dB():
    found = _made(
        blurred={"after": 0.009, "cost": 1.1, "lost": 0.5},
        steep={"after": 0.015, "cost": 3.0, "lost": 0.3},
        ideal={"after": 0.3, "cost": 9.0, "lost": 0.0},
    )
    assert _names(found) == ("blurred", "steep")
    assert _names(found[:1]) == ("blurred", None)


def test_for_fine_detail_at_the_same_size_if_there_is_one():
    found = _made(
        blurred={"after": 0.009, "cost": 1.1, "lost": 0.5},
        steep={"after": 0.009, "cost": 3.0, "lost": 0.3},
        half={"after": 0.009, "cost": 2.0, "lost": 0.0, "size": 2.0},
    )
    assert _names(found) == ("blurred", "steep")
    assert _names([found[0], found[2]]) == ("blurred", "half")


def test_what_is_lost_in_wider_windows_is_not_known_and_not_taken_for_little():
    found = _made(
        wide={"after": 0.009, "cost": 1.0, "lost": np.nan},
        blurred={"after": 0.009, "cost": 1.1, "lost": 0.5},
    )
    assert _names(found) == ("wide", "blurred")


def test_no_remedy_is_recommended_where_there_is_none():
    assert _names([]) == (None, None)
    assert _names(_made(undefined={"after": np.nan})) == (None, None)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("most", [2, 4, None])
def test_the_first_of_the_list_is_the_one_recommended_and_the_finer_one_is_in_it(seed, most):
    rng = np.random.default_rng(seed)
    found = [
        replace(
            PLAIN,
            name=str(number),
            after=float(10 ** rng.uniform(-3, 0)),
            cost=float(rng.uniform(1, 9)),
            lost=float(rng.choice([0.0, 0.1, 0.4, np.nan])),
            size=float(rng.choice([0.98, 1.0, 2.0])),
            aligned=bool(rng.random() < 0.2),
        )
        for number in range(8)
    ]
    kept = ranked(found, -30.0, most)
    wanted = recommend(found, -30.0)
    assert kept[0] is wanted.recommended
    assert recommend(kept, -30.0).recommended is wanted.recommended
    if wanted.detail is not None:
        assert any(each is wanted.detail for each in kept)
        assert recommend(kept, -30.0).detail is wanted.detail
