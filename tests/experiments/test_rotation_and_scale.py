"""Filters that turn and grow with a picture, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.experiments.turning_filters import (
    errors_and_floors,
    phase_errors,
    random_layers,
    turned_by_index,
    turned_operators,
    turns_of,
)
from tests.experiments.conftest import kept

pytestmark = pytest.mark.nightly


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("rotation-and-scale")


def test_a_stride_needs_a_center_on_its_own_grid(found):
    assert not kept(found, found.effect("error, stride 2, even array, about its middle"))


def test_about_the_middle_of_an_even_array_a_stride_is_wrong_by_tens_of_percent(found):
    error = found.dataset["stride_error"]
    assert float(error.sel(center="even").min()) > 0.1
    # Other samples of white noise have nothing to do with these: √2, within 5 % for 1600 pixels.
    np.testing.assert_allclose(error.sel(center="noise"), np.sqrt(2), rtol=0.05)


def test_plain_layers_do_not_turn_and_p4_layers_do_not_between_quarter_turns(found):
    error = found.dataset["turn_error"]
    assert float(error.sel(operator="plain").min()) > 0.1
    assert float(error.sel(operator=["p4", "pooled"], angle=45).min()) > 0.1
    assert float(found.dataset["group_error"].sel(layers="p4", move="flip along x").min()) > 0.1


def test_steerable_filters_and_harmonics_turn_by_45_degrees_as_well_as_pictures_do(found):
    each = found.dataset.sel(angle=45.0)
    steerable = each.sel(operator="steerable")
    assert float(steerable["turn_error"].max()) < 0.03
    assert float((steerable["turn_error"] / steerable["turn_floor"]).max()) < 2
    assert float(each["phase_error"].max()) < 0.03
    plain = each["turn_error"].sel(operator="plain")
    assert float((plain / each["phase_error"]).min()) > 30


def test_moduli_of_harmonics_fold_what_the_harmonics_themselves_do_not(found):
    each = found.dataset.sel(angle=45.0)
    moduli = each["turn_error"].sel(operator="harmonic")
    assert float((moduli / each["phase_error"]).min()) > 3
    assert found.effect("error, moduli of circular harmonics, 45 degrees").value > -40


@pytest.fixture
def bright(rng):
    axes = (iv.Axis(dim, size=80, unit="px") for dim in ("y", "x"))
    return iv.power_law_noise(*axes, exponent=1.0, rng=rng) + 5.0


def test_no_order_of_harmonics_hides_behind_the_brightness_of_another(bright, rng):
    parts = turned_operators(random_layers(rng, 1))[3]
    turns = turns_of(bright, [45.0])
    each = [float(iv.equivariance_error(op, bright, turns[0])) for op in parts]
    error, _ = errors_and_floors(parts, bright, turns)[0]
    assert error == pytest.approx(np.sqrt(np.mean(np.square(each))))
    assert error >= max(each) / 2


def test_harmonics_are_exact_at_quarter_turns_and_their_phase_counts(bright):
    quarter, other = phase_errors(bright, [90.0, 30.0])
    assert quarter < 1e-12 < other < 0.1


def test_responses_move_along_an_axis_of_widths_as_the_picture_grows(found):
    error = found.dataset["growth_error"].sel(octaves=1.0)
    assert float(error.sel(bank="scales").max()) < 0.03
    assert float((error.sel(bank="plain") / error.sel(bank="scales")).min()) > 20


def test_turning_arrays_by_index_is_turning_by_coordinates_where_all_samples_are_kept(rng):
    x = iv.label(rng.standard_normal((16, 16)), iv.Axis("y", unit="px"), iv.Axis("x", unit="px"))
    layers = random_layers(rng, 1)
    assert turned_by_index(layers["p4"], x) < 1e-14
    turn = iv.Rotate.about_middle(x, np.pi / 2)
    assert float(iv.equivariance_error(layers["p4"], x, turn)) < 1e-14
    flip = iv.Flip.about_middle(x, "x")
    assert float(iv.equivariance_error(layers["p4m"], x, flip)) < 1e-14
    assert float(iv.equivariance_error(layers["plain"], x, flip)) > 0.5
