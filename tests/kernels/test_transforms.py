"""Transforms there and back are those of numpy, whatever the order of the samples between."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig.kernels import transforms
from invarsig.kernels.transforms import is_long, transform_of


@pytest.mark.parametrize("shape", [(4096,), (44100,), (64, 48), (2 * 2053,), (1,), (5, 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("batch", [(), (2, 3), (0,)])
def test_spectra_are_those_of_numpy_and_come_back(rng, shape, dtype, batch):
    values = rng.standard_normal((*batch, *shape)).astype(dtype)
    transform = transform_of(shape, np.dtype(dtype))
    axes = tuple(range(-len(shape), 0))
    found = transform.forward(transform.ordered(values))
    wanted = np.fft.fftn(values.astype(np.float64), axes=axes)
    assert found.dtype == np.result_type(dtype, np.complex64)
    bound = 20 * np.finfo(dtype).eps * np.sqrt(values[..., :1].size + np.prod(shape))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=bound * np.log2(2 + np.prod(shape)))
    back = transform.usual(transform.back(found, np.ones(shape[:-1], bool).ravel()))
    np.testing.assert_allclose(back / np.prod(shape), values, rtol=0, atol=bound)


def test_only_long_transforms_that_have_short_parts_take_four_steps():
    assert is_long((4096,))
    assert is_long((44100,))
    assert not is_long((4095,))
    assert not is_long((2 * 2053,))
    assert not is_long((4096, 4096))


def test_rows_that_are_zero_are_left_out(rng, monkeypatch):
    spectra = rng.standard_normal((2, 32, 20)) + 1j * rng.standard_normal((2, 32, 20))
    rows = np.zeros(32, dtype=bool)
    rows[[0, 1, 5, 31]] = True
    spectra[:, ~rows] = 0
    wanted = np.fft.ifft2(spectra, norm="forward")
    for sparse in (0.0, 0.8):
        monkeypatch.setattr(transforms, "_SPARSE", sparse)
        found = transform_of((32, 20), np.dtype(np.float64)).back(spectra.copy(), rows)
        np.testing.assert_allclose(found, wanted, atol=1e-13)
