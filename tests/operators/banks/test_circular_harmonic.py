"""Circular harmonics: what a turn of the picture does to them."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.axes import center_of
from invarsig.errors import ParameterError
from tests.operators.banks.rings import ring

OVER = ("y", "x")
ORDERS = (-3, -1, 0, 1, 2, 4)
DESIGNS = [{"sigma": 1.0}, {"sigma": 0.7, "radius": 3.0}, {"sigma": (0.6, 1.2)}]


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_quarter_turn_turns_the_phase_by_as_many_quarters_as_the_order(design, quarters, rng):
    values = rng.standard_normal((21, 21))
    bank = iv.CircularHarmonicBank(OVER, ORDERS, **design)
    there, turned = bank(ring(values)), bank(ring(np.rot90(values, quarters)))
    moved = there.copy(data=np.rot90(there.to_numpy(), quarters, axes=(-2, -1)))
    # numpy.rot90 turns from the first dim to the last.
    phase = xr.DataArray([(-1j) ** (k * quarters) for k in ORDERS], dims="order")
    if "order" in there.coords:
        phase = phase.assign_coords(order=there.order)
    np.testing.assert_allclose(turned, (moved * phase).transpose(*moved.dims), atol=1e-14)
    np.testing.assert_allclose(abs(turned), abs(moved), atol=1e-14)


@pytest.mark.parametrize("design", DESIGNS)
def test_the_response_at_a_sample_that_stays_is_turned(design, rng):
    # On an even ring a quarter turn about sample (10, 10) keeps that sample.
    values = rng.standard_normal((20, 20))
    turned = np.roll(np.rot90(values), 1, axis=0)
    assert turned[10, 10] == values[10, 10]
    bank = iv.CircularHarmonicBank(OVER, (0, 1, 2, 3), **design)
    one, other = (bank(ring(v)).isel(y=10, x=10) for v in (values, turned))
    np.testing.assert_allclose(other, one * (-1j) ** one.order, atol=1e-14)


@pytest.mark.parametrize("sizes", [(16, 24), (15, 21), (16, 21)])
@pytest.mark.parametrize("design", DESIGNS)
def test_fractional_translations_commute_in_every_bin(sizes, design, rng):
    x = ring(rng.standard_normal(sizes))
    bank = iv.CircularHarmonicBank(OVER, (-1, 0, 1, 2), **design)
    for shift in ({"x": 0.37}, {"y": 0.5, "x": 1.61}):
        assert float(iv.equivariance_error(bank, x, iv.Translate(**shift))) < 1e-12


def test_channels_lie_around_zero(rng):
    y = iv.CircularHarmonicBank(OVER, (0, 1, 2), (1.0, 2.0))(ring(rng.standard_normal((32, 32))))
    assert y.dims == ("scale", "order", "y", "x")
    assert y.order.values.tolist() == [0, 1, 2]
    assert iv.axis_of(y, "scale").scale == "log2"
    for dim in OVER:
        np.testing.assert_array_equal(center_of(y, dim), 0)


def test_order_one_is_a_derivative_along_both_dims(rng):
    x = ring(rng.standard_normal((48, 48)))
    found = iv.CircularHarmonicBank(OVER, (1,), 1.5, truncate=7)(x).isel(order=0).to_numpy()
    along, across = iv.SteerableBank(OVER, 1, 1.5, (0.0, np.pi / 2), truncate=7)(x).to_numpy()
    wanted = -(along + 1j * across)
    gain = (wanted * found.conj()).sum() / (np.abs(found) ** 2).sum()
    assert abs(gain.imag) < 1e-9
    np.testing.assert_allclose(gain * found, wanted, atol=1e-8)


def test_opposite_orders_of_a_real_picture_are_conjugates(rng):
    y = iv.CircularHarmonicBank(OVER, (-2, 2), 1.0)(ring(rng.standard_normal((20, 20))))
    np.testing.assert_allclose(y.isel(order=0), y.isel(order=1).conj(), atol=1e-14)


def test_a_ring_answers_to_what_lies_on_it():
    values = np.zeros((31, 31))
    k = np.arange(31) - 15
    radius, angle = np.hypot(k, k[:, None]), np.arctan2(k[:, None], k)
    values[np.abs(radius - 6) < 1] = 1.0
    bank = iv.CircularHarmonicBank(OVER, (0, 3), 0.8, (3.0, 6.0, 9.0))
    y = abs(bank(ring(values)).isel(y=15, x=15))
    assert float(y.sel(order=0).idxmax("scale")) == 6.0
    assert float(y.sel(order=3).max()) < 0.01 * float(y.sel(order=0).max())
    three = abs(bank(ring(values * np.cos(3 * angle))).isel(y=15, x=15))
    assert float(three.sel(order=3).max()) > 10 * float(three.sel(order=0).max())


def test_orders_that_are_not_even_are_counted(rng):
    y = iv.CircularHarmonicBank(OVER, (0, 1, 4), 1.0)(ring(rng.standard_normal((20, 20))))
    assert y.order_value.values.tolist() == [0, 1, 4]
    assert "order" not in y.coords


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"over": "x"}, "give 2 dims"),
        ({"over": OVER, "order": (0.5,)}, "no whole numbers"),
        ({"over": OVER, "order": ()}, "no whole numbers"),
        ({"over": OVER, "sigma": 0.0}, "sigma is 0 samples"),
        ({"over": OVER, "radius": -1.0}, "radius is -1 samples"),
        ({"over": OVER, "sigma": (1.0, 2.0), "radius": (1.0, 2.0, 3.0)}, "3 radii and 2 widths"),
        ({"over": OVER, "truncate": np.nan}, "truncate is nan"),
    ],
)  # fmt: skip
def test_a_bank_that_cannot_be_designed_is_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        iv.CircularHarmonicBank(**options)
