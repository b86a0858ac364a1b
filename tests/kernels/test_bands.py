"""A band multiplies and folds as the whole response does."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig.kernels.bands import band_of


def folded(spectra: np.ndarray, response: np.ndarray, by: tuple[int, ...]) -> np.ndarray:
    """The sum of all images, one after another, with the factor of the transform back."""
    out = np.zeros((len(spectra), *(n // s for n, s in zip(response.shape, by, strict=True))))
    out = out.astype(complex)
    for place in np.ndindex(response.shape):
        to = tuple(k % n for k, n in zip(place, out.shape[1:], strict=True))
        out[:, *to] += spectra[:, *place] * response[place] / response.size
    return out


@pytest.mark.parametrize(
    ("shape", "by"),
    [((24,), (4,)), ((15,), (3,)), ((7,), (1,)), ((1,), (1,)), ((8, 12), (2, 3)), ((9, 5), (3, 1))],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kept", [1.0, 0.3, 0.0])
def test_products_fold_as_of_the_whole_response(rng, shape, by, dtype, kept):
    response = rng.standard_normal(shape) * (rng.random(shape) < kept)
    spectra = rng.standard_normal((2, *shape)) + 1j * rng.standard_normal((2, *shape))
    band = band_of(response, by, np.dtype(dtype))
    found = band.folded(spectra.astype(np.result_type(dtype, np.complex64)))
    bound = 100 * np.finfo(dtype).eps
    np.testing.assert_allclose(found, folded(spectra, response, by), rtol=bound, atol=bound)
    assert band.rows[np.abs(found).reshape(2, band.rows.size, -1).any(axis=(0, 2))].all()


def test_weights_far_below_rounding_are_left_out_and_others_are_not():
    response = np.array([1.0, 1e-8, 1e-12, 1e-20, 0.0, 0.0, 0.0, 0.0])
    single = band_of(response, (1,), np.dtype(np.float32))
    double = band_of(response, (1,), np.dtype(np.float64))
    assert (single.weights.size, double.weights.size) == (4, 6)


def test_even_a_response_of_zeros_hands_on_what_is_not_a_number():
    band = band_of(np.zeros((4, 6)), (2, 3), np.dtype(np.float64))
    assert np.isnan(band.folded(np.full((1, 4, 6), np.nan + 0j))).any()
