"""A finding as add_a_finding.md adds one arrives everywhere, with nothing else to change."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import invarsig as iv
from invarsig.diagnosis import axis, segments
from invarsig.diagnosis.finding import Finding, where_the_axis_is_kept
from invarsig.diagnosis.runs import Runs
from invarsig.report import schema

NOISE = iv.power_law_noise(iv.Axis("time", size=900, step=1e-3, unit="s"), exponent=0.5, rng=1)
POOL = iv.MaxPool(window={"time": 4})


@pytest.fixture
def spread(monkeypatch):
    """The finding of the page, as it stands there."""
    text = (Path(__file__).parents[2] / "docs" / "how_to" / "add_a_finding.md").read_text(
        encoding="utf-8"
    )
    (code,) = (
        one for one in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "SPREAD" in one
    )
    names = {**vars(schema), "schema": schema, "Runs": Runs, "Finding": Finding}
    names["where_the_axis_is_kept"] = where_the_axis_is_kept
    first, second = code.split("# diagnosis/findings/spread.py")
    exec(compile(first, "schema.py", "exec"), names)
    monkeypatch.setattr(schema, "spread", names["spread"], raising=False)
    exec(compile(f"from __future__ import annotations\n{second}", "spread.py", "exec"), names)
    monkeypatch.setattr(axis, "AXIS", (*schema.AXIS, names["spread"]))
    findings = (*axis.FINDINGS, names["SPREAD"])
    for module in (axis, segments):
        monkeypatch.setattr(module, "FINDINGS", findings)
    return names["SPREAD"]


def test_it_is_measured_labeled_and_kept(spread, tmp_path):
    found = iv.diagnose(POOL, NOISE, "time", shifts=[0.001, 0.002])
    data = found["time"]["spread"]
    ring, _ = iv.aliasing.periodized(POOL, NOISE, "time")
    y = POOL.bounded(None)(ring)
    for shift in (0.001, 0.002):
        gap = iv.commutator(POOL.bounded(None), ring, iv.Translate(time=shift))
        wanted = np.abs(gap.values).max() / np.abs(y.values).max()
        assert data.sel(length=shift) == pytest.approx(wanted, rel=1e-12)
    assert data.attrs["long_name"] == spread.schema.variables[0].meaning
    assert iv.Diagnosis.load(found.save(tmp_path / "a.json")).tree.identical(found.tree)


def test_it_pools_by_its_rule_and_the_note_says_so(spread):
    found = iv.diagnose(POOL, NOISE, "time", shifts=[0.001], most=300)
    each = [
        iv.diagnose(POOL, NOISE.isel(time=slice(start, start + 300)), "time", shifts=[0.001])
        for start in (0, 300, 600)
    ]
    largest = max(float(one["time"]["spread"][0]) for one in each)
    assert float(found["time"]["spread"][0]) == pytest.approx(largest, rel=1e-12)
    assert " and the spread are those of all 3 segments" in " ".join(
        found.findings.attrs["notes"].split()
    )
