"""One-pixel shifts, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.experiments import Collection
from invarsig.experiments.one_pixel_shift import _measured
from invarsig.measures.sweep import sweep
from tests.experiments.conftest import kept

pytestmark = pytest.mark.nightly


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("one-pixel-shift")


def test_polyphase_selection_repairs_rings_alone(found):
    for medium in ("digits", "textures"):
        fewer = "fewer changes, polyphase selection"
        assert kept(found, found.effect(f"{medium}, {fewer}, ring"))
        assert not kept(found, found.effect(f"{medium}, {fewer}, moving window"))


@pytest.mark.parametrize("medium", ["digits", "textures"])
@pytest.mark.parametrize("way", ["polyphase", "alias_free"])
def test_exact_ways_never_change_their_answer_on_a_ring(found, medium, way):
    own = found.dataset.sel(medium=medium, way=way, protocol="periodic")
    assert float(own["top1_change"].max()) == 0
    assert float(own["mean_absolute_change"].max()) < 1e-3  # single precision


@pytest.mark.parametrize("medium", ["digits", "textures"])
def test_the_max_pool_changes_more_often_than_its_blur_and_the_blur_than_alias_free(found, medium):
    change = found.dataset["top1_change"].sel(medium=medium).mean("picture")
    ring = change.sel(protocol="periodic")
    assert float(ring.sel(way="max")) > 1.5 * float(ring.sel(way="max_blur"))
    assert float(ring.sel(way="max_blur")) > 0.01
    window = change.sel(protocol="cut")
    assert float(window.sel(way="max")) > float(window.sel(way="alias_free")) > 0


@pytest.mark.parametrize("medium", ["digits", "textures"])
def test_averaged_features_beat_guessing_by_far(found, medium):
    right = found.dataset["accuracy"].sel(medium=medium, protocol="cut").mean("picture")
    assert float(right.sel(way=["max", "max_blur", "alias_free", "scattering"]).min()) > 0.4


def test_measures_read_off_a_sweep_are_those_of_the_classifier(rng):
    scores = iv.label(
        rng.uniform(size=(6, 3, 8)), "image", "class", iv.Axis("x", unit="px", period=8.0)
    )
    op = iv.Subsample(stride={"x": 4}) >> iv.GlobalPool("x", kind="mean")
    moves = [iv.Translate(x=float(d)) for d in range(-2, 3)]
    truth = rng.integers(3, size=6)
    own = _measured(sweep(op, scores, moves, "periodic"), truth)
    given = {"over": "class", "keep": ["image"]}
    np.testing.assert_allclose(
        own["top1_change"], iv.measures.top1_change(op, scores, moves, **given)
    )
    np.testing.assert_allclose(
        own["jaggedness"], iv.measures.jaggedness(op, scores, moves, **given)
    )
    np.testing.assert_allclose(
        own["mean_absolute_change"], iv.measures.mean_absolute_change(op, scores, moves, **given)
    )
    same = iv.measures.consistency(op, scores, moves, truth=iv.label(truth, "image"), **given)
    np.testing.assert_allclose(own["consistency"], same)
    np.testing.assert_allclose(own["accuracy"], same["accuracy"])


def test_a_result_counts_whole_changes_of_eight_steps(found):
    jagged = found.dataset["jaggedness"].to_numpy()
    np.testing.assert_allclose(jagged, np.round(jagged), atol=1e-9)
    assert jagged.max() <= 8
    assert set(Collection.found().fingerprints(("handwritten",))) <= set(
        found.dataset.attrs["inputs"].splitlines()
    )
