"""Models on the command line: what is loaded, what is refused, and how pictures become inputs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import invarsig as iv
from invarsig.cli import app
from invarsig.cli.model_input import Preparation
from invarsig.operators.layers import graph_to
from tests.conftest import DATA

NET = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, stride=2, channels=3):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(channels, 4, 3), nn.ReLU(), nn.MaxPool2d(2, stride))
        self.head = nn.Linear(4, 6)
    def forward(self, x):
        return self.head(self.features(x).amax((2, 3)))

def made(**given):
    torch.manual_seed(0)
    return Net(**given)

def model():
    return made()

def worse():
    return made(stride=8)

def retrained():
    torch.manual_seed(1)
    return Net()

def gray():
    return made(channels=1)

def needy(width):
    return made()

def number():
    return 3

def broken():
    raise KeyError("mine")

def wide():
    return nn.Sequential(nn.Conv2d(3, 4, 9), nn.ReLU())

def wide_gray():
    return nn.Sequential(nn.Conv2d(1, 4, 9), nn.ReLU())

def fixed():
    return nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(2 * 30 * 30, 5))

class Halves(nn.Module):
    def forward(self, x):
        return x[..., ::2] + x[..., 1::2]
"""


@pytest.fixture
def run():
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, [str(each) for each in arguments])


@pytest.fixture
def net(tmp_path: Path) -> Path:
    pytest.importorskip("torch", reason="torch is not installed")
    path = tmp_path / "classifier.py"
    path.write_text(NET, encoding="utf-8")
    yield path
    sys.modules.pop("classifier", None)
    sys.path[:] = [each for each in sys.path if each != str(tmp_path)]


def saved(path: Path, values: np.ndarray) -> Path:
    from PIL import Image

    Image.fromarray(values).save(path)
    return path


@pytest.fixture
def color(tmp_path: Path) -> Path:
    gray = (255 * iv.read_image(DATA / "images" / "chelsea.png").to_numpy()[64:112, 64:116]).round()
    colors = np.stack([gray, gray[::-1], gray[:, ::-1]], -1)
    return saved(tmp_path / "color.png", colors.astype(np.uint8))


@pytest.fixture
def gray(tmp_path: Path) -> Path:
    values = (
        255 * iv.read_image(DATA / "images" / "coffee.png").to_numpy()[64:112, 64:116]
    ).round()
    return saved(tmp_path / "gray.png", values.astype(np.uint8))


LIMIT = ("--along", "x", "--shift", 1)


def test_a_baseline_of_a_layer_fails_a_worse_model_and_passes_the_same(run, net, color, tmp_path):
    kept = tmp_path / "kept.json"
    way = ("--layer", "features", "--normalize", "imagenet", "--along", "x")
    made = run("baseline", color, "--model", f"{net}:model", *way, "--out", kept)
    assert made.exit_code == 0, made.output
    assert "evaluation mode" in made.stderr
    assert "measured up to features.2" in made.stderr
    known = json.loads(kept.read_text())["model"]
    assert known["layer"] == "features"
    assert known["normalize"] == "0.485,0.456,0.406;0.229,0.224,0.225"
    assert len(known["weights"]) == 64
    own = (*way[:-2], "--against", kept)
    same = run("check", color, "--model", f"{net}:model", *own)
    assert same.exit_code == 0, same.output
    assert "weights" not in same.stderr
    worse = run("check", color, "--model", f"{net}:worse", *own)
    assert worse.exit_code == 1, worse.output
    assert "It comes from features.2: max pool" in worse.stdout
    for change, words in (
        (("--layer", "features.0", *own[2:]), "measured with layer: features, and this is layer:"),
        ((*own[:2], *own[4:]), "and this is normalize: none"),
        ((*own, "--size", 48), "with size: as it is, and this is size: 48x48"),
    ):
        other = run("check", color, "--model", f"{net}:model", *change)
        assert other.exit_code == 2
        assert words in other.stderr
    pipe = tmp_path / "pipe.py"
    pipe.write_text("import invarsig as iv\npool = iv.MaxPool({'x': 2})\n")
    other = run("check", color, "--pipeline", f"{pipe}:pool", "--against", kept)
    assert "was measured on a model, and this is a pipeline" in other.stderr


