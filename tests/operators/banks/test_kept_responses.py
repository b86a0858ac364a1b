"""Banks keep their responses between calls: nobody can tell, but for the time it takes."""

from __future__ import annotations

import copy
import gc
import math
import pickle
import weakref

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from tests.operators.banks.rings import ring

SIX = tuple(np.arange(6) * math.pi / 6)
BANKS = [
    iv.MorletBank(("y", "x"), (0.3, 0.1), orientation=SIX),
    iv.LogGaborBank(("y", "x"), (0.2,), SIX, part="real"),
    iv.SteerablePyramidBand(("y", "x"), 1, 4, "complex", stride={"y": 2, "x": 2}),
]


@pytest.fixture(params=BANKS, ids=lambda op: type(op).__name__)
def bank(request):
    """A bank of its own, which has kept nothing."""
    return copy.copy(request.param)


def counted(bank, monkeypatch):
    """Sizes at which the bank computes its response."""
    sizes, own = [], type(bank)._response

    def counting(self, axes, frequencies):
        sizes.append(tuple(map(len, frequencies)))
        return own(self, axes, frequencies)

    monkeypatch.setattr(type(bank), "_response", counting)
    return sizes


def test_a_response_is_computed_once_for_each_grid_and_precision(bank, rng, monkeypatch):
    x = ring(rng.standard_normal((24, 32)))
    bank(x)  # centers of channels with a stride read responses of their own, once
    bank = copy.copy(bank)
    sizes = counted(bank, monkeypatch)
    single = x.astype("float32")
    for given in (x, x, 2 * x, single, single, x.isel(y=slice(0, 10)), x):
        bank(given)
    mirrored = (20, 32)
    assert sizes == [(24, 32), (24, 32), mirrored]


def test_it_is_the_response_of_the_axis_that_is_given(rng):
    values = rng.standard_normal(64)
    bank = iv.MorletBank("time", [100.0])
    for rate in (400.0, 1000.0):
        x = iv.label(values, iv.Axis("time", step=1 / rate, unit="s", period=64 / rate))
        np.testing.assert_array_equal(bank(x), copy.copy(bank)(x))


def test_it_is_no_part_of_the_bank(bank, rng):
    x, fresh = ring(rng.standard_normal((24, 32))), copy.copy(bank)
    before = hash(bank), repr(bank), len(pickle.dumps(bank))
    y = bank(x)
    assert bank == fresh
    assert (hash(bank), repr(bank), len(pickle.dumps(bank))) == before
    for again in (pickle.loads(pickle.dumps(bank)), copy.deepcopy(bank), copy.copy(bank)):
        assert not again._kept.used
        assert again == bank
        xr.testing.assert_identical(again(x), y)


def test_it_is_freed_with_the_bank(rng):
    bank = iv.MorletBank("x", [0.2])
    bank(ring(rng.standard_normal((4, 32))))
    kept = weakref.ref(bank._kept)
    assert bank._kept.used
    del bank
    gc.collect()
    assert kept() is None


@pytest.mark.parametrize("complex_input", [False, True])
def test_a_bank_and_a_modulus_in_a_pipeline_give_what_they_give_apart(bank, complex_input, rng):
    x = ring(rng.standard_normal((2, 24, 32)) + (1j if complex_input else 0.0)).rename(z="item")
    x = x.assign_attrs(units="V", note="kept").assign_coords(tag=("item", ["a", "b"]))
    for given in (x, x.astype("complex64" if complex_input else "float32")):
        wanted = iv.Modulus()(bank(given))
        xr.testing.assert_identical((bank >> iv.Modulus())(given), wanted)
        wider = iv.Relu() >> bank >> iv.Modulus() >> iv.MeanPool({"x": 2})
        if not complex_input:
            wanted = iv.MeanPool({"x": 2})(iv.Modulus()(bank(iv.Relu()(given))))
            xr.testing.assert_identical(wider(given), wanted)


def test_a_stride_folds_before_the_transform_on_a_finite_axis_too(rng):
    values = iv.label(rng.standard_normal((20, 21)), "y", "x")
    for boundary in ("symmetric", "reflect", "zero", "edge"):
        dense = iv.MorletBank(("y", "x"), 0.2, orientation=SIX, boundary=boundary)
        for by in (2, 3, 4, 5):
            strided = dense.restrided({"y": by, "x": by})
            wanted = dense(values).values[..., ::by, ::by]
            np.testing.assert_allclose(strided(values), wanted, atol=1e-13)
