"""Which layer of a torch network is blamed when one was changed: by its path, in words and data."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import invarsig as iv

torch = pytest.importorskip("torch")
nn = torch.nn


class Block(nn.Module):
    """Two convolutions with a skip around them."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return torch.relu(x + self.conv2(torch.relu(self.bn1(self.conv1(x)))))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.pool = nn.AvgPool2d(2)
        self.layer1 = Block(4)
        self.down = nn.Conv2d(4, 6, 3, stride=2, padding=1)
        self.layer2 = Block(6)

    def forward(self, x):
        return self.layer2(self.down(self.layer1(self.pool(torch.relu(self.stem(x))))))


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(3)
    return Net().double().eval()


X = iv.label(
    np.random.default_rng(2).standard_normal((1, 32, 32)).cumsum(-1).cumsum(-2) / 30,
    "channel", "y", "x",
)  # fmt: skip


def perturbed(name):
    def change(module):
        with torch.no_grad():
            weights = module.get_submodule(name).weight
            weights += 1.5 * torch.randn(weights.shape, generator=torch.Generator().manual_seed(5))

    return change


def put(path, layer):
    def change(module):
        owner, _, name = path.rpartition(".")
        setattr(module.get_submodule(owner) if owner else module, name, layer)

    return change


def strided_earlier(module):
    """The stride of one layer, moved to the one before."""
    module.stem.stride, module.down.stride = (2, 2), (1, 1)


CHANGES = {
    "pool to max": (put("pool", nn.MaxPool2d(2)), {"pool"}),
    "pool to stride": (put("pool", nn.AvgPool2d(1, 2)), {"pool"}),
    "weights of layer1.conv1": (perturbed("layer1.conv1"), {"layer1.conv1"}),
    "weights of layer2.conv2": (perturbed("layer2.conv2"), {"layer2.conv2"}),
    "padding": (
        lambda module: setattr(module.layer2.conv1, "padding_mode", "circular"),
        {"layer2.conv1"},
    ),
    "stride moved": (strided_earlier, {"stem", "down"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", CHANGES)
def test_the_layer_that_was_changed_is_named_by_its_path(net, kind):
    change, wanted = CHANGES[kind]
    other = copy.deepcopy(net)
    change(other)
    other.eval()
    for before, now in ((net, other), (other, net)):
        kept = iv.baseline(iv.from_torch(before, X), X, "x", shifts=[1.0])
        (found,) = iv.diagnosis.check_against(iv.from_torch(now, X), X, kept, tolerance=0.0)
        if found.worse:
            break
    assert found.worse
    named = set(found.candidates)
    # A node may be the layer itself, or its padding, which is a node of its own.
    assert {each for each in wanted if any(path.startswith(each) for path in named)} == wanted
    assert all(any(path.startswith(each) for each in wanted) for path in named), found.sentence
    assert f" {found.path}: " in found.sentence
    assert " stage " not in found.sentence


def test_two_traces_of_one_network_have_the_same_layers(net):
    from invarsig.aliasing.as_given import AsGiven
    from invarsig.diagnosis.layer_changes import layer_changes
    from invarsig.diagnosis.layers import layers_of

    first, second = (
        layers_of(AsGiven.of(iv.from_torch(copy.deepcopy(net), X), X, ["x"])) for _ in range(2)
    )
    kept = tuple(each.kept() for each in first)
    assert all(each.response is not None for each in kept)
    assert layer_changes(kept, second, 1e-9) == ()
