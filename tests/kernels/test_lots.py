"""Work that is done lot by lot gives what it gives at once, in less memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invarsig.kernels import lots
from invarsig.kernels.lots import in_lots


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(1, 40), st.integers(1, 3))
def test_lots_of_any_size_give_what_all_at_once_gives(shape, lot, factor):
    values = np.random.default_rng(0).standard_normal(shape)
    weights = np.arange(values.size, dtype=float).reshape(shape)
    out = np.full((*shape[:-1], factor * shape[-1]), np.nan)

    def work(some, own):
        assert some.shape == own.shape
        return np.repeat(np.cumsum(some * own, axis=-1), factor, axis=-1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lots, "_LOT", lot)
        in_lots(work, [values, weights], out)
    np.testing.assert_array_equal(out, work(values, weights))


@pytest.mark.parametrize("shape", [(64, 64, 256), (1, 4096, 256), (2048, 512)])
def test_what_is_made_on_the_way_is_small(shape):
    values = np.ones(shape)
    out = np.empty_like(values)
    tracemalloc.start()
    try:
        in_lots(lambda x: np.fft.ifft(np.fft.fft(x)).real, [values], out)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    np.testing.assert_allclose(out, 1.0)
    assert most < values.nbytes
