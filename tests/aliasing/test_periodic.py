"""Finite signals made periodic; the note says what was done, and only that."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv

POOL = iv.MaxPool(window={"x": 4})


@pytest.mark.parametrize(
    ("op", "size", "said", "unsaid"),
    [
        (POOL, 42, "cropped to 40 samples, tapered over 10% of its 40 samples", "a stage"),
        (POOL, 42, "padded with 4 samples of its mean", "42"),
        (POOL, 40, "it was tapered", "cropped"),
        (iv.Subsample(stride={"x": 2}), 40, "and treated as periodic", "padded"),
    ],
)
def test_what_was_done_is_said(op, size, said, unsaid):
    x = iv.label(np.arange(float(size)), iv.Axis("x", unit="px"))
    ring, text = iv.aliasing.periodized(op, x, "x")
    assert said in text
    assert unsaid not in text
    assert iv.axis_of(ring, "x").periodic


def test_the_taper_ends_at_the_mean_that_the_padding_holds(rng):
    x = iv.label(5.0 + rng.standard_normal((3, 40)), "c", iv.Axis("x"))
    ring, _ = iv.aliasing.periodized(POOL, x, "x")
    mean = x.mean("x")
    assert ring.sizes["x"] == 44
    for place in (0, 39, 40, 43):
        np.testing.assert_allclose(ring.isel(x=place), mean, rtol=1e-12)
    np.testing.assert_array_equal(ring.isel(x=slice(3, 37)), x.isel(x=slice(3, 37)))


def test_a_periodic_axis_is_left_as_it_is(rng):
    x = iv.label(rng.standard_normal(40), iv.Axis("x", period=40.0))
    ring, text = iv.aliasing.periodized(POOL, x, "x")
    assert ring is x
    assert text == ""
