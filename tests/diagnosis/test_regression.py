"""Compared with a baseline: what got worse, by how much, and which stage did it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import ParameterError, ReadError, UndecidableError
from tests.conftest import DATA, ring


def pipeline(taps: int, stride: int = 2) -> iv.Operator:
    blur = iv.BlurPool(taps=taps, stride={"x": stride})
    return iv.GaussianBank(sigma={"x": 0.6}) >> blur >> iv.Relu()


@pytest.fixture
def picture(photograph):
    return ring(photograph, x=128)


def test_the_same_pipeline_is_not_worse(picture):
    before = iv.baseline(pipeline(3), picture)
    (found,) = iv.diagnosis.check_against(pipeline(3), picture, before, tolerance=0.0)
    assert (found.worse, found.dim) == (False, "x")
    assert found.now == found.before


def test_a_worse_pipeline_is_told_with_the_stage_that_did_it(picture):
    before = iv.baseline(pipeline(5), picture)
    (found,) = iv.diagnosis.check_against(pipeline(2), picture, before)
    assert found.worse
    assert found.stage == 2
    error = iv.equivariance_error(pipeline(2), picture, found.move)
    assert found.now == pytest.approx(20 * np.log10(float(error)), abs=1e-9)
    assert (
        "BlurPool(taps 2, stride x: 2), which was BlurPool(taps 5, stride x: 2)" in found.sentence
    )
    # The other way round it got better.
    assert not iv.diagnosis.check_against(pipeline(5), picture, iv.baseline(pipeline(2), picture))[
        0
    ].worse


@pytest.mark.parametrize(
    "last", [iv.Decibel(floor=-80), iv.Log(), iv.Power(0.5), iv.Apply(np.sqrt)], ids=str
)
def test_a_worse_log_mel_spectrogram_is_told_with_its_stage(last):
    """Moved by half a hop its powers ring below zero, of which there is no logarithm."""
    x = iv.read_audio(DATA / "speech" / "goforward.flac").isel(time=slice(8000, 32000))

    def front_end(window: float) -> iv.Operator:
        return iv.MelSpectrogram(window=window, hop=0.01) >> last

    before = iv.baseline(front_end(0.025), x, "time")
    (found,) = iv.diagnosis.check_against(front_end(0.015), x, before)
    assert found.worse
    assert found.stage == 1
    assert "It comes from stage 1, " in found.sentence
    assert "MelSpectrogram(window 0.015, hop 0.01)" in found.sentence
    assert "was MelSpectrogram(window 0.025, hop 0.01)" in found.sentence
    with pytest.raises(AssertionError, match=r"% of it is folding at stage 1, MelSpectrogram"):
        iv.testing.assert_equivariant(front_end(0.015), x, iv.Translate(time=0.005), max_db=-30)


def test_the_worst_errors_of_both_are_said_with_their_moves(picture):
    op = pipeline(2)
    made = iv.baseline(op, picture, shifts={"x": [1.0, 3.0, 5.0]})
    (axis,) = made.axes
    errors = np.array(axis.rolls)
    # Once the second move was twice as far off, and so the worst; the others are as they were.
    errors[1] = 2 * errors.max()
    before = replace(made, axes=(replace(axis, rolls=tuple(errors)),))
    (found,) = iv.diagnosis.check_against(op, picture, before)
    was, now = 20 * np.log10(errors.max()), 20 * np.log10(max(axis.errors))
    assert found.sentence == (
        f"Along x the worst error is {now:.1f} dB, at {found.move.shifts['x']:g} px, and was "
        f"{was:.1f} dB, at 3 px: better by {was - now:.1f} dB."
    )
    # What stays is not called better, and its move is said once.
    (same,) = iv.diagnosis.check_against(op, picture, made)
    assert same.sentence.endswith(f" px, and was {same.before:.1f} dB: within 0.5 dB.")


def halved(kind: str):
    """Pipelines by their step, and an input."""
    noise = iv.power_law_noise(iv.Axis("x", size=192, unit="px"), exponent=1.0, rng=1)
    sound = iv.power_law_noise(
        iv.Axis("time", size=8000, unit="s", step=1 / 8000), exponent=1.0, rng=2
    )
    blur = iv.GaussianBank(sigma={"x": 1.0}, boundary="zero") >> iv.Relu()
    return {
        "hop of a spectrogram": (
            lambda n: iv.Spectrogram.in_samples(sound, window=256, hop=32 * n), sound),
        "hop of a log-mel spectrogram": (
            lambda n: iv.MelSpectrogram(window=0.032, hop=0.004 * n) >> iv.Decibel(floor=-80),
            sound,
        ),
        "max pool": (lambda n: iv.MaxPool({"x": 4}, stride={"x": n}), noise),
        "mean pool with a border": (
            lambda n: iv.MeanPool({"x": 4}, stride={"x": n}, boundary="zero"), noise),
        "blur pool with a border": (
            lambda n: iv.BlurPool(taps=5, stride={"x": n}, boundary="reflect"), noise),
        "stride": (lambda n: iv.Subsample({"x": n}), noise),
        "layer and pool": (lambda n: blur >> iv.MaxPool({"x": 2}, stride={"x": n}), noise),
        "periodic pool": (lambda n: iv.MaxPool({"x": 4}, stride={"x": n}), ring(noise, x=192)),
    }[kind]  # fmt: skip


@pytest.mark.parametrize(
    "kind",
    [
        "hop of a spectrogram",
        "hop of a log-mel spectrogram",
        "max pool",
        "mean pool with a border",
        "blur pool with a border",
        "stride",
        "layer and pool",
        "periodic pool",
    ],
)
def test_half_a_step_never_fails_and_twice_a_step_always_does(kind):
    """A whole number of steps of the one is none of the other, and must not be compared."""
    made, x = halved(kind)
    dim = str(x.dims[0])
    for small, large in ((1, 2), (2, 4), (3, 4)):
        for before, now in ((small, large), (large, small)):
            kept = iv.baseline(made(before), x, dim)
            (found,) = iv.diagnosis.check_against(made(now), x, kept)
            wanted = iv.baseline(made(now), x, dim).axes[0].worst - kept.axes[0].worst
            assert found.worse is (now > before), found.sentence
            if found.worse and "worst error is" in found.sentence:
                # As much worse as the worst errors of both are, and not as one move was exact.
                assert found.now - found.before == pytest.approx(wanted, abs=0.5)


def test_an_error_at_the_border_hides_no_folding():
    """Cuts are compared with cuts, and rolls with rolls."""
    x = iv.power_law_noise(iv.Axis("x", size=128, unit="px"), exponent=1.5, rng=2) + 30.0

    def padded(taps: int):
        mean = iv.MeanPool({"x": 9}, stride={"x": 1}, boundary="zero")
        return mean >> iv.BlurPool(taps=taps, stride={"x": 2}, boundary="reflect")

    before = iv.baseline(padded(7), x, "x")
    (axis,) = before.axes
    assert np.nanmax(axis.cuts) > 3 * np.nanmax(axis.rolls)
    # Of a border that was as bad, or worse.
    louder = tuple(2 * each for each in axis.cuts)
    before = replace(before, axes=(replace(axis, cuts=louder),))
    (found,) = iv.diagnosis.check_against(padded(1), x, before)
    assert found.worse
    assert "the worst error of rolling is" in found.sentence


def test_a_baseline_of_before_is_compared_by_its_worst_error(picture):
    """Files of before do not tell rolls from cuts, nor which moves were given."""
    made = iv.baseline(pipeline(5, 4), picture, "x")
    old = tuple(replace(axis, rolls=(), cuts=(), usual=False) for axis in made.axes)
    before = replace(made, axes=old)
    for taps, stride, worse in ((5, 4, False), (5, 2, False), (5, 8, True), (2, 4, True)):
        (found,) = iv.diagnosis.check_against(pipeline(taps, stride), picture, before)
        assert found.worse is worse, found.sentence


@pytest.mark.parametrize("size", [1e-15, 1e-13])
def test_less_round_off_is_not_called_better(picture, size):
    op = iv.Tanh() >> iv.Relu()
    made = iv.baseline(op, picture, "x", shifts={"x": [1.0]})
    (axis,) = made.axes
    before = replace(made, axes=(replace(axis, rolls=(size,)),))
    (found,) = iv.diagnosis.check_against(op, picture, before)
    assert found.sentence.endswith("within 0.5 dB.")


def test_a_tolerance_is_in_decibels(picture):
    before = iv.baseline(pipeline(4), picture)
    growth = iv.diagnosis.check_against(pipeline(3), picture, before)[0]
    off = growth.now - growth.before
    assert off > 1
    assert not iv.diagnosis.check_against(pipeline(3), picture, before, tolerance=off + 0.01)[
        0
    ].worse
    assert iv.diagnosis.check_against(pipeline(3), picture, before, tolerance=off - 0.01)[0].worse


def test_round_off_is_no_regression(picture):
    op = iv.Relu() >> iv.Tanh()
    before = iv.baseline(op, picture, "x", shifts={"x": [1.0, 2.0]})
    again = iv.diagnosis.check_against(iv.Tanh() >> iv.Relu(), picture, before, tolerance=0.0)
    assert not again[0].worse


def test_a_stage_that_is_new_may_be_the_culprit(picture):
    before = iv.baseline(pipeline(5), picture)
    longer = pipeline(5) >> iv.MaxPool(window={"x": 2})
    (found,) = iv.diagnosis.check_against(longer, picture, before)
    assert (found.worse, found.stage) == (True, 4)


def test_a_finite_axis_is_measured_as_it_is(photograph):
    before = iv.baseline(pipeline(3), photograph, "x")
    assert not iv.diagnosis.check_against(pipeline(3), photograph, before)[0].worse
    assert iv.diagnosis.check_against(pipeline(1), photograph, before)[0].worse


def test_a_baseline_is_written_and_read_as_it_is(picture, tmp_path):
    before = iv.baseline(pipeline(3), picture)
    read = iv.diagnosis.Baseline.from_json(before.to_json(tmp_path / "b.json"))
    # NaN is equal to nothing.
    assert repr(read) == repr(before)
    assert json.loads((tmp_path / "b.json").read_text())["format"] == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "holds no baseline"),
        ("{}", "holds no baseline"),
        ('{"format": 99}', "make|Make the baseline anew"),
        ('{"format": 2, "axes": [{"dim": "x"}], "pipeline": "", "sha256": ""}', "holds no"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(text, said, tmp_path):
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(ReadError, match=said):
        iv.diagnosis.Baseline.from_json(tmp_path / "b.json")
    with pytest.raises(ReadError, match="make it first"):
        iv.diagnosis.Baseline.from_json(tmp_path / "none.json")


def test_another_input_and_a_negative_tolerance_are_refused(picture):
    before = iv.baseline(pipeline(3), picture)
    with pytest.raises(ParameterError, match="not the one"):
        iv.diagnosis.check_against(pipeline(3), picture * 2, before)
    with pytest.raises(ParameterError, match="at least 0"):
        iv.diagnosis.check_against(pipeline(3), picture, before, tolerance=-1.0)
    with pytest.raises(UndecidableError, match="NaN"):
        iv.baseline(pipeline(3), picture * np.nan)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 1}, r"^\S+ has the format 1; this release reads 2. Make the baseline anew"),
        ({"axes": []}, "holds no baseline.*no axes"),
        ({"errors": ["loud"]}, "holds no baseline"),
        ({"errors": [0.1]}, "holds no baseline.*same lengths"),
        ({"units": ["px", "px"]}, "holds no baseline.*same lengths"),
        ({"errors": [None] * 4}, "holds no baseline.*no errors"),
    ],
)
def test_a_file_that_was_tampered_with_is_said_to_hold_no_baseline(tmp_path, change, words):
    x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    path = iv.baseline(iv.BlurPool(taps=3, stride={"x": 2}), x).to_json(tmp_path / "b.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    inner = "errors" in change or "units" in change
    (content["axes"][0] if inner else content).update(change)
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(iv.errors.ReadError, match=words):
        iv.diagnosis.Baseline.from_json(path)


def test_shifts_along_a_dim_that_is_not_measured_are_not_dropped_in_silence():
    x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    with pytest.raises(iv.errors.DimError, match=r"shifts name 'y'.*along 'x'"):
        iv.baseline(iv.BlurPool(taps=3, stride={"x": 2}), x, shifts={"y": [1.0]})


LAYERS = {
    "padded": iv.GaussianBank(sigma={"x": 1.0}) >> iv.MaxPool(window={"x": 2}),
    "jointly": iv.Relu() >> iv.MaxPool(window={"y": 2, "x": 4}),
    "whole axis": iv.DivisiveNormalization(over="x") >> iv.Subsample(stride={"x": 2}),
    "lost": iv.MaxPool(window={"x": 4}) >> iv.GlobalPool("x"),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("kind", ["finite", "periodic"])
def test_a_check_and_a_baseline_report_the_same_number(photograph, name, kind):
    x = photograph.isel(y=slice(0, 128), x=slice(0, 128))
    x = ring(x, y=128, x=128) if kind == "periodic" else x
    kept, op = iv.baseline(LAYERS[name], x), LAYERS[name]
    checked = iv.check(op, x, max_error=0.0)
    assert [axis.dim for axis in kept.axes] == [each.dim for each in checked]
    for axis, each in zip(kept.axes, checked, strict=True):
        assert axis.worst == pytest.approx(each.error, abs=1e-9)
        assert each.move in axis.moves


def test_joint_moves_are_kept_and_made_again(photograph):
    x, axes = photograph.isel(y=slice(64, 192), x=slice(64, 192)), {"y": 2, "x": 2}
    before = iv.baseline(iv.BlurPool(taps=5, stride=axes), x)
    assert [axis.dim for axis in before.axes] == ["y", "x", "y and x"]
    found = iv.diagnosis.check_against(iv.BlurPool(taps=2, stride=axes), x, before)
    assert [each.worse for each in found] == [True, True, True]
    assert found[-1].sentence.startswith("Along y and x the worst error is ")
    assert set(found[-1].move.shifts) == {"y", "x"}


def test_a_border_that_gets_worse_is_told_on_the_stage_that_pads(photograph):
    def blurred(boundary):
        mean = iv.MeanPool(window={"x": 9}, stride={"x": 1}, boundary=boundary)
        return iv.Relu() >> mean >> iv.Tanh()

    before = iv.baseline(blurred("reflect"), photograph)
    (found,) = iv.diagnosis.check_against(blurred("zero"), photograph, before)
    assert (found.worse, found.stage) == (True, 2)
    assert "which was MeanPool(x: 9, stride x: 1, boundary reflect)" in found.sentence


def test_rounding_in_single_precision_is_no_regression():
    x = iv.power_law_noise(iv.Axis("x", size=128, unit="px", period=128.0), rng=1)
    double = iv.Relu() >> iv.Tanh()
    single = iv.Apply(lambda v: np.tanh(np.maximum(v, 0).astype(np.float32)).astype(float))
    before = iv.baseline(double, x, "x", shifts={"x": [1.0, 2.0]})
    (found,) = iv.diagnosis.check_against(single, x, before, tolerance=0.0)
    assert not found.worse


def test_shifts_that_cannot_tell_make_no_baseline():
    x = iv.power_law_noise(iv.Axis("x", size=96, unit="px"), rng=1)
    with pytest.raises(UndecidableError, match=r"total stride of 4 samples.*half a stride, 2 px"):
        iv.baseline(iv.Subsample(stride={"x": 4}), x, shifts=[4.0])
    before = iv.baseline(iv.Subsample(stride={"x": 3}), x, shifts=[4.0])
    with pytest.raises(UndecidableError, match="total stride of 4 samples"):
        iv.diagnosis.check_against(iv.Subsample(stride={"x": 4}), x, before)


def spoilt(path, change):
    """A baseline of a periodic axis, its content changed by hand."""
    x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    iv.baseline(iv.BlurPool(taps=3, stride={"x": 2}), x).to_json(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content, content["axes"][0])
    path.write_text(json.dumps(content), encoding="utf-8")
    return x


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _, axis: axis["errors"].__setitem__(0, float("nan")), "NaN is not a number"),
        (lambda _, axis: axis["errors"].__setitem__(0, float("inf")), "Infinity is not a"),
        (lambda _, axis: axis["errors"].__setitem__(0, 10**400), "is not a finite number"),
        (lambda _, axis: axis["errors"].__setitem__(0, -1), "is no error"),
        (lambda _, axis: axis["errors"].__setitem__(0, True), "is not a finite number"),
        (lambda _, axis: axis["errors"].__setitem__(0, "0.1"), "is not a finite number"),
        (lambda _, axis: axis["parts"].append(0.1), "2 parts of the error, of 1 layers"),
        (lambda content, _: content["layers"][0].update(reads=[1]), "reads a layer that is not"),
        (lambda content, _: content["layers"][0].update(reads=[-1]), "at least 0"),
        (lambda content, _: content["layers"][0].update(response=[1, 2]), "ValueError"),
        (lambda content, _: content["layers"][0].update(grids=[[["x", 3]]]), "ValueError"),
        (lambda content, _: content["layers"][0].pop("path"), "KeyError"),
        (lambda _, axis: axis["rolls"].__setitem__(0, -1), "is no error"),
        (lambda _, axis: axis["cuts"].pop(), "same lengths"),
        (lambda _, axis: axis.update(usual=1), "neither true nor false"),
        (lambda _, axis: axis["lengths"].__setitem__(0, [0]), "is none"),
        (lambda _, axis: axis["lengths"].__setitem__(0, [None]), "is not a finite number"),
        (lambda _, axis: axis["lengths"].__setitem__(0, "1"), "is not a list"),
        (lambda _, axis: axis.update(dims=["x", "x"]), "each named once"),
        (lambda _, axis: axis.update(dims="x"), "is not a list"),
        (lambda _, axis: axis.update(units=[3]), "is not text"),
        (lambda _, axis: axis.pop("errors"), "KeyError"),
        (lambda content, axis: content["axes"].append(axis), "has each axis once"),
        (lambda content, _: content.update(sha256="ab"), "sha256"),
        (lambda content, _: content.update(pipeline=3), "is not text"),
        (lambda content, axis: content.update(axes={"x": axis}), "is not a list"),
    ],
)
def test_numbers_that_no_measurement_gives_are_no_baseline(tmp_path, change, words):
    spoilt(tmp_path / "b.json", change)
    with pytest.raises(ReadError, match=f"holds no baseline: .*{words}"):
        iv.diagnosis.Baseline.from_json(tmp_path / "b.json")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"format": 1e999}', "\udcfc", "3", "[]", '"a"'])
def test_whatever_text_there_is_is_refused_with_our_own_error(tmp_path, text):
    (tmp_path / "b.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(ReadError):
        iv.diagnosis.Baseline.from_json(tmp_path / "b.json")


@pytest.mark.parametrize("place", [0, 1])  # the last move tells nothing anyway
def test_one_error_taken_out_of_a_baseline_does_not_open_the_gate(tmp_path, place):
    """The worst of what is left is no larger: what was worse before is worse still."""
    x = spoilt(tmp_path / "b.json", lambda _, axis: axis["rolls"].__setitem__(place, None))
    before = iv.diagnosis.Baseline.from_json(tmp_path / "b.json")
    assert iv.diagnosis.check_against(iv.Subsample(stride={"x": 2}), x, before)[0].worse
    none = spoilt(tmp_path / "b.json", lambda _, axis: axis.update(rolls=[None] * 4))
    before = iv.diagnosis.Baseline.from_json(tmp_path / "b.json")
    with pytest.raises(UndecidableError, match=r"no error of rolling.*make the baseline anew"):
        iv.diagnosis.check_against(iv.Subsample(stride={"x": 2}), none, before)


def test_a_move_that_told_nothing_before_and_tells_nothing_now_is_no_loss():
    x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    op = iv.BlurPool(taps=3, stride={"x": 2})
    before = iv.baseline(op, x, shifts=[1.0, 2.0])
    assert [np.isnan(each) for each in before.axes[0].errors] == [False, True]
    assert not iv.diagnosis.check_against(op, x, before)[0].worse
    wider = iv.BlurPool(taps=3, stride={"x": 4})
    assert iv.diagnosis.check_against(wider, x, before)[0].worse


@pytest.mark.parametrize("errors", [(np.inf,), (-1.0,), (np.nan,), ()])
def test_a_baseline_by_hand_is_held_to_the_same(errors):
    with pytest.raises(ParameterError):
        iv.diagnosis.BaselineAxis(("x",), ("px",), ((1.0,),), errors)


@pytest.mark.parametrize("name", ["a.wav", "baseline", "a.nc"])
def test_a_baseline_is_written_as_json_alone(picture, tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(ParameterError, match=r"A baseline ends in \.json"):
        iv.baseline(pipeline(3), picture).to_json(tmp_path / name)
    assert (tmp_path / name).read_text() == "mine"


def reaching(by: int, strides: int) -> iv.Pipeline:
    """A blur, and a stride: of what a far one gives, little lies away from the ends."""
    taps = iv.label(np.hanning(2 * by + 3)[1:-1] / (by + 1), "x")
    return iv.Convolve(taps, boundary="zero") >> iv.Subsample(stride={"x": strides})


def test_where_another_part_is_compared_today_both_are_taken_over_the_whole():
    """Away from the ends alone one pipeline looks better than it is up to the edge."""
    x = iv.power_law_noise(iv.Axis("x", size=128, unit="px"), rng=2)
    far, near = reaching(58, 2), reaching(1, 2)
    before = iv.baseline(far, x, shifts=[1.0])
    (old,) = before.axes
    assert old.inside == (False,)
    now = iv.diagnosis.check_against(near, x, before)[0]
    wanted = iv.equivariance_error(near, x, iv.Translate(x=1.0), protocol="roll")
    assert now.now == pytest.approx(float(iv.decibels(wanted)))
    assert now.before == pytest.approx(old.worst)
    again = iv.baseline(near, x, shifts=[1.0])
    assert again.axes[0].inside == (True,)
    back = iv.diagnosis.check_against(far, x, again)[0]
    assert (back.before, back.now) == (pytest.approx(now.now), pytest.approx(now.before))


def test_a_stage_that_has_changed_is_named_though_another_one_folds_more(picture):
    """Behind a pool of twice the stride the next stage meets other shifts, and folds instead."""
    last = iv.Subsample(stride={"x": 2})
    op = iv.MaxPool(window={"x": 2}) >> last
    worse = iv.MaxPool(window={"x": 2}, stride={"x": 4}) >> last
    before = iv.baseline(op, picture, "x")
    now = iv.diagnosis.check_against(worse, picture, before)[0]
    assert now.worse
    assert str(op[0]) in now.sentence
    assert str(worse[0]) in now.sentence
