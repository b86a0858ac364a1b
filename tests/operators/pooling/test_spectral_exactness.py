"""The ideal low-pass commutes with every translation; what is kept of the Nyquist bin does not."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig import Axis, SpectralPool, Subsample, Translate, commutator, equivariance_error
from invarsig.errors import ParameterError
from tests.operators.pooling.rings import ring

SHIFTS = [{"x": 0.5}, {"y": -1.5}, {"y": 0.185, "x": 0.305}, {"y": 0.5 / 3, "x": 12.37}]


@pytest.mark.parametrize(
    ("size", "stride"),
    [
        ((64, 64), (2, 2)),
        ((64, 48), (4, 2)),
        ((15, 64), (3, 2)),
        ((45, 27), (5, 9)),
        ((30, 21), (2, 1)),
        ((12, 50), (6, 5)),
    ],
)
@pytest.mark.parametrize("shift", SHIFTS, ids=str)
@pytest.mark.parametrize("taper", [None, "hamming", "hann"])
def test_it_commutes_with_every_translation_at_any_size(size, stride, shift, taper, rng):
    x = ring(rng.standard_normal((2, *size)))
    op = SpectralPool(dict(zip(("y", "x"), stride, strict=True)), taper=taper)
    error = commutator(op, x, Translate(**shift))
    assert float((error**2).sum() / (op(x) ** 2).sum()) ** 0.5 < 1e-12


@pytest.mark.parametrize("stride", [2, 3, 6])
@pytest.mark.parametrize("band", [6, 12])
def test_a_band_narrower_than_the_stride_asks_for_is_as_exact(stride, band, rng):
    x = ring(rng.standard_normal((2, 36)))
    op = SpectralPool({"x": stride}, band={"x": band})
    assert abs(commutator(op, x, Translate(x=0.185))).max() < 1e-12
    wanted = SpectralPool({"x": band}).unstrided(["x"])(x).isel(x=slice(None, None, stride))
    xr.testing.assert_allclose(op(x), wanted, atol=1e-13)


def test_a_band_of_one_passes_everything(rng):
    x = ring(rng.standard_normal((2, 24)))
    op = SpectralPool({"x": 2}, band={"x": 1})
    assert op(x).identical(Subsample({"x": 2})(x))
    assert op.unstrided(["x"])(x).identical(x)


def errors(rule: str, exponent: float) -> list[float]:
    """64 x 64, four channels, stride 2 on both axes, a shift by 1 px along one of them."""
    axes = [Axis(dim, size=64, unit="px", period=64.0) for dim in ("y", "x")]
    op = SpectralPool({"y": 2, "x": 2}, nyquist=rule)
    return [
        float(
            equivariance_error(
                op,
                iv.power_law_noise(*axes, exponent=exponent, channels=4, rng=seed),
                Translate(x=1),
            )
        )
        for seed in range(20)
    ]


@pytest.mark.parametrize(("exponent", "decibels"), [(0.5, -21), (1.0, -26), (1.5, -35)])
def test_the_lower_nyquist_bin_kept_alone_costs_what_the_design_says(exponent, decibels):
    mean = 20 * np.log10(np.mean(errors("one-sided", exponent)))
    assert mean == pytest.approx(decibels, abs=1.0)


def test_splitting_the_nyquist_bin_costs_as_much():
    # For real input the real part of one bin is the mean of both, so the two rules are one.
    split = errors("split", 1.0)
    np.testing.assert_allclose(split, errors("one-sided", 1.0), rtol=1e-9)
    # The design's 0.059 was one draw; the mean of these lies below it.
    assert 0.04 < np.mean(split) < 0.059


def test_zeroing_it_costs_nothing():
    assert max(errors("zero", 1.0)) < 1e-12


@pytest.mark.parametrize(("taper", "window"), [("hamming", np.hamming), ("hann", np.hanning)])
@pytest.mark.parametrize(("size", "stride"), [(24, 2), (45, 3)])
def test_a_taper_weighs_the_spectrum_with_a_window_as_wide_as_the_new_band(
    taper, window, size, stride, rng
):
    values, kept = rng.standard_normal(size), size // stride
    spectrum = np.fft.fftshift(np.fft.fft(values))
    # A symmetric window of 2 kept + 1 points reaches both new Nyquist frequencies.
    weights = window(2 * kept + 1)[1::2] if kept % 2 else window(kept + 1)[:-1]
    middle, half = size // 2, kept // 2
    low = spectrum[middle - half : middle - half + kept] * weights
    if kept % 2 == 0:
        low[0] = 0
    wanted = np.fft.ifft(np.fft.ifftshift(low)).real / stride
    out = SpectralPool({"x": stride}, taper=taper)(ring(values))
    np.testing.assert_allclose(out, wanted, atol=1e-13)


def test_a_taper_rings_less():
    step = np.where(np.arange(128) < 64, 1.0, 0.0)
    overshoot = [
        float(SpectralPool({"x": 2}, taper=taper)(ring(step)).max()) - 1
        for taper in (None, "hamming")
    ]
    assert overshoot[0] > 0.05
    assert overshoot[1] < 0.01


@pytest.mark.parametrize("rule", ["zero", "split", "one-sided"])
def test_the_response_is_one_in_the_band_and_zero_beyond(rule):
    axis = Axis("x", step=0.5, unit="px")
    at = np.array([0.0, 0.4, 0.5, 0.6, 1.0])  # cycles per px; the new Nyquist frequency is 0.5
    out = SpectralPool({"x": 2}, nyquist=rule).frequency_response(axis, {"x": at})
    np.testing.assert_array_equal(out, [1, 1, 0 if rule == "zero" else 0.5, 0, 0])
    tapered = SpectralPool({"x": 2}, nyquist=rule, taper="hamming").frequency_response(
        axis, {"x": at}
    )
    wanted = [1, 0.54 + 0.46 * np.cos(0.8 * np.pi), 0 if rule == "zero" else 0.04, 0, 0]
    np.testing.assert_allclose(tapered, wanted, atol=1e-15)


@pytest.mark.parametrize("stride", [2, 3, 5, 16])
def test_its_safe_stride_is_its_own(stride):
    assert SpectralPool({"x": stride}).safe_stride(Axis("x")) == stride


def test_an_unknown_taper_is_refused():
    with pytest.raises(ParameterError, match="taper='flat' is unknown; give 'hamming'"):
        SpectralPool({"x": 2}, taper="flat")


@pytest.mark.parametrize("nyquist", ["zero", "split", "one-sided"])
@pytest.mark.parametrize("taper", [None, "hann", "hamming"])
@pytest.mark.parametrize(("size", "band"), [(12, 1), (12, 2), (12, 3), (15, 1), (15, 5)])
def test_the_closed_form_is_the_answer_to_an_impulse_in_every_bin(size, band, taper, nyquist):
    impulse = iv.label(np.eye(size)[0], Axis("x", period=float(size)))
    op = SpectralPool(stride={"x": 1}, band={"x": band}, taper=taper, nyquist=nyquist)
    response = op.frequency_response(impulse, {"x": np.fft.fftfreq(size)})
    np.testing.assert_allclose(response, np.fft.fft(op(impulse).to_numpy()), atol=1e-14)
