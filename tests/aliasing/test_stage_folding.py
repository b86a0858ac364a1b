"""Folding stage by stage: against the orbit of each stage on its own input, and planted waves."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.errors import AxisError, DimError, ParameterError
from tests.conftest import ring


def assert_law(op: iv.Pipeline, x, dim: str) -> list[int]:
    """Each stage's folded energy is its orbit variance on the features that it is really given."""
    found = iv.aliasing.fold_stages(op, x, dim)
    numbers = [int(name.rpartition("_")[2]) for name in found]
    strides = []
    features = x
    for number, stage in enumerate(op, 1):
        if stage.plan(iv.axes.Axes.of(features)).stride.get(dim, 1) > 1:
            strides.append(number)
            node = found[f"stage_{number}"]
            around = iv.orbit(op[number - 1], features, dim)
            variance = float(around.variance.sum())
            assert variance > 0
            np.testing.assert_allclose(node.folded_energy, variance, rtol=1e-10)
            np.testing.assert_allclose(node.image_energy.sum(), node.power.sum(), rtol=1e-12)
            assert node.attrs["explained"]
        features = stage(features)
    assert numbers == strides
    return numbers


def test_every_stage_folds_what_its_own_orbit_varies(photograph, rng):
    x = ring(photograph, x=96)
    taps = xr.DataArray(rng.standard_normal((3, 5)), dims=("filter", "x"))
    op = iv.Pipeline(
        iv.Convolve(taps),
        iv.MaxPool(window={"x": 3}, stride={"x": 2}),
        iv.Relu(),
        iv.BlurPool(taps=3, stride={"x": 3}),
        iv.MaxPool(window={"x": 2, "y": 2}),
    )
    assert assert_law(op, x, "x") == [2, 4, 5]


@given(
    strides=st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=4),
    size=st.integers(3, 6),
    seed=st.integers(0, 2**31),
)
@settings(max_examples=25, deadline=None)
def test_the_law_holds_for_any_strides_and_sizes(strides, size, seed):
    length = int(np.prod(strides)) * size
    x = iv.power_law_noise(iv.Axis("x", size=length, period=float(length)), exponent=0.5, rng=seed)
    stages = []
    for by in strides:
        stages += [iv.Tanh(), iv.MaxPool(window={"x": 2}, stride={"x": by})]
    assert_law(iv.Pipeline(stages), x, "x")


def test_complex_channels_fold_around_their_center(rng):
    x = iv.power_law_noise(iv.Axis("x", size=240, period=240.0), exponent=0.5, rng=rng)
    bank = iv.GaborBank("x", [0.08, 0.2], bandwidth=1.0, stride={"x": 4})
    op = bank >> iv.Modulus() >> iv.MaxPool(window={"x": 3})
    assert assert_law(op, x, "x") == [1, 3]
    found = iv.aliasing.fold_stages(op, x, "x")
    assert [found[name].attrs["about_center"] for name in found] == [True, False]
    # Around 0 the channel at 0.2 would seem to be an image, and around its center it is none.
    images = found["stage_1"].power.sum("x_frequency").isel(band=1)
    assert int(images.idxmax("image")) == 0
    lifted = iv.lift(bank, x, "x").drop_vars("x_center_frequency")
    assert int(iv.fold(lifted, "x", 4).sum("x_frequency").isel(band=1).idxmax("image")) == 1


def test_a_front_end_folds_from_the_grid_of_an_eighth_of_its_hop(speech):
    x = ring(speech, time=8192)
    front = iv.Spectrogram.in_samples(x, window=512, hop=256)
    op = front >> iv.MaxPool(window={"time": 4})
    assert assert_law(op, x, "time") == [1, 2]
    found = iv.aliasing.fold_stages(op, x, "time")
    assert [found[name].attrs["divisor"] for name in found] == [32, 1]


def test_where_the_last_stage_alone_strides_it_is_the_fold_of_the_whole(photograph):
    x = ring(photograph, x=120)
    op = iv.BlurPool(taps=3, stride={"x": 1}) >> iv.Relu() >> iv.MaxPool(window={"x": 5})
    node = iv.aliasing.fold_stages(op, x, "x")["stage_3"]
    whole = iv.fold(iv.lift(op, x, "x"), "x", 5)
    scale = float(whole.max())
    np.testing.assert_allclose(node.power, whole, rtol=1e-10, atol=1e-13 * scale)


def hertz(*frequencies):
    """Cosines of energy 500 each, at 1000 samples in a second."""
    at = np.arange(1000) / 1000
    wave = sum(np.cos(2 * np.pi * f * at + f) for f in frequencies)
    return iv.label(wave, iv.Axis("time", step=0.001, unit="s", period=1.0))


