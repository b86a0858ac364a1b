"""The ideal low-pass before a stride, against a Fourier crop written by hand."""

from __future__ import annotations

import re

import numpy as np
import pytest
import xarray as xr
from scipy import signal

from invarsig import Axes, Axis, SpectralPool, Translate, axis_of, commutator, label
from invarsig.aliasing.swap import alias_free
from invarsig.errors import AxisError, DimError, ParameterError

SIZES = [(24, 2), (24, 3), (24, 4), (24, 8), (30, 2), (9, 3), (12, 12), (8, 1)]


def ring(values) -> xr.DataArray:
    names = ("z", "y", "x")[-np.ndim(values) :]
    sizes = zip(names, np.shape(values), strict=True)
    return label(values, *(Axis(d, 1.0, 0.5, n, "px", 0.5 * n) for d, n in sizes))


def crop(values: np.ndarray, kept: int, rule: str) -> np.ndarray:
    """Sums of the waves that are kept, one by one, on the coarse grid."""
    size = values.size
    spectrum, n = np.fft.fft(values) / size, np.arange(kept)
    out = np.zeros(kept, complex)
    for f in range(-((kept - 1) // 2), (kept - 1) // 2 + 1):
        out += spectrum[f] * np.exp(2j * np.pi * f * n / kept)
    if kept % 2 == 0:
        low, high = spectrum[-(kept // 2)], spectrum[kept // 2]
        share = {"zero": 0.0, "split": (low + high) / 2, "one-sided": low}[rule]
        out += share * (-1.0) ** n
    return out


@pytest.mark.parametrize(("size", "stride"), SIZES[:-1])
@pytest.mark.parametrize("rule", ["zero", "split", "one-sided"])
@pytest.mark.parametrize("kind", ["real", "complex"])
def test_it_is_a_crop_of_the_spectrum(size, stride, rule, kind, rng):
    values = rng.standard_normal(size) + (
        1j * rng.standard_normal(size) if kind == "complex" else 0
    )
    wanted = crop(values, size // stride, rule)
    out = SpectralPool(stride={"x": stride}, nyquist=rule)(ring(values))
    np.testing.assert_allclose(out, wanted if kind == "complex" else wanted.real, atol=1e-13)
    assert out.dtype == values.dtype


@pytest.mark.parametrize("stride", [2, 3, 4])
def test_with_the_nyquist_bin_split_it_is_scipys_resample(stride, rng):
    # scipy keeps the sum of the two bins that meet at the new Nyquist; half of it here.
    values = rng.standard_normal(12 * stride + stride)
    out = SpectralPool(stride={"x": stride}, nyquist="split")(ring(values))
    wanted = signal.resample(values, values.size // stride)
    if out.size % 2 == 0:
        alternating = (-1.0) ** np.arange(out.size)
        wanted = wanted - (wanted * alternating).mean() * alternating / 2
    np.testing.assert_allclose(out, wanted, atol=1e-12)


@pytest.mark.parametrize(("size", "stride"), SIZES)
@pytest.mark.parametrize("shift", [0.5, 1.0, 0.185])
def test_with_the_nyquist_bin_zeroed_it_commutes_with_every_translation(size, stride, shift, rng):
    x = ring(rng.standard_normal(size))
    if stride == 1:
        x = x.isel(x=slice(0, 7)).assign_coords(
            x=("x", x.x.values[:7], {"units": "px", "period": 3.5})
        )
    error = commutator(SpectralPool(stride={"x": stride}), x, Translate(x=shift))
    assert abs(error).max() < 1e-12


@pytest.mark.parametrize("rule", ["split", "one-sided"])
def test_keeping_the_nyquist_bin_breaks_this(rule, rng):
    x = ring(rng.standard_normal((4, 24)))
    op = SpectralPool(stride={"x": 2}, nyquist=rule)
    assert abs(commutator(op, x, Translate(x=0.5))).max() > 1e-3


def test_several_dims_are_pooled_one_after_the_other(rng):
    x = ring(rng.standard_normal((6, 8, 10)))
    one = SpectralPool(stride={"y": 2})(SpectralPool(stride={"x": 5})(x))
    xr.testing.assert_allclose(SpectralPool(stride={"x": 5, "y": 2})(x), one, atol=1e-13)


@pytest.mark.parametrize("rule", ["zero", "split", "one-sided"])
@pytest.mark.parametrize("other", [1, 2, 3, 6, 12])
def test_the_same_low_pass_can_have_any_other_stride(rule, other, rng):
    x = ring(rng.standard_normal((2, 24)))
    op = SpectralPool(stride={"x": 6}, nyquist=rule)
    dense = op.unstrided(["x"])(x)
    assert dense.sizes == x.sizes
    decimated = dense.isel(x=slice(None, None, other))
    xr.testing.assert_allclose(op.restrided({"x": other})(x), decimated, atol=1e-12)


def test_the_grid_keeps_its_first_sample_and_its_period():
    out = SpectralPool(stride={"x": 4})(ring(np.zeros(24)))
    assert axis_of(out, "x") == Axis("x", 1.0, 2.0, 6, "px", 12.0)
    plan = SpectralPool(stride={"x": 4}).plan(Axes.of(ring(np.zeros(24))))
    assert plan.reach == {"x": (np.inf, np.inf)}


def test_it_is_the_twin_that_other_strides_are_offered(rng):
    from invarsig import BlurPool

    x = ring(rng.standard_normal((2, 24)))
    twin = alias_free(BlurPool(taps=3, stride={"x": 2}), x)
    assert str(twin) == "BlurPool(stride x: 1) >> SpectralPool(stride x: 2)"
    for shift in (0.5, 0.185):
        assert abs(commutator(twin, x, Translate(x=shift))).max() < 1e-12
    assert alias_free(BlurPool(taps=3, stride={"x": 1}), x) is None
    assert alias_free(BlurPool(taps=3, stride={"x": 2}), x.isel(x=slice(0, 8))) is None


def test_nan_is_not_hidden():
    values = np.zeros(24)
    values[3] = np.nan
    assert np.isnan(SpectralPool(stride={"x": 2})(ring(values))).all()


def test_an_axis_that_is_not_periodic_is_refused_with_the_remedy():
    x, pool = label(np.zeros(24), Axis("x")), SpectralPool(stride={"x": 2})
    with pytest.raises(AxisError, match=r"periodic axes.*set x = .*'period': 24") as refused:
        pool(x)
    (remedy,) = re.findall(r"set x = (.*) if its 24 samples wrap", str(refused.value))
    assert pool(eval(remedy, {"x": x})).sizes == {"x": 12}
    with pytest.raises(AxisError, match=r"lost its period of 12 px.*24 of them would wrap"):
        SpectralPool(stride={"x": 2})(ring(np.zeros(24)).isel(x=slice(0, 10)))


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: SpectralPool(stride={"x": 5}), AxisError, "24 samples along 'x'.*stride 5"),
        (lambda: SpectralPool(stride={"t": 2}), DimError, "its dims are 'x'"),
        (lambda: SpectralPool(stride={"x": 0}), ParameterError, "at least 1"),
        (lambda: SpectralPool(stride={"x": 2}, nyquist="drop"), ParameterError, "'drop' is"),
        (lambda: SpectralPool(stride={"x": 2}, band={"x": 0}), ParameterError, "band along 'x'"),
        (lambda: SpectralPool(stride={"x": 2}, band={"y": 2}), ParameterError, "band names 'y'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(make, error, said):
    with pytest.raises(error, match=said):
        make()(ring(np.zeros(24)))
