"""Importing the public API is cheap."""

from __future__ import annotations

import subprocess
import sys

import invarsig as iv

HEAVY = (
    "scipy",
    "numba",
    "matplotlib",
    "librosa",
    "skimage",
    "dask",
    "typer",
    "jinja2",
    "rich",
    "soundfile",
)


def modules_after(statement: str) -> set[str]:
    code = (
        f"{statement}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_what_xarray_brings_and_no_more():
    with_xarray = modules_after("import numpy, xarray, lazy_loader")
    added = modules_after("import invarsig") - with_xarray
    assert added <= {"invarsig", "ast"}, added
    assert not set(HEAVY) & modules_after("import invarsig") - with_xarray


def test_looking_at_every_public_name_loads_no_heavy_library():
    loaded = modules_after("import invarsig as iv\nfor name in iv.__all__: getattr(iv, name)")
    assert not set(HEAVY) & loaded - modules_after("import numpy, xarray, lazy_loader")


def test_every_public_name_is_there_and_says_what_it_is():
    for name in iv.__all__:
        assert getattr(iv, name).__doc__, name


def test_the_commutator_is_a_function_though_its_module_has_the_same_name():
    import invarsig.diagnosis  # noqa: F401  (it imports the module)

    assert callable(iv.commutator)
    assert iv.commutator.__name__ == "commutator"


def test_the_version_is_that_of_the_distribution():
    from importlib.metadata import version

    assert iv.__version__ == version("invarsig")
