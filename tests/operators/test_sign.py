"""What cannot be negative by definition is not, by whichever method it is computed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.kernels import convolution
from invarsig.testing import discovery

OPERATORS = discovery.public_operators()


def powers(x, rng):
    """Powers over twelve decades, and zeros: a transform is rounded at the level of the largest."""
    values = 10.0 ** rng.uniform(-12, 0, x.shape) * (rng.random(x.shape) < 0.2)
    return x.copy(data=values.astype(np.float32))


@pytest.mark.parametrize("cls", OPERATORS, ids=lambda cls: cls.__name__)
def test_by_transforms_nothing_is_negative_that_is_not_by_direct_sums(cls, rng, monkeypatch):
    for op, x in discovery.examples_of(cls, rng):
        if x.dtype.kind != "f":
            continue
        positive = powers(x, rng)
        monkeypatch.setattr(convolution, "is_direct", lambda *_: False)
        lowest = np.nanmin(op(positive).to_numpy().real)
        monkeypatch.setattr(convolution, "is_direct", lambda *_: True)
        # What is negative has to be so by direct sums, too: where the filter is, not its rounding.
        assert lowest >= 0 or np.nanmin(op(positive).to_numpy().real) < 0, f"{op} gives {lowest}."


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("op", "size"),
    [
        (iv.Scattering("x", J=4), {"x": 256}),  # averages by matrices
        (iv.Scattering("x", J=3), {"x": 2048}),  # by spectra
        (iv.Scattering(("y", "x"), J=2, L=4), {"y": 64, "x": 64}),
    ],
    ids=str,
)
def test_means_of_moduli_are_not_negative(op, size, dtype):
    """Of a click, whose moduli are near zero at most places."""
    click = np.zeros(tuple(size.values()), dtype=dtype)
    click.flat[click.size // 3] = 1
    axes = [iv.Axis(dim, period=float(n)) for dim, n in size.items()]
    assert float(op(iv.label(click, *axes)).min()) >= 0


def test_the_logarithm_of_a_smoothed_spectrogram_has_no_holes(rng):
    """In single precision, of a tone that leaves most bins near zero."""
    time = iv.Axis("time", step=1 / 8000, unit="s")
    n = np.arange(8000)
    click = np.sin(2 * np.pi * 0.2 * n) * np.exp(-(((n - 4000) / 200) ** 2))
    sound = iv.label((click + 1e-6 * rng.standard_normal(n.size)).astype(np.float32), time)
    smooth = iv.Spectrogram(0.032, 0.008) >> iv.GaussianBank({"time": 0.03, "frequency": 150.0})
    level = (smooth >> iv.Log())(sound)
    assert level.dtype == np.float32
    assert np.isfinite(level).all()


def test_sparse_activations_are_smoothed_and_drawn_from(rng):
    picture = np.zeros((128, 128))
    picture[rng.random(picture.shape) < 1e-3] = 1
    x = iv.label(picture, iv.Axis("y", period=128.0), iv.Axis("x", period=128.0))
    smooth = iv.GaussianBank({"y": 6.0, "x": 6.0}) >> iv.StochasticPool(window={"x": 2})
    assert float(smooth(x).min()) >= 0


@settings(deadline=None)
@given(seed=st.integers(0, 2**16), sign=st.sampled_from([1, -1]), single=st.booleans())
def test_weights_of_one_sign_keep_the_sign_and_a_constant(seed, sign, single):
    rng = np.random.default_rng(seed)
    values = 10 ** rng.uniform(-12, 8, (2, 2, 60)) * (rng.random((2, 2, 60)) < 0.1)
    taps = rng.random((3, 2, 20)) * (rng.random((3, 2, 20)) < 0.5)
    dtype = np.float32 if single else np.float64
    level = rng.uniform(1, 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "is_direct", lambda *_: False)
        out = convolution.convolved(values.astype(dtype), sign * taps, [1], contract=1)
        flat = convolution.convolved(np.full((2, 60), level, dtype), taps, [1], contract=1)
    assert (sign * out >= 0).all()
    assert (np.ptp(flat, axis=-1) == 0).all()
    np.testing.assert_allclose(flat[:, 0], level * taps.sum(axis=(1, 2)), rtol=1e-6)
