"""Fully connected layers against global pooling, in the reduced form."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("connected-layers")


def test_the_claim_is_true_only_for_moves_that_the_training_had_shown(found):
    kept = "answers kept up to 2 px, fully connected, trained {}"
    assert found.effect(kept.format("at rest")).met == "no"
    assert found.effect(kept.format("at rest")).high < 60
    assert found.effect(kept.format("on moved pictures")).low > 80


def test_the_network_that_loses_its_answers_is_right_at_rest(found):
    assert found.effect("right at rest, fully connected, trained at rest").low > 90
    assert found.effect("right up to 2 px, fully connected, trained at rest").high < 60


def test_global_pooling_keeps_more_where_training_showed_no_move(found):
    name = "answers kept up to 2 px, global pooling less fully connected, trained at rest"
    assert found.effect(name).low > 0
