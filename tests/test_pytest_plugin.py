"""The plug-in for pytest, run as a user's own tests run it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import invarsig as iv
from invarsig.testing.tracebacks import without_own_frames

pytest_plugins = ("pytester",)

TEST = """
import invarsig as iv

def test_it_stays(equivariance_regression):
    x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), exponent=1.0, rng=1)
    op = iv.Relu() >> iv.BlurPool(taps={taps}, stride={{"x": 2}})
    equivariance_regression(op, x{more})
"""
UNUSED = ("cacheprovider", "randomly", "xdist", "hypothesispytest")
PACKAGE = Path(iv.__file__).parent


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    """Load what a run needs once: pytester forgets the modules that a run in it has loaded."""
    x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), exponent=1.0, rng=1)
    op = iv.Relu() >> iv.BlurPool(taps=5, stride={"x": 2})
    iv.diagnosis.check_against(iv.BlurPool(taps=2, stride={"x": 2}), x, iv.baseline(op, x))
    iv.testing.assert_equivariant(iv.Relu(), x, iv.Translate(x=1))
    iv.Apply(np.abs)(x)


@pytest.fixture
def run(pytester, monkeypatch):
    """A run of pytest in this process, on one test of a pipeline with so many taps."""
    for name in [name for name in os.environ if name.startswith("PYTEST")]:
        monkeypatch.delenv(name)

    def run(taps: int, *options: str, more: str = "", source: str = ""):
        pytester.makepyfile(test_model=source or TEST.format(taps=taps, more=more))
        for cached in pytester.path.rglob("test_model*.pyc"):
            cached.unlink()
        return pytester.runpytest("-q", *(f"-pno:{name}" for name in UNUSED), *options)

    return run


def of_our_source(text: str) -> list[str]:
    """Lines of what pytest prints that show a place in this package."""
    return [line for line in text.splitlines() if re.search(r"invarsig[\w/]*/\w+\.py:\d+", line)]


def test_without_a_baseline_it_fails_and_names_the_option(run):
    missing = run(5)
    missing.assert_outcomes(failed=1)
    missing.stdout.fnmatch_lines(["*There is no baseline *test_it_stays.json; write it with: *"])
    assert "pytest --invarsig-update" in missing.stdout.str()
    assert of_our_source(missing.stdout.str()) == []


def test_an_update_says_what_is_new_and_then_the_test_holds(run, pytester):
    first = run(5, "--invarsig-update")
    first.assert_outcomes(passed=1)
    first.stdout.re_match_lines([r"=+ invarsig baselines =+", r".*along x: new, -[\d.]+ dB"])
    assert (pytester.path / "baselines" / "test_model" / "test_it_stays.json").is_file()
    held = run(5)
    held.assert_outcomes(passed=1)
    assert "invarsig baselines" not in held.stdout.str()


def test_worse_fails_with_the_users_line_and_none_of_ours(run):
    run(5, "--invarsig-update")
    worse = run(2)
    worse.assert_outcomes(failed=1)
    text = worse.stdout.str()
    assert "It comes from stage 2, BlurPool(taps 2, stride x: 2)" in text
    assert "pytest --invarsig-update" in text
    assert ">       equivariance_regression(op, x)" in text
    assert re.search(r"^test_model.py:\d+: Failed$", text, re.MULTILINE)
    assert of_our_source(text) == []


def test_an_update_shows_old_and_new_along_each_axis_and_writes_them(run, pytester):
    run(5, "--invarsig-update")
    kept = pytester.path / "baselines" / "test_model" / "test_it_stays.json"
    before = iv.diagnosis.Baseline.from_json(kept).axes[0].worst
    changed = run(2, "--invarsig-update")
    changed.assert_outcomes(passed=1)
    now = iv.diagnosis.Baseline.from_json(kept).axes[0].worst
    assert now > before + 1
    text = changed.stdout.str()
    assert f"along x: {before:.1f} dB -> {now:.1f} dB, worse by" in text
    assert "the pipeline was Relu() >> BlurPool(taps 5" in text
    again = run(2, "--invarsig-update")
    again.stdout.fnmatch_lines(["test_model.py::test_it_stays", "  *.json", "  nothing changes"])
    run(2).assert_outcomes(passed=1)


def test_a_baseline_that_cannot_be_read_fails_and_is_replaced_by_an_update(run, pytester):
    run(5, "--invarsig-update")
    kept = pytester.path / "baselines" / "test_model" / "test_it_stays.json"
    kept.write_text("{}", encoding="utf-8")
    broken = run(5)
    broken.assert_outcomes(failed=1)
    assert "holds no baseline" in broken.stdout.str()
    assert of_our_source(broken.stdout.str()) == []
    assert "along x: new" in run(5, "--invarsig-update").stdout.str()
    assert json.loads(kept.read_text(encoding="utf-8"))["format"] == 2


def test_wrong_arguments_and_operators_that_break_show_the_users_lines_alone(run):
    wrong = run(5, "--invarsig-update", more=", 'z'")
    wrong.assert_outcomes(failed=1)
    assert "has a dim 'z'" in wrong.stdout.str()
    assert of_our_source(wrong.stdout.str()) == []
    source = (
        "import numpy as np\nimport invarsig as iv\n"
        "def mine(a):\n    return a / a.nothing\n"
        "def test_it(equivariance_regression):\n"
        "    x = iv.label(np.ones(64), 'x')\n"
        "    equivariance_regression(iv.Apply(mine) >> iv.MaxPool({'x': 2}), x)\n"
        "def test_limit():\n"
        "    x = iv.label(np.arange(64.0) % 5, 'x')\n"
        "    iv.testing.assert_equivariant(iv.MaxPool({'x': 2}), x, iv.Translate(x=1))\n"
    )
    broken = run(5, "--invarsig-update", source=source)
    broken.assert_outcomes(failed=2)
    text = broken.stdout.str()
    assert "return a / a.nothing" in text
    assert "is not equivariant to Translate" in text
    assert of_our_source(text) == []


def test_a_function_that_makes_the_pipeline_is_called_with_the_input(run):
    source = (
        "import invarsig as iv\n"
        "def build(x):\n    return iv.BlurPool(taps=3, stride={x.dims[0]: 2})\n"
        "def test_it(equivariance_regression):\n"
        "    x = iv.power_law_noise(iv.Axis('x', size=64, unit='px'), rng=1)\n"
        "    equivariance_regression(build, x)\n"
    )
    run(5, "--invarsig-update", source=source).assert_outcomes(passed=1)
    run(5, source=source).assert_outcomes(passed=1)
    with pytest.raises(iv.errors.DtypeError, match=r"if it makes one from an input, write log_mel"):
        iv.equivariance_error(iv.models.log_mel, iv.label(np.ones(8), "x"), iv.Translate(x=1))


def test_a_fault_of_our_own_keeps_its_frames():
    try:
        iv.MaxPool.plan(None, None)
    except Exception as error:  # noqa: BLE001
        frames = error.__traceback__.tb_next
        assert frames is not None
        ours = without_own_frames(error.with_traceback(frames))
        assert str(PACKAGE) in ours.__traceback__.tb_frame.f_code.co_filename
    else:
        pytest.fail("it was to break")


@pytest.mark.slow
def test_pytest_finds_the_plug_in_by_itself_and_over_several_processes(tmp_path):
    (tmp_path / "test_model.py").write_text(TEST.format(taps=5, more=""))
    command = [sys.executable, "-m", "pytest", "-q", "-n1", "-p", "no:cacheprovider"]
    # As installed: nothing of this run is handed down.
    environ = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    done = subprocess.run(
        [*command, "--invarsig-update"],
        cwd=tmp_path, capture_output=True, text=True, check=False, env=environ,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "along x: new" in done.stdout
