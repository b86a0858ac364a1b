"""A wrapped stage is continued by as many samples as its borders reach, on whatever axis."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.aliasing.wrapped import wrapped

SCATTERING = iv.Scattering("time", J=3, Q=2)
SUMS = iv.Convolve(iv.label([1.0, 2.0, 0.5, 1.0], "time"), boundary="zero", stride={"time": 2})


def on_a_step(step, unit):
    values = np.random.default_rng(4).standard_normal(512)
    return iv.label(values, iv.Axis("time", step=step, unit=unit))


@pytest.mark.parametrize("op", [SCATTERING, SUMS], ids=["by its result", "by its reach"])
@pytest.mark.parametrize(("step", "unit"), [(1 / 22050, "s"), (7.5, "px"), (-0.25, "1")])
def test_the_unit_of_an_axis_changes_nothing(op, step, unit):
    found = []
    for x in (on_a_step(1.0, "1"), on_a_step(step, unit)):
        around = wrapped(op, x, op(x), ["time"], {"time": 8})
        found.append((around, around(x).to_numpy()))
    (one, first), (other, last) = found
    assert [each.places.tolist() for each in one.continued] == [
        each.places.tolist() for each in other.continued
    ]
    np.testing.assert_allclose(first, last, atol=1e-12)
    assert one.continued
    assert one.commutes == other.commutes == {"time": True}


def test_a_stage_of_infinite_reach_is_continued_by_the_border_that_its_result_shows():
    x = on_a_step(1 / 22050, "s")
    (each,) = wrapped(SCATTERING, x, SCATTERING(x), ["time"], {"time": 8}).continued
    assert each.places.size < 4 * x.size
