"""Sums over runs of neighbors against products of matrices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invarsig.kernels import runs
from invarsig.kernels.runs import Runs


def triangles(rng, sums: int, size: int) -> np.ndarray:
    """Rows that are zero but for a run, some of them empty and some of them whole."""
    ends = np.sort(rng.integers(0, size + 1, (sums, 2)), axis=1)
    places = np.arange(size)
    inside = (places >= ends[:, :1]) & (places < ends[:, 1:])
    return np.where(inside, rng.uniform(0.5, 2.0, (sums, size)), 0.0)


@settings(deadline=None)  # the first call compiles
@given(
    seed=st.integers(0, 99),
    sums=st.integers(1, 6),
    size=st.integers(1, 40),
    batch=st.lists(st.integers(0, 7), max_size=3),
    single=st.booleans(),
    compiled=st.booleans(),
)
def test_the_sums_are_a_product_with_the_matrix(seed, sums, size, batch, single, compiled):
    rng = np.random.default_rng(seed)
    weights = triangles(rng, sums, size)
    values = rng.standard_normal((*batch, size)).astype(np.float32 if single else np.float64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "_COMPILED", 0 if compiled else 1 << 30)
        found = Runs(weights)(values)
    assert found.dtype == values.dtype
    np.testing.assert_allclose(found, values @ weights.T, atol=1e-4 if single else 1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("block", [1, 130, 1 << 16])
def test_a_row_gives_the_same_to_the_bit_however_many_there_are(dtype, block, rng, monkeypatch):
    summed, values = Runs(triangles(rng, 7, 43)), rng.standard_normal((61, 43)).astype(dtype)
    monkeypatch.setattr(runs, "_COMPILED", 1 << 30)
    one_by_one = np.stack([summed(row) for row in values])
    monkeypatch.setattr(runs, "_COMPILED", 0)
    monkeypatch.setattr(runs, "_BLOCK", block)
    np.testing.assert_array_equal(summed(values), one_by_one)
    strided = np.asfortranarray(values)
    strided.flags.writeable = False
    np.testing.assert_array_equal(summed(strided), one_by_one)


@pytest.mark.parametrize("compiled", [0, 1 << 30])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_enters_the_sums_that_hold_it_and_no_others(
    compiled, bad, rng, monkeypatch
):
    monkeypatch.setattr(runs, "_COMPILED", compiled)
    weights, values = triangles(rng, 30, 20), rng.standard_normal((6, 20))
    values[2, 11] = bad
    found = Runs(weights)(values)
    hit = weights[:, 11] != 0
    assert hit.any()
    assert (~np.isfinite(found[2]) == hit).all()
    assert np.isfinite(np.delete(found, 2, axis=0)).all()
    np.testing.assert_array_equal(found[2, hit], bad)
