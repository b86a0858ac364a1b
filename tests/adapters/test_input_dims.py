"""The dims of a network's input: those of a picture are taken, and others are asked for by name."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.adapters.input_dims import input_dims
from invarsig.errors import DimError

DEFAULT = ("channel", "y", "x")


def of(*dims):
    return iv.label(np.zeros((4,) * len(dims)), *dims)


def test_a_color_photograph_is_taken_as_it_is_read():
    assert input_dims(DEFAULT, of("color", "y", "x"), "f") == ("color", "y", "x")
    assert input_dims(DEFAULT, of("batch", "color", "y", "x"), "f") == ("color", "y", "x")
    assert input_dims(DEFAULT, of("color", "channel", "y", "x"), "f") == DEFAULT


@pytest.mark.parametrize(
    ("dims", "words"),
    [
        (("band", "y", "x"), r'in this order, give dims=\("band", "y", "x"\)'),
        (("color", "v", "u"), r'give dims=\("color", "v", "u"\)'),
        (("y", "x"), r"x\.expand_dims\('channel'\)"),
    ],
)
def test_what_is_missing_comes_with_the_way_to_give_it(dims, words):
    with pytest.raises(DimError, match=words):
        input_dims(DEFAULT, of(*dims), "f")


def test_a_photograph_goes_straight_into_a_module():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    net = torch.nn.Conv2d(3, 2, 3).double().eval()
    x = iv.label(np.random.default_rng(0).random((3, 8, 8)), "color", "y", "x")
    expected = net(torch.from_numpy(x.values)[None])[0].detach()
    np.testing.assert_allclose(iv.from_torch(net, x)(x), expected, atol=1e-12)
    with pytest.raises(DimError, match="expand_dims"):
        iv.from_torch(net, x[0])
