"""The page of the command line: read from the app, with every command, option, code and key."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import fields, is_dataclass
from types import ModuleType

import pytest
from typer.testing import CliRunner

from invarsig.cli import app, documents
from invarsig.cli.exit_codes import MEANINGS
from tests.cli.test_help import commands
from tests.conftest import DATA

REFERENCE = DATA.parent / "docs" / "reference"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("command_line", REFERENCE / "command_line.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_has_every_command_with_its_options_and_example(generator):
    sections = re.split(r"^### ", generator.page(), flags=re.MULTILINE)
    found = {text.split("\n")[0]: text for text in sections}
    for name, command in commands():
        text = found[name]
        for parameter in command.params:
            for option in parameter.opts if parameter.param_type_name == "option" else ():
                assert f"`{option}`" in text, (name, option)
        codes, example = command.epilog.split("\n\nExample: ")
        assert example in text
        assert codes in text


def test_the_page_has_every_code_and_every_key(generator):
    page = generator.page()
    for code, meaning in MEANINGS.items():
        assert f"| {code} | {meaning} |" in page
    for name in documents.__all__:
        kind = getattr(documents, name)
        if is_dataclass(kind):
            page = generator.keys_page()
            start = page.index(f"**{name}** – ")
            table = page[start:].split("\n\n")[1]
            keys = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
            assert keys == [each.name for each in fields(kind)]


def test_no_cell_breaks_its_table(generator):
    pages = generator.page() + generator.keys_page()
    for table in re.findall(r"(?:^\|.*\n?)+", pages, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", row)) for row in table.strip().split("\n")}
        assert len(widths) == 1, table


def test_the_written_part_names_only_options_that_there_are():
    text = (REFERENCE / "command_line.md").read_text(encoding="utf-8")
    known = {option for _, command in commands() for each in command.params for option in each.opts}
    known |= {
        "--help",
        "--install-completion",
        "--show-completion",
        "-m",
        "-s",
        "-r",
    }  # of python, curl and jq
    used = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", text))
    assert used <= known, used - known


def test_the_example_of_a_document_is_what_is_written(tmp_path, monkeypatch):
    text = (REFERENCE / "json.md").read_text(encoding="utf-8")
    command, wanted = re.search(
        r"```console\n\$ invarsig (.*?)\n(.*?)```", text, re.DOTALL
    ).groups()
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, command.split()).stdout == wanted
