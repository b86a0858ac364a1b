"""Kernel size against shifts and details, in the reduced form."""

from __future__ import annotations

import math

import numpy as np
import pytest

import invarsig as iv
from invarsig.experiments import kernel_size
from invarsig.experiments.collection import Collection
from tests.experiments.conftest import kept

RINGS = [iv.Axis(dim, size=256, unit="px", period=256.0) for dim in ("y", "x")]


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("kernel-size")


@pytest.fixture(scope="module")
def photo():
    data = Collection.found()
    picture = data.picture(data.paths("images")[0], 128)
    return kernel_size._mirrored(picture, ("y", "x"))


@pytest.mark.parametrize("medium", ["pictures", "sounds"])
def test_the_tolerance_of_band_passes_grows_in_proportion_and_that_of_gaussians_slower(
    found, medium
):
    band, low = (
        found.effect(f"exponent of tolerance, {kind}, {medium}")
        for kind in ("Laplacian", "Gaussian")
    )
    assert kept(found, band)
    assert not kept(found, low)
    assert 0 < low.value < band.value


@pytest.mark.parametrize("medium", ["pictures", "sounds"])
def test_the_finest_detail_falls_with_size_in_proportion_for_band_passes(found, medium):
    assert kept(found, found.effect(f"exponent of detail, Laplacian, {medium}"))
    assert found.effect(f"exponent of detail, Gaussian, {medium}").value > -0.8


def test_white_noise_would_tolerate_in_proportion_with_every_kernel(found):
    for medium in kernel_size._MEDIA:
        alone = np.log2(found.dataset[f"{medium.item}_tolerance_alone"].to_numpy())
        assert np.allclose(np.diff(alone, axis=-1), 1, atol=0.06)


def test_falling_spectra_fold_less_after_gaussians_and_more_after_gabor_filters(found):
    stride = "safe stride measured over predicted"
    assert found.effect(f"{stride}, Gaussian, pictures").value > 0
    assert found.effect(f"{stride}, Gabor, pictures").value < 0


def test_the_tolerance_of_a_gaussian_alone_is_known_in_closed_form():
    x = iv.label(np.zeros((256, 256)), *RINGS)
    half, _, _ = kernel_size._alone(iv.GaussianBank({"y": 6.0, "x": 6.0}), x, "x")
    # The autocorrelation exp(-d² / 4 σ²) is 1/2 at 2 σ sqrt(ln 2).
    assert half == pytest.approx(2 * 6 * math.sqrt(math.log(2)), rel=1e-3)


def test_at_the_tolerated_shift_the_response_has_changed_by_its_own_norm(photo):
    bank = iv.LaplacianOfGaussian({"y": 6.0, "x": 6.0}, normalized=True)
    half, _, _ = kernel_size._response(bank, photo, "x")
    level = photo - photo.mean("x")
    below, above = iv.invariance_error(
        bank, level, [iv.Translate(x=math.floor(half)), iv.Translate(x=math.ceil(half))],
        norm="total",
    ).to_numpy()  # fmt: skip
    assert below < 1 < above


def test_the_safe_stride_is_where_the_energy_that_folds_passes_its_limit(photo):
    bank = iv.GaussianBank({"y": 4.0, "x": 4.0})
    level = photo - photo.mean("x")
    response = bank(level)
    _, _, safe = kernel_size._response(bank, photo, "x")
    for stride in (2, 4, 8, 16):
        images = iv.fold(response, "x", stride).sum(["x_frequency", "y"])
        folded = 1 - float(images.sel(image=0)) / float(images.sum())
        assert (folded <= 1e-4) == (stride <= safe)


def test_half_widths_lie_between_samples_and_are_unknown_where_nothing_decays():
    assert kernel_size._half_width(np.array([1.0, 0.75, 0.25, 0.0, 0.25, 0.75])) == 1.5
    assert math.isnan(kernel_size._half_width(np.ones(8)))


def test_a_mirrored_signal_goes_round_without_a_seam(photo):
    assert iv.axis_of(photo, "x").periodic
    seam = abs(photo.isel(x=0) - photo.isel(x=-1)).max()
    assert float(seam) == 0
