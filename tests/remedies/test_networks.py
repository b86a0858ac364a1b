"""Remedies of networks: tried at the nodes of a graph, and given back as a module of torch."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import ParameterError
from tests.conftest import ring

torch = pytest.importorskip("torch", reason="torch is not installed")
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from tests.adapters import networks  # noqa: E402

MOVES = [iv.Translate(x=1.0, y=1.0), iv.Translate(x=3.0)]


@pytest.fixture(autouse=True)
def _one_thread():
    """Threads that wait for each other make small networks slow."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def picture(rng, size=16, channels=2, *, wraps=False):
    """A picture with a spectrum that falls, as those of photographs do."""
    from scipy.ndimage import gaussian_filter

    values = gaussian_filter(rng.standard_normal((channels, size, size)), (0, 1, 1), mode="wrap")
    period = float(size) if wraps else None
    y, x = (iv.Axis(dim, unit="px", period=period) for dim in ("y", "x"))
    return iv.label(values, "channel", y, x)


def run(module, x):
    """What torch alone gives."""
    with torch.no_grad():
        return module(torch.from_numpy(np.array(x.values))[None])[0].numpy()


def off(one, other):
    return float(np.abs(one - other).max() / np.abs(other).max())


def around(c, d, size=3, stride=1, **more):
    """A convolution whose padding wraps."""
    pad = size // 2
    return nn.Conv2d(c, d, size, stride, pad, padding_mode="circular", **more)


class Skip(nn.Module):
    """A block of a ResNet that strides on both branches."""

    def __init__(self):
        super().__init__()
        self.conv, self.down = around(2, 4, stride=2), nn.Conv2d(2, 4, 1, 2)

    def forward(self, x):
        return F.relu(self.conv(x)) + self.down(x)


class Twice(nn.Module):
    """One rectifier and one pool, used twice, and the pool is a function."""

    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(2, 4, 3, padding=1, padding_mode="reflect")
        self.two = nn.Conv2d(4, 4, 3, padding=1)
        self.relu = nn.ReLU()
        self.unused = nn.Linear(3, 3)

    def forward(self, x):
        x = F.max_pool2d(self.relu(self.one(x)), 2)
        x = F.max_pool2d(self.relu(self.two(x)), kernel_size=3, stride=2, padding=1)
        return x.mean((2, 3))


def errors_by_torch(module, x, moves):
    """The error of each move, of a network whose result has no place."""
    y = run(module, x)
    moved = [
        np.roll(x.values, [int(move.shifts.get(dim, 0)) for dim in ("y", "x")], (1, 2))
        for move in moves
    ]
    return [
        np.linalg.norm(run(module, x.copy(data=each)) - y) / np.linalg.norm(y - y.mean())
        for each in moved
    ]


@pytest.fixture(scope="module")
def twice():
    """A network, its input, its graph and all remedies."""
    net, x = networks.drawn(Twice), picture(np.random.default_rng(2))
    graph = iv.from_torch(net, x)
    return net, x, graph, iv.remedies(graph, x, MOVES, most=None, target=-3.0)


def same_as_the_pipeline(net, x, found, rng):
    """Whether each module is its pipeline, with the keys and the error that it should have."""
    before = run(net, x)
    assert found
    fresh = x.copy(data=rng.standard_normal(x.shape))
    for each in found:
        module = each.module()
        assert list(module.state_dict()) == list(net.state_dict())
        module.load_state_dict(net.state_dict())
        original = copy.deepcopy(net)
        original.load_state_dict(module.state_dict())
        np.testing.assert_array_equal(run(original, x), before)  # the repair is in no weight
        assert off(run(module, fresh), each.pipeline(fresh).to_numpy()) < 1e-12
        if before.ndim == 1:
            assert max(errors_by_torch(module, x, MOVES)) == pytest.approx(each.after, rel=1e-6)
    np.testing.assert_array_equal(run(net, x), before)  # the original is as it was


def test_the_module_of_a_remedy_is_its_pipeline_and_has_the_error_that_was_measured(twice, rng):
    net, x, _, found = twice
    same_as_the_pipeline(net, x, found, rng)
    kinds = {each.changes[0].split(" before")[0].split(" of")[0].split(" at")[0] for each in found}
    assert len(kinds) >= 4


