"""The layer that has changed is the one that is blamed, wherever the parts of the error stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.aliasing.as_given import AsGiven
from invarsig.diagnosis import blame as blaming
from invarsig.diagnosis.baseline_layers import written_layers
from invarsig.diagnosis.layer_changes import layer_changes, matched
from invarsig.diagnosis.layers import layers_of
from invarsig.diagnosis.parts_of_errors import parts_of_error

X = iv.power_law_noise(iv.Axis("x", size=64, unit="px"), exponent=1.0, rng=4)


def convolution(seed: int, boundary: str = "zero") -> iv.Operator:
    """Weights are not in its text."""
    taps = np.random.default_rng(seed).standard_normal(3)
    return iv.Convolve(iv.label(taps, "x"), boundary=boundary)


# Of each kind of layer two that a hand may change into each other; whether it keeps the rate.
KINDS = {
    "weights": (convolution(1), convolution(2), True),
    "padding": (convolution(3), convolution(3, "reflect"), True),
    "blur": (iv.BlurPool(5, {"x": 1}, "zero"), iv.BlurPool(1, {"x": 1}, "zero"), True),
    "activation": (iv.Relu(), iv.Tanh(), True),
    "function": (iv.Apply(lambda v: v**2), iv.Apply(lambda v: np.abs(v) ** 3), True),
    "pool": (iv.MaxPool({"x": 2}), iv.MeanPool({"x": 2}), False),
    "stride": (iv.BlurPool(3, {"x": 2}, "zero"), iv.BlurPool(1, {"x": 2}, "zero"), False),
}


def net(kinds: list[str], skips: list[bool], changed: int = -1) -> iv.Graph:
    """Layers in a row, some with a skip around them; one may be changed."""
    nodes, last = [], "input"
    for number, (kind, skip) in enumerate(zip(kinds, skips, strict=True)):
        own, other, keeps = KINDS[kind]
        name = f"block{number // 2}.{kind}{number}"
        nodes.append(iv.Node(name, other if number == changed else own, last))
        if skip and keeps:
            nodes.append(iv.Node(f"{name}_skip", iv.Add(), (name, last)))
            name = f"{name}_skip"
        last = name
    return iv.Graph(nodes)


@st.composite
def changed_nets(draw):
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=2, max_size=5))
    skips = draw(st.lists(st.booleans(), min_size=len(kinds), max_size=len(kinds)))
    place = draw(st.integers(0, len(kinds) - 1))
    made = net(kinds, skips), net(kinds, skips, place)
    name = f"block{place // 2}.{kinds[place]}{place}"
    return made, name


def worsened(made):
    """The two nets in the order in which the second one is worse, and what a check says of it."""
    for before, now in (made, made[::-1]):
        kept = iv.baseline(before, X, "x", shifts=[1.0])
        (found,) = iv.diagnosis.check_against(now, X, kept, tolerance=0.0)
        if found.worse:
            return kept, found
    return None


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(changed_nets())
def test_the_layer_that_changed_is_named_first_whatever_changed(case):
    made, name = case
    found = worsened(made)
    event(f"worse: {found is not None}")
    if found is None:
        return
    _, said = found
    assert said.candidates == (name,)
    assert (said.path, made[0].nodes[said.stage - 1].name) == (name, name)
    assert f" It comes from {name}: " in said.sentence


BLURRED = (["blur", "activation", "pool"], [False, True, False])


def test_a_blur_that_is_left_out_is_blamed_and_not_the_pool_that_folds_more():
    _, found = worsened((net(*BLURRED), net(*BLURRED, 0)))
    assert found.path == "block0.blur0"
    assert "which was BlurPool(taps 5" in found.sentence
    assert "Most of what was added stands at block1.pool2: " in found.sentence
    assert found.sentence.endswith(", which has not changed and reads other values.")


def test_the_rule_of_the_largest_growth_is_caught_by_this_law(monkeypatch):
    """The planted fault: the layer whose part of the error grew most is named."""

    def largest(given, before, parts, error, now):
        grown = now.parts - np.asarray(parts)
        path = given.op.nodes[int(np.argmax(grown))].name
        return blaming.Blame(int(np.argmax(grown)) + 1, path, (path,), f" It comes from {path}.")

    monkeypatch.setattr("invarsig.diagnosis.regression.blame", largest)
    _, found = worsened((net(*BLURRED), net(*BLURRED, 0)))
    assert found.path == "block1.pool2"


def test_parts_of_the_worst_error_add_up_to_its_square_and_what_was_added_to_the_difference():
    made = net(*BLURRED), net(*BLURRED, 0)
    kept, found = worsened(made)
    (axis,) = kept.axes
    assert sum(axis.parts) == pytest.approx(10 ** (found.before / 10), rel=1e-9)
    given = AsGiven.of(made[1], X, ["x"])
    judged = given.judge(found.move)
    now = parts_of_error(given, judged, judged.worst).parts
    assert now.sum() == pytest.approx(10 ** (found.now / 10), rel=1e-9)


def test_several_layers_that_changed_are_all_named_and_none_is_said_to_have_done_it():
    kinds, skips = ["weights", "blur", "activation", "pool"], [False, True, False, False]
    before, now = net(kinds, skips), net(kinds, skips, 1)
    both = replace(now, nodes=(net(kinds, skips, 0).nodes[0], *now.nodes[1:]))
    _, found = worsened((before, both))
    assert set(found.candidates) == {"block0.weights0", "block0.blur1"}
    assert "2 layers have changed, and a baseline cannot tell which of them did it: " in (
        found.sentence
    )
    assert f"did it: {found.path}: " in found.sentence
    assert "It comes from" not in found.sentence


def test_a_layer_that_is_new_gone_or_reads_another_one_is_told_so():
    chain = net(["blur", "activation", "pool"], [False, False, False])
    blur, relu, pool = chain.nodes
    without = iv.Graph([replace(relu, inputs="input"), pool])
    _, found = worsened((chain, without))
    assert (found.stage, found.path) == (0, "block0.blur0")
    assert "It comes from leaving out block0.blur0: BlurPool(" in found.sentence
    told = layer_changes(kept_of(without), layers(chain), 1e-9)
    assert [(each.kind, each.now) for each in told] == [("new", 1)]
    around = iv.Graph([blur, replace(relu, inputs="input"), pool])
    told = layer_changes(kept_of(chain), layers(around), 1e-9)
    assert [(each.kind, each.now) for each in told] == [("reads", 2)]


def layers(op):
    return layers_of(AsGiven.of(op, X, ["x"]))


def kept_of(op):
    return tuple(each.kept() for each in layers(op))


@pytest.mark.parametrize("place", range(7))
def test_what_comes_after_a_changed_rate_has_not_changed(place):
    """Behind another stride layers meet other sizes; they are compared on the old ones."""
    op = iv.Pipeline(own for own, _, _ in KINDS.values())
    doubled = iv.MaxPool({"x": 2}, stride={"x": 3})
    stages = list(op.stages)
    stages.insert(place, doubled)
    wider = [*stages]
    wider[place] = iv.MaxPool({"x": 2}, stride={"x": 1})
    told = layer_changes(kept_of(iv.Pipeline(stages)), layers(iv.Pipeline(wider)), 1e-9)
    assert [(each.kind, each.now) for each in told] == [("text", place + 1)]


def test_a_layer_that_cannot_be_run_on_noise_is_unknown_and_told_as_a_candidate():
    def exact(blur):
        def of_this_alone(v):
            if not np.array_equal(v, X.to_numpy()):
                raise ValueError("another input")
            return v

        return iv.Pipeline([iv.Apply(of_this_alone), blur])

    blurred = iv.BlurPool(3, {"x": 2}, "zero")
    told = layer_changes(kept_of(exact(blurred)), layers(exact(blurred)), 1e-9)
    assert [each.kind for each in told] == ["unknown"]


def test_layers_are_paired_though_one_was_put_between_them():
    before = [("0", "Conv"), ("1", "Relu"), ("2", "Conv"), ("3", "Relu")]
    now = [("0", "Conv"), ("1", "Relu"), ("2", "Blur"), ("3", "Conv"), ("4", "Relu")]
    assert matched(before, now) == [(1, 1), (2, 2), (0, 3), (3, 4), (4, 5)]
    assert matched(now, before) == [(1, 1), (2, 2), (3, 0), (4, 3), (5, 4)]


def test_a_small_change_of_weights_is_seen_and_round_off_is_not():
    taps = np.random.default_rng(1).standard_normal(5)

    def op(by):
        return iv.Pipeline([iv.Convolve(iv.label(taps * by, "x"), boundary="zero")])

    assert layer_changes(kept_of(op(1.0)), layers(op(1 + 1e-6)), 1e-9)
    assert not layer_changes(kept_of(op(1.0)), layers(op(1 + 1e-13)), 1e-9)


def test_layers_are_a_line_each_in_a_file():
    text = written_layers(kept_of(net(*BLURRED)))
    assert len(text.strip().splitlines()) == 1 + 1 + 4 + 1


def check_of(now, kept):
    (found,) = iv.diagnosis.check_against(now, X, kept, tolerance=0.0)
    return found


def quieter(kept):
    """A baseline whose errors were half as large: whatever is checked is worse."""
    (axis,) = kept.axes
    halved = {
        name: tuple(each / 2 for each in getattr(axis, name))
        for name in ("errors", "whole", "rolls", "cuts")
    }
    own = replace(axis, **halved, parts=tuple(each / 4 for each in axis.parts))
    return replace(kept, axes=(own,))


def test_where_no_layer_has_changed_none_is_named():
    kept = quieter(iv.baseline(net(*BLURRED), X, "x", shifts=[1.0]))
    found = check_of(net(*BLURRED), kept)
    assert (found.worse, found.stage, found.path, found.candidates) == (True, 0, "", ())
    assert " Each layer gives what it did for the same input, so none is named." in found.sentence


def test_layers_that_cannot_be_compared_are_candidates_and_said_to_be_unknown():
    kept = quieter(iv.baseline(net(*BLURRED), X, "x", shifts=[1.0]))
    unknown = tuple(replace(each, response=None) for each in kept.layers)
    found = check_of(net(*BLURRED), replace(kept, layers=unknown))
    assert set(found.candidates) == {each.path for each in unknown}
    told = "No layer is known to have changed; what these did cannot be compared: "
    assert f" {told}{found.path}: " in found.sentence


def test_a_baseline_without_layers_says_so():
    kept = quieter(iv.baseline(net(*BLURRED), X, "x", shifts=[1.0]))
    found = check_of(net(*BLURRED), replace(kept, layers=()))
    assert (found.stage, found.candidates) == (0, ())
    assert "The baseline has no layers to compare with: made anew, it tells" in found.sentence


def test_a_layer_that_reads_another_one_and_one_that_is_new_are_said_to():
    blur, relu, pool = net(["blur", "activation", "pool"], [False] * 3).nodes
    chain = iv.Graph([blur, relu, pool])
    around = iv.Graph([blur, replace(relu, inputs="input"), pool])
    found = check_of(around, quieter(iv.baseline(chain, X, "x", shifts=[1.0])))
    where = "block0.blur0: BlurPool("
    assert f"It comes from {relu.name}: Relu(), which reads the input, and read {where}" in (
        found.sentence
    )
    without = iv.Graph([replace(relu, inputs="input"), pool])
    kept = iv.baseline(without, X, "x", shifts=[1.0])
    found = check_of(chain, quieter(quieter(kept)))
    assert f"It comes from {where}" in found.sentence
    assert ", which is new." in found.sentence


TRAINED = "digits-convolutional-max-pooled-moved-0"


@pytest.mark.slow
@pytest.mark.parametrize("change", ["weights", "pool"])
def test_the_changed_layer_of_a_trained_network_is_blamed(change):
    nets = {each.name: each for each in iv.experiments.Collection.found().networks()}
    network = nets[TRAINED]
    weights = {name: each.copy() for name, each in network.weights.items()}
    noise = np.random.default_rng(3).standard_normal(weights["kernel_2"].shape)
    weights["kernel_2"] += noise * weights["kernel_2"].std()
    # Up to the scores before the classes: a network that takes means is almost invariant.
    before = iv.Pipeline(network.operator().stages[:8])
    if change == "weights":
        number, now = 5, iv.Pipeline(replace(network, weights=weights).operator().stages[:8])
    else:
        pool = iv.MaxPool({"y": 1, "x": 1}, stride={"y": 2, "x": 2})
        number, now = 4, iv.Pipeline([*before.stages[:3], pool, *before.stages[4:]])
    y, x = np.mgrid[:28, :28]
    rings = iv.label(np.sin(np.hypot(y - 13, x - 12) / 1.3), iv.Axis("y"), iv.Axis("x"))
    for first, second in ((before, now), (now, before)):
        kept = iv.baseline(first, rings, "x", shifts=[1.0])
        (found,) = iv.diagnosis.check_against(second, rings, kept, tolerance=0.0)
        if found.worse:
            break
    assert (found.worse, found.stage, found.candidates) == (True, number, (str(number),))
    assert f"It comes from stage {number}, " in found.sentence
