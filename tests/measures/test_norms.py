"""What an error is divided by: the output without one mean, or one a channel, or all of it."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.errors import ParameterError
from invarsig.measures.norms import mean_dims, norm_in_words, relative, usual_norm
from tests.biased import Biased

PROTOCOLS = ("periodic", "interior", "roll", "cut")
OFFSETS = st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3).map(tuple)


def maps(protocol: str = "periodic", dtype=np.float64) -> xr.DataArray:
    """Three channels, which wrap or end."""
    period = 24.0 if protocol == "periodic" else None
    axes = [iv.Axis(dim, size=24, unit="px", period=period) for dim in "yx"]
    each = [iv.power_law_noise(*axes, exponent=1.0, rng=k) for k in range(3)]
    return xr.concat(each, "channel").astype(dtype)


OP = iv.Relu() >> iv.BlurPool(taps=2, stride={"y": 2, "x": 2})
MOVES = (iv.Translate(x=2), iv.Translate(y=2), iv.Translate(y=2, x=4))


def errors(op: iv.Operator, x: xr.DataArray, norm: str, protocol: str) -> np.ndarray:
    moves = MOVES if protocol in ("interior", "cut") else [iv.Translate(x=1), *MOVES]
    return np.array(
        [iv.equivariance_error(op, x, each, norm=norm, protocol=protocol) for each in moves]
    )


def keeps_the_law(norm: str, protocol: str, offsets: tuple[float, ...], gain: float = 1.0) -> bool:
    """Whether a constant in each channel, and a gain of all, change no figure."""
    x = maps(protocol)
    before = errors(OP, x, norm, protocol)
    after = errors(OP >> Biased(offsets, gain), x, norm, protocol)
    return bool(np.allclose(after, before, rtol=1e-6, atol=1e-9))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@settings(max_examples=6, deadline=None)
@given(offsets=OFFSETS, gain=st.sampled_from([0.01, -3.0, 1e6]))
def test_a_constant_in_each_channel_and_a_gain_of_all_change_no_error(protocol, offsets, gain):
    assert keeps_the_law("channelwise", protocol, offsets, gain)


@pytest.mark.parametrize("norm", ["centered", "total"])
def test_the_law_catches_a_mean_that_is_not_of_each_channel(norm):
    assert not keeps_the_law(norm, "periodic", (0.0, 5.0, -5.0))
    # One constant in all channels is what a single mean is for.
    assert keeps_the_law(norm, "periodic", (7.0, 7.0, 7.0)) == (norm == "centered")


def test_it_is_the_norm_of_the_commutator_over_that_without_each_channels_mean():
    x, move = maps(), iv.Translate(x=1)
    gap, y = iv.commutator(OP, x, move).to_numpy(), OP(x).to_numpy()
    rows = np.linalg.norm(gap) / np.linalg.norm(y - y.mean(axis=2, keepdims=True))
    assert float(iv.equivariance_error(OP, x, move, norm="channelwise")) == pytest.approx(rows)
    both = iv.Translate(y=1, x=1)
    gap = iv.commutator(OP, x, both).to_numpy()
    planes = np.linalg.norm(gap) / np.linalg.norm(y - y.mean(axis=(1, 2), keepdims=True))
    assert float(iv.equivariance_error(OP, x, both, norm="channelwise")) == pytest.approx(planes)


def test_several_moves_have_the_norm_of_the_dims_that_each_moves_along():
    x = maps()
    moves = [iv.Translate(x=1), iv.Translate(y=1), iv.Translate(y=1, x=1)]
    together = iv.equivariance_error(OP, x, moves, norm="channelwise").to_numpy()
    alone = [float(iv.equivariance_error(OP, x, each, norm="channelwise")) for each in moves]
    assert together.tolist() == alone
    predicted = iv.predict_error(OP, x, moves, norm="channelwise").to_numpy()
    assert predicted == pytest.approx(together, rel=1e-9)


def test_one_channel_is_what_one_mean_is_for():
    x, move = maps().isel(channel=0), iv.Translate(y=1, x=1)
    both = [float(iv.equivariance_error(OP, x, move, norm=n)) for n in ("channelwise", "centered")]
    assert both[0] == pytest.approx(both[1], rel=1e-14)
    with_keep = [
        iv.equivariance_error(OP, maps(), move, norm=n, keep=("channel",)).to_numpy()
        for n in ("channelwise", "centered")
    ]
    assert with_keep[0] == pytest.approx(with_keep[1], rel=1e-14)


def test_a_constant_channel_adds_nothing_and_nothing_else_is_undefined():
    x, move = maps(), iv.Translate(x=1)
    alone = iv.equivariance_error(OP, x, move, norm="channelwise")
    dead = xr.concat([x, xr.full_like(x.isel(channel=0), 40.0)], "channel")
    assert float(iv.equivariance_error(OP, dead, move, norm="channelwise")) == pytest.approx(
        float(alone), rel=1e-12
    )
    constants = xr.zeros_like(x) + np.reshape([1.0, 2.0, 3.0], (3, 1, 1))
    assert np.isnan(float(iv.equivariance_error(OP, constants, move, norm="channelwise")))
    assert float(iv.equivariance_error(OP, constants, move, norm="centered")) < 1e-12


def test_nan_in_a_channel_is_propagated():
    x = maps()
    x[1, 3, 4] = np.nan
    assert np.isnan(float(iv.equivariance_error(OP, x, iv.Translate(x=1), norm="channelwise")))


def test_complex_channels_have_complex_means():
    x = maps() + 1j * maps().roll(x=3)
    op, move = iv.Subsample({"x": 2}), iv.Translate(x=1)
    plain = iv.equivariance_error(op, x, move, norm="channelwise")
    biased = op >> Biased((3 + 4j, -70j, 12.0))
    assert float(iv.equivariance_error(biased, x, move, norm="channelwise")) == pytest.approx(
        float(plain), rel=1e-9
    )


def test_what_an_offset_costs_in_single_precision_is_its_own_round_off():
    x, move = maps(dtype=np.float32), iv.Translate(x=2)
    for offset in (1e2, 1e4):
        op = OP >> Biased((0.0, offset, -offset))
        y = op(x)
        size = float(relative(y, y, "channelwise", (), ["x"]))  # whole over what varies
        error = float(iv.equivariance_error(op, x, move, norm="channelwise"))
        assert error < 4 * float(np.finfo(np.float32).eps) * size
        folded = float(iv.equivariance_error(op, x, iv.Translate(x=1), norm="channelwise"))
        plain = float(iv.equivariance_error(OP, x, iv.Translate(x=1), norm="channelwise"))
        assert folded == pytest.approx(plain, abs=4 * float(np.finfo(np.float32).eps) * size)


def test_an_offset_that_swallows_what_varies_leaves_no_error():
    x = maps(dtype=np.float32)
    op = OP >> Biased((1e9, 1e9, -1e9))
    assert np.isnan(float(iv.equivariance_error(op, x, iv.Translate(x=1), norm="channelwise")))


@pytest.mark.parametrize("kept", [(), ("channel",)])
def test_chunked_arrays_give_the_same(kept):
    pytest.importorskip("dask")
    x, moves = maps(), list(MOVES)
    op = OP >> Biased((0.0, 30.0, -5.0))
    plain = iv.equivariance_error(op, x, moves, norm="channelwise", keep=kept)
    chunked = iv.equivariance_error(op, x.chunk(y=8), moves, norm="channelwise", keep=kept)
    assert chunked.to_numpy() == pytest.approx(plain.to_numpy(), rel=1e-12, abs=1e-14)


def test_of_a_result_that_has_lost_the_dims_it_is_one_mean():
    x, move = maps(), iv.Translate(x=1)
    op = OP >> iv.GlobalPool(("y", "x"), kind="max")
    both = [float(iv.invariance_error(op, x, move, norm=n)) for n in ("channelwise", "centered")]
    assert both[0] == both[1]
    y = op(x)
    assert mean_dims(y, "channelwise", ["x"]) == mean_dims(y, "centered") == ("channel",)
    assert norm_in_words("channelwise", y, ["x"]) == norm_in_words("centered")
    assert norm_in_words("channelwise", x, ["x"]) == "the output without the mean of each channel"


def test_a_network_is_taken_channel_by_channel_and_all_else_without_one_mean():
    class Part(Biased):
        network = True

    layer = Part((0.0, 0.0, 0.0))
    graph = iv.Graph([iv.Node("pool", OP, "input"), iv.Node("bias", layer, "pool")])
    assert usual_norm(OP) == usual_norm(iv.Graph([iv.Node("pool", OP, "input")])) == "centered"
    for network in (layer, graph, iv.Relu() >> graph):
        assert usual_norm(network) == "channelwise"
        assert usual_norm(network, "centered") == "centered"
        found = iv.equivariance_error(network, maps(), iv.Translate(x=1))
        assert found.attrs["norm"] == "channelwise"


def test_a_norm_that_is_unknown_or_lacks_its_dims_is_refused():
    with pytest.raises(ParameterError, match="centered, channelwise, total"):
        usual_norm(OP, "per channel")
    with pytest.raises(ParameterError, match="name them by along="):
        relative(maps(), maps(), "channelwise")


@pytest.mark.parametrize(
    "measure", [iv.predict_error, iv.measures.lie_derivative], ids=["predicted", "derivative"]
)
def test_its_siblings_keep_the_law(measure):
    x, move = maps(), iv.Translate(x=1)
    op = OP >> Biased((0.0, 40.0, -3.0))
    found = [float(measure(each, x, move, norm="channelwise")) for each in (OP, op)]
    assert found[0] == pytest.approx(found[1], rel=1e-5)
    hidden = [float(measure(each, x, move, norm="centered")) for each in (OP, op)]
    assert hidden[1] < 0.5 * hidden[0]
