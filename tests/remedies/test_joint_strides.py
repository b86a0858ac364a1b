"""A smaller stride on all branches that meet, and the module that it makes."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.remedies.course import Course
from invarsig.remedies.dilation import dilated
from invarsig.remedies.joint_strides import finer_together
from invarsig.remedies.suspects import suspects

torch = pytest.importorskip("torch", reason="torch is not installed")
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from tests.adapters import networks  # noqa: E402
from tests.remedies.test_networks import Ladder, Skip, around, errors_by_torch, off, picture, run  # noqa: E402

MOVES = [iv.Translate(x=1.0, y=1.0), iv.Translate(y=1.0)]


class Deeper(nn.Module):
    """A residual block that strides by 4 at once on its skip, and by 2 twice beside it."""

    def __init__(self):
        super().__init__()
        self.one, self.two = around(2, 4, stride=2), around(4, 4, stride=2)
        self.skip, self.last = nn.Conv2d(2, 4, 1, 4), around(4, 3)

    def forward(self, x):
        return self.last(F.relu(self.two(F.relu(self.one(x))) + self.skip(x)))


class Three(nn.Module):
    """Three branches, as of an Inception network, one of which is a pool."""

    def __init__(self):
        super().__init__()
        self.near, self.far = nn.Conv2d(2, 2, 1, 2), around(2, 2, 5, stride=2)
        self.mix = around(6, 3)

    def forward(self, x):
        met = [F.relu(self.near(x)), F.max_pool2d(x, 3, 2, 1), F.relu(self.far(x))]
        return torch.tanh(self.mix(torch.cat(met, 1)))


def halved(net, x, name):
    """The graph in which a node, and those that it meets, stride half as much."""
    graph = iv.from_torch(net, x)
    course, axes = Course.of(graph), Axes.of(x)
    place = [node.name for node in course.nodes].index(name)
    plan = graph.op(name).plan(course.axes(axes)[course.inputs[place][0]])
    strides = {dim: by // 2 for dim, by in plan.stride.items() if dim in ("y", "x")}
    finer = finer_together(course, place, strides, axes)
    return dilated(course, finer, axes), {course.nodes[k].name for k in finer}


@pytest.mark.parametrize(
    ("make", "name", "together"),
    [
        (Skip, "conv", {"conv", "down"}),
        (Skip, "down", {"conv", "down"}),
        (Three, "max_pool2d", {"near", "max_pool2d", "far"}),
        (Deeper, "one", {"one", "skip"}),
        (Deeper, "two", {"two", "skip"}),
        (Deeper, "skip", {"two", "skip"}),
    ],
)
def test_all_branches_that_meet_stride_less_and_its_module_is_that(make, name, together, rng):
    net, x = networks.drawn(make), picture(rng, 32, wraps=True)
    graph, changed = halved(net, x, name)
    assert changed == together
    module = graph.module()
    assert list(module.state_dict()) == list(net.state_dict())
    for seed in range(3):
        fresh = picture(np.random.default_rng(seed), 32, wraps=True)
        assert off(run(module, fresh), graph(fresh).to_numpy()) < 1e-12
        # Every second sample is what the network gave before.
        assert off(run(module, fresh)[:, ::2, ::2], run(net, fresh)) < 1e-12


def test_it_is_offered_once_and_takes_away_what_it_should(rng):
    net, x = networks.drawn(Skip), picture(rng, wraps=True)
    found = iv.remedies(iv.from_torch(net, x), x, MOVES, most=None)
    (fine,) = [each for each in found if "halve the stride" in each.change]
    assert fine.after < 1e-10  # The only strides are gone.
    assert "'down', on a branch that it meets, strides as little" in fine.reason
    assert off(run(fine.module(), x), fine.pipeline(x).to_numpy()) < 1e-12


def test_where_the_other_branch_does_not_stride_it_is_refused_by_the_place_where_they_meet(rng):
    found = iv.remedies(iv.from_torch(networks.drawn(Ladder), picture(rng)), picture(rng), MOVES)
    (refused,) = [each for each in found.refused if "halve the stride" in each]
    assert "'cat', which does not stride by as much" in refused


@pytest.mark.parametrize("name", ["blocks.1.conv1", "blocks.1.down.0"])
def test_the_block_of_a_residual_network_follows_with_its_skip(name, rng):
    net, x = networks.drawn(networks.PICTURES["resnet"]), picture(rng, 32)
    graph, changed = halved(net, x, name)
    assert changed == {"blocks.1.conv1", "blocks.1.down.0"}
    module = graph.module()
    assert off(run(module, x), graph(x).to_numpy()) < 1e-12
    assert max(errors_by_torch(module, x, MOVES[1:])) < max(errors_by_torch(net, x, MOVES[1:]))


def test_one_branch_alone_would_hold_other_samples(rng):
    """A planted one: what stood before halved the one node, and the branches no longer met."""
    net, x = networks.drawn(Skip), picture(rng)
    course = Course.of(iv.from_torch(net, x))
    place = [node.name for node in course.nodes].index("conv")
    finer = finer_together(course, place, {"y": 1, "x": 1}, Axes.of(x))
    with pytest.raises(ParameterError, match="does not follow"):
        dilated(course, {place: finer[place]}, Axes.of(x))


def rooted():
    """A pool that torch makes of several operations, of which one strides."""
    return nn.Sequential(around(2, 4), nn.LPPool2d(2, 2), nn.ReLU(), nn.Conv2d(4, 3, 1))


def test_a_pool_of_several_operations_takes_the_smaller_stride_itself(rng):
    net, x = networks.drawn(rooted), picture(rng)
    graph, changed = halved(net, x, "1_2")
    assert changed == {"1_2"}
    module = graph.module()
    assert module[1].stride == (1, 1)
    assert off(run(module, x), graph(x).to_numpy()) < 1e-12
    assert off(run(module, x)[:, ::2, ::2], run(net, x)) < 1e-12


def test_where_causes_are_no_numbers_every_stride_is_tried(rng, monkeypatch):
    """As where a stage gives no number for what has been moved, and none can be continued."""
    net, x = networks.drawn(rooted), picture(rng)
    graph, move = iv.from_torch(net, x), iv.Translate(x=1.0)

    def unknown(*given, **named):
        found = iv.causes(*given, **named)
        return found.assign(share_of_cause=found.share_of_cause * np.nan)

    monkeypatch.setitem(suspects.__globals__, "causes", unknown)
    places = suspects(graph, x, move)
    assert [graph.nodes[place].name for place in places] == ["1_2"]
    found = iv.remedies(graph, x, move)
    assert [*found, *found.refused]
