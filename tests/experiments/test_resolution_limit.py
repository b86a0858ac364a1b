"""Objects that merge and deform under pools, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

import invarsig as iv
from invarsig.errors import ReadError
from invarsig.experiments import object_pairs, resolution_limit
from invarsig.experiments.collection import Collection
from tests.experiments.conftest import kept

POOLS = ("mean", "max", "Gaussian")
MEDIA = ("handwritten digits", "note onsets")


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("resolution-limit")


def points(apart):
    """One point, or two, on a ring of 256 px."""
    strip = np.zeros((1, 1, 256))
    strip[..., [64, 64 + apart]] = 1.0
    return iv.label(strip, "object", "y", iv.Axis("x", unit="px", period=256.0))


@pytest.mark.parametrize("words", MEDIA)
@pytest.mark.parametrize("pool", POOLS)
def test_windows_that_abut_need_about_one_and_a_half_windows(found, pool, words):
    effect = found.effect(f"growth of resolution with the window, {pool}, {words}")
    assert 1.25 < effect.value < 1.75


@pytest.mark.parametrize("words", MEDIA)
def test_windows_at_every_sample_resolve_about_a_window(found, words):
    effect = found.effect(f"growth of resolution with the window, windows at every sample, {words}")
    assert 0.75 < effect.value < 1.1


@pytest.mark.parametrize("medium", ["digits", "onsets"])
def test_larger_windows_reach_further_and_resolve_less(found, medium):
    for what in ("resolution", "range"):
        values = found.dataset[f"{medium}_{what}"].mean(f"{medium}_object").to_numpy()
        assert (np.diff(values, axis=-1) > 0).all()


@pytest.mark.parametrize("pool", POOLS)
def test_a_deformation_changes_no_more_than_shifts_as_large(found, pool):
    assert kept(found, found.effect(f"deformed over shifted, {pool}"))


@pytest.mark.parametrize("window", [4, 8, 16])
def test_points_are_told_apart_at_half_of_all_places_from_one_and_a_half_windows_on(window):
    pool = resolution_limit._pool("mean", window, ("x",), 1)
    for apart, wanted in ((window, 0.0), (3 * window // 2, 0.5), (2 * window, 1.0)):
        middle = np.array([64 + apart / 2])
        share = object_pairs.resolved(pool(points(apart)), window, middle)
        assert share[0] == pytest.approx(wanted, abs=1.01 / min(window, 8))


@pytest.mark.parametrize("pool", POOLS)
def test_the_dense_response_holds_what_the_windows_give_in_each_place(pool):
    x = points(20)
    dense = resolution_limit._pool(pool, 8, ("x",), 1)(x)
    apart = resolution_limit._pool(pool, 8, ("x",), 8)(x)
    first = int(np.argmin(abs(dense["x"].to_numpy() - float(apart["x"][0]))))
    assert np.allclose(dense.isel(x=slice(first, None, 8)), apart, atol=1e-12)


def test_one_object_has_no_dip_and_two_far_ones_have():
    x = points(0)
    assert object_pairs.resolved(x, 1, np.array([64.0])).tolist() == [0.0]
    assert object_pairs.resolved(points(30), 1, np.array([79.0])).tolist() == [1.0]


def test_the_smallest_separation_is_the_one_from_which_on_all_are_resolved():
    apart = np.array([1, 2, 3, 4])
    seen = np.array([[True, False, True, True], [True, True, True, False], [True] * 4])
    assert object_pairs.from_which_on(seen, apart).tolist()[::2] == [3.0, 1.0]
    assert np.isnan(object_pairs.from_which_on(seen, apart)[1])


def test_the_end_of_the_range_lies_between_samples():
    assert resolution_limit._crossing((0, 1, 2), (0.0, 0.4, 0.6)) == pytest.approx(1.5)
    assert np.isnan(resolution_limit._crossing((0, 1), (0.0, 0.4)))


@pytest.mark.parametrize(
    ("second", "rate", "words"),
    [(np.ones(330), 8000, "ends within 0.04 s"), (np.ones(800), 16000, "a rate of 16000 Hz")],
)
def test_notes_that_cannot_lie_side_by_side_are_named(tmp_path, second, rate, words):
    (tmp_path / "instruments").mkdir()
    late = np.r_[np.zeros(100), second[100:]]
    for midi, level, at in ((60, np.ones(800), 8000), (61, late, rate)):
        note = level * np.cos(np.arange(level.size))
        soundfile.write(tmp_path / "instruments" / f"cello_{midi}.flac", note, at)
    with pytest.raises(ReadError, match=f"cello_61.*{words}"):
        object_pairs.onsets(Collection(tmp_path), 1)


def test_a_pair_of_onsets_is_the_sound_twice():
    data = Collection.found()
    notes = object_pairs.onsets(data, 20)
    single, pair = object_pairs.pairs(notes, 0), object_pairs.pairs(notes, 100)
    both = single + iv.Translate(x=100.0)(single)
    assert np.allclose(pair, both, atol=1e-9 * float(single.max()))
