"""How windows are laid along an axis: where they stand, how many there are, what they meet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig import Axes, Axis, axis_of, parameters
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.kernels.borders import BOUNDARIES
from invarsig.operators.windows import Span, check_boundary, extended, shared_dims, spans_of

law = settings(deadline=None, max_examples=80)


@law
@given(
    size=st.integers(1, 30),
    window=st.integers(1, 12),
    stride=st.integers(1, 12),
    padding=st.integers(0, 6),
    boundary=st.sampled_from(["zero", "reflect", "symmetric"]),
)
def test_windows_cover_the_extended_axis_from_the_padding_on(
    size, window, stride, padding, boundary
):
    span = Span(Axis("x", 5.0, 0.5, size), window, stride, padding, boundary)
    wide = extended(np.arange(float(size)), (span,))
    assert wide.size == (span.size - 1) * stride + window
    assert span.size == len(range(0, size, stride))
    center = np.arange(span.size) * stride - padding + (window - 1) / 2
    np.testing.assert_allclose(span.out_axis.positions(), 5.0 + 0.5 * center)


@law
@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 12))
def test_valid_windows_stay_inside_and_as_many_as_fit_are_laid(size, window, stride):
    axis = Axis("x", size=size)
    if window > size:
        with pytest.raises(AxisError, match=rf"window of {window} samples is longer.*'x'.*valid"):
            Span(axis, window, stride, 0, "valid")
        return
    span = Span(axis, window, stride, 0, "valid")
    starts = [a for a in range(0, size, stride) if a + window <= size]
    assert span.size == len(starts)
    assert extended(np.arange(size), (span,)).size == starts[-1] + window


def test_a_stride_that_does_not_divide_a_ring_names_the_nearest_lengths():
    with pytest.raises(AxisError, match=r"10 samples along 'x'.*stride 4.*to 8 or 12 samples"):
        Span(Axis("x", size=10), 2, 4, 0, "periodic")
    with pytest.raises(AxisError, match=r"3 samples along 'x'.*to 5 samples"):
        Span(Axis("x", size=3), 2, 5, 0, "periodic")


def test_a_window_longer_than_a_ring_is_refused():
    with pytest.raises(AxisError, match=r"window of 9 samples.*'x' \(8 samples, periodic"):
        Span(Axis("x", size=8), 9, 1, 0, "periodic")


def test_a_boundary_may_differ_from_dim_to_dim_and_follows_the_axis_by_default():
    axes = Axes({"y": Axis("y", size=8), "x": Axis("x", size=8, period=8.0)})
    ones = {"y": 3, "x": 3}

    def names(boundary):
        return [span.boundary for span in spans_of(axes, ones, {}, boundary, {})]

    assert names(None) == ["valid", "periodic"]
    assert names("zero") == ["zero", "zero"]
    assert names({"x": "reflect"}) == ["valid", "reflect"]
    assert names({"x": "reflect", "y": None}) == ["valid", "reflect"]


def test_a_boundary_along_a_dim_without_a_window_is_refused():
    axes = Axes({"x": Axis("x", size=8)})
    with pytest.raises(DimError, match=r"boundary names 'time', along which there is no window"):
        spans_of(axes, {"x": 3}, {}, {"time": "zero"}, {})


@pytest.mark.parametrize("boundary", [*BOUNDARIES, None, {"x": "zero", "y": None}])
def test_known_boundaries_pass(boundary):
    check_boundary(boundary)


@pytest.mark.parametrize("boundary", ["wrap", "Periodic", 0, ["zero"], {"x": "mirror"}, True])
def test_an_unknown_boundary_is_refused_with_those_there_are(boundary):
    with pytest.raises(ParameterError, match=r"unknown; give one of periodic, reflect, symmetric"):
        check_boundary(boundary)


@pytest.mark.parametrize("count", [2, np.int32(2), np.uint8(2)])
def test_any_whole_number_counts_samples(count):
    found = parameters.counts("stride", {"x": count})
    assert found == {"x": 2}
    assert type(found["x"]) is int


@pytest.mark.parametrize("count", [0, -1, 1.5, 2.0, "2", None, True, np.nan, [2]])
def test_what_is_no_whole_number_of_samples_is_refused(count):
    with pytest.raises(ParameterError, match=r"The stride along 'x' is .*give a whole number"):
        parameters.counts("stride", {"x": count})


@pytest.mark.parametrize("counts", [2, [2], "x", None])
def test_counts_without_a_dim_are_refused(counts):
    with pytest.raises(ParameterError, match=r"names no dim; give a mapping such as \{'x': 2\}"):
        parameters.counts("stride", counts)


def test_reach_is_half_a_window_in_the_axis_unit():
    for step in (0.5, -0.5):
        assert Span(Axis("x", step=step, size=9), 4, 2, 1, "zero").reach == (0.75, 0.75)


def test_strides_keep_the_period_and_valid_crops_lose_it():
    ring = Axis("x", step=0.5, size=12, period=6.0)
    assert Span(ring, 4, 3, 0, "periodic").out_axis.periodic
    assert not Span(ring, 4, 1, 0, "valid").out_axis.periodic
    assert Span(ring, 4, 4, 0, "valid").out_axis.periodic, "no window is lost here"


def test_a_size_read_from_a_labeled_array_is_a_plain_int():
    import xarray as xr

    assert type(axis_of(xr.DataArray(np.zeros(3), dims="x"), "x").size) is int


def test_valid_windows_that_overlap_and_just_fit_do_not_go_round():
    """Seven windows of 6 at a stride of 1 fill a ring of 12 from end to end; the rest is lost."""
    ring = Axis("x", step=0.5, size=12, period=6.0)
    assert Span(ring, 6, 1, 0, "valid").pads == (0, 0)
    assert not shared_dims([Span(ring, 6, 1, 0, "valid")])
    assert shared_dims([Span(ring, 4, 4, 0, "valid")]) == {"x"}


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: iv.MaxPool(window={"x": 2.5}), r"The window along 'x' is 2.5 samples; give"),
        (lambda: iv.AdaptivePool(bins={"x": 0}), r"The number of bins along 'x' is 0; give"),
        (lambda: iv.StochasticPool(window={"x": 2}, rng=-1), r"The seed rng is -1; give"),
        (lambda: iv.SimpleCells(("y", "x"), sizes=(1,)), r"A filter's size is 1 samples; give"),
    ],
)
def test_counts_are_of_samples_only_where_they_are(make, match):
    with pytest.raises(ParameterError, match=match):
        make()
