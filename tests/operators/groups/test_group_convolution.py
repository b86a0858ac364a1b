"""Group convolutions commute with quarter turns and flips, and where they do not is known."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy import signal

import invarsig as iv
from invarsig.errors import AxisError, DimError, ParameterError
from tests.nightly import some
from tests.operators.groups import elements
from tests.operators.groups.elements import P4, P4M, matrix, moved, naive

GROUPS = {"p4": P4, "p4m": P4M}


def ring(values: np.ndarray) -> xr.DataArray:
    axes = [
        iv.Axis(d, 0.0, 1.0, n, "px", float(n)) for d, n in zip("yx", values.shape, strict=True)
    ]
    return iv.label(values, *axes)


def first_layer(rng, group: str, size: int, **more) -> iv.Operator:
    taps = iv.label(rng.standard_normal((3, size, size)), "filter", "y", "x")
    return iv.LiftingConvolution(taps, group=group, **more)


def later_layer(rng, group: str, size: int, **more) -> iv.Operator:
    """From three channels into two."""
    sizes = {"out": 2, "filter": 3, "orientation": 4, "reflection": 2, "y": size, "x": size}
    if group == "p4":
        del sizes["reflection"]
    taps = iv.label(rng.standard_normal(tuple(sizes.values())), *sizes)
    return iv.GroupConvolution(taps, group=group, over=("filter",), **more)


def network(rng, group: str, sizes: tuple[int, int], **more) -> iv.Operator:
    one, other = sizes
    return first_layer(rng, group, one, **more) >> iv.Relu() >> later_layer(rng, group, other)


def off(op, x, g, center) -> float:
    """Relative error of the square for an element of the group, about a center in coordinates."""
    y = op(x)
    wanted = moved(y, g, center) if "x" in y.dims else y
    gap = iv.difference(op(moved(x, g, center)), wanted)
    return float(np.linalg.norm(gap) / np.linalg.norm(y))


# --- against references -----------------------------------------------------------------


@pytest.mark.parametrize("size", [3, 4, 5])
def test_a_lifting_convolution_is_scipys_with_each_kernel_turned(size, rng):
    values, taps = rng.standard_normal((9, 11)), rng.standard_normal((size, size))
    x = iv.label(values, "y", "x")
    y = iv.LiftingConvolution(iv.label(taps, "y", "x"), group="p4m")(x)
    assert y.dims == ("orientation", "reflection", "y", "x")
    for turns, mirrored in P4M:
        # numpy turns from the first dim to the last, so backwards.
        kernel = np.rot90(taps[::-1] if mirrored else taps, -turns)
        wanted = signal.convolve2d(values, kernel, mode="valid")
        np.testing.assert_allclose(y[turns, mirrored], wanted, atol=1e-13)
    assert float(y.y[0]) == (size - 1) / 2


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("group", GROUPS)
def test_a_group_convolution_is_the_sum_over_its_elements(group, size, rng):
    names = GROUPS[group]
    kernels, values = rng.standard_normal((len(names), size, size)), rng.standard_normal((8, 7, 7))
    values = values[: len(names)]
    whole = (4,) if group == "p4" else (4, 2)
    dims = ("orientation", "reflection")[: len(whole)]
    x = iv.label(
        values.reshape(*whole, 7, 7),
        iv.Axis("orientation", 0.0, np.pi / 2, 4, "rad", 2 * np.pi),
        *dims[1:],
        iv.Axis("y", period=7.0),
        iv.Axis("x", period=7.0),
    )
    taps = iv.label(kernels.reshape(*whole, size, size), *dims, "y", "x")
    y = iv.GroupConvolution(taps, group=group)(x)
    assert y.dims == x.dims
    np.testing.assert_allclose(
        y.to_numpy().reshape(-1, 7, 7), naive(kernels, values, names), atol=1e-12
    )


def test_an_even_kernel_moves_the_grid_by_half_a_sample(rng):
    # The reference rolls by whole samples, and its middle is half a sample later.
    y = first_layer(rng, "p4", 4)(ring(rng.standard_normal((8, 8))))
    assert float(y.y[0]) == float(y.x[0]) == 0.5


def test_a_narrow_kernel_is_filled_up_with_zeros(rng):
    x = ring(rng.standard_normal((9, 9)))
    taps = rng.standard_normal((1, 5))
    one = iv.LiftingConvolution(iv.label(taps, "y", "x"))(x)
    other = iv.LiftingConvolution(iv.label(np.pad(taps, [(2, 2), (0, 0)]), "y", "x"))(x)
    xr.testing.assert_allclose(one, other)
    plain = iv.Convolve(iv.label(taps, "y", "x"))(x)
    np.testing.assert_allclose(one.isel(orientation=0), plain, atol=1e-14)


# --- the square ---------------------------------------------------------------------------


@pytest.mark.parametrize("grid", [9, 10])
@pytest.mark.parametrize("sizes", some([(4, 3), (3, 3), (5, 3), (2, 2), (3, 2)], 3))
@pytest.mark.parametrize("group", GROUPS)
def test_layers_commute_with_every_element_of_their_group(group, sizes, grid, rng):
    x = ring(rng.standard_normal((grid, grid)))
    op = network(rng, group, sizes)
    for g, center in itertools.product(GROUPS[group], [(0.0, 0.0), (4.5, 4.5), (3.0, 5.0)]):
        assert off(op, x, matrix(*g), center) < 1e-14, (g, center)


@pytest.mark.parametrize("kind", ["max", "mean"])
def test_a_pool_over_the_group_turns_with_the_picture_and_one_over_all_is_invariant(kind, rng):
    x = ring(rng.standard_normal((10, 10)))
    features = network(rng, "p4m", (3, 3)) >> iv.Relu()
    picture = features >> iv.GlobalPool(("orientation", "reflection"), kind=kind)
    number = features >> iv.GlobalPool(("orientation", "reflection", "y", "x"), kind=kind)
    for g in P4M:
        assert off(picture, x, matrix(*g), (2.0, 2.0)) < 1e-14
        assert off(number, x, matrix(*g), (4.5, 4.5)) < 1e-14
    pooled = iv.MaxPool(window={"orientation": 4}, stride={"orientation": 4})
    best = features >> pooled
    np.testing.assert_array_equal(
        best(x).isel(orientation=0),
        features(x).max("orientation").transpose(*best(x).isel(orientation=0).dims),
    )


def test_turns_alone_do_not_commute_with_flips_and_no_turns_with_nothing(rng):
    x = ring(rng.standard_normal((10, 10)))
    pooled = network(rng, "p4", (3, 3)) >> iv.GlobalPool("orientation")
    assert off(pooled, x, matrix(1, 0), (0.0, 0.0)) < 1e-14
    assert off(pooled, x, matrix(0, 1), (0.0, 0.0)) > 0.1
    plain = iv.Convolve(iv.label(rng.standard_normal((3, 3)), "y", "x"))
    assert off(plain, x, matrix(1, 0), (0.0, 0.0)) > 0.5


@pytest.mark.parametrize("dims", [("y", "x"), ("x", "y")])
@pytest.mark.parametrize("signs", some([(1, -1), (1, 1), (-1, 1), (-1, -1)], 3))
@pytest.mark.parametrize("group", GROUPS)
def test_layers_commute_with_the_actions_whichever_way_the_axes_run(group, signs, dims, rng):
    x = ring(rng.standard_normal((9, 9)))
    for dim, sign in zip("yx", signs, strict=True):
        x = x.assign_coords({dim: (dim, sign * x[dim].to_numpy(), dict(x[dim].attrs))})
    x = x.transpose(*dims)
    op = network(rng, group, (3, 5))
    if signs[0] != signs[1]:
        # Orientations count in samples, and turn the other way than coordinates: Rotate refuses
        # them. A picture again turns as it should.
        op = op >> iv.GlobalPool(("orientation", "reflection")[: 1 if group == "p4" else 2])
    for turns in (1, 2, 3, -1):
        turn = iv.Rotate(turns * np.pi / 2, {"y": 1.0, "x": -3.0})
        assert float(iv.equivariance_error(op, x, turn)) < 1e-13
    if group == "p4m":
        for flip in ({"y": 2.0}, {"x": 0.5}, {"y": -1.0, "x": 4.0}):
            assert float(iv.equivariance_error(op, x, iv.Flip(tuple(flip), flip))) < 1e-13


def test_the_reference_and_the_actions_agree(rng):
    y = first_layer(rng, "p4m", 3)(ring(rng.standard_normal((8, 8))))
    center = {"y": 2.0, "x": 3.0}
    for action, g in (
        (iv.Rotate(-np.pi / 2, center), matrix(1, 0)),
        (iv.Flip(("y",), {"y": 2.0}), matrix(0, 1)),
        (iv.Flip(("x",), {"x": 3.0}), matrix(2, 1)),
    ):
        np.testing.assert_array_equal(action(y), moved(y, g, (2.0, 3.0)))


def test_the_orientations_of_the_input_may_begin_anywhere_and_descend(rng):
    x = first_layer(rng, "p4m", 3)(ring(rng.standard_normal((9, 9))))
    op = later_layer(rng, "p4m", 3)
    y = op(x)
    earlier = x.orientation - np.pi / 2
    turned = op(x.roll(orientation=1).assign_coords(orientation=earlier))
    np.testing.assert_allclose(turned, y.roll(orientation=1), atol=1e-13)
    backwards = x.isel(orientation=slice(None, None, -1))
    np.testing.assert_allclose(op(backwards), y.isel(orientation=slice(None, None, -1)), atol=1e-13)


# --- strides and borders ------------------------------------------------------------------


@pytest.mark.parametrize("size", [3, 2])
@pytest.mark.parametrize("group", GROUPS)
def test_a_stride_is_exact_about_a_sample_that_is_kept(group, size, rng):
    x = ring(rng.standard_normal((12, 12)))
    op = network(rng, group, (size, 3), stride={"y": 2, "x": 2})
    kept = iv.axis_of(op(x), "x").start
    for g in GROUPS[group]:
        for sample in (0, 3):
            center = (kept, kept + 2.0 * sample) if g[0] % 2 == 0 else (kept, kept)
            assert off(op, x, matrix(*g), center) < 1e-14
    # Half-way between two kept samples is as good.
    assert off(op, x, matrix(1, 0), (kept + 1.0, kept + 1.0)) < 1e-14


def turned_arrays_apart(op, x) -> float:
    """Error of a quarter turn of both arrays about their own centers, as numpy turns them."""
    y = op(x).transpose("filter", "orientation", "y", "x")
    again = op(x.copy(data=np.rot90(x.to_numpy()))).transpose(*y.dims)
    wanted = np.rot90(y.roll(orientation=-1).to_numpy(), axes=(-2, -1))
    return float(np.linalg.norm(again - wanted) / np.linalg.norm(y))


def test_the_center_of_an_even_array_is_wrong_for_odd_kernels_with_a_stride(rng):
    # Samples 0, 2, ... of 128 are kept, and a turn about 63.5 takes them to 127, 125, ...: in white
    # noise other samples have nothing to do with these, so that the error is √2.
    x = ring(rng.standard_normal((128, 128)))
    one = iv.label(np.ones((1, 1, 1)), "filter", "y", "x")
    for op, least, most in (
        (iv.LiftingConvolution(one, stride={"y": 2, "x": 2}), 1.35, 1.48),
        (first_layer(rng, "p4", 3, stride={"y": 2, "x": 2}), 0.5, 1.6),
    ):
        assert least < turned_arrays_apart(op, x) < most
        dense = op.unstrided(("y", "x"))
        assert turned_arrays_apart(dense, x) < 1e-14
    # Windows of two samples, every second one: the center lies between two of them.
    even = first_layer(rng, "p4", 2, stride={"y": 2, "x": 2})
    assert turned_arrays_apart(even, x) < 1e-14
    assert off(even, x, matrix(1, 0), (63.5, 63.5)) < 1e-14


@pytest.mark.parametrize("boundary", ["zero", "reflect", "symmetric", "valid"])
def test_borders_turn_too_where_kernels_are_odd(boundary, rng):
    x = iv.label(rng.standard_normal((10, 10)), "y", "x")
    assert turned_arrays_apart(first_layer(rng, "p4", 3, boundary=boundary), x) < 1e-14


def test_an_even_kernel_has_no_partner_for_its_last_row_beyond_a_border(rng):
    x = iv.label(rng.standard_normal((10, 10)), "y", "x")
    assert turned_arrays_apart(first_layer(rng, "p4", 4, boundary="valid"), x) < 1e-14
    y = first_layer(rng, "p4", 4, boundary="zero")
    assert turned_arrays_apart(y, x) > 0.1
    inner = y >> iv.Apply(lambda a: a, over="y")
    one = inner(x).isel(y=slice(None, -1), x=slice(None, -1))
    turned = inner(x.copy(data=np.rot90(x.to_numpy()))).isel(y=slice(None, -1), x=slice(None, -1))
    wanted = np.rot90(one.roll(orientation=-1).to_numpy(), axes=(-2, -1))
    np.testing.assert_allclose(turned, wanted, atol=1e-13)


# --- what else is said ---------------------------------------------------------------------


def test_a_harmonic_filter_has_one_fourier_coefficient_along_the_orientation(rng):
    x = ring(rng.standard_normal((15, 15)))
    bank = iv.CircularHarmonicBank(("y", "x"), order=(0, 1, 2, 3), sigma=0.8)
    impulse = ring(np.eye(15)[7][:, None] * np.eye(15)[7])
    filters = bank(impulse).isel(y=slice(3, 12), x=slice(3, 12))
    taps = iv.label(filters.transpose("order", "y", "x").to_numpy(), "order", "y", "x")
    y = iv.LiftingConvolution(taps)(x).transpose("order", "orientation", "y", "x")
    spectrum = np.fft.fft(y.to_numpy(), axis=1) / 4
    for order in range(4):
        # h(R⁻¹ k) = exp(-i k θ) h(k)
        np.testing.assert_allclose(
            spectrum[order, -order % 4], bank(x).isel(order=order), atol=1e-14
        )
        others = np.delete(spectrum[order], -order % 4, axis=0)
        np.testing.assert_allclose(others, 0, atol=1e-14)


def test_the_orientation_is_an_axis_of_a_whole_turn_and_kernels_keep_their_names(rng):
    taps = iv.label(rng.standard_normal((2, 3, 3)), "filter", "y", "x")
    taps = taps.assign_coords(filter=["edge", "bar"])
    y = iv.LiftingConvolution(taps)(ring(rng.standard_normal((6, 6))))
    axis = iv.axis_of(y, "orientation")
    assert (axis.size, axis.unit, axis.periodic) == (4, "rad", True)
    assert axis.period == pytest.approx(2 * np.pi)
    assert y["filter"].values.tolist() == ["edge", "bar"]


def test_kernels_and_groups_that_do_not_fit_are_named(rng):
    square = iv.label(rng.standard_normal((3, 3)), "y", "x")
    with pytest.raises(ParameterError, match=r"3 x 4 taps.*half a sample off"):
        iv.LiftingConvolution(iv.label(np.ones((3, 4)), "y", "x"))
    with pytest.raises(ParameterError, match="group='p6' is unknown; give one of p4, p4m"):
        iv.LiftingConvolution(square, group="p6")
    with pytest.raises(ParameterError, match="must be an xarray"):
        iv.LiftingConvolution(np.ones((3, 3)))
    with pytest.raises(DimError, match="have no dim 'y'; they span 'lat', 'x'"):
        iv.LiftingConvolution(iv.label(np.ones((3, 3)), "lat", "x"))
    with pytest.raises(ParameterError, match="give 2 dims"):
        iv.LiftingConvolution(square, plane=("y", "y"))
    with pytest.raises(DimError, match="have no dim 'orientation'"):
        iv.GroupConvolution(square)
    with pytest.raises(ParameterError, match="3 taps over 'orientation'; the group p4 has 4"):
        iv.GroupConvolution(iv.label(np.ones((3, 3, 3)), "orientation", "y", "x"))
    three = iv.label(np.ones((4, 3, 3, 3)), "orientation", "reflection", "y", "x")
    with pytest.raises(ParameterError, match="3 taps over 'reflection'; the group p4m has 2"):
        iv.GroupConvolution(three, group="p4m")
    with pytest.raises(ParameterError, match="empty"):
        iv.LiftingConvolution(iv.label(np.ones((0, 3, 3)), "filter", "y", "x"))


def test_inputs_that_are_no_functions_on_the_group_are_named(rng):
    x = ring(rng.standard_normal((6, 6)))
    op = iv.GroupConvolution(iv.label(np.ones((4, 3, 3)), "orientation", "y", "x"))
    with pytest.raises(DimError, match="'orientation'"):
        op(x)
    counted = x.expand_dims(orientation=4)
    with pytest.raises(
        AxisError, match=r"4 samples of 1 sample and no period; .* needs 4 quarters"
    ):
        op(counted)
    half = iv.Axis("orientation", 0.0, np.pi / 4, 4, "rad", np.pi)
    gabors = iv.label(np.ones((4, 6, 6)), half, "y", "x")
    with pytest.raises(AxisError, match=r"4 samples of 0\.785398 rad and a period of 3\.14159 rad"):
        op(gabors)
    degrees = iv.Axis("orientation", 0.0, 90.0, 4, "deg", 360.0)
    again = replace(op, turn=360.0)(iv.label(gabors.to_numpy(), degrees, "y", "x"))
    assert again.sizes["orientation"] == 4
    lifted = iv.LiftingConvolution(iv.label(np.ones((3, 3)), "y", "x"), group="p4m")(x)
    dims = ("orientation", "reflection", "y", "x")
    flips = iv.GroupConvolution(iv.label(np.ones((4, 2, 3, 3)), *dims), group="p4m")
    with pytest.raises(AxisError, match="'reflection' has 1 samples"):
        flips(lifted.isel(reflection=[0]))


def test_the_references_group_is_a_group():
    for one, other in itertools.product(P4M, repeat=2):
        assert elements.named(matrix(*one) @ matrix(*other)) in P4M
    np.testing.assert_array_equal(matrix(1, 0) @ [0, 1], [1, 0])
    # A mirrored turn is the turn back, mirrored.
    np.testing.assert_array_equal(matrix(0, 1) @ matrix(1, 0), matrix(3, 1))
