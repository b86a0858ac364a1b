"""The code of docs/own_model.md runs, and prints what the page says."""

from __future__ import annotations

import re

import pytest

from tests.conftest import DATA

PAGE = DATA.parent / "docs" / "own_model.md"


def test_the_page_prints_what_it_says(monkeypatch, capsys, tmp_path):
    for package in ("torch", "onnx", "onnxruntime"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    (tmp_path / "data").symlink_to(DATA)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    blocks = re.findall(r"```(python|text)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 13
    said = ""
    for kind, text in blocks:
        if kind == "text":
            assert said == text
            continue
        exec(compile(text, str(PAGE), "exec"), names)
        said = capsys.readouterr().out
