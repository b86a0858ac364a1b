"""Products of spectra against the plain ones: the whole inverse transform, then a slice."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invarsig.kernels import spectral_product
from invarsig.kernels.spectral_filters import spectral_filters
from invarsig.kernels.spectral_product import folded, multiplied

SPACES = {1: (36,), 2: (12, 10), 3: (4, 6, 8)}
STRIDES = {1: [(1,), (2,), (3,), (36,)], 2: [(1, 1), (2, 1), (3, 2), (4, 5)], 3: [(2, 3, 4)]}


def whole(values, responses, strides, *, real):
    """Every filter by a full inverse transform, decimated afterwards."""
    axes = tuple(range(-len(strides), 0))
    spectrum = np.fft.fftn(values.astype(np.result_type(values, np.complex64)), axes=axes)
    found = [np.fft.ifftn(spectrum * each, axes=axes) for each in responses]
    out = np.stack(found, axis=values.ndim - len(strides))
    out = out[(..., *(slice(None, None, s) for s in strides))]
    return out.real if real else out


def response(data, space, kind):
    """Anything, a narrow band that may wrap, single bins, or nothing at all."""
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    found = rng.standard_normal(space)
    if data.draw(st.booleans()):
        found = found + 1j * rng.standard_normal(space)
    if kind == "band":
        for axis, size in enumerate(space):
            width, start = data.draw(st.integers(1, size)), data.draw(st.integers(0, size))
            shape = [-1 if k == axis else 1 for k in range(len(space))]
            found = found * ((np.arange(size) - start) % size < width).reshape(shape)
    if kind == "bins":
        found = found * (rng.random(space) < 0.05)
    return found * 0 if kind == "nothing" else found


@settings(deadline=None, max_examples=40)
@given(
    data=st.data(),
    rank=st.sampled_from(sorted(SPACES)),
    kind=st.sampled_from(["full", "band", "bins", "nothing"]),
    dtype=st.sampled_from(["float32", "float64", "complex64", "complex128"]),
    together=st.sampled_from([1, 64, 2**15]),
)
def test_filtering_by_parts_is_filtering_by_whole_transforms(data, rank, kind, dtype, together):
    rng = np.random.default_rng(0)
    space, strides = SPACES[rank], data.draw(st.sampled_from(STRIDES[rank]))
    batch = data.draw(st.sampled_from([(), (3,), (2, 2)]))
    values = rng.standard_normal((*batch, *space)).astype(dtype)
    if values.dtype.kind == "c":
        values += 1j * rng.standard_normal(values.shape)
    values = values[..., ::-1]
    values.flags.writeable = False
    responses = [response(data, space, kind) for _ in range(2)]
    real = values.dtype.kind == "f" and data.draw(st.booleans())
    wanted = whole(values, responses, strides, real=real)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spectral_product, "_VALUES", together)
        found = multiplied(values, iter(responses), 2, strides, real=real)
        moduli = multiplied(values, responses, 2, strides, real=real, modulus=True)
    assert found.dtype == (values.real.dtype if real else np.result_type(dtype, np.complex64))
    scale = max(float(np.abs(wanted).max()), 1.0)
    error = 1e-5 if found.real.dtype == np.float32 else 1e-12
    np.testing.assert_allclose(found, wanted, rtol=0, atol=error * scale)
    np.testing.assert_array_equal(moduli, np.abs(found))


@settings(deadline=None, max_examples=40)
@given(data=st.data(), rank=st.sampled_from(sorted(SPACES)))
def test_samples_that_are_kept_are_those_of_the_whole_result(data, rank):
    rng = np.random.default_rng(1)
    space, strides = SPACES[rank], data.draw(st.sampled_from(STRIDES[rank]))
    values, by = rng.standard_normal((2, *space)), rng.standard_normal((3, *space))
    keep = [
        slice(data.draw(st.integers(0, n // s - 1)), None, data.draw(st.integers(1, 3)))
        for n, s in zip(space, strides, strict=True)
    ]
    every = multiplied(values, by, 3, strides, real=False)
    found = multiplied(values, by, 3, strides, real=False, keep=keep)
    np.testing.assert_allclose(found, every[(..., *keep)], rtol=0, atol=1e-13)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("batch", [(1,), (600,)])
def test_what_is_not_finite_reaches_every_sample_of_its_item_and_no_other(value, batch, rng):
    values = rng.standard_normal((*batch, 128))
    values[0, 5] = value
    narrow = np.arange(128) == 3
    with np.errstate(invalid="ignore"):
        out = multiplied(values, [narrow, np.zeros(128)], 2, [2], real=False)
    assert np.isnan(out[0]).all()
    assert np.isfinite(out[1:]).all()


def test_narrow_bands_take_the_room_of_their_bins(rng):
    space, by = (64, 64), np.zeros((64, 64))
    by[-4:, :6] = by[:4, -2:] = rng.standard_normal((4, 1))
    (ready,) = spectral_filters([by], space, [1, 1], np.dtype(complex), real=False)
    assert ready.nbytes <= 8 * 8 * 8
    assert sum(part.stop - part.start for part in ready.columns) <= 8
    (coarse,) = spectral_filters([by], space, [8, 8], np.dtype(np.complex64), real=False)
    assert coarse.nbytes == ready.nbytes // 2


def test_the_spectrum_of_every_so_manieth_sample_is_the_folded_one(rng):
    values = rng.standard_normal((2, 12, 10))
    found = folded(np.fft.fft2(values), [3, 2])
    np.testing.assert_allclose(found, np.fft.fft2(values[:, ::3, ::2]), atol=1e-12)
    assert math.prod(found.shape) == 2 * 4 * 5


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
@pytest.mark.parametrize("stride", [1, 2, 4])
def test_what_is_below_the_rounding_of_the_products_is_left_out(dtype, stride, rng):
    space = (64, 48)
    y, x = np.meshgrid(*(np.fft.fftfreq(n) for n in space), indexing="ij")
    by = np.exp(-((y - 0.25) ** 2 + (x - 0.125) ** 2) / (2 * 0.03**2))
    assert by.all()
    unit = np.finfo(dtype).eps
    (ready,) = spectral_filters([by], space, [stride] * 2, np.dtype(dtype), real=False)
    # The weights of a normal curve fall to unit / 32 at this distance from its middle.
    reach = 0.03 * math.sqrt(2 * math.log(32 / unit))
    most = math.prod(2 * reach * n + 1 for n in space) * np.dtype(dtype).itemsize / 2
    assert 0.8 * most < ready.nbytes <= most
    values = rng.standard_normal((1, *space)).astype(np.empty(0, dtype).real.dtype)
    found = multiplied(values, [ready], 1, [stride] * 2, real=False)
    exact = whole(values.astype(float), [by], [stride] * 2, real=False)
    np.testing.assert_allclose(found, exact, rtol=0, atol=20 * unit * np.abs(exact).max())


def test_a_response_that_is_nowhere_a_number_is_left_out_nowhere():
    by = np.full((8, 8), np.nan)
    (ready,) = spectral_filters([by], by.shape, [2, 2], np.dtype(complex), real=False)
    assert np.isnan(multiplied(np.ones((8, 8)), [ready], 1, [2, 2], real=False)).all()
    assert ready.nbytes == by.nbytes
