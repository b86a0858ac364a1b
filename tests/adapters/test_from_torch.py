"""A network of torch as a graph: equal to it, with the dims and the grid that it has."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv

torch = pytest.importorskip("torch", reason="torch is not installed")
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from invarsig.adapters.program import traced  # noqa: E402
from tests.adapters import networks  # noqa: E402

KINDS = {**networks.PICTURES, **networks.SOUNDS}


def given(kind, rng, *, wide=0, batch=False):
    """An input that suits a kind of network."""
    if kind in networks.SOUNDS:
        return iv.label(rng.standard_normal((1, 48)), "channel", iv.Axis("time", step=0.01))
    y, x = (iv.Axis(dim, start=3.0, step=0.5, unit="px") for dim in ("y", "x"))
    shape = (2, 16, 24 + wide)
    if batch:
        return iv.label(rng.standard_normal((3, *shape)), "picture", "channel", y, x)
    return iv.label(rng.standard_normal(shape), "channel", y, x)


def by_torch(net, x, dims):
    """What torch gives, as an array with the items of the batch first."""
    batch = [dim for dim in x.dims if dim not in dims]
    plain = np.array(x.transpose(*batch, *dims).to_numpy())
    tensor = torch.from_numpy(plain.reshape(-1, *(x.sizes[dim] for dim in dims)))
    with torch.inference_mode():
        return net(tensor).numpy()


def like(y, z):
    """A labeled result in the order of the axes of torch's result, with its shape."""
    lead = ["channel"] if "channel" in y.dims and z.ndim > 2 and z.shape[1] != z.shape[-1] else []
    sizes = dict(y.sizes)
    if lead and z.shape[1] == sizes["channel"]:
        y = y.transpose(..., "channel", *[d for d in ("y", "x", "time") if d in y.dims])
    return y.to_numpy().reshape(z.shape)


@pytest.mark.parametrize("kind", KINDS)
def test_the_graph_gives_what_the_network_gives(kind, rng):
    net, x = networks.drawn(KINDS[kind]), given(kind, rng)
    graph = iv.from_torch(net, x, tuple(x.dims))
    z = by_torch(net, x, x.dims)
    np.testing.assert_allclose(like(graph(x), z), z, rtol=0, atol=1e-12 * abs(z).max())
    again = x.copy(data=rng.standard_normal(x.shape))
    z = by_torch(net, again, x.dims)
    np.testing.assert_allclose(like(graph(again), z), z, rtol=0, atol=1e-12 * abs(z).max())
    assert not any("Unknown" in str(node) for node in graph)


FREE = ["resnet", "mobilenet", "densenet", "unet-bilinear", "uneven", "ceiled", "shuffle"]


@pytest.mark.parametrize("kind", FREE)
def test_odd_sizes_and_batches_run_as_torch_runs_them(kind, rng):
    net = networks.drawn(KINDS[kind])
    graph = iv.from_torch(net, given(kind, rng))
    for x in (
        given(kind, rng, wide=5 if kind != "unet-bilinear" else 6),
        given(kind, rng, batch=True),
    ):
        z = by_torch(net, x, ("channel", "y", "x"))
        y = graph(x)
        assert y.dims[0] == x.dims[0]
        np.testing.assert_allclose(y.to_numpy().reshape(z.shape), z, atol=1e-12 * abs(z).max())


@pytest.mark.parametrize("kind", ["densenet", "unet-transposed", "uneven", "wavenet", "patches"])
def test_the_plan_says_which_axes_come_out(kind, rng):
    x = given(kind, rng)
    graph = iv.from_torch(networks.drawn(KINDS[kind]), x, tuple(x.dims))
    planned, made = graph.plan(iv.Axes.of(x)).after(iv.Axes.of(x)), graph(x)
    assert set(planned) == set(made.dims)
    for dim in made.dims:
        one, other = planned.read_or_counted(dim), iv.axis_of(made, dim)
        assert (one.size, one.step) == (other.size, pytest.approx(other.step))
        assert one.start == pytest.approx(other.start)


