"""Global pools of every kind against numpy, and the invariance that they have."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig import Axis, GlobalPool, Translate, invariance_error, label
from invarsig.errors import DtypeError, ParameterError
from tests.operators.pooling.rings import ring


@pytest.mark.parametrize("dims", [("y", "x"), "x", ["x", "z"], ("z", "y", "x")])
@pytest.mark.parametrize("power", [0.5, 1, 2, 5.0])
def test_lp_and_median_are_numpys(dims, power, rng):
    x = ring(rng.standard_normal((3, 4, 5)))
    axis = tuple(x.get_axis_num(d) for d in ([dims] if isinstance(dims, str) else dims))
    norm = np.mean(abs(x.values) ** power, axis=axis) ** (1 / power)
    np.testing.assert_allclose(GlobalPool(dims, kind="lp", power=power)(x), norm, rtol=1e-12)
    median = GlobalPool(dims, kind="median")(x)
    np.testing.assert_array_equal(median, np.median(x.values, axis=axis))


def test_the_norm_of_complex_values_is_real(rng):
    values = rng.standard_normal(9) + 1j * rng.standard_normal(9)
    out = GlobalPool("x", kind="lp", power=2)(ring(values))
    assert out.dtype == np.float64
    assert float(out) == pytest.approx(np.linalg.norm(values) / 3)


@pytest.mark.parametrize("kind", ["max", "mean", "sum", "lp", "median"])
def test_every_kind_is_invariant_to_whole_samples(kind, rng):
    x = label(rng.standard_normal((3, 60)), "channel", Axis("x", period=60.0))
    assert invariance_error(GlobalPool("x", kind=kind), x, Translate(x=7)).max() < 1e-12


def test_only_sums_and_the_norm_of_power_two_are_invariant_to_fractions(rng):
    # The odd size has no Nyquist bin, so a fractional shift keeps all the energy there is.
    x = label(rng.standard_normal((3, 61)), "channel", Axis("x", period=61.0))
    for kind, exact in (("sum", True), ("lp", True), ("max", False), ("median", False)):
        op = GlobalPool("x", kind=kind)
        y, moved = op(x), op(Translate(x=0.37)(x))
        assert (float(abs(moved - y).max()) < 1e-12) == exact


@pytest.mark.parametrize("kind", ["max", "mean", "sum", "lp", "median"])
def test_nan_is_kept_and_single_precision_too(kind):
    values = np.ones((2, 6), np.float32)
    values[0, 2] = np.nan
    out = GlobalPool("x", kind=kind)(label(values, "y", "x"))
    assert out.dtype == np.float32
    assert np.isnan(out).values.tolist() == [True, False]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ParameterError, match="power is 0"):
        GlobalPool("x", kind="lp", power=0)
    with pytest.raises(DtypeError, match="global median needs real values"):
        GlobalPool("x", kind="median")(ring(np.zeros(3, complex)))


def test_a_long_line_of_single_numbers_loses_no_digits(rng):
    # Added up one after the other, a million of them are off by 2e-4.
    values = rng.standard_normal(2**20).astype(np.float32)
    out = GlobalPool("x", kind="lp")(ring(values))
    assert out.dtype == np.float32
    assert float(out) == pytest.approx(np.sqrt(np.mean(values.astype(float) ** 2)), rel=1e-6)
