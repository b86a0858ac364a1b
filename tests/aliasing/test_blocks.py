"""Shares of a block are the sums of its nodes', at every depth, and of each order on its own."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.aliasing.blocks import block_of, steps_of
from invarsig.errors import ParameterError

OPEN = iv.label(np.random.default_rng(1).standard_normal(48), iv.Axis("x", unit="px"))
KERNEL = iv.label([1.0, 2.0, 0.5], "x")


def network():
    sums = iv.Convolve(KERNEL, boundary="zero")
    return iv.Graph(
        [
            iv.Node("stem.conv", sums, "input"),
            iv.Node("blocks.0.conv", sums, "stem.conv"),
            iv.Node("blocks.0.act", iv.Tanh(), "blocks.0.conv"),
            iv.Node("blocks.0.add", iv.Add(), ("blocks.0.act", "stem.conv")),
            iv.Node("blocks.1.pool", iv.MaxPool(window={"x": 2}), "blocks.0.add"),
            iv.Node("blocks.1.inner.act", iv.Relu(), "blocks.1.pool"),
            iv.Node("head", sums, "blocks.1.inner.act"),
        ]
    )


@pytest.fixture(scope="module")
def found():
    return iv.causes(network(), OPEN, iv.Translate(x=1.0))


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("blocks.3.conv", ("blocks.3", "blocks.3.conv")),
        ("layer1.0.down.0", ("layer1.0", "layer1.0.down.0")),
        ("0.0", ("0", "0.0")),
        ("features.12", ("features.12",)),
        ("a.0.1.b", ("a.0", "a.0.1", "a.0.1.b")),
        ("/stage/0/Conv", ("/stage/0", "/stage/0/Conv")),
        ("conv2d.2b.x", ("conv2d", "conv2d.2b", "conv2d.2b.x")),
        ("add_1", ("add_1",)),
    ],
)
def test_a_number_belongs_to_the_name_before_it(path, steps):
    assert steps_of(path) == steps


def test_a_path_that_ends_before_a_depth_is_a_block_of_its_own():
    assert block_of("head", 3) == "head"
    assert block_of("blocks.1.inner.act", 2) == "blocks.1.inner"


@pytest.mark.parametrize("depth", [1, 2, 3, 9])
def test_the_sum_over_blocks_is_the_sum_over_nodes_of_every_cause_and_order(found, depth):
    blocks = iv.by_block(found, depth)
    for name in ("share", "share_by_order"):
        np.testing.assert_allclose(blocks[name].sum("block"), found[name].sum("stage"), atol=1e-13)
    assert float(blocks.share.sum()) == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(blocks.share, blocks.share_by_order.mean("order"), atol=1e-13)
    np.testing.assert_array_equal(blocks.share_of_cause, found.share_of_cause)


def test_blocks_stand_in_the_order_of_the_network_and_hold_their_own_nodes(found):
    blocks = iv.by_block(found)
    assert blocks.block.values.tolist() == ["stem", "blocks.0", "blocks.1", "head"]
    of_nodes = found.share.isel(stage=[1, 2, 3]).sum("stage")
    np.testing.assert_allclose(blocks.share.sel(block="blocks.0"), of_nodes, atol=1e-15)


def test_the_uncertainty_of_a_block_is_that_of_its_own_sum_and_at_most_its_nodes(found):
    blocks, whole = iv.by_block(found), found.uncertainty.isel(stage=[1, 2, 3]).sum("stage")
    assert (blocks.uncertainty.sel(block="blocks.0") <= whole + 1e-15).all()
    forward, swapped = (iv.by_block(found).share_by_order.sel(order=o) for o in found.order.values)
    np.testing.assert_allclose(blocks.uncertainty, abs(forward - swapped) / 2, atol=1e-15)


def test_at_the_greatest_depth_each_node_is_a_block(found):
    blocks = iv.by_block(found, 9)
    assert blocks.block.values.tolist() == [node.name for node in network()]
    np.testing.assert_allclose(blocks.share.values, found.share.values, atol=1e-15)


def test_the_stages_of_a_chain_are_its_blocks():
    chain = iv.Tanh() >> iv.MaxPool(window={"x": 2})
    blocks = iv.by_block(iv.causes(chain, OPEN, iv.Translate(x=1.0)))
    assert blocks.block.values.tolist() == ["1", "2"]


def test_where_the_error_is_rounding_nothing_is_known_of_blocks():
    found = iv.causes(network(), OPEN, iv.Translate(x=0.0))
    assert np.isnan(iv.by_block(found).share).all()


def test_other_datasets_and_depths_are_refused(found):
    with pytest.raises(ParameterError, match=r"takes the result of iv\.causes"):
        iv.by_block(found.drop_vars("share_by_order"))
    with pytest.raises(ParameterError, match="depth"):
        iv.by_block(found, 0)


def test_the_mean_of_the_orders_is_the_share_and_half_their_difference_its_uncertainty(found):
    assert found.order.values.tolist() == ["forward", "swapped"]
    np.testing.assert_allclose(found.share_by_order.mean("order"), found.share, atol=1e-15)
    half = abs(found.share_by_order.diff("order").squeeze()) / 2
    np.testing.assert_allclose(half, found.uncertainty, atol=1e-15)
    np.testing.assert_allclose(found.share_by_order.sum(("cause", "stage")), 1.0, atol=1e-12)
