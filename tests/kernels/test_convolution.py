"""Convolution with a bank of kernels, direct and through spectra, against scipy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import signal

from invarsig.kernels import convolution, direct_sums, spectral_sums
from invarsig.kernels.convolution import convolved

METHODS = {"direct": True, "fourier": False}


@pytest.fixture(params=sorted(METHODS))
def method(request, monkeypatch):
    """Both methods, whatever the size of the kernel."""
    monkeypatch.setattr(convolution, "is_direct", lambda *_: METHODS[request.param])
    return request.param


def noise(rng, shape, kind):
    values = rng.standard_normal(shape)
    return values + 1j * rng.standard_normal(shape) if kind == "complex" else values


@pytest.mark.parametrize("kinds", list(itertools.product(["real", "complex"], repeat=2)))
@pytest.mark.parametrize(
    ("size", "window", "strides"),
    [
        ((17,), (1,), (1,)),
        ((17,), (4,), (3,)),
        ((17,), (17,), (2,)),
        ((9, 14), (3, 4), (1, 1)),
        ((9, 14), (4, 5), (2, 3)),
        ((9, 14), (2, 3), (7, 13)),
        ((7, 6, 8), (3, 2, 4), (1, 2, 3)),
    ],
)
def test_a_bank_is_the_valid_part_of_scipys_convolution(method, kinds, size, window, strides, rng):
    values, taps = noise(rng, (2, *size), kinds[0]), noise(rng, (3, *window), kinds[1])
    out = convolved(values, taps, strides)
    keep = tuple(slice(None, None, s) for s in strides)
    for b, image in enumerate(values):
        for f, kernel in enumerate(taps):
            wanted = signal.convolve(image, kernel, mode="valid", method="direct")[keep]
            np.testing.assert_allclose(out[b, f], wanted, atol=1e-12)


@pytest.mark.parametrize("strides", [(1, 1), (2, 3)])
def test_contracted_axes_are_summed_over(method, strides, rng):
    values, taps = rng.standard_normal((2, 4, 9, 10)), rng.standard_normal((3, 4, 3, 2))
    out = convolved(values, taps, strides, contract=1)
    assert out.shape[:2] == (2, 3)
    keep = tuple(slice(None, None, s) for s in strides)
    for b in range(2):
        for f in range(3):
            wanted = sum(
                signal.fftconvolve(values[b, c], taps[f, c], mode="valid") for c in range(4)
            )
            np.testing.assert_allclose(out[b, f], wanted[keep], atol=1e-12)


def test_a_bank_without_batch_or_filters_is_one_convolution(method, rng):
    values, taps = rng.standard_normal(12), rng.standard_normal(5)
    wanted = np.convolve(values, taps, mode="valid")
    np.testing.assert_allclose(convolved(values, taps, (1,)), wanted, atol=1e-12)


@pytest.mark.parametrize(
    ("values", "taps", "wanted"),
    [
        ("float32", "float64", "float32"),
        ("float64", "float32", "float64"),
        ("float32", "complex128", "complex64"),
        ("float64", "complex64", "complex128"),
        ("complex64", "float64", "complex64"),
    ],
)
def test_the_precision_is_that_of_the_signal(method, values, taps, wanted):
    assert convolved(np.ones((1, 8), values), np.ones((1, 3), taps), (1,)).dtype == wanted


def test_nan_is_not_hidden(method):
    values = np.zeros((1, 12))
    values[0, 6] = np.nan
    found = np.isnan(convolved(values, np.ones((1, 3)), (1,))[0, 0])
    assert found[4:7].all()


def test_the_two_methods_agree_on_either_side_of_the_switch(rng):
    values = rng.standard_normal((1, 700))
    for width in (2, 16, 17, 64, 65, 100, 101, 400, 401, 700):
        taps = rng.standard_normal((2, width))
        wanted = [np.convolve(values[0], row, mode="valid")[::4] for row in taps]
        np.testing.assert_allclose(convolved(values, taps, (4,))[0], wanted, atol=1e-11)


@pytest.mark.parametrize("products", [1, 2, 3, 4])
@pytest.mark.parametrize("strides", [(1, 1), (2, 3)])
def test_sums_of_products_of_columns_and_rows_are_convolved_alike(products, strides, rng):
    """A few products have their response put together, more have it transformed: no difference."""
    columns, rows = (noise(rng, (products, 9), "complex") for _ in range(2))
    taps = np.einsum("ki,kj->ij", columns, rows)
    values = rng.standard_normal((40, 53))
    assert bool(spectral_sums._products(taps)) == (products < 4)
    found = convolution.convolved(values, taps[np.newaxis], strides)[0]
    wanted = signal.convolve(values, taps, mode="valid", method="direct")
    wanted = wanted[:: strides[0], :: strides[1]]
    assert np.allclose(found, wanted, rtol=0, atol=1e-13 * np.abs(wanted).max())


def test_a_kernel_of_zeros_gives_zeros():
    taps = np.zeros((1, 9, 9))
    assert not convolution.convolved(np.ones((20, 20)), taps, [1, 1]).any()


@pytest.mark.parametrize("kinds", [("real", "real"), ("complex", "real"), ("real", "complex")])
@pytest.mark.parametrize(
    ("size", "strides"), [((300,), (3,)), ((41, 60), (2, 1)), ((60, 41), (1, 3))]
)
def test_large_arrays_are_convolved_in_parts(method, kinds, size, strides, rng, monkeypatch):
    """Rows of direct sums a few at a time, and spectra of tiles that overlap by a window."""
    monkeypatch.setattr(direct_sums, "_TABLE", 50)
    monkeypatch.setattr(spectral_sums, "_TILE", 200)
    values = noise(rng, (2, 2, *size), kinds[0])
    taps = noise(rng, (3, 2, *(5, 4)[: len(size)]), kinds[1])
    out = convolved(values, taps, strides, contract=1)
    keep = tuple(slice(None, None, s) for s in strides)
    for b in range(2):
        for f in range(3):
            wanted = sum(
                signal.convolve(values[b, c], taps[f, c], mode="valid", method="direct")
                for c in range(2)
            )
            np.testing.assert_allclose(out[b, f], wanted[keep], atol=1e-12)


def test_one_kernel_is_convolved_with_many_items(method, rng):
    values, taps = rng.standard_normal((5, 20, 30)), rng.standard_normal((1, 3, 4))
    out = convolved(values, taps, (1, 2))
    for image, found in zip(values, out, strict=True):
        wanted = signal.convolve(image, taps[0], mode="valid", method="direct")[:, ::2]
        np.testing.assert_allclose(found[0], wanted, atol=1e-12)


def test_a_tap_of_zero_in_one_kernel_lets_no_nan_into_it(method):
    values = np.zeros((1, 9))
    values[0, 4] = np.nan
    taps = np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    lost = np.isnan(convolved(values, taps, (1,))[0])
    assert lost.sum(axis=-1).tolist() == [2, 3, 0]
