"""Self-attention on patches, in the reduced form."""

from __future__ import annotations

import pytest

from tests.experiments.conftest import kept


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("self-attention")


@pytest.mark.parametrize("words", ["no positions", "relative positions"])
def test_single_pixels_are_not_kept(found, words):
    assert not kept(found, found.effect(f"tokens, {words}, pixels"))


def test_absolute_positions_break_whole_patches(found):
    assert kept(found, found.effect("tokens, absolute positions, 1 patch"))


def test_the_error_at_a_pixel_is_that_of_the_patch_embedding(found):
    share = found.effect("share of the patch embedding, no positions, 1 px")
    assert share.value > 70


def test_errors_repeat_with_the_patch_without_positions(found):
    error = found.dataset["equivariance_error"].sel(position="none")
    assert float(error.sel(length=[8.0, 16.0, 24.0]).max()) < 1e-12
    assert float(error.sel(length=[1.0, 2.0, 4.0]).min()) > 1e-2
