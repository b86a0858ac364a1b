"""Mel, Bark and ERB filters against librosa, published tables, and what triangles must do."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig import Axis, BarkBank, ErbBank, MelBank, Modulus, Spectrogram, axis_of, label
from invarsig.errors import DimError, DtypeError, ParameterError

BANKS = [MelBank, BarkBank, ErbBank]


def bins(rate: float = 16000.0, window: int = 512) -> Axis:
    return Axis("frequency", 0.0, rate / window, window // 2 + 1, "Hz")


def power(rng, axis: Axis, *more: int) -> xr.DataArray:
    names = ["channel", "time"][: len(more)]
    return label(rng.standard_normal((axis.size, *more)) ** 2, axis, *names)


@pytest.mark.parametrize("formula", ["slaney", "htk"])
@pytest.mark.parametrize("norm", ["slaney", None])
@pytest.mark.parametrize(
    ("rate", "window", "bands", "low", "high"),
    [
        (16000, 512, 40, 0.0, None),
        (22050, 2048, 128, 0.0, None),
        (16000, 1024, 40, 20.0, 7600.0),
        (44100, 4096, 80, 50.0, 16000.0),
        (8000, 256, 20, 100.0, 3500.0),
        (8000, 256, 1, 300.0, 3000.0),
    ],
)
def test_the_mel_matrix_is_librosas(formula, norm, rate, window, bands, low, high):
    librosa = pytest.importorskip("librosa")
    ours = MelBank(bands, low, high, norm, formula=formula).matrix(bins(rate, window))
    htk = formula == "htk"
    theirs = librosa.filters.mel(
        sr=rate, n_fft=window, n_mels=bands, fmin=low, fmax=high, norm=norm, htk=htk, dtype=float
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
    np.testing.assert_allclose(ours.mel, librosa.hz_to_mel(ours.center_frequency.values, htk=htk))


def test_a_labeled_axis_may_begin_anywhere_and_have_any_step(rng):
    """Rows of a finer librosa matrix are columns of ours on the axis of every third bin."""
    librosa = pytest.importorskip("librosa")
    full = librosa.filters.mel(sr=16000, n_fft=512, n_mels=20, fmin=400, fmax=6000, dtype=float)
    axis = Axis("frequency", 31.25 * 4, 31.25 * 3, 80, "Hz")
    ours = MelBank(20, 400.0, 6000.0).matrix(axis)
    np.testing.assert_allclose(ours, full[:, 4 : 4 + 240 : 3], atol=1e-12)


@pytest.mark.parametrize("bank", BANKS)
def test_the_result_is_the_matrix_times_the_spectrum(bank, rng):
    x = power(rng, bins(), 2, 5)
    out = bank(24)(x)
    wanted = np.einsum("mf,fct->mct", bank(24).matrix(x).values, x.values)
    assert out.dims[1:] == ("channel", "time")
    np.testing.assert_allclose(out, wanted, rtol=1e-12)


@pytest.mark.parametrize("bank", BANKS)
def test_the_new_axis_is_uniform_on_its_scale_with_hertz_beside_it(bank, rng):
    out = bank(24, 100.0, 7000.0)(power(rng, bins()))
    (dim,) = out.dims
    axis = axis_of(out, dim)
    assert axis.unit == {"mel": "mel", "bark": "Bark", "erb": "Cam"}[dim]
    assert out.center_frequency.attrs["units"] == "Hz"
    op = bank(24)
    np.testing.assert_allclose(op._rate(out.center_frequency.values), axis.positions(), rtol=1e-12)
    np.testing.assert_allclose(op._inverse(axis.positions()), out.center_frequency, rtol=1e-12)
    corners = op._rate(np.array([100.0, 7000.0]))
    assert axis.start - axis.step == pytest.approx(corners[0])
    assert axis.start + 24 * axis.step == pytest.approx(corners[1])


def test_bark_is_zwickers_critical_band_rate():
    """Traunmüller fits Zwicker's table of critical-band edges to 0.05 Bark from 0.2 to 6.7 kHz."""
    edges = np.array([200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700,
                      3150, 3700, 4400, 5300, 6400])  # fmt: skip
    np.testing.assert_allclose(BarkBank()._rate(edges), np.arange(2, 21), atol=0.06)
    # With the corrections at the ends the whole table is met to a tenth.
    ends = np.array([100.0, 7700.0, 9500.0, 12000.0])
    np.testing.assert_allclose(BarkBank()._rate(ends), [1, 21, 22, 23], atol=0.15)


def test_one_cam_is_one_equivalent_rectangular_bandwidth():
    from invarsig.operators.frontends.erb_bank import erb, erb_rate

    f = np.geomspace(20, 16000, 200)
    slope = (erb_rate(f + 0.01) - erb_rate(f - 0.01)) / 0.02
    # The published constants, 21.4 and 24.7, are rounded: 0.4 % apart.
    np.testing.assert_allclose(slope * erb(f), 1.0, atol=5e-3)


@pytest.mark.parametrize("bank", BANKS)
def test_triangles_add_up_to_one_between_the_first_and_the_last_center(bank):
    matrix = bank(20, norm=None).matrix(bins())
    centers = matrix.center_frequency.values
    inside = (matrix.frequency >= centers[0]) & (matrix.frequency <= centers[-1])
    np.testing.assert_allclose(matrix.sum(matrix.dims[0])[inside], 1.0, atol=1e-12)


