"""L^p pools against windows gathered one by one, torch's scores, and other pools."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from invarsig import GlobalPool, LpPool, MaxPool, MeanPool, Modulus
from invarsig.errors import ParameterError
from tests.operators.pooling.rings import MODES, WINDOWS, by_name, gathered, ring

FROZEN = Path(__file__).parents[2] / "references" / "torch_bins.npz"


@pytest.mark.parametrize("boundary", [*MODES, "valid"])
@pytest.mark.parametrize(("size", "window", "stride"), WINDOWS)
@pytest.mark.parametrize("power", [0.5, 1, 2, 3.7])
@pytest.mark.parametrize("kind", ["mean", "sum"])
def test_each_window_gives_its_norm(size, window, stride, boundary, power, kind, rng):
    values = rng.standard_normal(size)
    op = LpPool(by_name(*window), by_name(*stride), boundary, power=power, kind=kind)
    reduce = np.mean if kind == "mean" else np.sum
    wanted = gathered(
        values, window, stride, boundary, lambda x: reduce(abs(x) ** power) ** (1 / power)
    )
    np.testing.assert_allclose(op(ring(values)), wanted, rtol=1e-12)


def test_with_sums_it_is_torchs_for_samples_above_zero():
    frozen = np.load(FROZEN)
    op = LpPool(window={"y": 3, "x": 2}, stride={"y": 2, "x": 2}, power=3, kind="sum")
    out = op.bounded("valid")(xr.DataArray(frozen["plane_input"], dims=("channel", "y", "x")))
    np.testing.assert_allclose(out, frozen["lp_sum"], rtol=1e-12)


def test_it_goes_from_the_mean_of_magnitudes_to_the_largest(rng):
    x = ring(rng.standard_normal(24))
    magnitude = Modulus()(x)
    one, many = LpPool(window={"x": 4}, power=1)(x), LpPool(window={"x": 4}, power=2000)(x)
    xr.testing.assert_allclose(one, MeanPool(window={"x": 4})(magnitude))
    # The mean keeps a factor of 4^(1/P) below the largest.
    np.testing.assert_allclose(many, MaxPool(window={"x": 4})(magnitude), rtol=1e-3)


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
@pytest.mark.parametrize("power", [0.2, 2, 40])
def test_powers_that_single_precision_cannot_hold_do_no_harm(scale, power, rng):
    values = rng.uniform(0.5, 1.5, 24)
    op = LpPool(window={"x": 3}, stride={"x": 2}, power=power)
    wanted = op(ring(values)) * scale
    out = op(ring((values * scale).astype(np.float32)))
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, wanted, rtol=1e-4)


def test_a_window_of_zeros_gives_zero_beside_tiny_values():
    values = np.zeros(12)
    values[0] = 1e-200
    out = LpPool(window={"x": 3}, power=4, kind="sum")(ring(values))
    np.testing.assert_allclose(out, [1e-200, 0, 0, 0], rtol=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("power", [2.0, 400.0])
def test_what_is_not_finite_reaches_just_its_windows(bad, power):
    values = np.full(12, 10.0)
    values[4] = bad
    out = LpPool(window={"x": 3}, power=power)(ring(values))
    assert np.isfinite(out).values.tolist() == [True, False, True, True]
    np.testing.assert_array_equal(out[1], bad)


def test_complex_samples_have_a_magnitude(rng):
    values = rng.standard_normal(12) + 1j * rng.standard_normal(12)
    out = LpPool(window={"x": 3}, power=3)(ring(values))
    assert out.dtype == np.float64
    np.testing.assert_allclose(out, LpPool(window={"x": 3}, power=3)(ring(abs(values))))


@pytest.mark.parametrize("power", [0, -1.0, np.nan, np.inf, "two"])
def test_a_power_that_makes_no_norm_is_refused(power):
    with pytest.raises(ParameterError, match=r"power is .*above 0"):
        LpPool(window={"x": 2}, power=power)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ParameterError, match="kind='max' is unknown; give one of mean, sum"):
        LpPool(window={"x": 2}, kind="max")


@pytest.mark.parametrize("power", [1e-20, 1e-6, 1e-3, 0.05, 0.0999])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_small_powers_go_to_the_geometric_mean_without_losing_digits(power, dtype, rng):
    values = np.exp(rng.standard_normal(12)).astype(dtype)
    logs = np.log(values.astype(np.float64).reshape(3, 4))
    wanted = np.exp(np.log1p(np.expm1(power * logs).mean(axis=1)) / power)
    digits = 20 * np.finfo(dtype).eps
    out = LpPool(window={"x": 4}, power=power)(ring(values))
    assert out.dtype == dtype
    np.testing.assert_allclose(out, wanted, rtol=digits)
    whole = GlobalPool("x", kind="lp", power=power)(ring(values[:4]))
    np.testing.assert_allclose(whole, wanted[0], rtol=digits)
    if power > 0.04:
        added = LpPool(window={"x": 4}, power=power, kind="sum")(ring(values))
        np.testing.assert_allclose(added, wanted * 4 ** (1 / power), rtol=100 * digits)