def test_other_weights_are_said_and_compared(run, net, color, tmp_path):
    kept = tmp_path / "kept.json"
    way = ("--layer", "features")
    run("baseline", color, "--model", f"{net}:model", *way, "--along", "x", "--out", kept)
    result = run("check", color, "--model", f"{net}:retrained", *way, "--against", kept,
                 "--tolerance", 60)  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "The weights are not those of the baseline." in result.stderr


@pytest.mark.nightly
def test_a_report_of_a_model_keeps_colors_and_says_the_layer(run, net, tmp_path):
    page = tmp_path / "page.html"
    gray = iv.read_image(DATA / "images" / "chelsea.png").to_numpy()[:150, :150]
    planes = np.stack([gray, gray[::-1], gray[:, ::-1]], -1)
    color = saved(tmp_path / "color.png", (255 * planes).round().astype(np.uint8))
    result = run("report", color, "--model", f"{net}:model", "--layer", "features", "--out", page)
    assert result.exit_code == 0, result.output
    assert "luminance" not in result.output
    text = page.read_text(encoding="utf-8")
    assert "measured up to features.2" in text
    assert "channel: 3" in text


@pytest.mark.nightly
def test_the_number_is_that_of_the_python_interface(run, net, color, tmp_path):
    result = run("check", color, "--model", f"{net}:model", "--layer", "features",
                 "--normalize", "0.5,0.25", "--max-error", -1, *LIMIT)  # fmt: skip
    sys.path.insert(0, str(net.parent))
    import classifier

    x = iv.read_image(color).rename(color="channel").drop_vars("channel")
    graph = iv.from_torch(classifier.model().eval(), (x - 0.5) / 0.25)
    (found,) = iv.check(graph_to(graph, "features"), (x - 0.5) / 0.25, "x", max_error=-1.0,
                        shifts=[1.0])  # fmt: skip
    assert result.stdout.strip() == found.sentence


def test_a_gray_picture_becomes_three_channels_and_a_color_one_luminance_on_demand(
    run, net, color, gray
):
    way = ("--max-error", -1, *LIMIT)
    result = run("check", gray, "--model", f"{net}:model", *way)
    assert result.exit_code in (0, 1), result.output
    assert "its values are given three times" in result.stderr
    refused = run("check", color, "--model", f"{net}:gray", *way)
    assert refused.exit_code == 2
    assert "--channel luminance gives one channel" in refused.stderr
    taken = run("check", color, "--model", f"{net}:gray", "--channel", "luminance", *way)
    assert taken.exit_code in (0, 1), taken.output
    assert "The luminance of color.png is given." in taken.stderr


@pytest.mark.parametrize(
    ("name", "side", "words"),
    [
        ("wide", 6, "input size per channel: (6 x 6). Kernel size: (9 x 9)"),
        ("wide_gray", 6, "(1, 1, 6, 6): Calculated padded input size per channel: (6 x 6)"),
        (
            "fixed",
            20,
            "(1, 3, 20, 20): mat1 and mat2 shapes cannot be multiplied (1x648 and 1800x5)",
        ),
    ],
)
def test_a_gray_picture_of_a_size_that_does_not_fit_is_refused_for_its_size(
    run, net, tmp_path, name, side, words
):
    path = saved(tmp_path / "small.png", np.full((side, side), 99, np.uint8))
    result = run("check", path, "--model", f"{net}:{name}", "--max-error", -1, *LIMIT)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "channels" not in result.stderr
    assert "On the command line --size N resizes pictures" in result.stderr
    assert "--channel" not in result.stderr


