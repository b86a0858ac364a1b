"""A stranger's diagnosis runs no code, reads no other file, and takes no more than is allowed."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import ReadError, WriteError
from invarsig.io.tree_netcdf import signed
from tests.nightly import some
from tests.report.trees import chosen_axis, tree_of

SUFFIXES = [".json", ".nc", ".zarr"]
ARRAY = "input_1/axis_1/measured"


@pytest.fixture
def kept(tmp_path):
    """Saves a small diagnosis under a suffix."""
    return lambda suffix: iv.Diagnosis(tree_of(chosen_axis())).save(tmp_path / f"kept{suffix}")


def refused(path: Path, words: str) -> None:
    with pytest.raises(ReadError, match=words):
        iv.Diagnosis.load(path)


class RunsCode:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def told(path: Path, **said: object) -> None:
    file = path / ARRAY / ".zarray"
    file.write_text(json.dumps({**json.loads(file.read_text()), **said}))


PICKLE = {"id": "pickle", "protocol": 5}


@pytest.mark.parametrize(
    "said",
    [
        {"compressor": PICKLE},
        {"compressor": None, "filters": [PICKLE]},
        {"compressor": None, "dtype": "|O"},
        {"filters": [{"id": "vlen-utf8"}], "dtype": "|O"},
        {"filters": [{"id": "json2"}]},
        {"compressor": {"id": "zlib"}},
    ],
)
def test_a_zarr_that_asks_for_another_codec_is_refused_before_it_runs(kept, tmp_path, said):
    path, proof = kept(".zarr"), tmp_path / "proof"
    told(path, **said)
    (path / ARRAY / "0").write_bytes(pickle.dumps(RunsCode(proof)))
    refused(path, "holds no diagnosis: it (asks for filters|holds)|TypeError|values of the type")
    assert not proof.exists()


def test_a_zarr_that_leads_elsewhere_is_refused(kept, tmp_path):
    path, proof = kept(".zarr"), tmp_path / "proof"
    array = path / ARRAY
    elsewhere = array.rename(tmp_path / "elsewhere")
    array.symlink_to(elsewhere)
    refused(path, "holds a link to somewhere else")
    assert not proof.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["0", ".zarray", ".zattrs"])
def test_a_zarr_with_a_pipe_or_a_link_in_it_is_refused(kept, name):
    for make in (os.mkfifo, lambda file: Path(file).symlink_to("/dev/zero")):
        path = kept(".zarr")
        (path / ARRAY / name).unlink()
        make(path / ARRAY / name)
        refused(path, "is a link, a device or a pipe")


@pytest.mark.parametrize("name", ["zarr.json", ".zmetadata", "0/0", "notes.txt"])
def test_a_zarr_with_other_files_is_refused(kept, name):
    path = kept(".zarr")
    file = path / ARRAY / name
    file.parent.mkdir(exist_ok=True) if file.parent.name != "0" else None
    if file.parent.name == "0":
        file = path / "9" / "a"
        file.parent.mkdir()
    file.write_text("{}")
    refused(path, "is no part of what is written here")


@pytest.mark.parametrize("name", ["shape", "chunks"])
def test_a_zarr_that_declares_too_much_is_refused(kept, name):
    path = kept(".zarr")
    told(path, **{name: [10**12]})
    refused(path, "declares more than 2.68435e.08 bytes")


def test_a_chunk_that_would_unpack_to_too_much_is_refused(kept):
    path = kept(".zarr")
    file = path / ARRAY / "0"
    content = bytearray(file.read_bytes())
    content[4:8] = (2**31 - 1).to_bytes(4, "little")
    file.write_bytes(content)
    refused(path, "declares more than")


def changed(path: Path, change) -> None:
    """Change a netCDF, and give it the checksum that a stranger can compute too."""
    path.write_bytes(path.read_bytes()[:-40])
    with h5py.File(path, "r+") as file:
        change(file, path)
    path.write_bytes(signed(path.read_bytes()))


def external_link(file, path):
    file["input_1/there"] = h5py.ExternalLink("/etc/passwd", "/")


def soft_link(file, path):
    file["input_1/there"] = h5py.SoftLink("/")


def itself(file, path):
    file["input_1/axis_1/there"] = file["/"]


def values_elsewhere(file, path):
    shape, place = (8,), [("/etc/hostname", 0, 8)]
    file["input_1/axis_1"].create_dataset("there", shape, "i1", external=place)


def virtual(file, path):
    layout = h5py.VirtualLayout((3,), "f8")
    layout[:] = h5py.VirtualSource(str(path), ARRAY, (3,))
    file["input_1/axis_1"].create_virtual_dataset("there", layout)


def compressed(file, path):
    file["input_1/axis_1"].create_dataset("there", data=np.zeros(9), compression="gzip")


def references(file, path):
    file["input_1/axis_1"]["there"] = np.array([file.ref], h5py.ref_dtype)


def deep(file, path):
    file.create_group("input_1/axis_1/a/b/c")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (external_link, "'there' is a link to somewhere else"),
        (soft_link, "'there' is a link to somewhere else"),
        (itself, "'there' is there under two names"),
        (values_elsewhere, "there' has its values elsewhere, or compressed"),
        (virtual, "there' has its values elsewhere, or compressed"),
        (compressed, "there' has its values elsewhere, or compressed"),
        (references, "there' holds values of the type object"),
        (deep, "is neither an array nor a group of a diagnosis"),
    ],
)
def test_a_netcdf_that_leads_elsewhere_is_refused(kept, change, words):
    path = kept(".nc")
    changed(path, change)
    refused(path, words)


@pytest.mark.parametrize("place", [10, 5000, -20, -36, None])
def test_a_netcdf_that_was_damaged_is_not_handed_to_hdf5(kept, place, monkeypatch):
    path = kept(".nc")
    content = bytearray(path.read_bytes())
    if place is None:
        content = content[:-1]
    else:
        content[place] ^= 1
    path.write_bytes(content)
    monkeypatch.setattr(h5py, "File", lambda *_: pytest.fail("it was opened"))
    refused(path, "holds no diagnosis: its checksum does not fit")


def one_long_text(file, path):
    # Many texts, each of them the same megabyte of the file: kept once by hand.
    text = h5py.string_dtype()
    file["input_1/axis_1"].create_dataset("there", (400,), text, data=["a" * 2**20] * 400)


def large(file, path):
    file["input_1/axis_1"].create_dataset("there", (10**12,), "f8", chunks=(1000,))


@pytest.mark.parametrize("change", some([large, one_long_text], 2))
def test_a_netcdf_that_declares_too_much_is_refused(kept, change):
    path = kept(".nc")
    changed(path, change)
    refused(path, "declares more than")


@pytest.mark.parametrize(
    "said",
    [
        {"shape": [0, 10**12], "values": []},
        {"type": "text", "shape": [1000], "values": ["a" * 10**6, *[""] * 999]},
    ],
)
def test_a_json_that_declares_too_much_is_refused(kept, said):
    path = kept(".json")
    content = json.loads(path.read_text())
    content["nodes"]["/input_1/axis_1"]["data"]["measured"].update(said)
    path.write_text(json.dumps(content))
    refused(path, "declares more than")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_more_is_read_where_it_is_allowed(kept, suffix):
    path = kept(suffix)
    with pytest.raises(ReadError, match="more than 300 bytes of values; allow more by most_bytes="):
        iv.Diagnosis.load(path, most_bytes=300)
    assert iv.Diagnosis.load(path, most_bytes=None).tree.identical(iv.Diagnosis.load(path).tree)


def test_deep_nesting_is_no_diagnosis(tmp_path):
    path = tmp_path / "deep.json"
    path.write_text("[" * 100_000)
    refused(path, "holds no diagnosis")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"measured": ("length", ["a", "b", "c"])}, "'measured' is .*, not float"),
        ({"measured": ("other", [1.0])}, "'measured' stands over .'other',., not"),
        ({"operator": ("stage", [1.0, 2.0])}, "'operator' is float64, not text"),
    ],
)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_not_as_declared_is_no_diagnosis(tmp_path, suffix, change, words):
    path = iv.Diagnosis(tree_of(chosen_axis(**change))).save(tmp_path / f"a{suffix}")
    refused(path, words)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_text_that_holds_nothing_may_be_kept_as_numbers(tmp_path, suffix):
    node = chosen_axis().drop_dims("stage").assign(operator=("stage", np.zeros(0)))
    iv.Diagnosis.load(iv.Diagnosis(tree_of(node)).save(tmp_path / f"a{suffix}"))


@pytest.mark.parametrize(
    ("attrs", "words"),
    [
        ({"stride": 1.5}, "'stride' is 1.5, not int"),
        ({"stride": float("nan")}, "'stride' is nan, not int"),
        ({"step": "wide"}, "'step' is 'wide', not float"),
        ({"unit": 3}, "'unit' is 3, not text"),
    ],
)
def test_attributes_that_are_not_as_declared_are_no_diagnosis(tmp_path, attrs, words):
    path = iv.Diagnosis(tree_of(chosen_axis(attrs=attrs))).save(tmp_path / "a.json")
    refused(path, words)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_name_that_is_not_unicode_is_kept_in_every_format(tmp_path, suffix):
    odd = "Gl\udcfcck"
    node = chosen_axis(operator=("stage", [odd, "MaxPool(time: 4)"]), attrs={"treatment": odd})
    path = iv.Diagnosis(tree_of(node, name=odd)).save(tmp_path / f"a{suffix}")
    again = iv.Diagnosis.load(path).tree
    wanted = odd if suffix == ".json" else "Gl\\udcfcck"
    assert again["input_1"].attrs["name"] == wanted
    assert again["input_1/axis_1"].attrs["treatment"] == wanted
    assert str(again["input_1/axis_1"]["operator"].values[0]) == wanted


def test_what_netcdf_has_no_type_for_is_said(tmp_path):
    node = chosen_axis(attrs={"odd": {"a": 1}})
    with pytest.raises(WriteError, match=r"netCDF cannot hold it .*\.json can"):
        iv.Diagnosis(tree_of(node)).save(tmp_path / "a.nc")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_complex_numbers_come_back_in_every_format(tmp_path, suffix):
    node = chosen_axis().assign(phasor=("length", [1j, 2 + 1j, complex(np.nan, np.inf)]))
    again = iv.Diagnosis.load(iv.Diagnosis(tree_of(node)).save(tmp_path / f"a{suffix}")).tree
    assert again["input_1/axis_1"]["phasor"].variable.identical(node["phasor"].variable)


FULL = """
import resource, sys
import invarsig as iv
from tests.report.trees import chosen_axis, tree_of
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))  # as on a full disk, the write fails
try:
    iv.Diagnosis(tree_of(chosen_axis())).save(sys.argv[1])
except iv.errors.WriteError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no limit of a file's size")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, suffix):
    place = tmp_path / f"a{suffix}"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(place)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "free some space" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("way", "writer"),
    [
        ("summary", "summary.summary"),
        ("__repr__", "summary.outline"),
        ("to_html", "page.write"),
        ("_repr_html_", "page.fragment"),
    ],
)
def test_what_cannot_be_shown_is_said_of_the_file_it_came_with(tmp_path, way, writer, monkeypatch):
    def stumbled(*_arguments: object) -> None:
        raise IndexError("out of range")

    monkeypatch.setattr(f"invarsig.report.{writer}", stumbled)
    kept = iv.Diagnosis(tree_of(chosen_axis()))
    place = (tmp_path / "page.html",) if way == "to_html" else ()
    with pytest.raises(ReadError, match=r"a\.json cannot be shown: it holds what no diagnosis"):
        getattr(iv.Diagnosis.load(kept.save(tmp_path / "a.json")), way)(*place)
    with pytest.raises(IndexError):  # of what was measured here the fault is ours
        getattr(kept, way)(*place)
