"""Taps and responses of Gaussian bells: closed forms against sums over the taps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ive

from invarsig.operators.banks.bells import bell_taps, discrete_taps, outer
from invarsig.operators.linear_filter import dtft

FREQUENCY = np.linspace(-0.5, 0.5, 41)


def bell_response(widths: np.ndarray, frequency: np.ndarray, order: int = 0) -> np.ndarray:
    """Response of the taps without their truncation, ``(widths, frequencies)``.

    ``sum_m (2 pi i (f + m))^n exp(-2 pi² σ² (f + m)²) / sum_m exp(-2 pi² σ² m²)``.
    """
    # Beyond this many images a bell is below 1e-16.
    most = math.ceil(1.4 / float(widths.min())) + 2 + order
    images = np.arange(-most, most + 1)
    w = widths[:, None]
    whole = np.exp(-2 * (np.pi * w * images) ** 2).sum(axis=-1)
    out = 0.0
    for image in images:
        f = frequency + image
        bell = np.exp(-2 * (np.pi * w * f) ** 2)
        out = out + ((2j * np.pi * f) ** order * bell if order else bell)
    return np.asarray(out / whole[:, None])


def discrete_response(widths: np.ndarray, frequency: np.ndarray, order: int = 0) -> np.ndarray:
    """``exp(σ² (cos 2πf - 1))``, times ``2 cos 2πf - 2`` and ``i sin 2πf`` for differences.

    Nothing is sampled, so the response does not repeat.
    """
    turn = 2 * np.pi * frequency
    bells = np.exp(widths[:, None] ** 2 * (np.cos(turn) - 1))
    differences = (2 * np.cos(turn) - 2) ** (order // 2)
    return np.asarray(bells * differences * (1j * np.sin(turn) if order % 2 else 1.0))


@settings(max_examples=60, deadline=None)
@given(st.floats(0.3, 6.0), st.integers(0, 5), st.floats(3.0, 7.0))
def test_the_response_of_a_bell_is_that_of_its_taps_but_for_their_truncation(sigma, order, cut):
    """What is off is what lies beyond the cut, and what the norm makes of that."""
    widths = np.array([sigma])
    taps, whole = bell_taps(widths, cut, order)[0], bell_taps(widths, 14.0, order)[0]
    off = np.abs(dtft(taps, [FREQUENCY]) - bell_response(widths, FREQUENCY, order)[0]).max()
    lost = np.abs(whole).sum() - np.abs(whole[_middle(whole, taps)]).sum()
    bells, ends = bell_taps(widths, 14.0)[0], bell_taps(widths, cut)[0]
    kept = bells[_middle(bells, ends)].sum()
    allowed = lost / kept + (1 / kept - 1) * np.abs(whole).sum()
    assert off <= allowed + 1e-11 * np.abs(whole).sum()


def _middle(long: np.ndarray, short: np.ndarray) -> slice:
    start = (long.size - short.size) // 2
    return slice(start, start + short.size)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.05, 8.0), st.floats(3.0, 8.0), st.integers(0, 5), st.integers(0, 6))
def test_a_discrete_bell_has_its_response_but_for_the_truncation(sigma, cut, order, most):
    width = np.array([sigma])
    taps = discrete_taps(width, cut, order, most)[0]
    off = np.abs(dtft(taps, [FREQUENCY]) - discrete_response(width, FREQUENCY, order)[0])
    # What is cut off is as much as the Gaussian's tail; the norm gives it back to the others.
    assert off.max() <= 4 ** (order // 2) * (2 * math.erfc(cut / math.sqrt(2)) + 1e-13)


def test_taps_of_every_order_are_as_long_as_there_is_room_for():
    sizes = {discrete_taps(np.array([1.5]), 4.0, order, 3).shape for order in range(4)}
    assert len(sizes) == 1


@pytest.mark.parametrize("order", range(1, 6))
@pytest.mark.parametrize("sigma", [0.1, 0.5, 2.0])
def test_differences_of_discrete_bells_are_exact_on_polynomials(order, sigma):
    """Also where a bell is narrower than a sample, and wherever it is cut."""
    taps = discrete_taps(np.array([sigma]), 3.0, order)[0]
    k = _centered(taps)
    for degree in range(order + 1):
        moment = taps @ (-k.astype(float)) ** degree / math.factorial(degree)
        assert moment == pytest.approx(float(degree == order), abs=1e-11)


@pytest.mark.parametrize(("s", "t"), [(0.1, 0.3), (1.0, 2.5), (4.0, 4.0)])
def test_variances_of_discrete_bells_add_up(s, t):
    """``T(s) * T(t) = T(s + t)``, exactly; sampled ones of these widths only nearly."""

    def widest(variance: float) -> np.ndarray:
        return discrete_taps(np.array([math.sqrt(variance)]), 8.0)[0]

    both, sum_ = np.convolve(widest(s), widest(t)), widest(s + t)
    short, long = sorted((both, sum_), key=len)
    np.testing.assert_allclose(long[_middle(long, short)], short, atol=1e-14)
    np.testing.assert_allclose(sum_, ive(np.abs(_centered(sum_)), s + t), atol=1e-14)
    np.testing.assert_allclose((_centered(sum_) ** 2) @ sum_, s + t, rtol=1e-12)


def _centered(taps: np.ndarray) -> np.ndarray:
    return np.arange(taps.size) - taps.size // 2


def test_sampled_bells_narrower_than_a_sample_do_not_add_up():
    """The planted opposite: that is what the discrete ones are for."""
    narrow, wide = (bell_taps(np.array([s]), 12.0)[0] for s in (0.4, 0.4 * math.sqrt(2)))
    both = np.convolve(narrow, narrow)
    assert np.abs(both[both.size // 2] - wide[wide.size // 2]) > 0.02


@pytest.mark.parametrize("order", range(6))
def test_derivatives_are_those_of_polynomials(order):
    """On ``x^n / n!`` the n-th derivative is 1; polynomials of lower degree give 0."""
    taps = bell_taps(np.array([2.0]), 10.0, order)[0]
    k = _centered(taps)
    for degree in range(order + 1):
        # A convolution runs backwards.
        moment = taps @ (-k.astype(float)) ** degree / math.factorial(degree)
        assert moment == pytest.approx(float(degree == order), abs=1e-9)


def test_an_outer_product_runs_over_the_last_axes():
    a, b, c = (np.arange(2 * n).reshape(2, n) + 1.0 for n in (3, 4, 5))
    np.testing.assert_array_equal(outer([a, b, c]), np.einsum("si,sj,sk->sijk", a, b, c))