@pytest.mark.nightly
@pytest.mark.parametrize("kind", ["resnet", "mobilenet", "unet-nearest", "uneven"])
def test_modules_of_many_networks_are_their_pipelines(kind, rng):
    net, x = networks.drawn(networks.PICTURES[kind]), picture(rng, 32)
    # Below what any of them reaches, so that all changes are tried.
    found = iv.remedies(iv.from_torch(net, x), x, MOVES, target=-80.0, most=None)
    same_as_the_pipeline(net, x, found, rng)


def test_only_the_chosen_call_of_a_module_that_is_called_twice_is_changed(rng):
    net, x = networks.drawn(Twice), picture(rng)
    graph = iv.from_torch(net, x)
    filtered = iv.Filtered(graph.op("relu_2"), ("y", "x"))
    from invarsig.remedies.on_ring import OnRing

    changed = graph.replaced({"relu_2": OnRing(filtered, {"y": 1, "x": 1})})
    module = changed.module()
    assert "relu_1 = after" not in module.code
    assert off(run(module, x), changed(x).to_numpy()) < 1e-12
    assert off(run(module, x), run(net, x)) > 1e-6


def test_a_network_that_is_linear_gains_what_is_predicted(rng):
    torch.manual_seed(1)
    net = nn.Sequential(around(2, 4, bias=False), around(4, 4, stride=2, bias=False))
    net = nn.Sequential(*net, around(4, 3, bias=False)).double().eval()
    x = picture(rng, wraps=True)
    found = iv.remedies(iv.from_torch(net, x), x, [iv.Translate(x=1.0), iv.Translate(y=1.0)])
    blurs = [each for each in found if "blur" in each.name]
    assert blurs
    for each in blurs:
        assert each.gain_predicted == pytest.approx(each.gain, abs=1.0)
        assert each.predicted == pytest.approx(each.rms, rel=1e-6)
        assert each.from_lift


def test_a_chain_of_nodes_gains_what_the_same_pipeline_gains(photograph):
    x = ring(photograph, x=64, y=16)
    op = iv.GaussianBank(sigma={"x": 1.0}) >> iv.Relu() >> iv.MaxPool(window={"x": 4})
    names = ("input", "bank", "relu", "pool")
    graph = iv.Graph([iv.Node(b, s, a) for a, b, s in zip(names, names[1:], op, strict=False)])
    moves = [iv.Translate(x=d) for d in (1, 2)]
    chain = {each.name: each.rms for each in iv.remedies(op, x, moves, most=None)}
    nodes = {each.name: each.rms for each in iv.remedies(graph, x, moves, most=None)}
    both = [name for name in chain if name in nodes]
    assert len(both) >= 5
    for name in both:
        assert nodes[name] == pytest.approx(chain[name], rel=1e-9, abs=1e-14)


def test_what_stands_before_a_change_is_run_once_for_all_changes(rng):
    runs = {"first": 0, "last": 0}

    def counted(name):
        def count(values):
            runs[name] += 1
            return values

        return iv.Apply(count)

    graph = iv.Graph(
        [
            iv.Node("first", counted("first"), "input"),
            iv.Node("skip", iv.BlurPool(taps=3, stride={"x": 1}, boundary="reflect"), "first"),
            iv.Node("sum", iv.Add(), ("skip", "first")),
            iv.Node("pool", iv.MaxPool(window={"x": 2}), "sum"),
            iv.Node("last", counted("last"), "pool"),
        ]
    )
    iv.remedies(graph, picture(rng), iv.Translate(x=1.0))
    # The unchanged pipeline, measured on all of the picture and on its other half, runs both alike;
    # changed ones begin behind the first node, without which the two counts were the same.
    assert runs["last"] > 1.8 * runs["first"]


def test_branches_that_meet_select_the_same_samples(rng):
    net, x = networks.drawn(Skip), picture(rng, wraps=True)
    found = iv.remedies(
        iv.from_torch(net, x), x, [iv.Translate(x=1.0, y=1.0), iv.Translate(y=1.0)], most=None
    )
    chosen = [each for each in found if each.aligned]
    assert chosen
    for each in chosen:
        assert each.after < 1e-12
        assert "keeps the same samples" in each.reason
        module = each.module()
        for seed in range(3):
            fresh = picture(np.random.default_rng(seed), 16, wraps=True)
            assert off(run(module, fresh), each.pipeline(fresh).to_numpy()) < 1e-12
    pair = torch.randn(2, 2, 16, 16, dtype=torch.float64)  # each item of a batch for itself
    with torch.no_grad():
        alone = torch.cat([module(one[None]) for one in pair])
        torch.testing.assert_close(module(pair), alone)