def test_a_size_that_does_not_fit_is_named_with_its_option(run, net, gray):
    result = run("check", gray, "--model", f"{net}:fixed", "--size", "24x20",
                 "--max-error", -1, *LIMIT)  # fmt: skip
    assert result.exit_code == 2
    assert "--size, which is 24x20, resizes pictures to what the model was tr" in result.stderr


def test_dims_in_the_wrong_order_are_refused_with_the_option_that_names_them(run, net, color):
    result = run("check", color, "--model", f"{net}:model", "--dims", "y,x,channel",
                 "--max-error", -1, *LIMIT)  # fmt: skip
    assert result.exit_code == 2
    assert "channels instead. Give an input whose dims fit" in result.stderr
    assert "--dims, which is y,x,channel, names the axes of the model's input" in result.stderr


@pytest.mark.parametrize(
    ("dims", "words"),
    [
        ("chamnel,y,x", "a picture has no dim 'chamnel'; did you mean channel?"),
        ("channel,yy,x", "a picture has no dim 'yy'; did you mean y?"),
        ("band,y,x", "a picture has no dim 'band'; name channel, y, x in the model's order."),
        ("channel,time", "a picture has no dim 'time'; name channel, y, x in the model's order."),
        ("channel,y", "a picture has y, x and at most one dim of channels"),
        ("color,channel,y,x", "at most one dim of channels"),
    ],
)
def test_dims_that_a_picture_does_not_have_are_refused(run, net, color, dims, words):
    result = run("check", color, "--model", f"{net}:model", "--dims", dims,
                 "--max-error", -1, *LIMIT)  # fmt: skip
    assert result.exit_code == 2, result.output
    assert f"--dims {dims}: " in result.stderr
    assert words in result.stderr


def test_the_dim_of_channels_may_be_that_of_the_file(run, net, color):
    result = run("check", color, "--model", f"{net}:model", "--dims", "color,y,x",
                 "--max-error", -1, *LIMIT)  # fmt: skip
    assert result.exit_code in (0, 1), result.output


def test_a_size_that_the_model_refuses_is_cut_to_a_multiple(run, net, tmp_path):
    odd = saved(tmp_path / "odd.png", np.random.default_rng(0).integers(0, 255, (33, 37), np.uint8))
    result = run("check", odd, "--model", f"{net}:Halves", "--max-error", -1, "--along", "x",
                 "--shift", 1)  # fmt: skip
    assert result.exit_code in (0, 1), result.output
    assert (
        "does not take 33 x 37 px: the middle 32 x 36, a multiple of 2, is taken" in result.stderr
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("needy", "'needy' in {net} needs the arguments width"),
        ("number", "gives int, not a torch.nn.Module"),
        ("broken", "'broken' in {net} fails: KeyError('mine')"),
        ("nothing", "{net} has no object 'nothing'"),
        ("Net", "draws other weights at random"),
    ],
)
def test_what_gives_no_model_is_named(run, net, color, name, words):
    result = run("check", color, "--model", f"{net}:{name}", "--max-error", -1, *LIMIT)
    assert words.format(net=net) in result.stderr
    assert result.exit_code == (2 if name != "Net" else result.exit_code)


def test_answers_of_a_layer_name_the_option_to_leave_out_first(run, net, color):
    way = ("answers", color, "--model", f"{net}:model", "--shifts", 1, "--layer", "features")
    result = run(*way)
    assert result.exit_code == 2
    assert "Without --layer the model's own answer is taken. Of --layer" in result.stderr


