"""Importing the public API is cheap."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

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


def test_every_public_operator_and_action_stands_at_the_top():
    found = [*iv.testing.public_operators(), *iv.testing.public_actions()]
    assert len(found) > 80
    for kind in found:
        assert getattr(iv, kind.__name__) is kind


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("safe_hop", "it is iv.aliasing.safe_hop"),
        ("best_translation", "it is iv.measures.best_translation"),
        ("default_pipeline", "it is iv.models.default_pipeline"),
        ("MaxPol", "did you mean iv.MaxPool?"),
    ],
)
def test_a_name_that_stands_elsewhere_or_is_misspelt_is_told(name, said):
    with pytest.raises(AttributeError, match=re.escape(said)):
        getattr(iv, name)


def test_a_family_offers_all_of_its_own_names():
    for family in ("aliasing", "compose", "diagnosis", "io", "measures", "models", "operators"):
        module = getattr(iv, family)
        assert all(hasattr(module, name) for name in module.__all__)


def test_a_first_operator_loads_nothing_that_its_work_does_not_need():
    first = (
        "import numpy, invarsig as iv\n"
        "x = iv.label(numpy.ones((16, 16)), iv.Axis('y'), iv.Axis('x'))\n"
        "iv.MaxPool({'y': 2, 'x': 2})(iv.Relu()(x))"
    )
    added = modules_after(first) - modules_after("import numpy, xarray, lazy_loader")
    assert not set(HEAVY) & added
    loaded = subprocess.run(
        [sys.executable, "-c", f"{first}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "invarsig.operators.banks.bank" not in loaded.stdout.split()


def test_operators_can_be_joined_before_pipelines_are_loaded():
    joined = "from invarsig.operators.pointwise.rectifiers import Relu\nprint(Relu() >> Relu())"
    done = subprocess.run(
        [sys.executable, "-c", joined], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "Relu() >> Relu()"


@pytest.mark.parametrize(
    "first",
    [
        "import invarsig, xarray as xr",
        "import xarray as xr, invarsig",
        "import invarsig, xarray as xr, importlib; importlib.reload(invarsig)",
        "from invarsig.operators.pointwise.rectifiers import Relu\nimport xarray as xr",
        "import invarsig.cli, xarray as xr",
        "import invarsig.accessors, xarray as xr",
    ],
)
def test_the_accessor_is_there_in_whichever_order_things_are_imported(first):
    code = (
        "import sys, warnings\nwarnings.simplefilter('error')\n"
        f"before = list(sys.meta_path)\n{first}\n"
        "x = xr.DataArray([1.0, 2.0, 3.0], dims='x')\n"
        "assert x.iv.translate(x=1).values.tolist() == [0.0, 1.0, 2.0]\n"
        "assert x.to_dataset(name='a').iv.translate(x=1).a.values.tolist() == [0.0, 1.0, 2.0]\n"
        "assert not [each for each in sys.meta_path if type(each).__module__.startswith('inv')]\n"
        "assert xr.__spec__.loader.get_source('xarray')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_package_alone_still_loads_no_arrays():
    assert not {"numpy", "pandas", "xarray"} & modules_after("import invarsig")
