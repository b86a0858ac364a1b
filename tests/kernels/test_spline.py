"""Arrays read at any places, and which results rest on bad samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invarsig.kernels.spline import REACH, below, below_reach, read_at, snapped, touched

law = settings(deadline=None, max_examples=40)


@law
@given(st.integers(1, 12), st.integers(-30, 30), st.sampled_from(["zero", "reflect", "nan"]))
def test_whole_places_are_those_of_a_padded_array(size, shift, boundary):
    values = np.random.default_rng(size).standard_normal((2, size))
    places = np.arange(size)[np.newaxis] + float(shift)
    mode = {"zero": "constant", "nan": "constant", "reflect": "reflect"}[boundary]
    more = {"constant_values": np.nan if boundary == "nan" else 0.0} if mode == "constant" else {}
    wide = np.pad(values, ((0, 0), (40, 40)), mode=mode, **more)
    start = 40 + shift
    np.testing.assert_array_equal(
        read_at(values, places, boundary, ring=False), wide[:, start : start + size]
    )
    np.testing.assert_array_equal(
        read_at(values, places, boundary, ring=True), np.roll(values, -shift, axis=1)
    )


def test_a_weight_beyond_the_reach_is_below_4e_5():
    impulse = np.zeros(201)
    impulse[100] = 1.0
    for fraction in (0.25, 0.5, 0.75):
        places = (np.arange(201) + fraction).clip(0, 200)[np.newaxis]
        answer = read_at(impulse, places, "reflect", ring=False)
        far = np.abs(places[0] - 100) > REACH
        assert np.abs(answer[far]).max() < 4e-5


@law
@given(st.integers(0, 10**6), st.booleans(), st.booleans())
def test_what_is_not_touched_does_not_see_a_bad_sample(seed, ring, halves):
    rng = np.random.default_rng(seed)
    bad = np.zeros((60, 64), dtype=bool)
    bad[rng.integers(60), rng.integers(64)] = True
    shift = rng.integers(-9, 9, (2, 1, 1)) + (0.5 if halves else 0.0)
    places = np.indices(bad.shape) + shift
    hit = touched(bad, places, ring=ring, beyond=not ring)
    values = rng.standard_normal(bad.shape)
    one, other = (
        read_at(each, places, "zero", ring=ring) for each in (values, np.where(bad, 9.0, values))
    )
    assert np.abs(one - other)[~hit].max(initial=0.0) < (4e-3 if halves else 1e-12)
    assert hit[np.abs(one - other) > 0.5].all()
    assert (~hit).any()


def test_a_filter_before_reaches_on():
    bad = np.zeros(100, dtype=bool)
    bad[50] = True
    places = np.arange(100.0)[np.newaxis]
    assert touched(bad, places, ring=False, beyond=False, before=5).sum() == 11
    assert touched(bad, places, ring=False, beyond=True, before=5).sum() == 21


def test_round_off_is_no_fraction():
    places, whole = snapped(np.array([[1.0 + 1e-9, 2.0 - 1e-8], [0.5, 1.0]]))
    assert whole == (True, False)
    assert places[0].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("ratio", [0.3, 0.5, 0.9])
def test_a_low_pass_keeps_what_is_below_and_stops_what_is_above(ratio):
    n = np.arange(800)
    inside = slice(below_reach(ratio), -below_reach(ratio))
    for cycles, gain in ((0.35 * ratio, 1.0), (min(0.65 * ratio, 0.5), 0.0)):
        tone = np.cos(2 * np.pi * cycles * n)
        if cycles < 0.5:
            found = below(tone, 0, ratio)[inside]
            np.testing.assert_allclose(found, gain * tone[inside], atol=5e-3)


@pytest.mark.parametrize("fraction", [0.0, 0.5])
def test_a_bad_sample_is_bad_in_the_mirror_as_well(fraction):
    values = np.random.default_rng(0).standard_normal((1, 60))
    values[0, 20] = np.nan
    places = -(np.arange(60.0) + fraction)[np.newaxis]
    found = read_at(values, places, "reflect", ring=False)
    wanted = read_at(values, -places, "reflect", ring=False)
    assert np.isnan(found[0, 20])
    np.testing.assert_array_equal(np.isnan(found), np.isnan(wanted))


@pytest.mark.parametrize("fraction", [0.0, 0.3])
def test_one_axis_may_go_round_and_the_other_end(fraction):
    values = np.random.default_rng(0).standard_normal((12, 40))
    places = np.indices(values.shape) + np.array([5.0 + fraction, 0.0])[:, None, None]
    wanted = read_at(values.T, 5.0 + fraction + np.arange(12.0)[np.newaxis], "zero", ring=True).T
    found = read_at(values, places, "zero", ring=(True, False))
    np.testing.assert_allclose(found, wanted, atol=1e-8)
    bad = np.zeros(values.shape, dtype=bool)
    bad[0, 20] = True
    hit = touched(bad, places, ring=(True, False), beyond=True, reach=2)
    rows = np.flatnonzero(hit.any(axis=1))
    assert set(rows) == ({7} if fraction == 0 else {5, 6, 7, 8, 9, 4})