class Ladder(nn.Module):
    """Down, and up again beside what was there."""

    def __init__(self):
        super().__init__()
        self.conv = around(2, 2)

    def forward(self, x):
        y = self.conv(F.max_pool2d(x, 2))
        return torch.cat([x, F.interpolate(y, scale_factor=2, mode="bilinear")], 1)


def test_selection_is_refused_where_the_other_branch_does_not_stride(rng):
    net, x = networks.drawn(Ladder), picture(rng)
    found = iv.remedies(iv.from_torch(net, x), x, iv.Translate(x=1.0))
    refused = [each for each in found.refused if "select samples" in each]
    assert refused
    assert "'cat'" in refused[0]
    assert "at no node" in refused[0]


def test_every_second_sample_of_a_dilated_network_is_the_network(rng):
    layers = (around(2, 4, stride=2), nn.ReLU(), around(4, 4), around(4, 3, 5), nn.Tanh())
    net, x = networks.drawn(lambda: nn.Sequential(*layers)), picture(rng, wraps=True)
    found = iv.remedies(iv.from_torch(net, x), x, iv.Translate(x=1.0, y=1.0), most=None)
    (fine,) = [each for each in found if "dilation" in each.name]
    assert fine.size == 4.0
    assert "output is larger" in fine.reason
    y = run(fine.module(), x)
    assert off(y[:, ::2, ::2], run(net, x)) < 1e-12


def test_dilation_is_refused_by_the_name_of_the_layer_that_cannot_follow(rng):
    net = nn.Sequential(nn.Conv2d(2, 3, 3, 2, 1), nn.Sequential(nn.AvgPool2d(2)), nn.ReLU())
    x = picture(rng)
    found = iv.remedies(iv.from_torch(net.double().eval(), x), x, iv.Translate(x=1.0))
    (refused,) = [each for each in found.refused if "dilate" in each and "'0'" in each]
    assert "'1.0'" in refused
    assert "no dilated form" in refused


def test_a_low_pass_is_refused_where_the_form_without_a_stride_gives_other_samples(rng):
    net = nn.Sequential(nn.Conv2d(2, 3, 3), nn.MaxPool2d(3, 2, ceil_mode=True)).double().eval()
    x = picture(rng)  # 14 samples, of which the last window hangs over the end
    found = iv.remedies(iv.from_torch(net, x), x, iv.Translate(x=1.0))
    assert any("low-pass" in each and "'1'" in each for each in found.refused)


class Classifier(nn.Module):
    """Its stride folds what it decides by."""

    def __init__(self):
        super().__init__()
        self.look = around(1, 2, 1, 2, bias=False)
        self.look.weight.data = torch.tensor([1.0, -1.0]).reshape(2, 1, 1, 1)

    def forward(self, x):
        return F.relu(self.look(x)).mean((2, 3))


def test_an_exact_repair_says_what_it_does_to_the_answer(rng):
    x = 0.001 * picture(rng, 16, 1, wraps=True)
    # What is highest folds to a constant, which outweighs the constant that is there.
    x = x.copy(data=x.to_numpy() + np.cos(np.pi * np.arange(16)) - 0.5)
    net = networks.drawn(Classifier)
    pictures = xr.concat([x, -x, x * 0.5], "picture")
    found = iv.remedies(
        iv.from_torch(net, x), x, [iv.Translate(x=1.0)], most=None, pictures=pictures
    )
    for each in found:
        old, new = (
            [run(part, pictures.isel(picture=k)) for k in range(3)] for part in (net, each.module())
        )
        changed = sum(a.argmax() != b.argmax() for a, b in zip(old, new, strict=True))
        assert each.answers.changed == changed
        gap = np.linalg.norm(new[0] - old[0]) / np.linalg.norm(old[0] - old[0].mean())
        assert each.answers.change[0] == pytest.approx(gap, rel=1e-6)
        sure = np.exp(new[0])[old[0].argmax()] / np.exp(new[0]).sum()
        assert each.answers.after[0] == pytest.approx(sure, rel=1e-6)
        told = each.answers.said(each.after)
        assert (f"{changed} of 3 pictures changes" in told) == bool(changed)
    assert any(each.answers.said(0.0).startswith("Exact, but the answer") for each in found)


