"""Several nodes as one unit of the sum of causes: still exact, and no fault is lost in it."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import ParameterError

RNG = np.random.default_rng
OPEN = iv.label(RNG(3).standard_normal(64), iv.Axis("x", unit="px"))
KERNEL = iv.label([1.0, 3.0, 2.0, 1.0, 0.5], "x")
RAMP = iv.Apply(lambda v: v * np.linspace(0.5, 2, v.shape[-1]), over="x", reach={"x": 0.0})


def random_graph(seed: int) -> iv.Graph:
    """Three blocks of four nodes over any results of their rate, with skips across blocks."""
    rng = RNG(seed)
    boundary = ["zero", "reflect", "symmetric"][seed % 3]
    padded = iv.Convolve(KERNEL, boundary=boundary)
    kinds = [iv.Relu(), iv.Tanh(), padded, iv.BlurPool(taps=3, stride={"x": 1}, boundary=boundary)]
    kinds += [RAMP] if seed % 4 == 0 else []
    nodes, alike = [], ["input"]
    for k in range(12):
        name, first = f"blocks.{k // 4}.n{k}", alike[-1 - int(rng.integers(min(len(alike), 2)))]
        second = alike[int(rng.integers(len(alike)))]
        if k % 5 == 4:
            pool = iv.MaxPool(window={"x": 2}, boundary=boundary)
            nodes.append(iv.Node(name, pool, alike[-1]))
            alike = []
        elif k % 3 == 2 and second != first:
            nodes.append(iv.Node(name, iv.Add(), (first, second)))
        else:
            nodes.append(iv.Node(name, kinds[int(rng.integers(len(kinds)))], first))
        alike.append(name)
    return iv.Graph(nodes)


def added_up(layers: xr.Dataset, units: xr.Dataset) -> np.ndarray:
    """Shares of layers by order, over those that each unit is made of."""
    shares = layers["share_by_order"].sum("cause").to_numpy()
    last = units["stage"].to_numpy()
    begins = [0, *last[:-1]]
    return np.stack([shares[:, a:b].sum(axis=1) for a, b in zip(begins, last, strict=True)], 1)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("shift", "protocol"), [(1.0, "roll"), (0.37, "roll"), (4.0, "cut")])
def test_each_unit_has_what_its_layers_have_together_in_either_order(seed, shift, protocol):
    graph, move = random_graph(seed), iv.Translate(x=shift)
    layers = iv.causes(graph, OPEN, move, protocol)
    assert layers.attrs["units"] == "layers"
    for units in ("blocks", "rates"):
        found = iv.causes(graph, OPEN, move, protocol, units=units)
        assert found.sizes["stage"] < layers.sizes["stage"]
        assert found.attrs["units"] == units
        np.testing.assert_allclose(found["total"], layers["total"], rtol=1e-12)
        np.testing.assert_allclose(found["share"].sum(), 1.0, atol=1e-9)
        of_units = found["share_by_order"].sum("cause")
        np.testing.assert_allclose(of_units, added_up(layers, found), atol=1e-9)
        if protocol == "cut":
            np.testing.assert_allclose(found["share_of_cause"], layers["share_of_cause"], atol=1e-9)


@pytest.mark.parametrize("shift", [1.0, 0.37])
def test_layers_of_an_opened_block_add_up_to_the_block(shift):
    graph, move = random_graph(1), iv.Translate(x=shift)
    closed = iv.causes(graph, OPEN, move, units="blocks")
    opened = iv.causes(graph, OPEN, move, units="blocks", opened="blocks.1")
    assert opened.sizes["stage"] > closed.sizes["stage"]
    inside = [k for k, node in enumerate(graph, 1) if node.name.startswith("blocks.1.")]
    assert set(inside) <= set(opened["stage"].to_numpy())
    one, other = (
        iv.by_block(found)["share_by_order"].sum("cause").sel(block="blocks.1")
        for found in (closed, opened)
    )
    np.testing.assert_allclose(one, other, atol=1e-9)


def block(number: int, last: str, boundary: str | None = "zero") -> list[iv.Node]:
    """A convolution and a rectifier with a skip around them."""
    conv, relu = f"blocks.{number}.conv", f"blocks.{number}.relu"
    return [
        iv.Node(conv, iv.BlurPool(taps=5, stride={"x": 1}, boundary=boundary), last),
        iv.Node(relu, iv.Relu(), conv),
        iv.Node(f"blocks.{number}.sum", iv.Add(), (last, relu)),
    ]


@pytest.mark.parametrize("units", ["blocks", "rates"])
@pytest.mark.parametrize("place", range(5))
def test_the_one_stride_folds_wherever_it_stands_among_blocks(place, units):
    nodes, last = [], "input"
    x = iv.label(RNG(5).standard_normal(96), iv.Axis("x", unit="px", period=96.0))
    for k in range(5):
        nodes += block(k, last, None)
        last = nodes[-1].name
        if k == place:
            nodes.append(iv.Node(f"blocks.{k}.half", iv.Subsample({"x": 2}), last))
            last = nodes[-1].name
    found = iv.causes(iv.Graph(nodes), x, iv.Translate(x=1.0), units=units)
    folding = found["share"].sel(cause="folding")
    assert float(folding.sel(stage=3 * place + 4)) > 0.6
    np.testing.assert_allclose(folding.sum(), folding.sel(stage=3 * place + 4), atol=1e-12)


@pytest.mark.parametrize("units", ["blocks", "rates"])
@pytest.mark.parametrize("shift", [1.0, 0.37])
def test_zero_padding_is_border_and_never_folding(shift, units):
    nodes = [*block(0, "input"), *block(1, "blocks.0.sum")]
    found = iv.causes(iv.Graph(nodes), OPEN, iv.Translate(x=shift), units=units)
    named = found["share_of_cause"]
    assert float(named.sel(cause=["folding", "imaging", "position"]).sum()) == 0.0
    if shift == 1.0:  # Rectifiers see whole samples.
        np.testing.assert_allclose(named.sel(cause="border"), 1.0, atol=1e-9)


def test_what_follows_position_stays_by_itself():
    nodes = [*block(0, "input"), iv.Node("blocks.0.ramp", RAMP, "blocks.0.sum")]
    nodes += [iv.Node("blocks.0.act", iv.Tanh(), "blocks.0.ramp")]
    found = iv.causes(iv.Graph(nodes), OPEN, iv.Translate(x=8.0), units="rates")
    assert found["stage"].values.tolist() == [3, 4, 5]
    assert found["operator"].values[0] == "blocks.0: 3 layers together"
    assert float(found["share"].sel(cause="position", stage=4)) > 0.8
    assert float(found["share"].sel(cause="position", stage=[3, 5]).sum()) == 0.0


def test_what_two_later_nodes_read_is_the_result_of_a_unit():
    """A unit has one result: the skip begins where a unit ends."""
    nodes = [
        iv.Node("a.conv", iv.Convolve(KERNEL, boundary="zero"), "input"),
        iv.Node("a.act", iv.Tanh(), "a.conv"),
        iv.Node("half", iv.Subsample({"x": 2}), "a.act"),
        iv.Node("other", iv.Subsample({"x": 2}), "a.conv"),
        iv.Node("sum", iv.Add(), ("half", "other")),
    ]
    found = iv.causes(iv.Graph(nodes), OPEN, iv.Translate(x=1.0), units="rates")
    assert {1, 2} <= set(found["stage"].values.tolist())
    np.testing.assert_allclose(found["share"].sum(), 1.0, atol=1e-9)


def test_stages_of_a_pipeline_are_not_taken_together():
    op = iv.Convolve(KERNEL, boundary="zero") >> iv.Tanh() >> iv.Subsample({"x": 2})
    move = iv.Translate(x=1.0)
    layers, blocks = (iv.causes(op, OPEN, move, units=each) for each in ("layers", "blocks"))
    xr.testing.assert_identical(layers, blocks)


@pytest.mark.parametrize(
    ("asked", "named"),
    [({"units": "stages"}, "layers, blocks, rates"), ({"opened": "blocks.7"}, "'blocks.0'")],
)
def test_unknown_units_and_blocks_are_refused(asked, named):
    with pytest.raises(ParameterError, match=named):
        iv.causes(random_graph(1), OPEN, iv.Translate(x=1.0), **{"units": "blocks", **asked})


def test_units_that_cross_blocks_are_not_added_up_by_blocks():
    found = iv.causes(random_graph(1), OPEN, iv.Translate(x=1.0), units="rates")
    with pytest.raises(ParameterError, match="units='blocks'"):
        iv.by_block(found)
