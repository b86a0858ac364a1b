"""Reading through the indices of an extended axis gives what extending it gives."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from invarsig.kernels.borders import padded, padded_indices, value_beyond

BORDERS = ["periodic", "reflect", "symmetric", "edge", "zero", ("constant", 2.5)]


@given(st.integers(1, 9), st.integers(-3, 30), st.integers(-3, 30), st.sampled_from(BORDERS))
def test_indices_read_what_padding_writes(size, before, after, border):
    values = np.arange(10.0, 10.0 + size)
    places = padded_indices(size, before, after, border)
    beyond = value_beyond(border)
    read = np.where(places < 0, np.nan if beyond is None else beyond, values[places])
    np.testing.assert_array_equal(read, padded(values, 0, before, after, border))
