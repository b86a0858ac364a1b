"""Adaptive pools against the published windows, and PyTorch's frozen scores."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig import (
    AdaptivePool,
    Axes,
    Axis,
    MaxPool,
    MeanPool,
    Translate,
    axis_of,
    commutator,
    fold,
    label,
    lift,
)
from invarsig.errors import AxisError, DtypeError, ParameterError
from tests.operators.pooling.rings import ring

FROZEN = Path(__file__).parents[2] / "references" / "torch_bins.npz"


def windows(size: int, bins: int) -> list[slice]:
    """From floor(i n / a) to ceil((i + 1) n / a), in exact arithmetic."""
    return [
        slice(math.floor(i * size / bins), math.ceil((i + 1) * size / bins)) for i in range(bins)
    ]


@pytest.mark.parametrize("kind", ["mean", "max"])
@pytest.mark.parametrize("size", [3, 7, 12, 13])
@pytest.mark.parametrize("bins", [1, 2, 3, 5, 7, 12])
def test_each_bin_is_reduced_over_its_window(size, bins, kind, rng):
    values = rng.standard_normal((4, size))
    out = AdaptivePool(bins={"x": bins}, kind=kind)(ring(values))
    reduce = getattr(np, kind)
    wanted = np.stack([reduce(values[:, one], axis=1) for one in windows(size, bins)], axis=1)
    np.testing.assert_allclose(out, wanted, atol=1e-14)


@pytest.mark.parametrize("kind", ["mean", "max"])
def test_boxes_in_three_dims(kind, rng):
    values = rng.standard_normal((4, 7, 9))
    out = AdaptivePool(bins={"y": 3, "z": 2, "x": 4}, kind=kind)(ring(values))
    for place in np.ndindex(2, 3, 4):
        box = tuple(windows(n, a)[i] for n, a, i in zip((4, 7, 9), (2, 3, 4), place, strict=True))
        np.testing.assert_allclose(out[place], getattr(np, kind)(values[box]), atol=1e-14)


@pytest.mark.parametrize("kind", ["mean", "max"])
@pytest.mark.parametrize(("size", "bins"), [(7, 4), (10, 4), (12, 5), (12, 4), (5, 5), (3, 7)])
def test_it_is_torchs(size, bins, kind):
    frozen, name = np.load(FROZEN), f"{size}_to_{bins}"
    x = label(frozen[f"{name}_input"], "channel", "x")
    out = AdaptivePool(bins={"x": bins}, kind=kind)(x)
    np.testing.assert_allclose(out, frozen[f"{name}_{kind}"], atol=1e-14)


@pytest.mark.parametrize("kind", ["mean", "max"])
def test_it_is_torchs_on_planes(kind):
    frozen = np.load(FROZEN)
    x = label(frozen["plane_input"], "channel", "y", "x")
    out = AdaptivePool(bins={"y": 4, "x": 7}, kind=kind)(x)
    np.testing.assert_allclose(out, frozen[f"plane_{kind}"], atol=1e-14)


@pytest.mark.parametrize(("kind", "pool"), [("mean", MeanPool), ("max", MaxPool)])
def test_where_the_bins_divide_the_size_it_is_a_pool_of_windows_that_abut(kind, pool, rng):
    x = ring(rng.standard_normal((6, 24)))
    op, plain = AdaptivePool({"x": 6, "y": 2}, kind), pool(window={"x": 4, "y": 3})
    xr.testing.assert_allclose(op(x), plain(x), atol=1e-14)
    one, other = op.plan(Axes.of(x)), plain.plan(Axes.of(x))
    assert (one.stride, one.reach, one.shared) == (other.stride, other.reach, other.shared)
    assert one.out_axes == other.out_axes
    assert abs(commutator(op, x, Translate(x=2.0))).max() < 1e-14
    power = fold(lift(op, x.isel(y=slice(None)), "x"), "x", 4)
    assert power.sel(image=0).sum() < power.sum()


@pytest.mark.parametrize(("size", "bins"), [(7, 4), (13, 5), (24, 7), (3, 7)])
def test_bins_stand_at_uniform_places_less_than_half_a_sample_off_their_windows(size, bins):
    axis = Axis("x", start=3.0, step=-0.5, size=size, unit="px", period=size * 0.5)
    out = AdaptivePool(bins={"x": bins})(label(np.zeros(size), axis))
    after = axis_of(out, "x")
    assert after.periodic
    assert after.step == pytest.approx(-0.5 * size / bins)
    centers = np.array([(one.start + one.stop - 1) / 2 for one in windows(size, bins)])
    assert (abs((out.x.values - 3.0) / -0.5 - centers) < 0.5).all()
    # The bins lie symmetrically: their mean place is the middle of the axis.
    assert out.x.values.mean() == pytest.approx(3.0 - 0.5 * (size - 1) / 2)


def test_without_a_common_stride_there_is_none_to_lift():
    x = ring(np.zeros(24))
    op = AdaptivePool(bins={"x": 7})
    plan = op.plan(Axes.of(x))
    assert plan.stride == {}
    assert plan.shared == frozenset()
    with pytest.raises(AxisError, match="7 samples at a stride of 1"):
        lift(op, x, "x")
    with pytest.raises(ParameterError, match="internal stride"):
        op.unstrided(["x"])


def test_nan_stays_in_its_bins():
    values = np.zeros(7)
    values[1] = np.nan
    for kind in ("mean", "max"):
        out = AdaptivePool(bins={"x": 4}, kind=kind)(ring(values))
        assert np.isnan(out).values.tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: AdaptivePool(bins={}), "bins along at least one dim"),
        (lambda: AdaptivePool(bins={"x": 0}), "number of bins along 'x' is 0"),
        (lambda: AdaptivePool(bins=3), "names no dim"),
        (
            lambda: AdaptivePool(bins={"x": 2}, kind="min"),
            "'min' is unknown; give one of max, mean",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, said):
    with pytest.raises(ParameterError, match=said):
        make()


def test_there_is_no_largest_complex_number(rng):
    x = ring(rng.standard_normal(7) + 1j)
    assert AdaptivePool(bins={"x": 3})(x).dtype == np.complex128
    with pytest.raises(DtypeError, match="needs real values"):
        AdaptivePool(bins={"x": 3}, kind="max")(x)


@pytest.mark.parametrize("after", [iv.Subsample(stride={"x": 3}), iv.MaxPool(window={"x": 3})])
def test_a_pipeline_has_no_stride_where_bins_are_no_whole_number_of_samples_apart(after, rng):
    x = iv.label(rng.standard_normal(20), iv.Axis("x"))
    uneven, even = (iv.AdaptivePool(bins={"x": bins}) >> after for bins in (13, 10))
    assert uneven.plan(iv.Axes.of(x)).stride == {}
    assert even.plan(iv.Axes.of(x)).stride == {"x": 6}
    iv.testing.check_operator(uneven, x)
