"""`--json`: one document, of declared keys alone, whatever happens."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

import invarsig as iv
from invarsig.cli.declared import as_json, key
from invarsig.cli.documents import RESULTS, SCHEMA, Document
from tests.conftest import DATA

POOL = ("--pipeline", "own.py:pool", "--along", "x")
BROKEN = ("--max-error", "-4", "--pipeline", "own.py:broken")
CHECK = ("check", "photos/a.png", *POOL)


def misfits(value: Any, kind: Any, place: str = "document") -> list[str]:
    """Where a document is not as it is declared."""
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        declared = [each.name for each in fields(kind)]
        if not isinstance(value, dict) or list(value) != declared:
            return [f"{place}: {list(value) if isinstance(value, dict) else value}"]
        return [
            m for name in declared for m in misfits(value[name], hints[name], f"{place}.{name}")
        ]
    if get_origin(kind) is list:
        (inner,) = get_args(kind)
        return [m for n, each in enumerate(value) for m in misfits(each, inner, f"{place}[{n}]")]
    if get_origin(kind) is UnionType:
        inner = [each for each in get_args(kind) if each is not type(None)]
        return [] if value is None else misfits(value, inner[0], place)
    if kind is Any:
        return []
    kinds = (int, float) if kind is float else kind
    fits = isinstance(value, kinds) and (kind is bool) == isinstance(value, bool)
    return [] if fits else [f"{place}: {value!r} is not {kind.__name__}"]


def document(result: Any) -> dict[str, Any]:
    """The document of a run, held to its declaration."""
    found = json.loads(result.stdout)
    assert misfits(found, Document) == []
    assert found["exit_code"] == result.exit_code
    assert (found["schema"], found["invarsig"]) == (SCHEMA, iv.__version__)
    for each in found["results"]:
        kinds = RESULTS[found["command"]]
        assert [] in [misfits(each, kind) for kind in kinds], misfits(each, kinds[0])
    return found


@pytest.fixture
def runs(here: Path, invoke):
    """What comes before some commands."""
    Path("many").mkdir()

    def prepare(*given: str) -> None:
        if "found.json" in given and given[0] == "render":
            out = ("--save", "found.json", "--out", "first.html")
            assert invoke("report", "photos/a.png", *POOL, *out).exit_code == 0
        if "--against" in given:
            assert invoke("baseline", "photos/a.png", *POOL, "--out", "kept.json").exit_code == 0

    return prepare


@pytest.mark.parametrize(
    ("given", "code", "written"),
    [
        (("report", "photos/a.png", *POOL, "--save", "found.json"), 0, ["page", "diagnosis"]),
        (("render", "found.json", "--out", "page.html"), 0, ["page"]),
        ((*CHECK, "--max-error", "-1", "--shift", "1"), 1, []),
        (("check", "photos/a.png", "--pipeline", "own.py:pool", "--against", "kept.json"), 0, []),
        (("baseline", "photos/a.png", *POOL, "--out", "kept.json"), 0, ["baseline"]),
        (("experiments",), 0, []),
    ],
)
def test_every_key_that_is_declared_is_written_and_no_other(invoke, runs, given, code, written):
    runs(*given)
    result = invoke(*given, "--json")
    assert result.exit_code == code, result.output
    found = document(result)
    assert found["results"]
    assert [each["what"] for each in found["written"]] == written
    assert all(Path(each["path"]).exists() for each in found["written"])
    assert found["errors"] == []


def test_answers_tell_each_picture_and_each_measure(invoke, here):
    Path("scores.py").write_text(
        "import invarsig as iv\nboth = ('y', 'x')\n"
        "bank = iv.GaborBank(both, frequency=[0.2, 0.4], orientation=0.7)\n"
        "scores = bank >> iv.Modulus() >> iv.MaxPool({'y': 4, 'x': 4}) >> iv.GlobalPool(both)\n",
        encoding="utf-8",
    )
    result = invoke("answers", "photos", "--pipeline", "scores.py:scores", "--shifts", 1, "--json")
    assert result.exit_code == 0, result.output
    (found,) = document(result)["results"]
    assert [Path(each["input"]).name for each in found["pictures"]] == ["a.png", "b.png"]
    assert {each["name"] for each in found["measures"]} >= {"consistency", "top1_change"}


@pytest.mark.nightly
def test_an_experiment_that_is_run_tells_its_answer(invoke, here):
    result = invoke(
        "experiments", "run", "anti-aliased-pooling", "--reduced", "--data", DATA, "--json"
    )
    assert result.exit_code == 0, result.output
    assert [each["what"] for each in document(result)["written"]] == ["page", "dataset"]


def test_numbers_are_those_of_the_text(invoke, here):
    given = (*CHECK, "--max-error", "-1", "--shift", "1")
    (checked,) = document(invoke(*given, "--json"))["results"]
    (axis,) = checked["axes"]
    assert axis["sentence"] == invoke(*given).stdout.strip()
    assert f"is {axis['error_db']:.1f} dB" in axis["sentence"]
    assert axis["moves"] == [{"dim": "x", "length": 1.0, "unit": "px"}]
    op, x = iv.MaxPool({"x": 2}), iv.read_image("photos/a.png")
    assert axis["error_db"] == iv.check(op, x, "x", max_error=-1, shifts=[1.0])[0].error


@pytest.mark.parametrize(
    ("given", "command", "kind"),
    [
        ((*CHECK, "--max-error", "40"), "check", "ParameterError"),
        (("check", "gone.png", "--max-error", "-40"), "check", "ReadError"),
        (("check", "photos/a.png", "--max-eror", "-40"), "check", "NoSuchOption"),
        (("check", "photos/a.png", "--max-error", "loud"), "check", "BadParameter"),
        (("report",), "report", "MissingParameter"),
        (("chelk",), "", "UsageError"),
        (("experiments", "run", "none"), "experiments run", "ParameterError"),
        (("experiments", "rn"), "experiments", "UsageError"),
        (("check", "take.wav", *BROKEN), "check", "KeyError"),
    ],
)
def test_errors_are_a_document_too(invoke, here, given, command, kind):
    result = invoke(*given, "--json")
    assert result.exit_code == 2
    found = document(result)
    assert (found["command"], found["results"]) == (command, [])
    (error,) = found["errors"]
    assert (error["kind"], error["exit_code"]) == (kind, 2)
    assert error["message"]
    assert "Traceback" not in result.output


def test_several_inputs_are_a_list_and_the_worst_code_counts(invoke, here):
    given = ("photos/a.png", "gone.png", "photos/b.png")
    result = invoke("check", *given, *POOL, "--max-error", "-1", "--shift", "1", "--json")
    assert result.exit_code == 4
    found = document(result)
    assert [each["input"] for each in found["results"]] == ["photos/a.png", "photos/b.png"]
    assert [each["input"] for each in found["errors"]] == ["gone.png"]


def test_what_a_pipeline_prints_is_kept_out_of_the_document(invoke, here):
    given = ("check", "photos/a.png", "--along", "x", "--max-error", "-1")
    result = invoke(*given, "--pipeline", "own.py:loud", "--json")
    assert "loaded" in result.stderr
    document(result)


def test_what_is_undefined_is_null():
    assert json.loads(as_json(_Small(float("nan"), [float("-inf"), 1.5]))) == {
        "value": None,
        "several": [None, 1.5],
    }


@dataclass(frozen=True)
class _Small:
    value: float = key("a value")
    several: list[float] = key("several")


@dataclass(frozen=True)
class _Larger(_Small):
    more: int = key("what no command writes")


def test_a_key_that_is_not_written_or_not_declared_is_seen():
    written = json.loads(as_json(_Small(1.0, [])))
    assert misfits(written, _Small) == []
    assert misfits(written, _Larger)
    assert misfits(json.loads(as_json(_Larger(1.0, [], 1))), _Small)
    assert misfits({"value": "1", "several": []}, _Small) == ["document.value: '1' is not float"]
    assert misfits({"value": True, "several": []}, _Small)


def test_every_command_has_a_document():
    from tests.cli.test_help import commands

    assert set(RESULTS) == {name for name, _ in commands()}


def test_the_document_stands_alone_on_stdout_of_the_program(here):
    import subprocess

    command = [sys.executable, "-m", "invarsig", "experiments", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["command"] == "experiments"
