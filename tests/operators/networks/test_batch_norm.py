"""Batch normalization in evaluation."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import DimError, ParameterError
from invarsig.operators import batch_norm


def moments(rng, size=3, dim="channel"):
    spread = rng.uniform(0.1, 2.0, size), *rng.standard_normal((3, size))
    variance, mean, weight, bias = (xr.DataArray(each, dims=dim) for each in spread)
    return mean, variance, weight, bias


def test_it_takes_the_running_mean_away_and_divides_by_the_deviation(rng):
    mean, variance, weight, bias = moments(rng)
    x = iv.label(rng.standard_normal((3, 4, 5)), "channel", "y", "x")
    wanted = weight * (x - mean) / np.sqrt(variance + 1e-3) + bias
    got = batch_norm(mean, variance, weight, bias, epsilon=1e-3)(x)
    np.testing.assert_allclose(got, wanted.transpose(*x.dims), atol=1e-13)
    plain = (x - mean) / np.sqrt(variance + 1e-5)
    np.testing.assert_allclose(batch_norm(mean, variance)(x), plain, atol=1e-13)


def test_it_commutes_with_every_move_of_the_places(rng):
    x = iv.label(rng.standard_normal((3, 16)), "channel", iv.Axis("x", period=16.0))
    op = batch_norm(*moments(rng))
    assert float(iv.equivariance_error(op, x, iv.Translate(x=0.7))) < 1e-13


def test_moments_that_do_not_fit_are_refused(rng):
    mean, variance, weight, bias = moments(rng)
    with pytest.raises(ParameterError, match=r"variance must be an xarray.DataArray.*ndarray"):
        batch_norm(mean, variance.values)
    with pytest.raises(DimError, match=r"bias spans .*'x': 3.* and mean .*'channel': 3"):
        batch_norm(mean, variance, weight, bias.rename(channel="x"))
    with pytest.raises(ParameterError, match="epsilon is -1; give a finite value of at least 0"):
        batch_norm(mean, variance, epsilon=-1.0)
    with pytest.raises(ParameterError, match=r"variance \+ epsilon is 0 at its least"):
        batch_norm(mean, 0 * variance, epsilon=0.0)
