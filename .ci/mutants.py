#!/usr/bin/env python3
"""Plant small faults in the core, one by one, and count those that the tests catch.

A random sample of the mutants that cosmic-ray makes of each module, each run against the tests of
that module only, in a copy of the repository. ``.ci/mutants.py --most 80 --seed 1`` runs 80 of
them in all; the share that is caught has to be at least 85 %.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parents[1]

# What is mutated, and what has to notice.
TESTS = {
    "axes/axis.py": "tests/test_axes.py invarsig/axes/axis.py",
    "axes/read.py": "tests/test_axes.py invarsig/axes/read.py",
    "axes/border.py": "tests/test_axes.py invarsig/axes/border.py",
    "axes/difference.py": "tests/test_axes.py invarsig/axes/difference.py",
    "spectra/frequencies.py": "tests/test_spectra.py invarsig/spectra",
    "commutator.py": "tests/test_commutator.py tests/measures/test_alignment.py "
    "invarsig/commutator.py",
    "aliasing/folding.py": "tests/aliasing/test_folding.py invarsig/aliasing/folding.py",
    "aliasing/lift.py": "tests/aliasing/test_lift.py invarsig/aliasing/lift.py "
    "tests/aliasing/test_stride_and_reach.py",
    "aliasing/orbit.py": "tests/aliasing/test_orbit.py invarsig/aliasing/orbit.py",
    "aliasing/prediction.py": "tests/aliasing/test_prediction.py invarsig/aliasing/prediction.py",
    "measures/protocols.py": "tests/measures/test_protocols.py tests/measures/test_equivariance.py",
}
LEAST = 0.85

_CONFIG = """[cosmic-ray]
module-path = "invarsig/{module}"
timeout = 300.0
excluded-modules = []
test-command = "{python} -m pytest -x -q -n0 -p no:randomly -p no:cacheprovider {tests}"

[cosmic-ray.distributor]
name = "local"
"""


def main() -> int:
    """Run a sample of mutants, and say which survived."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("modules", nargs="*", default=list(TESTS))
    options.add_argument("--most", type=int, default=80, help="number of mutants")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--cosmic-ray", default="cosmic-ray", help="the command")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        leave = shutil.ignore_patterns(".git", ".nox", ".venv", "__pycache__", ".hypothesis")
        shutil.copytree(HERE, copy, ignore=leave, symlinks=True)
        counts = [0, 0]
        for module, most in _shares(given.modules, given.most).items():
            for place, name, outcome in _run(copy, module, most, given.seed, given.cosmic_ray):
                caught = outcome != "SURVIVED"
                counts[not caught] += 1
                print(f"{'caught' if caught else 'SURVIVED'} {module}:{place} {name}", flush=True)
    share = counts[0] / max(sum(counts), 1)
    print(f"{counts[0]} of {sum(counts)} mutants are caught: {100 * share:.0f} %")
    return int(share < LEAST)


def _shares(modules: list[str], most: int) -> dict[str, int]:
    """How many mutants of each module, in proportion to its lines; one at least."""
    lines = {each: len((HERE / "invarsig" / each).read_text().splitlines()) for each in modules}
    return {each: max(1, round(most * n / sum(lines.values()))) for each, n in lines.items()}


def _run(copy: Path, module: str, most: int, seed: int, command: str) -> list[tuple[int, str, str]]:
    """Line, kind and outcome of a sample of the mutants of one module."""
    config, session = copy / "mutants.toml", copy / "mutants.sqlite"
    session.unlink(missing_ok=True)
    config.write_text(_CONFIG.format(module=module, python=sys.executable, tests=TESTS[module]))
    path = [str(copy), os.environ.get("PYTHONPATH", "")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "MPLBACKEND": "agg"}
    subprocess.run([command, "init", config.name, session.name], cwd=copy, env=env, check=True)
    with sqlite3.connect(session) as kept:
        rows = kept.execute(
            "SELECT job_id, start_pos_row, operator_name FROM mutation_specs ORDER BY rowid"
        ).fetchall()
        idle = _annotations(copy / "invarsig" / module)
        able = [row for row in rows if row[1] not in idle]
        chosen = random.Random(f"{seed} {module}").sample(able, min(most, len(able)))
        for job, *_ in rows:
            if job not in {one for one, *_ in chosen}:
                kept.execute("DELETE FROM mutation_specs WHERE job_id = ?", (job,))
                kept.execute("DELETE FROM work_items WHERE job_id = ?", (job,))
    subprocess.run([command, "exec", config.name, session.name], cwd=copy, env=env, check=True)
    with sqlite3.connect(session) as kept:
        found = dict(kept.execute("SELECT job_id, test_outcome FROM work_results").fetchall())
    return [
        (line, name.split("/")[-1], str(found[job]))
        for job, line, name in sorted(chosen, key=lambda row: row[1])
        if job in found and str(found[job]) != "INCOMPETENT"
    ]


def _annotations(path: Path) -> set[int]:
    """Lines of a module on which nothing runs: annotations, and signatures."""
    lines: set[int] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines |= set(range(node.lineno, node.body[0].lineno))
        elif isinstance(node, ast.AnnAssign):
            lines |= set(range(node.annotation.lineno, node.annotation.end_lineno + 1))
    return lines


if __name__ == "__main__":
    sys.exit(main())
