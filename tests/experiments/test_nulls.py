"""Null versions: without what a claim is about, it comes out as true one time in twenty at most."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from invarsig.experiments import grade, intervals, public_experiments
from invarsig.experiments.nulls import shuffled, swapped

EXPERIMENTS = [pytest.param(each, id=each.name) for each in public_experiments()]
SEEDS = 40


@pytest.mark.parametrize("each", EXPERIMENTS)
def test_a_null_version_is_not_true(reduced, monkeypatch, each):
    monkeypatch.setattr(intervals, "_RESAMPLES", 399)
    result = reduced(each.name)
    names = [name for name in result.dataset if str(name).startswith("effect_")]
    measured, experiment = result.dataset.drop_vars(names), each(reduced=True)
    grades = []
    for seed in range(SEEDS):
        rng = np.random.default_rng(100 + seed)
        effects, _ = experiment.estimate(experiment.null(measured, rng), rng)
        grades.append(grade(*each.deciding(effects)))
    assert sum(one.startswith("true") for one in grades) <= SEEDS // 20, grades


@pytest.mark.parametrize("each", EXPERIMENTS)
def test_a_null_version_changes_what_decides(reduced, each):
    """The check could not fail if a null version were the measurement itself."""
    result = reduced(each.name)
    experiment, rng = each(reduced=True), np.random.default_rng(3)
    effects, _ = experiment.estimate(experiment.null(result.dataset, rng), rng)
    plain, _ = each.deciding(result.effects)
    other, _ = each.deciding(effects)
    assert other.value != plain.value


def numbers() -> xr.Dataset:
    values = np.arange(24.0).reshape(4, 3, 2)
    return xr.Dataset(
        {"a": (("unit", "way", "x"), values), "b": (("way", "unit"), values[..., 0].T)},
        coords={"way": ["one", "two", "three"]},
    )


def test_labels_are_shuffled_within_units_alike_in_all_variables():
    found, null = (
        numbers(),
        shuffled(numbers(), ["a", "b"], "way", np.random.default_rng(0), unit="unit"),
    )
    assert null["a"].dims == found["a"].dims
    np.testing.assert_array_equal(null["a"].sum("way"), found["a"].sum("way"))
    np.testing.assert_array_equal(null["a"].isel(x=0).T, null["b"])
    assert not null["a"].equals(found["a"])


def test_only_the_labels_named_change_places():
    null = shuffled(
        numbers(), ["a"], "way", np.random.default_rng(1), unit="unit", labels=["one", "two"]
    )
    np.testing.assert_array_equal(null["a"].sel(way="three"), numbers()["a"].sel(way="three"))


def test_two_variables_are_exchanged_for_some_units():
    found = xr.Dataset({"a": ("unit", np.zeros(40)), "b": ("unit", np.ones(40))})
    null = swapped(found, "a", "b", np.random.default_rng(0), unit="unit")
    np.testing.assert_array_equal(null["a"] + null["b"], np.ones(40))
    assert 10 < float(null["a"].sum()) < 30
