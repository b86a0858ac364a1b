"""What remedies got wrong once, each with the pipeline where it was seen."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from tests.conftest import ring

SQUARE = iv.Relu() >> iv.MaxPool(window={"y": 4, "x": 4})
TWICE = iv.Relu() >> iv.Subsample(stride={"x": 2}) >> iv.Tanh() >> iv.Subsample(stride={"x": 2})


def _selection(found):
    return [each for each in found if each.aligned]


def test_polyphase_selection_along_x_does_not_tear_a_picture_into_rows(photograph):
    """Chosen per row the phases were 1 1 1 2 1 ..., and the error after alignment was not 0."""
    x = ring(photograph, x=128, y=64)
    moves = [iv.Translate(x=d) for d in (1, 2, 3)]
    (chosen,) = _selection(iv.remedies(SQUARE, x, moves, most=None))
    assert chosen.pipeline[-1].over == ("y",)
    assert chosen.pipeline(x)["x_phase"].dims == ()
    error = iv.equivariance_error(chosen.pipeline, x, moves, align="grid")
    assert float(error.max()) == 0.0
    assert float(error["apart"].max()) == 0.0
    rows = iv.Pipeline(*chosen.pipeline[:-1], iv.PolyphasePool(stride={"x": 4}))
    assert float(iv.equivariance_error(rows, x, moves, align="grid")["apart"].max()) > 0


def test_polyphase_selection_is_joint_over_channels_and_both_axes_of_a_picture(photograph):
    x = ring(photograph, x=64, y=32)
    moves = [iv.Translate(x=1), iv.Translate(x=2, y=3), iv.Translate(y=1)]
    op = iv.GaborBank(("y", "x"), 0.2, [0.0, 1.0], part="real") >> SQUARE
    (chosen,) = _selection(iv.remedies(op, x, moves, most=None))
    pool = chosen.pipeline[-1]
    assert set(pool.over) | set(pool.stride) == set(op(x).dims)
    assert chosen.after < 1e-12


def test_items_of_a_batch_choose_for_themselves(photograph):
    x = xr.concat([ring(photograph, x=64, y=32), ring(photograph.T, x=64, y=32)], "item")
    (chosen,) = _selection(iv.remedies(SQUARE, x, iv.Translate(x=1), most=None))
    assert chosen.pipeline[-1].over == ("y",)
    assert chosen.after == 0.0


def test_polyphase_selection_is_not_offered_on_an_axis_that_ends(photograph):
    """Two real cuts have other norms: its choice does not follow them."""
    assert not _selection(iv.remedies(SQUARE, photograph, iv.Translate(x=1), most=None))


def test_half_the_stride_is_judged_at_fractions_of_a_sample_too(photograph):
    """It "took the error down to round-off" where 9.0 and 7.9 % were left at other moves."""
    x = ring(photograph, x=128, y=32)
    op = iv.MaxPool(window={"x": 2})
    name = "half the stride of MaxPool(x: 2)"
    whole = [iv.Translate(x=d) for d in (1, 3)]
    blind = {each.name: each for each in iv.remedies(op, x, whole, most=None)}[name]
    assert blind.after < 1e-12
    listed = [*whole, iv.Translate(x=2), iv.Translate(x=0.5), iv.Translate(x=2.6)]
    fair = {each.name: each for each in iv.remedies(op, x, listed, most=None)}[name]
    errors = iv.equivariance_error(fair.pipeline, x, listed)
    assert fair.after == pytest.approx(float(errors.max()), rel=1e-9)
    assert fair.after > 0.05
    assert not fair.reaches


def test_moves_by_whole_strides_have_no_say(photograph):
    x = ring(photograph, x=128, y=32)
    op, moves = iv.MaxPool(window={"x": 4}), [iv.Translate(x=1), iv.Translate(x=3)]
    with_blind = iv.remedies(op, x, [*moves, iv.Translate(x=4), iv.Translate(x=-8)])
    assert with_blind == iv.remedies(op, x, moves)
    assert iv.remedies(op, x, [iv.Translate(x=4), iv.Translate(x=-8)]) == ()


def test_where_no_single_change_reaches_the_target_two_are_made():
    """The best single remedy reached -18.5 dB, and nothing said that it takes two."""
    x = iv.power_law_noise(iv.Axis("x", size=1024), iv.Axis("item", size=4), rng=3)
    moves = [iv.Translate(x=d) for d in (1, 2, 3)]
    found = iv.remedies(TWICE, x, moves, target=-40.0, most=None)
    alone = [each for each in found if len(each.stages) == 1]
    both = [each for each in found if each.stages == (2, 4)]
    assert alone
    assert not any(each.reaches for each in alone)
    assert found[0].reaches
    assert found[0] in both
    assert found[0].changes[0] != found[0].name
    gains = {each.stages[0]: each.gain for each in sorted(alone, key=lambda each: each.gain)}
    assert max(each.gain for each in both) > sum(gains.values())


def test_a_front_end_made_of_stages_is_given_a_smaller_hop_on_a_recording_as_it_is(speech):
    """It was run at a smaller hop by recursion, which needs a periodic axis."""
    op = iv.MelSpectrogram.in_samples(speech, window=256, hop=128, bands=20)
    moves = [iv.Translate.in_samples(speech, time=d) for d in (32, 50.5, 64)]
    found = iv.remedies(op, speech, moves)
    assert [each.change for each in found] == [
        "quarter the hop of stage 1, along time",
        "halve the hop of stage 1, along time",
    ]
    assert found[0].pipeline[0].hop == op.hop / 4
    assert found[0].gain > found[1].gain > 3


def test_where_nothing_reaches_the_target_each_remedy_says_so(photograph):
    x = ring(photograph, x=128, y=32)
    found = iv.remedies(iv.Relu(), x - x.mean(), iv.Translate(x=0.37), target=-90.0)
    assert found
    assert not any(each.reaches for each in found)


def test_several_axes_are_moved_at_once(photograph):
    moves = [iv.Translate(x=1), iv.Translate(y=1), iv.Translate(x=2, y=1)]
    found = iv.remedies(SQUARE, photograph, moves, target=-25.0)
    assert found[0].reaches
    assert found[0].change.endswith("along x and y")
    assert all(stage.stride == {"y": 4, "x": 4} for stage in found[0].pipeline[-1:])


def test_a_rolled_signal_is_run_and_compared_by_hand_as_it_is_said(photograph):
    """Zero-padded blur of 3, every second sample: by numpy alone, on an axis that ends."""
    x = photograph.isel(y=slice(100, 108))
    op = iv.BlurPool(taps=3, stride={"x": 2}, boundary="zero")
    move = 1
    found = iv.remedies(op, x, iv.Translate(x=move), most=None)
    name = "3-tap blur before the stride of BlurPool(stride x: 2, boundary zero)"
    each = {one.name: one for one in found}[name]
    assert each.code == (
        "(iv.BlurPool(stride={'x': 1}, boundary='zero') >> "
        "iv.BlurPool(stride={'x': 2}, boundary='zero'))"
    )

    def blurred(rows):
        wide = np.pad(rows, ((0, 0), (1, 1)))
        return (wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]) / 4

    def run(rows):
        return blurred(blurred(rows))[:, ::2]

    values = x.to_numpy()
    y, first = run(values), run(np.roll(values, move, axis=1))
    bins = np.fft.fftfreq(128)
    # Led down to the mean over the 16 samples that a fraction takes beyond what is compared.
    place = np.arange(128)
    weights = np.sin(np.pi / 2 * np.clip(np.minimum(place - 2, 125 - place) / 16, 0, 1)) ** 2
    mean = y.mean(axis=1, keepdims=True)
    turned = np.fft.fft(mean + weights * (y - mean)) * np.exp(-2j * np.pi * bins * move / 2)
    last = np.fft.ifft(turned).real
    # Reach 2 to each side, 1 for the seam, and 16 output samples for a fraction of one.
    keep = slice(1 + 17, 127 - 16)
    reference = y[:, keep]
    error = np.linalg.norm((first - last)[:, keep]) / np.linalg.norm(reference - reference.mean())
    # What is said goes by 33 taps instead, and by how much that may differ.
    assert abs(each.after - error) <= min(each.doubt, 0.1 * error)


@pytest.mark.parametrize("target", [0.0, 3.0, float("nan"), float("-inf"), "low", None])
def test_a_target_that_is_not_a_level_below_0_is_refused(photograph, target):
    with pytest.raises(iv.errors.ParameterError, match="target"):
        iv.remedies(iv.Relu(), photograph, iv.Translate(x=1), target=target)


def test_a_move_that_is_not_a_translation_is_refused(photograph):
    with pytest.raises(iv.errors.ParameterError, match="translations"):
        iv.remedies(iv.Relu(), photograph, [iv.Rotate(0.1, {"y": 0.0, "x": 0.0})])
