"""Energy constancy is a weaker question than equivariance, for every operator."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from tests.conftest import ring

OPERATORS = [
    iv.MaxPool(window={"x": 2}),
    iv.Subsample(stride={"x": 4}),
    iv.Relu() >> iv.BlurPool(taps=3, stride={"x": 2}),
    iv.SpectralPool(stride={"x": 4}),
    iv.GaborBank("x", frequency=[0.1, 0.3], stride={"x": 4}),
    iv.GlobalPool("x", kind="max"),
]
SHIFTS = [iv.Translate(x=d) for d in (1, 2, 0.37, -7.61)]


@pytest.mark.parametrize("op", OPERATORS, ids=str)
def test_it_is_never_above_the_equivariance_error(photograph, op):
    x = ring(photograph, x=256)
    constancy = iv.measures.energy_constancy(op, x, SHIFTS)
    error = iv.equivariance_error(op, x, SHIFTS, norm="total")
    assert (constancy <= error + 1e-14).all()


@pytest.mark.parametrize("protocol", ["interior", "cut"])
def test_nor_is_it_inside_borders_and_in_crops(photograph, protocol):
    op = iv.Relu() >> iv.MaxPool(window={"x": 3})
    whole = [iv.Translate(x=d) for d in (1, 2, -7)]
    constancy = iv.measures.energy_constancy(op, photograph, whole, protocol=protocol)
    error = iv.equivariance_error(op, photograph, whole, norm="total", protocol=protocol)
    assert constancy.attrs["protocol"] == protocol
    assert (constancy <= error + 1e-14).all()
    assert (constancy > 0).all()


def test_it_is_the_difference_of_two_norms(photograph):
    x, op = ring(photograph, x=256), iv.Subsample(stride={"x": 4})
    here, there = (np.linalg.norm(np.roll(x.values, d, 1)[:, ::4]) for d in (0, 2))
    got = iv.measures.energy_constancy(op, x, iv.Translate(x=2))
    # Half an output sample dampens the Nyquist bin of g f(x).
    spectrum = np.fft.fft(x.values[:, ::4], axis=1)
    spectrum[:, 32] *= np.cos(np.pi / 2)
    moved = np.linalg.norm(spectrum) / 8
    assert float(got) == pytest.approx(abs(there - moved) / here, rel=1e-9)
    exact = iv.measures.energy_constancy(op, x, iv.Translate(x=4))
    assert float(exact) < 1e-14
    assert got.attrs["protocol"] == "periodic"


def test_shifts_and_kept_dims_are_those_of_the_equivariance_error(photograph):
    x = ring(photograph, x=128)
    bank = iv.GaussianBank(sigma={"x": [0.5, 1.0]}, stride={"x": 4})
    got = iv.measures.energy_constancy(bank, x, SHIFTS, keep=["scale"])
    like = iv.equivariance_error(bank, x, SHIFTS, keep=["scale"])
    assert got.dims == like.dims
    assert got["length"].identical(like["length"].drop_vars("floor", errors="ignore"))


def test_silence_nan_and_unknown_dims(photograph):
    x = ring(photograph, x=128)
    assert np.isnan(iv.measures.energy_constancy(iv.Relu(), x * 0, SHIFTS[0]))
    assert np.isnan(iv.measures.energy_constancy(iv.Relu(), x.where(x["x"] > 70), SHIFTS[0]))
    with pytest.raises(iv.errors.DimError, match="'z'"):
        iv.measures.energy_constancy(iv.Relu(), x, SHIFTS[0], keep=["z"])
    with pytest.raises(iv.errors.DtypeError, match="Apply"):
        iv.measures.energy_constancy(np.tanh, x, SHIFTS[0])
