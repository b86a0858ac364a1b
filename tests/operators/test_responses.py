"""What is said of a filter before any data is of the filter that runs, and all of the same one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import invarsig as iv
from invarsig.axes import Axes
from invarsig.errors import InvarsigError
from invarsig.operators.linear_filter import LinearFilter
from invarsig.spectra import share_outside
from invarsig.testing import check_operator, discovery

FILTERS = [cls for cls in discovery.public_operators() if issubclass(cls, LinearFilter)]


def examples(cls, rng):
    """Examples that are linear in what they are given, with the dims that they filter along."""
    for op, x in discovery.examples_of(cls, rng):
        dims = op._filtered(Axes.of(x))
        try:
            axes = Axes({dim: iv.axis_of(x, dim) for dim in dims})
            op.frequency_response(axes, {dim: [0.0] for dim in dims})
        except InvarsigError:  # a power, sums over input channels, other dims
            continue
        yield op, axes, dims


def one_response(op, axes, dims):
    """Compare shares and strides with the response, at the frequencies that they are taken at."""
    dim = dims[-1]
    fine = op._marginal(axes, dim, 2)[1]
    bins = {each: fine if each == dim else np.fft.fftfreq(128) for each in dims}
    response = op.frequency_response(axes, {d: f / axes[d].step for d, f in bins.items()})
    power = (abs(response) ** 2).sum([f"{each}_frequency" for each in dims if each != dim])
    power = power.transpose(..., f"{dim}_frequency").to_numpy()
    for stride in (2, 3):
        center = op._centers_at(axes, dim, stride)
        said = op.folded_share(axes, stride, dim)
        np.testing.assert_allclose(said, share_outside(power, fine, stride, center), atol=1e-9)
    safe = op.safe_stride(axes, dim, db=-20.0)
    assert op.folded_share(axes, safe, dim).max() <= 1e-2
    assert safe > 60 or op.folded_share(axes, safe + 1, dim).max() > 1e-2


@pytest.mark.parametrize("cls", FILTERS, ids=lambda cls: cls.__name__)
def test_shares_and_safe_strides_are_of_the_response(cls, rng):
    for op, axes, dims in examples(cls, rng):
        if len(dims) == 1:
            one_response(op, axes, dims)


@pytest.mark.nightly
@pytest.mark.parametrize("cls", FILTERS, ids=lambda cls: cls.__name__)
def test_shares_and_safe_strides_are_of_the_response_in_a_plane(cls, rng):
    for op, axes, dims in examples(cls, rng):
        if len(dims) == 2:
            one_response(op, axes, dims)


def test_a_truncated_filter_says_what_is_left_of_it(rng):
    """Gaussian tails cut at 3 standard deviations: -216 dB by the formula, -70 dB of the taps."""
    op, axis = iv.GaborBank("x", 0.1), iv.Axis("x", size=4096, period=4096.0)
    tone = np.exp(2j * np.pi * 0.3125 * np.arange(4096))
    passed = abs(op(iv.label(tone, axis))).max()
    said = abs(op.frequency_response(axis, {"x": [0.3125]})).item()
    assert said == pytest.approx(float(passed), rel=1e-9)
    assert -90 < 20 * np.log10(said) < -60


@dataclass(frozen=True)
class Untruncated(iv.GaborBank):
    """A bank that says the response of the formula, and runs with the taps that are left."""

    def _response(self, axes, frequencies):
        sigma, (center,) = self._sigma(axes)[:, None], self._centers(axes)
        return np.exp(-2 * (np.pi * sigma * (frequencies[0] - center[:, None])) ** 2)


def test_a_response_of_another_filter_breaks_the_law(rng):
    x = iv.label(rng.standard_normal(64), iv.Axis("x", period=64.0))
    with pytest.raises(AssertionError, match="law of its frequency response"):
        check_operator(Untruncated("x", 0.2), x)
    check_operator(iv.GaborBank("x", 0.2), x)