def test_pictures_with_other_dims_are_refused(rng):
    net, x = networks.drawn(Skip), picture(rng)
    graph = iv.from_torch(net, x)
    with pytest.raises(iv.errors.AxisError, match="channel"):
        iv.remedies(graph, x, iv.Translate(x=1.0), pictures=[x.isel(channel=0)])


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_other_padding_is_the_same_module_with_another_mode(mode, rng):
    net = nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Conv2d(3, 3, 5, 1, 2))
    net, x = net.double().eval(), picture(rng)
    graph = iv.from_torch(net, x)
    last = graph.op("3").varied("padding", mode)
    changed = graph.replaced({"3": last})
    module = changed.module()
    expected = copy.deepcopy(net)
    expected[3] = nn.Conv2d(3, 3, 5, 1, 2, padding_mode=mode).double()
    expected.load_state_dict(net.state_dict())
    assert off(run(module, x), run(expected, x)) < 1e-12
    assert off(changed(x).to_numpy(), run(expected, x)) < 1e-12
    assert module[3].weight is net[3].weight


def test_padding_around_the_ends_takes_the_border_away(rng):
    layers = (nn.Conv2d(2, 4, 5, padding=2), nn.ReLU(), nn.Conv2d(4, 2, 5, padding=2))
    net = networks.drawn(lambda: nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()))
    x = picture(rng, wraps=True)
    found = iv.remedies(iv.from_torch(net, x), x, iv.Translate(x=5.0), most=None)
    (best,) = [each for each in found if "periodic borders" in each.name]
    assert best.after < 1e-12
    module = best.module()
    assert [part.padding_mode for part in module if hasattr(part, "padding_mode")] == [
        "circular"
    ] * 2
    assert list(module.state_dict()) == list(net.state_dict())


def test_a_changed_module_is_trained_and_copied_like_any_other(twice):
    net, x, _, found = twice
    module = copy.deepcopy(found[0].module()).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    loss = module(torch.from_numpy(x.values)[None]).square().sum()
    loss.backward()
    torch.optim.SGD(module.parameters(), 0.1).step()
    moved = {name for name, value in module.state_dict().items() if not value.equal(before[name])}
    assert {"one.weight", "two.weight"} <= moved
    np.testing.assert_array_equal(net.state_dict()["one.weight"], before["one.weight"])
    single = copy.deepcopy(module).float()
    assert single(torch.zeros(1, 2, 16, 16)).dtype == torch.float32


def test_a_gradient_through_what_is_added_is_that_of_finite_differences(rng):
    net = nn.Sequential(nn.Conv2d(1, 2, 3, 2, 1), nn.Tanh()).double().eval()
    x = picture(rng, 8, 1)
    graph = iv.from_torch(net, x)
    from invarsig.remedies.on_ring import OnRing

    dense = graph.op("0").unstrided(["y", "x"])
    for low_pass in (
        iv.BlurPool(taps=3, stride={"y": 2, "x": 2}, boundary="symmetric"),
        OnRing(iv.SpectralPool(stride={"y": 2, "x": 2}), {"y": 2, "x": 2}),
    ):
        module = graph.replaced({"0": (dense, low_pass)}).module()
        given = torch.from_numpy(x.values)[None].requires_grad_()
        assert torch.autograd.gradcheck(module, given, atol=1e-6)


def test_what_does_not_come_from_a_module_gives_none_back(photograph):
    x = ring(photograph, x=32, y=8)
    found = iv.remedies(iv.MaxPool(window={"x": 4}), x, iv.Translate(x=1))
    with pytest.raises(ParameterError, match=r"remedy\.pipeline"):
        found[0].module()


def test_a_change_that_has_no_form_in_the_module_is_refused_with_the_reason(rng):
    net, x = networks.drawn(Skip), picture(rng)
    graph = iv.from_torch(net, x)
    with pytest.raises(ParameterError, match="no form as layers"):
        graph.replaced({"conv": (graph.op("conv"), iv.Tanh())}).module()
    with pytest.raises(ParameterError, match="Nothing of 'conv' itself"):
        graph.replaced({"conv": iv.BlurPool(stride={"y": 2, "x": 2})}).module()
    with pytest.raises(ParameterError, match="no node 'stem'"):
        graph.replaced({"stem": iv.Tanh()})


def test_the_code_of_a_remedy_makes_its_module(twice):
    _, x, graph, found = twice
    for each in found:
        there = {"graph": graph, "iv": iv}
        exec(each.code, there)
        assert off(run(there["module"], x), each.pipeline(x).to_numpy()) < 1e-12
