"""Experiments run once for each test module, in their reduced form."""

from __future__ import annotations

import functools

import pytest

from invarsig.experiments import Effect, Result, experiment_named


@functools.cache
def _run(name: str) -> Result:
    experiment = experiment_named(name)
    if experiment.missing():
        pytest.skip(f"{name} asks a network that others trained: {experiment.weights[0].remedy()}")
    return experiment(reduced=True).run()


@pytest.fixture(scope="session")
def reduced():
    """Run an experiment by its name, reduced; the same result for all who ask."""
    return _run


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What rests on the reduced form of an experiment runs in the nightly session."""
    for item in items:
        if "reduced" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.nightly)


def kept(found: Result, effect: Effect) -> bool:
    """Whether an effect lies on the side that its claim expects: its value, not its interval.

    The reduced form has a few units; what is sure is asked of the full form.
    """
    experiment = found.experiment
    expects = dict(experiment.expects)
    if experiment.limited is not None:
        expects.setdefault(experiment.limited.effect, next(iter(expects.values())))
    return expects[effect.name].holds(effect.value)