SAME = {
    "same": nn.Conv2d(2, 3, 5, padding=2),
    "same by word": nn.Conv2d(2, 3, 5, padding="same", dilation=2),
    "reflecting": nn.Conv2d(2, 3, 3, padding=1, padding_mode="reflect"),
    "down and up": nn.Sequential(nn.AvgPool2d(2), nn.Upsample(scale_factor=2)),
    "pixels shuffled": nn.Sequential(nn.PixelUnshuffle(2), nn.PixelShuffle(2)),
    "transposed": nn.Sequential(nn.MaxPool2d(2), nn.ConvTranspose2d(2, 2, 2, 2)),
    "transposed, wide": nn.Sequential(
        nn.Conv2d(2, 2, 3, 2, 1), nn.ConvTranspose2d(2, 2, 3, 2, 1, output_padding=1)
    ),
}


@pytest.mark.parametrize("what", SAME)
def test_what_keeps_the_size_keeps_the_positions(what, rng):
    x = given("picture", rng)
    y = iv.from_torch(SAME[what].double().eval(), x)(x)
    for dim in ("y", "x"):
        np.testing.assert_allclose(y[dim], x[dim])
        assert y[dim].attrs == x[dim].attrs


def test_an_even_window_moves_the_grid_by_half_a_sample(rng):
    x = given("picture", rng)
    y = iv.from_torch(nn.MaxPool2d(2).double().eval(), x)(x)
    assert y.x[:2].values.tolist() == [3.25, 4.25]


CENTERED = {  # a window's center of mass tells where its output stands
    "dilated": nn.Conv1d(1, 1, 3, 2, 1, dilation=2),
    "even": nn.Conv1d(1, 1, 4, 1, 1),
    "pool": nn.AvgPool1d(3, 2),
    "bilinear": nn.Upsample(scale_factor=3, mode="linear"),
    "transposed": nn.ConvTranspose1d(1, 1, 4, 2, 1),
    "pad": nn.Sequential(nn.ConstantPad1d((3, 1), 0.0), nn.Conv1d(1, 1, 2)),
    "resized": nn.Upsample(size=25, mode="linear"),
}


@pytest.mark.parametrize("what", CENTERED)
def test_a_ramp_is_read_where_its_samples_stand(what):
    """A symmetric window that adds to 1 gives, away from the ends, the position itself."""
    net = CENTERED[what].double().eval()
    for part in net.modules():
        if hasattr(part, "weight"):
            up = part.stride[0] if isinstance(part, nn.ConvTranspose1d) else 1
            nn.init.constant_(part.weight, up / part.weight.shape[-1])
            nn.init.zeros_(part.bias)
    x = iv.label(3.0 + 0.5 * np.arange(40.0)[None], "channel", iv.Axis("t", start=3.0, step=0.5))
    y = iv.from_torch(net, x, ("channel", "t"))(x)
    inside = slice(6, -6)
    read, stand = y[0, inside], y.t[inside]
    if what == "transposed":  # its phases take turns, and meet on average
        read, stand = (each.rolling(t=2).mean()[1:] for each in (read, stand))
    np.testing.assert_allclose(read, stand, atol=0.5 if what == "resized" else 1e-9)


def test_nodes_carry_the_path_of_their_layer(rng):
    graph = iv.from_torch(networks.drawn(networks.ResNet), given("resnet", rng))
    names = [node.name for node in graph]
    assert {"stem", "relu", "pool", "blocks.0.conv1", "blocks.1.down.0", "blocks.1.add"} <= set(
        names
    )
    assert str(graph.nodes[names.index("stem")]) == "stem: convolution(stride y 2, x 2)"


def test_a_network_is_given_up_to_a_node_or_a_block(rng):
    net, x = networks.drawn(networks.ResNet), given("resnet", rng)
    whole = iv.from_torch(net, x)
    for name in ("stem", "blocks.0", "blocks"):
        part = iv.from_torch(net, x, output=name)
        names = [node.name for node in part]
        assert names == [node.name for node in whole][: len(names)]
        ends = [each for each in (node.name for node in whole) if each.startswith(name)]
        assert names[-1] == ends[-1]
    inside = []
    net.blocks[0].register_forward_hook(lambda *seen: inside.append(seen[-1]))
    net(torch.tensor(x.values)[None])
    part = iv.from_torch(net, x, output="blocks.0")
    np.testing.assert_allclose(part(x), inside[0].detach()[0], atol=1e-12)
    assert part.module() is net


