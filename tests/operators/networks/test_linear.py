"""Linear layers against numpy."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import AxisError, DimError, ParameterError


def weights(rng, *sizes, dims=("out", "channel"), **coords):
    return xr.DataArray(rng.standard_normal(sizes), dims=dims, coords=coords)


@pytest.mark.parametrize("kind", ["real", "complex"])
@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_channels_are_mixed_at_each_place(kind, rank, rng):
    x = iv.label(rng.standard_normal((3, 5, 6, 4)[: rank + 1]), "channel", *"zyx"[:rank])
    w = weights(rng, 2, 3) * (1 if kind == "real" else 1 - 2j)
    y = iv.Linear(w)(x)
    assert y.dims == ("out", *x.dims[1:])
    np.testing.assert_allclose(y, np.tensordot(w, x, axes=1), atol=1e-14)


def test_new_dims_stand_in_the_place_of_the_old_ones_and_bring_their_labels(rng):
    x = iv.label(rng.standard_normal((4, 3, 2)), "time", "channel", "part")
    w = weights(rng, 3, 2, 5, dims=("channel", "part", "word"), word=list("abcde"))
    y = iv.Linear(w, over=("part", "channel"))(x)
    assert y.dims == ("time", "word")
    assert "".join(y.word.values) == "abcde"
    np.testing.assert_allclose(y, np.einsum("tcp,cpw->tw", x, w), atol=1e-14)
    one = iv.Linear(w[..., 0], over=("channel", "part"))(x)
    assert one.dims == ("time",)
    np.testing.assert_allclose(one, y[:, 0], atol=1e-14)


def test_over_channels_it_commutes_with_moves_and_over_places_it_does_not(rng):
    x = iv.label(rng.standard_normal((3, 16)), "channel", iv.Axis("x", period=16.0))
    mixed = iv.Linear(weights(rng, 2, 3))
    assert float(iv.equivariance_error(mixed, x, iv.Translate(x=0.7))) < 1e-13
    whole = iv.Linear(weights(rng, 2, 3, 16, dims=("out", "channel", "x")), ("channel", "x"))
    found = iv.causes(whole, x, iv.Translate(x=2.0))
    assert float(found.share_of_cause.sel(cause="position")) == pytest.approx(1.0, abs=1e-9)


def test_nan_stays_at_its_place_and_away_from_weights_of_zero(rng):
    x = iv.label(rng.standard_normal((2, 4)), "channel", "x")
    x[0, 1] = np.nan
    y = iv.Linear(xr.DataArray([[1.0, 1.0], [0.0, 1.0]], dims=("out", "channel")))(x)
    assert np.isnan(y).values.tolist() == [[False, True, False, False], [False] * 4]


def test_single_precision_stays_and_bytes_are_promoted(rng):
    w = weights(rng, 2, 3)
    x = iv.label(rng.integers(0, 255, (3, 4)).astype(np.uint8), "channel", "x")
    np.testing.assert_allclose(iv.Linear(w)(x), w.values @ x.values.astype(float), atol=1e-12)
    assert iv.Linear(w)(x.astype(np.float32)).dtype == np.float32
    assert iv.Linear(w * 1j)(x.astype(np.float32)).dtype == np.complex64


def test_it_is_one_multiplication_for_each_weight_and_place(rng):
    from invarsig.operators.work import work

    assert work(iv.Linear(weights(rng, 2, 3)), iv.label(np.ones((3, 7)), "channel", "x")) == 42


def test_what_does_not_fit_is_refused(rng):
    w = weights(rng, 2, 3)
    with pytest.raises(ParameterError, match=r"such as \('out', 'channel'\)"):
        iv.Linear(w.values)
    with pytest.raises(DimError, match="no dim 'color'; they span"):
        iv.Linear(w, "color")
    with pytest.raises(ParameterError, match="each named once"):
        iv.Linear(w, ("channel", "channel"))
    with pytest.raises(ParameterError, match="empty"):
        iv.Linear(w[:0])
    with pytest.raises(AxisError, match="3 samples over 'channel', and the input has 2"):
        iv.Linear(w)(iv.label(np.ones((2, 7)), "channel", "x"))
    with pytest.raises(DimError, match="channel"):
        iv.Linear(w)(iv.label(np.ones(7), "x"))
    with pytest.raises(DimError, match="'out'"):
        iv.Linear(w)(iv.label(np.ones((3, 2)), "channel", "out"))
