"""Spatial pyramid pools against the published windows, and against adaptive pools."""

from __future__ import annotations

import math

import numpy as np
import pytest

from invarsig import (
    AdaptivePool,
    Axis,
    GlobalPool,
    PyramidPool,
    Translate,
    invariance_error,
    label,
    power_law_noise,
)
from invarsig.errors import AxisError, DtypeError, ParameterError
from tests.operators.pooling.rings import ring


def test_the_windows_are_those_of_the_paper():
    # A 13 x 13 map: the 3 x 3 level has windows of 5, stride 4; the 2 x 2 level 7 and 6.
    ramp = label(np.arange(13.0), Axis("x"))
    out = PyramidPool("x", levels=(3, 2, 1))(ramp)
    assert out.values.tolist() == [4, 8, 12, 6, 12, 12]
    assert out.x.values.tolist() == [2, 6, 10, 3, 9, 6]
    assert out.bin_level.values.tolist() == [3, 3, 3, 2, 2, 1]


@pytest.mark.parametrize("kind", ["max", "mean"])
@pytest.mark.parametrize("size", [(7, 10), (12, 8), (4, 13)])
def test_each_bin_is_reduced_over_its_box(size, kind, rng):
    values, levels = rng.standard_normal((2, *size)), (1, 3, 4)
    out = PyramidPool(("y", "x"), levels=levels, kind=kind)(label(values, "channel", "y", "x"))
    wanted = []
    for level in levels:
        widths = [math.ceil(n / level) for n in size]
        steps = [math.floor(n / level) for n in size]
        for i in range(level):
            for j in range(level):
                box = values[
                    :,
                    i * steps[0] : i * steps[0] + widths[0],
                    j * steps[1] : j * steps[1] + widths[1],
                ]
                wanted.append(getattr(np, kind)(box, axis=(1, 2)))
    assert out.dims == ("channel", "bin")
    np.testing.assert_allclose(out, np.stack(wanted, axis=1), atol=1e-14)


@pytest.mark.parametrize(
    ("size", "same"), [(12, True), (24, True), (13, True), (14, False), (15, False)]
)
def test_it_differs_from_adaptive_pooling_where_the_bins_do_not_divide_the_size(size, same):
    # With one sample over, the two formulas still give the same windows.
    ramp = label(np.arange(float(size)), Axis("x"))
    for kind in ("max", "mean"):
        pyramid, adaptive = PyramidPool("x", (4,), kind), AdaptivePool({"x": 4}, kind)
        assert np.allclose(pyramid(ramp), adaptive(ramp)) == same


def test_samples_at_the_end_may_be_in_no_bin_but_in_an_adaptive_one():
    values = np.zeros(7)
    values[6] = 1.0
    assert PyramidPool("x", levels=(4,))(ring(values)).sum() == 0
    assert AdaptivePool({"x": 4}, "max")(ring(values)).sum() == 1


def test_the_number_of_bins_does_not_depend_on_the_size(rng):
    for size in ((4, 4, 4), (5, 9, 7)):
        x = ring(rng.standard_normal(size))
        out = PyramidPool(("z", "y", "x"))(x)
        assert dict(out.sizes) == {"bin": 1 + 8 + 64}
        assert set(out.coords) == {"bin_level", "z", "y", "x"}
        np.testing.assert_allclose(out[0], GlobalPool(("z", "y", "x"), kind="max")(x))


def test_bins_know_where_they_lie_in_the_unit_of_the_lost_axis():
    x = label(np.zeros((8, 6)), Axis("scale", 0.0, 1.0, unit="px", scale="log2"), Axis("time"))
    out = PyramidPool("scale", levels=(2,), bin="part")(x)
    # Centers are means in octaves: of 1, 2, 4 and 8 px, and of 16 to 128 px.
    np.testing.assert_allclose(out.scale, [2**1.5, 2**5.5])
    assert out.scale.attrs["units"] == "px"
    assert out.part_level.dims == ("part",)
    hours = np.datetime64("2024-03-01", "ns") + np.arange(4) * np.timedelta64(3600, "s")
    dated = label(np.zeros(4), "time").assign_coords(time=hours)
    middle = PyramidPool("time", levels=(2,))(dated).time.values
    assert np.array_equal(middle, hours[::2] + np.timedelta64(1800, "s"))


def test_it_is_invariant_only_as_far_as_its_finest_level_lets_it():
    x = power_law_noise(Axis("x", size=64, period=64.0), channels=8, rng=1)
    errors = [
        float(invariance_error(PyramidPool("x", levels=levels), x, Translate(x=3)).max())
        for levels in ((1,), (1, 2), (1, 2, 4, 8))
    ]
    assert errors[0] < 1e-12
    assert 0.01 < errors[1] < errors[2]


def test_nan_stays_in_its_bins_and_complex_has_means_alone():
    values = np.zeros(8)
    values[5] = np.nan
    out = PyramidPool("x", levels=(1, 2))(ring(values))
    assert np.isnan(out).values.tolist() == [True, False, True]
    assert PyramidPool("x", kind="mean")(ring(np.ones(8, complex))).dtype == np.complex128
    with pytest.raises(DtypeError, match="needs real values"):
        PyramidPool("x")(ring(np.ones(8, complex)))


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: PyramidPool(()), ParameterError, "at least one dim"),
        (lambda: PyramidPool("bin"), ParameterError, "a dim of that name anew"),
        (lambda: PyramidPool("x", levels=()), ParameterError, "gives no level"),
        (lambda: PyramidPool("x", levels=3), ParameterError, "gives no level"),
        (lambda: PyramidPool("x", levels=(0, 1)), ParameterError, "at least 1"),
        (lambda: PyramidPool("x", kind="sum"), ParameterError, "'sum' is unknown"),
        (lambda: PyramidPool("x", levels=(1, 9)), AxisError, "9 bins needs.*'x' has 8"),
    ],
)
def test_what_does_not_fit_is_refused(make, error, said):
    with pytest.raises(error, match=said):
        make()(ring(np.zeros(8)))