def test_an_unknown_node_gets_those_that_may_be_meant(rng):
    net, x = networks.drawn(networks.ResNet), given("resnet", rng)
    with pytest.raises(iv.errors.ParameterError, match=r"='block.1'.*mean blocks.1.*lists all"):
        iv.from_torch(net, x, output="block.1")
    with pytest.raises(iv.errors.ParameterError, match="it has ResNet"):
        iv.from_torch(net, x, output="stem", opaque=True)
    with pytest.raises(iv.errors.ParameterError, match="named by text, not by int"):
        iv.from_torch(net, x, output=3)


def test_parameters_are_shared(rng):
    net, x = networks.drawn(networks.ResNet), given("resnet", rng)
    graph = iv.from_torch(net, x)
    before = graph(x)
    with torch.no_grad():
        net.fc.bias += 1.0
    np.testing.assert_allclose(graph(x) - before, 1.0)


def test_values_take_the_type_of_the_parameters(rng):
    x = given("resnet", rng)
    y = iv.from_torch(networks.drawn(networks.ResNet).float(), x)(x)
    assert y.dtype == np.float32
    plain = iv.from_torch(nn.ReLU().eval(), x)
    assert plain(x).dtype == np.float64


@pytest.mark.parametrize("kind", ["half", "bfloat16"])
def test_half_precision_comes_and_goes_as_single(kind, rng):
    x = given("picture", rng).astype("float32")
    net = getattr(nn.Conv2d(2, 3, 3), kind)().eval()
    y = iv.from_torch(net, x)(x)
    assert y.dtype == np.float32
    with torch.inference_mode():
        z = net(torch.from_numpy(x.values)[None].to(net.weight.dtype))[0].float()
    np.testing.assert_array_equal(y, z)


def test_a_graph_is_shown_by_what_its_nodes_do(rng):
    graph = iv.from_torch(nn.Sequential(nn.MaxPool2d(2)).eval(), given("picture", rng))
    assert "op=<max pool(stride y 2, x 2)>" in repr(graph)
    assert str(graph) == "Graph(1 nodes, to 0)"


def test_labels_of_any_order_and_kind_go_through(rng):
    net, x = nn.Sequential(nn.ReLU(), nn.MaxPool2d(2)).double().eval(), given("picture", rng)
    graph = iv.from_torch(net, x)
    wide = iv.label(rng.standard_normal((24, 3, 16, 2, 4)), "x", "time", "y", "channel", "run")
    wide = wide.assign_coords(channel=["a", "b"], when=("time", [3.0, 4.0, 6.0]))
    y = graph(wide)
    assert y.channel.values.tolist() == ["a", "b"]
    assert y.when.values.tolist() == [3.0, 4.0, 6.0]
    plain = wide.transpose("time", "run", "channel", "y", "x").values.reshape(12, 2, 16, 24)
    z = net(torch.from_numpy(plain.copy())).numpy().reshape(3, 4, 2, 8, 12)
    np.testing.assert_array_equal(y.transpose("time", "run", "channel", "y", "x"), z)
    np.testing.assert_array_equal(graph(x[:, ::-1]), graph(x.sortby("y", ascending=False)))


def test_an_input_is_never_changed(rng):
    x = given("rewritten", rng)
    before = x.copy(deep=True)
    graph = iv.from_torch(nn.Sequential(nn.ReLU(inplace=True), nn.Hardtanh(inplace=True)).eval(), x)
    y = graph(x)
    assert x.identical(before)
    assert not np.shares_memory(x.values, y.values)


def test_renamed_dims_change_nothing_else(rng):
    x = given("unet-nearest", rng)
    graph = iv.from_torch(networks.drawn(networks.UNet), x)
    names = {"y": "row", "x": "column"}
    assert graph.rename(names)(x.rename(names)).identical(graph(x).rename(names))


