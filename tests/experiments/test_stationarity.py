"""Stationarity of speech and pictures, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

import invarsig as iv
from invarsig.errors import ReadError
from invarsig.experiments import Collection, experiment_named, stationarity
from invarsig.experiments.stationarity import _LARGE
from tests.conftest import DATA


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("stationarity")


def test_speech_is_stationary_along_time_within_what_chance_gives(found):
    along = found.dataset.sel(case="speech along time")
    assert float(along["p_value"]) > 0.05
    assert found.effect("speech along time").value < _LARGE


def test_along_frequency_the_place_explains_more_than_along_time_in_every_kind_of_sound(found):
    for kind in ("speech", "music", "environment", "spoken digits", "notes"):
        time, frequency = (
            found.effect(f"{kind} along {axis}").value for axis in ("time", "frequency")
        )
        assert frequency > 2 * abs(time)


def test_the_level_of_speech_depends_on_frequency_more_than_a_large_effect(found):
    assert found.effect("speech along frequency, level alone").value > _LARGE


def test_photographs_are_less_stationary_along_y_than_along_x(found):
    y, x = (found.dataset.sel(case=f"photographs along {dim}") for dim in ("y", "x"))
    assert float(y["share"]) > float(y["floor"])
    assert float(x["share"]) < float(x["floor"])
    assert float(found.dataset["average"].sel(kind="photographs").isel(y=slice(5)).mean()) > 0


def test_textures_are_the_stationary_control(found):
    for dim in ("x", "y"):
        assert found.effect(f"textures along {dim}").value < 0.05


def test_sounds_that_begin_at_their_onset_are_not_stationary_along_time(found):
    assert float(found.dataset["p_value"].sel(case="notes along time")) <= 0.05
    assert found.effect("notes along time").value > found.effect("speech along time").value


def test_where_there_are_three_recordings_no_interval_is_claimed(found):
    music = found.effect("music along time")
    assert music.count == 3
    assert (music.low, music.high) == (-np.inf, np.inf)


def test_what_is_kept_gives_the_measure_again(found):
    """From the pictures themselves, by the public function."""
    pictures = [
        iv.read_image(path, gray=True).transpose("y", "x").to_numpy()
        for path in sorted(DATA.glob("images/*.png"))
    ]
    x = iv.label(np.stack(pictures), "picture", "y", "x")
    whole = iv.measures.nonstationarity(x, "y", item="picture", window={"y": 16, "x": 16}, rng=1)
    kept = found.dataset.sel(case="photographs along y")
    assert float(whole.share) == pytest.approx(float(kept["share"]), rel=1e-10)
    effect = found.effect("photographs along y")
    assert effect.value == pytest.approx(float(kept["share"]), rel=1e-10)


def test_kinds_with_equally_many_items_keep_their_counts_apart():
    x = iv.label(np.random.default_rng(0).standard_normal((2, 64, 64)), "item", "y", "x")
    group = stationarity._Group("photographs", "pictures", x)
    rng = np.random.default_rng(1)
    cases = [stationarity._case(group, dim, rng, 9) for dim in ("y", "x")]
    found = stationarity._together(cases)
    assert found["items"].sel(case="photographs along y") == 2


def test_digits_of_one_voice_are_too_few(tmp_path):
    (tmp_path / "digits").mkdir()
    tone = np.sin(np.arange(8000))
    soundfile.write(tmp_path / "digits" / "3_june.flac", tone, 8000)
    with pytest.raises(ReadError, match="of 1 voices, and 2 are needed"):
        stationarity._words(Collection(tmp_path), 2)


def test_the_reduced_form_asks_the_same_question():
    one = experiment_named("stationarity")
    assert one(reduced=True).fingerprint() == one().fingerprint()
