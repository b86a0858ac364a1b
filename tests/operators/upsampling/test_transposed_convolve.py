"""Transposed convolution against torch, scipy and its definition."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import signal

import invarsig as iv
from tests.operators.upsampling.arrays import array


@pytest.mark.parametrize("size", [7, 8])
def test_zeros_and_a_filter_are_scipys_upfirdn(size):
    rng = np.random.default_rng(1)
    x, taps = array((size,)), rng.standard_normal(5)
    op = iv.TransposedConvolve(xr.DataArray(taps, dims="x"), {"x": 3})
    np.testing.assert_allclose(op(x), signal.upfirdn(taps, x.to_numpy(), 3), atol=1e-13)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("taps", [1, 2, 3, 5])
@pytest.mark.parametrize("padding", [0, 1])
def test_transposed_convolution_is_torchs(stride, taps, padding):
    torch = pytest.importorskip("torch", reason="the reference is torch")
    if 6 * stride + taps - 2 * padding < 1:
        pytest.skip("nothing would be left")
    rng = np.random.default_rng(taps)
    x = array((4, 7))
    kernel = xr.DataArray(rng.standard_normal((2, 3, 3, taps)), dims=("channel", "out", "y", "x"))
    op = iv.TransposedConvolve(
        kernel, {"y": 2, "x": stride}, {"y": 1, "x": padding}, over="channel"
    )
    wanted = torch.nn.functional.conv_transpose2d(
        torch.from_numpy(x.to_numpy()[None]),
        torch.from_numpy(kernel.to_numpy()),
        stride=(2, stride),
        padding=(1, padding),
    )[0]
    y = op(x).transpose("out", "y", "x")
    np.testing.assert_allclose(y, wanted.numpy(), atol=1e-12)
    first = 1.5 + 0.5 * (padding - (taps - 1) / 2) / stride
    assert float(y.x[0]) == pytest.approx(first, abs=1e-12)


@pytest.mark.parametrize("padding", [0, 1, 4])
@pytest.mark.parametrize("taps", [1, 4, 30])
def test_transposed_convolution_of_a_ring_is_the_sum_of_its_definition(padding, taps):
    x, h = array((6,), ring=True), np.random.default_rng(3).standard_normal(taps)
    y = iv.TransposedConvolve(xr.DataArray(h, dims="x"), {"x": 2}, {"x": padding})(x)
    wanted = np.zeros((2, 12))
    for i in range(6):
        for t in range(taps):
            wanted[:, (2 * i + t - padding) % 12] += x.to_numpy()[:, i] * h[t]
    np.testing.assert_allclose(y, wanted, atol=1e-12)
    assert iv.axis_of(y, "x").periodic


def test_a_transposed_convolution_by_a_triangle_is_linear_interpolation():
    x = array((6,), ring=True)
    half = xr.DataArray([0.25, 0.75, 0.75, 0.25], dims="x")
    y = iv.TransposedConvolve(half, {"x": 2}, {"x": 1})(x)
    same = iv.LinearUpsample({"x": 2})(x)
    np.testing.assert_allclose(y, same, atol=1e-14)
    np.testing.assert_allclose(y.x, same.x, atol=1e-12)


@pytest.mark.parametrize("wrong", [{"padding": {"y": 1}}, {"factor": {"channel": 2}}])
def test_a_transposed_convolution_names_dims_without_taps(wrong):
    kernel = xr.DataArray(np.ones((2, 3)), dims=("channel", "x"))
    with pytest.raises(iv.errors.ParameterError, match="no taps"):
        iv.TransposedConvolve(kernel, **wrong, over="channel")


def test_a_transposed_convolution_of_which_nothing_is_left_says_so():
    op = iv.TransposedConvolve(xr.DataArray([1.0], dims="x"), {"x": 1}, {"x": 4})
    with pytest.raises(iv.errors.AxisError, match="leaves nothing"):
        op(array((8,)))
