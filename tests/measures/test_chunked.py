"""Measures of chunked arrays: one graph, computed once, and the numbers of the whole array."""

from __future__ import annotations

from threading import Lock

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import AxisError, DtypeError
from tests.nightly import some
from tests.operators.test_chunked import lazily

dask = pytest.importorskip("dask")

MOVES = [iv.Translate(x=1), iv.Translate(x=4)]


@pytest.fixture
def periodic(rng) -> xr.DataArray:
    y, x = iv.Axis("y", unit="px"), iv.Axis("x", unit="px", period=64.0)
    return iv.label(rng.standard_normal((3, 32, 64)), "channel", y, x)


@pytest.fixture
def finite(rng) -> xr.DataArray:
    axes = iv.Axis("y", unit="px"), iv.Axis("x", unit="px")
    return iv.label(rng.standard_normal((3, 64, 301)), "channel", *axes)


PIPELINE = (
    iv.GaborBank("x", [0.2, 0.3], stride={"x": 2}) >> iv.Modulus() >> iv.MaxPool(window={"x": 2})
)
MEAN = iv.MeanPool({"y": 3, "x": 3}, {"y": 1, "x": 1}, "reflect")


def alike(measure, x, chunks):
    """Compare a measure of a chunked array with that of the whole one."""
    whole = measure(x)
    made = lazily(measure, x.chunk(chunks)).compute(scheduler="synchronous")
    assert made.dtype == whole.dtype
    assert made.attrs == whole.attrs
    xr.testing.assert_allclose(made, whole, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("keep", some([("channel",), (), ("channel", "band")], 3))
@pytest.mark.parametrize("norm", ["centered", "total"])
def test_on_a_periodic_axis(periodic, keep, norm):
    def measure(x):
        return iv.equivariance_error(PIPELINE, x, MOVES, norm=norm, keep=keep)

    alike(measure, periodic, {"channel": 1, "y": 8})


@pytest.mark.parametrize("protocol", ["interior", "roll", "cut"])
@pytest.mark.parametrize("chunks", [{"channel": 1, "y": 9}, {"y": 20, "x": 50}])
def test_on_finite_axes(finite, protocol, chunks):
    def measure(x):
        return iv.equivariance_error(MEAN, x, MOVES, protocol=protocol)

    alike(measure, finite, chunks)


@pytest.mark.parametrize(
    "measure",
    [
        lambda x: iv.decibels(iv.equivariance_error(PIPELINE, x, MOVES[0])),
        lambda x: iv.invariance_error(PIPELINE >> iv.GlobalPool("x"), x, MOVES),
        lambda x: iv.measures.energy_constancy(PIPELINE, x, MOVES, keep=("channel",)),
        lambda x: iv.equivariance_error(PIPELINE, x, iv.Translate(x=0.37)),
        lambda x: iv.equivariance_error(iv.PolyphasePool({"x": 2}), x, MOVES, align="grid"),
        lambda x: iv.commutator(iv.PolyphasePool({"x": 2}), x, MOVES[0], align="grid"),
        lambda x: iv.commutator(PIPELINE, x, MOVES[0]),
        lambda x: iv.measures.local_statistics(x, {"x": 8}),
    ],
)
def test_others(periodic, measure):
    alike(measure, periodic, {"channel": 2, "y": 8})


def test_normalized_variance(rng):
    x = iv.label(rng.standard_normal((4, 6, 64)), "take", "y", iv.Axis("x", period=64.0))

    def measure(given):
        pool = iv.MaxPool({"x": 2}) >> iv.GlobalPool("x")
        return iv.measures.normalized_variance(pool, given, MOVES, samples="take")

    alike(measure, x, {"y": 2})


def test_an_action_that_interpolates(rng):
    axes = iv.Axis("y", unit="px"), iv.Axis("x", unit="px")
    x = iv.label(rng.standard_normal((3, 48, 48)), "channel", *axes)
    turn = iv.Rotate(0.2, {"y": 23.5, "x": 23.5})

    def measure(given):
        return iv.equivariance_error(MEAN, given, turn)

    alike(measure, x, {"channel": 1})


def test_a_result_of_nothing_but_round_off_has_no_error(periodic):
    edge = iv.Convolve(xr.DataArray([1.0, -1.0], dims="x"))
    flat = xr.ones_like(periodic) / 3

    def measure(x):
        return iv.equivariance_error(edge, x, MOVES)

    assert np.isnan(measure(flat)).all()
    alike(measure, flat, {"channel": 1})


@pytest.mark.parametrize("level", [1e-200, 1e200])
def test_far_from_one(periodic, level):
    def measure(x):
        return iv.equivariance_error(MEAN, x, MOVES, keep=("channel",))

    alike(measure, periodic * level, {"y": 8, "x": 16})


def test_the_graph_is_computed_once(rng):
    """Both paths, the reference, the floor and the test for round-off read the same blocks."""
    import dask.array as da

    counted: dict[tuple[int, ...], int] = {}
    lock = Lock()

    def read(block, block_info=None):
        place = tuple(block_info[0]["chunk-location"])
        with lock:
            counted[place] = counted.get(place, 0) + 1
        return block

    values = da.from_array(rng.standard_normal((4, 16, 64)), chunks=(1, 8, 64))
    values = values.map_blocks(read, dtype=float, meta=np.empty((0, 0, 0)))
    x = iv.label(values, "channel", "y", iv.Axis("x", period=64.0))
    error = lazily(lambda given: iv.equivariance_error(PIPELINE, given, MOVES), x)
    assert not counted
    dask.compute(error)
    assert counted == {(k, j, 0): 1 for k in range(4) for j in range(2)}


@pytest.mark.parametrize(
    "measure",
    [
        lambda x: iv.measures.lie_derivative(MEAN, x, MOVES[0]),
        lambda x: iv.measures.eqt(MEAN, x, MOVES),
        lambda x: iv.measures.best_translation(x, x, "x"),
        lambda x: iv.measures.consistency(iv.GlobalPool(("y", "x")), x, MOVES, over="channel"),
        lambda x: iv.measures.nonstationarity(x, "x", item="channel", window={"x": 8}, rng=0),
    ],
)
def test_what_searches_or_counts_asks_for_the_values(periodic, measure):
    with pytest.raises(DtypeError, match=r"decides by the values.*0.0492 MB. Give it x.compute"):
        measure(periodic.chunk(channel=1))


def test_a_transform_along_a_chunked_axis_names_the_remedy(periodic):
    with pytest.raises(AxisError, match="core dimension"):
        iv.equivariance_error(PIPELINE, periodic.chunk(x=16), iv.Translate(x=0.5))


def test_a_whole_shift_of_a_chunked_axis_is_no_transform(periodic):
    pool = iv.MaxPool(window={"x": 2})

    def measure(x):
        return iv.equivariance_error(pool, x, iv.Translate(x=2))

    alike(measure, periodic, {"x": 16})
