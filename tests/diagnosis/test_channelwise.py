"""With a mean for each channel, biases change no figure, no verdict and no cause of a diagnosis."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.diagnosis import Baseline, check_against
from invarsig.diagnosis.baseline_changes import baseline_changes
from invarsig.errors import ParameterError
from invarsig.report.reading import inputs
from invarsig.report.verdict import Verdict
from invarsig.report.verdict_words import lede
from tests.biased import Biased

OFFSETS = st.lists(st.floats(-100, 100), min_size=3, max_size=3).map(tuple)
HIDING = (0.0, 60.0, -60.0)


def maps(*, ends: bool = True, dtype=np.float64) -> xr.DataArray:
    axes = [
        iv.Axis(dim, size=size, unit="px", period=None if ends else float(size))
        for dim, size in (("y", 8), ("x", 96))
    ]
    each = [iv.power_law_noise(*axes, exponent=1.0, rng=k) for k in range(3)]
    return xr.concat(each, "channel").astype(dtype)


POOL = iv.Relu() >> iv.MaxPool({"x": 3}, stride={"x": 2}, boundary="zero")
RING = iv.Relu() >> iv.MaxPool({"x": 3}, stride={"x": 2})


@cache
def judged(op: iv.Operator, norm: str, *, ends: bool) -> dict[str, np.ndarray]:
    """All figures of a diagnosis that do not count the stages."""
    tree = iv.diagnose(op, maps(ends=ends), "x", norm=norm).tree
    above, axis = tree["input_1"].to_dataset(inherit=False), tree["input_1/axis_1"].to_dataset()
    found = {
        name: above[name].to_numpy()
        for name in ("roll_error", "inside_error", "cut_error", "cause_total", "cause_error")
    }
    found |= {
        name: axis[name].to_numpy()
        for name in ("measured", "interior", "cut", "predicted", "invariance", "folded_energy")
    }
    found["folded_part"] = axis["folded_energy"].to_numpy() / axis["output_energy"].to_numpy()
    found["remedies"] = np.sort(above["remedy_gain"].to_numpy())
    found["verdict"] = np.array([above.attrs["verdict_error"], above.attrs["verdict_move"]])
    words = [above.attrs["verdict_state"], *above["cause_main"].to_numpy().tolist()]
    return {**found, "words": np.array([hash(each) for each in words])}


def keeps_the_law(norm: str, offsets: tuple[float, ...], gain: float, *, ends: bool) -> list[str]:
    """Names of the figures that constants in the channels, and a gain of all, change."""
    op = POOL if ends else RING
    before = dict(judged(op, norm, ends=ends))
    after = judged(op >> Biased(offsets, gain), norm, ends=ends)
    before["folded_energy"] = gain**2 * before["folded_energy"]
    return [
        name
        for name, values in before.items()
        if values.shape != after[name].shape
        or not np.allclose(values, after[name], rtol=1e-6, atol=1e-9, equal_nan=True)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("ends", [True, False])
@settings(max_examples=2, deadline=None)
@given(offsets=OFFSETS, gain=st.sampled_from([0.01, -3.0]))
def test_constants_and_a_gain_change_no_figure_no_verdict_and_no_cause(ends, offsets, gain):
    assert keeps_the_law("channelwise", offsets, gain, ends=ends) == []


@pytest.mark.slow
def test_the_law_catches_one_mean_for_all():
    changed = keeps_the_law("centered", HIDING, 1.0, ends=True)
    assert {"roll_error", "inside_error", "cut_error", "measured", "verdict"} <= set(changed)
    assert "cause_total" not in changed, "shares are parts of the error, whatever that is"


def test_a_check_no_longer_turns_by_what_is_added_to_a_channel():
    x, biased = maps(), POOL >> Biased(HIDING)
    (plain,) = iv.check(POOL, x, "x", max_error=-20)
    (hidden,) = iv.check(biased, x, "x", max_error=-20)
    assert (plain.outcome, hidden.outcome) == ("falls short", "holds")
    first, second = (
        iv.check(op, x, "x", max_error=-20, norm="channelwise")[0] for op in (POOL, biased)
    )
    assert first.outcome == second.outcome == "falls short"
    assert first.error == pytest.approx(second.error, abs=1e-6)
    with pytest.raises(AssertionError, match="relative to the output without the mean of each"):
        iv.testing.assert_equivariant(biased, x, iv.Translate(x=1), max_db=-20, norm="channelwise")
    iv.testing.assert_equivariant(biased, x, iv.Translate(x=1), max_db=-20)


def test_a_network_is_checked_channel_by_channel_unless_the_other_mean_is_named():
    class Last(Biased):
        network = True

    x, net = maps(), POOL >> Last(HIDING)
    assert iv.check(net, x, "x", max_error=-20)[0].outcome == "falls short"
    assert iv.check(net, x, "x", max_error=-20, norm="centered")[0].outcome == "holds"
    assert iv.baseline(net, x, "x").norm == "channelwise"
    assert iv.compare({"net": net, "pool": POOL}, x, "x").table.rms.values == pytest.approx(
        [iv.compare([POOL], x, "x").table.rms.item()] * 2, abs=3
    )


def test_shares_add_up_to_1_by_every_norm():
    x, op = maps(), POOL >> Biased(HIDING)
    found = [
        iv.causes(op, x, iv.Translate(x=1), norm=norm)
        for norm in ("channelwise", "centered", "total")
    ]
    for each in found:
        assert float(each.share.sum()) == pytest.approx(1.0, abs=1e-12)
        assert np.array_equal(each.share, found[0].share)
    assert float(found[0].total) > 3 * float(found[1].total) > 3 * float(found[2].total) * 0.99


def test_the_gains_of_remedies_are_those_of_the_errors_by_the_same_norm():
    x, op = maps(ends=False), iv.Relu() >> iv.Subsample({"x": 2}) >> Biased(HIDING)
    moves = [iv.Translate(x=1), iv.Translate(x=3)]
    for norm in ("channelwise", "centered"):
        best = iv.remedies(op, x, moves, norm=norm)[0]
        before, after = (
            iv.equivariance_error(each, x, moves, norm=norm).to_numpy()
            for each in (op, best.pipeline)
        )
        assert best.before == pytest.approx(before.max(), rel=1e-6)
        assert best.after == pytest.approx(after.max(), rel=1e-6)


def test_round_off_of_a_large_offset_is_not_called_an_error():
    x = maps(ends=False, dtype=np.float32)
    exact = iv.BlurPool(taps=3, stride={"x": 1})
    (found,) = iv.check(
        exact >> Biased((0.0, 1e5, -1e5)), x, "x", max_error=-90, shifts=[0.37], norm="channelwise"
    )
    assert found.outcome == "undecidable"
    assert found.floor > found.error > -90


class TestBaselines:
    def test_a_baseline_says_which_mean_and_a_check_takes_its_own(self, tmp_path):
        x, biased = maps(), POOL >> Biased(HIDING)
        before = iv.baseline(POOL, x, "x", norm="channelwise")
        kept = Baseline.from_json(before.to_json(tmp_path / "kept.json"))
        assert kept == before
        assert kept.norm == "channelwise"
        (same,) = check_against(biased, x, kept)
        assert not same.worse
        assert same.now == pytest.approx(same.before, abs=1e-6)
        assert same.sentence.endswith(
            "Errors are relative to the output without the mean of each channel."
        )
        (as_centered,) = check_against(biased, x, iv.baseline(POOL, x, "x"))
        assert as_centered.now < as_centered.before - 10, "one mean for all hides it"

    def test_another_norm_than_that_of_the_baseline_is_refused(self):
        x = maps()
        before = iv.baseline(POOL, x, "x", norm="channelwise")
        check_against(POOL, x, before, norm="channelwise")
        with pytest.raises(ParameterError, match="leave the norm out, or make the baseline anew"):
            check_against(POOL, x, before, norm="centered")
        with pytest.raises(ParameterError, match="centered, channelwise, total"):
            check_against(POOL, x, before, norm="each")

    def test_files_of_before_are_of_one_mean(self, tmp_path):
        before = iv.baseline(POOL, maps(), "x")
        path = before.to_json(tmp_path / "old.json")
        content = json.loads(path.read_text())
        assert content.pop("norm") == "centered"
        path.write_text(json.dumps(content))
        assert Baseline.from_json(path) == before

    def test_a_file_with_another_name_is_refused(self, tmp_path):
        path = iv.baseline(POOL, maps(), "x").to_json(tmp_path / "odd.json")
        path.write_text(path.read_text().replace('"centered"', '"each"'))
        with pytest.raises(iv.errors.ReadError, match="centered, channelwise, total"):
            Baseline.from_json(path)

    def test_what_changes_in_a_new_baseline_is_said(self):
        old = iv.baseline(POOL, maps(), "x")
        said = "\n".join(baseline_changes(old, replace(old, norm="channelwise")))
        assert "were relative to the output without its mean, and are to the output without" in said


class TestWords:
    @pytest.mark.parametrize(
        ("norm", "said"),
        [
            ("centered", "the output without its mean."),
            ("channelwise", "the output without the mean of each channel."),
            ("total", "the output, its mean included."),
        ],
    )
    def test_the_check_and_the_page_say_which_mean(self, norm, said):
        x = maps()
        (checked,) = iv.check(POOL, x, "x", max_error=-20, norm=norm)
        assert checked.sentence.endswith(f"Errors are relative to {said}")
        found = iv.diagnose(POOL, x, "x", norm=norm)
        assert found.tree["input_1"].attrs["norm"] == norm
        (entry,) = inputs(found.tree)
        assert f"Relative to {said}" in " ".join(lede(entry))

    def test_of_a_result_without_the_dim_one_mean_is_said(self):
        x = maps()
        op = POOL >> iv.GlobalPool(("y", "x"))
        (checked,) = iv.check(op, x, "x", max_error=-60, norm="channelwise")
        assert checked.sentence.endswith("relative to the output without its mean.")
        (entry,) = inputs(iv.diagnose(op, x, "x", norm="channelwise").tree)
        assert Verdict(entry).relative_to == "the output without its mean"
