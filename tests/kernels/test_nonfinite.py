"""NaN and infinities go where direct sums would take them, at the cost of the fast methods."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invarsig.kernels import convolution, frames
from invarsig.kernels.convolution import convolved
from invarsig.kernels.frames import framed

STRANGE = [
    np.nan,
    np.inf,
    -np.inf,
    complex(np.nan, 1),
    complex(2, -np.inf),
    complex(np.inf, np.nan),
]
SHAPES = {1: ((2, 1, 40), (9,)), 2: ((1, 2, 11, 13), (3, 4)), 3: ((1, 1, 6, 7, 8), (2, 3, 2))}


def drawn(data, rank):
    """Values with a few that are not finite, and taps with a few that are 0."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**16)))
    shape, window = SHAPES[rank]
    values, taps = rng.standard_normal(shape), rng.standard_normal((3, shape[1], *window))
    strange = STRANGE[:3]
    if data.draw(st.booleans()):
        values = values + 1j * rng.standard_normal(shape)
        strange = STRANGE
    if data.draw(st.booleans()):
        taps = taps + 1j * rng.standard_normal(taps.shape)
        taps.real[rng.random(taps.shape) < 0.1] = 0
        taps.imag[rng.random(taps.shape) < 0.1] = 0
    taps[rng.random(taps.shape) < 0.3] = 0
    for value in data.draw(st.lists(st.sampled_from(strange), max_size=4)):
        values.flat[rng.integers(values.size)] = value
    return values, taps


def same(found, wanted):
    """The same values, NaN and infinities, real and imaginary parts apart."""
    for part in ("real", "imag"):
        np.testing.assert_allclose(getattr(found, part), getattr(wanted, part), atol=1e-12)


@settings(deadline=None)
@given(data=st.data(), rank=st.sampled_from(sorted(SHAPES)), stride=st.sampled_from([1, 2]))
def test_transforms_give_what_direct_sums_give(data, rank, stride):
    values, taps = drawn(data, rank)
    strides = [stride] * rank
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "is_direct", lambda *_: False)
        found = convolved(values, taps, strides, contract=1)
        patch.setattr(convolution, "is_direct", lambda *_: True)
        same(found, convolved(values, taps, strides, contract=1))


@settings(deadline=None)
@given(data=st.data(), stride=st.sampled_from([1, 3]))
def test_products_of_frames_give_what_direct_sums_give(data, stride):
    values, taps = drawn(data, 1)
    values, taps = values[:, 0], taps[:, 0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "_PER_TAP", 0.0)
        found = framed(values, taps, stride)
        patch.setattr(convolution, "is_direct", lambda *_: True)
        same(found, convolved(values, taps, [stride]))


@pytest.mark.parametrize("share", [1e-5, 0.3])
def test_nan_costs_one_more_filter_whatever_the_number_of_both(share, rng, monkeypatch):
    """Counted in kernels that are transformed; direct sums, which take longest, are not used."""
    counted = []
    fourier = convolution.spectral_sums

    def counting(values, taps, strides):
        counted.append(len(taps))
        return fourier(values, taps, strides)

    monkeypatch.setattr(convolution, "spectral_sums", counting)
    monkeypatch.setattr(convolution, "direct_sums", None)
    values, taps = rng.standard_normal((120, 120)), rng.standard_normal((12, 31, 31))
    values[rng.random(values.shape) < share] = np.nan
    values[60, 60] = np.nan
    out = convolved(values, taps, [1, 1])
    assert counted == [12, 1]
    assert np.isnan(out[:, 45, 45]).all()
