"""Which files a survey is of: sorted, each once, and none that is something else."""

from __future__ import annotations

import pytest

from invarsig.errors import ParameterError, ReadError
from invarsig.survey.files import files_of

WAVE = b"RIFF\0\0\0\0WAVE"


@pytest.fixture
def folder(tmp_path):
    for name in ("b.wav", "a.wav", "deep/er/c.wav", ".hidden/d.wav", "deep/.e.wav", "list.md"):
        file = tmp_path / "in" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"# Notes" if name.endswith("md") else WAVE)
    return tmp_path / "in"


def names(folder, *inputs):
    return [file.relative_to(folder).as_posix() for file in files_of(list(inputs))]


def test_a_folder_is_searched_with_those_in_it_and_without_hidden_names(folder):
    assert names(folder, folder) == ["a.wav", "b.wav", "deep/er/c.wav"]


def test_a_file_that_is_named_in_several_ways_is_there_once(folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "all.txt").write_text("b.wav\n\ndeep\n./a.wav\n")
    every = names(folder, folder, "a.wav", folder / "b.wav", "*.wav", "all.txt")
    assert every == ["a.wav", "b.wav", "deep/er/c.wav"]


def test_a_list_is_relative_to_its_own_folder(folder, monkeypatch):
    (folder / "deep" / "some.txt").write_text("er/c.wav\n../a.wav\n")
    monkeypatch.chdir("/")
    assert names(folder, folder / "deep" / "some.txt") == ["a.wav", "deep/er/c.wav"]


def test_a_pattern_goes_through_any_folders(folder):
    assert names(folder, f"{folder}/**/*.wav") == ["a.wav", "b.wav", "deep/er/c.wav"]
    assert names(folder, f"{folder}/[a]*") == ["a.wav"]


def test_a_file_whose_name_looks_like_a_pattern_is_itself(folder):
    (folder / "take[1].wav").write_bytes(WAVE)
    assert names(folder, folder / "take[1].wav") == ["take[1].wav"]


def test_a_named_file_that_is_missing_stays_for_its_row(folder):
    assert names(folder, folder / "gone.wav") == ["gone.wav"]


def test_an_unreadable_recording_in_a_folder_stays_for_its_row(folder):
    (folder / "broken.wav").symlink_to(folder / "nowhere")
    (folder / "empty.flac").touch()
    assert {"broken.wav", "empty.flac"} <= set(names(folder, folder))


def test_a_zarr_store_is_one_input_and_a_survey_is_none(folder):
    for store, rows in (("grid.zarr", False), ("survey.zarr", True)):
        (folder / store / "t").mkdir(parents=True)
        (folder / store / ".zgroup").write_text("{}")
        if rows:
            (folder / store / "rows").mkdir()
    assert names(folder, folder) == ["a.wav", "b.wav", "deep/er/c.wav", "grid.zarr"]


def test_nothing_to_measure_is_refused(tmp_path):
    for inputs in (tmp_path, f"{tmp_path}/*.wav", []):
        with pytest.raises(ParameterError, match="There is no recording"):
            files_of(inputs)
    with pytest.raises(ReadError, match=r"list .*none\.txt"):
        files_of(tmp_path / "none.txt")