def test_an_unknown_layer_names_those_that_may_be_meant(run, net, color):
    result = run("check", color, "--model", f"{net}:model", "--layer", "feature.2",
                 "--max-error", -1)  # fmt: skip
    assert result.exit_code == 2
    assert "has no such node; did you mean features.2" in result.stderr
    assert "--size" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--layer", "a"], "--layer is for a model; name it by --model"),
        (["--trust"], "--trust is for a model"),
        (["--pipeline", "a.py:b", "--model", "c.py:d"], "--pipeline or --model, one of them"),
        (["--model", "gone.onnx"], "there is no file gone.onnx"),
        (["--model", "gone.pt2", "--trust"], "there is no file gone.pt2"),
        (["--model", "gone.py:model"], "there is no file gone.py"),
        (["--model", "a.py:b", "--normalize", "0.5"], "'0.5' is not MEAN,STD"),
        (["--model", "a.py:b", "--normalize", "0.5,0"], "a deviation is 0"),
        (["--model", "a.py:b", "--normalize", "1,2,3;1,2"], "is not MEAN,STD"),
        (["--model", "a.py:b", "--size", "big"], "'big' is not a size"),
        (["--model", "a.py:b", "--dims", "y,y,x"], "each named once"),
    ],
)
def test_bad_usage_is_said_before_the_work(run, gray, arguments, words):
    result = run("check", gray, "--max-error", -1, *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.fixture
def files(net, tmp_path):
    """The same network in the forms that torch saves."""
    import torch

    sys.path.insert(0, str(net.parent))
    import classifier

    made = classifier.model().eval()
    torch.save(made, tmp_path / "module.pt")
    torch.save(made.state_dict(), tmp_path / "weights.pth")
    (tmp_path / "damaged.pt").write_text("hello")
    (tmp_path / "w.safetensors").write_text("")
    (tmp_path / "net.h5").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("module.pt", "unpickling it can run any code"),
        ("weights.pth", "holds weights ('features.0.weight', "),
        ("damaged.pt", "It is damaged"),
        ("w.safetensors", "net.load_state_dict(safetensors.torch.load_file('w.safetensors'))"),
        ("net.h5", "is a file of Keras; export it as ONNX"),
    ],
)
def test_a_file_that_runs_code_or_holds_no_network_is_refused(run, files, gray, name, words):
    result = run("check", gray, "--model", files / name, "--max-error", -1, *LIMIT)
    assert result.exit_code == 2
    assert words in result.stderr


def test_refusing_a_pickle_has_not_run_it(run, net, gray, tmp_path):
    import pickle

    class Planted:
        def __reduce__(self):
            return Path.touch, (tmp_path / "it ran",)

    for name in ("planted.pt", "planted.pth", "planted.bin", "planted.pt2"):
        (tmp_path / name).write_bytes(pickle.dumps(Planted()))
        result = run("check", gray, "--model", tmp_path / name, "--max-error", -1, *LIMIT)
        assert result.exit_code == 2
        assert not (tmp_path / "it ran").exists()


@pytest.mark.nightly
def test_a_pickled_module_is_read_on_trust(run, files, gray, net):
    way = ("--max-error", -1, *LIMIT)
    trusted = run("check", gray, "--model", files / "module.pt", "--trust", *way)
    made = run("check", gray, "--model", f"{net}:model", *way)
    assert trusted.exit_code == made.exit_code
    assert trusted.stdout == made.stdout


@pytest.mark.nightly
@pytest.mark.parametrize("batch", [1, 2])
def test_an_exported_program_is_read_on_trust(run, files, gray, net, tmp_path, batch):
    import classifier
    import torch

    made = classifier.model().eval()
    x = torch.zeros(batch, 3, 48, 52)
    any_size = ({0: torch.export.Dim("batch")},) if batch > 1 else None
    program = torch.export.export(made, (x,), dynamic_shapes=any_size)
    torch.export.save(program, tmp_path / "net.pt2")
    way = ("--max-error", -1, *LIMIT)
    refused = run("check", gray, "--model", tmp_path / "net.pt2", *way)
    assert refused.exit_code == 2
    assert "torch.export.load unpickles" in refused.stderr
    trusted = run("check", gray, "--model", tmp_path / "net.pt2", "--trust", *way)
    assert ("for a batch of 1" in trusted.stderr) == (batch == 1)
    assert trusted.stdout == run("check", gray, "--model", f"{net}:model", *way).stdout


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_torchscript_is_read_on_trust_as_one_node(run, files, gray, tmp_path):
    import classifier
    import torch

    traced = torch.jit.trace(classifier.model().eval(), torch.zeros(2, 3, 48, 52))
    traced.save(str(tmp_path / "script.pt"))
    way = ("--max-error", -1, *LIMIT)
    refused = run("check", gray, "--model", tmp_path / "script.pt", *way)
    assert refused.exit_code == 2
    assert "program of TorchScript" in refused.stderr
    trusted = run("check", gray, "--model", tmp_path / "script.pt", "--trust", *way)
    assert trusted.exit_code in (0, 1), trusted.output
    assert "taken as one node" in trusted.stderr


