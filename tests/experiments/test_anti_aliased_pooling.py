"""Max pooling against its repairs, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig.experiments.anti_aliased_pooling import _gain
from tests.experiments.conftest import kept

pytestmark = pytest.mark.nightly


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("anti-aliased-pooling")


def test_the_max_pool_errs_more_than_its_blur_and_the_blur_more_than_exact_ways(found):
    error = found.dataset["whole_error"].mean("picture")
    assert float(error.sel(way="max")) > 2 * float(error.sel(way="max_blur"))
    assert float(error.sel(way="max_blur")) > 1e6 * float(error.sel(way="alias_free"))


def test_a_gain_is_relative_to_what_tells_the_same_pictures_apart(rng):
    first = rng.standard_normal((6, 1, 1, 3))
    change = rng.standard_normal((6, 1, 1, 3))
    pairs = [np.concatenate([first, first + part * change], axis=2) for part in (0.4, 0.1)]
    features = np.concatenate([pairs[0], 7 * pairs[1]], axis=1)
    assert _gain(features) == pytest.approx(20 * np.log10(4), abs=1e-9)


def test_in_a_moving_window_no_way_is_exact(found):
    features = found.dataset["features"]
    change = abs(features.sel(offset=1) - features.sel(offset=0)).max("feature")
    assert float(change.min()) > 1e-4


def test_polyphase_selection_gains_less_in_a_moving_window_than_on_a_ring(found):
    gain = found.effect("gain of polyphase over the max pool, moving window, 1 px")
    assert gain.value < 20
    assert not kept(found, gain)
