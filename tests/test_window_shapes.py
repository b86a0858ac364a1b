"""Windows and taps by their formulas are those of scipy, to the last bit, and need none of it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from invarsig.window_shapes import kaiser_beta, low_pass_taps, shape_of, tukey

NAMED = ("hann", "hamming", "blackman")
KAISER = st.tuples(st.just("kaiser"), st.floats(0.0, 20.0))


@given(st.sampled_from(NAMED) | KAISER, st.integers(2, 300), st.booleans())
def test_a_window_is_that_of_scipy(window, size, symmetric):
    made = shape_of(window, size, symmetric=symmetric)
    np.testing.assert_array_equal(made, signal.get_window(window, size, fftbins=not symmetric))


@given(st.integers(1, 300), st.floats(0.01, 0.99))
def test_a_tapered_window_is_that_of_scipy(size, taper):
    np.testing.assert_array_equal(tukey(size, taper), signal.windows.tukey(size, taper))


@given(st.integers(1, 200), st.floats(0.01, 0.99), st.floats(8.0, 300.0))
def test_taps_of_a_low_pass_are_those_of_scipy(count, cutoff, attenuation):
    beta = kaiser_beta(attenuation)
    assert beta == signal.kaiser_beta(attenuation)
    taps = signal.firwin(count, cutoff, window=("kaiser", beta))
    np.testing.assert_array_equal(low_pass_taps(count, cutoff, beta), taps)


@pytest.mark.parametrize("window", ["parzen", ("gaussian", 2.0), 8.0, "kaiser", None, "misspelt"])
def test_other_windows_are_left_to_scipy(window):
    assert shape_of(window, 8, symmetric=True) is None


@pytest.mark.parametrize("size", [1, 0, -3, 2.5])
def test_sizes_that_scipy_decides_on_are_left_to_it(size):
    assert shape_of("hann", size, symmetric=True) is None


FIRST = """
import sys, numpy as np, invarsig as iv
x = iv.label(np.arange(512.0), iv.Axis("time", step=1 / 512, unit="s"))
pipeline = iv.Spectrogram.in_samples(x, window=64, hop=16) >> iv.KaiserDecimate(
    stride={"time": 2}, boundary="reflect"
)
made = iv.aliasing.periodized(pipeline, x, "time")
pipeline(x)
print("scipy.signal" in sys.modules)
"""


def test_a_spectrogram_a_taper_and_a_low_pass_load_no_scipy_signal():
    done = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
