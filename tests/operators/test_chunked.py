"""Operators on chunked arrays: lazy, and what they give of the whole array."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, replace

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import AxisError, ChunkWarning
from invarsig.kernels.borders import BOUNDARIES
from invarsig.testing.discovery import public_operators
from tests.nightly import some

dask = pytest.importorskip("dask")

# Sums that are put together in another order: transforms of a section, trees, matrix products.
ROUND_OFF = {
    "Canonicalized",
    "CircularHarmonicBank",
    "Classifier",
    "ConstantQ",
    "DifferenceOfGaussians",
    "GaborBank",
    "GammatoneBank",
    "GaussianBank",
    "GlobalPool",
    "LaplacianOfGaussian",
    "LayerNorm",
    "Linear",
    "MatchTemplate",
    "OrbitMean",
    "Scattering",
    "Softmax",
}


def refuse(*_args, **_options):
    """A scheduler that computes nothing."""
    raise AssertionError("something was computed")


def lazily(op, x):
    """A result of a chunked array, of which nothing was computed."""
    with dask.config.set(scheduler=refuse), warnings.catch_warnings():
        warnings.simplefilter("ignore", ChunkWarning)
        y = op(x)
    assert y.chunks is not None
    return y


def cut(rng, size):
    """Sizes of one to four chunks of an axis."""
    places = rng.integers(1, size, rng.integers(0, 4)) if size > 1 else []
    return tuple(np.diff([0, *sorted({*map(int, places)}), size]).tolist())


def agree(op, x, chunks):
    """Compare a chunked array with the whole one: labels and types equal, values to round-off."""
    whole, lazy = op(x), lazily(op, x.chunk(chunks))
    made = lazy.compute(scheduler="synchronous")
    assert made.dtype == lazy.dtype == whole.dtype
    np.testing.assert_array_equal(np.isnan(made), np.isnan(whole))
    if type(op).__name__ in ROUND_OFF:
        level = float(abs(whole).max())
        eps = np.finfo(whole.dtype).eps
        np.testing.assert_allclose(made.values, whole.values, rtol=0, atol=16 * eps * level)
        made = made.copy(data=whole.values)
    xr.testing.assert_identical(made, whole)


def asked_for(op, x):
    """The dim that an operator needs in one chunk, as it says; the others stay in chunks."""
    try:
        lazily(op, x)
    except AxisError as error:
        if found := re.search(r"core dimension.*``\.chunk\(\{'(\w+)': -1\}\)``", str(error)):
            return found.group(1)
    return None


def windows(rng):
    """A pool or a filter of random reach, stride and border over one to three dims."""
    dims = ["z", "y", "x"][: rng.integers(1, 4)]
    window = {dim: int(rng.integers(1, 7)) for dim in dims}
    stride = {dim: int(rng.integers(1, 5)) for dim in dims}
    sizes = {dim: stride[dim] * int(rng.integers(3, 12)) for dim in dims}
    ring = {dim: bool(rng.integers(2)) for dim in dims}
    axes = [
        iv.Axis(dim, start=float(rng.normal()), step=0.5, period=0.5 * size if ring[dim] else None)
        for dim, size in sizes.items()
    ]
    x = iv.label(rng.standard_normal((2, *sizes.values())), "channel", *axes)
    borders = {dim: rng.choice([None, *BOUNDARIES]) for dim in dims}
    chosen = {dim: str(own) for dim, own in borders.items() if own is not None}
    boundary = chosen or None
    kind = rng.integers(5)
    if kind == 0:
        padding = {dim: (int(rng.integers(4)), int(rng.integers(4))) for dim in dims}
        return iv.Convolve(
            xr.DataArray(rng.standard_normal(tuple(window.values())), dims=dims),
            stride,
            boundary,
            padding=padding if rng.integers(2) else {},
        ), x
    pools = [iv.MaxPool, iv.MeanPool, iv.MedianPool, iv.LpPool]
    return pools[kind - 1](window, stride, boundary), x


def examples():
    rng = np.random.default_rng(5)
    return [(op, x) for cls in public_operators() for op, x in cls.examples(rng)]


EXAMPLES = examples()


@pytest.mark.parametrize("case", some(range(400), 7))
def test_a_chunked_array_stays_lazy_and_gives_what_the_whole_gives(case):
    rng = np.random.default_rng(case)
    op, x = windows(rng) if case % 2 else EXAMPLES[(case // 2 * 7) % len(EXAMPLES)]
    chunks = {dim: cut(rng, size) for dim, size in x.sizes.items()}
    while dim := asked_for(op, x.chunk(chunks)):
        assert chunks[dim] != -1, "what it asked for is refused"
        chunks[dim] = -1
    try:
        op(x)
    except AxisError:
        with pytest.raises(AxisError):
            lazily(op, x.chunk(chunks))
        return
    agree(op, x, chunks)


def test_of_finite_reach_are_all_of_these():
    """Otherwise every case of the law could be one chunk."""
    picture = iv.label(np.random.default_rng(0).standard_normal((40, 60)), "y", "x")
    for op in (
        iv.GaussianBank({"y": 1.5, "x": 1.5}),
        iv.GaborBank("x", [0.1, 0.2], stride={"x": 3}, boundary="edge"),
        iv.GaussianPool(stride={"x": 2}, boundary="zero"),
        iv.LinearUpsample({"y": 3}),
        iv.Subsample({"x": 7}),
        iv.Pad({"x": (3, 9)}, boundary="reflect"),
        iv.Relu() >> iv.BlurPool(taps=5, stride={"x": 2, "y": 2}, boundary="reflect"),
    ):
        y = lazily(op, picture.chunk(y=16, x=(20, 17, 23)))
        assert max(map(len, y.chunks)) > 1
        np.testing.assert_allclose(y, op(picture), rtol=0, atol=1e-14)


@dataclass(frozen=True)
class TooShort(iv.MaxPool):
    """A pool that reaches farther than it says."""

    def plan(self, axes):
        plan = super().plan(axes)
        return replace(plan, reach=dict.fromkeys(plan.reach, (0.0, 0.0)))


def test_a_reach_that_is_too_short_is_caught(rng):
    x = iv.label(rng.standard_normal((2, 60)), "channel", iv.Axis("x", period=60.0))
    chunks = {"x": (20, 25, 15)}
    agree(iv.MaxPool({"x": 7}, {"x": 1}), x, chunks)
    with pytest.raises(AssertionError):
        agree(TooShort({"x": 7}, {"x": 1}), x, chunks)


@dataclass(frozen=True)
class NotLocal(iv.PositionAffine):
    """Weights of their own for each place, which says that a section is like any other."""

    def plan(self, axes):
        plan = super().plan(axes)
        return replace(plan, local={axis.dim: False for axis in plan.in_axes})


def test_a_wrong_claim_that_sections_are_alike_is_caught(rng):
    x = iv.label(rng.standard_normal(60), "x")
    with pytest.raises(AxisError, match="60 places"):
        agree(NotLocal(iv.label(rng.standard_normal(60), "x")), x, {"x": (20, 40)})


def test_chunks_that_are_smaller_than_the_reach_are_merged_and_said(rng):
    x = iv.label(rng.standard_normal(100), iv.Axis("x"))
    pool = iv.MaxPool({"x": 21}, {"x": 1}, "reflect")
    with pytest.warns(
        ChunkWarning, match=r"chunks of 5 samples.*MaxPool needs.* at least 11.*merged to"
    ):
        y = pool(x.chunk(x=5))
    assert len(y.chunks[0]) > 1
    assert min(y.chunks[0]) > 10
    np.testing.assert_array_equal(y, pool(x))
    with pytest.warns(ChunkWarning, match="merged to one chunk"):
        assert pool(x.chunk(x=(5, 95))).chunks == ((100,),)


def test_a_short_remainder_at_the_end_is_merged_without_a_word(rng):
    x = iv.label(rng.standard_normal(101), iv.Axis("x"))
    pool = iv.MaxPool({"x": 5}, {"x": 1}, "edge")
    y = pool(x.chunk(x=50))
    assert y.chunks == ((50, 51),)
    np.testing.assert_array_equal(y, pool(x))


def test_what_needs_the_whole_axis_says_what_to_do_and_what_it_takes(rng):
    x = iv.label(rng.standard_normal((4, 1000)), "channel", iv.Axis("x", period=1000.0))
    with pytest.raises(AxisError, match=r"'x'.*consists of 10 chunks.*core dim") as error:
        iv.SpectralPool(stride={"x": 2})(x.chunk(channel=1, x=100))
    assert "``.chunk({'x': -1})``; the largest chunk then holds 0.008 MB" in str(error.value)


@pytest.mark.parametrize(
    "op",
    [
        iv.GlobalPool(("y", "x"), kind="max"),
        iv.GlobalPool("x"),
        iv.GlobalPool(("x", "y"), kind="lp", power=3.0),
        iv.LayerNorm(("y", "x")),
        iv.Softmax("x"),
    ],
    ids=str,
)
@pytest.mark.parametrize("level", [1.0, 1e200, 1e-200])
def test_what_depends_on_the_whole_axis_through_sums_is_a_tree(rng, op, level):
    x = iv.label(level * rng.standard_normal((3, 30, 41)), "channel", "y", "x")
    if isinstance(op, iv.Softmax) and level > 1:
        level = 1.0
        x = x / 1e200
    x[0, 3, 7] = np.nan
    agree(op, x, {"channel": 2, "y": 7, "x": 9})


def test_what_a_plan_may_say_is_told_to_the_author_of_an_operator_alone(rng):
    class Own(iv.AdaptivePool):
        """A class of a user's, which is free to plan otherwise."""

    x = iv.label(rng.standard_normal(24), iv.Axis("x")).chunk(x=8)
    said = {}
    for cls in (iv.AdaptivePool, Own):
        with pytest.raises(AxisError, match=r"``\.chunk\(\{'x': -1\}\)``") as refused:
            cls({"x": 6})(x)
        said[cls] = str(refused.value)
    assert "it is a core dimension, which is needed whole" in said[iv.AdaptivePool]
    assert "plan" not in said[iv.AdaptivePool]
    assert "say so in the plan, local={'x': False}" in said[Own]


