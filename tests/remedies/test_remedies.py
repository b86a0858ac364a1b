"""Remedies: each runs, is predicted, and is verified."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.remedies import work
from invarsig.remedies.unremedied_lift import unremedied_lift
from tests.conftest import ring
from tests.nightly import some


def test_a_blur_helps_a_max_pool_and_an_ideal_low_pass_ends_it(photograph):
    x = ring(photograph, x=128, y=32)
    op = iv.GaussianBank(sigma={"x": 1.0}) >> iv.Relu() >> iv.MaxPool(window={"x": 4})
    shifts = [iv.Translate(x=d) for d in (1, 2, 3)]
    found = {each.name: each for each in iv.remedies(op, x, shifts, most=None)}
    names = {
        "ideal low-pass before the stride of MaxPool(x: 4)",
        "7-tap blur before the stride of MaxPool(x: 4)",
        "half the stride of MaxPool(x: 4)",
    }
    assert names <= set(found)
    ideal = found["ideal low-pass before the stride of MaxPool(x: 4)"]
    assert ideal.rms < 1e-12
    assert ideal.size == 1.0
    before = np.sqrt((iv.equivariance_error(op, x, shifts) ** 2).mean())
    for each in found.values():
        align = "grid" if each.aligned else "fourier"
        # By 2 samples half the stride is moved by a whole step, at which nothing shows.
        telling = shifts[::2] if each.name.startswith("half the stride") else shifts
        errors = iv.equivariance_error(each.pipeline, x, telling, align=align)
        again = np.sqrt((errors**2).mean())
        assert each.rms == pytest.approx(float(again), rel=1e-9, abs=1e-15)
        assert each.predicted == pytest.approx(each.rms, rel=1e-9, abs=1e-12)
        if each.rms > 1e-12:
            assert each.gain == pytest.approx(20 * np.log10(float(before) / each.rms), abs=1e-9)


def test_half_the_stride_is_not_judged_by_the_shift_it_is_blind_to(photograph):
    """At 2 samples half a stride of 4 is exact; judged by 1, 2 and 3 it is not."""
    x = ring(photograph, x=128, y=32)
    op = iv.MaxPool(window={"x": 4})
    name = "half the stride of MaxPool(x: 4)"
    blind = {r.name: r for r in iv.remedies(op, x, iv.Translate(x=2), most=None)}
    moves = [iv.Translate(x=d) for d in (1, 2, 3)]
    fair = {r.name: r for r in iv.remedies(op, x, moves, most=None)}[name]
    assert blind
    assert name not in blind
    assert fair.rms > 1e-3
    assert fair.size == 2.0


def test_a_front_end_is_offered_a_smaller_hop(speech):
    x = ring(speech, time=64 * 200)
    op = iv.Spectrogram.in_samples(x, window=128, hop=64)
    found = iv.remedies(op, x, [iv.Translate.in_samples(x, time=d) for d in (8, 24, 40)])
    assert [each.name.split(" of ")[0] for each in found] == ["a quarter", "half the hop"]
    assert found[0].gain > found[1].gain > 3
    assert found[1].size == 2.0


def test_nothing_is_offered_where_nothing_strides(photograph):
    x = ring(photograph, x=64)
    assert iv.remedies(iv.Relu(), x, iv.Translate(x=1)) == ()


def test_no_shift_is_refused(photograph):
    with pytest.raises(iv.errors.ParameterError, match="No shift"):
        iv.remedies(iv.Relu(), ring(photograph, x=64), [])


def test_a_remedy_costs_the_dense_stage_and_the_low_pass_behind_it(photograph):
    x = ring(photograph, x=64, y=32)
    op, shifts = iv.MaxPool(window={"x": 4}), [iv.Translate(x=d) for d in (1, 2, 3)]
    found = {each.name.split(" before")[0]: each for each in iv.remedies(op, x, shifts, most=None)}
    # By row: 64 maxima of 4, then 16 sums of 3, or transforms of 64 samples there and of 16 back.
    assert work(op, x) == 32 * 64
    assert found["3-tap blur"].cost == (64 * 4 + 16 * 3) / 64
    assert found["ideal low-pass"].cost == (64 * 4 + 64 * 6 + 2 * 16 * 4) / 64
    assert found["ideal low-pass"].cost > found["7-tap blur"].cost > found["3-tap blur"].cost


# Predicted from the lift as it is


PIPELINES = [
    iv.GaussianBank(sigma={"x": 1.0}) >> iv.Relu() >> iv.MaxPool(window={"x": 4}),
    iv.Subsample(stride={"x": 4}),
    iv.MeanPool(window={"x": 4}) >> iv.BlurPool(taps=3, stride={"x": 1}),
    iv.GaborBank("x", [0.1, 0.2], part="real") >> iv.Relu() >> iv.MeanPool(window={"x": 4}),
    iv.GaussianBank(sigma={"x": [0.7, 1.4]}, stride={"x": 4}),
]


@pytest.fixture(scope="module")
def pictures(photograph):
    axes = [iv.Axis(dim, size=n, period=float(n)) for dim, n in (("y", 16), ("x", 128))]
    return {
        "camera": ring(photograph, x=128, y=16),
        "squared": ring(photograph**2, x=128, y=16),
        "columns": ring(photograph.rename(x="y", y="x"), x=128, y=16),
        "noise": iv.power_law_noise(*axes, exponent=0.5, rng=4),
    }


@pytest.mark.nightly
@pytest.mark.parametrize("name", some(["camera", "squared", "columns", "noise"], 3))
@pytest.mark.parametrize("op", PIPELINES, ids=str)
def test_gains_are_predicted_from_the_lift_as_it_is_and_a_response(pictures, name, op):
    """20 pairs: a low-pass or a smaller stride, predicted before it is built. Each also runs."""
    x = pictures[name]
    moves = [iv.Translate(x=d) for d in (1, 2, 3)]
    found = [each for each in iv.remedies(op, x, moves, most=None) if each.from_lift]
    assert len(found) >= 5
    for each in found:
        if each.rms > 1e-12:
            assert each.gain == pytest.approx(each.gain_predicted, abs=1.0), each.name
        else:
            assert each.predicted < 1e-12
        assert each.pipeline(x).sizes["x"] == round(op(x).sizes["x"] * each.size)


def test_before_a_nonlinearity_the_change_has_a_lift_of_its_own(photograph):
    """It meets other values then, and what it creates is not in the lift as it was."""
    x = ring(photograph, x=128, y=16)
    op = iv.MeanPool(window={"x": 4}) >> iv.Tanh()
    found = iv.remedies(op, x, [iv.Translate(x=d) for d in (1, 2, 3)], most=None)
    assert not any(each.from_lift for each in found)
    for each in found:
        assert each.predicted == pytest.approx(each.rms, rel=1e-9, abs=1e-12)


# Kinds of remedies


def test_a_target_puts_the_cheapest_that_reaches_it_first(photograph):
    x = ring(photograph, x=128, y=16)
    op, moves = iv.Subsample(stride={"x": 4}), [iv.Translate(x=d) for d in (1, 2, 3)]
    found = iv.remedies(op, x, moves, target=-25.0, most=None)
    plain = [each for each in found if not each.aligned]
    assert [each.reaches for each in found] == [each.after <= 10 ** (-25 / 20) for each in found]
    reach = [each.reaches for each in plain]
    assert any(reach)
    assert not all(reach)
    assert reach == sorted(reach, reverse=True)
    keep = [each for each in plain if each.reaches and each.size == 1]
    assert [each.cost for each in keep] == sorted(each.cost for each in keep)


def test_what_is_beaten_in_everything_is_not_on_the_front(photograph):
    x = ring(photograph, x=128, y=16)
    moves = [iv.Translate(x=d) for d in (1, 2, 3)]
    found = iv.remedies(iv.Subsample(stride={"x": 4}), x, moves, most=None)
    front = [each for each in found if each.best]
    assert len(front) > 1
    for each in found:
        beaten = any(
            other.rms < each.rms
            and other.cost <= each.cost
            and other.size <= each.size
            and other.lost <= each.lost
            for other in found
        )
        assert not (beaten and each.best and each.rms > 1e-9)


def test_polyphase_selection_is_exact_after_alignment_and_for_whole_samples_only(photograph):
    x = ring(photograph, x=128, y=16)
    op, name = iv.Subsample(stride={"x": 4}), "polyphase selection"
    whole = iv.remedies(op, x, [iv.Translate(x=1), iv.Translate(x=3)], most=None)
    (chosen,) = (each for each in whole if each.name.startswith(name))
    assert chosen.aligned
    assert chosen.rms == 0.0
    assert "alignment" in chosen.reason
    fractions = iv.remedies(op, x, iv.Translate(x=0.5), most=None)
    assert not any(each.name.startswith(name) for each in fractions)


def test_the_stride_of_a_complex_bank_is_moved_behind_the_modulus(photograph):
    x = ring(photograph, x=128, y=16)
    op = iv.GaborBank("x", [0.2, 0.3], bandwidth=1.0, stride={"x": 8}) >> iv.Modulus()
    found = iv.remedies(op, x, [iv.Translate(x=d) for d in (1, 3, 5)], most=None)
    moved = [each for each in found if "moved behind Modulus()" in each.name]
    assert moved
    for each in moved:
        assert each.predicted == pytest.approx(each.rms, rel=1e-9, abs=1e-12)


def test_a_nonlinearity_is_filtered_where_shifts_are_fractions(photograph):
    x = ring(photograph, x=128, y=16)
    x = x - x.mean()
    found = iv.remedies(iv.Relu(), x, iv.Translate(x=0.37), most=None)
    assert [each.name for each in found] == ["Relu() at twice the sampling rate, filtered"]
    assert found[0].gain > 6


def test_a_target_that_is_no_number_is_refused(photograph):
    with pytest.raises(iv.errors.ParameterError, match="target"):
        iv.remedies(iv.Relu(), ring(photograph, x=64), iv.Translate(x=1), target=float("nan"))


@pytest.mark.parametrize(
    "op",
    [
        iv.BlurPool(taps=3, stride={"x": 2}) >> iv.Subsample(stride={"x": 2}),
        iv.Subsample(stride={"x": 2}) >> iv.MaxPool(window={"x": 2}),
        iv.LpPool(window={"x": 4}),
    ],
    ids=str,
)
def test_polyphase_selection_is_offered_only_where_it_is_what_it_is_said_to_be(photograph, op):
    """Not beside another stride, nor where all phases have one norm, as blocks of squares do."""
    x = ring(photograph, x=64, y=16)
    found = iv.remedies(op, x, [iv.Translate(x=d) for d in (1, 2, 3)], most=None)
    assert found
    assert not any(each.aligned for each in found)


def test_nothing_is_predicted_from_the_lift_where_folding_does_not_explain(photograph, rng):
    x = ring(photograph, x=64, y=8)
    weights = xr.DataArray(rng.standard_normal((16, 3)), dims=("x", "x_tap"))
    op = iv.Subsample(stride={"x": 4}) >> iv.LocallyConnected(weights)
    found = iv.remedies(op, x, iv.Translate(x=1), most=None)
    assert not any(each.from_lift for each in found)


def test_a_picture_of_whole_numbers_gets_its_nonlinearities_filtered(photograph):
    x = (1000 * ring(photograph - photograph.mean(), x=64, y=8)).astype(int)
    assert len(iv.remedies(iv.Relu(), x, iv.Translate(x=0.37))) == 1


def test_on_an_axis_that_ends_nothing_that_needs_a_periodic_one_is_offered(photograph):
    """An ideal low-pass was, and raised; then such signals were refused altogether."""
    found = iv.remedies(iv.MaxPool(window={"x": 4}), photograph, iv.Translate(x=1), most=None)
    assert len(found) > 6
    assert all(np.isnan(each.predicted) for each in found)
    for each in found:
        assert not each.aligned
        assert "SpectralPool" not in each.code
        assert "Filtered" not in each.code
        each.pipeline(photograph)


def test_what_stands_before_a_change_is_lifted_once_for_all_changes():
    """The lift of a rewritten pipeline from shared features is the one of that pipeline itself."""
    x = iv.power_law_noise(iv.Axis("x", size=96, period=96.0), exponent=1.0, rng=1)
    stages = (iv.BlurPool(taps=3, stride={"x": 2}), iv.Relu(), iv.MaxPool(window={"x": 4}))
    op, moves = iv.Pipeline(stages), [iv.Translate(x=1), iv.Translate(x=3)]
    lift = unremedied_lift(op, x, ["x"], places={0, 2})
    changes = {0: iv.MeanPool(window={"x": 2}), 1: iv.Tanh(), 2: iv.Subsample(stride={"x": 4})}
    for place, stage in changes.items():
        other = iv.Pipeline((*stages[:place], stage, *stages[place + 1 :]))
        shared = lift.rewritten(other, place)
        np.testing.assert_array_equal(shared.dense, iv.lift(other, x, "x"))
        wanted = iv.predict_error(other, x, moves)
        found = shared.error_as_it_is(moves)
        assert found == pytest.approx(float(np.sqrt((wanted**2).mean())), rel=1e-10)
