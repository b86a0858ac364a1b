"""Padding as a stage: against numpy, and what comes of it when the input moves."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import AxisError, DimError, ParameterError
from tests.operators.networks.layers import extended

BORDERS = ["zero", "edge", "reflect", "symmetric", "periodic", ("constant", -1.5)]
IDS = [str(border) for border in BORDERS]
PADS = {"y": (2, 0), "x": (1, 3)}


def finite(rng, *sizes, **attrs):
    axes = [iv.Axis(d, 2.0, 0.5, n, "px") for d, n in zip("zyx"[-len(sizes) :], sizes, strict=True)]
    return iv.label(rng.standard_normal(sizes), *axes, **attrs)


@pytest.mark.parametrize("border", BORDERS, ids=IDS)
@pytest.mark.parametrize("kind", [float, np.float32, complex])
def test_a_padded_array_is_numpys_and_every_sample_keeps_its_position(border, kind, rng):
    x = finite(rng, 6, 7).astype(kind)
    y = iv.Pad(PADS, border)(x)
    assert np.array_equal(y, extended(x.values, list(PADS.values()), border))
    assert y.dtype == x.dtype
    again = y.sel(y=x.y, x=x.x)
    assert np.array_equal(again, x)
    assert float(y.x[0]) == 1.5
    assert float(y.x[-1]) == 6.5


@pytest.mark.parametrize("border", BORDERS, ids=IDS)
def test_padding_and_a_valid_filter_is_a_filter_with_that_padding(border, rng):
    x = finite(rng, 9, 11)
    taps = xr.DataArray(rng.standard_normal((3, 4)), dims=("y", "x"))
    for stride in (1, 2):
        steps = dict.fromkeys(PADS, stride)
        apart = iv.Pad(PADS, border) >> iv.Convolve(taps, steps, "valid")
        at_once = iv.Convolve(taps, steps, border, padding=PADS)
        xr.testing.assert_allclose(apart(x), at_once(x), atol=1e-13)
        mean = iv.Pad(PADS, border) >> iv.MeanPool({"y": 3, "x": 4}, steps, "valid")
        pool = iv.MeanPool({"y": 3, "x": 4}, steps, border, PADS)
        xr.testing.assert_allclose(mean(x), pool(x), atol=1e-13)


def test_what_is_carried_along_is_carried_beyond_the_ends(rng):
    x = finite(rng, 6, name="image", attrs={"units": "Pa"})
    x = x.assign_coords(twice=("x", 2 * x.x.values), letter=("x", list("abcdef")))
    y = iv.Pad({"x": (1, 2)}, ("constant", 1.0))(x)
    np.testing.assert_allclose(y.twice, 2 * y.x)
    assert "".join(y.letter.values) == "aabcdefff"
    assert (y.name, y.attrs) == ("image", {"units": "Pa"})


def test_on_a_periodic_axis_that_wraps_there_is_nothing_to_pad(rng):
    x = iv.label(rng.standard_normal(8), iv.Axis("x", period=8.0))
    op = iv.Pad({"x": (2, 1)})
    assert not iv.axis_of(op(x), "x").periodic
    assert op.bounded(None)(x).identical(x)
    assert op.bounded("valid")(x).identical(x)
    around = iv.Pad({"x": (1, 1)}, "periodic") >> iv.Convolve(iv.label([1.0, 2.0, 3.0], "x"))
    wrapped = iv.Convolve(iv.label([1.0, 2.0, 3.0], "x"))(x)
    np.testing.assert_allclose(around(x), wrapped, atol=1e-14)
    np.testing.assert_allclose(around(x).x, wrapped.x)


@pytest.mark.parametrize("border", BORDERS, ids=IDS)
@pytest.mark.parametrize("size", [2, 3, 9])
def test_no_sample_beyond_the_ends_depends_on_one_out_of_reach(border, size, rng):
    x = iv.label(rng.standard_normal(size), iv.Axis("x", step=-0.5))
    op = iv.Pad({"x": (3, 4)}, border)
    left, right = (each / 0.5 for each in op.plan(iv.Axes.of(x)).reach["x"])
    y = op(x)
    far = set()
    for k in range(size):
        other = x.copy(data=np.where(np.arange(size) == k, 100.0, x))
        (changed,) = np.nonzero(op(other).values != y.values)
        far |= {k - (j - 3) for j in changed.tolist()}
    assert max(far) <= right
    assert -min(far) <= left
    if size == 9 and border in ("edge", "reflect", "symmetric"):
        assert (-min(far), max(far)) == (left, right)


def test_wrapped_padding_of_a_signal_that_is_moved_round_makes_no_error(rng):
    op = iv.Pad({"x": (1, 1)}, "periodic") >> iv.Convolve(iv.label([1.0, 2.0, 3.0], "x"))
    assert float(iv.causes(op, finite(rng, 8, 32), iv.Translate(x=1.5)).total) < 1e-12


@pytest.mark.parametrize("border", [each for each in BORDERS if each != "periodic"], ids=str)
@pytest.mark.parametrize("shift", [1.0, 2.5])
def test_the_cause_of_what_padding_without_a_stride_does_is_the_border(border, shift, rng):
    x = finite(rng, 8, 32)
    taps = xr.DataArray(rng.standard_normal((3, 3)), dims=("y", "x"))
    op = iv.Pad({"x": (1, 1), "y": (1, 1)}, border) >> iv.Convolve(taps, boundary="valid")
    found = iv.causes(op, x, iv.Translate(x=shift))
    assert float(found.share.sum()) == pytest.approx(1.0, abs=1e-9)
    assert float(found.share_of_cause.sel(cause="border")) > 0.95


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: iv.Pad({}), "needs a pair along at least one dim"),
        (lambda: iv.Pad(1), r"mapping such as \{'x': \(1, 1\)\}"),
        (
            lambda: iv.Pad({"x": 1}),
            r"is 1 samples; give a pair \(before, after\), such as \(1, 1\)",
        ),
        (lambda: iv.Pad({"x": (1, 1.5)}), "1.5 samples; give a whole number"),
        (lambda: iv.Pad({"x": (-1, 0)}), "at least 0"),
        (lambda: iv.Pad({"x": (1, 1)}, "replicate"), "is 'edge'"),
        (lambda: iv.Pad({"x": (1, 1)}, ("constant", -np.inf)), "a MaxPool takes -inf"),
    ],
)
def test_what_is_no_padding_is_refused(make, said):
    with pytest.raises(ParameterError, match=said):
        make()


def test_a_boundary_along_a_dim_that_is_not_padded_is_refused(rng):
    with pytest.raises(DimError, match="names 'y', along which there is no window"):
        iv.Pad({"x": (1, 1)}, {"x": "zero", "y": "zero"})(finite(rng, 4, 5))
    with pytest.raises(AxisError, match="'x'"):
        iv.Pad({"x": (1, 1)})(iv.label(np.ones(3), "x").assign_coords(x=[0.0, 1.0, 5.0]))
