"""Multiplications of a network: as many as its layers make, whichever form it comes in."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import invarsig as iv
from tests.nightly import some

torch = pytest.importorskip("torch", reason="torch is not installed")
from torch import nn  # noqa: E402

from tests.adapters import networks  # noqa: E402

ALL = {**networks.PICTURES, **networks.SOUNDS}
NOT_EXPORTED = ("vgg", "unknown")
# The exporter writes nothing else in their place: no sums for biases, no norms within weights.
AS_IT_IS = (
    "resnet",
    "densenet",
    "unet-nearest",
    "unet-transposed",
    "unet-bilinear",
    "uneven",
    "ceiled",
    "shuffle",
)


def drawn(kind, rng):
    shape = (1, 64) if kind in networks.SOUNDS else (2, 16, 24)
    dims = ("channel", "time") if kind in networks.SOUNDS else ("channel", "y", "x")
    return networks.drawn(ALL[kind]).float(), iv.label(
        rng.standard_normal(shape).astype("f4"), *dims
    )


def count(part, inputs, made):
    """Multiplications of one layer on one item, by what it is."""
    (first, *_) = inputs
    if isinstance(part, nn.Linear):
        return made.numel() * part.in_features
    if isinstance(part, nn.ConvTranspose2d):
        return first.numel() * part.weight[0].numel()
    if isinstance(part, nn.Conv1d | nn.Conv2d):
        return made.numel() * part.weight[0].numel()
    if isinstance(part, networks.Attention):
        items, places, channels = first.shape
        return 2 * items * places**2 * channels
    if isinstance(part, nn.LSTM):
        return first.shape[1] * 4 * part.hidden_size * (part.input_size + part.hidden_size)
    return 0


def counted(net, x):
    """Multiplications of each layer, as torch runs it."""
    found = {}

    def hook(name):
        return lambda *seen: found.update({name: count(*seen)})

    handles = [part.register_forward_hook(hook(name)) for name, part in net.named_modules()]
    with torch.no_grad():
        net(torch.tensor(x.values)[None])
    for handle in handles:
        handle.remove()
    return {name: many for name, many in found.items() if many}


def works(graph, x):
    """Work of each node, and whether it sums over products."""
    axes, found = {"input": iv.Axes.of(x)}, {}
    for node in graph:
        before = [axes[name] for name in node.sources]
        axes[node.name] = after = node.after(before)
        single = isinstance(node.op, iv.Operator)
        work = node.op.plan(before[0]).work(before[0]) if single else node.op.work(after)
        found[node.name] = (work, node.op.taps not in (0.0, 1.0))
    return found


def products(graph, x):
    return sum(work for work, sums in works(graph, x).values() if sums)


def work(graph, x):
    return graph.plan(iv.Axes.of(x)).work(iv.Axes.of(x))


@pytest.mark.parametrize("kind", some([*ALL], 4))
def test_a_network_takes_as_many_multiplications_as_its_layers(kind, rng):
    net, x = drawn(kind, rng)
    graph, layers = iv.from_torch(net, x, x.dims), counted(net, x)
    found = works(graph, x)
    alone = {name: many for name, many in layers.items() if name in found}
    assert {name: found[name][0] for name in alone} == pytest.approx(alone)
    # Layers whose result has no labels count at a later node.
    rest = sum(many for name, (many, sums) in found.items() if sums and name not in alone)
    assert rest == pytest.approx(sum(layers.values()) - sum(alone.values()))
    assert work(graph, x) == pytest.approx(sum(many for many, _ in found.values()))


@pytest.mark.parametrize("kind", some([k for k in ALL if k not in NOT_EXPORTED], 4))
def test_a_network_takes_as_many_as_the_file_it_is_exported_to(kind, rng, tmp_path):
    pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    net, x = drawn(kind, rng)
    path = tmp_path / "net.onnx"
    given = torch.tensor(x.values)[None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The exporter that needs no other package.
        torch.onnx.export(net, given, path, dynamo=False, opset_version=17)
        graph, file = iv.from_torch(net, x, x.dims), iv.from_onnx(path, x, x.dims)
    ours = products(graph, x)
    if kind == "wavenet":  # There its first layer has one product for each sample.
        assert graph.op("first").taps == 1.0
    assert products(file, x) == pytest.approx(ours)
    if kind in AS_IT_IS:
        assert work(file, x) == pytest.approx(work(graph, x), rel=0.01)


@pytest.mark.parametrize("groups", [1, 2])
def test_a_transposed_convolution_takes_each_input_sample_times_each_weight(groups, rng):
    net = nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, groups=groups).eval()
    x = iv.label(rng.standard_normal((4, 5, 7)).astype("f4"), "channel", "y", "x")
    assert work(iv.from_torch(net, x), x) == 4 * 5 * 7 * (6 // groups) * 9


def test_a_batch_takes_as_often_as_many(rng):
    net = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU()).eval()
    x = iv.label(rng.standard_normal((3, 2, 8, 9)).astype("f4"), "item", "channel", "y", "x")
    assert work(iv.from_torch(net, x), x) == pytest.approx(3 * math.prod((4, 6, 7)) * (18 + 1))


def test_a_change_costs_as_much_of_a_file_as_of_a_module(rng, tmp_path):
    """A blur in place of a stride, which was said to cost 4 % and 71 %."""
    pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    net, x = drawn("resnet", rng)
    path = tmp_path / "net.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, torch.tensor(x.values)[None], path, dynamo=False, opset_version=17)
    more = []
    for graph in (iv.from_torch(net, x), iv.from_onnx(path, x)):
        name = next(node.name for node in graph if "max pool" in str(node.op))
        node = next(node for node in graph if node.name == name)
        dense = node.op.unstrided(["y", "x"])
        blur = iv.BlurPool(taps=3, stride={"y": 2, "x": 2}, boundary="zero")
        nodes = []
        for each in graph:
            if each.name != name:
                nodes.append(each)
                continue
            nodes += [iv.Node("dense", dense, each.inputs), iv.Node(name, blur, "dense")]
        more.append(work(iv.Graph(nodes), x) / work(graph, x) - 1)
    assert np.ptp(more) < 0.01
    assert 0 < more[0] < 0.1
