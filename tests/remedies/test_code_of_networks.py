"""The code of a change to a network is Python of a few lines; what is put in takes its border."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping

import numpy as np
import pytest

import invarsig as iv
from invarsig.operators import Operator
from invarsig.operators.layers import graph_to
from invarsig.remedies.change_code import chains, change_code
from invarsig.remedies.course import replaced
from invarsig.remedies.offered import Remedies
from invarsig.remedies.on_ring import OnRing
from invarsig.remedies.own_border import own_border
from invarsig.remedies.padding import repadded
from invarsig.report.code import listing

torch = pytest.importorskip("torch", reason="torch is not installed")
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from tests.adapters import networks  # noqa: E402
from tests.remedies.test_networks import off, picture, run  # noqa: E402

MOVES = [iv.Translate(x=1.0, y=1.0)]


class Block(nn.Module):
    """A block of a ResNet that pads with zeros, and strides on both branches."""

    def __init__(self, c, d):
        super().__init__()
        self.conv = nn.Conv2d(c, d, 3, 2, 1)
        self.skip = nn.Sequential(nn.Conv2d(c, d, 1, 2))

    def forward(self, x):
        return F.relu(self.conv(x) + self.skip(x))


class Residual(nn.Module):
    """A network whose result has no place; `after` is the layer that is measured."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, padding=1)
        self.block = Block(4, 6)
        self.after = nn.Conv2d(6, 4, 3, padding=1)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return self.head(self.after(self.block(self.stem(x))).mean((2, 3)))


@pytest.fixture(scope="module")
def cut():
    """A network, its graph, that up to a layer, and everything that would help there."""
    net, x = networks.drawn(Residual), picture(np.random.default_rng(3), 24)
    graph = iv.from_torch(net, x)
    layer = graph_to(graph, "after")
    return x, graph, layer, iv.remedies(layer, x, MOVES, target=-30.0, most=None)


@pytest.fixture(scope="module")
def of_onnx(tmp_path_factory):
    """A network in an ONNX file, and everything that would help."""
    for package in ("onnx", "onnxruntime"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    import onnx
    from onnx import TensorProto, helper

    rng = np.random.default_rng(1)

    def weights(name, *shape):
        return helper.make_tensor(
            name, TensorProto.FLOAT, shape, rng.standard_normal(shape).ravel()
        )

    layers = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "a"], ["b"], "first", pads=[1, 1, 1, 1]),
            helper.make_node(
                "Conv", ["b", "c"], ["d"], "second", pads=[1, 1, 1, 1], strides=[2, 2]
            ),
            helper.make_node("Relu", ["d"], ["e"], "relu"),
        ],
        "net",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 2, "h", "w"])],
        [helper.make_tensor_value_info("e", TensorProto.FLOAT, None)],
        [weights("a", 3, 2, 3, 3), weights("c", 3, 3, 3, 3)],
    )
    path = tmp_path_factory.mktemp("onnx") / "net.onnx"
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(layers, opset_imports=opset, ir_version=8), path)
    x = picture(rng, 16).astype("float32")
    graph = iv.from_onnx(path, x)
    return x, graph, graph, iv.remedies(graph, x, MOVES, target=-30.0, most=None)


def is_short_and_names_what_changes(code, given, changed):
    compile(code, "code", "exec")
    lines = code.splitlines()
    assert len(lines) <= 12
    assert max(map(len, lines)) <= 100
    found = chains(given.nodes, changed.nodes)
    assert found
    shown = [name for name in found if repr(name) in code]
    assert shown == list(found) or (len(found) > 9 and shown)


@pytest.mark.parametrize("kind", ["cut", "of_onnx"])
def test_every_code_is_short_python_that_makes_the_pipeline_of_the_remedy(kind, request):
    x, _, given, found = request.getfixturevalue(kind)
    assert len(found) >= 3
    for each in found:
        is_short_and_names_what_changes(each.code, given, each.pipeline)
        there = {"graph": given, "iv": iv}
        exec(each.code.replace(").module()", ")").replace("module =", "graph ="), there)
        np.testing.assert_array_equal(there["graph"](x), each.pipeline(x))


def test_of_a_graph_up_to_a_layer_it_makes_the_whole_module_with_the_change(cut):
    x, graph, _, found = cut
    for each in found[:3]:
        there = {"graph": graph, "iv": iv}
        exec(each.code, there)
        module, seen = there["module"], []
        module.get_submodule("after").register_forward_hook(lambda *a, to=seen: to.append(a[2]))
        run(module, x)
        assert off(seen[0].numpy()[0], each.pipeline(x).to_numpy()) < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("output", ["block", "block.conv", "after"])
def test_a_graph_with_output_gives_the_whole_network_with_the_change(output):
    """Judged in plain torch: features are the graph's, and scores what the head makes of them."""
    net, x = networks.drawn(Residual), picture(np.random.default_rng(3))
    graph = iv.from_torch(net, x, output=output)
    found = iv.remedies(graph, x, MOVES, target=-30.0, most=None)
    assert len(found) >= 2
    before = run(net, x)
    for each in found:
        made, seen = copy.deepcopy(each.module()), {}
        assert list(made.state_dict()) == list(net.state_dict())
        assert type(made) is Residual
        for path in ("block", "block.conv", "after"):
            made.get_submodule(path).register_forward_hook(
                lambda *a, to=seen, path=path: to.update({path: a[2].clone()})
            )
        scores = run(made, x)
        assert off(seen[output][0].detach().numpy(), each.pipeline(x).to_numpy()) < 1e-12
        features = seen["block" if output == "block.conv" else output]
        after = features if output == "after" else net.after(features)
        head = net.head(after.mean((2, 3)))[0].detach().numpy()
        assert off(scores, head) < 1e-12
        assert off(scores, before) > 1e-6


