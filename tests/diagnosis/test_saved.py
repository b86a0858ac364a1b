"""A diagnosis that is kept comes back the same, and nothing else is taken for one."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.diagnosis import saved
from invarsig.errors import ParameterError, ReadError, WriteError
from tests.conftest import ring
from tests.nightly import some
from tests.report.trees import HOSTILE, chosen_axis, tree_of, with_square

SUFFIXES = [".json", ".nc", ".zarr"]


@pytest.fixture(scope="module")
def found(photograph):
    pools = {name: iv.MaxPool(window={"x": size}) for name, size in (("two", 2), ("four", 4))}
    return iv.compare(pools, ring(photograph, x=64, y=16), "x").diagnosis


def chosen():
    """Everything that is hard to keep: NaN, infinities, signed zeros, single precision, text."""
    node = with_square(chosen_axis(), np.random.default_rng(3), (12, 14))
    node["square_difference"] = node["square_difference"].astype(np.float32)
    odd = [0.1 + 0.2, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1.7976931348623157e308]
    node["odd"] = ("other", odd)
    node["single"] = ("other", np.array([*odd[:5], 0.1, 1e-45], np.float32))
    days = np.datetime64("2026-01-01", "ns") + np.arange(14) * np.timedelta64(1, "D")
    node = node.assign_coords(square_position=days)
    node.attrs.update(explained_error=float("nan"), unexplained=HOSTILE)
    return iv.Diagnosis(tree_of(node, notes="Zeile 1\nLigne \u00e9 \U0001f600", name=HOSTILE))


def assert_same(one, other):
    assert one.tree.identical(other.tree)
    assert list(one.tree.children) == list(other.tree.children)
    for node in one.tree.subtree:
        for name, variable in node.to_dataset(inherit=False).variables.items():
            again = other.tree[node.path][name].variable
            if variable.dtype.kind in "OU":
                assert variable.values.tolist() == again.values.tolist()
                continue
            assert variable.dtype == again.dtype, name
            assert variable.values.tobytes() == again.values.tobytes(), name


@pytest.mark.parametrize("suffix", some(SUFFIXES, 3))
def test_what_was_measured_comes_back_bit_for_bit(found, suffix, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = found.save(tmp_path / f"found{suffix}")
        again = iv.Diagnosis.load(path)
    assert_same(found, again)
    assert again.summary() == found.summary()
    pages = [one.to_html(tmp_path / "page.html").read_text() for one in (found, again)]
    assert pages[0] == pages[1]
    assert [each.name for each in sorted(tmp_path.iterdir())] == sorted([path.name, "page.html"])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_numbers_that_are_hard_to_keep_come_back(suffix, tmp_path):
    assert_same(chosen(), iv.Diagnosis.load(chosen().save(tmp_path / f"a{suffix}")))


@pytest.mark.parametrize("suffix", some(SUFFIXES, 3))
def test_ten_inputs_come_back_in_their_order(suffix, tmp_path):
    many = iv.Diagnosis.joined(
        [iv.Diagnosis(tree_of(chosen_axis(), name=f"{k}")) for k in range(11)]
    )
    assert_same(many, iv.Diagnosis.load(many.save(tmp_path / f"a{suffix}")))


def test_the_json_is_standard_and_says_what_it_is(tmp_path):
    def refused(constant):
        raise AssertionError(constant)

    text = chosen().save(tmp_path / "a.json").read_text(encoding="utf-8")
    content = json.loads(text, parse_constant=refused)
    assert content["format"] == "invarsig diagnosis"
    axis = content["nodes"]["/input_1/axis_1"]
    assert axis["data"]["odd"]["values"] == [
        0.30000000000000004, 0.0, "inf", "-inf", "nan", 5e-324, 1.7976931348623157e308,
    ]  # fmt: skip
    assert axis["data"]["single"]["values"][5] == 0.1
    assert axis["attrs"]["explained_error"] == {"number": "nan"}


def test_a_name_that_is_no_unicode_survives_json(tmp_path):
    odd = iv.Diagnosis(tree_of(chosen_axis(), name="Gl\udcfcck"))
    assert iv.Diagnosis.load(odd.save(tmp_path / "a.json")).tree["input_1"].attrs["name"] == (
        "Gl\udcfcck"
    )


def test_complex_numbers_and_flags_survive_json(tmp_path):
    node = chosen_axis().assign(
        phasor=("length", [1 + 2j, complex(np.nan, -np.inf), 0.1j]),
        sure=("length", [True, False, True]),
    )
    kept = iv.Diagnosis(tree_of(node))
    assert_same(kept, iv.Diagnosis.load(kept.save(tmp_path / "a.json")))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_stood_there_is_replaced(suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    iv.Diagnosis(tree_of(chosen_axis(), name="old")).save(path)
    iv.Diagnosis(tree_of(chosen_axis(), name="new")).save(path)
    assert iv.Diagnosis.load(path).tree["input_1"].attrs["name"] == "new"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_is_written_where_there_is_no_folder(suffix, tmp_path):
    with pytest.raises(WriteError, match="nowhere"):
        chosen().save(tmp_path / "nowhere" / f"a{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_zarr_is_left_alone(tmp_path):
    place = tmp_path / "a.zarr"
    place.mkdir()
    (place / "mine.txt").write_text("mine")
    with pytest.raises(WriteError, match="not a Zarr group"):
        chosen().save(place)
    assert (place / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["page.html", "found", "found.nc4", ".json"])
def test_another_suffix_is_refused(name, tmp_path):
    for work in (chosen().save, iv.Diagnosis.load):
        with pytest.raises(ParameterError, match=r"kept as \.nc, \.zarr or \.json"):
            work(tmp_path / name)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_is_not_there_is_said(suffix, tmp_path):
    with pytest.raises(ReadError, match="There is no "):
        iv.Diagnosis.load(tmp_path / f"a{suffix}")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("content", [b"", b"PNG\x00\xff", b"{}", b"[1, 2]"])
def test_a_file_of_another_kind_is_no_diagnosis(suffix, content, tmp_path):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(ReadError, match="holds no diagnosis"):
        iv.Diagnosis.load(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "tree", [xr.DataTree(xr.Dataset({"a": 1})), tree_of(), tree_of(xr.Dataset({"a": 1}))]
)
def test_a_tree_of_other_things_is_no_diagnosis(suffix, tree, tmp_path):
    path = iv.Diagnosis(tree).save(tmp_path / f"a{suffix}")
    with pytest.raises(ReadError, match="a node for each input"):
        iv.Diagnosis.load(path)


def spoilt(change):
    def spoil(content):
        change(content["nodes"]["/input_1/axis_1"]["data"]["measured"])

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content.update(version=2),
        lambda content: content.update(nodes=3),
        lambda content: content["nodes"].update({"/../..": {}}),
        spoilt(lambda variable: variable.update(shape=[4])),
        spoilt(lambda variable: variable.update(dims=["length", "other"])),
        spoilt(lambda variable: variable.update(values=["loud", 1, 2])),
        spoilt(lambda variable: variable.update(type="O")),
        spoilt(lambda variable: variable.update(type="no type")),
        spoilt(lambda variable: variable.pop("values")),
    ],
)
def test_a_json_that_was_spoilt_is_refused(spoil, tmp_path):
    path = chosen().save(tmp_path / "a.json")
    content = json.loads(path.read_text())
    spoil(content)
    path.write_text(json.dumps(content))
    with pytest.raises(ReadError, match="holds no diagnosis"):
        iv.Diagnosis.load(path)


@pytest.mark.parametrize(("suffix", "package"), [(".nc", "h5netcdf"), (".zarr", "zarr")])
def test_a_missing_extra_is_named(suffix, package, monkeypatch, tmp_path):
    monkeypatch.setattr(saved.importlib.util, "find_spec", lambda _: None)
    for work in (chosen().save, iv.Diagnosis.load):
        with pytest.raises(ParameterError, match=rf"needs {package}: pip install 'invarsig\[io\]'"):
            work(tmp_path / f"a{suffix}")
    chosen().save(tmp_path / "a.json")
