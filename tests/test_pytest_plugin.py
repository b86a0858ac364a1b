"""The plug-in for pytest, run as a user's own tests run it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

TEST = """
import invarsig as iv

def test_it_stays(equivariance_regression):
    x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), exponent=1.0, rng=1)
    op = iv.Relu() >> iv.BlurPool(taps={taps}, stride={{"x": 2}})
    equivariance_regression(op, x)
"""


@pytest.fixture
def run(tmp_path):
    def run(taps: int, *options: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "test_model.py").write_text(TEST.format(taps=taps))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
        # As installed: the plug-in is found by itself, and nothing of this run is handed down.
        environ = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environ
        )

    return run


@pytest.mark.slow
def test_it_fails_without_a_baseline_holds_with_one_and_fails_when_it_gets_worse(run, tmp_path):
    missing = run(5)
    assert missing.returncode == 1
    assert "pytest --update-baselines" in missing.stdout
    assert run(5, "--update-baselines").returncode == 0
    assert (tmp_path / "baselines" / "test_model" / "test_it_stays.json").is_file()
    assert run(5).returncode == 0
    worse = run(2)
    assert worse.returncode == 1
    assert "It comes from stage 2, BlurPool(taps 2, stride x: 2)" in worse.stdout
