"""The largest value and where it stands."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv


def test_it_is_what_xarray_finds(rng):
    x = iv.label(
        rng.standard_normal((3, 6, 7)),
        "channel",
        iv.Axis("y", start=4.0, step=-0.5, unit="mm"),
        iv.Axis("f", start=2.0, step=0.25, unit="Hz", scale="log2"),
    )
    best = iv.Peak(("y", "f"))(x)
    wanted = x.isel(x.argmax(("y", "f")))
    np.testing.assert_array_equal(best, wanted)
    np.testing.assert_array_equal(best.y, wanted.y)
    np.testing.assert_allclose(best.f, wanted.f, rtol=1e-12)
    assert (best.y.attrs["units"], best.f.attrs["units"]) == ("mm", "Hz")


def test_its_value_is_that_of_a_global_max_pool(photograph):
    best = iv.Peak(("y", "x"))(photograph)
    assert float(best) == float(iv.GlobalPool(("y", "x"), kind="max")(photograph))


def test_the_position_moves_with_the_signal_and_the_value_does_not(rng):
    x = iv.label(rng.standard_normal(30), iv.Axis("x", step=0.5, unit="px", period=15.0))
    moved = iv.Peak("x")(iv.Translate(x=2.0)(x))
    assert float(moved) == float(iv.Peak("x")(x))
    assert float(moved.x) == (float(iv.Peak("x")(x).x) + 2.0) % 15.0


def test_of_equal_values_the_first_counts():
    assert float(iv.Peak("x")(iv.label([0.0, 2.0, 2.0], "x")).x) == 1.0


def test_nan_has_no_position():
    best = iv.Peak("x")(iv.label([[0.0, np.nan, 2.0], [0.0, 1.0, 2.0]], "row", "x"))
    np.testing.assert_array_equal(best, [np.nan, 2.0])
    np.testing.assert_array_equal(best.x, [np.nan, 2.0])


def test_the_position_on_dates_is_a_date():
    days = np.datetime64("2020-01-01") + np.arange(3)
    x = iv.label([0.0, 5.0, 2.0], "time").assign_coords(time=days)
    assert iv.Peak("time")(x).time.values == np.datetime64("2020-01-02")


def test_names_are_no_positions_and_complex_values_no_order():
    x = iv.label([0.0, 5.0], "channel").assign_coords(channel=["left", "right"])
    with pytest.raises(iv.errors.AxisError, match="which is not a position"):
        iv.Peak("channel")(x)
    with pytest.raises(iv.errors.DtypeError, match="put a Modulus before it"):
        iv.Peak("channel")(x.drop_vars("channel").astype(complex))
    with pytest.raises(iv.errors.ParameterError, match="at least one dim"):
        iv.Peak(())


@pytest.mark.parametrize(
    ("axis", "units"),
    [
        (iv.Axis("x", unit="px"), {"units": "px"}),
        (iv.Axis("x", unit=""), {}),
        (iv.Axis("x", unit="s", epoch=np.datetime64("2026-11-30", "ms")), {}),
    ],
    ids=["unit", "none", "dates"],
)
def test_a_place_has_the_unit_of_its_axis_and_none_where_there_is_none(axis, units):
    x = iv.label([0.0, 1.0, 4.0, 1.0], axis)
    assert iv.Peak("x")(x).coords["x"].attrs == units
