"""Stages of a diagnosis: swapped for their twins, and what nonlinearities create."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.diagnosis.findings.created import created
from invarsig.diagnosis.findings.swaps import swapped
from tests.conftest import ring
from tests.nightly import some

POOL = iv.Relu() >> iv.MaxPool(window={"x": 4})


@pytest.fixture(scope="module")
def found(photograph):
    x = ring(photograph - photograph.mean(), x=128, y=32)
    return iv.diagnose(POOL, x, along="x")["x"]


def test_a_swap_is_judged_at_whole_shifts_within_a_stride(found, photograph):
    x = ring(photograph - photograph.mean(), x=128, y=32)
    expected = iv.aliasing.swap_test(POOL, x, [iv.Translate(x=d) for d in (1, 2, 3)])
    np.testing.assert_allclose(found["swap_error"], expected["error"], rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(found["swap_gain"][0], expected["gain"][0], atol=1e-6)
    assert float(found["swap_gain"][1]) > 250


@pytest.mark.nightly
def test_the_gain_between_whole_samples_is_that_of_the_fractional_shifts(found, photograph):
    x = ring(photograph - photograph.mean(), x=128, y=32)
    expected = iv.aliasing.swap_test(POOL, x, [iv.Translate(x=d) for d in (1.48, 2.44)])["gain"]
    np.testing.assert_allclose(found["swap_gain_between"], expected, atol=1e-6)


def test_the_stage_that_makes_the_error_is_the_one_whose_swap_gains_most(found):
    energy = found["measured"] ** 2
    shares = (found["share"].fillna(0) * energy).sum("length")
    assert int(shares.argmax("stage")) == int(found["swap_gain"].argmax("stage")) == 1


@pytest.mark.nightly
def test_linear_stages_alone_have_no_gain_between_samples(photograph):
    x = ring(photograph, x=64, y=8)
    data = iv.diagnose(iv.MeanPool(window={"x": 4}), x, along="x")["x"]
    assert float(data["swap_gain"][0]) > 200
    assert "swap_gain_between" not in data
    assert "created" not in data


@pytest.mark.nightly
def test_along_one_dim_a_stage_that_strides_along_two_is_swapped_along_that_one(photograph):
    """Along y the picture ends: there the twin is the stage as it was."""
    data = iv.diagnose(iv.MaxPool(window={"y": 4, "x": 4}), ring(photograph, x=64), "x")["x"]
    assert float(data["swap_gain"][0]) > 200


def test_a_lost_or_unexplained_axis_has_no_swaps(photograph, rng):
    x = ring(photograph, x=64, y=8)
    assert "swap_gain" not in iv.diagnose(POOL >> iv.GlobalPool("x"), x, along="x")["x"]
    ramp = iv.Apply(lambda a: a * np.linspace(0, 1, a.shape[-1]), over="x", reach={"x": 0.0})
    assert "swap_gain" not in iv.diagnose(ramp, x, along="x")["x"]


def test_a_dozen_stages_are_swapped_and_no_more(photograph):
    x = ring(photograph, x=64, y=8)
    measured = iv.equivariance_error(POOL, x, [iv.Translate(x=1), iv.Translate(x=2)])
    for count, there in ((11, True), (12, False)):
        op = iv.Pipeline((*(iv.Relu() for _ in range(count)), iv.MaxPool(window={"x": 4})))
        assert ("swap_gain" in swapped(op, x, "x", measured, [0, 1])) is there


def test_swaps_stand_over_the_stages_of_an_axis_that_begins_later(speech):
    op = iv.Spectrogram.in_samples(speech, window=256, hop=128) >> iv.MaxPool(
        window={"frequency": 4}
    )
    data = iv.diagnose(op, speech.isel(time=slice(0, 4096)), along="frequency")["frequency"]
    assert data["swap_gain"].sizes == {"stage": 1}
    assert data["stage"].values.tolist() == [2]


def wave(cycles, size=64):
    values = np.cos(2 * np.pi * cycles * np.arange(size) / size)
    return iv.label(values, iv.Axis("x", size=size, unit="px", period=float(size)))


def test_a_square_creates_the_double_frequency():
    """cos² is 1/2 + cos(2f)/2: all of its energy beside its mean is at 2f."""
    pool = iv.Square() >> iv.Subsample(stride={"x": 4})
    for cycles, share in ((3, 0.0), (4, 0.0), (5, 1.0), (20, 1.0), (28, 1.0)):
        data = created(pool, wave(cycles), "x")
        assert float(data["created"][0]) == pytest.approx(share, abs=1e-12), cycles
        assert float(data["created_above"][0]) == 1 / 8
    assert np.isnan(data["created"][1])
    assert np.isnan(data["created_above"][1])


def test_the_last_stage_is_check_against_its_own_grid():
    for cycles, share in ((15, 0.0), (17, 1.0)):
        data = created(iv.Square(), wave(cycles), "x")
        assert float(data["created"][0]) == pytest.approx(share, abs=1e-12)
        assert float(data["created_above"][0]) == 0.5


def test_what_is_proportional_to_the_input_is_not_created():
    """Of max(cos, 0) the energy beside the mean is 1/4 - 1/pi², of which cos/2 holds 1/8."""
    pool = iv.Relu() >> iv.Subsample(stride={"x": 32})
    share = (1 / 4 - 1 / np.pi**2 - 1 / 8) / (1 / 4 - 1 / np.pi**2)
    data = created(pool, wave(7, 512), "x")
    # 293 samples of the fine grid to each wave: the mean of a corner is off by less than 1e-3.
    assert float(data["created"][0]) == pytest.approx(share, rel=1e-3)


@pytest.mark.nightly
def test_a_modulus_of_complex_bands_creates_and_is_swapped(photograph):
    x = ring(photograph, x=64, y=16)
    op = iv.GaborBank("x", [0.2]) >> iv.Modulus() >> iv.Subsample(stride={"x": 4})
    data = iv.diagnose(op, x, along="x")["x"]
    assert 0 < float(data["created"][1]) < 1
    assert np.isnan(data["created"][[0, 2]]).all()
    assert np.isfinite(data["swap_gain_between"][1])
    assert np.isnan(data["swap_gain"][0])
    assert np.isfinite(data["swap_gain"][2])


def test_along_a_lone_dim_called_phase_all_is_the_same(photograph):
    x = wave(5).rename(x="phase")
    pool = iv.Square() >> iv.Subsample(stride={"phase": 4})
    assert float(created(pool, x, "phase")["created"][0]) == pytest.approx(1.0)


def test_what_the_creation_explains_is_the_part_of_the_error_that_its_twin_takes_away(photograph):
    x = ring(photograph - photograph.mean(), x=128, y=8)
    op = iv.Relu() >> iv.Tanh() >> iv.BlurPool(taps=3, stride={"x": 2})
    data = iv.diagnose(op, x, along="x", shifts=[1.0, 0.37, 1.61])["x"]
    moves = [iv.Translate(x=d) for d in (0.37, 1.61)]
    error = iv.equivariance_error(op, x, moves)
    for place in range(2):
        twin = iv.Filtered(op[place], "x", up=4)
        swapped_op = iv.Pipeline((*op[:place], twin, *op[place + 1 :]))
        left = iv.equivariance_error(swapped_op, x, moves)
        expected = 1 - float((left**2).sum() / (error**2).sum())
        assert float(data["created_explains"][place]) == pytest.approx(expected, abs=1e-9)
    assert float(data["created_explains"][0]) > 0.01
    assert np.isnan(data["created_explains"][2])


def test_where_a_square_folds_alone_its_twin_explains_all_of_the_error():
    """The square of two waves holds twice the higher one, which folds above 16 cycles."""
    folds = iv.diagnose(iv.Square(), wave(5) + wave(20), along="x", shifts=[0.37])["x"]
    assert float(folds["created_explains"][0]) == pytest.approx(1.0, abs=1e-12)
    stays = iv.diagnose(iv.Square(), wave(5) + wave(12), along="x", shifts=[0.37])["x"]
    assert float(stays["measured"][0]) < 1e-13
    assert "created_explains" not in stays


STRIDES = (
    iv.MaxPool(window={"x": 2}) >> iv.Relu() >> iv.BlurPool(taps=3, stride={"x": 4}) >> iv.Tanh()
)


@pytest.fixture(scope="module")
def strided(photograph):
    x = ring(photograph - photograph.mean(), x=128, y=16)
    return x, iv.diagnose(STRIDES, x, along="x")["x"]


def test_each_strided_stage_has_what_it_folds(strided):
    x, data = strided
    found = iv.aliasing.fold_stages(STRIDES, x, "x")
    assert data["fold_stride"].to_numpy()[[0, 2]].tolist() == [2, 4]
    assert np.isnan(data["fold_stride"][[1, 3]]).all()
    np.testing.assert_allclose(data["fold_rate"][[0, 2]], [1 / 2, 1 / 8])
    for place in (0, 2):
        node = found[f"stage_{place + 1}"].to_dataset()
        share = float(node.folded_energy / node.output_energy)
        assert float(data["fold_share"][place]) == pytest.approx(share, rel=1e-12)
        energy = data["fold_energy"][place].dropna("fold_image")
        np.testing.assert_array_equal(energy["fold_image"], node["image"])
        np.testing.assert_allclose(energy, node.image_energy)
        np.testing.assert_allclose(data["fold_class_power"][place], node.power_share)
        np.testing.assert_allclose(data["fold_class_frequencies"][place], node.frequency_share)
    assert data["fold_class"].values.tolist() == node["class"].values.tolist()
    assert float(data["fold_threshold"]) == node.attrs["threshold"] == -20


def test_the_strongest_fold_is_where_the_energy_is(strided):
    _, data = strided
    for place, rate in ((0, 1 / 2), (2, 1 / 8)):
        image = int(data["fold_strongest"][place])
        energy = data["fold_energy"][place].dropna("fold_image")
        folded = energy.where(energy["fold_image"] != 0, 0)
        both = float(folded.sel(fold_image=image) + folded.sel(fold_image=-image))
        assert float(data["fold_strongest_share"][place]) == pytest.approx(
            both / float(folded.sum()), rel=1e-9
        )
        low, high = data["fold_from"][place].values
        assert (image - 0.5) * rate <= low <= high <= (image + 0.5) * rate
        assert 0 <= data["fold_onto"][place][0] <= data["fold_onto"][place][1] <= rate / 2


def test_the_spectrum_of_a_stage_holds_its_mean_power_in_parts_of_its_rate(strided):
    x, data = strided
    node = iv.aliasing.fold_stages(STRIDES, x, "x")["stage_3"]
    power = node.power.sum("y")
    spectrum = data["fold_spectrum"][2]
    # 16 frequencies in 96 parts: each has a part of its own, and the others are empty.
    known = spectrum.dropna("fold_place")
    assert known.sizes["fold_place"] == 16
    np.testing.assert_allclose(known.sel(fold_part="kept"), power.sel(image=0))
    np.testing.assert_allclose(
        known.sel(fold_part="folded"), power.where(power.image != 0, 0).sum("image")
    )
    np.testing.assert_allclose(known["fold_place"] / 8, power["x_frequency"], atol=0.501 / 96 / 8)


def test_one_strided_stage_folds_what_the_whole_pipeline_folds(found):
    share = found["folded_energy"] / found["output_energy"]
    assert float(found["fold_share"][1]) == pytest.approx(float(share), rel=1e-10)


def test_a_lost_axis_has_what_the_stages_before_fold(photograph):
    x = ring(photograph, x=64, y=8)
    data = iv.diagnose(POOL >> iv.GlobalPool("x"), x, along="x")["x"]
    assert float(data["fold_share"][1]) > 0
    assert np.isnan(data["fold_stride"][2])


def test_without_a_stride_nothing_is_said_of_folding_stages(photograph):
    x = ring(photograph, x=64, y=8)
    assert "fold_stride" not in iv.diagnose(iv.Relu(), x, along="x")["x"]


@pytest.mark.parametrize("period", [None, 64.0])
@pytest.mark.parametrize("bins", some([1, 2], 2))
def test_an_output_of_one_sample_for_the_whole_axis_is_diagnosed(bins, period, tmp_path):
    x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=period), rng=1)
    blur = iv.Convolve(iv.label([0.25, 0.5, 0.25], "x"))
    found = iv.diagnose(blur >> iv.Relu() >> iv.AdaptivePool({"x": bins}), x, shifts=[1.0, 16.0])
    assert found["x"].sizes["square_position"] >= 1
    assert np.isfinite(found["x"]["measured"]).all()
    assert found.to_html(tmp_path / "page.html").exists()