def test_the_first_line_of_the_code_takes_the_graph_from_the_module():
    net, x = networks.drawn(Residual), picture(np.random.default_rng(3))
    graph = iv.from_torch(net, x.rename(channel="color"), ("color", "y", "x"), output="after")
    (best, *_) = iv.remedies(graph, x.rename(channel="color"), MOVES, target=-30.0)
    code = best.code.replace("# graph = ", "graph = ")
    assert "iv.from_torch(module, x, dims=('color', 'y', 'x'), output='after')" in code
    there = {"iv": iv, "module": net, "x": x.rename(channel="color")}
    exec(code, there)
    np.testing.assert_array_equal(run(there["module"], x), run(best.module(), x))


def test_a_change_that_the_rest_of_the_network_cannot_read_is_refused_with_the_reason():
    layers = (nn.Conv2d(2, 4, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 64, 3))
    net, x = networks.drawn(lambda: nn.Sequential(*layers)), picture(np.random.default_rng(3))
    graph = iv.from_torch(net, x, output="1")
    dense = graph.replaced({"0": graph.op("0").unstrided(["y", "x"])})
    assert dense(x).sizes["x"] == 16
    with pytest.raises(iv.errors.ParameterError, match=r"of '0' cannot be made in Sequential"):
        dense.module()


@pytest.mark.parametrize("count", [3, 11])
def test_one_change_at_many_nodes_stays_short(count, rng):
    layers = [layer for _ in range(count) for layer in (nn.Conv2d(2, 2, 3, padding=1), nn.Tanh())]
    net, x = networks.drawn(lambda: nn.Sequential(*layers)), picture(rng, 8)
    graph = iv.from_torch(net, x)
    made = [each.pipeline for each in repadded(graph, iv.Axes.of(x))]
    assert len(made) == 3
    for changed in made:
        code = change_code(graph, changed)
        is_short_and_names_what_changes(code, graph, changed)
        there = {"graph": graph, "iv": iv}
        exec(code.replace("}).module()", "})"), there)
        np.testing.assert_array_equal(there["module"](x), changed(x))


def test_the_page_strikes_out_what_stood_there_and_marks_what_stands_there_now(cut):
    each = next(one for one in cut[3] if "blur" in one.name and len(one.stages) == 1)
    lines = listing(each.code).splitlines()
    (gone,) = [line for line in lines if line.startswith("<del>")]
    assert f"{each.name.split('stride of ')[1]}" in gone
    assert any(line.startswith("<ins>") and "BlurPool" in line for line in lines)
    assert not any("Graph(" in line or "lt;" in line for line in lines)


def parts_of(value):
    """All operators within one."""
    if isinstance(value, Operator):
        yield value
    if isinstance(value, OnRing):
        return  # defined on rings only
    if isinstance(value, (tuple, Remedies)):
        for each in value:
            yield from parts_of(each)
    if isinstance(value, Operator) and dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            yield from parts_of(getattr(value, each.name))


def borders(stage):
    given = getattr(stage, "boundary", None)
    return set(given.values()) if isinstance(given, Mapping) else {given}


@pytest.mark.parametrize("kind", ["cut", "of_onnx"])
def test_on_axes_that_end_what_is_put_into_a_network_pads_as_its_layers_do(kind, request):
    _, _, given, found = request.getfixturevalue(kind)
    filters = 0
    for each in found:
        for chain in chains(given.nodes, each.pipeline.nodes).values():
            for node in chain:
                if isinstance(node.op, OnRing):
                    assert "ends of the axis are taken to meet" in each.reason
                for part in parts_of(node.op):
                    assert "periodic" not in borders(part)
                    if hasattr(part, "taps") and hasattr(part, "boundary"):
                        filters += 1
                        assert borders(part) == {"zero"}
    assert filters


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (nn.Conv2d(2, 3, 3, 2, 1), "zero"),
        (nn.Conv2d(2, 3, 5, padding=2, padding_mode="circular"), "periodic"),
        (nn.Conv2d(2, 3, 5, padding=2, padding_mode="reflect"), "reflect"),
        (nn.Conv2d(2, 3, 5, padding=2, padding_mode="replicate"), "edge"),
        (nn.Conv2d(2, 3, 1, 2), None),
        (nn.Conv2d(2, 3, 3), None),
        (nn.MaxPool2d(3, 2, 1), None),
        (nn.AvgPool2d(3, 2, 1), "zero"),
    ],
    ids=str,
)
def test_how_a_layer_pads_is_found_by_running_it(layer, expected, rng):
    x = picture(rng, 17)
    graph = iv.from_torch(nn.Sequential(layer).double().eval(), x)
    axes = iv.Axes.of(x)
    assert [own_border(graph.op("0"), axes, dim) for dim in ("y", "x")] == [expected] * 2


def test_a_name_with_a_comma_or_a_quote_is_written_as_python():
    pool = iv.MaxPool(window={"x": 2})
    graph = iv.Graph([iv.Node("it's a pool, part 1", pool, "input")])
    changed = replaced(graph, {"it's a pool, part 1": (pool, iv.BlurPool(stride={"x": 1}))})
    there = {"graph": graph, "iv": iv}
    exec(change_code(graph, changed), there)
    assert there["graph"] == changed
