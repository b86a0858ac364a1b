"""What upsampling leaves of the repeated spectrum is imaging, wherever it stands."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.report.reading import AxisReading
from tests.nightly import some

AXIS = iv.Axis("x", size=96, unit="px", period=96.0)
# So low that nothing of it folds at a stride of 2.
LOW = iv.SpectralPool(stride={"x": 1}, band={"x": 4})


def signal() -> xr.DataArray:
    return iv.power_law_noise(AXIS, exponent=1.0, rng=1)


def down_and_up(up: iv.Operator) -> iv.Pipeline:
    return LOW >> iv.Subsample(stride={"x": 2}) >> up


UPSAMPLINGS = {
    "nearest": iv.NearestUpsample({"x": 2}),
    "zeros": iv.ZeroInsertion({"x": 2}),
    "linear": iv.LinearUpsample({"x": 2}),
    "transposed": iv.TransposedConvolve(xr.DataArray([1.0, 0.5, 0.25], dims="x"), {"x": 2}),
}


@pytest.mark.parametrize("shift", some([1.0, 0.5, 1.37], 3))
@pytest.mark.parametrize("name", UPSAMPLINGS)
def test_upsampling_of_a_low_passed_signal_is_imaging_and_never_folding(name, shift):
    op = down_and_up(UPSAMPLINGS[name])
    found = iv.causes(op, signal(), iv.Translate(x=shift))
    share = found.share_of_cause
    assert found.attrs["main_cause"] == "imaging"
    assert float(share.sel(cause="imaging")) > 0.95
    assert abs(float(share.sel(cause="folding"))) < 1e-9
    assert float(found.share.sel(cause="imaging", stage=3)) > 0.95
    assert float(share.sum()) == pytest.approx(1, abs=1e-9)


def test_ideal_upsampling_leaves_nothing():
    op = down_and_up(iv.SpectralUpsample({"x": 2}))
    assert float(iv.causes(op, signal(), iv.Translate(x=1.0)).total) < 1e-12


def test_of_an_unfiltered_signal_the_stride_before_it_folds():
    op = iv.Subsample(stride={"x": 2}) >> iv.SpectralUpsample({"x": 2})
    found = iv.causes(op, signal(), iv.Translate(x=1.0))
    assert found.attrs["main_cause"] == "folding"
    assert float(found.share_of_cause.sel(cause="imaging")) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("place", some([1, 2, 4, 6], 4))
def test_the_only_upsampling_of_a_deep_graph_is_found_at_every_place(place):
    """Smooth blocks with skips; one block goes down by keeping what a low-pass left, and up."""
    blur = iv.BlurPool(taps=5, stride={"x": 1})
    nodes, last = [iv.Node("low", LOW, "input")], "low"
    for k in range(8):
        nodes += [
            iv.Node(f"{k}.blur", blur, last),
            iv.Node(f"{k}.skip", iv.Add(), (f"{k}.blur", last)),
        ]
        last = f"{k}.skip"
        if k == place:
            nodes += [
                iv.Node("down", iv.Subsample(stride={"x": 2}), last),
                iv.Node("up", iv.NearestUpsample({"x": 2}), "down"),
            ]
            last = "up"
    graph = iv.Graph(nodes)
    found = iv.causes(graph, signal(), iv.Translate(x=1.0))
    where = [node.name for node in graph].index("up") + 1
    assert float(found.share.sel(cause="imaging", stage=where)) > 0.95
    assert abs(float(found.share_of_cause.sel(cause="folding"))) < 1e-9


def test_nearest_upsampling_that_is_called_a_pool_is_not_taken_for_folding():
    """The name does not matter: a function of unknown inside, which repeats samples."""

    class Repeats(iv.NearestUpsample):
        def __str__(self) -> str:
            return "MaxPool"

    found = iv.causes(down_and_up(Repeats({"x": 2})), signal(), iv.Translate(x=1.0))
    assert found.attrs["main_cause"] == "imaging"


def test_a_stage_that_goes_down_and_up_inside_commutes_with_its_whole_shift():
    """It is not position: its period is 2, though its stride is 1."""
    inner = iv.Sum(iv.Subsample(stride={"x": 2}) >> iv.SpectralUpsample({"x": 2}), iv.Pipeline(()))
    found = iv.causes(inner, signal(), iv.Translate(x=1.0))
    assert found.attrs["main_cause"] == "folding"
    assert float(found.share_of_cause.sel(cause="position")) == pytest.approx(0, abs=1e-9)


def test_unpooling_is_imaging_and_aligned_corners_are_position():
    graph = iv.Graph(
        [
            iv.Node("low", LOW, "input"),
            iv.Node("pool", iv.MeanPool({"x": 2}), "low"),
            iv.Node("back", iv.MaxUnpool({"x": 2}), ("pool", "low")),
        ]
    )
    found = iv.causes(graph, signal(), iv.Translate(x=1.0))
    assert float(found.share.sel(cause="imaging", stage=3)) > 0.9
    corners = iv.LinearUpsample({"x": 2}, aligned_corners=True)
    found = iv.causes(LOW >> corners, signal(), iv.Translate(x=1.0))
    assert found.attrs["main_cause"] == "position"


def test_a_diagnosis_of_repeated_samples_names_imaging_and_a_better_interpolation():
    op = iv.BlurPool(taps=7, stride={"x": 1}) >> iv.NearestUpsample({"x": 2})
    found = iv.diagnose(op, signal(), "x", shifts=[0.5, 1.0])
    text = found.summary()
    assert "Imaging at stage 2" in text
    assert "a blind move" in text
    assert found["x"].attrs["stride"] == 1
    assert found["x"].attrs["out_step"] == 0.5
    assert "iv.aliasing.images" in found["x"].attrs["unexplained"]
    better = op[:1] >> iv.LinearUpsample({"x": 2})
    move = iv.Translate(x=0.5)
    worse, less = (float(iv.equivariance_error(each, signal(), move)) for each in (op, better))
    assert less < worse / 5
    np.testing.assert_array_less(0.1, worse)


def test_a_diagnosis_of_down_and_up_calls_shifts_blind_by_all_stages_and_not_by_the_output():
    """The output has the input's samples; a roll by one of them is not exact."""
    op = (
        iv.BlurPool(taps=7, stride={"x": 1}) >> iv.MaxPool({"x": 2}) >> iv.NearestUpsample({"x": 2})
    )
    found = iv.diagnose(op, signal(), "x", shifts=[1.0, 2.0])
    reading = AxisReading.of(found["x"])
    assert reading.blind.tolist() == [False, True]
    assert (reading.stride, reading.number("out_step")) == (2, 1.0)
    later = op >> iv.Subsample(stride={"x": 3})
    again = iv.diagnose(later, signal(), "x", shifts=[1.0])["x"]
    rates = again["fold_rate"].values
    assert rates[np.isfinite(rates)].tolist() == pytest.approx([1 / 2, 1 / 3])
