"""Causes of a network's error: an exact sum, the right total, and planted faults found."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import invarsig as iv
from invarsig.diagnosis.findings.causes import CAUSES_OF_VERDICT
from invarsig.diagnosis.given import Given

torch = pytest.importorskip("torch", reason="torch is not installed")
from torch import nn  # noqa: E402

from tests.adapters import networks  # noqa: E402


def picture(rng, size=16, wide=None):
    y, x = (iv.Axis(dim, unit="px") for dim in ("y", "x"))
    return iv.label(rng.standard_normal((2, size, wide or size)), "channel", y, x)


def share(found, cause):
    return float(found.share_of_cause.sel(cause=cause))


def largest(found, cause):
    """The node to which a cause gives most."""
    return str(found.operator.to_numpy()[found.share.sel(cause=cause).to_numpy().argmax()])


SLOW = {"resnet", "mobilenet", "wavenet", "uneven", "ceiled", "normed"}
KINDS = [
    pytest.param(kind, marks=[pytest.mark.nightly] if kind in SLOW else [])
    for kind in {**networks.PICTURES, **networks.SOUNDS}
]


@pytest.mark.parametrize("kind", KINDS)
def test_shares_add_up_to_1_and_to_the_error_that_torch_alone_gives(kind, rng):
    sound = kind in networks.SOUNDS
    x = iv.label(rng.standard_normal((1, 48)), "channel", "time") if sound else picture(rng, 16, 24)
    dim, dims = x.dims[-1], tuple(x.dims)
    net = networks.drawn({**networks.PICTURES, **networks.SOUNDS}[kind])
    with torch.inference_mode():
        there, here = (
            net(torch.from_numpy(each)[None])[0].numpy()
            for each in (np.roll(x.values, 4, -1), x.values)
        )
    graph = iv.from_torch(net, x, dims)
    found = iv.causes(graph, x, iv.Translate({dim: 4.0}))
    y = graph(x)
    if kind in ("patches", "windows"):  # a whole patch, a whole window
        assert float(found.total) < 1e-12
        return
    assert float(found.share.sum()) == pytest.approx(1.0, abs=1e-9)
    if here.size == y.size and dim in y.dims and y.dims == dims:
        by = 4.0 / abs(iv.axis_of(y, dim).step)
        if by != round(by):
            return  # torch alone cannot move its result by a part of a sample
        here_moved = np.roll(here, round(by), -1)
    elif dim in y.dims:
        return
    else:
        here_moved = here
    # Of each channel its own mean, along the axis that moves; of a result without it, one mean.
    mean = here.mean(-1, keepdims=True) if dim in y.dims else here.mean()
    off = np.linalg.norm(there - here_moved) / np.linalg.norm(here - mean)
    assert float(found.total) == pytest.approx(off, rel=1e-9)


def test_shares_add_up_in_single_precision(rng):
    net = networks.drawn(networks.UNet).float()
    x = picture(rng, 16, 24).astype("float32")
    found = iv.causes(iv.from_torch(net, x), x, iv.Translate(x=1.0))
    assert float(found.share.sum()) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("by", [1.0, 0.5])
def test_circular_convolutions_have_no_border(by, rng):
    around = {"padding": 1, "padding_mode": "circular"}
    net = nn.Sequential(nn.Conv2d(2, 4, 3, **around), nn.ReLU(), nn.Conv2d(4, 4, 3, 2, **around))
    x = picture(rng)
    found = iv.causes(iv.from_torch(net.double().eval(), x), x, iv.Translate(x=by))
    assert abs(share(found, "border")) < 1e-9


def test_padding_that_is_read_twice_is_a_node_and_the_sum_is_still_exact(rng):
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Conv2d(2, 3, 3), nn.Conv2d(2, 3, 3)

        def forward(self, x):
            x = nn.functional.pad(x, (1, 1, 1, 1), mode="reflect")
            return torch.relu(self.one(x)) + self.two(x)

    x = picture(rng)
    graph = iv.from_torch(networks.drawn(Twice), x)
    assert graph.nodes[0].name == "pad"
    found = iv.causes(graph, x, iv.Translate(x=0.5))
    assert float(found.share.sum()) == pytest.approx(1.0, abs=1e-9)


class Residual(nn.Module):
    """A convolution beside its skip, or one with a stride and no skip."""

    def __init__(self, stride, act=torch.relu):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, stride, 1, padding_mode="circular")
        self.act = act

    def forward(self, x):
        return self.conv(x) if self.conv.stride[0] > 1 else x + self.act(self.conv(x))


def deep(place, before=torch.relu, after=torch.relu):
    """Twenty layers with skips, of which one strides."""
    layers = (Residual(2 if k == place else 1, before if k < place else after) for k in range(19))
    return nn.Sequential(nn.Conv2d(2, 4, 1), *layers)


def planted(place, rng, *acts, size=32):
    """The causes of a move by 1 px, and which node strides."""
    x = picture(rng, size)
    found = iv.causes(
        iv.from_torch(networks.drawn(lambda: deep(place, *acts)), x), x, iv.Translate(x=1.0)
    )
    return found, found.path.values.tolist().index(f"{place + 1}.conv")


@pytest.mark.parametrize(
    "place", [pytest.param(k, marks=[pytest.mark.nightly] if k != 9 else []) for k in range(19)]
)
def test_the_only_stride_of_20_layers_makes_all_of_the_error_where_nothing_else_acts(place, rng):
    # Rectifiers before the stride see whole samples; behind it there is none.
    found, here = planted(place, rng, torch.relu, nn.Identity(), size=16)
    assert float(found.share.sel(cause="folding")[here]) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.nightly
@pytest.mark.parametrize("place", range(19))
def test_the_only_stride_of_20_layers_is_found_at_every_place(place, rng):
    silu = torch.nn.functional.silu
    found, here = planted(place, rng, silu, silu)
    assert float(found.share.sum("cause")[here]) > 0.95
    assert share(found, "folding") > 0.95


@pytest.mark.nightly
@pytest.mark.parametrize("place", range(0, 19, 3))
def test_rectifiers_behind_the_stride_have_a_part_of_their_own(place, rng):
    found, here = planted(place, rng)
    folding = found.share.sel(cause="folding")
    assert float(folding[here]) > 0.9
    assert float(folding.sum()) == pytest.approx(float(folding[here]), abs=1e-9)
    # They see samples between those that the stride has kept: a fault of theirs, with its own name.
    rest = found.share.sel(cause="nonlinearity").sum() + folding[here]
    assert float(rest) == pytest.approx(1.0, abs=1e-9)
    assert np.abs(found.share.to_numpy()[:, :here]).max(initial=0.0) < 1e-9
    assert found.attrs["main_cause"] == "folding"


def test_a_stride_late_in_a_network_makes_all_of_the_error(rng):
    net = networks.drawn(lambda: nn.Sequential(Residual(1), Residual(1), Residual(2)))
    x = iv.label(rng.standard_normal((4, 16, 16)), "channel", "y", "x")
    found = iv.causes(iv.from_torch(net, x), x, iv.Translate(x=1.0))
    assert share(found, "folding") > 0.95
    assert largest(found, "folding").startswith("2.conv")


@pytest.mark.parametrize("by", [1.0, 3.0])
def test_zero_padding_without_a_stride_is_border(by, rng):
    net = networks.drawn(
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.ZeroPad2d(2), nn.Conv2d(4, 4, 5)
        )
    )
    x = picture(rng)
    found = iv.causes(iv.from_torch(net, x), x, iv.Translate(x=by))
    assert share(found, "border") == pytest.approx(1.0, abs=1e-9)


class Placed(nn.Module):
    """With an absolute positional encoding."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3, padding=1, padding_mode="circular")
        self.place = nn.Parameter(torch.randn(4, 16, 16))

    def forward(self, x):
        return torch.relu(self.conv(x) + self.place)


