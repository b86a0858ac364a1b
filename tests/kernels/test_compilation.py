"""Loops run with or without a place where numba could keep them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import CacheWarning
from invarsig.kernels import compilation


@pytest.fixture(params=["nowhere", "full"])
def no_cache(request, monkeypatch):
    """No folder for numba's cache, as in a read-only installation, or one without room."""
    caching = pytest.importorskip("numba.core.caching")
    if request.param == "nowhere":
        monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    else:

        def refuse(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(caching.IndexDataCacheFile, "load", lambda *_: None)
        monkeypatch.setattr(caching.IndexDataCacheFile, "save", refuse)
    for each in (compilation.compiled, compilation._compiled_anew):
        each.cache_clear()
    yield
    for each in (compilation.compiled, compilation._compiled_anew):
        each.cache_clear()


def test_without_a_place_to_keep_it_a_loop_is_compiled_anew_and_says_so_once(no_cache):
    x = iv.label(np.arange(4.0), iv.Axis("x", period=4.0))
    op = iv.Convolve(xr.DataArray([1.0, 2.0, 3.0], dims="x"))
    with pytest.warns(CacheWarning, match="NUMBA_CACHE_DIR") as said:
        first = op(x)
    assert len(said) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        second = op(x)
    for found in (first, second):
        np.testing.assert_array_equal(found, [10.0, 4.0, 10.0, 12.0])