@pytest.mark.parametrize(
    ("tone", "stride", "appears"),
    [(300.0, 2, 200.0), (499.0, 2, 1.0), (180.0, 4, 70.0), (420.0, 4, 80.0), (310.0, 5, 90.0)],
)
def test_a_tone_above_nyquist_appears_where_it_should_in_hertz(tone, stride, appears):
    node = iv.aliasing.fold_stages(iv.Subsample(stride={"time": stride}), hertz(tone), "time")[
        "stage_1"
    ]
    assert node.time_frequency.attrs["units"] == "Hz"
    power = node.power
    rate = 1000 / stride
    for f in power.time_frequency.values[node.folded_share.values > 0.5]:
        column = power.sel(time_frequency=f)
        if float(column.sum()) < 1e-9:
            continue
        assert abs(f) == pytest.approx(appears)
        # Frequency on the output, and as many output rates as the image says: where it comes from.
        assert abs(f + int(column.idxmax("image")) * rate) == pytest.approx(tone)
    np.testing.assert_allclose(node.folded_energy, 500 / stride, rtol=1e-9)


def test_each_tone_folds_at_the_stage_whose_nyquist_it_is_above_and_at_no_other():
    halves = iv.Subsample(stride={"time": 2}) >> iv.Subsample(stride={"time": 2})
    for tone, stage in ((100, None), (200, 2), (300, 1), (410, 1)):
        found = iv.aliasing.fold_stages(halves, hertz(tone), "time")
        energies = [float(found[name].folded_energy) for name in ("stage_1", "stage_2")]
        expected = [250 if stage == 1 else 0, 125 if stage == 2 else 0]
        if tone == 300:  # it appears at 200 Hz, and folds once more, to 50
            expected = [250, 125]
        np.testing.assert_allclose(energies, expected, atol=1e-8)


def test_classes_are_those_of_the_stage_on_its_own_input(photograph):
    x = ring(photograph, x=96)
    op = iv.MaxPool(window={"x": 2}) >> iv.Relu() >> iv.Subsample(stride={"x": 3})
    found = iv.aliasing.fold_stages(op, x, "x", threshold=-40.0)
    own = iv.aliasing.frequency_classes(op[2], op[:2](x), "x", threshold=-40.0)
    node = found["stage_3"].to_dataset()
    for name in ("frequency_class", "frequency_share", "power_share"):
        np.testing.assert_array_equal(node[name], own[name])
    assert node.attrs["threshold"] == -40.0


def test_a_stage_that_differs_from_place_to_place_is_not_explained(photograph):
    x = ring(photograph, x=64)
    ramp = iv.Apply(
        lambda a: (a * np.linspace(0, 1, a.shape[-1]))[..., ::2], over="x", stride={"x": 2}
    )
    found = iv.aliasing.fold_stages(ramp >> iv.MaxPool(window={"x": 2}), x, "x")
    assert not found["stage_1"].attrs["explained"]
    assert "power" not in found["stage_1"]
    assert found["stage_2"].attrs["explained"]


def test_stages_after_the_axis_is_lost_are_left_out(photograph):
    x = ring(photograph, x=64, y=64)
    op = iv.MaxPool(window={"x": 2}) >> iv.GlobalPool("x") >> iv.MaxPool(window={"y": 2})
    assert list(iv.aliasing.fold_stages(op, x, "x")) == ["stage_1"]
    assert list(iv.aliasing.fold_stages(op, x, "y")) == ["stage_3"]
    assert list(iv.aliasing.fold_stages(iv.Relu(), x, "x")) == []


def test_nan_is_passed_on(photograph):
    x = ring(photograph, x=64)
    x = x.where(x["x"] > x["x"][3])
    node = iv.aliasing.fold_stages(iv.MaxPool(window={"x": 2}), x, "x")["stage_1"]
    assert np.isnan(node.folded_energy)
    assert np.isnan(node.power_share).all()


def test_what_cannot_be_folded_is_refused(photograph):
    with pytest.raises(AxisError, match="not periodic"):
        iv.aliasing.fold_stages(iv.MaxPool(window={"x": 2}), photograph, "x")
    x = ring(photograph, x=64)
    with pytest.raises(DimError, match="'time'"):
        iv.aliasing.fold_stages(iv.MaxPool(window={"x": 2}), x, "time")
    with pytest.raises(ParameterError, match="below 0"):
        iv.aliasing.fold_stages(iv.MaxPool(window={"x": 2}), x, "x", threshold=1.0)
    ends = iv.Relu() >> iv.MaxPool(window={"x": 3}, stride={"x": 2}, boundary="valid")
    with pytest.raises(AxisError, match=r"do not wrap .*Stage 2, MaxPool"):
        iv.aliasing.fold_stages(ends, x, "x")
