"""A report's first number, `check` and `equivariance_error` give one answer on one input."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.aliasing.readings import in_decibels
from invarsig.report.reading import inputs
from invarsig.report.verdict import Verdict
from tests.nightly import some


def random_map(rng: np.random.Generator) -> xr.DataArray:
    """A map of any size, several times, that may close along x, and ends along y."""
    rows, columns = (int(each) for each in rng.integers(24, 90, 2))
    columns -= columns % 24 if columns >= 24 else 0
    period = float(columns) if rng.random() < 0.5 else None
    axes = (iv.Axis("y", size=rows, unit="px"), iv.Axis("x", size=columns, period=period))
    maps = [iv.power_law_noise(*axes, exponent=float(rng.uniform(0, 2)), rng=rng) for _ in "ab"]
    return xr.concat(maps, "item")


def random_pipeline(rng: np.random.Generator) -> iv.Operator:
    by = {dim: int(rng.integers(1, 4)) for dim in "yx"}
    kinds = (
        iv.MeanPool(window={d: n + 1 for d, n in by.items()}, stride=by),
        iv.MaxPool(window={d: n + 1 for d, n in by.items()}, stride=by, boundary="zero"),
        iv.Relu() >> iv.Subsample(stride=by),
    )
    return kinds[int(rng.integers(3))]


@pytest.mark.parametrize("norm", [None, "channelwise"])
@pytest.mark.parametrize("seed", some(range(24), 6))
@pytest.mark.parametrize("along", ["y", "x"])
def test_on_one_input_all_three_agree(seed, along, norm):
    rng = np.random.default_rng(seed)
    op, x = random_pipeline(rng), random_map(rng)
    x = x + xr.DataArray([0.0, 3.0], dims="item")  # of which the norms make different things
    found = iv.diagnose(op, x, along, most=None, norm=norm)
    (entry,) = inputs(found.tree)
    worst = Verdict(entry).worst
    (checked,) = iv.check(op, x, along, max_error=-40, norm=norm)
    (kept,) = iv.baseline(op, x, along, norm=norm).axes if checked.error > -150 else (None,)
    assert kept is None or kept.worst == pytest.approx(checked.error, abs=1e-9)
    if worst is None or worst.error < 1e-9:
        assert checked.error < -150 or checked.outcome == "undecidable"
        return
    assert in_decibels(worst.error) == pytest.approx(checked.error, abs=1e-6)
    length = float(Verdict(entry).lengths[worst.move, 0])
    protocol = "cut" if worst.protocol == "cut" else "roll" if worst.region == "whole" else ""
    move = iv.Translate({along: length})
    closed = iv.axis_of(x, along).periodic
    alone = iv.equivariance_error(
        op, x, move, protocol=protocol or ("periodic" if closed else "interior"), norm=norm
    )
    limit = 0.0 if np.isnan(worst.limit) else worst.limit
    assert float(alone) == pytest.approx(worst.error, rel=1e-6, abs=limit + 1e-9)


@pytest.mark.parametrize("norm", ["centered", "channelwise"])
@pytest.mark.parametrize("most", [2 * 73 * 48, 40 * 48])
@pytest.mark.parametrize("along", ["y", "x", ["y", "x"]])
def test_the_verdict_by_parts_is_that_of_check_on_the_whole(most, along, norm):
    axes = (iv.Axis("y", size=73, unit="px"), iv.Axis("x", size=48, period=48.0))
    maps = [iv.power_law_noise(*axes, exponent=1.0, rng=k) for k in range(6)]
    x = xr.concat([(1 + k) * each + k for k, each in enumerate(maps)], "item")
    op = iv.MeanPool({"y": 2, "x": 2})
    found = iv.diagnose(op, x, along, most=most, norm=norm)
    (entry,) = inputs(found.tree)
    assert entry.part == ""
    checks = iv.check(op, x, along, max_error=-40, norm=norm)
    expected = max(each.error for each in checks)
    # Of whole maps it is the same; where maps are cut, ends come in between.
    tolerance = 1e-6 if most == 2 * 73 * 48 else 1.0
    assert in_decibels(Verdict(entry).worst.error) == pytest.approx(expected, abs=tolerance)
