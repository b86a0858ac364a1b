"""A survey of real files: its rows are what diagnose and check say of each of them."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest

import invarsig as iv
from invarsig.diagnosis import compare
from invarsig.survey.work import Work
from tests.survey.stores import bytes_of


def test_its_rows_say_what_check_says_of_each_file(whole, cuts, pool):
    rows = whole.dataset
    names = [f"cuts/{name}" for name in ("0.png", "1.png", "2.png", "3.png", "broken.png")]
    assert rows.input.values.tolist() == [*names, "cuts/more/4.png"]
    for place in (0, 3, 5):
        row = rows.isel(row=place)
        x = iv.read_image(cuts.parent / row.input.item(), gray=True)
        (told,) = iv.check(pool, x, "x", max_error=-1)
        assert 20 * np.log10(row.worst.item()) == pytest.approx(told.error, abs=1e-9)
        assert told.move.shifts["x"] == row.worst_shift
        assert (row.dim, row.unit, row.severity) == ("x", "px", "severe")


def test_its_rows_hold_what_a_diagnosis_holds(whole, cuts, pool):
    row = whole.dataset.isel(row=1)
    found = iv.diagnose(pool, iv.read_image(cuts / "1.png", gray=True), "x")
    data = found.findings
    np.testing.assert_array_equal(row.length, data.move_length.sel(moved="x"))
    np.testing.assert_array_equal(row.roll_error, data.roll_error)
    np.testing.assert_array_equal(row.cut_error, data.cut_error)
    # The axis made periodic is moved by parts of a sample as well.
    both = [float(by) for by in data.move_length.values[:, 0] if by in found["x"].length.values]
    assert both
    np.testing.assert_array_equal(
        [row.periodic_error.values[row.length.values.tolist().index(by)] for by in both],
        found["x"].measured.sel(length=both),
    )
    shares = data.cause_share.sel(cause_bar="verdict").sum("stage")
    np.testing.assert_allclose(row.cause_share, shares, atol=1e-12)
    assert row.verdict == data.attrs["verdict_error"]
    told = [each for each in row.remedy_name.values.tolist() if each]
    assert sorted(told) == sorted(data.remedy_name.values.tolist())
    first = data.attrs["remedy_recommended"]
    if first < 0:  # None is recommended: the one that gains most comes first.
        first = int(np.argmax(data.remedy_gain.to_numpy()))
    assert told[0] == data.remedy_name.values[first]
    assert row.stage_operator.values.tolist() == ["MaxPool(x: 2)"]


def test_a_file_that_cannot_be_read_is_a_row_and_stops_nothing(whole):
    (row,) = (whole.failed.isel(row=k) for k in range(whole.failed.sizes["row"]))
    assert row.input == "cuts/broken.png"
    assert row.state == "error"
    assert "cuts/broken.png" in row.error.item()
    assert str(whole.path.parent) not in row.error.item()
    assert np.isnan(row.worst)
    assert (whole.dataset.state == "known").sum() == 5


def test_a_pipeline_that_fails_on_a_file_is_a_row(cuts, tmp_path):
    def fussy(x):
        if x.mean() > 0.4:
            raise RuntimeError("too bright")
        return iv.MaxPool({"x": 2})

    found = iv.survey(fussy, cuts, "x", out=tmp_path / "one.zarr", workers=0)
    said = [each for each in found.dataset.error.values.tolist() if each]
    assert 2 <= len(said) < 6
    assert any("RuntimeError('too bright')" in each for each in said)


def test_several_pipelines_are_moved_by_the_same_lengths(cuts, tmp_path):
    pipelines = {"fine": iv.MaxPool({"x": 2}), "coarse": iv.MeanPool({"x": 4})}
    files = [cuts / "0.png", cuts / "broken.png"]
    found = iv.survey(pipelines, files, "x", out=tmp_path / "one.zarr", workers=0).dataset
    assert found.pipeline.values.tolist() == ["fine", "coarse"] * 2
    lengths = found.length.values[:2]
    np.testing.assert_array_equal(lengths[0], lengths[1])
    x = iv.read_image(cuts / "0.png", gray=True)
    table = compare(pipelines, x, "x").diagnosis
    for place, node in enumerate(("input_1", "input_2")):
        wanted = table.tree[node].to_dataset().roll_error
        np.testing.assert_array_equal(found.roll_error[place], wanted)


def test_a_pipeline_that_lacks_the_dim_fails_alone(cuts, tmp_path):
    def along_time(x):
        return iv.MaxPool({"time": 2})

    pipelines = {"pool": iv.MaxPool({"x": 2}), "sound": along_time}
    found = iv.survey(pipelines, cuts / "0.png", "x", out=tmp_path / "one.zarr", workers=0).dataset
    assert found.state.values.tolist() == ["known", "error"]
    assert "'time'" in found.error.values[1]


def test_channels_that_cancel_are_refused_and_those_that_do_not_are_mixed(tmp_path, rng):
    import soundfile

    left = 0.3 * rng.standard_normal(4000)
    soundfile.write(tmp_path / "a.wav", np.stack([left, -left], 1), 8000)
    soundfile.write(tmp_path / "b.wav", np.stack([left, 0.9 * left], 1), 8000)
    pool = iv.MaxPool({"time": 2})
    found = iv.survey(pool, tmp_path, out=tmp_path / "one.zarr", workers=0).dataset
    assert found.state.values.tolist() == ["error", "known"]
    assert "cancel" in found.error.values[0]


def test_a_file_that_is_removed_meanwhile_is_a_row_and_keeps_what_was_done(cuts, pool, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("0.png", "1.png"):
        shutil.copy(cuts / name, folder / name)
    out = tmp_path / "one.zarr"
    own, gone = Work.on, []

    def removing(self, path, name, known=""):
        if name.endswith("1.png"):
            path.unlink(missing_ok=True)
            gone.append(path)
        return own(self, path, name, known)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Work, "on", removing)
        found = iv.survey(pool, folder, "x", out=out, workers=0)
    assert gone
    assert found.dataset.state.values.tolist() == ["known", "error"]
    assert "There is no file 'in/1.png'" in found.dataset.error.values[1]
    again = iv.survey(pool, folder, "x", out=out, workers=0)
    assert again.dataset.identical(found.dataset)
    shutil.copy(cuts / "1.png", folder / "1.png")  # it is back: tried again
    back = iv.survey(pool, folder, "x", out=out, workers=0)
    assert back.dataset.state.values.tolist() == ["known", "known"]


def test_a_file_without_permission_is_a_row(cuts, pool, tmp_path, monkeypatch):
    file = tmp_path / "secret.png"
    shutil.copy(cuts / "0.png", file)
    file.chmod(0)
    if os.access(file, os.R_OK):  # the superuser reads everything
        own = type(file).open

        def closed(self, *arguments, **more):
            if self.name == "secret.png":
                raise PermissionError(13, "Permission denied", str(self))
            return own(self, *arguments, **more)

        monkeypatch.setattr(type(file), "open", closed)
    found = iv.survey(pool, file, "x", out=tmp_path / "one.zarr", workers=0).dataset
    assert found.state.item() == "error"
    assert "secret.png' cannot be read (Permission denied)" in found.error.item()
    assert not found.key.item()


def test_the_key_is_of_content_pipeline_and_question(whole, cuts, pool, tmp_path):
    keys = whole.dataset.key.values.tolist()
    known = [key for key in keys if key]
    assert len(set(known)) == len(keys) == 6
    copy = tmp_path / "another_name.png"
    shutil.copy(cuts / "0.png", copy)
    same = iv.survey(pool, copy, "x", out=tmp_path / "one.zarr", workers=0).dataset
    assert same.key.item() == keys[0]
    other = iv.survey(pool, copy, "y", out=tmp_path / "two.zarr", workers=0).dataset
    assert other.key.item() != keys[0]


def test_the_bytes_do_not_depend_on_when_it_is_made(whole, cuts, pool):
    again = cuts.parent / "again.zarr"
    iv.survey(pool, cuts, "x", out=again, workers=0)
    assert bytes_of(again) == bytes_of(whole.path)


def test_progress_says_how_many_how_fast_and_how_long(cuts, pool, tmp_path):
    said = []
    iv.survey(
        pool, cuts, "x", out=tmp_path / "one.zarr", workers=0,
        progress=lambda text, part: said.append((text, part)),
    )  # fmt: skip
    assert said[0][0].startswith("1 of 6 files, ")
    assert " a second, " in said[0][0]
    assert said[0][0].endswith(" left")
    assert [part for _, part in said] == sorted(part for _, part in said)
    assert said[-1] == ("done", 1.0)


def test_quantiles_and_worst_are_those_of_its_rows(whole):
    data = whole.quantiles((0.5, 0.9)).sel(pipeline="MaxPool(x: 2)", dim="x")
    errors = np.sort(whole.dataset.worst.to_numpy()[whole.dataset.state.to_numpy() == "known"])
    assert data.files == 5
    assert data.error.sel(probability=0.5) == errors[2]
    assert data.error.sel(probability=0.9) == errors[4]
    worst = whole.worst(2)
    np.testing.assert_array_equal(worst.worst, errors[[4, 3]])
    assert whole.worst(99).sizes["row"] == 5


def test_its_sentences_hold_its_numbers(whole):
    text = whole.summary()
    assert "5 of 5 results are clearly off" in text
    assert "half of 5 files" in text
    assert "1 of 6 files has no result: cuts/broken.png." in text
    assert str(iv.Survey.load(whole.path)) == text
