"""A transformer and a convolutional network with augmentation, reduced."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("transformer-augmentation")


def test_the_claim_is_false_at_this_budget(found):
    assert found.answer == "false"


def test_augmentation_makes_the_transformer_keep_more(found):
    assert found.effect("answers kept, gained by augmentation, transformer").low > 5


def test_trained_at_rest_it_is_right_at_rest_alone(found):
    assert found.effect("right at rest, transformer, at rest").low > 90
    assert found.effect("right up to 2 px, transformer, at rest").high < 50


def test_the_weights_that_the_design_counts_are_those_of_the_networks(found):
    from invarsig.experiments import Collection
    from invarsig.experiments.network_answers import networks_of

    data = Collection.found()
    for own in (
        {"kind": "transformer"},
        {"downsampling": "max", "pooled": ("y", "x"), "layers": 3},
    ):
        net = networks_of(data, 1, medium="digits", training="moved", **own)[0]
        assert f"{net.parameters} weights" in " ".join(found.dataset.attrs["design"].split())
