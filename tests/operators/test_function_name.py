"""What anyone's function is called: by what it calls, and never by an address in memory."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from scipy import ndimage

import invarsig as iv
from invarsig.operators.function_name import name_of

SCALE = 3.0


class Scaler:
    def __call__(self, values):
        return 2 * values


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (np.cbrt, "cbrt"),
        (abs, "abs"),
        (Scaler(), "Scaler"),
        (functools.partial(ndimage.gaussian_filter, sigma=2.0), "gaussian_filter"),
        (functools.partial(functools.partial(np.clip, a_min=0), a_max=1), "clip"),
        (lambda a: ndimage.uniform_filter(a, 3, mode="wrap"), "uniform_filter"),
        (lambda a: np.maximum(a, SCALE), "maximum"),
        (lambda a, size=3: ndimage.uniform_filter(input=a, size=size), "uniform_filter"),
        (lambda a: a**2, "lambda"),
        (lambda a: np.abs(a) + 1, "lambda"),
        (lambda a: np.abs(np.fft.rfft(a)), "lambda"),
        (lambda a: a.clip(0, 1), "lambda"),
        (lambda a: np.abs(a)[0], "lambda"),
    ],
)
def test_a_function_is_called_by_its_own_name_or_that_of_the_one_function_it_calls(function, name):
    assert name_of(function) == name
    assert str(iv.Apply(function)) == f"Apply({name})"