@pytest.mark.parametrize("bank", BANKS)
def test_normalized_triangles_have_the_area_one(bank):
    fine = Axis("frequency", 0.0, 0.5, 16001, "Hz")
    matrix = bank(20, 100.0, 7000.0).matrix(fine)
    np.testing.assert_allclose(matrix.sum("frequency") * 0.5, 1.0, rtol=1e-3)


@pytest.mark.parametrize("bank", BANKS)
def test_direction_and_unit_of_the_axis_change_nothing(bank, rng):
    x = power(rng, bins())
    wanted = bank(16, 100.0, 7000.0)(x)
    np.testing.assert_allclose(bank(16, 100.0, 7000.0)(x[::-1]), wanted, rtol=1e-12)
    kilo = x.assign_coords(frequency=("frequency", x.frequency.values / 1000, {"units": "kHz"}))
    out = bank(16, 0.1, 7.0, hertz=1000.0)(kilo)
    np.testing.assert_allclose(out, wanted, rtol=1e-12)
    np.testing.assert_allclose(out.center_frequency, wanted.center_frequency)


def test_it_follows_a_spectrogram_in_a_pipeline(rng):
    time = Axis("time", 0.0, 1 / 8000, unit="s", period=0.2)
    x = label(rng.standard_normal(1600), time)
    op = Spectrogram(0.032, 0.01) >> MelBank(20)
    assert op(x).dims == ("mel", "time")
    loud = Spectrogram(0.032, 0.01, output="complex") >> Modulus() >> MelBank(20)
    soft = Spectrogram(0.032, 0.01, output="magnitude") >> MelBank(20)
    np.testing.assert_allclose(loud(x), soft(x), atol=1e-12)
    assert "time_center_frequency" not in loud(x).coords


@pytest.mark.parametrize("bank", BANKS)
def test_nan_is_not_hidden(bank, rng):
    x = power(rng, bins(), 3)
    x[40, 1] = np.nan
    out = bank(16)(x)
    assert np.isnan(out.isel(channel=1)).any()
    assert np.isfinite(out.isel(channel=[0, 2])).all()


# Wrong on purpose


@pytest.mark.parametrize("bank", BANKS)
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bands": 0}, "number of bands is 0"),
        ({"bands": 2.5}, "number of bands is 2.5"),
        ({"low": -1.0}, "low is -1; give a frequency of at least 0"),
        ({"low": np.nan}, "low is nan"),
        ({"high": "top"}, "high is 'top'"),
        ({"low": 500.0, "high": 400.0}, "low is 500 and high is 400"),
        ({"norm": "l2"}, "norm='l2' is unknown; give 'slaney' or None"),
        ({"hertz": 0.0}, "hertz is 0; give a value above 0"),
    ],
)
def test_parameters_out_of_range_are_refused(bank, options, said):
    with pytest.raises(ParameterError, match=said):
        bank(**options)


def test_an_unknown_formula_is_refused():
    with pytest.raises(ParameterError, match="'mel' is unknown; give one of slaney, htk"):
        MelBank(formula="mel")


def test_a_band_without_a_bin_is_named(rng):
    x = power(rng, bins(16000, 128))
    with pytest.raises(ParameterError, match=r"\d+ of 128 bands hold no bin.*band \d+ lies from"):
        MelBank(128, formula="htk")(x)
    with pytest.raises(ParameterError, match=r"125 Hz apart\. Give fewer bands, a higher low"):
        MelBank(128, formula="htk")(x)


@pytest.mark.parametrize("bank", BANKS)
def test_what_does_not_fit_the_input_is_refused(bank, rng):
    x = power(rng, bins())
    with pytest.raises(ParameterError, match=r"edge high is 9000 Hz.*'frequency' ends at 8000 Hz"):
        bank(16, 0.0, 9000.0)(x)
    with pytest.raises(ParameterError, match="edge low is 8500 Hz"):
        bank(16, 8500.0)(x)
    with pytest.raises(DtypeError, match="complex; put a Modulus before it"):
        bank(16)(x + 0j)
    with pytest.raises(DimError, match=r"'frequency'.*its dims are 'pitch'"):
        bank(16)(x.rename(frequency="pitch"))
    made = bank(16)(x).dims[0]
    with pytest.raises(DimError, match=f"has a dim '{made}' already"):
        bank(16)(x.expand_dims(made))
    kilo = x.assign_coords(frequency=("frequency", x.frequency.values / 1000, {"units": "kHz"}))
    with pytest.raises(ParameterError, match="frequencies here are in kHz; give hertz=1000"):
        bank(16)(kilo)


def test_frequencies_of_samples_without_a_rate_are_not_taken_for_hertz(rng):
    x = iv.label(rng.standard_normal(2048), "time")
    for op in (
        iv.MelSpectrogram(window=256.0, hop=64.0, bands=8),
        iv.Spectrogram(window=256.0, hop=64.0) >> iv.BarkBank(8),
        iv.GammatoneBank(bands=1, low=0.1),
    ):
        with pytest.raises(ParameterError, match=r"cycles/sample.*samples per second"):
            op(x)
    told = iv.MelSpectrogram(window=256.0, hop=64.0, bands=8, hertz=8000.0)(x)
    time = iv.Axis("time", step=1 / 8000, unit="s")
    labeled = iv.MelSpectrogram(window=0.032, hop=0.008, bands=8)(iv.label(x.values, time))
    np.testing.assert_allclose(told.center_frequency, labeled.center_frequency)
    # Triangles of area 1 in Hz, on both.
    np.testing.assert_allclose(told, labeled)
