"""Pictures that no network saw, how they are moved, and what is counted of the answers."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from invarsig.experiments import Collection, network_pictures
from invarsig.experiments.network_answers import (
    DISTANCES,
    Pictures,
    answers_anew,
    asked_digits,
    asked_pictures,
    by_distance,
    groups,
    kept,
    ratio_of_means,
    right,
)
from invarsig.experiments.network_pictures import FRAME, SEEN, windows
from invarsig.experiments.resampled_pictures import resampled


@pytest.fixture(scope="module")
def data():
    return Collection.found()


def silent(text, part):
    """No progress is shown."""


def test_no_digit_is_both_known_and_asked(data):
    known, asked = (network_pictures.digits(data, part) for part in ("known", "asked"))
    assert len(known.digits) + len(asked.digits) == len(data.handwritten()[1])
    assert len(asked.digits) == pytest.approx(len(known.digits) / 2, abs=1)
    of_known, of_asked = ({x.tobytes() for x in part.digits} for part in (known, asked))
    assert len(of_known & of_asked) == 0


def test_no_part_of_a_texture_is_both_known_and_asked(data):
    known, asked = (network_pictures.texture_patches(data, part) for part in ("known", "asked"))
    assert {x.tobytes() for x in known[0]}.isdisjoint({x.tobytes() for x in asked[0]})
    np.testing.assert_allclose(known[0].mean(axis=(1, 2)), 0, atol=1e-12)
    assert np.bincount(asked[1]).tolist() == np.bincount(known[1]).tolist()


@pytest.mark.parametrize("shift", [(0, 3), (-4, 0), (2, -1)])
def test_content_moves_the_way_it_is_said_to(rng, shift):
    wide = rng.standard_normal((2, FRAME + 8, FRAME + 8))
    still, moved = (Pictures(wide, np.zeros(2)).at(by).to_numpy() for by in ((0, 0), shift))
    rolled = np.roll(still, shift, (1, 2))
    inner = slice(4, FRAME - 4)
    np.testing.assert_array_equal(moved[:, inner, inner], rolled[:, inner, inner])


def test_each_picture_may_move_by_its_own(rng):
    wide = rng.standard_normal((3, FRAME + 4, FRAME + 4))
    shifts = np.array([[0, 1], [2, -2], [-1, 0]])
    found = windows(wide, shifts).to_numpy()
    for place, by in enumerate(shifts):
        wanted = Pictures(wide[place : place + 1], np.zeros(1)).at(tuple(by)).to_numpy()[0]
        np.testing.assert_array_equal(found[place], wanted)


def test_a_digit_stays_in_its_frame_however_far_it_moves(data):
    found = asked_digits(data, reduced=True)
    ink = found.at((0, 0)).sum(("y", "x"))
    for shift in ((0, max(DISTANCES)), (-max(DISTANCES), 0)):
        np.testing.assert_allclose(found.at(shift).sum(("y", "x")), ink, atol=1e-12)
    assert max(DISTANCES) == 2 * SEEN


def test_resampling_moves_turns_and_scales_as_it_says(data):
    wide = asked_digits(data, reduced=True).wide[:5]
    middle = slice(4, 4 + FRAME)
    quarter = resampled(wide, degrees=90.0).to_numpy()
    np.testing.assert_allclose(quarter, np.rot90(wide[:, middle, middle], axes=(1, 2)), atol=1e-9)
    ink = [float(resampled(wide, scale=scale).sum()) for scale in (0.8, 1.0, 1.2)]
    assert ink[0] / ink[1] == pytest.approx(0.64, abs=0.03)
    assert ink[2] / ink[1] == pytest.approx(1.44, abs=0.03)


def small(answers, truth=(0, 1)):
    """Answers of one network over (network, direction, distance, image)."""
    values = np.asarray(answers)[np.newaxis, np.newaxis]
    found = xr.DataArray(values, dims=("network", "direction", "distance", "image"))
    found = found.assign_coords(distance=[0, 1, 2])
    return xr.Dataset({"answer": found, "truth": ("image", list(truth))})


def test_an_answer_is_kept_where_it_is_that_at_rest_and_right_where_it_is_true():
    found = small([[0, 5], [0, 1], [3, 5]])
    assert kept(found["answer"]).values.tolist() == [[100, 100], [100, 0], [0, 100]]
    assert right(found["answer"], found["truth"]).values.tolist() == [[100, 0], [100, 100], [0, 0]]


def test_a_ratio_of_means_is_no_mean_of_ratios():
    assert ratio_of_means(np.array([[1.0, 1.0], [1.0, 3.0]])) == 0.5


def test_the_null_version_leaves_answers_at_rest_and_mixes_the_others(rng):
    found = small([np.arange(50)] * 3, truth=np.arange(50))
    null = answers_anew(found, rng)["answer"]
    assert (null.sel(distance=0) == found["answer"].sel(distance=0)).all()
    assert float((null.sel(distance=2) == found["answer"].sel(distance=2)).mean()) < 0.2
    assert sorted(null.sel(distance=1).values.ravel().tolist()) == list(range(50))


def test_polyphase_selection_keeps_more_answers_than_strides_do(data):
    nets = groups(
        data,
        {
            way: {"medium": "digits", "downsampling": way, "training": "still", "layers": 3,
                  "pooled": ("y", "x")}
            for way in ("polyphase", "stride")
        },
        reduced=True,
    )  # fmt: skip
    found = by_distance(nets, asked_pictures(data, "digits", reduced=True), silent, (0, 1))
    same = kept(found["answer"]).sel(distance=1).mean("image")
    assert float(same.sel(way="polyphase")) > 20 + float(same.sel(way="stride"))
