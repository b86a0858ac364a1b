"""Laws of remedies: each runs on the signal as given, with the boundaries that were given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.aliasing.as_given import AsGiven
from invarsig.remedies.as_given import error_as_given

BOUNDARIES = ["valid", "zero", "reflect", "symmetric", "periodic", None]
NAMES = [("y", "x"), ("row", "column"), ("depth", "km/h")]


@dataclass(frozen=True)
class Case:
    """A random pipeline on a random signal, and the remedies for it."""

    op: iv.Pipeline
    x: xr.DataArray
    moves: tuple[iv.Translate, ...]
    boundary: str | None
    target: float
    found: tuple[Any, ...]


def _stages(
    rng: np.random.Generator, dims: tuple[str, ...], boundary: str | None
) -> list[iv.Operator]:
    """One to three strided stages, filters and rectifiers before, between and after them."""

    def strided() -> iv.Operator:
        window = {dim: int(rng.integers(2, 4)) for dim in dims}
        two = dict.fromkeys(dims, 2)
        kind = int(rng.integers(5))
        if kind == 0:
            return iv.Subsample(stride=two)
        if kind == 1:
            return iv.BlurPool(taps=2, stride=two, boundary=boundary)
        pool = (iv.MaxPool, iv.MeanPool, iv.LpPool)[kind - 2]
        return pool(window=window, stride=two, boundary=boundary)

    def between() -> iv.Operator:
        kind = int(rng.integers(4))
        if kind == 0:
            taps = xr.DataArray(rng.standard_normal((3,) * len(dims)), dims=dims)
            return iv.Convolve(taps, boundary=boundary)
        return (iv.Relu(), iv.Tanh(), iv.LeakyRelu())[kind - 1]

    stages = [between()]
    for _ in range(int(rng.integers(1, 3)) if boundary else 1):
        stages += [strided(), between()]
    return stages


def _case(number: int) -> Case:
    rng = np.random.default_rng([20, number])
    boundary = BOUNDARIES[number % len(BOUNDARIES)]
    y, x = NAMES[number % len(NAMES)]
    dims = (y, x) if number % 2 else (x,)
    wraps = number % 4 == 3
    axes = [
        iv.Axis(y, size=64, unit="px", step=0.5, period=32.0 if wraps and len(dims) == 2 else None),
        iv.Axis(x, size=192, unit="px", step=2.0, period=384.0 if wraps else None),
    ]
    signal = iv.power_law_noise(*axes, exponent=float(rng.uniform(0.8, 1.5)), rng=rng)
    op = iv.Pipeline(_stages(rng, dims, boundary))
    moves = [iv.Translate.in_samples(signal, {x: 1}), iv.Translate.in_samples(signal, {x: 1.5})]
    if len(dims) == 2:
        moves.append(iv.Translate.in_samples(signal, {x: 1, y: 3}))
    target = -40.0 if number % 5 == 0 else -10.0
    found = iv.remedies(op, signal, moves, most=None, target=target)
    return Case(op, signal, tuple(moves), boundary, target, found)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(seed, marks=[pytest.mark.nightly] if seed % 3 else []) for seed in range(20)
    ],
)
def case(request) -> Case:
    return _case(request.param)


def test_every_remedy_listed_runs_on_the_input_as_given(case):
    assert case.found
    before = case.op(case.x)
    for each in case.found:
        after = each.pipeline(case.x)
        assert each.output == " x ".join(map(str, after.shape))
        assert each.size == after.size / before.size
        assert set(after.dims) == set(before.dims)
        assert np.isfinite(after).all()


def test_its_error_there_is_what_is_said_of_it(case):
    """As whoever applies it and measures anew finds it, over the part that was compared before."""
    dims = list(dict.fromkeys(dim for move in case.moves for dim in move.shifts))
    given = AsGiven.of(case.op, case.x, dims)
    for each in case.found[:4]:
        changed = AsGiven.of(each.pipeline, case.x, dims)
        errors = []
        for move in case.moves:
            if each.aligned:
                errors.append(error_as_given(each.pipeline, case.x, changed.y, move, align="grid"))
                continue
            one, other = given.judge(move), changed.judge(move)
            whole = np.isnan(one.inside) and np.isfinite(other.inside)
            errors.append(np.fmax(other.roll, other.cut) if whole else other.worst)
        assert each.after == pytest.approx(max(errors), rel=1e-9, abs=1e-14)
        assert each.rms == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=1e-9, abs=1e-14)
        assert each.reaches == (max(errors) <= 10 ** (case.target / 20))


def test_every_stage_of_it_keeps_the_boundary_that_was_given(case):
    for each in case.found:
        for stage in each.pipeline:
            if not hasattr(stage, "boundary"):
                continue
            given = stage.boundary
            names = set(given.values()) if isinstance(given, dict) else {given}
            if case.boundary is not None:
                assert names <= {case.boundary} or (
                    case.boundary == "valid" and names == {"reflect"} and stage not in case.op
                )
            else:
                assert names <= {None, "reflect"}


def test_it_is_shown_as_python_that_evaluates_to_it(case):
    for each in case.found[:3]:
        again = eval(each.code, {"iv": iv})
        xr.testing.assert_identical(again(case.x), each.pipeline(case.x))


def test_stages_before_the_first_change_are_those_that_were_given(case):
    for each in case.found:
        first = each.stages[0] - 1
        assert list(each.pipeline)[:first] == list(case.op)[:first]
        assert len(each.changes) == len(each.stages)


def test_what_to_do_is_said_in_ten_words_and_the_dims(case):
    for each in case.found:
        for part in each.change.split(", along ")[0].split("; "):
            assert len(part.split()) <= 10 + 2 * (len(each.stages) - 1)
            assert any(str(number) in part.split() for number in each.stages)
        assert each.change.endswith(
            " and ".join(dict.fromkeys(d for m in case.moves for d in m.shifts))
        )
