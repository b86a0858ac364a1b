"""A changed graph of an ONNX file is written to a file again, which onnxruntime alone runs."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import ParameterError, WriteError
from invarsig.remedies.on_ring import OnRing

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from tests.adapters.onnx_files import alone, op, saved  # noqa: E402

MOVES = [iv.Translate(x=1.0, y=1.0), iv.Translate(x=3.0)]


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32) / 3


def picture(size=17, seed=2):
    from scipy.ndimage import gaussian_filter

    values = np.random.default_rng(seed).standard_normal((2, size, size))
    smooth = gaussian_filter(values, (0, 1, 1), mode="wrap").astype(np.float32)
    return iv.label(smooth, "channel", iv.Axis("y"), iv.Axis("x"))


WEIGHTS = {"a": drawn(4, 2, 3, 3), "b": drawn(6, 4, 3, 3, seed=1), "m": drawn(3, 6, seed=2)}
HEAD = [
    op("GlobalAveragePool", "t", "g"),
    op("Flatten", "g", "f"),
    op("Gemm", "f m", "y", transB=1),
]


def classifier(folder, opset=18):
    """Two convolutions, a max pool between them, a mean and a fully connected layer."""
    nodes = [
        op("Conv", "x a", "p", pads=[1, 1, 1, 1]),
        op("Relu", "p", "q"),
        op("MaxPool", "q", "r", kernel_shape=[2, 2], strides=[2, 2]),
        op("Conv", "r b", "s", pads=[1, 1, 1, 1]),
        op("Relu", "s", "t"),
        *HEAD,
    ]
    return saved(folder, nodes, WEIGHTS, opset=opset)


def error(path, x, move):
    """The relative error of a move of what onnxruntime alone gives: scores, which stay in place."""
    there, moved = (alone(path, {"x": each.values[None]}) for each in (x, rolled(x, move)))
    return float(np.linalg.norm(moved - there) / np.linalg.norm(there - there.mean()))


def rolled(x, move):
    return x.roll({dim: int(by) for dim, by in move.shifts.items()})


def weights_of(path):
    return {each.name: numpy_helper.to_array(each) for each in onnx.load(path).graph.initializer}


@pytest.fixture(scope="module", params=[13, 18])
def changed(request, tmp_path_factory):
    """A file, an input, the graph of its features and all that would help there."""
    path, x = classifier(tmp_path_factory.mktemp("net"), request.param), picture()
    graph = iv.from_onnx(path, x, output="t")
    move = iv.Translate(x=1.0, y=1.0)
    return path, x, graph, iv.remedies(graph, x, move, target=-60.0, most=None)


@pytest.mark.slow
def test_every_remedy_is_a_file_that_gives_what_it_gave_with_the_weights_of_the_file(
    changed, tmp_path
):
    path, x, _, found = changed
    fresh = x.copy(data=drawn(*x.shape, seed=9))
    kinds = ("blur", "Kaiser", "ideal", "dilation", "twice the sampling rate", "polyphase")
    names = " ".join(each.name for each in found)
    assert all(kind in names for kind in kinds), names
    for each in found:
        made = each.save(tmp_path / "better.onnx")
        model = onnx.load(made)
        model.graph.output[0].CopyFrom(
            helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])
        )
        onnx.checker.check_model(model, full_check=True)
        for given in (x, fresh):
            y = alone(made, {"x": given.values[None]}, "t")[0]
            np.testing.assert_allclose(y, each.pipeline(given), rtol=0, atol=2e-5)
        kept = weights_of(made)
        for name, values in weights_of(path).items():
            np.testing.assert_array_equal(kept[name], values)


@pytest.mark.slow
@pytest.mark.parametrize("size", [16, 17])
def test_the_file_of_a_remedy_has_the_error_that_was_measured(size, tmp_path):
    path, x = classifier(tmp_path), picture(size)
    graph = iv.from_onnx(path, x)
    found = iv.remedies(graph, x, MOVES, most=None)
    assert found
    for each in found:
        assert max(error(path, x, move) for move in MOVES) == pytest.approx(each.before, rel=1e-3)
        made = each.save(tmp_path / "better.onnx")
        assert max(error(made, x, move) for move in MOVES) == pytest.approx(each.after, rel=1e-3)
        assert each.after < each.before


def test_the_code_of_a_remedy_writes_the_file(changed):
    path, x, graph, found = changed
    each = next(one for one in found if "blur" in one.name)
    assert f"# graph = iv.from_onnx({str(path)!r}, x, output='t')" in each.code
    there = {"iv": iv, "graph": graph}
    exec(each.code, there)
    made = path.with_name("net_changed.onnx")
    given = {"x": x.values[None]}
    np.testing.assert_allclose(alone(made, given, "t")[0], each.pipeline(x), rtol=0, atol=1e-5)
    assert there["graph"].model().SerializeToString() == made.read_bytes()


VARIED = {
    "dilation, padded by another operator": (
        [op("Pad", "x p", "q"), op("Conv", "q a", "t")],
        ("dilation", {"y": 2, "x": 2}),
    ),
    "dilation": ([op("Conv", "x a", "t", pads=[1, 1, 1, 1])], ("dilation", {"y": 2})),
    "dilation of a pool": (
        [op("MaxPool", "x", "t", kernel_shape=[3, 3], pads=[1, 1, 1, 1])],
        ("dilation", {"y": 2}),
    ),
    "reflected": ([op("Conv", "x a", "t", pads=[1, 1, 1, 1])], ("padding", "reflect")),
    "repeated": ([op("Conv", "x a", "t", auto_pad="SAME_UPPER")], ("padding", "replicate")),
    "reflected by another operator": (
        [op("Pad", "x p", "q"), op("Conv", "q a", "t")],
        ("padding", "reflect"),
    ),
    "smoothed": ([op("Resize", "x - u", "t", mode="nearest")], ("interpolation", "linear")),
}


@pytest.mark.parametrize("opset", [11, 18])
@pytest.mark.parametrize("name", VARIED)
def test_other_dilations_borders_and_interpolations_are_written(name, opset, tmp_path):
    nodes, (kind, to) = VARIED[name]
    if kind == "interpolation" and opset < 13:
        pytest.skip("Resize of version 11 takes no input that is left out")
    constants = {
        "a": WEIGHTS["a"],
        "p": np.asarray([0, 0, 1, 1, 0, 0, 1, 1], np.int64),
        "u": np.float32([1, 1, 2, 2]),
    }
    path, x = saved(tmp_path, nodes, constants, outputs=["t"], opset=opset), picture()
    graph = iv.from_onnx(path, x)
    (node,) = graph.nodes
    new = node.op.varied(kind, to)
    other = graph.replaced({node.name: new})
    made = other.save(tmp_path / "other.onnx")
    np.testing.assert_allclose(alone(made, {"x": x.values[None]})[0], new(x), rtol=0, atol=1e-5)
    assert np.abs(new(x).to_numpy() - node.op(x).to_numpy()).max() > 1e-2


@pytest.mark.parametrize("mode", ["reflect", "replicate"])
def test_another_border_gives_what_numpy_and_the_convolution_without_padding_give(mode, tmp_path):
    x = picture()
    padded = iv.from_onnx(
        saved(tmp_path, [op("Conv", "x a", "y", pads=[1, 2, 1, 2], strides=[2, 1])], WEIGHTS), x
    )
    plain = saved(tmp_path, [op("Conv", "x a", "y", strides=[2, 1])], WEIGHTS)
    wide = x.pad(y=1, x=2, mode={"reflect": "reflect", "replicate": "edge"}[mode])
    np.testing.assert_allclose(
        padded.nodes[0].op.varied("padding", mode)(x),
        alone(plain, {"x": wide.values[None]})[0],
        atol=1e-5,
    )


def test_a_dilated_window_reads_what_the_window_read_on_the_coarser_grid(tmp_path):
    path = saved(tmp_path, [op("Conv", "x a", "y", pads=[1, 1, 1, 1])], WEIGHTS)
    x = picture(16)
    graph = iv.from_onnx(path, x)
    finer = x.isel(y=np.repeat(np.arange(16), 2), x=np.repeat(np.arange(16), 2))
    finer = iv.label(finer.values, "channel", iv.Axis("y", step=0.5), iv.Axis("x", step=0.5))
    wide = graph.nodes[0].op.varied("dilation", {"y": 2, "x": 2})
    np.testing.assert_allclose(wide(finer)[:, ::2, ::2], graph(x), atol=1e-5)


def test_of_a_graph_up_to_a_result_the_whole_model_is_written_and_the_rest_reads_it(tmp_path):
    path, x = classifier(tmp_path), picture()
    graph = iv.from_onnx(path, x, output="t")
    blur = iv.BlurPool(taps=5, stride={"y": 2, "x": 2}, boundary="reflect")
    dense = graph.op("r.node").unstrided(["y", "x"])
    other = graph.replaced({"r.node": (dense, blur)})
    made = other.save(tmp_path / "other.onnx")
    given = {"x": x.values[None]}
    features = alone(made, given, "t")
    np.testing.assert_allclose(features[0], other(x), rtol=0, atol=1e-5)
    head = saved(tmp_path, [op("Identity", "x", "t"), *HEAD], WEIGHTS, shape=("n", 6, "h", "w"))
    np.testing.assert_allclose(alone(made, given), alone(head, {"x": features}), atol=1e-5)


def test_sizes_stay_free_unless_what_is_added_needs_them(tmp_path):
    path, x = classifier(tmp_path), picture()
    graph = iv.from_onnx(path, x)
    dense = graph.op("r.node").unstrided(["y", "x"])
    by = {"y": 2, "x": 2}
    larger = {"x": drawn(1, 2, 30, 26)}
    blurred = graph.replaced({"r.node": (dense, iv.BlurPool(stride=by, boundary="zero"))})
    assert alone(blurred.save(tmp_path / "free.onnx"), larger).shape == (1, 3)
    ideal = graph.replaced({"r.node": (dense, OnRing(iv.SpectralPool(stride=by), by))})
    (own,) = onnx.load(ideal.save(tmp_path / "fixed.onnx")).graph.input
    assert [axis.dim_value for axis in own.type.tensor_type.shape.dim] == [0, 2, 17, 17]


def test_what_is_not_changed_is_written_as_it_was(tmp_path):
    path = classifier(tmp_path)
    graph = iv.from_onnx(path, picture())
    assert graph.model() == onnx.load(path)


def test_a_change_that_what_comes_after_it_cannot_read_is_refused(tmp_path):
    nodes = [
        op("Conv", "x a", "p", pads=[1, 1, 1, 1], strides=[2, 2]),
        op("Flatten", "p", "f"),
        op("MatMul", "f w", "y"),
    ]
    path = saved(tmp_path, nodes, {**WEIGHTS, "w": drawn(4 * 9 * 9, 3)})
    graph = iv.from_onnx(path, picture(), output="p")
    dense = graph.replaced({"p.node": graph.op("p.node").unstrided(["y", "x"])})
    with pytest.raises(ParameterError, match=r"p\.node.* cannot be written .* onnxruntime says"):
        dense.save(tmp_path / "other.onnx")
    assert not (tmp_path / "other.onnx").exists()


def test_what_has_no_form_in_a_file_is_refused_by_name(tmp_path):
    path, x = classifier(tmp_path), picture()
    graph = iv.from_onnx(path, x)
    pool = graph.op("r.node").unstrided(["y", "x"])
    by = {"y": 2, "x": 2}
    cases = {
        "MedianPool": (pool, iv.MedianPool(window=by, stride=by)),
        "'symmetric'": (pool, iv.BlurPool(stride=by, boundary="symmetric")),
        "nothing of it is left": (iv.MaxPool(window=by, stride=by),),
    }
    for said, parts in cases.items():
        with pytest.raises(ParameterError, match=rf"r\.node cannot be written.*{said}"):
            graph.replaced({"r.node": parts}).model()


def test_within_a_branch_and_where_other_results_are_read_it_is_refused(tmp_path):
    shape = helper.make_tensor_value_info("t", TensorProto.FLOAT, None)
    inner = helper.make_graph([op("Relu", "x", "t")], "then", [], [shape])
    other = helper.make_graph([op("Tanh", "x", "t")], "else", [], [shape])
    nodes = [op("If", "yes", "y", then_branch=inner, else_branch=other)]
    path = saved(tmp_path, nodes, {"yes": np.asarray(True)})
    graph = iv.from_onnx(path, picture())
    (node,) = graph.nodes
    ring = OnRing(iv.Filtered(node.op, ("x",)), {"x": 1})
    with pytest.raises(ParameterError, match="within a branch"):
        graph.replaced({node.name: ring}).model()


def test_a_wrong_number_in_what_is_written_is_found(tmp_path, monkeypatch):
    from invarsig.adapters import onnx_layers

    right = onnx_layers._resampling
    monkeypatch.setattr(onnx_layers, "_resampling", lambda *given: 1.001 * right(*given))
    graph = iv.from_onnx(classifier(tmp_path), picture())
    ring = OnRing(iv.Filtered(graph.op("q.node"), ("x",)), {"x": 1})
    with pytest.raises(ParameterError, match="differs from the graph by"):
        graph.replaced({"q.node": ring}).model()


def test_a_module_and_a_file_are_asked_for_where_there_is_one(changed, tmp_path):
    _, _, _, found = changed
    with pytest.raises(ParameterError, match=r"use remedy\.save\(path\)"):
        found[0].module()
    with pytest.raises(WriteError, match="not a folder"):
        found[0].save(tmp_path / "missing" / "net.onnx")
    x = iv.power_law_noise(iv.Axis("x", size=96, period=96.0), exponent=1.0, rng=1)
    own = iv.remedies(iv.MaxPool(window={"x": 4}), x, [iv.Translate(x=1)])[0]
    with pytest.raises(ParameterError, match=r"from iv\.from_onnx .* use remedy\.code"):
        own.save(tmp_path / "net.onnx")
