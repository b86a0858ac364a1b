"""A model in an ONNX file as a graph: equal to onnxruntime's, with dims and positions."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import (
    AxisError,
    DimError,
    DtypeError,
    InvarsigError,
    ParameterError,
    ReadError,
)

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
from onnx import TensorProto, helper  # noqa: E402

from tests.adapters.onnx_files import alone, op, saved  # noqa: E402
from tests.nightly import some  # noqa: E402

PLANE = ("channel", "y", "x")


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def whole(*numbers):
    return np.asarray(numbers, np.int64)


def picture(rng, height=12, width=16):
    y, x = (iv.Axis(dim, start=3.0, step=0.5, unit="px") for dim in ("y", "x"))
    return iv.label(rng.standard_normal((2, height, width)).astype(np.float32), "channel", y, x)


def sound(rng, size=40):
    return iv.label(rng.standard_normal((2, size)).astype(np.float32), "channel", "time")


W = {"w": drawn(4, 2, 3, 3), "b": drawn(4)}

# Windows along y and x, each confirmed by running it on a cut.
WINDOWS = {
    "conv": ([op("Conv", "x w b", "y")], W),
    "conv, strided": ([op("Conv", "x w", "y", strides=[2, 3], pads=[1, 1, 1, 1])], W),
    "conv, padded unevenly": ([op("Conv", "x w", "y", strides=[2, 2], pads=[0, 1, 2, 0])], W),
    "conv, dilated": ([op("Conv", "x w", "y", dilations=[2, 1])], W),
    "conv, depthwise": ([op("Conv", "x w", "y", group=2)], {"w": drawn(2, 1, 3, 3)}),
    "conv, same": ([op("Conv", "x w", "y", strides=[2, 2], auto_pad="SAME_UPPER")], W),
    "conv, same below": ([op("Conv", "x w", "y", auto_pad="SAME_LOWER")], {"w": drawn(4, 2, 2, 2)}),
    "transposed": ([op("ConvTranspose", "x w", "y", strides=[2, 2])], {"w": drawn(2, 3, 3, 3)}),
    "transposed, cropped": (
        [op("ConvTranspose", "x w", "y", strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])],
        {"w": drawn(2, 3, 3, 3)},
    ),
    "transposed, of a size": (
        [op("ConvTranspose", "x w", "y", strides=[2, 2], output_shape=[24, 32])],
        {"w": drawn(2, 3, 3, 3)},
    ),
    "transposed, same": (
        [op("ConvTranspose", "x w", "y", strides=[2, 2], auto_pad="SAME_UPPER")],
        {"w": drawn(2, 3, 3, 3)},
    ),
    "max pool": ([op("MaxPool", "x", "y", kernel_shape=[2, 2], strides=[2, 2])], {}),
    "max pool, ceiled": (
        [op("MaxPool", "x", "y", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)],
        {},
    ),
    "max pool, same": (
        [op("MaxPool", "x", "y", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")],
        {},
    ),
    "mean pool": (
        [op("AveragePool", "x", "y", kernel_shape=[3, 2], strides=[3, 2], pads=[1, 0, 1, 0])],
        {},
    ),
    "mean pool, zeros counted": (
        [op("AveragePool", "x", "y", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)],
        {},
    ),
    "norm pool": ([op("LpPool", "x", "y", kernel_shape=[2, 2], strides=[2, 2])], {}),
    "zeros around": ([op("Pad", "x p", "y")], {"p": whole(0, 0, 1, 2, 0, 0, 3, 0)}),
    "mirrored": ([op("Pad", "x p", "y", mode="reflect")], {"p": whole(0, 0, 1, 2, 0, 0, 3, 0)}),
    "cropped": ([op("Pad", "x p", "y")], {"p": whole(0, 0, -1, 0, 0, 0, -2, -3)}),
    "nearest": (
        [op("Resize", "x - s", "y", mode="nearest", coordinate_transformation_mode="asymmetric",
            nearest_mode="floor")],
        {"s": np.float32([1, 1, 2, 2])},
    ),
    "nearest, between": (
        [op("Resize", "x - s", "y", mode="nearest")],
        {"s": np.float32([1, 1, 3, 2])},
    ),
    "nearest, by size": (
        [op("Resize", "x - - s", "y", mode="nearest")],
        {"s": whole(1, 2, 24, 32)},
    ),
    "nearest, down": (
        [op("Resize", "x - s", "y", mode="nearest")],
        {"s": np.float32([1, 1, 0.5, 0.5])},
    ),
    "linear": ([op("Resize", "x - s", "y", mode="linear")], {"s": np.float32([1, 1, 2, 2])}),
    "linear, from the first": (
        [op("Resize", "x - s", "y", mode="linear", coordinate_transformation_mode="asymmetric")],
        {"s": np.float32([1, 1, 2, 2])},
    ),
    "cubic": ([op("Resize", "x - s", "y", mode="cubic")], {"s": np.float32([1, 1, 2, 2])}),
    "sliced": (
        [op("Slice", "x a e d s", "y")],
        {"a": whole(1, 2), "e": whole(2**31 - 1, -1), "d": whole(2, 3), "s": whole(2, 1)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WINDOWS)
def test_windows_stand_where_the_graph_says_and_reach_as_far(name, rng, tmp_path):
    nodes, constants = WINDOWS[name]
    path, x = saved(tmp_path, nodes, constants), picture(rng)
    graph = iv.from_onnx(path, x)
    y = graph(x)
    assert y.dims == PLANE
    np.testing.assert_array_equal(y, alone(path, {"x": x.values[None]})[0])
    plan = graph.plan(iv.Axes.of(x))
    assert all(np.isfinite(plan.reach_along(dim)).all() for dim in ("y", "x")), plan.reach
    # A ramp stays one: windows of weights that add up to 1 give the positions of their samples.
    if name.startswith(("nearest", "linear", "cubic", "cropped", "sliced")):
        ramp = x.copy(data=np.broadcast_to(x.x.values.astype(np.float32), x.shape))
        inner = graph(ramp).isel(x=slice(2, -2) if "down" in name else slice(4, -4), channel=0, y=0)
        # Cubic windows of ONNX bend a ramp by a little; a repeated sample stands beside its place.
        step = {"nearest": 0.25, "cubic": 0.03}.get(name.split(",")[0], 0.0)
        off = (inner - inner.x).to_numpy()
        assert abs(off).max() <= step + 1e-5
        assert abs(off.mean()) <= 0.05


STRIDED = [
    "conv, strided",
    "conv, same",
    "conv, padded unevenly",
    "max pool",
    "max pool, same",
    "mean pool",
]


@pytest.mark.parametrize("name", STRIDED)
def test_windows_without_their_stride_are_the_dense_ones(name, rng, tmp_path):
    nodes, constants = WINDOWS[name]
    x = picture(rng)
    (node,) = iv.from_onnx(saved(tmp_path, nodes, constants), x)
    y, dense = node.op(x), node.op.restrided({"y": 1, "x": 1})(x)
    by = {dim: round(iv.axis_of(y, dim).step / iv.axis_of(x, dim).step) for dim in ("y", "x")}
    every = dense.isel({dim: slice(None, None, n) for dim, n in by.items()})
    every = every.isel({dim: slice(y.sizes[dim]) for dim in by})
    np.testing.assert_allclose(every, y, rtol=0, atol=1e-5)
    np.testing.assert_allclose(every.x, y.x)


# Operators that keep the axes of a picture, or lose some, with the dims that come out.
KEPT = {
    kind: ([op(kind, "x", "y")], {}, PLANE)
    for kind in (
        "Relu", "Sigmoid", "HardSigmoid", "HardSwish", "LeakyRelu", "Elu", "Selu", "Celu", "Tanh",
        "Softplus", "Softsign", "Mish", "Exp", "Abs", "Neg", "Erf", "Sign", "Floor", "Ceil",
        "Round", "Sin", "Cos", "Atan", "ThresholdedRelu", "Identity", "Softmax", "LogSoftmax",
        "Shrink", "Reciprocal", "Sinh", "Asinh",
    )
}  # fmt: skip
TWICE = {
    kind: ([op("Neg", "x", "z"), op(kind, "x z", "y")], {}, PLANE)
    for kind in ("Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean")
}
STATISTICS = {
    kind: ([op(kind, "x", "y", axes=[2, 3], keepdims=0)], {}, ("channel",))
    for kind in ("ReduceL1", "ReduceL2", "ReduceLogSumExp", "ReduceSumSquare", "ReduceMax")
}
ROWS = {"a": whole(1, 0), "i": np.int64(1), "two": np.float32(2), "half": np.float32(0.5)}
OTHERS = {
    "positive": ([op("Abs", "x", "a"), op("Sqrt", "a", "s"), op("Log", "s", "y")], {}, PLANE),
    "power": ([op("Abs", "x", "m"), op("Pow", "m half", "y")], ROWS, PLANE),
    "clip": ([op("Clip", "x - half", "y")], ROWS, PLANE),
    "prelu": ([op("PRelu", "x s", "y")], {"s": drawn(2, 1, 1)}, PLANE),
    "a constant for each row": ([op("Add", "x c", "y")], {"c": drawn(12, 1)}, PLANE),
    "batch norm": (
        [op("BatchNormalization", "x s b m v", "y")],
        {"s": drawn(2), "b": drawn(2), "m": drawn(2), "v": np.float32([1, 2])},
        PLANE,
    ),
    "instance norm": (
        [op("InstanceNormalization", "x s b", "y")], {"s": drawn(2), "b": drawn(2)}, PLANE,
    ),
    "layer norm": (
        [op("Transpose", "x", "t", perm=[0, 2, 3, 1]), op("LayerNormalization", "t s b", "y")],
        {"s": drawn(2), "b": drawn(2)},
        ("y", "x", "channel"),
    ),
    "global mean": (
        [op("GlobalAveragePool", "x", "g"), op("Flatten", "g", "y")], {}, ("channel",),
    ),
    "global max": ([op("GlobalMaxPool", "x", "y")], {}, ("channel",)),
    "gate": (
        [op("GlobalAveragePool", "x", "g"), op("Sigmoid", "g", "s"), op("Mul", "x s", "y")],
        {},
        PLANE,
    ),
    "joined": ([op("Neg", "x", "z"), op("Concat", "x z", "y", axis=1)], {}, PLANE),
    "split": (
        [op("Split", "x", "p q", axis=1, num_outputs=2), op("Mul", "p q", "y")], {}, ("y", "x"),
    ),
    "one channel": ([op("Gather", "x i", "y", axis=1)], ROWS, ("y", "x")),
    "channels the other way": ([op("Gather", "x a", "y", axis=1)], ROWS, PLANE),
    "every second row": ([op("Gather", "x e", "y", axis=2)], {"e": whole(0, 2, 4, 6)}, PLANE),
    "merged and apart": (
        [
            op("Shape", "x", "s"),
            op("Reshape", "x t", "r"),
            op("Transpose", "r", "u", perm=[0, 2, 1]),
            op("Softmax", "u", "v", axis=2),
            op("Transpose", "v", "z", perm=[0, 2, 1]),
            op("Reshape", "z s", "y"),
        ],
        {"t": whole(0, 2, -1)},
        PLANE,
    ),
    "in and out": (
        [
            op("Unsqueeze", "x k", "u"),
            op("Squeeze", "u k", "v"),
            op("Expand", "v e", "w"),
            op("Cast", "w", "y", to=TensorProto.FLOAT),
        ],
        {"k": whole(4), "e": whole(1, 2, 12, 16)},
        PLANE,
    ),
    "where": (
        [op("Greater", "x half", "g"), op("Where", "g x two", "y")], ROWS, PLANE,
    ),
    "shapes folded": (
        [
            op("Shape", "x", "s"),
            op("Gather", "s i", "c"),
            op("Unsqueeze", "c zero", "d"),
            op("Concat", "minus d", "t", axis=0),
            op("GlobalAveragePool", "x", "g"),
            op("Reshape", "g t", "r"),
            op("MatMul", "r m", "y"),
        ],
        {**ROWS, "zero": whole(0), "minus": whole(-1), "m": drawn(2, 5)},
        ("channel",),
    ),
    "fully connected": (
        [op("Flatten", "x", "f"), op("Gemm", "f m b", "y", transB=1)],
        {"m": drawn(3, 2 * 12 * 16), "b": drawn(3)},
        ("channel",),
    ),
    "mean along x": ([op("ReduceMean", "x k", "y")], {"k": whole(3)}, ("channel", "y")),
    "largest of channels": (
        [op("ArgMax", "x", "m", axis=1), op("Cast", "m", "y", to=1)],
        {},
        ("y", "x"),
    ),
    "shuffled": (
        [op("Concat", "x x", "z", axis=1), op("DepthToSpace", "z", "y", blocksize=2, mode="CRD")],
        {},
        ("y", "x"),
    ),
    "quantized and back": (
        [op("QuantizeLinear", "x s z", "q"), op("DequantizeLinear", "q s z", "y")],
        {"s": np.float32(0.05), "z": np.uint8(128)},
        PLANE,
    ),
    "dropped out": ([op("Dropout", "x", "y")], {}, PLANE),
    "mixed by Einstein": (
        [op("Einsum", "x m", "y", equation="nchw,cd->ndhw")],
        {"m": drawn(2, 3)},
        None,
    ),
    "the largest two": ([op("TopK", "x k", "y i", axis=3)], {"k": whole(2)}, None),
}  # fmt: skip
KINDS = {**KEPT, **TWICE, **STATISTICS, **OTHERS}
ALIKE = [*some(KEPT, 5), *some(TWICE, 2), *some(STATISTICS, 3)]


@pytest.mark.parametrize("name", [*ALIKE, *OTHERS])
def test_the_graph_gives_what_onnxruntime_gives(name, rng, tmp_path):
    nodes, constants, dims = KINDS[name]
    opset = 17 if name in STATISTICS else 18
    path, x = saved(tmp_path, nodes, constants, opset=opset), picture(rng)
    graph = iv.from_onnx(path, x)
    for given in (x, x.copy(data=rng.standard_normal(x.shape))):
        y, z = graph(given), alone(path, {"x": given.values.astype(np.float32)[None]})
        assert dims is None or {d for d in y.dims if y.sizes[d] > 1} <= set(dims) <= set(y.dims)
        y = y if dims is None else y.transpose(*dims, ...)
        np.testing.assert_array_equal(y.to_numpy().ravel(), z.ravel())


def test_a_softmax_of_old_takes_all_later_axes_together(rng, tmp_path):
    x = picture(rng)
    path = saved(tmp_path, [op("Softmax", "x", "y")], opset=11)
    y = iv.from_onnx(path, x)(x)
    np.testing.assert_array_equal(y, alone(path, {"x": x.values[None]})[0])
    assert float(y.sum()) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("ways", [1, 2])
def test_recurrent_layers_are_global_along_time(kind, ways, rng, tmp_path):
    gates = {"LSTM": 4, "GRU": 3, "RNN": 1}[kind]
    constants = {"w": drawn(ways, gates * 3, 2), "r": drawn(ways, gates * 3, 3)}
    nodes = [
        op("Transpose", "x", "t", perm=[2, 0, 1]),
        op(
            kind, "t w r", "y", hidden_size=3, direction="bidirectional" if ways == 2 else "forward"
        ),
    ]
    path, x = saved(tmp_path, nodes, constants, shape=("n", 2, "t")), sound(rng)
    graph = iv.from_onnx(path, x, ("channel", "time"))
    y = graph(x)
    np.testing.assert_array_equal(y.to_numpy().ravel(), alone(path, {"x": x.values[None]}).ravel())
    assert y.dims[0] == "time"
    assert graph.plan(iv.Axes.of(x)).reach_along("time") == (np.inf, np.inf)


def branch(kind):
    nodes = [op(kind, "x", "inner")]
    return helper.make_graph(nodes, kind, [], [helper.make_empty_tensor_value_info("inner")])


def choice(of_data):
    """A model that takes one of two branches: by its size, or by its values."""
    size = [
        op("Shape", "x", "s"),
        op("Gather", "s three", "c"),
        op("Greater", "c ten", "b"),
    ]
    values = [op("ReduceSum", "x", "s", keepdims=0), op("Greater", "s none", "b")]
    chosen = op("If", "b", "y", then_branch=branch("Relu"), else_branch=branch("Neg"))
    constants = {"three": np.int64(3), "ten": np.int64(10), "none": np.float32(0)}
    return [*(values if of_data else size), chosen], constants


def test_the_branch_that_a_size_chooses_is_taken(rng, tmp_path):
    path = saved(tmp_path, *choice(of_data=False))
    for width, taken in ((16, "Relu"), (8, "Neg")):
        x = picture(rng, width=width)
        (node,) = iv.from_onnx(path, x)
        assert str(node.op) == taken
        np.testing.assert_array_equal(node.op(x), alone(path, {"x": x.values[None]})[0])


def test_a_branch_that_data_choose_is_one_node_and_a_warning_names_it(rng, tmp_path):
    path, x = saved(tmp_path, *choice(of_data=True)), picture(rng)
    with pytest.warns(UserWarning, match=r"y\.node \(If\) runs a graph of its own"):
        graph = iv.from_onnx(path, x)
    assert str(list(graph)[-1].op) == "If"
    for given in (abs(x), -abs(x)):
        np.testing.assert_array_equal(graph(given), alone(path, {"x": given.values[None]})[0])


def test_a_loop_is_one_node_and_sees_what_is_around_it(rng, tmp_path):
    body = helper.make_graph(
        [op("Add", "state x", "next"), op("Identity", "go", "on")],
        "body",
        [
            helper.make_tensor_value_info("k", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("state", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.FLOAT, None),
        ],
    )
    nodes = [op("Neg", "x", "z"), op("Loop", "m - z", "y", body=body)]
    path, x = saved(tmp_path, nodes, {"m": np.int64(3)}), picture(rng)
    with pytest.warns(UserWarning, match="Loop"):
        graph = iv.from_onnx(path, x)
    np.testing.assert_array_equal(graph(x), alone(path, {"x": x.values[None]})[0])


def test_a_scan_is_one_node(rng, tmp_path):
    kinds = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in ("state", "row")]
    given = [helper.make_empty_tensor_value_info(n) for n in ("next", "out")]
    steps = [op("Add", "state row", "next"), op("Identity", "next", "out")]
    body = helper.make_graph(steps, "body", kinds, given)
    nodes = [
        op("Transpose", "x", "t", perm=[3, 0, 1, 2]),
        op("Scan", "i t", "last y", body=body, num_scan_inputs=1),
    ]
    path, x = saved(tmp_path, nodes, {"i": drawn(1, 2, 12)}), picture(rng)
    z = alone(path, {"x": x.values[None]}, "y")
    with pytest.warns(UserWarning, match="Scan"):
        (node,) = iv.from_onnx(path, x)
    y = node.op(x)
    np.testing.assert_array_equal(y.to_numpy().ravel(), z.ravel())
    assert "y" in y.dims


def net(tmp_path, shape=("n", 2, "h", "w")):
    """Down, a skip, up again, and a last layer."""
    nodes = [
        op("Conv", "x w", "c", strides=[2, 2], pads=[1, 1, 1, 1]),
        op("Relu", "c", "r"),
        op("Conv", "r v", "d", pads=[1, 1, 1, 1]),
        op("Add", "d r", "s"),
        op("Resize", "s - z", "u", mode="nearest"),
        op("Conv", "u o", "logit"),
        op("Sigmoid", "logit", "y"),
    ]
    constants = {
        "w": drawn(4, 2, 3, 3), "v": drawn(4, 4, 3, 3) / 4, "o": drawn(1, 4, 1, 1),
        "z": np.float32([1, 1, 2, 2]),
    }  # fmt: skip
    return saved(tmp_path, nodes, constants, shape=shape, outputs=("y", "u"))


@pytest.mark.parametrize("items", ["n", 1])
def test_items_of_a_batch_are_run_one_by_one_where_the_file_has_one(items, rng, tmp_path):
    path = net(tmp_path, (items, 2, "h", "w"))
    x = iv.label(rng.standard_normal((3, 2, 12, 16)), "picture", *PLANE)
    graph = iv.from_onnx(path, x)
    y = graph(x)
    assert y.dims == ("picture", *PLANE)
    for k in range(3):
        z = alone(path, {"x": x.values[k : k + 1].astype(np.float32)})
        np.testing.assert_array_equal(y[k], z[0])


def test_a_model_without_a_batch_names_all_its_axes(rng, tmp_path):
    path = saved(
        tmp_path,
        [op("Abs", "x", "a"), op("ReduceMean", "a k", "y")],
        {"k": whole(0)},
        shape=(2, "t"),
    )
    x = sound(rng)
    y = iv.from_onnx(path, x, ("channel", "time"))(x)
    np.testing.assert_array_equal(y.values.ravel(), alone(path, {"x": x.values}).ravel())
    assert y.sizes["time"] == 40


def test_any_result_may_be_named_and_nodes_have_the_files_names(rng, tmp_path):
    path, x = net(tmp_path), picture(rng)
    inner = iv.from_onnx(path, x, output="logit")
    np.testing.assert_array_equal(inner(x), alone(path, {"x": x.values[None]}, "logit")[0])
    assert [node.name for node in inner] == [
        f"{n}.node" for n in ("c", "r", "d", "s", "u", "logit")
    ]
    other = iv.from_onnx(path, x, output="u")
    np.testing.assert_array_equal(other(x), alone(path, {"x": x.values[None]}, "u")[0])


def blocks(tmp_path):
    """Two blocks, named as torch names them, and operators without a name."""
    nodes = [
        ("Conv", ["x", "w"], "/block1/conv/Conv_output_0", "/block1/conv/Conv"),
        ("Relu", ["/block1/conv/Conv_output_0"], "one", "/block1/relu/Relu"),
        ("Relu", ["one"], "two", ""),
        ("Neg", ["two"], "three", "/block2/Neg"),
        ("Tanh", ["three"], "four", ""),
        ("Relu", ["four"], "y", ""),
    ]
    made = [helper.make_node(kind, reads, [gives], name) for kind, reads, gives, name in nodes]
    return saved(tmp_path, made, {"w": W["w"]})


@pytest.mark.parametrize(
    ("output", "result"),
    [
        ("/block1/conv/Conv_output_0", "/block1/conv/Conv_output_0"),
        ("/block1/conv/Conv", "/block1/conv/Conv_output_0"),
        ("block1.conv.Conv", "/block1/conv/Conv_output_0"),
        ("block1.conv", "/block1/conv/Conv_output_0"),
        ("block1", "one"),
        ("block2", "three"),
        ("Tanh", "four"),
        ("Relu", "two"),
        ("Relu_2", "y"),
    ],
)
def test_the_result_of_a_node_or_a_block_is_given(output, result, rng, tmp_path):
    path, x = blocks(tmp_path), picture(rng)
    part = iv.from_onnx(path, x, output=output)
    np.testing.assert_array_equal(part(x), alone(path, {"x": x.values[None]}, result)[0])


def test_each_node_that_the_graph_prints_may_be_named(rng, tmp_path):
    path, x = blocks(tmp_path), picture(rng)
    names = [node.name for node in iv.from_onnx(path, x)]
    for place, name in enumerate(names):
        part = iv.from_onnx(path, x, output=name)
        assert [node.name for node in part][-1].split("_")[0] == name.split("_")[0]
        assert len(part) == place + 1


def test_an_unknown_name_gets_those_that_may_be_meant(rng, tmp_path):
    path, x = blocks(tmp_path), picture(rng)
    refused(ParameterError, "did you mean block1", path, x, output="block_1")
    refused(ParameterError, "did you mean block1.relu.Relu", path, x, output="block1.relu.Reul")
    refused(ParameterError, r"It gives 'y'\. \[node.name for node in iv", path, x, output="zzz")
    refused(
        ParameterError,
        r"no such node; did you mean Relu.*lists all nodes",
        path,
        x,
        output="Relu_9",
    )
    refused(ParameterError, "it has net", path, x, output="block1", opaque=True)
    refused(ParameterError, "is the name of a result, not int", path, x, output=3)


def test_what_is_behind_a_named_node_need_not_be_followed(rng, tmp_path):
    nodes = [op("Relu", "x", "r"), op("NonZero", "r", "i"), op("Cast", "i", "y", to=1)]
    path, x = saved(tmp_path, nodes), picture(rng)
    assert [node.name for node in iv.from_onnx(path, x, output="r.node")] == ["r.node"]


WORK = {
    "conv": ([op("Conv", "x w b", "y")], W, 4 * 10 * 14 * 18),
    "conv, grouped": ([op("Conv", "x w", "y", group=2)], {"w": drawn(4, 1, 3, 3)}, 4 * 10 * 14 * 9),
    "transposed": (
        [op("ConvTranspose", "x w", "y", strides=[2, 2])],
        {"w": drawn(2, 3, 2, 2)},
        2 * 12 * 16 * 3 * 4,
    ),
    "product": ([op("MatMul", "x w", "y")], {"w": drawn(16, 5)}, 2 * 12 * 5 * 16),
    "product from the left": ([op("MatMul", "w x", "y")], {"w": drawn(7, 12)}, 2 * 7 * 16 * 12),
    **{
        f"fully connected, {how}": (
            [op("Flatten", "x", "f"), op("Gemm", "f w b", "y", transB=how == "turned")],
            {"w": drawn(*shape), "b": drawn(5)},
            2 * 12 * 16 * 5,
        )
        for how, shape in {"turned": (5, 384), "as it is": (384, 5)}.items()
    },
}


@pytest.mark.parametrize("name", WORK)
def test_products_count(name, rng, tmp_path):
    nodes, constants, expected = WORK[name]
    x = picture(rng)
    graph = iv.from_onnx(saved(tmp_path, nodes, constants), x)
    assert graph.plan(iv.Axes.of(x)).work(iv.Axes.of(x)) == pytest.approx(expected)


def test_a_size_that_is_computed_from_sizes_is_one_that_is_known(rng, tmp_path):
    """So torch writes an interpolation to the size of another result."""
    nodes = [
        *(op("Shape", "x", "s", end=2), op("Concat", "s n", "t", axis=0)),
        op("Resize", "x - - t", "y", mode="linear"),
    ]
    path, x = saved(tmp_path, nodes, {"n": whole(24, 32)}, opset=17), picture(rng)
    graph = iv.from_onnx(path, x)
    assert graph.plan(iv.Axes.of(x)).stride_along("x") == 0.5
    np.testing.assert_array_equal(graph(x), alone(path, {"x": x.values[None]})[0])


def test_other_inputs_are_given_by_name(rng, tmp_path):
    rate = helper.make_tensor_value_info("rate", TensorProto.INT64, [])
    nodes = [op("Cast", "rate", "r", to=1), op("Mul", "x r", "y")]
    path, x = saved(tmp_path, nodes, inputs=[rate]), picture(rng)
    y = iv.from_onnx(path, x, given={"rate": 3})(x)
    np.testing.assert_array_equal(y, 3 * x)
    with pytest.raises(ParameterError, match="'x', 'rate', of which 2 have no value"):
        iv.from_onnx(path, x)
    with pytest.raises(ParameterError, match="no input 'state'"):
        iv.from_onnx(path, x, given={"state": 3})


def test_an_opaque_model_is_one_node(rng, tmp_path):
    path, x = net(tmp_path), picture(rng)
    graph = iv.from_onnx(path, x, opaque=True)
    assert [node.name for node in graph] == ["net"]
    np.testing.assert_array_equal(graph(x), alone(path, {"x": x.values[None]})[0, 0])


def test_the_causes_of_a_models_error_add_up_to_that_of_onnxruntime_alone(rng, tmp_path):
    path, x = net(tmp_path), picture(rng, 16, 24)
    graph = iv.from_onnx(path, x, output="logit")
    found = iv.causes(graph, x, iv.Translate(x=1.0), norm="total")
    assert float(found.share.sum()) == pytest.approx(1.0, abs=1e-4)
    here, there = (
        alone(path, {"x": each[None]}, "logit")[0]
        for each in (x.values, np.roll(x.values, 2, -1))  # 1 px is two samples
    )
    error = np.linalg.norm(there - np.roll(here, 2, -1)) / np.linalg.norm(here)
    assert float(found.total) == pytest.approx(error, rel=1e-4)


def largest(found, cause):
    return str(found.operator.to_numpy()[found.share.sel(cause=cause).to_numpy().argmax()])


def test_a_stride_folds_padding_is_border_and_nearest_images(rng, tmp_path):
    x = picture(rng, 16, 32)
    half = iv.Translate(x=0.5)  # one sample
    strided = [op("Conv", "x w", "c"), op("MaxPool", "c", "y", kernel_shape=[2, 2], strides=[2, 2])]
    found = iv.causes(iv.from_onnx(saved(tmp_path, strided, W), x), x, half)
    assert found.attrs["main_cause"] == "folding"
    assert largest(found, "folding").startswith("y.node")
    padded = [op("Conv", "x w", "y", pads=[1, 1, 1, 1])]
    found = iv.causes(iv.from_onnx(saved(tmp_path, padded, W), x), x, half)
    assert float(found.share_of_cause.sel(cause="border")) == pytest.approx(1.0, abs=1e-4)
    raised = [
        op("AveragePool", "x", "p", kernel_shape=[1, 2], strides=[1, 2]),
        op("Resize", "p - s", "y", mode="nearest"),
    ]
    path = saved(tmp_path, raised, {"s": np.float32([1, 1, 1, 2])})
    low = x.copy(data=x.values * 0 + np.cos(2 * np.pi * np.arange(32, dtype=np.float32) / 16))
    found = iv.causes(iv.from_onnx(path, low), low, half)
    assert found.attrs["main_cause"] == "imaging"


def test_a_rule_that_is_wrong_is_noticed(rng, tmp_path, monkeypatch):
    from invarsig.adapters.onnx_rules import RULES

    monkeypatch.setitem(RULES, "Gather", RULES["Dropout"])  # which keeps all samples
    path = saved(tmp_path, [op("Gather", "x a", "y", axis=1)], ROWS)
    x = picture(rng)
    np.testing.assert_array_equal(iv.from_onnx(path, x)(x), alone(path, {"x": x.values[None]})[0])


def test_functions_of_the_file_itself_are_followed(rng, tmp_path):
    imports = [helper.make_opsetid("", 18)]
    twice = helper.make_function("own", "Twice", ["a"], ["b"], [op("Add", "a a", "b")], imports)
    path = saved(
        tmp_path, [op("Twice", "x", "y", domain="own")], domains=["own"], functions=[twice]
    )
    x = picture(rng)
    np.testing.assert_array_equal(iv.from_onnx(path, x)(x), 2 * x)


def refused(error, match, path, x, **options):
    with pytest.raises(error, match=match) as raised:
        iv.from_onnx(path, x, **options)
    assert isinstance(raised.value, InvarsigError)


def test_what_is_no_model_is_refused(rng, tmp_path):
    x = picture(rng)
    refused(ReadError, "is not a file", tmp_path / "none.onnx", x)
    text = tmp_path / "text.onnx"
    text.write_text("not a model")
    refused(ReadError, "is not an ONNX model", text, x)
    text.write_bytes(b"")
    refused(ReadError, "is not an ONNX model", text, x)
    path = net(tmp_path)
    path.write_bytes(path.read_bytes()[:-40])
    refused(ReadError, "is not an ONNX model", path, x)


@pytest.mark.parametrize("place", ["weights.bin", "../weights.bin"])
def test_data_beside_the_file_has_to_be_there_and_in_its_folder(place, rng, tmp_path):
    path, x = saved(tmp_path, [op("Conv", "x w", "y")], W), picture(rng)
    model = onnx.load(path)
    (tmp_path / "weights.bin").write_bytes(model.graph.initializer[0].raw_data)
    onnx.external_data_helper.set_external_data(model.graph.initializer[0], place)
    model.graph.initializer[0].ClearField("raw_data")
    path.write_bytes(model.SerializeToString())
    if place.startswith(".."):
        (tmp_path.parent / "weights.bin").write_bytes((tmp_path / "weights.bin").read_bytes())
        return refused(ReadError, "outside its own folder", path, x)
    z = alone(saved(tmp_path / "..", [op("Conv", "x w", "y")], W), {"x": x.values[None]})
    np.testing.assert_array_equal(iv.from_onnx(path, x)(x), z[0])
    (tmp_path / "weights.bin").unlink()
    return refused(ReadError, "'weights.bin', which is missing", path, x)


def test_operators_that_onnxruntime_does_not_know_are_refused_by_name(rng, tmp_path):
    x = picture(rng)
    strange = saved(tmp_path, [op("Rotate", "x", "y", domain="my.ops")], domains=["my.ops"])
    refused(ParameterError, r"Rotate \(node 'y.node'\) of the domain 'my.ops'", strange, x)
    refused(ParameterError, "Flurb", saved(tmp_path, [op("Flurb", "x", "y")]), x)
    hidden = branch("Relu")
    hidden.node[0].domain = "my.ops"
    nodes, constants = choice(of_data=False)
    nodes[-1].attribute[0].g.CopyFrom(hidden)
    refused(ParameterError, "'my.ops'", saved(tmp_path, nodes, constants), x)


def test_quantized_models_and_unknown_versions_are_refused(rng, tmp_path):
    x = picture(rng)
    nodes = [
        op("DynamicQuantizeLinear", "x", "q s z"),
        op("ConvInteger", "q w", "i"),
        op("Cast", "i", "y", to=1),
    ]
    quantized = saved(tmp_path, nodes, {"w": np.ones((2, 2, 3, 3), np.uint8)})
    refused(ParameterError, "is quantized: DynamicQuantizeLinear", quantized, x)
    refused(ParameterError, "version 999", saved(tmp_path, [op("Relu", "x", "y")], opset=999), x)


def test_inputs_that_do_not_fit_are_refused(rng, tmp_path):
    path, x = net(tmp_path), picture(rng)
    refused(DimError, "has 4 axes, and dims= names 2", path, x, dims=("y", "x"))
    refused(DimError, "time", path, x, dims=("channel", "y", "time"))
    refused(ParameterError, "each named once", path, x, dims=("channel", "x", "x"))
    refused(AxisError, "takes 2 samples along 'channel', and there are 1", path, x[:1])
    refused(DtypeError, "int64", path, x.astype(int))
    refused(DtypeError, "complex", path, x.astype(complex))
    refused(ParameterError, "no result, node or block 'z9'; it has c.node, ", path, x, output="z9")
    refused(AxisError, "no samples along 'item'", path, x.expand_dims(item=0))
    refused(AxisError, "no samples along 'x'", path, x[..., :0])
    refused(ParameterError, "int is not a path", 3, x)
    refused(ParameterError, r"not finite.* x\.fillna\(0\)", path, x * np.nan)
    lost = saved(tmp_path, [op("Sub", "x x", "z"), op("Div", "z z", "y")])
    refused(ParameterError, "gives no finite value on this input", lost, x)
    tokens = saved(tmp_path, [op("Cast", "x", "y", to=1)], kind=TensorProto.INT64)
    refused(DtypeError, "holds int64", tokens, x)
    four = saved(tmp_path, [op("Relu", "x", "y")], shape=(4, 2, "h", "w"))
    refused(ParameterError, "takes 4 items at once", four, x)
    fixed = saved(tmp_path, [op("Reshape", "x s", "y")], {"s": whole(1, 5)})
    refused(ParameterError, r"does not run on an input of shape.*\. Give an input whose", fixed, x)


def test_results_whose_size_data_decide_are_refused_by_name(rng, tmp_path):
    nodes = [op("Relu", "x", "r"), op("NonZero", "r", "k"), op("Cast", "k", "y", to=1)]
    path, x = saved(tmp_path, nodes), picture(rng)
    refused(ParameterError, r"k\.node \(NonZero\) gives as many values", path, x)
    assert len(iv.from_onnx(path, x, output="r")) == 1


def test_a_model_of_chance_is_refused(rng, tmp_path):
    nodes = [op("RandomNormalLike", "x", "z"), op("Add", "x z", "y")]
    refused(ParameterError, "is not deterministic", saved(tmp_path, nodes), picture(rng))


def test_a_result_without_the_input_is_refused(rng, tmp_path):
    path = saved(tmp_path, [op("Relu", "c", "y")], {"c": drawn(1, 2)})
    refused(ParameterError, "does not depend on the input", path, picture(rng))


def test_without_onnx_the_extra_is_named(rng, tmp_path, monkeypatch):
    import sys

    path = net(tmp_path)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(iv.errors.MissingError, match=r"invarsig\[onnx\]"):
        iv.from_onnx(path, picture(rng))