def test_a_graph_up_to_a_node_gives_what_that_node_gives(rng):
    x = iv.label(rng.standard_normal(16), iv.Axis("x", unit="px"))
    blur = iv.Apply(np.cbrt)
    graph = iv.Graph(
        [
            iv.Node("stem.blur", blur, "input"),
            iv.Node("block.relu", iv.Relu(), "stem.blur"),
            iv.Node("aside", iv.Square(), "stem.blur"),
            iv.Node("block.add", iv.Add(), ("block.relu", "input")),
            iv.Node("sum", iv.Add(), ("block.add", "aside")),
        ]
    )
    cut = graph_to(graph, "block")
    assert [node.name for node in cut] == ["stem.blur", "block.relu", "block.add"]
    np.testing.assert_allclose(cut(x), iv.Relu()(blur(x)) + x)
    assert [node.name for node in graph_to(graph, "aside")] == ["stem.blur", "aside"]
    with pytest.raises(iv.errors.ParameterError, match=r"did you mean block or block\."):
        graph_to(graph, "lock")
    with pytest.raises(iv.errors.ParameterError, match=r"it has stem.blur, block.relu"):
        graph_to(graph, "zzz")
    with pytest.raises(iv.errors.ParameterError, match="has no layers to name"):
        graph_to(iv.Relu(), "aside")


def test_a_picture_is_resized_until_it_covers_the_size_and_its_middle_is_taken(tmp_path):
    values = np.zeros((40, 80), np.uint8)
    values[:, 20:60] = 255
    path = saved(tmp_path / "wide.png", values)
    (one, three) = Preparation.of(None, None, "20").candidates(path, None)
    assert dict(one.x.sizes) == {"channel": 1, "y": 20, "x": 20}
    assert dict(three.x.sizes) == {"channel": 3, "y": 20, "x": 20}
    assert one.x.to_numpy()[:, :, 1:-1].min() > 0.99, "the middle half alone, which is white"
    assert "40 x 80 px is resized to 20 x 40, of which the middle 20 x 20 is taken" in one.said[-1]
    larger = next(iter(Preparation.of(None, None, "20x24").candidates(path, None, 2)))
    assert dict(larger.x.sizes) == {"channel": 1, "y": 24, "x": 28}
    untouched = next(iter(Preparation.of(None, None, None).candidates(path, None)))
    np.testing.assert_array_equal(untouched.x.to_numpy()[0], values / 255)


def test_channels_are_normalized_each_by_its_own(tmp_path):
    values = np.random.default_rng(0).integers(0, 255, (8, 8, 3), np.uint8)
    path = saved(tmp_path / "color.png", values)
    found = next(iter(Preparation.of(None, "imagenet", None).candidates(path, None)))
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    expected = np.moveaxis((values / 255 - mean) / deviation, -1, 0)
    np.testing.assert_allclose(found.x, expected, atol=1e-12)
    with pytest.raises(iv.errors.ParameterError, match="2 means, and the input 3 channels"):
        next(iter(Preparation.of(None, "1,2;1,2", None).candidates(path, None)))
