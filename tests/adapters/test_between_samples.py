"""What a planted stride does not make is the rectifiers': on a finer grid it is gone.

A network of 20 layers with skips, of which one strides, moved by 1 px: half a sample of what it
keeps. With rectifiers behind the stride .92 to 1.00 of the error is the stride's, by place. The
same split is worked out here with torch alone, and again with the rectifiers evaluated on a grid
that is 2 to 8 times finer, between two ideal low-passes. The stride then makes all of the error
but what comes of the highest bin, which the low-passes remove.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import invarsig as iv
from tests.nightly import some

torch = pytest.importorskip("torch", reason="torch is not installed")

from tests.adapters import networks  # noqa: E402
from tests.adapters.test_causes_of_networks import deep, picture  # noqa: E402


def finer(z, times):
    """Samples of the same waves, so many times as dense along x."""
    count = z.shape[-1]
    waves = torch.fft.rfft(z, dim=-1)
    waves[..., -1] *= 0.5
    return times * torch.fft.irfft(waves, count * times, dim=-1)


def coarser(z, times):
    """Every so many samples along x, of the waves that fit them."""
    count = z.shape[-1] // times
    waves = torch.fft.rfft(z, dim=-1)[..., : count // 2 + 1].clone()
    waves[..., -1] = 2 * waves[..., -1].real
    return torch.fft.irfft(waves, count, dim=-1) / times


def half_a_sample_on(z):
    """Moved along x by half a sample."""
    waves = torch.fft.rfft(z, dim=-1)
    turned = torch.exp(-1j * math.pi * torch.arange(waves.shape[-1]) / z.shape[-1])
    turned[-1] = 0
    return torch.fft.irfft(waves * turned, z.shape[-1], dim=-1)


def rectifier(times):
    if times == 1:
        return torch.relu
    return lambda z: coarser(torch.relu(finer(z, times)), times)


def shares(place, times, x):
    """Shares of the stride and of what lies behind it, from the original to the moved signal."""
    net = networks.drawn(lambda: deep(place, torch.relu, rectifier(times)))
    begin, rest = net[: place + 2], net[place + 2 :]
    with torch.inference_mode():
        signal = torch.from_numpy(x.to_numpy())[None]
        here, there = begin(signal), begin(signal.roll(1, -1))
        moved = rest(there), rest(half_a_sample_on(here)), half_a_sample_on(rest(here))
    total = (moved[0] - moved[2]).flatten()
    return [
        float(((one - two).flatten() @ total) / (total @ total))
        for one, two in itertools.pairwise(moved)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("place", some([6, 0, 3, 9, 12, 15, 17], 7))
def test_the_part_of_the_rectifiers_is_what_torch_alone_gives_and_goes_on_a_finer_grid(place):
    x = picture(np.random.default_rng(0), 32)
    stride, behind = shares(place, 1, x)
    graph = iv.from_torch(networks.drawn(lambda: deep(place)), x)
    forward = iv.causes(graph, x, iv.Translate(x=1.0)).share_by_order.sel(order="forward")
    by_cause = forward.sum("stage")
    assert float(by_cause.sel(cause="folding")) == pytest.approx(stride, abs=1e-9)
    assert float(by_cause.sel(cause="nonlinearity")) == pytest.approx(behind, abs=1e-9)
    for times in (2, 8):
        stride, behind = shares(place, times, x)
        assert stride > 0.99
        assert abs(behind) < 0.01
