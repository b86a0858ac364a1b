"""Laws over random pipelines on random arrays: what is true of one is true of all.

What is left out is named here, each with its reason, so that it can be taken away.
"""

from __future__ import annotations

import functools
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings

import invarsig as iv
from invarsig import testing
from invarsig.axes import Axes
from invarsig.testing.strategies import cases
from invarsig.testing.strategies.arrays import DTYPES

# Causes, protocols and diagnoses of complex signals have not been held to these laws yet.
REAL = tuple(each for each in DTYPES if np.dtype(each).kind != "c")


def laws(few: int, many: int, strategy: Any) -> Callable[[Any], Any]:
    """A law of a case, checked on the same few every time, and on many others nightly."""

    def checked(law: Callable[[Any], None]) -> Any:
        @pytest.mark.parametrize(
            "number", [few, pytest.param(many, marks=pytest.mark.nightly)], ids=["few", "many"]
        )
        @functools.wraps(law, assigned=("__name__", "__doc__", "__module__"), updated=())
        def test(number: int) -> None:
            @settings(
                max_examples=number,
                derandomize=number == few,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(strategy)
            def holds(case: Any) -> None:
                law(case)

            holds()

        del test.__wrapped__
        return test

    return checked


# ---- labels, units, precision: the conformance laws


@laws(12, 1000, cases())
def test_a_pipeline_on_any_axes_keeps_the_laws_of_operators(case):
    op, x = case
    testing.check_operator(op, x)


@laws(8, 1000, cases(periodic=False))
def test_a_pipeline_on_finite_axes_keeps_the_laws_of_operators(case):
    op, x = case
    testing.check_operator(op, x)


@laws(8, 500, cases())
def test_a_pipeline_is_its_stages_one_after_the_other(case):
    op, x = case
    y, axes = x, Axes.of(x)
    for stage in op:
        axes = stage.plan(axes).after(axes)
        y = stage(y)
    assert y.identical(op(x))
    for dim in map(str, y.dims):
        assert y.sizes[dim] == op.plan(Axes.of(x)).after(Axes.of(x)).counted(dim).size


@laws(8, 300, cases())
def test_a_pipeline_is_its_source_and_its_pickle(case):
    op, x = case
    y = op(x)
    assert eval(repr(op), {"iv": iv})(x).identical(y)
    assert pickle.loads(pickle.dumps(op))(x).identical(y)


# ---- periodic axes: lift, orbit, prediction

WRAPPED = cases(wraps=True, kinds=("linear", "log2", "dated"), sizes=(1, 12))


def along(op: iv.Operator, x: xr.DataArray) -> list[str]:
    """Dims that the result still has."""
    return [str(dim) for dim in x.dims if dim in op(x).dims]


def tolerance(x: xr.DataArray, y: xr.DataArray) -> dict[str, float]:
    """Round-off in the precision of a result, relative to the sizes of input and result."""
    eps = float(np.finfo(y.dtype).eps)
    sizes = [float(np.abs(each.to_numpy()).max(initial=0.0)) for each in (x, y)]
    return {"rtol": 1e4 * eps, "atol": 1e4 * eps * max(sizes)}


@laws(8, 500, WRAPPED)
def test_the_lift_is_what_defines_it(case):
    op, x = case
    for dim in along(op, x):
        if not op.plan(Axes.of(x)).shares(dim):
            continue  # of weights that differ from place to place the recursion is another lift
        y = op(x)
        stride = op.plan(Axes.of(x)).stride.get(dim, 1)
        lifted = iv.lift(op, x, dim)
        for k in range(stride):
            moved = op(iv.Translate.in_samples(x, {dim: -k})(x))
            found = lifted.isel({dim: slice(k, None, stride)}).transpose(*moved.dims)
            np.testing.assert_allclose(found.to_numpy(), moved.to_numpy(), **tolerance(x, y))


@laws(8, 500, WRAPPED)
def test_the_variance_of_an_orbit_is_the_folded_energy(case):
    op, x = case
    for dim in along(op, x):
        found = iv.orbit(op, x, dim)
        y = op(x)
        if not found.attrs["explained"]:
            continue
        variance, folded = float(found["variance"].sum()), float(found["folded_energy"].sum())
        size = y.size * tolerance(x, y)["atol"] * float(np.abs(y).max())
        assert variance == pytest.approx(folded, rel=1e-6, abs=size)


@laws(4, 300, WRAPPED)
def test_the_error_of_a_whole_shift_is_predicted(case):
    op, x = case
    for dim in along(op, x):
        if not iv.aliasing.folding_explains(op, x, dim).attrs["explained"]:
            continue
        moves = [iv.Translate.in_samples(x, {dim: k}) for k in (1, -2, 3)]
        errors = iv.aliasing.folding_errors(op, x, moves, norm="total")
        assert bool(errors["exact"].all() | np.isnan(errors["measured"]).any())
        single = op(x).dtype.itemsize < (16 if op(x).dtype.kind == "c" else 8)
        np.testing.assert_allclose(
            errors["measured"], errors["predicted"], rtol=1e-6, atol=1e-4 if single else 1e-8
        )


# ---- errors and causes of the pipeline as given


@laws(4, 300, cases(dtypes=REAL, sizes=(1, 16)))
def test_shares_of_causes_add_up_to_one(case):
    op, x = case
    # Parts that cancel are rounded in the precision of the samples.
    off = 1e-4 if op(x).dtype.itemsize < 8 else 1e-6
    for dim in map(str, x.dims):
        for shift in (1, 0.4):
            move = iv.Translate.in_samples(x, {dim: shift})
            found = iv.causes(op, x, move)
            share = found["share"]
            error = iv.equivariance_error(op, x, move, protocol="roll")
            np.testing.assert_allclose(found["total"], error, rtol=1e-6, atol=1e-12)
            if not np.isnan(share).any():
                assert float(share.sum()) == pytest.approx(1, abs=off)
            np.testing.assert_allclose(
                share.sum("stage", skipna=False), found["share_of_cause"], atol=1e-6
            )


@laws(8, 400, cases(dtypes=REAL, sizes=(3, 16), families=["pointwise", "Polynomial", "logarithm"]))
def test_what_acts_on_each_sample_is_equivariant_to_whole_shifts(case):
    op, x = case
    for dim in map(str, x.dims):
        move = iv.Translate.in_samples(x, {dim: 1})
        for protocol in ("roll", "cut"):
            error = float(iv.equivariance_error(op, x, move, protocol=protocol, norm="total"))
            assert np.isnan(error) or error < 1e-6


# ---- findings, files and pages


@laws(
    1,
    150,
    cases(dtypes=REAL, sizes=(1, 16), most=2),
)
def test_a_diagnosis_is_kept_by_its_files_and_has_a_page(case):
    op, x = case
    try:
        found = iv.diagnose(op, x, along=[str(dim) for dim in x.dims])
    except iv.errors.InvarsigError:
        return  # too little signal for this pipeline; what is raised is the package's own
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".json", ".nc"):
            path = found.save(Path(folder) / f"found{suffix}")
            again = iv.Diagnosis.load(path)
            assert again.tree.identical(found.tree)
            assert again.summary() == found.summary()
        page = found.to_html(Path(folder) / "page.html").read_text(encoding="utf-8")
    assert page.count("<html") == page.count("</html>") == 1
    assert all(line.strip() for line in found.summary().splitlines())