def test_a_pool_without_its_stride_is_the_dense_one(rng):
    x = given("picture", rng)
    (node,) = iv.from_torch(nn.MaxPool2d(3, 2, 1).double().eval(), x)
    dense = node.op.restrided({"y": 1, "x": 1})(x)
    np.testing.assert_array_equal(dense[:, ::2, ::2], node.op(x))
    np.testing.assert_allclose(dense.x, x.x)


def test_a_claim_that_does_not_hold_is_given_up(rng):
    from dataclasses import replace

    from invarsig.adapters.measured import confirmed

    x = given("picture", rng)
    (node,) = iv.from_torch(nn.Conv2d(2, 2, 5).double().eval(), x)
    short = {
        dim: replace(effect, left=1.0, right=1.0) if dim == "x" else effect
        for dim, effect in node.op.step.effects.items()
    }
    wrong = replace(node.op, step=replace(node.op.step, effects=short))
    reach = confirmed(wrong, [x], node.op(x)).plan(iv.Axes.of(x)).reach
    assert (reach["x"], reach["y"]) == ((np.inf, np.inf), (1.0, 1.0))


class ChannelsLast(nn.Module):
    """Two results of as many dims, whose channels are of different number, joined as views."""

    def __init__(self):
        super().__init__()
        self.wide, self.narrow = nn.Conv2d(2, 4, 1), nn.Conv2d(2, 3, 1)

    def forward(self, x):
        parts = [each(x).permute(0, 2, 3, 1) for each in (self.wide, self.narrow)]
        return torch.cat(parts, -1)


def test_one_dim_may_have_two_sizes_where_branches_are_joined(rng):
    net, x = networks.drawn(ChannelsLast), given("picture", rng)
    graph = iv.from_torch(net, x)
    assert len(graph) == 3
    z = by_torch(net, x, x.dims)[0]
    np.testing.assert_allclose(graph(x).transpose("y", "x", "channel"), z, atol=1e-12)


