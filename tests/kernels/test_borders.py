"""What a window meets beyond the first and the last sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invarsig.kernels.borders import padded

NUMPY = {
    "periodic": "wrap",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "edge": "edge",
    "zero": "constant",
}


@settings(deadline=None, max_examples=60)
@given(
    size=st.integers(1, 9),
    before=st.integers(-3, 25),
    after=st.integers(-3, 25),
    boundary=st.sampled_from(sorted(NUMPY)),
    axis=st.sampled_from([0, 1]),
)
def test_borders_are_those_of_numpy_and_negative_widths_take_samples_away(
    size, before, after, boundary, axis
):
    values = np.random.default_rng(size).standard_normal((size, size))
    widths = [(0, 0), (0, 0)]
    widths[axis] = (max(before, 0), max(after, 0))
    whole = np.pad(values, widths, mode=NUMPY[boundary])
    end = whole.shape[axis] + min(after, 0)
    keep = np.arange(max(-before, 0), max(end, -before, 0))
    assert np.array_equal(padded(values, axis, before, after, boundary), whole.take(keep, axis))


def test_a_constant_border_holds_its_value():
    values = np.arange(3.0)
    assert padded(values, 0, 1, 2, ("constant", -np.inf)).tolist() == [
        -np.inf,
        *values,
        *[-np.inf] * 2,
    ]
    assert padded(values, 0, -1, 1, ("constant", 7)).tolist() == [1.0, 2.0, 7.0]
    assert padded(values.astype(np.float32), 0, 1, 0, ("constant", 0.1)).dtype == np.float32


def test_a_valid_window_meets_no_border():
    assert padded(np.arange(5.0), 0, 0, -2, "valid").tolist() == [0.0, 1.0, 2.0]
    with pytest.raises(ValueError, match="meets no border"):
        padded(np.arange(5.0), 0, 1, 0, "valid")