def test_an_absolute_positional_encoding_is_position(rng):
    x = picture(rng)
    found = iv.causes(iv.from_torch(networks.drawn(Placed), x), x, iv.Translate(x=1.0))
    assert share(found, "position") == pytest.approx(1.0, abs=1e-9)
    assert largest(found, "position") == "add: add"


def test_positions_of_tokens_are_position_and_without_them_there_is_no_error(rng):
    x = picture(rng, 16, 24)
    placed = iv.from_torch(networks.drawn(networks.ViT), x)
    found = iv.causes(placed, x, iv.Translate(x=4.0))  # one patch
    assert share(found, "position") == pytest.approx(1.0, abs=1e-9)
    plain = iv.from_torch(networks.drawn(lambda: networks.ViT(place=False)), x)
    assert float(iv.causes(plain, x, iv.Translate(x=4.0)).total) < 1e-12


def test_flattening_into_a_fully_connected_layer_is_position(rng):
    net = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular"), nn.Flatten())
    net = nn.Sequential(net, nn.Linear(768, 4)).double().eval()
    x = picture(rng)
    graph = iv.from_torch(net, x)
    assert [node.name for node in graph] == ["0.0", "1"]
    found = iv.causes(graph, x, iv.Translate(x=1.0))
    assert share(found, "position") == pytest.approx(1.0, abs=1e-9)


