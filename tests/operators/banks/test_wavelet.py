"""Discrete wavelets against PyWavelets, sample by sample."""

from __future__ import annotations

import numpy as np
import pytest
import pywt

import invarsig as iv
from invarsig.errors import AxisError, DimError, ParameterError
from tests.operators.banks.rings import ring

WAVELETS = ["haar", "db2", "db5", "sym4", "sym7", "coif2", "bior3.5", "rbio2.4", "dmey"]


def halved(*dims: str) -> dict[str, int]:
    return dict.fromkeys(dims, 2)


@pytest.mark.parametrize("wavelet", WAVELETS)
def test_decimated_along_one_dim_equals_dwt(wavelet, rng):
    values = rng.standard_normal((3, 128))
    theirs = pywt.dwt(values, wavelet, "periodization", axis=-1)
    x = iv.label(values, "channel", iv.Axis("x", period=128.0))
    y = iv.WaveletBank("x", wavelet, stride=halved("x"))(x)
    for name, values in zip("ad", theirs, strict=True):
        np.testing.assert_allclose(y.sel(band=name), values, atol=1e-12)


@pytest.mark.parametrize("wavelet", ["haar", "db3", "sym4", "coif1", "bior2.2"])
@pytest.mark.parametrize("sizes", [(16, 24), (16, 12, 14)])
def test_decimated_along_several_dims_equals_dwtn(wavelet, sizes, rng):
    x = ring(rng.standard_normal(sizes))
    if pywt.Wavelet(wavelet).dec_len > min(sizes):
        x = ring(rng.standard_normal([24] * len(sizes)))
    theirs = pywt.dwtn(x.to_numpy(), wavelet, "periodization")
    y = iv.WaveletBank(x.dims, wavelet, stride=halved(*x.dims))(x)
    assert set(y.band.values.tolist()) == set(theirs)
    for band, values in theirs.items():
        np.testing.assert_allclose(y.sel(band=band), values, atol=1e-12)


@pytest.mark.parametrize("wavelet", ["haar", "db2", "db3", "sym4", "coif1"])
@pytest.mark.parametrize(
    ("mode", "boundary"), [("symmetric", "symmetric"), ("reflect", "reflect"), ("zero", "zero")]
)
def test_other_modes_are_the_same_filters_at_another_phase(wavelet, mode, boundary, rng):
    values = rng.standard_normal(64)
    theirs = np.array(pywt.dwt(values, wavelet, mode))
    dense = iv.WaveletBank("x", wavelet, boundary=boundary)(iv.label(values, "x"))
    place = 2 * np.arange(theirs.shape[1]) + 1 - pywt.Wavelet(wavelet).dec_len // 2
    inside = (place >= 0) & (place < 64)
    assert inside.sum() == 32
    np.testing.assert_allclose(dense.to_numpy()[:, place[inside]], theirs[:, inside], atol=1e-12)


@pytest.mark.parametrize("wavelet", WAVELETS)
def test_several_levels_equal_wavedec(wavelet, rng):
    x = ring(rng.standard_normal(512))
    theirs = pywt.wavedec(x.to_numpy(), wavelet, "periodization", 3)
    tree = iv.operators.discrete_wavelet_transform("x", wavelet, levels=3)(x)
    assert list(tree) == ["detail_1", "detail_2", "detail_3", "approximation"]
    for node, values in zip(tree.values(), (*theirs[:0:-1], theirs[0]), strict=True):
        np.testing.assert_allclose(node["level"], values, atol=1e-11)


def test_several_levels_over_two_dims_equal_wavedecn(rng):
    x = ring(rng.standard_normal((32, 48)))
    theirs = pywt.wavedecn(x.to_numpy(), "db2", "periodization", 3)
    tree = iv.operators.discrete_wavelet_transform(("y", "x"), "db2", levels=3)(x)
    np.testing.assert_allclose(tree["approximation/level"], theirs[0], atol=1e-12)
    for level in (1, 2, 3):
        detail = tree[f"detail_{level}"]["level"]
        assert detail.band.values.tolist() == ["ad", "da", "dd"]
        for band, values in theirs[-level].items():
            np.testing.assert_allclose(detail.sel(band=band), values, atol=1e-12)


