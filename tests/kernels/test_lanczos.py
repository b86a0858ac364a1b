"""The Lanczos kernel, against its formula sample by sample."""

from __future__ import annotations

import math

import numpy as np
import pytest

from invarsig.kernels.lanczos import lanczos_moved, lanczos_reach, lanczos_taps


def by_hand(values: np.ndarray, shift: float, order: int) -> tuple[np.ndarray, np.ndarray]:
    """The sum written out, with zeros beyond the ends; and where no end is needed."""
    whole, size = math.floor(shift), values.size
    fraction = shift - whole

    def bell(t: float) -> float:
        if t == 0:
            return 1.0
        if abs(t) >= order:
            return 0.0
        return order * math.sin(math.pi * t) * math.sin(math.pi * t / order) / (math.pi * t) ** 2

    taps = {k: bell(k - fraction) for k in range(1 - order, order + 1)}
    total = sum(taps.values())
    out, clean = np.zeros(size), np.ones(size, bool)
    for n in range(size):
        for k, tap in taps.items():
            place = n - whole - k
            if 0 <= place < size:
                out[n] += tap / total * values[place]
            else:
                clean[n] = False
    return out, clean


@pytest.mark.parametrize("shift", [0.0, 0.37, -0.61, 4.5, -7.25, 3.0])
@pytest.mark.parametrize("order", [2, 3])
def test_it_is_the_sum_written_out_and_the_clean_part_is_where_all_taps_fit(rng, shift, order):
    values = rng.standard_normal(24)
    expected, clean = by_hand(values, shift, order)
    where = lanczos_reach(values.size, shift, order)
    assert np.flatnonzero(clean).tolist() == list(range(24))[where]
    moved = lanczos_moved(values, 0, shift, order)
    np.testing.assert_allclose(moved[where], expected[where], atol=1e-14)


def test_whole_shifts_are_exact_and_constants_stay(rng):
    values = rng.standard_normal((3, 16))
    np.testing.assert_allclose(lanczos_moved(values, 1, 5.0), np.roll(values, 5, 1), atol=1e-15)
    assert lanczos_taps(0.3).sum() == pytest.approx(1, abs=1e-15)
    np.testing.assert_allclose(lanczos_moved(np.ones(9), 0, 0.3), 1, rtol=1e-14)


def test_single_precision_stays_so(rng):
    values = rng.standard_normal(16).astype(np.float32)
    assert lanczos_moved(values, 0, 0.3).dtype == np.float32


def test_a_shift_by_more_than_the_axis_leaves_nothing():
    assert len(range(16)[lanczos_reach(16, 20.5)]) == 0
    assert len(range(16)[lanczos_reach(16, -20.5)]) == 0
