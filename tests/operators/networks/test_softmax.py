"""Softmax against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

import invarsig as iv
from invarsig.errors import DimError, DtypeError, ParameterError


def test_a_softmax_is_scipys_over_one_dim_or_several(rng):
    x = iv.label(30 * rng.standard_normal((4, 5, 6)), "channel", "y", "x")
    for over, axis in (("channel", 0), (("x",), 2), (("x", "y"), (1, 2)), (x.dims, None)):
        y = iv.Softmax(over)(x)
        np.testing.assert_allclose(y, special.softmax(x.values, axis), rtol=1e-12)
        assert y.dims == x.dims
        np.testing.assert_allclose(y.sum(over), 1.0, rtol=1e-13)


def test_a_level_cancels_however_large(rng):
    x = iv.label(rng.standard_normal(5), "channel")
    np.testing.assert_allclose(iv.Softmax()(x + 1e6), iv.Softmax()(x), rtol=1e-9)
    assert iv.Softmax()(iv.label([-np.inf, 0.0], "channel")).values.tolist() == [0.0, 1.0]


def test_nan_is_propagated_within_its_place_and_single_precision_stays(rng):
    x = iv.label(rng.standard_normal((3, 4)).astype(np.float32), "channel", "x")
    x[1, 2] = np.nan
    y = iv.Softmax("channel")(x)
    assert y.dtype == np.float32
    assert np.array_equal(np.isnan(y), np.broadcast_to(np.arange(4) == 2, (3, 4)))


def test_over_channels_it_commutes_with_whole_samples_only(rng):
    x = iv.label(rng.standard_normal((3, 16)), "channel", iv.Axis("x", period=16.0))
    error = [iv.equivariance_error(iv.Softmax(), x, iv.Translate(x=by)) for by in (3.0, 0.5)]
    assert float(error[0]) < 1e-14
    assert float(error[1]) > 1e-3


def test_what_has_no_softmax_is_refused():
    with pytest.raises(ParameterError, match="Softmax is over"):
        iv.Softmax(())
    with pytest.raises(DtypeError, match="put a Modulus before it"):
        iv.Softmax()(iv.label([1j, 0.0], "channel"))
    with pytest.raises(DimError, match="'channel'"):
        iv.Softmax()(iv.label([1.0], "x"))
