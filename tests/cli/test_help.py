"""The help of each command: its exit codes, an example that runs, and nothing heavy to load."""

from __future__ import annotations

import inspect
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from invarsig.cli import app, documents
from invarsig.cli.exit_codes import MEANINGS, code_of, worst_of
from invarsig.cli.grouped import grouped
from invarsig.cli.options import ModelOptions, OutputOptions, SubjectOptions
from invarsig.errors import ReadError, UndecidableError

HEAVY = ("numpy", "xarray", "scipy", "numba", "matplotlib", "librosa", "skimage", "soundfile")


def commands() -> Iterator[tuple[str, Any]]:
    """Each command that can be run, by its name."""
    top = typer.main.get_command(app)
    for name, command in top.commands.items():
        yield name, command
        for inner, each in getattr(command, "commands", {}).items():
            yield f"{name} {inner}", each


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_the_help_names_its_exit_codes_and_an_example(invoke, name, command):
    shown = " ".join(invoke(*name.split(), "--help").stdout.split())
    assert "Exit codes: 0: " in shown
    assert "--json" in shown
    assert "--quiet" in shown
    codes = {int(code) for code in re.findall(r"(?:: |; )(\d): ", command.epilog)}
    assert codes <= set(MEANINGS)
    example = shlex.split(command.epilog.split("Example: ")[1])
    assert example[0] == "invarsig"
    assert example[1 : 1 + len(name.split())] == name.split()
    # Its arguments are parsed, and nothing is run.
    context = command.make_context(name, example[1 + len(name.split()) :])
    assert context.params


def test_every_command_takes_the_same_options_for_the_same_things():
    stated: dict[str, str] = {}
    for name, command in commands():
        for parameter in command.params:
            if parameter.name in {"out", "inputs", "help"}:
                continue
            if (name, parameter.name) == ("survey", "pipeline"):
                continue  # It may be repeated there.
            known = stated.setdefault(parameter.name, parameter.help)
            assert parameter.help == known, (name, parameter.name)


def test_options_in_groups_become_the_options_of_a_command():
    seen: dict[str, Any] = {}

    @grouped
    def command(*, count: int = 1, subject: SubjectOptions, output: OutputOptions) -> None:
        """Do something."""
        seen.update(count=count, subject=subject, output=output)

    names = list(inspect.signature(command).parameters)
    assert names[0] == "count"
    assert {"pipeline", "model", "axis", "json", "verbose"} <= set(names)
    given = dict.fromkeys(names) | {"count": 2, "model": "net.onnx", "json": True}
    command(**given)
    assert seen["count"] == 2
    assert seen["subject"].model == "net.onnx"
    assert seen["output"].json
    assert isinstance(seen["subject"], ModelOptions)


def test_the_help_loads_nothing_that_a_measurement_needs():
    code = (
        "import sys\nfrom invarsig.cli import app\nfrom typer.testing import CliRunner\n"
        "assert CliRunner().invoke(app, ['check', '--help']).exit_code == 0\n"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(HEAVY) & set(done.stdout.split())


def test_codes_of_several_inputs():
    assert (code_of(UndecidableError("")), code_of(ReadError(""))) == (3, 2)
    for codes, worst in (
        ([0, 0], 0), ([0, 3], 3), ([0, 3, 1], 1), ([2, 2], 2), ([2, 3], 2), ([1, 2], 4),
        ([0, 2], 4), ([3], 3), ([], 0),
    ):  # fmt: skip
        assert worst_of(codes) == worst, codes
        assert worst_of(codes[::-1]) == worst


def test_no_document_is_declared_in_vain():
    kinds = {kind.__name__ for several in documents.RESULTS.values() for kind in several}
    text = inspect.getsource(documents)
    for name in documents.__all__:
        used = len(re.findall(rf"\b{name}\b", text)) > 2 or name in kinds
        assert used or name in {"Document", "SCHEMA", "RESULTS"}, name
