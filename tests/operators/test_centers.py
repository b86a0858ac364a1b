"""The centers of complex channels: about them a stride keeps as much of the band as it can."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import invarsig as iv
from invarsig.axes import Axes, center_of
from invarsig.operators.banks.bank import Bank
from invarsig.operators.banks.skewed_bank import SkewedBank
from invarsig.testing import discovery

ANGLES = tuple(np.arange(3) * np.pi / 3)
BANKS = [
    iv.GaborBank("x", [0.05, 0.1, 0.3]),
    iv.GaborBank(("y", "x"), [0.1, 0.3], ANGLES),
    iv.LogGaborBank("x", [0.025, 0.05, 0.1, 0.3]),
    iv.LogGaborBank("x", [0.05, 0.1], bandwidth=1.0, cutoff=0.45),
    iv.LogGaborBank(("y", "x"), [0.05, 0.15], ANGLES),
    iv.MorletBank("x", [0.05, 0.1, 0.3]),
    iv.MorletBank(("y", "x"), [0.1, 0.3], None, ANGLES),
    iv.GammatoneBank(3, 0.05, 0.3, over="x", hertz=1e4, part="complex"),
    iv.ConstantQ(0.05, 8, 4, over="x"),
    iv.Spectrogram(16.0, 4.0, over="x", output="complex"),
    iv.CircularHarmonicBank(("y", "x"), (0, 1, 3), 1.5),
    iv.SteerablePyramidBand(("y", "x"), 1, 4, "complex"),
    iv.DualTreeBand("x", 1),
    iv.DualTreeBand("x", 3),
    iv.DualTreeBand(("y", "x"), 2),
]
AXES = {"y": iv.Axis("y"), "x": iv.Axis("x", unit="s")}


def least_share(op, axes, stride):
    """The least that a stride folds about any center, of all that lie on 2048 frequencies."""
    power, bins = op._marginal(axes, "x", stride)
    power = np.fft.fftshift(power, axes=-1)
    size, band = bins.size, bins.size / stride
    around = np.concatenate([power] * 3, axis=-1).cumsum(axis=-1)
    most = np.stack(
        [
            around[..., int(np.ceil(at + band)) - 1] - around[..., int(np.ceil(at)) - 1]
            for at in range(size, 2 * size)
        ]
    ).max(axis=0)
    return 1 - most / power.sum(axis=-1)


@pytest.mark.parametrize("op", BANKS, ids=str)
def test_no_center_is_better_than_the_one_that_a_channel_has(op):
    """To 1.2 dB; the raised-cosine windows' flat shares are a little better on one side."""
    axes = Axes({dim: AXES[dim] for dim in op.dims})
    for stride in (2, 3, 5, 8):
        said = op.folded_share([AXES[dim] for dim in op.dims], stride, "x").to_numpy()
        best = np.maximum(least_share(op, axes, stride), 1e-10)
        assert (10 * np.log10(np.maximum(said, 1e-10) / best) <= 1.2).all()


def test_every_complex_bank_is_among_them(rng):
    complex_ones = {
        cls
        for cls in discovery.public_operators()
        if issubclass(cls, Bank)
        and any(op._channels(Axes.of(x)).centers for op, x in discovery.examples_of(cls, rng))
    }
    assert complex_ones <= {type(op) for op in BANKS}


@pytest.mark.parametrize(
    ("bandwidth", "frequency", "peak", "best"),
    [(1.0, 0.025, 15, 21), (1.0, 0.1, 3, 5), (2.0, 0.025, 4, 7), (0.5, 0.05, 20, 23)],
)
def test_a_log_gabor_filter_takes_longer_strides_than_about_its_peak(
    bandwidth, frequency, peak, best
):
    op = iv.LogGaborBank("x", frequency, bandwidth=bandwidth)
    axis = iv.Axis("x", size=4000, period=4000.0)
    assert op.safe_stride(axis, db=-40.0) == best
    # About the peak, as it would be if the band were symmetric.
    power, bins = op._marginal(Axes({"x": axis}), "x", best)
    shares = [
        iv.spectra.share_outside(power, bins, by, np.array([frequency]))
        for by in (peak, peak + 1, best)
    ]
    assert shares[0] <= 1e-4 < min(shares[1:])


def test_its_center_is_known_in_closed_form():
    """``sqrt(f0² + 1 / 4 s²)``, where the slopes at the ends of the band are equally high."""
    frequency = np.array([0.02, 0.04, 0.08])
    axis = iv.Axis("x", size=4000, period=4000.0)
    for stride in (4, 6, 10):
        op = iv.LogGaborBank("x", frequency, stride={"x": stride})
        center = op._channels(Axes({"x": axis})).centers["x"]
        np.testing.assert_allclose(
            center, np.sqrt(frequency**2 + 0.25 / stride**2), atol=1.5 / 64 / stride
        )


@pytest.mark.parametrize("stride", [4, 8])
def test_what_moves_is_what_is_said_to_fold(stride, rng):
    """The error that is measured is that of the best center, and predicted at fractions too."""
    x = iv.label(rng.standard_normal(4096), iv.Axis("x", period=4096.0))
    op = iv.LogGaborBank("x", 0.05, bandwidth=1.0, stride={"x": stride})
    for shift in (1.0, 2.5):
        move = iv.Translate(x=shift)
        error = float(iv.equivariance_error(op, x, move))
        assert error == pytest.approx(float(iv.predict_error(op, x, move)), rel=1e-9)
        expected = float(iv.aliasing.expected_error(op, x, move).expected.item())
        assert error == pytest.approx(expected, rel=0.3)
        # Energy of the error: at most four times what folds.
        assert error**2 <= 5 * op.folded_share(x, stride).item()


@pytest.mark.parametrize("op", [op for op in BANKS if isinstance(op, SkewedBank)], ids=str)
def test_a_dense_form_keeps_the_centers_and_finds_its_way_back(op, rng):
    strided = replace(op, stride={"x": 4})
    dense = strided.restrided({"x": 1})
    axes = [iv.Axis(dim, size=128, period=128.0, unit=AXES[dim].unit) for dim in op.dims]
    x = iv.label(rng.standard_normal([128] * len(axes)), *axes)
    there, kept = strided(x), dense(x)
    np.testing.assert_allclose(center_of(there, "x"), 4 * center_of(kept, "x"))
    np.testing.assert_allclose(there, kept.isel(x=slice(None, None, 4)), atol=1e-12)
    assert dense.restrided({"x": 4}) == strided
    assert eval(repr(dense), {"iv": iv}) == dense
    designed = op._channels(Axes.of(x)).centers["x"]
    np.testing.assert_array_equal(np.ravel(center_of(op(x), "x")), np.ravel(designed))