def blur(stride):
    """A low-pass that leaves a hundredth of what would fold."""
    taps = torch.exp(-(torch.arange(-9, 10.0) ** 2) / 2 / 2.5**2)
    layer = nn.Conv2d(2, 2, 19, stride, 9, groups=2, bias=False, padding_mode="circular")
    layer.weight.data = (taps[:, None] * taps / taps.sum() ** 2).expand(2, 1, 19, 19).clone()
    return layer


@pytest.mark.parametrize(("stride", "by"), [(2, 1.0), (1, 0.5)])
def test_nearest_upsampling_of_a_low_passed_map_is_imaging(stride, by, rng):
    net = nn.Sequential(blur(stride), nn.Upsample(scale_factor=2)).double().eval()
    x = picture(rng, 32)
    found = iv.causes(iv.from_torch(net, x), x, iv.Translate(x=by))
    assert share(found, "imaging") > 0.99
    assert abs(share(found, "folding")) < 0.01


def test_a_diagnosis_runs_and_blames_the_padding(photograph):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)).eval()
    x = photograph.isel(y=slice(64, 128), x=slice(64, 128)).astype("float32").expand_dims("channel")
    told = iv.diagnose(iv.from_torch(net, x), x, along=["x"]).summary()
    assert "no periodic stand-in" not in told
    assert "border" in told.lower()


@pytest.mark.parametrize("units", ["blocks", "rates"])
@pytest.mark.parametrize(
    "kind", ["densenet", "unet-nearest", pytest.param("resnet", marks=pytest.mark.nightly)]
)
def test_layers_taken_together_are_another_path_of_the_same_sum(kind, units, rng):
    x = picture(rng, 16, 24)
    graph = iv.from_torch(networks.drawn(networks.PICTURES[kind]), x)
    layers, found = (
        iv.causes(graph, x, iv.Translate(x=1.0), units=each) for each in ("layers", units)
    )
    assert float(found.share.sum()) == pytest.approx(1.0, abs=1e-9)
    assert float(found.total) == pytest.approx(float(layers.total), rel=1e-12)
    apart = abs(found.share_of_cause - layers.share_of_cause)
    doubt = found.uncertainty_of_cause + layers.uncertainty_of_cause
    assert bool((apart <= doubt + 0.02).all())
    if units == "blocks":
        for_blocks = [iv.by_block(each).share_by_order.sum("cause") for each in (layers, found)]
        np.testing.assert_allclose(*for_blocks, atol=1e-9)


def test_a_diagnosis_of_a_large_network_splits_by_blocks_and_says_so(rng, monkeypatch):
    monkeypatch.setattr(sys.modules[iv.causes.__module__], "_MANY", 8)
    net = networks.drawn(lambda: nn.Sequential(nn.Conv2d(2, 4, 1), *map(Residual, (1, 1, 2, 1, 1))))
    x = picture(rng, 16)
    graph = iv.from_torch(net, x)
    given = Given(graph, x, ("x",), {"x": [1.0]}, lambda _text, _done: None)
    data = CAUSES_OF_VERDICT.measure(given)
    assert data.attrs["cause_units"] == "blocks"
    assert "1: 3 layers together" in data["stage_operator"].values.tolist()
    stride = [node.name for node in graph].index("3.conv")
    folding = data["cause_share"].sel(cause="folding").isel(cause_bar=-1).to_numpy()
    assert folding[stride] > 0.1
    assert folding[stride] == pytest.approx(folding.sum(), abs=1e-6)
