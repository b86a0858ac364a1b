"""The code and the commands of docs/how_to/test_my_model.md run, and print what the page says."""

from __future__ import annotations

import re
import shlex
import shutil
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

import invarsig as iv
from invarsig.cli import app
from tests.conftest import DATA

PAGE = DATA.parent / "docs" / "how_to" / "test_my_model.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_prints_what_it_says(monkeypatch, capsys, tmp_path):
    for package in ("torch", "onnx", "onnxruntime", "librosa"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    (tmp_path / "data").symlink_to(DATA)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    blocks = re.findall(r"```(python|text)\n(.*?)```", TEXT, re.DOTALL)
    assert len(blocks) == 22
    said = ""
    for kind, text in blocks:
        if kind == "text":
            assert said == text
            continue
        exec(compile(text, str(PAGE), "exec"), names)
        said = capsys.readouterr().out


def without_numbers(text: str) -> str:
    return re.sub(r"-?\d+(\.\d+)?", "#", text)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A fresh folder with the page's network and pictures, as the working folder."""
    from PIL import Image

    network = next(text for text in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
                   if text.startswith("# classifier.py"))  # fmt: skip
    (tmp_path / "classifier.py").write_text(network, encoding="utf-8")
    (tmp_path / "photos").mkdir()
    for name in ("chelsea", "coffee"):
        values = iv.read_image(DATA / "images" / f"{name}.png").to_numpy()[64:128, 64:128]
        Image.fromarray((255 * values).round().astype(np.uint8)).save(
            tmp_path / "photos" / f"{name}.png"
        )
    shutil.copy(tmp_path / "photos" / "chelsea.png", tmp_path / "photo.png")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    sys.modules.pop("classifier", None)
    sys.path[:] = [each for each in sys.path if each != str(tmp_path)]


@pytest.mark.nightly
def test_each_command_of_the_page_runs_in_a_fresh_folder_and_the_last_check_fails(folder):
    pytest.importorskip("torch", reason="torch is not installed")
    commands: list[tuple[str, str]] = []
    for kind, text in re.findall(r"```(sh|console)\n(.*?)```", TEXT, re.DOTALL):
        if kind == "sh":
            commands += [(line, "") for line in text.splitlines()]
        else:
            command, said = text.removeprefix("$ ").split("\n", 1)
            commands.append((command, said))
    assert len(commands) >= 5
    network = folder / "classifier.py"
    for number, (command, said) in enumerate(commands):
        last = number == len(commands) - 1
        if last:  # "Now make the network worse"
            assert "write `nn.MaxPool2d(2, 4)` for `nn.MaxPool2d(2)`" in TEXT
            source = network.read_text()
            network.write_text(source.replace("nn.MaxPool2d(2)", "nn.MaxPool2d(2, 4)"))
        program, *arguments = shlex.split(command)
        assert program == "invarsig"
        sys.modules.pop("classifier", None)
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == (1 if last else 0), result.output
        for line in said.strip().splitlines():
            assert without_numbers(line) in without_numbers(result.output), result.output
    assert {"report.html", "map.png", "baseline.json"} <= {each.name for each in folder.iterdir()}


def test_the_line_for_ci_is_the_command_that_fails():
    (line,) = re.findall(r"- run: (invarsig check .*)", TEXT)
    assert f"$ {line}" in TEXT


def test_the_call_of_the_readme_on_a_function_of_someone_else_works():
    librosa = pytest.importorskip("librosa", reason="librosa is not installed")
    readme = (DATA.parent / "README.md").read_text(encoding="utf-8")
    (call,) = re.findall(r"`(iv\.from_function\(.*\))`", readme)
    x = iv.read_audio(DATA / "speech" / "goforward.flac").isel(time=slice(0, 8192))
    op = eval(call, {"iv": iv, "librosa": librosa, "x": x})
    assert dict(op(x).sizes) == {"coefficient": 20, "time": 17}
