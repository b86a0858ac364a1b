"""Long kernels by kept responses give what sums over extended arrays give."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invarsig.kernels import convolution
from invarsig.kernels.borders import padded
from invarsig.kernels.convolution import convolved
from invarsig.kernels.kept import Kept, Room
from invarsig.kernels.long_kernels import LongKernels, Reach

BORDERS = ["periodic", "reflect", "symmetric", "edge", "zero", ("constant", 2.0)]
STRANGE = [np.nan, np.inf, -np.inf]


def reach(data, size):
    """Windows along an axis that wraps, of a size that is fast to transform or not, or ends."""
    border, stride = data.draw(st.sampled_from(BORDERS)), data.draw(st.sampled_from([1, 2, 5]))
    if border == "periodic":
        stride = stride if size % stride == 0 else 1
    window = data.draw(st.integers(1, size))
    before = data.draw(st.integers(0, window - 1))
    count = -(-size // stride)
    after = (count - 1) * stride - before + window - size
    return Reach(size, window, stride, count, before, after, border)


def summed(values, long):
    """Direct sums over the extended array."""
    for axis, own in enumerate(long.along, start=values.ndim - len(long.along)):
        values = padded(values, axis, own.before, own.after, own.border)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "_DIRECT_TAPS", 10**9)
        return convolved(values, long.taps, long.strides)


def drawn(data, kind, shape):
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    values = rng.standard_normal(shape)
    return values + 1j * rng.standard_normal(shape) if kind == "c" else values


@settings(deadline=None, max_examples=40)
@given(
    data=st.data(),
    sizes=st.sampled_from([(20,), (23,), (8, 10), (11, 8)]),
    kinds=st.tuples(st.sampled_from("fc"), st.sampled_from("fc")),
    strange=st.lists(st.sampled_from(STRANGE), max_size=2),
)
def test_they_are_sums_over_the_extended_array(data, sizes, kinds, strange):
    along = [reach(data, size) for size in sizes]
    taps = drawn(data, kinds[1], (3, *(own.window for own in along)))
    if data.draw(st.booleans()):
        taps = taps + np.flip(taps, tuple(range(1, taps.ndim))).conj()
    taps[np.abs(taps) < 0.3] = 0
    values = drawn(data, kinds[0], (2, *sizes))
    for value in strange:
        values.flat[data.draw(st.integers(0, values.size - 1))] = value
    long = LongKernels(taps, along, Kept(len, Room(99)), "of this test")
    with np.errstate(invalid="ignore"):
        wanted = summed(values, long)
        for _ in range(2):
            found = long(values)
            for part in ("real", "imag"):
                np.testing.assert_allclose(getattr(found, part), getattr(wanted, part), atol=1e-12)


def test_they_keep_single_precision_and_bounds(rng):
    along = [Reach(64, 33, 1, 64, 16, 16, "periodic")]
    values = rng.random((5, 64), dtype=np.float32)
    values[:, :40] = 0
    long = LongKernels(np.full((1, 33), 1 / 33), along, Kept(len, Room(99)), "")
    found = long(values)
    assert found.dtype == np.float32
    assert found.min() >= 0
    np.testing.assert_allclose(found, summed(values, long), atol=1e-6)


@pytest.mark.parametrize("first", [0, 1])
def test_an_axis_that_wraps_and_one_that_is_extended_to_its_length_share_no_responses(rng, first):
    """On one grid the taps stand elsewhere: what is kept for one is not for the other."""
    ring = Reach(18, 5, 1, 18, 1, 3, "periodic")
    ends = Reach(18, 5, 1, 14, 0, 0, "valid")
    assert ring.wraps
    assert not ends.wraps
    assert ring.grid == ends.grid
    taps, kept = rng.standard_normal((2, 5)), Kept(len, Room(99))
    values = rng.standard_normal((3, 18))
    for along in (ring, ends)[first], (ends, ring)[first]:
        long = LongKernels(taps, [along], kept, "the same bank")
        np.testing.assert_allclose(long(values), summed(values, long), atol=1e-12)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("stride", [1, 2])
def test_what_is_kept_of_symmetric_kernels_is_real_whatever_the_border(rng, border, stride):
    kept = Kept(lambda filters: sum(each.nbytes for each in filters))
    count = 60 // stride
    along = [Reach(60, 9, stride, count, 4, (count - 1) * stride + 5 - 60, border)]
    taps = rng.standard_normal((2, 9)) + 1j * rng.standard_normal((2, 9))
    symmetric = taps + np.flip(taps, 1).conj()
    for own, bytes_each in (symmetric, 8), (taps, 16):
        before = kept.used
        long = LongKernels(own, along, kept, bytes_each)
        values = rng.standard_normal((3, 60))
        np.testing.assert_allclose(long(values), summed(values, long), atol=1e-12)
        assert kept.used - before == bytes_each * 2 * long.grid[0]
