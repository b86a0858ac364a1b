"""Models in ONNX files that others have trained, from packages of PyPI; nothing is downloaded."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import invarsig as iv
from tests.conftest import DATA

pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from tests.adapters.onnx_files import alone

pytestmark = pytest.mark.nightly

LOGIT = "p2o.pd_op.add.97.0"  # what the detector gives before its sigmoid


def packaged(package, file):
    """A file of a package, without importing the package."""
    found = importlib.util.find_spec(package)
    path = found and Path(found.submodule_search_locations[0]) / file
    if not path or not path.is_file():
        pytest.skip(f"{package} is not installed, or has no {file}")
    return path


@pytest.fixture
def detector():
    return packaged("rapidocr", "models/PP-OCRv6_det_small.onnx")


@pytest.fixture
def classifier():
    return packaged("rapidocr", "models/ch_ppocr_mobile_v2.0_cls_mobile.onnx")


@pytest.fixture
def pitch():
    return packaged("basic_pitch", "saved_models/icassp_2022/nmp.onnx")


@pytest.fixture
def voice():
    return packaged("silero_vad", "data/silero_vad.onnx")


def page(height, width):
    """Three lines of text, rendered by Pillow."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=height // 6)
    for k, line in enumerate(("Features ought", "to move with", "what they see.")):
        draw.text((width // 20, (0.5 + 1.7 * k) * height // 6), line, fill=20, font=font)
    return np.asarray(image, np.float32) / 255


def picture(name, height, width):
    """A photograph or a page of text, as the models of rapidocr take it."""
    from skimage.transform import resize

    if name == "text":
        gray = page(height, width)
    else:
        gray = iv.read_image(DATA / "images" / f"{name}.png").to_numpy()
        gray = resize(gray, (height, width), anti_aliasing=True)
    planes = np.repeat((2 * gray[None] - 1).astype(np.float32), 3, axis=0)
    return iv.label(planes, "channel", iv.Axis("y", unit="px"), iv.Axis("x", unit="px"))


def recording(path, rate, size):
    found = iv.read_audio(DATA / path, mono=True, rate=rate)
    start = found.sizes["time"] // 3
    part = found.isel(time=slice(start, start + size)).astype("float32")
    return iv.label(part.to_numpy(), iv.Axis("time", step=1 / rate, unit="s"))


def ring(x, *dims):
    """The same with periodic axes."""
    axes = {dim: iv.axis_of(x, dim) for dim in dims}
    rest = [dim for dim in x.dims if dim not in dims]
    named = [
        iv.Axis(dim, step=axes[dim].step, unit=axes[dim].unit, period=axes[dim].step * x.sizes[dim])
        if dim in dims
        else dim
        for dim in (*rest, *dims)
    ]
    return iv.label(x.transpose(*rest, *dims).to_numpy(), *named)


PICTURES = ("chelsea", "coffee", "text")
RECORDINGS = ("speech", "music", "environment")


def recordings(kind):
    return min((DATA / kind).glob("*")).relative_to(DATA)


@pytest.mark.parametrize("name", PICTURES)
def test_the_text_detector_is_followed_node_by_node(detector, name):
    x = picture(name, 160, 192)
    for output, nodes in ((LOGIT, 300), (None, 300)):
        graph = iv.from_onnx(detector, x, output=output)
        assert len(graph) > nodes
        z = alone(detector, {"x": x.values[None]}, output)
        np.testing.assert_array_equal(graph(x).to_numpy().reshape(z.shape), z)


@pytest.mark.parametrize("name", PICTURES)
def test_the_direction_classifier_is_followed_node_by_node(classifier, name):
    x = picture(name, 48, 192)
    graph = iv.from_onnx(classifier, x)
    assert len(graph) > 200
    z = alone(classifier, {"x": x.values[None]})
    np.testing.assert_array_equal(graph(x), z[0])


@pytest.mark.parametrize("kind", RECORDINGS)
def test_basic_pitch_is_followed_from_its_constant_q_transform_on(pitch, kind):
    x = recording(recordings(kind), 22050, 43844).expand_dims("channel", axis=1)
    for output in ("StatefulPartitionedCall:2", "StatefulPartitionedCall:0"):
        graph = iv.from_onnx(pitch, x, ("time", "channel"), output=output)
        z = alone(pitch, {"serving_default_input_2:0": x.values[None]}, output)
        y = graph(x)
        assert y.sizes["time"] == z.shape[1]
        assert abs(iv.axis_of(y, "time").step) == pytest.approx(256 / 22050)
        np.testing.assert_array_equal(y.transpose("time", "channel", ...).values.ravel(), z.ravel())


def voiced(x):
    return {
        "state": np.zeros((2, 1, 128), np.float32),
        "sr": np.asarray(16000),
        "input": x.values[None],
    }


@pytest.mark.parametrize("kind", RECORDINGS)
def test_silero_vad_is_followed_through_its_branches(voice, kind):
    x = recording(recordings(kind), 16000, 512)
    given = voiced(x)
    state = {name: given[name] for name in ("state", "sr")}
    graph = iv.from_onnx(voice, x, "time", given=state)
    assert "LSTM" in {str(node.op) for node in graph}
    assert float(graph(x)) == alone(voice, given)[0, 0]


def moved(path, x, name, samples, output=None, **inputs):
    """What onnxruntime alone gives for the input, and for the input rolled along its last dim."""
    axis = x.dims.index("x" if "x" in x.dims else "time")
    values = (x.values, np.roll(x.values, samples, axis))
    return [alone(path, {**inputs, name: each[None]}, output) for each in values]


@pytest.mark.parametrize("around", [False, True])
@pytest.mark.parametrize("name", ["text", "coffee"])
def test_the_causes_of_the_detectors_error_add_up_to_that_of_onnxruntime(detector, name, around):
    x = picture(name, 96, 128)
    graph = iv.from_onnx(detector, x, output=LOGIT)
    given = ring(x, "y", "x") if around else x
    found = iv.causes(graph, given, iv.Translate(x=8.0), norm="centered")
    assert float(found.share.sum()) == pytest.approx(1.0, abs=1e-4)
    here, there = moved(detector, x, "x", 8, LOGIT)
    off = np.linalg.norm(there - np.roll(here, 8, -1)) / np.linalg.norm(here - here.mean())
    assert float(found.total) == pytest.approx(off, rel=1e-4)


@pytest.mark.parametrize("around", [False, True])
def test_the_causes_of_the_classifiers_error_add_up(classifier, around):
    x = picture("text", 48, 192)
    graph = iv.from_onnx(classifier, x, output="linear_1.tmp_1")  # before its softmax
    given = ring(x, "y", "x") if around else x
    found = iv.causes(graph, given, iv.Translate(x=3.0), norm="total")
    assert float(found.share.sum()) == pytest.approx(1.0, abs=1e-4)
    here, there = moved(classifier, x, "x", 3, "linear_1.tmp_1")
    off = np.linalg.norm(there - here) / np.linalg.norm(here)
    assert float(found.total) == pytest.approx(off, rel=1e-3)


@pytest.mark.parametrize("around", [False, True])
def test_the_causes_of_basic_pitchs_error_add_up(pitch, around):
    x = recording(recordings("music"), 22050, 43844).expand_dims("channel", axis=1)
    output = "StatefulPartitionedCall:0"
    graph = iv.from_onnx(pitch, x, ("time", "channel"), output=output)
    given = ring(x, "time") if around else x
    found = iv.causes(graph, given, iv.Translate(time=256 / 22050), norm="total")
    assert float(found.share.sum()) == pytest.approx(1.0, abs=1e-4)
    here, there = moved(pitch, x, "serving_default_input_2:0", 256, output)
    off = np.linalg.norm(there - np.roll(here, 1, 1)) / np.linalg.norm(here)
    assert float(found.total) == pytest.approx(off, rel=1e-3)


@pytest.mark.parametrize("around", [False, True])
def test_the_causes_of_silero_vads_error_add_up(voice, around):
    x = recording(recordings("speech"), 16000, 512)
    given = voiced(x)
    state = {name: given.pop(name) for name in ("state", "sr")}
    graph = iv.from_onnx(voice, x, "time", given=state)
    ready = ring(x, "time") if around else x
    found = iv.causes(graph, ready, iv.Translate(time=5 / 16000), norm="total")
    assert float(found.share.sum()) == pytest.approx(1.0, abs=1e-4)
    here, there = moved(voice, x, "input", 5, **state)
    assert float(found.total) == pytest.approx(
        abs(there - here).item() / abs(here).item(), rel=1e-3
    )


def alone_part(model, inputs, outputs):
    """A part of a model as one of its own, run by onnxruntime: from some results to others."""
    import onnxruntime
    from onnx import TensorProto, helper

    graph = model.graph
    made = {name: node for node in graph.node for name in node.output}
    wanted, kept, waiting = set(inputs), set(), list(outputs)
    while waiting:
        name = waiting.pop()
        if name in wanted or name not in made:
            continue
        wanted.add(name)
        kept.add(id(made[name]))
        waiting += made[name].input
    nodes = [node for node in graph.node if id(node) in kept]
    read = {name for node in nodes for name in node.input}
    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
        for names in (inputs, outputs)
    ]
    weights = [each for each in graph.initializer if each.name in read]
    part = helper.make_graph(nodes, "part", *ends, weights)
    part = helper.make_model(part, opset_imports=model.opset_import, ir_version=model.ir_version)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(part.SerializeToString(), options)

    def run(values):
        return session.run(list(outputs), {name: values[name] for name in inputs})

    return run


def turned(values, by):
    """Moved along the last axis by any number of samples."""
    if by == round(by):
        return np.roll(values, round(by), -1)
    count = values.shape[-1]
    waves = np.fft.rfft(values.astype(float), axis=-1)
    waves = waves * np.exp(-2j * np.pi * by / count * np.arange(waves.shape[-1]))
    return np.fft.irfft(waves, count, axis=-1).astype(np.float32)


def test_what_folds_in_the_detector_is_what_onnxruntime_alone_finds(detector):
    """At each convolution with a stride the model is cut in two, and both halves are run."""
    import onnx

    model, x = onnx.load(detector), picture("text", 160, 160)
    given, signal = model.graph.input[0].name, x.to_numpy()[None]
    whole = alone_part(model, [given], [LOGIT])
    (here,), (there,) = whole({given: signal}), whole({given: turned(signal, 1)})
    total = (there - turned(here, 1)).astype(float).ravel()
    nodes = list(model.graph.node)
    first = {name: place for place, node in enumerate(nodes) for name in node.output}
    folded, strided = 0.0, 0
    for place, node in enumerate(nodes):
        strides = [list(each.ints) for each in node.attribute if each.name == "strides"]
        if node.op_type != "Conv" or strides[0][1] == 1:
            continue
        strided += 1
        before, after, by = node.input[0], node.output[0], strides[0][1]
        later = {name for each in nodes[place + 1 :] for name in each.input}
        live = [name for name in later if first.get(name, len(nodes)) <= place]
        known = alone_part(model, [given], [before, *live])({given: signal})
        z, values = known[0], dict(zip(live, known[1:], strict=True))
        layer, rest = alone_part(model, [before], [after]), alone_part(model, live, [LOGIT])

        def wrapped(each, layer=layer, before=before, by=by, size=values[after].shape[-1]):
            around = np.concatenate([each[..., -4 * by :], each, each[..., : 4 * by]], -1)
            return layer({before: around})[0][..., 4 : 4 + size]

        def moved(each):
            return turned(each, each.shape[-1] / signal.shape[-1])

        others = {name: moved(each) if each.ndim == 4 else each for name, each in values.items()}
        one = rest({**others, after: wrapped(moved(z))})[0]
        other = rest({**others, after: moved(wrapped(z))})[0]
        folded += float((one - other).astype(float).ravel() @ total / (total @ total))
    assert strided == 5
    graph = iv.from_onnx(detector, x, output=LOGIT)
    found = iv.causes(graph, x, iv.Translate(x=1.0), norm="centered")
    forward = found.share_by_order.sel(order="forward", cause="folding").sum("stage")
    assert float(forward) == pytest.approx(folded, abs=2e-3)
    size = np.linalg.norm(total) / np.linalg.norm(here - here.mean())
    assert float(found.total) == pytest.approx(size, rel=1e-4)
