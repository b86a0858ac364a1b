"""Inputs registered to a frame, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import ReadError
from invarsig.experiments.canonicalisation import level_above, level_of
from invarsig.experiments.collection import Collection
from invarsig.experiments.digit_scenes import CLUTTER, FRAME, DigitScenes
from invarsig.experiments.registration import KnownShift


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("canonicalisation")


@pytest.fixture(scope="module")
def scenes():
    return DigitScenes.drawn(Collection.found(), (20, 10), np.random.default_rng(1))


def test_clutter_takes_the_frame_with_it(found):
    for frame in ("centre of mass", "phase correlation"):
        assert found.effect(f"right answers lost, a second digit at rest, {frame}").value > 5


def test_at_fractions_the_center_of_mass_is_finer_than_correlation_in_tenths_of_a_pixel(found):
    error = found.dataset["ring_error"].sel(move="fraction").mean("digit")
    mass, phase = (float(error.sel(frame=frame)) for frame in ("mass", "phase"))
    assert 1e-4 < mass < 0.5 * phase < 0.1


def test_right_answers_do_not_change_with_whole_shifts_on_a_ring_once_registered(found):
    right = found.dataset["ring_right"].sel(step=[0.0, 1.0, 8.0])
    for frame in ("mass", "phase", "correlation"):
        each = right.sel(frame=frame)
        assert bool((each == each.isel(step=0)).all())
    assert float(right.sel(frame="none", step=8.0).mean()) < 0.3


def test_a_second_digit_spoils_the_frame_and_not_the_feature(found):
    right = found.dataset["right"].sel(clutter="second", place="moved").mean("digit")
    lost = right.sel(way="known") - right
    assert float(lost.sel(way="mass")) > 0.3
    # Phase correlation tries other peaks too, since it has to register smooth pictures.
    assert 0.05 < float(lost.sel(way="phase")) < float(lost.sel(way="mass"))


def test_frames_jump_more_often_in_more_noise(found):
    share = found.dataset["jumped"].mean("digit")
    assert float(share.isel(noise=0).max()) < 0.05
    assert float(share.sel(register="mass", noise=0.2)) > 0.8
    assert float(share.sel(register="phase", noise=0.1)) < 0.2


def test_in_a_moving_window_the_inside_is_exact_and_the_border_is_not(found):
    error = found.dataset["window_error"].sel(window="own", offset=4)
    assert float(error.sel(part="inside").max()) < 1e-12
    assert float(error.sel(part="whole").min()) > 0.05


def test_digits_stand_where_they_are_put_and_clutter_stays(scenes, rng):
    _, judged = scenes
    shifts = np.tile([3, -4], (len(judged.digits), 1))
    here, there = (judged.at(each, "alone", rng) for each in (judged.still, shifts))
    assert here.sizes == {"digit": 10, "y": FRAME, "x": FRAME}
    np.testing.assert_array_equal(np.roll(here, (3, -4), axis=(1, 2)), there)
    np.testing.assert_array_equal(judged.on_ring(), here)
    corner = {"y": slice(0, 8), "x": slice(0, 8)}
    for clutter in CLUTTER:
        if clutter in judged.others:
            one, other = (judged.at(each, clutter, rng) for each in (judged.still, shifts))
            np.testing.assert_array_equal(one.isel(corner), other.isel(corner))
    noise = judged.at(judged.still, "noise", rng) - here
    assert float(noise.std()) == pytest.approx(0.1, rel=0.05)  # of 10890 samples


def test_the_known_shift_moves_back_what_was_moved(scenes, rng):
    _, judged = scenes
    shifts = rng.integers(-4, 5, (len(judged.digits), 2))
    back = iv.compose.canonicalize(iv.MaxPool(window={"y": 3, "x": 3}), KnownShift(shifts))
    pool = iv.MaxPool(window={"y": 3, "x": 3})
    still = pool(judged.at(judged.still, "alone", rng))
    np.testing.assert_allclose(back(judged.at(shifts, "alone", rng)), still, atol=1e-15)


def test_few_digits_that_fail_are_not_hidden_by_many_that_are_exact():
    errors = np.zeros(100)
    errors[:4] = 0.5
    assert level_of(errors) == pytest.approx(20 * np.log10(0.1))
    assert level_of(np.zeros(3)) == -320
    # One digit that the true shift brings back exactly does not outweigh all others.
    pairs = np.full((100, 2), 0.2)
    pairs[0, 1] = 0.0
    assert level_above(pairs) == pytest.approx(10 * np.log10(100 / 99))


def test_too_few_handwritten_digits_are_refused():
    with pytest.raises(ReadError, match="1797 handwritten digits, and 2000 are needed"):
        DigitScenes.drawn(Collection.found(), (1500, 500), np.random.default_rng(0))