class Branch(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x
        return -x


class Noise(nn.Module):
    def forward(self, x):
        return x + torch.rand_like(x)


class Norms(nn.Module):
    """Of a shape that follows from the data, so that nothing can trace it."""

    def forward(self, x):
        return torch.linalg.svdvals(x)


class Two(nn.Module):
    def forward(self, x):
        return x, x


@pytest.mark.parametrize("opaque", [False, True])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_input_that_is_not_finite_is_refused_since_nan_equals_nan(rng, opaque, value):
    x = given("picture", rng)
    net = nn.Conv2d(2, 3, 3).double().eval()
    with pytest.raises(iv.errors.ParameterError, match=r"not finite.* x\.fillna\(0\)"):
        iv.from_torch(net, x * value, opaque=opaque)
    x[0, 0, 0] = value
    with pytest.raises(iv.errors.ParameterError, match=rf"1 of {x.size} values of the input"):
        iv.from_torch(net, x, opaque=opaque)


def test_a_module_that_gives_no_finite_value_is_refused(rng):
    net = nn.Conv2d(2, 3, 3).double().eval()
    nn.init.constant_(net.weight, np.nan)
    with pytest.raises(iv.errors.ParameterError, match="Conv2d gives no finite value on this in"):
        iv.from_torch(net, given("picture", rng))


def test_errors_name_what_is_wrong_and_what_to_do(rng):
    x = given("picture", rng)
    net = nn.Conv2d(2, 3, 3).double().eval()
    with pytest.raises(iv.errors.ParameterError, match=r"training mode.*call module.eval"):
        iv.from_torch(nn.Sequential(nn.ReLU(), nn.Dropout()), x)
    with pytest.raises(iv.errors.DimError, match="'time'"):
        iv.from_torch(net, x, ("channel", "y", "time"))
    said = r"does not run on a batch of shape \(1, 1.* 1 channels instead\. Give an input whose"
    with pytest.raises(iv.errors.ParameterError, match=said):
        iv.from_torch(net, x[:1])
    with pytest.raises(iv.errors.ParameterError, match="each named once"):
        iv.from_torch(net, x, ("y", "y"))
    for kind in (complex, int):
        with pytest.raises(iv.errors.DtypeError, match="astype"):
            iv.from_torch(net, x.astype(kind))
        with pytest.raises(iv.errors.DtypeError, match="astype"):
            iv.from_torch(net, x)(x.astype(kind))
    with pytest.raises(iv.errors.ParameterError, match="not deterministic"):
        iv.from_torch(Noise().eval(), x)
    with pytest.raises(iv.errors.ParameterError, match="gives a tuple"):
        iv.from_torch(Two().eval(), x)
    with pytest.raises(iv.errors.DtypeError, match=r"takes a torch.nn.Module"):
        iv.from_torch(np.square, x)
    with pytest.raises(iv.errors.DimError, match="'x', which the input lacks"):
        iv.from_torch(net, x)(x.isel(x=0))


class Together(nn.Module):
    def forward(self, x):
        return x - x.mean(0, keepdim=True)


def test_a_module_that_mixes_the_items_of_a_batch_is_refused(rng):
    with (
        pytest.warns(UserWarning, match="mixes the items of a batch"),
        pytest.raises(iv.errors.ParameterError, match="mixes the items"),
    ):
        iv.from_torch(Together().eval(), given("picture", rng))


class Other(nn.Module):
    """A function of the input, as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


FUNCTIONS = {
    "slices": (lambda x: x[..., 1:] - x[..., :-1], 1, "border"),
    "cropped": (lambda x: F.avg_pool2d(F.pad(x, (-1, 2, 0, -3), value=1.0), 2), 2, "border"),
    "coordinates": (
        lambda x: torch.cat([x, torch.linspace(-1, 1, 24).expand(len(x), 1, 16, -1)], 1),
        1,
        "position",
    ),
    "largest": (lambda x: F.max_pool1d(x.max(1)[0], 3, 1), 1, "border"),
    "best": (lambda x: x.topk(1, dim=1)[0], 1, ""),
    "corners": (
        lambda x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True),
        1,
        "position",
    ),
    "area": (lambda x: F.interpolate(x, scale_factor=0.5, mode="area"), 2, ""),
    "normalized": (lambda x: F.normalize(x, dim=1), 1, ""),
    "local": (lambda x: F.local_response_norm(x, 2), 1, ""),
    "everywhere": (
        lambda x: x - (x.flatten(2).softmax(-1).view_as(x) * x).sum((2, 3), True),
        1,
        "",
    ),
    "in pairs": (lambda x: torch.stack([x[..., ::2], x[..., 1::2]], 2).mean(2), 2, ""),
    "largest place": (lambda x: x.argmax(1), 1, ""),
    "mean": (lambda x: x.mean((1, 2, 3)), 1, ""),
}


@pytest.mark.parametrize("what", FUNCTIONS)
def test_forms_of_operations(what, rng):
    function, by, cause = FUNCTIONS[what]
    net, x = Other(function).double().eval(), given("picture", rng)
    graph = iv.from_torch(net, x)
    z, y = by_torch(net, x, x.dims), graph(x)
    np.testing.assert_allclose(np.sort(y.to_numpy().ravel()), np.sort(z.ravel()), atol=1e-12)
    found = iv.causes(graph, x, iv.Translate(x=0.5 * by))
    if cause:
        assert float(found.share_of_cause.sel(cause=cause)) == pytest.approx(1.0, abs=1e-9)
    else:
        assert float(found.total) < 1e-12


def test_frames_of_a_spectrogram_are_samples_with_a_stride(rng):
    def spectrogram(x):
        window = torch.hann_window(16, dtype=x.dtype)
        return torch.stft(x[:, 0], 16, 4, window=window, return_complex=True, center=False).abs()

    x = given("wavenet", rng)
    y = iv.from_torch(Other(spectrogram).eval(), x, x.dims)(x)
    assert dict(y.sizes) == {"channel": 9, "time": 9}
    np.testing.assert_allclose(y.time[:2], [0.075, 0.115])


def test_a_slice_of_a_network_in_evaluation_mode_is_in_evaluation_mode(rng):
    # A new container is in training mode, and none of its parts are.
    x = given("picture", rng)
    net = nn.Sequential(nn.ReLU(), nn.Dropout(), nn.Tanh()).eval()
    assert len(iv.from_torch(net[:2], x)) == 1
    net[1].train()
    with pytest.raises(iv.errors.ParameterError, match=r"training mode \('1'\)"):
        iv.from_torch(net[:2], x)


def test_control_flow_that_depends_on_data_is_refused_with_its_line(rng):
    x = given("picture", rng)
    with pytest.raises(iv.errors.ParameterError, match=r"test_from_torch.py, line \d+: 'if x.sum"):
        iv.from_torch(Branch().eval(), x)
    graph = iv.from_torch(Branch().eval(), x, opaque=True)
    np.testing.assert_array_equal(abs(graph(x)), abs(x))
    assert set(graph(x).dims) == set(x.dims)
    assert graph.plan(iv.Axes.of(x)).reach["x"] == (np.inf, np.inf)


def test_where_export_fails_fx_traces(rng, monkeypatch):
    net, x = networks.drawn(networks.ResNet), given("resnet", rng)

    def refused(*args, **kwargs):
        raise RuntimeError("not today")

    monkeypatch.setattr(torch.export, "export", refused)
    assert traced(net, torch.from_numpy(x.values)[None].repeat(2, 1, 1, 1)).by == "torch.fx"
    graph = iv.from_torch(net, x)
    assert len(graph) > 10
    z = by_torch(net, x, x.dims)
    np.testing.assert_allclose(graph(x).values[None], z, atol=1e-12 * abs(z).max())


def test_what_nothing_can_trace_is_one_node_and_says_so(rng, monkeypatch):
    net, x = networks.drawn(networks.UNet), given("unet-nearest", rng)

    def refused(*args, **kwargs):
        raise RuntimeError("not today")

    monkeypatch.setattr(torch.export, "export", refused)
    monkeypatch.setattr(torch.fx, "symbolic_trace", refused)
    with pytest.warns(UserWarning, match=r"UNet: not today.*one node"):
        graph = iv.from_torch(net, x)
    assert len(graph) == 1
    np.testing.assert_array_equal(graph(x).values[None], by_torch(net, x, x.dims))


def test_a_labeled_photograph_runs_through_with_its_batch(photograph):
    x = photograph.coarsen(y=8, x=8).mean().expand_dims(channel=2, time=3)
    graph = iv.from_torch(nn.Conv2d(2, 4, 3, 2, 1).eval(), x.isel(time=0))
    y = graph(x)
    assert y.dims == ("time", "channel", "y", "x") or y.dims[0] == "time"
    assert dict(y.sizes) == {"time": 3, "channel": 4, "y": 16, "x": 16}


def test_functions_of_torch_need_no_parameters(rng):
    class Plain(nn.Module):
        def forward(self, x):
            return F.avg_pool2d(F.gelu(x), 2).amax(1)

    x = given("picture", rng)
    assert iv.from_torch(Plain().eval(), x)(x).dims == ("y", "x")


@pytest.fixture
def records():
    """What reaches a handler that stands where pytest puts its own, at each logger that keeps to
    itself."""
    import logging

    found = []
    handler = logging.Handler()
    handler.emit = found.append
    logger = logging.getLogger("torch.__trace")
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


def test_what_torch_records_while_it_traces_is_kept_back_unless_it_is_asked_for(
    records, rng, monkeypatch
):
    import logging

    logger = logging.getLogger("torch.__trace")
    level, x = logger.level, given("picture", rng)
    net = nn.Sequential(nn.Conv2d(x.sizes["channel"], 2, 3), nn.ReLU()).eval()
    monkeypatch.delenv("TORCH_TRACE", raising=False)
    iv.from_torch(net, x)
    assert records == []
    assert logger.level == level
    # Without being kept back they come: else nothing is tested here.
    monkeypatch.setenv("TORCH_TRACE", "/nowhere")
    iv.from_torch(net, x)
    assert records