@pytest.mark.parametrize(
    ("wavelet", "norm"),
    [(name, norm) for name in ("haar", "db2", "db5", "sym7", "coif2") for norm in (False, True)]
    + [("bior3.5", False)],
)
def test_stationary_equals_swt(wavelet, norm, rng):
    x = ring(rng.standard_normal(256))
    theirs = pywt.swt(x.to_numpy(), wavelet, 3, norm=norm)[::-1]
    y = iv.StationaryWaveletBank("x", wavelet, 3, norm=norm)(x)
    assert y.scale.values.tolist() == [2, 4, 8]
    assert iv.axis_of(y, "scale").scale == "log2"
    for level, (a, d) in enumerate(theirs):
        np.testing.assert_allclose(y.isel(scale=level).sel(band="a"), a, atol=1e-11)
        np.testing.assert_allclose(y.isel(scale=level).sel(band="d"), d, atol=1e-11)
    np.testing.assert_array_equal(y.x, x.x)


@pytest.mark.parametrize("sizes", [(32, 48), (8, 16, 8)])
def test_stationary_over_several_dims_equals_swtn(sizes, rng):
    x = ring(rng.standard_normal(sizes))
    wavelet = "db2" if len(sizes) == 2 else "haar"
    theirs = pywt.swtn(x.to_numpy(), wavelet, 2)[::-1]
    y = iv.StationaryWaveletBank(x.dims, wavelet, 2)(x)
    for level, bands in enumerate(theirs):
        for band, values in bands.items():
            found = y.isel(scale=level).sel(band=band)
            np.testing.assert_allclose(found, values, atol=1e-12)


@pytest.mark.parametrize("wavelet", ["haar", "db4", "sym6", "coif1"])
def test_orthogonal_wavelets_keep_the_energy_on_a_ring(wavelet, rng):
    x = ring(rng.standard_normal((32, 64)))
    energy = float((x**2).sum())
    tree = iv.operators.discrete_wavelet_transform(("y", "x"), wavelet, levels=2)(x)
    assert sum(float((node["level"] ** 2).sum()) for node in tree.values()) == pytest.approx(energy)
    y = iv.StationaryWaveletBank("x", wavelet, 2, norm=True)(x) ** 2
    kept = y.sel(band="d").sum() + y.sel(band="a", scale=4).sum()
    assert float(kept) == pytest.approx(energy)


def test_samples_stand_at_the_middle_of_their_windows(rng):
    x = ring(rng.standard_normal(64), 0.5, start=1.0)
    for node, level in zip(
        iv.operators.discrete_wavelet_transform("x", "db2", levels=3)(x).values(),
        (1, 2, 3, 3),
        strict=True,
    ):
        axis = iv.axis_of(node["level"], "x")
        assert axis.step == 0.5 * 2**level
        assert axis.start == pytest.approx(1.0 + 0.5 * (2**level - 1) / 2)
        assert axis.periodic


def test_a_sine_stands_still_in_the_approximation_coordinates():
    # With symmetric (linear phase) filters the coordinate alone accounts for the delay.
    n = np.arange(128)
    x = ring(np.cos(2 * np.pi * 2 * n / 128), start=1.0)
    y = iv.WaveletBank("x", "bior3.5", "a", stride={"x": 2})(x)
    position = iv.axis_of(y, "x").positions() - 1.0
    wanted = np.cos(2 * np.pi * 2 * position / 128)
    np.testing.assert_allclose(y / float(y.max()), wanted / wanted.max(), atol=1e-12)


