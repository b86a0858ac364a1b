"""Sentences about moves name the unit of the axis, and an axis without one leaves no gap."""

from __future__ import annotations

import re

import numpy as np
import pytest
import xarray as xr

import invarsig as iv

POOL = iv.MeanPool({"lon": 2}, boundary="valid")


def grid(rng, unit: str) -> xr.DataArray:
    attrs = {"units": unit} if unit else {}
    return xr.DataArray(
        rng.standard_normal(96), {"lon": ("lon", np.arange(0.0, 720, 7.5), attrs)}, ("lon",)
    )


@pytest.mark.parametrize("unit", ["", "degrees_east"])
def test_an_axis_without_a_unit_leaves_no_gap(unit, rng):
    x = grid(rng, unit)
    said = [each.sentence for each in iv.check(POOL, x, max_error=-40)]
    said += [each.sentence for each in iv.check(POOL, x, max_error=-40, shifts=[15.0])]
    said += [str(iv.axis_of(x, "lon")), iv.diagnose(POOL, x).summary().strip()]
    said += [iv.compare({"one": POOL, "two": iv.Subsample({"lon": 2})}, x, "lon").summary()]
    with pytest.raises(iv.errors.BorderError) as error:
        iv.equivariance_error(POOL, x.isel(lon=slice(0, 8)), iv.Translate(lon=7.5))
    for text in [*said, str(error.value)]:
        lines = [line.strip() for line in text.splitlines()]
        assert not [line for line in lines if re.search(r"\S  +\S| [,.;:)]", line)], text
        assert "7.5" not in text or not unit or "7.5°" in text
