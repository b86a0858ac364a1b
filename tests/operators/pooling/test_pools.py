"""Pools against scipy.ndimage, skimage.measure.block_reduce and xarray's coarsen."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, signal
from skimage.measure import block_reduce

from invarsig import (
    Axes,
    Axis,
    BlurPool,
    GlobalPool,
    MaxPool,
    MeanPool,
    Modulus,
    Subsample,
    axis_of,
    label,
)
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError

law = settings(deadline=None, max_examples=60)
MODES = {
    "periodic": "wrap",
    "reflect": "mirror",
    "symmetric": "reflect",
    "edge": "nearest",
    "zero": "constant",
}
NAMES = ("z", "y", "x")


def ring(values, **options) -> xr.DataArray:
    names = NAMES[-np.ndim(values) :]
    axes = [
        Axis(d, 1.5, 0.5, n, "px", 0.5 * n) for d, n in zip(names, np.shape(values), strict=True)
    ]
    return label(values, *axes, **options)


# Against references


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize(
    ("size", "window", "stride"),
    [
        ((24,), (3,), (1,)),
        ((24,), (5,), (2,)),
        ((24,), (4,), (3,)),
        ((24,), (2,), (1,)),
        ((12, 18), (3, 5), (2, 3)),
        ((12, 18), (4, 1), (1, 6)),
        ((6, 8, 10), (3, 2, 5), (2, 1, 5)),
    ],
)
def test_dense_windows_are_those_of_scipy(boundary, size, window, stride, rng):
    values = rng.standard_normal(size)
    names = NAMES[-len(size) :]
    # Window j begins (w - 1) // 2 samples before sample j s; scipy's even windows begin w // 2
    # samples before, unless their origin is moved.
    options = {
        "window": dict(zip(names, window, strict=True)),
        "stride": dict(zip(names, stride, strict=True)),
        "boundary": boundary,
        "padding": {d: (w - 1) // 2 for d, w in zip(names, window, strict=True)},
    }
    origin = tuple(-1 if w % 2 == 0 else 0 for w in window)
    keep = tuple(slice(None, None, s) for s in stride)
    mean = ndimage.uniform_filter(values, window, mode=MODES[boundary], origin=origin)
    np.testing.assert_allclose(MeanPool(**options)(ring(values)), mean[keep], atol=1e-12)
    largest = ndimage.maximum_filter(values, window, mode=MODES[boundary], origin=origin)
    assert np.array_equal(MaxPool(**options)(ring(values)), largest[keep])


@law
@given(
    rows=st.integers(1, 4), columns=st.integers(1, 5), window=st.tuples(*[st.integers(1, 4)] * 2)
)
def test_windows_that_abut_are_the_blocks_of_skimage_and_xarray(rows, columns, window):
    rng = np.random.default_rng(rows)
    x = ring(rng.standard_normal((rows * window[0], columns * window[1])))
    sizes = {"y": window[0], "x": window[1]}
    pooled, mean = MaxPool(window=sizes)(x), MeanPool(window=sizes)(x)
    assert np.array_equal(pooled, block_reduce(x.values, window, np.max))
    np.testing.assert_allclose(mean, block_reduce(x.values, window, np.mean), atol=1e-12)
    coarse = x.coarsen(sizes, boundary="exact")
    xr.testing.assert_allclose(pooled, coarse.max(), atol=1e-12)
    xr.testing.assert_allclose(mean, coarse.mean(), atol=1e-12)


@law
@given(size=st.integers(2, 30), window=st.integers(1, 8))
def test_an_axis_that_is_not_periodic_is_trimmed_as_xarray_does(size, window):
    if window > size:
        return
    x = label(np.random.default_rng(size).standard_normal(size), Axis("x", 3.0, 0.25, unit="px"))
    trimmed = x.coarsen(x=window, boundary="trim")
    xr.testing.assert_allclose(MaxPool(window={"x": window})(x), trimmed.max(), atol=1e-12)
    xr.testing.assert_allclose(MeanPool(window={"x": window})(x), trimmed.mean(), atol=1e-12)


@pytest.mark.parametrize(
    ("taps", "published"),
    [
        (1, [1]),
        (2, [1, 1]),
        (3, [1, 2, 1]),
        (4, [1, 3, 3, 1]),
        (5, [1, 4, 6, 4, 1]),
        (6, [1, 5, 10, 10, 5, 1]),
        (7, [1, 6, 15, 20, 15, 6, 1]),
    ],
)
@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_blur_pools_have_the_published_taps(taps, published, boundary, stride, rng):
    values = rng.standard_normal((8, 12))
    weights = np.array(published) / sum(published)
    wanted = values
    for axis in (0, 1):
        wanted = ndimage.correlate1d(
            wanted, weights, axis, mode=MODES[boundary], origin=-1 if taps % 2 == 0 else 0
        )
    blur = BlurPool(taps=taps, stride={"y": 1, "x": stride}, boundary=boundary)
    np.testing.assert_allclose(blur(ring(values)), wanted[:, ::stride], atol=1e-13)


def test_a_valid_blur_is_scipys_valid_correlation(rng):
    values = rng.standard_normal((4, 15))
    out = BlurPool(taps=5, stride={"x": 2}, boundary="valid")(label(values, "y", Axis("x")))
    wanted = signal.correlate(values, [[1, 4, 6, 4, 1]], mode="valid")[:, ::2] / 16
    np.testing.assert_allclose(out, wanted, atol=1e-13)
    assert out.x.values.tolist() == [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]


def test_two_taps_are_mean_pooling_and_one_is_plain_subsampling(rng):
    x = ring(rng.standard_normal(12))
    two = BlurPool(taps=2, stride={"x": 2})(x)
    xr.testing.assert_allclose(two, MeanPool(window={"x": 2})(x), atol=1e-14)
    assert BlurPool(taps=1, stride={"x": 3})(x).identical(Subsample(stride={"x": 3})(x))


def test_every_boundary_of_a_reference_convolution_holds_for_kernels_longer_than_the_axis():
    values = np.array([1.0, 5.0, 2.0])
    for boundary in ("reflect", "symmetric", "zero"):
        pool = MeanPool(window={"x": 7}, stride={"x": 1}, boundary=boundary)
        wanted = ndimage.uniform_filter1d(values, 7, mode=MODES[boundary])
        np.testing.assert_allclose(pool(label(values, "x")), wanted, atol=1e-12)


@pytest.mark.parametrize("dims", [("y", "x"), "x", ["x", "z"]])
def test_global_pools_are_numpys_reductions(dims, rng):
    x = ring(rng.standard_normal((3, 4, 5)))
    axis = tuple(x.get_axis_num(d) for d in ([dims] if isinstance(dims, str) else dims))
    for kind in ("max", "mean", "sum"):
        wanted = getattr(np, kind)(x.values, axis=axis)
        np.testing.assert_allclose(GlobalPool(dims, kind=kind)(x), wanted, atol=1e-12)


@law
@given(size=st.integers(1, 30), stride=st.integers(1, 9))
def test_subsampling_is_a_slice_and_keeps_the_samples_own_places(size, stride):
    x = label(np.arange(float(size)), Axis("x", 2.0, -0.5, unit="px"))
    out = Subsample(stride={"x": stride})(x)
    assert np.array_equal(out, x[::stride])
    np.testing.assert_allclose(out.x, x.x[::stride], atol=1e-12)


# Where the samples of a result stand


@law
@given(
    size=st.integers(1, 5).map(lambda n: 12 * n),
    window=st.integers(1, 12),
    stride=st.sampled_from([1, 2, 3, 4, 6, 12]),
    boundary=st.sampled_from([*MODES, "valid"]),
    step=st.sampled_from([0.5, -2.0]),
)
def test_a_pooled_sample_stands_at_its_windows_center(size, window, stride, boundary, step):
    # A ramp is its own coordinate, so a mean over a window that meets no border is its center.
    axis = Axis("x", 3.0, step, unit="px", period=size * abs(step))
    ramp = label(3.0 + step * np.arange(size), axis)
    out = MeanPool(window={"x": window}, stride={"x": stride}, boundary=boundary)(ramp)
    low, high = sorted((ramp.values[0], ramp.values[-1]))
    half = (window - 1) / 2 * abs(step) + 1e-9
    inside = (out.x >= low + half - 2e-9) & (out.x <= high - half + 2e-9)
    np.testing.assert_allclose(out.values[inside], out.x.values[inside], atol=1e-9)
    assert inside.any() or boundary != "valid"


def test_an_even_blur_moves_the_grid_by_half_a_sample():
    x = ring(np.zeros(8))
    assert float(BlurPool(taps=4, stride={"x": 2})(x).x[0]) == 1.5 + 0.25
    assert float(BlurPool(taps=5, stride={"x": 2})(x).x[0]) == 1.5


@pytest.mark.parametrize("window", [3, 4])
def test_a_dense_pool_keeps_the_size_and_the_ring(window):
    out = MaxPool(window={"x": window}, stride={"x": 1})(ring(np.zeros(9)))
    assert out.sizes["x"] == 9
    assert axis_of(out, "x").periodic
    assert float(out.x[0]) == (1.5 if window == 3 else 1.75)


def test_dates_are_pooled_to_the_middle_of_their_window():
    hours = np.datetime64("2024-03-01", "ns") + np.arange(6) * np.timedelta64(3600, "s")
    x = xr.DataArray(np.arange(6.0), coords={"time": hours}, dims="time")
    out = MeanPool(window={"time": 2})(x)
    assert out.time.dtype.kind == "M"
    assert np.array_equal(out.time, hours[::2] + np.timedelta64(1800, "s"))


def test_padding_says_where_the_first_window_begins():
    x = label([1.0, 2.0, 3.0, 4.0], Axis("x"))
    pool = MaxPool(window={"x": 3}, stride={"x": 2}, padding={"x": 1}, boundary="zero")
    assert pool(x).values.tolist() == [2.0, 4.0]
    assert pool(x).x.values.tolist() == [0.0, 2.0]
    far = MaxPool(window={"x": 2}, stride={"x": 2}, padding={"x": 5}, boundary="zero")
    assert far(x).values.tolist() == [0.0, 0.0]


def test_a_stride_beyond_the_window_skips_samples():
    out = MaxPool(window={"x": 2}, stride={"x": 4})(ring(np.arange(12.0)))
    assert out.values.tolist() == [1.0, 5.0, 9.0]


def test_a_window_of_one_is_the_identity(rng):
    x = ring(rng.standard_normal((4, 6)))
    assert MaxPool(window={"x": 1, "y": 1})(x).identical(x)


# The plan


@pytest.mark.parametrize(
    "op",
    [
        MaxPool(window={"x": 4}),
        MaxPool(window={"x": 3}, stride={"x": 2}),
        MeanPool(window={"x": 4}, stride={"x": 2}, boundary="reflect"),
        BlurPool(taps=4, stride={"x": 3}),
        Subsample(stride={"x": 2}),
    ],
    ids=str,
)
def test_the_same_windows_without_their_stride_contain_the_strided_result(op, rng):
    x = ring(rng.standard_normal((5, 24)))
    dense, stride = op.unstrided(["x"]), op.plan(Axes.of(x)).stride["x"]
    assert dense.plan(Axes.of(x)).stride["x"] == 1
    xr.testing.assert_allclose(dense(x).isel(x=slice(None, None, stride)), op(x), atol=1e-12)


def test_reach_is_half_a_window_either_side_and_no_more(rng):
    x = ring(rng.standard_normal(24))
    op = MeanPool(window={"x": 5}, stride={"x": 2})
    assert op.plan(Axes.of(x)).reach == {"x": (1.0, 1.0)}
    assert op.plan(Axes.of(x)).taps == 5


def test_names_are_all_that_tells_time_from_space(rng):
    values = rng.standard_normal((12, 24))
    image = ring(values)
    time = Axis("time", 0.0, 0.01, unit="s", period=0.24)
    sound = label(values, Axis("frequency", 50.0, 100.0, unit="Hz", period=1200.0), time)
    for op in (
        MaxPool(window={"y": 2, "x": 3}),
        MeanPool(window={"y": 3, "x": 4}, stride={"y": 1, "x": 2}),
        BlurPool(taps=4, stride={"y": 2, "x": 3}),
        Subsample(stride={"y": 3, "x": 2}),
        GlobalPool(("x", "y"), kind="mean"),
    ):
        again = op.rename({"y": "frequency", "x": "time"})
        assert np.array_equal(again(sound), op(image))
        assert str(again) == str(op).replace("y", "frequency").replace("x", "time").replace(
            "matime", "max"
        ).replace("Matime", "Max")


def test_a_pool_says_what_it_does():
    op = MaxPool(window={"y": 2, "x": 3}, stride={"y": 2, "x": 1}, boundary="zero")
    assert str(op) == "MaxPool(y: 2, x: 3, stride y: 2, x: 1, boundary zero)"
    assert str(BlurPool(taps=5, stride={"x": 2})) == "BlurPool(taps 5, stride x: 2)"
    assert str(GlobalPool("x", kind="max")) == "GlobalPool(over x, kind max)"


# Input of any kind


POOLS = [
    MaxPool(window={"x": 3}, stride={"x": 2}),
    MeanPool(window={"x": 3}, stride={"x": 2}),
    BlurPool(taps=3, stride={"x": 2}),
    GlobalPool("x", kind="max"),
    GlobalPool("x", kind="mean"),
]


@pytest.mark.parametrize("op", POOLS, ids=str)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_reaches_just_the_windows_that_hold_it(op, bad):
    values, touched = np.zeros(12), np.zeros(12)
    values[4], touched[4] = bad, 1.0
    assert np.array_equal(np.isfinite(op(ring(values))), op(ring(touched)) == 0)


@pytest.mark.parametrize("op", POOLS, ids=str)
def test_pictures_of_bytes_do_not_overflow(op):
    bright = np.full(12, 255, np.uint8)
    out = op(ring(bright))
    assert out.dtype == np.float64
    assert (out == 255).all()


@pytest.mark.parametrize("op", [MaxPool(window={"x": 2}), GlobalPool("x", kind="max")], ids=str)
def test_there_is_no_largest_complex_number(op):
    x = ring(np.ones(12, complex))
    with pytest.raises(DtypeError, match=r"real values.*complex; put a Modulus before"):
        op(x)
    assert (Modulus() >> op)(x).dtype == np.float64


def test_complex_means_are_taken(rng):
    values = rng.standard_normal(12) + 1j * rng.standard_normal(12)
    for op in (MeanPool(window={"x": 3}), BlurPool(taps=3, stride={"x": 3})):
        parts = op(ring(values.real)).values + 1j * op(ring(values.imag)).values
        np.testing.assert_allclose(op(ring(values)), parts, atol=1e-14)


def test_strides_may_be_small_numpy_integers():
    x = ring(np.zeros(2048))
    for kind in (np.uint8, np.int8, np.int64):
        assert MaxPool(window={"x": kind(4)}, stride={"x": kind(4)})(x).sizes["x"] == 512
        assert Subsample(stride={"x": kind(4)})(x).sizes["x"] == 512
        assert BlurPool(taps=kind(3), stride={"x": kind(4)})(x).sizes["x"] == 512


def test_a_parameter_changed_afterwards_changes_nothing():
    window = {"x": 2}
    op = MaxPool(window=window)
    window["x"] = 3
    assert op.window == {"x": 2}


# Wrong on purpose


def test_a_missing_dim_is_told_with_those_there_are():
    with pytest.raises(DimError, match=r"'time'.*its dims are 'y', 'x'"):
        MaxPool(window={"time": 2})(ring(np.zeros((2, 3))))
    with pytest.raises(DimError, match=r"'x'.*its dims are none"):
        MaxPool(window={"x": 2})(label(0.0))


def test_a_stride_that_does_not_divide_a_ring_names_the_nearest_lengths():
    for op in (MaxPool(window={"x": 4}), Subsample(stride={"x": 4}), BlurPool(stride={"x": 4})):
        with pytest.raises(AxisError, match=r"10 samples along 'x'.*stride 4.*8 or 12 samples"):
            op(ring(np.zeros(10)))


def test_a_window_longer_than_the_axis_is_refused():
    with pytest.raises(AxisError, match=r"window of 12 samples.*'x' \(10 samples, periodic"):
        MaxPool(window={"x": 12}, stride={"x": 1})(ring(np.zeros(10)))
    with pytest.raises(AxisError, match=r"window of 12 samples.*'x' \(10 samples, valid"):
        MaxPool(window={"x": 12})(label(np.zeros(10), "x"))


def test_a_non_uniform_axis_is_refused_but_only_along_the_window():
    x = xr.DataArray(np.zeros((3, 4)), coords={"y": [0, 1, 5], "x": [0, 1, 2, 3]}, dims=("y", "x"))
    assert MaxPool(window={"x": 2})(x).y.identical(x.y)
    with pytest.raises(AxisError, match="'y' is not uniform: sample 1"):
        MaxPool(window={"y": 2})(x)
    assert GlobalPool("y")(x).sizes == {"x": 4}


@pytest.mark.parametrize("count", [0, -2, 1.5, 2.0, True, "2"])
@pytest.mark.parametrize(
    "make",
    [
        lambda n: MaxPool(window={"x": n}),
        lambda n: MeanPool(window={"x": 2}, stride={"x": n}),
        lambda n: BlurPool(stride={"x": n}),
        lambda n: BlurPool(taps=n, stride={"x": 2}),
        lambda n: Subsample(stride={"x": n}),
    ],
)
def test_windows_and_strides_are_whole_numbers_of_at_least_one(make, count):
    with pytest.raises(ParameterError, match="give a whole number"):
        make(count)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: MaxPool(window={}), "window along at least one dim"),
        (lambda: MaxPool(window=2), "window=2 names no dim"),
        (lambda: MaxPool(window={"x": 2}, stride={"y": 2}), "stride names 'y'.*add it to window="),
        (lambda: MaxPool(window={"x": 2}, padding={"y": 2}), "padding names 'y'"),
        (lambda: MaxPool(window={"x": 2}, padding={"x": -1}), "at least 0"),
        (lambda: MaxPool(window={"x": 2}, boundary="wrap"), "'wrap' is unknown; give one of"),
        (lambda: BlurPool(taps=8, stride={"x": 2}), "1 to 7 taps, not 8"),
        (lambda: BlurPool(taps=3), "stride along at least one dim"),
        (lambda: GlobalPool(()), "at least one dim"),
        (lambda: GlobalPool("x", kind="min"), "'min' is unknown; give one of max, mean, sum"),
    ],
)
def test_parameters_out_of_range_are_refused(make, said):
    with pytest.raises(ParameterError, match=said):
        make()


def test_a_boundary_along_a_dim_without_a_window_is_refused():
    with pytest.raises(DimError, match=r"boundary names 'X'.*lie along 'x'"):
        MaxPool(window={"x": 2}, boundary={"X": "zero"})(ring(np.zeros(4)))


def test_a_window_along_a_dim_that_is_not_there_names_the_pool_and_the_dims(rng):
    x = xr.DataArray(rng.standard_normal((4, 4)), dims=("y", "x"))
    with pytest.raises(DimError, match=r"MaxPool needs the dim 'z'.*its dims are 'y', 'x'"):
        MaxPool(window={"z": 2})(x)
    with pytest.raises(DimError, match="The operator needs the dim 'z'"):
        MaxPool(window={"z": 2}).plan(Axes.of(x))
