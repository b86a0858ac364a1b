"""The code and the commands of the guides run in a fresh folder, and print what the pages say."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from invarsig.cli import app
from tests.conftest import DATA

DOCS = DATA.parent / "docs"
OWN_TESTS = {"test_my_model", "add_an_operator", "add_a_finding", "run_claims_on_my_data", "index"}
GUIDES = [DOCS / "start.md", *sorted(DOCS.glob("how_to/*.md"))]
SLOW = {"fail_in_ci", "survey_a_folder", "use_a_notebook"}
RUN_HERE = [
    pytest.param(page, id=page.stem, marks=pytest.mark.nightly if page.stem in SLOW else ())
    for page in GUIDES
    if page.stem not in OWN_TESTS
]
BLOCK = re.compile(r"```(python|text|console)\n(.*?)```", re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A fresh folder with the data beside it, as the working folder."""
    (tmp_path / "data").symlink_to(DATA)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("mine", None)


@pytest.mark.parametrize("page", RUN_HERE)
def test_a_guide_prints_what_it_says(page, folder, capsys):
    names: dict[str, object] = {}
    said: str | None = ""
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    assert {kind for kind, _ in blocks} & {"text", "console"}
    for kind, text in blocks:
        if kind == "python":
            said = run_code(page, text, names, capsys)
        elif kind == "text":
            assert said is None or said == text
        else:
            command, wanted = text.removeprefix("$ ").split("\n", 1)
            assert without_times(run_command(command, folder)) == without_times(wanted)


def run_code(page: Path, text: str, names: dict[str, object], capsys) -> str | None:
    """What a block prints; None where it needs a package that is not installed."""
    needed = re.findall(r"^(?:import|from) (torch|cv2|librosa)\b", text, re.MULTILINE)
    if any(find_spec(package) is None for package in needed):
        return None
    file = re.match(r"# (\w+\.py)\n", text)
    if file:
        Path(file[1]).write_text(text, encoding="utf-8")
    exec(compile(text, str(page), "exec"), names)
    return capsys.readouterr().out


def run_command(command: str, folder: Path) -> str:
    program, *arguments = shlex.split(command)
    if program == "invarsig":
        sys.modules.pop("mine", None)
        return CliRunner().invoke(app, arguments).output.lstrip("\n")
    assert program == "pytest"
    run = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        *arguments,
    ]
    return subprocess.run(run, cwd=folder, capture_output=True, text=True, check=True).stdout


def without_times(text: str) -> str:
    return re.sub(r" in [\d.]+s|\s+\[100%\]", "", text)


def test_every_guide_is_run_by_some_test_and_stands_in_the_table():
    table = (DOCS / "how_to" / "index.md").read_text(encoding="utf-8")
    for page in DOCS.glob("how_to/*.md"):
        if page.stem != "index":
            assert f"({page.name})" in table
            assert f"\n{page.stem}\n" in table
    tested = {path.read_text(encoding="utf-8") for path in DATA.parent.glob("tests/**/test_*.py")}
    for stem in OWN_TESTS - {"index", "run_claims_on_my_data"}:
        assert any(f'"{stem}.md"' in text for text in tested)
