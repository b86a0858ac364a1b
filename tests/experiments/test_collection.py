"""The collection finds what it is asked for, and says what is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from invarsig.errors import ReadError
from invarsig.experiments import Collection

DATA = Path(__file__).parents[2] / "data"


def test_the_repositorys_data_are_found_without_being_named(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert Collection.found().folder == DATA


def test_digits_and_notes_are_known_by_their_names():
    data = Collection(DATA)
    assert {digit for digit, _, _ in data.spoken_digits()} == set(range(10))
    assert len({voice for _, voice, _ in data.spoken_digits()}) == 7
    assert [midi for _, midi, _ in data.notes("marimba")] == [48, 60, 66, 72, 78, 84]


def test_handwritten_digits_run_from_zero_to_one():
    x, labels = Collection(DATA).handwritten()
    assert x.dims == ("image", "y", "x")
    assert x.shape == (1797, 8, 8)
    assert (float(x.min()), float(x.max())) == (0.0, 1.0)
    assert set(labels) == set(range(10))


def test_the_loudest_part_of_a_recording_is_taken(tmp_path):
    (tmp_path / "speech").mkdir()
    values = np.zeros(4000)
    values[2500:2600] = 0.5
    soundfile.write(tmp_path / "speech" / "a.wav", values, 1000, subtype="FLOAT")
    data = Collection(tmp_path)
    cut = data.sound(data.paths("speech")[0], seconds=0.1)
    assert cut.sizes["time"] == 100
    assert float(cut.min()) == 0.5


def test_the_middle_of_a_picture_is_taken():
    data = Collection(DATA)
    whole, cut = (data.picture(data.paths("images")[0], side) for side in (None, 64))
    np.testing.assert_array_equal(cut.values, whole.values[96:160, 96:160])


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda data: data.paths("speech"), "speech holds 0 recordings"),
        (lambda data: data.notes(), "instruments holds 0 recordings"),
        (lambda data: data.handwritten(), "There is no .*digits8x8.npz"),
    ],
)
def test_what_is_missing_is_named(tmp_path, ask, words):
    with pytest.raises(ReadError, match=words):
        ask(Collection(tmp_path))


def test_a_note_without_a_number_is_refused(tmp_path):
    (tmp_path / "instruments").mkdir()
    (tmp_path / "instruments" / "cello_a.flac").touch()
    with pytest.raises(ReadError, match=r"is not named \{instrument\}_\{midi\}"):
        Collection(tmp_path).notes()


def test_a_small_picture_is_refused():
    data = Collection(DATA)
    with pytest.raises(ReadError, match="is smaller than 1000 x 1000"):
        data.picture(data.paths("images")[0], 1000)


@pytest.mark.parametrize(
    ("values", "options", "words"),
    [
        (np.zeros(1000), {}, "a.wav is silent"),
        (np.r_[np.nan, np.ones(999)], {}, "a.wav holds values that are not finite"),
        (np.arange(1000) / 1000, {"at_least": 2.0}, "a.wav lasts 1 s, and 2 s are needed"),
        (np.arange(1000) / 1000, {"up_to": 600.0}, "a rate of 1000 Hz, and 1200 Hz are needed"),
    ],
)
def test_recordings_that_no_number_comes_of_are_named(tmp_path, values, options, words):
    soundfile.write(tmp_path / "a.wav", values, 1000, subtype="FLOAT")
    with pytest.raises(ReadError, match=words):
        Collection(tmp_path).sound(tmp_path / "a.wav", **options)


@pytest.mark.parametrize("side", [None, 8])
def test_a_picture_of_one_gray_is_refused(tmp_path, side):
    Image.new("L", (16, 16), 128).save(tmp_path / "a.png")
    with pytest.raises(ReadError, match=r"a\.png is of one gray"):
        Collection(tmp_path).picture(tmp_path / "a.png", side)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ReadError, match="is not there; give one laid out"):
        Collection.found(tmp_path / "none")
