"""Effects: how they are estimated, and how they are worded."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

from invarsig.errors import ParameterError
from invarsig.experiments import Effect
from invarsig.experiments.effects import decibels_of, estimated, largest_mean, least_mean


def effect(value: float = 0.0, low: float = -1.0, high: float = 1.0) -> Effect:
    return Effect("error", "dB", value, low, high, 5, "pictures")


@pytest.mark.parametrize("unit", ["dB", "1"])
def test_an_effect_is_worded_with_its_unit(unit):
    text = str(Effect("error", unit, 0.5, 0.25, 0.75, 5, "pictures"))
    assert text == f"0.50{' dB' if unit == 'dB' else ''} (0.25 to 0.75)"


def test_few_units_are_a_pilot():
    assert Effect("error", "dB", 0.0, -1.0, 1.0, 9, "voices").pilot
    assert not Effect("error", "dB", 0.0, -1.0, 1.0, 10, "voices").pilot


def test_the_least_and_the_largest_of_several_means():
    values = np.array([[0.0, 3.0], [2.0, 3.0]])
    assert (least_mean(values), largest_mean(values)) == (1.0, 3.0)


def test_rows_are_drawn_whole():
    rows = np.stack([np.arange(10.0), 2 * np.arange(10.0)], axis=1)

    def slope(drawn: np.ndarray) -> float:
        return float(np.polyfit(drawn[:, 0], drawn[:, 1], 1)[0])

    found = estimated("slope", "1", rows, of="items", rng=np.random.default_rng(0), statistic=slope)
    assert found.low == pytest.approx(2, abs=1e-9)
    assert found.high == pytest.approx(2, abs=1e-9)


def test_no_item_is_refused():
    with pytest.raises(ParameterError, match="there is no item"):
        estimated("a", "1", [], of="items", rng=np.random.default_rng(0))


def test_an_effect_is_worded_with_the_digits_that_its_interval_carries():
    assert str(effect(-31.04, -33.41, -29.52)) == "−31.0 dB (−33.4 to −29.5)"
    assert str(effect(0.5, 0.5, 0.5)) == "0.500 dB"
    assert str(effect(0.5, -math.inf, math.inf)) == "0.500 dB (no interval: too few)"


def test_an_exact_zero_counts_as_minus_320_decibels():
    assert decibels_of(xr.DataArray([0.0, 0.1])).values.tolist() == [-320.0, -20.0]
