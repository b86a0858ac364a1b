"""Rates of traced networks: down, up again on their input's grid, and up only."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import invarsig as iv
from invarsig.aliasing import images
from invarsig.aliasing.rolled import Rolled
from invarsig.aliasing.units import units_of

torch = pytest.importorskip("torch", reason="networks are torch's")
nn = torch.nn


class UNet(nn.Module):
    """Two levels, and a skip at each."""

    def __init__(self, mode: str) -> None:
        super().__init__()

        def convolution(inputs: int, outputs: int) -> nn.Module:
            return nn.Conv1d(inputs, outputs, 3, padding=1, padding_mode=mode)

        self.first, self.second = convolution(1, 4), convolution(4, 6)
        self.third, self.pool = convolution(6, 6), nn.MaxPool1d(2)
        self.up, self.up_again = nn.Upsample(scale_factor=2), nn.ConvTranspose1d(4, 4, 2, stride=2)
        self.fourth, self.last = convolution(12, 4), nn.Conv1d(8, 1, 1)

    def forward(self, x):
        first = self.first(x).relu()
        second = self.second(self.pool(first)).relu()
        third = self.third(self.pool(second)).relu()
        fourth = self.fourth(torch.cat([self.up(third), second], 1)).relu()
        return self.last(torch.cat([self.up_again(fourth), first], 1))


def traced(module, size: int = 32) -> tuple[iv.Graph, iv.label]:
    torch.set_num_threads(1)
    values = np.random.default_rng(1).standard_normal((1, size))
    x = iv.label(values, "channel", iv.Axis("x", unit="px", period=float(size)))
    return iv.from_torch(module.double().eval(), x, dims=("channel", "x")), x


def strides(graph: iv.Graph, x) -> list[float]:
    """Distances of the samples of each result, in input samples."""
    run = Rolled.of(units_of(graph), x)
    return [iv.axis_of(z, "x").step for z in run.features[1:]]


def test_a_u_net_has_a_stride_of_one_with_nodes_at_two_and_four():
    torch.manual_seed(0)
    graph, x = traced(UNet("zeros"))
    plan = graph.plan(iv.Axes.of(x))
    assert plan.stride_along("x") == 1
    assert plan.whole_shift_along("x") == 4
    assert set(strides(graph, x)) == {1.0, 2.0, 4.0}


def test_a_network_that_only_goes_up_has_a_stride_of_a_half():
    torch.manual_seed(0)
    up = nn.Sequential(nn.Conv1d(1, 3, 3, padding=1), nn.Upsample(scale_factor=2))
    graph, x = traced(up)
    plan = graph.plan(iv.Axes.of(x))
    assert plan.stride_along("x") == Fraction(1, 2)
    assert (plan.whole_shift_along("x"), plan.finest_along("x")) == (1, 2)


def test_aligned_corners_are_at_no_rate():
    corners = nn.Upsample(scale_factor=2, mode="linear", align_corners=True)
    graph, x = traced(nn.Sequential(nn.Conv1d(1, 2, 1, stride=2), corners))
    assert graph.plan(iv.Axes.of(x)).whole_shift_along("x") == 1
    found = iv.causes(graph, x, iv.Translate(x=2.0))
    assert found.attrs["main_cause"] == "position"


def test_images_of_a_u_net_on_a_ring_tell_its_error_at_every_whole_shift():
    torch.manual_seed(0)
    graph, x = traced(UNet("circular"))
    found = images(graph, x, "x")
    assert found.attrs["explained"]
    assert (found.attrs["whole_shift"], found.attrs["parts"]) == (4, 1)
    y = graph(x)
    for d in (1, 2, 3, 5, 31):
        told = float(found.error[d % 4])
        measured = float(iv.equivariance_error(graph, x, iv.Translate(x=float(d))))
        assert told == pytest.approx(measured, rel=1e-12)
    energy = float(found.energy.where(found.image != 0).sum())
    assert float(found.orbit_variance) == pytest.approx(energy, rel=1e-12)
    assert energy > 1e-3 * float((y**2).sum())


def test_zero_padding_is_what_images_of_a_ring_leave_out():
    torch.manual_seed(0)
    graph, x = traced(UNet("zeros"))
    assert not images(graph, x, "x").attrs["explained"]


def test_nearest_upsampling_of_a_low_passed_map_is_imaging_in_torch_too():
    class Up(nn.Module):
        def forward(self, x):
            return nn.functional.interpolate(x, scale_factor=2.0)

    graph, x = traced(Up(), 96)
    low = iv.SpectralPool(stride={"x": 1}, band={"x": 4})
    op = low >> iv.Subsample(stride={"x": 2}) >> graph
    found = iv.causes(op, x, iv.Translate(x=1.0))
    assert found.attrs["main_cause"] == "imaging"
    assert float(found.share_of_cause.sel(cause="imaging")) > 0.95
    assert abs(float(found.share_of_cause.sel(cause="folding"))) < 1e-9
