"""Speech along time and along frequency, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile as sf

import invarsig as iv
from invarsig.errors import ReadError
from invarsig.experiments import Collection
from invarsig.experiments.moved_words import (
    MOVES,
    SEARCH,
    correlations,
    languages,
    recognized,
    words,
)
from invarsig.experiments.time_against_frequency import _harmonicity, _harmonics, _pitch
from tests.experiments.conftest import kept


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("time-against-frequency")


def test_a_fixed_matcher_depends_on_time_as_well(found):
    assert found.effect("cost of a tenth along time, fixed").value > 0.05


def test_delays_by_whole_hops_are_exact_and_those_between_are_as_predicted(found):
    error, told = found.dataset["delay_error"], found.dataset["delay_predicted"]
    assert float(error.sel(delay=1.0).max()) < 1e-12
    between = error.sel(delay=slice(0, 0.9))
    assert float(abs(told.sel(delay=slice(0, 0.9)) / between - 1).max()) < 1e-9
    assert bool((error.sel(part=4, delay=0.5) < error.sel(part=2, delay=0.5)).all())


def test_half_a_spacing_up_energy_lies_midway_and_a_whole_one_up_at_multiples(found):
    each = found.dataset["harmonicity"]
    assert float(each.sel(length=0.5).max()) < 0
    assert float(each.sel(length=1.0).min()) > 0.6
    assert kept(found, found.effect("harmonicity left, half a spacing up"))


def test_no_pitch_makes_half_a_spacing_up_as_harmonic_as_before(found):
    best = found.dataset["best_harmonicity"]
    assert bool((best >= found.dataset["harmonicity"] - 0.05).all())
    assert bool((best.sel(length=0.5) < best.sel(length=0.0)).all())


def test_words_are_recognized_far_above_chance(found):
    assert found.effect("accuracy, not moved, fixed").value > 0.3


def test_a_search_makes_moves_harmless(found):
    right = found.dataset["right"].mean("word").sel(matcher="searching")
    still, moved = right.sel(move=0.0), right.sel(move=0.1, method="nearest")
    assert float(abs(moved - still).max()) <= 0.05
    fixed = found.dataset["right"].mean("word").sel(matcher="fixed").isel(move=-1)
    assert float(fixed.max()) < float(still.min())


def comb(pitch: float, seconds: float = 0.5, rate: float = 16000.0):
    t = np.arange(round(seconds * rate)) / rate
    values = sum(np.cos(2 * np.pi * k * pitch * t + k * k) / k for k in range(1, 12))
    return iv.label(values, iv.Axis("time", step=1 / rate, unit="s"))


@pytest.mark.parametrize("pitch", [95.0, 140.0, 230.0])
def test_pitch_and_harmonicity_of_a_tone_are_what_they_are(pitch):
    x = comb(pitch)
    y = iv.Spectrogram(0.064, 0.016, boundary="valid")(x)
    found, strength = _pitch(y.transpose("frequency", "time").to_numpy(), 1 / 0.064)
    assert found == pytest.approx(pitch, rel=0.02)
    assert strength.min() > 0.8
    assert _harmonicity(y, found) == pytest.approx(strength, abs=1e-12)
    over = _harmonics(x)["harmonicity"]
    # Moved by a part p of the spacing, every partial has cos(2 pi p) times what it had.
    wanted = float(over[0]) * np.cos(2 * np.pi * over["length"])
    assert float(abs(over - wanted).max()) < 0.04


def planted(rng: np.random.Generator, by: int):
    """Two voices say three words; the second says them later."""
    first = np.zeros((3, 40, 80))
    first[:, 10:30, 30:50] = rng.random((3, 20, 20))
    later = np.roll(first, 2 * by, axis=-1)
    x = iv.label(
        np.concatenate([first, later]), "word", iv.Axis("mel", size=40), iv.Axis("time", size=80)
    )
    return x.assign_coords(
        digit=("word", [0, 1, 2, 0, 1, 2]), voice=("word", ["a"] * 3 + ["b"] * 3)
    )


@pytest.mark.parametrize("dim", ["mel", "time"])
def test_correlations_are_those_of_pictures_in_silence(rng, dim):
    x = planted(rng, 0)
    found = correlations(x, dim)
    move, per = 3, x.sizes[dim] // 40
    far = (max(MOVES) + SEARCH) * per
    pad = [(far, far) if d == dim else (0, 0) for d in ("mel", "time")]
    first = np.pad(x.to_numpy()[1], pad)
    last = np.pad(x.to_numpy()[2], pad)
    moved = np.roll(first, move * per, axis=("mel", "time").index(dim))
    wanted = np.corrcoef(moved.ravel(), last.ravel())[0, 1]
    middle = max(MOVES) + SEARCH
    assert found[1, 2, middle + move] == pytest.approx(wanted, abs=1e-12)


def test_a_search_finds_words_that_another_voice_says_later(rng):
    x, same = planted(rng, 5), {"a": "one", "b": "one"}
    found = recognized(x, "time", same, SEARCH)
    assert found[:, : SEARCH - 4].min() == 1
    # Further away, one of the two directions is out of reach.
    assert found[:, SEARCH].mean() < 1


def test_words_of_any_rate_are_read_and_one_voice_is_refused(tmp_path, rng):
    (tmp_path / "digits").mkdir()
    for digit in range(2):
        sf.write(tmp_path / "digits" / f"{digit}_ann.wav", 0.1 * rng.standard_normal(6000), 22050)
    data = Collection(tmp_path)
    assert words(data, ("ann",)).sizes == {"word": 2, "mel": 40, "time": 80}
    with pytest.raises(ReadError, match="holds 1 voice, and 2 are needed"):
        languages(data)
