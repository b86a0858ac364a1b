"""Lengths become whole numbers of samples, and round-off does not count as a sample."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import invarsig as iv
from invarsig.axes import Axes
from invarsig.kernels.rounding import rounded_down, rounded_up

RATE = 16000


@given(st.integers(0, 10**6), st.floats(-1e-13, 1e-13))
def test_round_off_never_changes_a_whole_number(whole, off):
    nearly = whole * (1 + off)
    assert rounded_up(nearly) == rounded_down(nearly) == whole


@given(st.floats(-1e6, 1e6))
def test_a_number_lies_between_both_of_its_roundings(number):
    slack = 1e-9 * max(1.0, abs(number))
    assert rounded_down(number) - slack <= number <= rounded_up(number) + slack
    assert rounded_up(number) - rounded_down(number) <= 1


def test_what_is_undefined_stays_so():
    assert np.isnan(rounded_up(np.nan))
    assert np.isinf(rounded_down(np.inf))


def operators(samples, step):
    """Filters whose lengths are such numbers of samples, at such a step."""
    length, nyquist = samples * step, 0.5 / step
    return {
        "gaussian": iv.GaussianBank(sigma={"time": length}),
        "derivative": iv.GaussianDerivativeBank(sigma={"time": length}, order={"time": 1}),
        "difference": iv.DifferenceOfGaussians(sigma={"time": length}),
        "laplacian": iv.LaplacianOfGaussian(sigma={"time": length}),
        "gabor": iv.GaborBank("time", frequency=[nyquist / samples]),
        "constant Q": iv.ConstantQ(nyquist / (2 * samples), 2, 1, quality=2.0),
        "gammatone": iv.GammatoneBank(2, nyquist / 16, nyquist / 4),
    }


def taps(op, axis):
    return op.plan(Axes.of(iv.label(np.zeros(axis.size), axis))).taps


@pytest.mark.parametrize("samples", [2, 3, 5, 8, 10, 16])
@pytest.mark.parametrize("name", operators(2, 1 / RATE))
def test_the_unit_changes_no_number_of_taps(name, samples):
    op = operators(samples, 1 / RATE)[name]
    axis = iv.Axis("time", step=1 / RATE, size=4096, unit="s", period=4096 / RATE)
    counts = set()
    for factor in (1.0, 1e3, 1e6, 60.0, 1 / 3600, 7.0, 0.1, 1 / 3):
        scaled = iv.Axis(
            "time", step=axis.step * factor, size=4096, unit="u", period=4096 / RATE * factor
        )
        counts.add(taps(op.rescale({"time": factor}), scaled))
    assert len(counts) == 1


@pytest.mark.parametrize("samples", [3, 4, 5, 7, 8])
def test_equally_long_windows_of_one_axis_get_filters_of_one_length(samples):
    x = iv.label(np.zeros(RATE), iv.Axis("time", step=1 / RATE, unit="s"))
    op = iv.GaussianBank(sigma={"time": samples / RATE})
    sizes = {
        op(x.isel(time=slice(start, start + 500))).sizes["time"] for start in range(0, 15000, 97)
    }
    assert len(sizes) == 1
