"""Figures over the sections of a long signal are those of the whole: energies add up."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.causes import causes
from invarsig.diagnosis.causes_of_sections import causes_as_one
from invarsig.diagnosis.energies import Energies, Moments, joined, relative_sizes
from invarsig.diagnosis.judged_sections import JudgedSection, judged_as_one
from invarsig.diagnosis.sections import SPREAD, Sections, spread
from invarsig.report.page import render

RATE = 8000
OP = iv.BlurPool(taps=3, stride={"time": 2}) >> iv.Relu() >> iv.MaxPool(window={"time": 4})
MOVES = [iv.Translate(time=samples / RATE) for samples in (1, 2.5, 3, 8)]
SIZE = 4000


def uneven_of(size):
    """Loud low tones and quiet noise in turn: errors of its parts differ by a factor of ten."""
    axis = iv.Axis("time", size=5 * size, step=1 / RATE, unit="s")
    noise = iv.power_law_noise(axis, exponent=0.0, rng=1)
    tone = np.sin(2 * np.pi * 40 * np.arange(noise.size) / RATE)
    level = np.repeat([0.02, 3.0, 0.1, 1.0, 0.05], size)
    return noise.copy(data=0.1 * noise.values + level * tone)


@pytest.fixture(scope="module")
def uneven():
    return uneven_of(SIZE)


@pytest.fixture(scope="module")
def long():
    """Of which a third of a section, where causes are measured, is as long as a section above."""
    return uneven_of(3 * SIZE)


def sections_of(x, size=SIZE):
    return [x.isel(time=slice(k, k + size)) for k in range(0, x.sizes["time"], size)]


def judged(op, x, moves=MOVES):
    run = AsGiven.of(op, x, ("time",))
    return run, [run.judge(move) for move in moves]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_energies_of_parts_add_up_to_those_of_the_whole(sizes, seed):
    rng = np.random.default_rng(seed)
    parts = [rng.uniform(0, 5) * (rng.standard_normal(size) + rng.uniform(-9, 9)) for size in sizes]
    gaps = [rng.standard_normal(size) for size in sizes]

    def of(gap, part):
        around = np.sum(np.abs(part - part.mean()) ** 2) if part.size else 0.0
        error = np.sqrt(np.sum(gap**2) / around) if around > 0 else np.nan
        moments = Moments.of(xr.DataArray(part, dims="x"), cut="x")
        return Energies.of([error], [moments if part.size else None])

    # A part of one sample has no energy around its mean, and so no relative error.
    found = reduce(lambda one, other: one + other, map(of, gaps, parts))
    whole = np.concatenate(parts)
    known = [gap for gap, part in zip(gaps, parts, strict=True) if part.size > 1]
    if whole.size > 1:
        around = np.sum((whole - whole.mean()) ** 2)
        np.testing.assert_allclose(found.around, around, rtol=1e-9, atol=1e-9)
        gap = sum(np.sum(each**2) for each in known)
        np.testing.assert_allclose(relative_sizes(found), np.sqrt(gap / around), rtol=1e-9)


@given(st.integers(1, 5), st.sampled_from(["centered", "channelwise", "total"]), st.booleans())
@settings(deadline=None)
def test_moments_of_sections_are_those_of_the_whole_by_every_norm(count, norm, along_cut):
    rng = np.random.default_rng(count)
    values = rng.standard_normal((3, 4 * count)) + rng.uniform(-9, 9, (3, 1))
    whole = xr.DataArray(values, dims=("channel", "x") if along_cut else ("x", "time"))
    dim, moved = ("x", ["x"]) if along_cut else ("time", ["x"])
    parts = [whole.isel({dim: slice(4 * k, 4 * k + 4)}) for k in range(count)]
    found = reduce(joined, (Moments.of(each, norm, moved, dim) for each in parts))
    expected = Moments.of(whole, norm, moved, dim)
    np.testing.assert_allclose(found.around, expected.around, rtol=1e-12)
    # The wrong one: one mean for all channels, whatever the norm.
    one_mean = reduce(joined, (Moments.of(each, "centered", moved, dim) for each in parts))
    assert norm == "centered" or not np.isclose(one_mean.around, expected.around, rtol=1e-3)


def test_moves_judged_on_sections_are_those_judged_on_the_whole(uneven):
    _, whole = judged(OP, uneven)
    runs = [judged(OP, each) for each in sections_of(uneven)]
    pooled, finite = judged_as_one(
        runs[0][1], [JudgedSection.of(*each, "time") for each in runs], 1e-10
    )
    assert finite
    for name in ("roll", "inside", "cut"):
        one = np.array([getattr(each, name) for each in whole])
        other = np.array([getattr(each, name) for each in pooled])
        np.testing.assert_array_equal(np.isnan(one), np.isnan(other))
        if name == "roll":
            # Of a blind roll there is nothing but the seams, and sections have four more of them.
            one, other = (each[[not found.blind for found in whole]] for each in (one, other))
        # Four seams more, and the ends of four sections less.
        np.testing.assert_allclose(other, one, rtol=0.05, atol=1e-10)
        if name == "cut":
            continue  # Where windows need no border two cuts agree.
        # The wrong one: a mean of the sections' own errors.
        own = np.array([[getattr(each, name) for each in found] for _, found in runs])
        own = own[:, [name != "roll" or not found.blind for found in whole]]
        means = own.mean(axis=0)
        known = np.isfinite(one) & (one > 1e-9)
        assert known.any()
        assert (np.abs(means[known] / one[known] - 1) > 0.5).all()
    for one, other in zip(whole, pooled, strict=True):
        assert other.blind == one.blind
        assert other.inside_compared == pytest.approx(one.inside_compared, abs=0.06)
        assert len(other.roll_parts) == len(runs)


def test_a_silent_section_adds_nothing_and_nan_is_propagated(uneven):
    parts = sections_of(uneven)
    loud = [JudgedSection.of(*judged(OP, each), "time") for each in parts[:2]]
    template = judged(OP, parts[0])[1]
    silent = JudgedSection.of(*judged(OP, 0 * parts[2]), "time")
    one, _ = judged_as_one(template, loud, 1e-10)
    other, finite = judged_as_one(template, [*loud, silent], 1e-10)
    assert finite
    for before, after in zip(one, other, strict=True):
        assert after.inside == pytest.approx(before.inside, rel=0.05)
        assert np.isfinite(after.roll)
    broken = parts[3].copy()
    broken[50] = np.nan
    with np.errstate(invalid="ignore"):
        with_nan = JudgedSection.of(*judged(OP, broken), "time")
        nan, finite = judged_as_one(template, [*loud, with_nan], 1e-10)
    assert not finite
    assert all(np.isnan(each.roll) for each in nan)


def test_a_section_that_is_too_short_for_its_inside_leaves_that_to_the_others(uneven):
    op = iv.BlurPool(taps=("hann", 65), stride={"time": 2}, boundary="reflect")
    parts = [*sections_of(uneven)[:2], uneven.isel(time=slice(0, 72))]
    runs = [judged(op, each, [iv.Translate(time=1 / RATE)]) for each in parts]
    assert [bool(found[0].inside_reason) for _, found in runs] == [False, False, True]
    several = [JudgedSection.of(*each, "time") for each in runs]
    (all_three,), _ = judged_as_one(runs[0][1], several, 1e-10)
    (two,), _ = judged_as_one(runs[0][1], several[:2], 1e-10)
    assert all_three.inside == two.inside
    assert all_three.inside_reason == ""
    (none,), _ = judged_as_one(runs[0][1], several[2:], 1e-10)
    assert none.inside_reason
    assert np.isnan(none.inside)


def test_shares_of_causes_add_up_as_energies_of_errors_do(uneven):
    move = iv.Translate(time=3 / RATE)
    whole = causes(OP, uneven, move, "roll")
    told = [causes(OP, each, move, "roll") for each in sections_of(uneven)]
    found = causes_as_one(
        [
            (
                one.assign_attrs(unknown=""),
                Energies.of([float(one["total"])], [Moments.of(OP(each))]),
            )
            for one, each in zip(told, sections_of(uneven), strict=True)
        ]
    )
    np.testing.assert_allclose(found["share"].sum(), 1, atol=1e-9)
    np.testing.assert_allclose(found["share_of_cause"], whole["share_of_cause"], atol=0.05)
    assert float(found["total"]) == pytest.approx(float(whole["total"]), rel=0.05)
    np.testing.assert_allclose(found["size"], whole["size"], rtol=0.3, atol=0.02)
    mean = xr.concat([one["total"] for one in told], "section").mean()
    assert abs(float(mean) / float(whole["total"]) - 1) > 0.5


def test_an_unknown_share_adds_nothing_and_where_none_is_known_it_is_said_why(uneven):
    one = causes(OP, uneven.isel(time=slice(SIZE)), iv.Translate(time=3 / RATE), "roll")
    one = one.assign_attrs(unknown="")
    none = (one * np.nan).assign_attrs(one.attrs, unknown="it is rounding")
    y = OP(uneven.isel(time=slice(SIZE)))
    silent = Energies.of([0.0], [Moments.of(0 * y)])
    heard = Energies.of([float(one["total"])], [Moments.of(y)])
    found = causes_as_one([(none, silent), (one, heard)])
    for name in ("share", "share_by_order", "uncertainty", "share_of_cause"):
        xr.testing.assert_allclose(found[name], one[name])
    # Silence is a part of the signal, too: the mean over all of it is another.
    assert float(found["total"]) < float(one["total"])
    assert causes_as_one([(none, silent), (none, heard)]).attrs["unknown"] == "it is rounding"


def test_a_spread_sample_stands_for_all_of_the_signal():
    for count in (1, 7, 16, 17, 500):
        found = spread(count)
        assert len(found) == min(count, SPREAD) == len(set(found))
        assert min(found) <= count / SPREAD
        assert max(found) >= count - 1 - count / SPREAD


def test_sections_hold_every_sample_once(uneven):
    for size in (1000, 4001, 10**6):
        sections = Sections(uneven, "time", size)
        values = np.concatenate([sections.read(k).values for k in range(len(sections))])
        np.testing.assert_array_equal(values, uneven.values)


@pytest.fixture(scope="module")
def diagnosed(long):
    shifts = [move.shifts["time"] for move in MOVES]
    return [iv.diagnose(OP, long, "time", shifts=shifts, most=most) for most in (None, 3 * SIZE)]


@pytest.mark.slow
def test_a_report_by_parts_says_what_one_of_the_whole_says(diagnosed, long):
    whole, parts = (each.tree["input_1"] for each in diagnosed)
    for name in ("roll_error", "inside_error", "cut_error", "inside_limit"):
        telling = slice(3) if name == "roll_error" else slice(None)  # not of the seams alone
        np.testing.assert_allclose(parts[name][telling], whole[name][telling], rtol=0.05)
    assert parts.attrs["verdict_error"] == pytest.approx(whole.attrs["verdict_error"], rel=0.05)
    assert parts.attrs["verdict_move"] == whole.attrs["verdict_move"]
    np.testing.assert_allclose(parts["cause_total"], whole["cause_total"], atol=0.05)
    # A change, wherever it was found, leaves on the whole about what it is said to leave.
    given, before = judged(OP, long)
    codes, after = parts["remedy_code"].values, parts["remedy_after"].values
    assert len(codes) > 1
    for code, said in zip(codes, after, strict=True):
        changed = given.changed(eval(str(code), {"iv": iv}))
        left = max(each.worst for each in map(changed.judge, MOVES) if np.isfinite(each.worst))
        assert abs(np.log10(said / left)) < 2 / 20  # within 2 dB: it is of a sample
    assert max(each.worst for each in before) == pytest.approx(
        float(parts["remedy_before"][0]), rel=0.05
    )
    for name in ("interior", "cut"):
        np.testing.assert_allclose(diagnosed[1]["time"][name], diagnosed[0]["time"][name], rtol=0.1)


@pytest.mark.slow
def test_it_is_said_which_segments_a_figure_is_of(diagnosed):
    notes = diagnosed[1].tree["input_1"].attrs["notes"]
    assert (
        "The errors of the pipeline as given are those of all 5 segments of the input, 1.5 s each, "
        "put together by energy; its causes and remedies are those of the middle of 4 of them, "
        "evenly spread, 0.5 s each." in notes
    )
    assert "borders" in notes.split("are those of the middle of 4 of them, evenly spread")[-2]
    assert diagnosed[1].tree["input_1"].attrs["part"] == ""
    page = render(diagnosed[1].tree).replace("\N{NO-BREAK SPACE}", " ")
    assert "This is of a part of the recording" not in page


@pytest.mark.nightly
def test_of_many_segments_some_are_sampled_and_the_page_says_how_many(uneven):
    found = iv.diagnose(OP, uneven, "time", shifts=[1 / RATE, 3 / RATE], most=600)
    count = found["time"].attrs["segments"]
    assert count > 30
    assert found["time"].attrs["segments_sampled"] == SPREAD
    notes = found.tree["input_1"].attrs["notes"]
    assert f"those of all {count} segments of the input" in notes
    assert (
        f"its causes and remedies are those of the middle of {SPREAD} of them, evenly spread"
        in notes
    )
    assert (
        f"swaps and what nonlinearities create are those of the middle of {SPREAD} of them" in notes
    )
    whole = iv.diagnose(OP, uneven, "time", shifts=[1 / RATE, 3 / RATE], most=None)
    np.testing.assert_allclose(
        found.tree["input_1"]["roll_error"], whole.tree["input_1"]["roll_error"], rtol=0.1
    )
