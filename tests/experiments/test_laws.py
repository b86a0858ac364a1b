"""Laws: identities that every item keeps to round-off, and a wrong one that is caught."""

from __future__ import annotations

import math

import pytest

from invarsig.experiments import Law, below, public_experiments, within
from invarsig.experiments.experiment import Experiment

WITH_LAWS = [each for each in public_experiments() if each.laws is not Experiment.laws]


@pytest.mark.parametrize("each", [pytest.param(each, id=each.name) for each in WITH_LAWS])
def test_every_item_keeps_the_laws(reduced, each):
    laws = each(reduced=True).laws(reduced(each.name).dataset)
    assert laws
    for law in laws:
        assert law.holds, str(law)


def test_one_item_breaks_a_law_however_many_keep_it():
    assert Law.of("a", [-320.0] * 1000 + [-150.0], below(-200, "dB")).holds is False
    assert Law.of("a", [0.0] * 10 + [-0.6], within(-0.5, 0.5)).worst == -0.6


def test_an_unknown_number_breaks_a_law():
    assert Law.of("a", [-320.0, math.nan, -310.0], below(-200, "dB")).holds is False


@pytest.mark.parametrize("each", [pytest.param(each, id=each.name) for each in WITH_LAWS])
def test_a_measurement_that_is_wrong_breaks_a_law(reduced, each):
    """Errors of a tenth in place of round-off: each experiment's laws see it."""
    wrong = reduced(each.name).dataset.copy(deep=True)
    for name, values in wrong.items():
        if values.dtype.kind == "f" and not str(name).startswith("effect_"):
            wrong[name] = values + 0.1 * (1 + values.size % 7) * (values.to_numpy() < math.inf)
    ladder = wrong.assign(
        {
            name: values
            * (1 + (values.to_numpy() > 0) * 0.5 * _ramp(values.size).reshape(values.shape))
            for name, values in wrong.items()
            if values.dtype.kind == "f" and not str(name).startswith("effect_")
        }
    )
    assert not all(law.holds for law in each(reduced=True).laws(ladder))


def _ramp(size: int):
    import numpy as np

    return np.linspace(0, 1, size)
