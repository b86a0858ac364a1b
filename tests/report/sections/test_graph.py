"""Where in the network: every number that is said and drawn is one that was measured."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.diagnosis.findings.causes import CAUSES_OF_VERDICT
from invarsig.diagnosis.findings.graph import GRAPH
from invarsig.diagnosis.findings.verdict import VERDICT
from invarsig.diagnosis.given import Given
from invarsig.report.line import Line
from invarsig.report.network import Network
from invarsig.report.reading import InputReading
from invarsig.report.section import Look
from invarsig.report.sections.causes import SECTION as CAUSES
from invarsig.report.sections.graph import SECTION
from invarsig.report.wires import LANES, Wires
from invarsig.report.wording import off, percent
from tests.nightly import some
from tests.report.trees import HOSTILE, found_input

SOUND = iv.power_law_noise(iv.Axis("time", size=64, step=1e-3, unit="s"), exponent=0.3, rng=5)


def taps(rng, boundary="zero", stride=1):
    kernel = iv.label(rng.standard_normal(3), "time")
    return iv.Convolve(kernel, boundary=boundary, stride={"time": stride})


def residual(name, source, op, act):
    return [
        iv.Node(f"{name}.conv", op, source),
        iv.Node(f"{name}.act", act, f"{name}.conv"),
        iv.Node(f"{name}.add", iv.Add(), (f"{name}.act", source)),
    ]


def network(seed, boundary="zero"):
    """Blocks with skips, one of which halves the rate."""
    rng = np.random.default_rng(seed)
    act = (iv.Relu(), iv.Tanh(), iv.Modulus())[seed % 3]
    half = seed % 4
    nodes, source = [iv.Node("stem", taps(rng, boundary), "input")], "stem"
    for k in range(4):
        if k == half:
            nodes.append(iv.Node(f"blocks.{k}.down", taps(rng, boundary, 2), source))
            source = f"blocks.{k}.down"
        nodes += residual(f"blocks.{k}", source, taps(rng, boundary), act)
        source = f"blocks.{k}.add"
    return iv.Graph([*nodes, iv.Node("head", taps(rng, boundary), source)])


@cache
def measured(seed, boundary="zero", by=1e-3):
    given = Given(network(seed, boundary), SOUND, ("time",), {"time": [by]}, lambda _t, _d: None)
    data = xr.Dataset()
    for finding in (VERDICT, CAUSES_OF_VERDICT, GRAPH):
        data = data.merge(finding.measure(given), combine_attrs="no_conflicts")
    return data


def reading(seed, boundary="zero", **attrs):
    return InputReading(measured(seed, boundary).assign_attrs(attrs))


def plain(markup):
    return re.sub(r"<[^>]*>", " ", markup).replace("\N{NO-BREAK SPACE}", " ")


SEEDS = some(range(12), 5)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_blocks_that_make_half_of_the_error_do(seed):
    found = reading(seed)
    blocks = iv.by_block(iv.causes(network(seed), SOUND, iv.Translate(time=1e-3)))
    share = blocks.share.sum("cause")
    told = [each for each in SECTION.sentences(found) or [] if " of the error comes from " in each]
    told += [each for each in SECTION.brief(found) if " of the error comes from " in each]
    for text in told:
        parts = re.findall(r"([\w.]+) \((-?[\d.]+ %)\)", text)
        assert parts
        for name, value in parts:
            assert value == percent(float(share.sel(block=name)))
        assert sum(float(share.sel(block=name)) for name, _ in parts) >= 0.45
        assert [float(share.sel(block=name)) for name, _ in parts] == sorted(
            share.values.tolist(), reverse=True
        )[: len(parts)]


@pytest.mark.parametrize("seed", SEEDS)
def test_how_the_error_grows_is_what_each_block_alone_scores(seed):
    found = plain(SECTION.body(reading(seed), Look("g")))
    op, move = network(seed), iv.Translate(time=1e-3)
    errors = {
        node.name: float(
            iv.equivariance_error(iv.Graph(op.nodes[: k + 1]), SOUND, move, protocol="roll")
        )
        for k, node in enumerate(op.nodes)
    }
    after = {name.rsplit(".", 1)[0]: value for name, value in errors.items()}
    end = errors["head"]
    peak = max(after, key=after.get)
    if end < 0.7 * after[peak]:
        assert f"largest after {peak}, {off(after[peak])}, and ends at {off(end)}." in found
    else:
        assert f"The error is {off(errors['stem'])} after stem, and {off(end)} at the end" in found
    for value in after.values():
        assert f"{off(value)} off" in found


@pytest.mark.parametrize("seed", SEEDS)
def test_what_wrapping_does_is_said_as_it_is(seed):
    (told,) = [each for each in SECTION.brief(reading(seed)) if "padding wrapped" in each]
    periodic = network(seed, "periodic")(SOUND).values
    given = network(seed)(SOUND).values
    change = np.linalg.norm(periodic - given) / np.linalg.norm(given - given.mean())
    assert told == (
        f"With every padding wrapped, as on a periodic recording, the result is {off(change)} off."
    )


def test_a_network_without_padding_says_nothing_of_wrapping():
    assert "wrapped" not in " ".join(SECTION.brief(reading(1, "periodic")))


def test_the_answer_is_named_where_it_changes_and_where_it_stays():
    (changed,) = [each for each in SECTION.brief(reading(1, graph_answer=3, graph_answer_wrapped=9))
                  if "wrapped" in each]  # fmt: skip
    assert changed.endswith("off, and its largest value is number 9 instead of 3.")
    (stays,) = [each for each in SECTION.brief(reading(1, graph_answer=3, graph_answer_wrapped=3))
                if "wrapped" in each]  # fmt: skip
    assert stays.endswith("off, and its largest value stays number 3.")


def test_the_only_stride_is_named_with_its_block_and_layer():
    found = " ".join(SECTION.brief(reading(1, "periodic")))
    assert "comes from blocks.1 (" in found
    body = plain(SECTION.body(reading(1, "periodic"), Look("g")))
    assert "almost all of it from its down (Convolve" in body


def test_shares_that_cancel_name_no_block():
    data = measured(1).copy(deep=True)
    data["cause_share"][:, 0, 0] += 4.0
    data["cause_share"][:, 0, -1] -= 4.0
    told = SECTION.brief(InputReading(data))
    assert told[0] == "Parts of blocks cancel each other: they rank the blocks, and say no more."


def test_shares_that_depend_on_the_order_name_no_block():
    data = measured(1, "periodic").copy(deep=True)
    data["cause_share_by_order"][:, 0] += 0.3
    data["cause_share_by_order"][:, 1] -= 0.3
    assert not any("comes from" in each for each in SECTION.brief(InputReading(data)))


def test_blocks_open_to_their_layers_and_every_layer_is_there():
    body = SECTION.body(reading(0), Look("g"))
    assert body.count("<details>") == 4
    assert body.count("<li>") == 1 + len(network(0)) + 4  # the input, layers, and blocks
    assert "halves time" in plain(body)
    assert "4 layers with skips" in plain(body)


def test_shares_of_an_opened_block_add_up_to_its_own():
    network_ = Network(reading(0))
    for block in network_.blocks:
        inside = block.inside or (block,)
        assert sum(map(network_.share, inside)) == pytest.approx(network_.share(block), abs=1e-12)
    assert sum(map(network_.share, network_.blocks)) == pytest.approx(1.0, abs=1e-9)


def test_what_all_paths_begin_with_is_left_out():
    data = measured(0).copy()
    data["node_path"] = "net.body." + data["node_path"].astype(object)
    names = [block.name for block in Network(InputReading(data)).blocks]
    assert names == ["stem", "blocks.0", "blocks.1", "blocks.2", "blocks.3", "head"]


def test_hostile_names_stay_text():
    data = measured(0).copy()
    names = data["node_path"].values.astype(object)
    names[0] = HOSTILE
    data["node_path"] = ("node", names.astype(str))
    assert "<img" not in SECTION.body(InputReading(data), Look("g"))


def test_a_chain_has_no_such_section_and_a_graph_no_boxes_of_stages():
    assert SECTION.body(InputReading(found_input()), Look("g")) == ""
    assert SECTION.brief(InputReading(found_input())) == []
    assert SECTION.figures(InputReading(found_input()), Look("g")) == []
    assert 'class="stages"' not in CAUSES.body(reading(0), Look("g"))
    assert " stage " not in plain(CAUSES.body(reading(0), Look("g")))


def test_the_figure_says_what_it_draws():
    (drawing,) = SECTION.figures(reading(0), Look("g"))
    errors = measured(0).node_error.values[0]
    assert f"Error after each of {errors.size} layers" in drawing.text
    assert f"{off(errors[-1])} at the end" in drawing.text
    assert f"at most {off(errors.max())} after layer {errors.argmax() + 1}" in drawing.text


# --- the line and its skips ---


def test_a_chain_is_one_line_without_skips():
    wires = Wires.of(3, {(-1, 0), (0, 1), (1, 2)})
    assert wires.lanes == 0
    assert wires.piece(1).count("<line") == 2
    assert wires.piece(2).count("<line") == 1
    assert "skipping" not in "".join(map(wires.piece, range(3)))


def test_a_skip_leaves_passes_and_arrives():
    wires = Wires.of(4, {(0, 1), (1, 2), (2, 3), (0, 3)})
    assert [wires.piece(row).count("<path") for row in range(4)] == [1, 0, 0, 1]
    assert [wires.piece(row).count('<line class="skipping"') for row in range(4)] == [1, 1, 1, 1]


def test_skips_at_the_same_time_have_lanes_of_their_own_and_later_ones_use_them_again():
    wires = Wires.of(8, {(0, 3), (1, 4), (5, 7)})
    assert [lane for *_, lane in wires.skips] == [0, 1, 0]


def test_dense_blocks_share_the_last_lane():
    every = {(a, b) for a in range(10) for b in range(a + 1, 10)}
    assert Wires.of(10, every).lanes == LANES


def test_a_block_that_is_not_read_by_the_next_has_no_line_below():
    assert Wires.of(3, {(0, 2), (1, 2)}).piece(0).count('<line x1="9"') == 0


def test_the_largest_block_fills_its_bar():
    rows = Line.of(Network(reading(0))).whole()
    bars = re.findall(r'<svg class="mini".*?</svg>', rows)
    lengths = [sum(map(float, re.findall(r'width="([\d.]+)%"', bar))) for bar in bars]
    assert max(lengths) == pytest.approx(100, abs=0.05)