def test_the_stationary_transform_commutes_and_the_decimated_one_does_not(rng):
    x = ring(rng.standard_normal(256))
    for shift in (1, 0.37, 5.5):
        move = iv.Translate(x=shift)
        bank = iv.StationaryWaveletBank("x", "db3", 3)
        assert float(iv.equivariance_error(bank, x, move)) < 1e-12
        tree = iv.equivariance_error(iv.operators.discrete_wavelet_transform("x", "db3"), x, move)
        assert float(tree["detail_2"]["error"]) > 0.1
    assert float(iv.equivariance_error(bank, x, iv.Translate(x=2))) < 1e-12


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: iv.WaveletBank("x", "db99"), "'db99' is not a discrete wavelet"),
        (lambda: iv.WaveletBank("x", "morl"), "'morl' is not a discrete wavelet"),
        (lambda: iv.WaveletBank("x", 3), "3 is not a discrete wavelet"),
        (lambda: iv.WaveletBank("x", "haar", "ad"), "there are a, d"),
        (lambda: iv.WaveletBank(("y", "x"), "haar", ()), "there are aa, ad, da, dd"),
        (lambda: iv.WaveletBank((), "haar"), "give at least 1 dim,"),
        (lambda: iv.WaveletBank(("x", "x"), "haar"), "each named once"),
        (lambda: iv.StationaryWaveletBank("x", "haar", 0), "levels is 0"),
        (lambda: iv.StationaryWaveletBank("x", "haar", 1.5), "levels is 1.5"),
        (lambda: iv.operators.discrete_wavelet_transform("x", levels=0), "levels is 0"),
    ],
)  # fmt: skip
def test_a_bank_that_cannot_be_designed_is_refused(make, said):
    with pytest.raises(ParameterError, match=said):
        make()


def test_a_ring_that_does_not_fit_is_refused(rng):
    with pytest.raises(AxisError, match="not a multiple of the stride 2"):
        iv.WaveletBank("x", "haar", stride={"x": 2})(ring(rng.standard_normal(15)))
    with pytest.raises(AxisError, match="longer than the axis 'x'"):
        iv.StationaryWaveletBank("x", "db4", 4)(ring(rng.standard_normal(64)))
    with pytest.raises(DimError, match="The stride names 'y'"):
        iv.WaveletBank("x", "haar", stride={"y": 2})


# How far it reaches


@pytest.mark.parametrize("wavelet", ["haar", "db2", "db4", "sym5", "coif1"])
@pytest.mark.parametrize("levels", [1, 2, 3])
@pytest.mark.parametrize("step", [0.5, -0.5])
def test_the_stationary_transform_reaches_as_far_as_it_says_and_no_further(wavelet, levels, step):
    size, place = 256, 128
    x = iv.label(np.eye(size)[place], iv.Axis("x", 3.0, step, period=size / 2))
    op = iv.StationaryWaveletBank("x", wavelet, levels=levels)
    hit = np.flatnonzero(np.abs(op(x)).max(["scale", "band"]) > 1e-13)
    left, right = op.plan(iv.Axes.of(x)).reach["x"]
    length = pywt.Wavelet(wavelet).dec_len
    assert (left / 0.5, right / 0.5) == (place - hit.min(), hit.max() - place)[::-1]
    assert (left + right) / 0.5 == (2**levels - 1) * (length - 1)


@pytest.mark.parametrize(("wavelet", "levels", "stride"), [("haar", 3, 1), ("db2", 2, 3)])
def test_valid_windows_of_the_stationary_transform_are_all_that_meet_no_end(
    wavelet, levels, stride, rng
):
    values, length = rng.standard_normal(40), pywt.Wavelet(wavelet).dec_len
    op = iv.StationaryWaveletBank("x", wavelet, levels=levels, stride={"x": stride})
    found = op(iv.label(values, iv.Axis("x", 5.0, 2.0)))
    left = (2**levels - 1) * (length // 2 - 1)
    count = 40 - (2**levels - 1) * (length - 1)
    places = left + np.arange(0, count, stride)
    np.testing.assert_allclose(found.x, 5.0 + 2.0 * places)
    ring = iv.label(values, iv.Axis("x", 5.0, 2.0, period=80.0))
    whole = iv.StationaryWaveletBank("x", wavelet, levels=levels)(ring)
    np.testing.assert_allclose(found, whole.isel(x=places), atol=1e-13)


def test_the_stationary_transform_fits_an_axis_as_long_as_its_filters(rng):
    values = rng.standard_normal(8)
    x = iv.label(values, iv.Axis("x", period=8.0))
    found = iv.StationaryWaveletBank("x", "haar", levels=3)(x)
    for level, (a, d) in enumerate(pywt.swt(values, "haar", level=3)[::-1]):
        np.testing.assert_allclose(found.isel(scale=level).sel(band="a"), a, atol=1e-12)
        np.testing.assert_allclose(found.isel(scale=level).sel(band="d"), d, atol=1e-12)