def test_random_draws_are_those_of_the_whole_array(rng):
    x = abs(iv.label(rng.standard_normal((3, 24)), "channel", iv.Axis("x")))
    drawn = iv.StochasticPool({"x": 2}, rng=3)
    with pytest.raises(AxisError, match="core dimension"):
        drawn(x.chunk(channel=1))
    np.testing.assert_array_equal(drawn(x.chunk(channel=3)), drawn(x))


def test_a_labeled_dask_array_is_not_computed():
    import dask.array as da

    with dask.config.set(scheduler=refuse):
        x = iv.label(da.ones((4, 6), chunks=3), "y", iv.Axis("x", period=6.0))
    assert x.chunks == ((3, 1), (3, 3))
    assert x.name is None


@pytest.mark.parametrize("cls", some(public_operators(), 12), ids=lambda cls: cls.__name__)
def test_a_graph_travels_to_another_process(cls, rng):
    """Nothing that an operator keeps for itself is part of it."""
    cloudpickle = pytest.importorskip("cloudpickle")
    for op, x in cls.examples(rng):
        chunks = dict.fromkeys(set(x.dims) - set(op.dims), 1)
        while dim := asked_for(op, x.chunk(chunks)):
            chunks[dim] = -1
        y = lazily(op, x.chunk(chunks))
        there = cloudpickle.loads(cloudpickle.dumps(y))
        np.testing.assert_array_equal(there.compute(scheduler="synchronous"), y)
