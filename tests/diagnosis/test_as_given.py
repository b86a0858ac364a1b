"""What is said of a pipeline as given: the verdict, its causes and what would help."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.moves_as_given import default_moves_as_given
from invarsig.aliasing.verdict import verdict_of
from tests.nightly import some

BOX = iv.Convolve(iv.label(np.ones((5, 5)), "y", "x"), boundary="zero")


def every_fourth(values: np.ndarray) -> np.ndarray:
    """[1 2 1] with zeros beyond the ends, and every fourth sample of it."""
    wide = np.pad(values, [(0, 0)] * (values.ndim - 1) + [(1, 1)])
    return (wide[..., :-2] + 2 * wide[..., 1:-1] + wide[..., 2:])[..., ::4]


STRIDED = iv.Apply(every_fourth, over="x", stride={"x": 4}, reach={"x": 1.0})


def noise(size: int, seed: int = 0) -> xr.DataArray:
    return iv.label(np.random.default_rng(seed).standard_normal(size), iv.Axis("x", unit="px"))


def of_move(found: xr.Dataset, name: str, **lengths: float) -> float:
    """A variable at one move."""
    wanted = [lengths.get(str(dim), 0.0) for dim in found["moved"].values]
    row = int(np.flatnonzero(np.isclose(found["move_length"].values, wanted).all(axis=1))[0])
    return float(found[name][row])


def cause(found: xr.Dataset, name: str, bar: str = "verdict") -> float:
    return float(found["cause_total"].sel(cause=name, cause_bar=bar))


# --- what was seen, each with the number that is right ---


def test_three_zero_padded_filters_are_not_exact_on_a_photograph(photograph):
    found = iv.diagnose(BOX >> BOX >> BOX, photograph, "x", shifts=[1.0, 2.0, 3.0, 4.0]).findings
    cuts = [of_move(found, "cut_error", x=float(k)) for k in (1, 2, 3, 4)]
    np.testing.assert_allclose(cuts, [0.060, 0.106, 0.130, 0.144], atol=5e-4)
    assert found.attrs["verdict_protocol"] == "cut"
    np.testing.assert_allclose(found.attrs["verdict_error"], cuts[-1])
    assert found.attrs["verdict_seam"] == 0
    assert cause(found, "border") > 0.999


def test_behind_a_pool_what_padding_does_is_still_seen(photograph):
    op = BOX >> BOX >> BOX >> iv.MaxPool(window={"y": 2, "x": 2})
    found = iv.diagnose(op, photograph, "x").findings
    np.testing.assert_allclose(of_move(found, "cut_error", x=2.0), 0.090, atol=5e-4)
    assert found.attrs["verdict_error"] >= 0.090


@pytest.mark.parametrize("size", [64, 96, 128])
def test_a_short_signal_that_folds_is_never_called_exact(size):
    found = iv.diagnose(STRIDED, noise(size), "x").findings
    assert found.attrs["verdict_state"] == "known"
    assert found.attrs["verdict_error"] > 0.9


def test_a_function_that_pads_by_itself_has_its_error_explained_by_folding():
    found = iv.diagnose(STRIDED, noise(1024), "x").findings
    assert found.attrs["verdict_region"] == "inside"
    assert cause(found, "folding") > 0.999
    assert cause(found, "position") == 0.0
    assert list(found["cause_main"].values) == ["folding", "folding"]


def test_rounding_to_single_precision_is_within_the_measuring_limit():
    def single(values):
        return np.tanh(values.astype(np.float32)).astype(np.float64)

    given = AsGiven.of(iv.Apply(single), noise(256), ["x"])
    judged = given.judge(iv.Translate(x=2.0))
    assert judged.inside_limit >= 1e-5
    assert judged.worst <= judged.inside_limit
    double = AsGiven.of(iv.Apply(np.tanh), noise(256), ["x"])
    assert double.judge(iv.Translate(x=2.0)).inside_limit < 1e-9


def test_the_joint_move_can_be_worse_than_each_axis_and_then_it_leads(photograph):
    op = iv.Relu() >> iv.MaxPool(window={"y": 4, "x": 4})
    found = iv.diagnose(op, photograph.isel(y=slice(0, 160), x=slice(0, 160))).findings
    lengths = found["move_length"].values
    alone = (lengths != 0).sum(axis=1) == 1
    told = np.where(found["blind"].values == 1, np.nan, found["inside_error"].values)
    assert np.nanmax(told[~alone]) > 1.1 * np.nanmax(told[alone])
    np.testing.assert_allclose(found.attrs["verdict_error"], np.nanmax(told))


@pytest.mark.parametrize("stride", [1, 2, 3, 5, 8, 12, 32, 50])
def test_half_a_stride_is_among_the_default_moves_of_each_axis_and_jointly(stride):
    axes = [iv.Axis(dim, size=4 * stride, step=0.5, unit="m") for dim in ("y", "x")]
    x = iv.label(np.random.default_rng(1).standard_normal((4 * stride,) * 2), *axes)
    op = iv.Subsample(stride={"y": stride, "x": stride})
    moves = default_moves_as_given(AsGiven.of(op, x, ["y", "x"]).along)
    shifts = [dict(move.shifts) for move in moves]
    half = 0.5 * (np.floor(stride / 2 + 0.5) if stride > 1 else 0.5)  # in whole samples of half a m
    for wanted in ({"y": half}, {"x": half}, {"y": half, "x": half}):
        assert any(
            set(s) == set(wanted) and np.isclose(list(s.values()), half).all() for s in shifts
        )


# --- laws ---


def random_pipeline(seed: int) -> tuple[iv.Operator, xr.DataArray]:
    rng = np.random.default_rng(seed)
    boundary = ["valid", "zero", "reflect", "symmetric"][seed % 4]
    kernel = iv.label(rng.standard_normal(3), "x")
    stages = [
        iv.Convolve(kernel, boundary=boundary),
        iv.Relu(),
        iv.BlurPool(taps=3, stride={"x": 2}, boundary=boundary),
        iv.MaxPool(window={"x": 2}, boundary=boundary),
        iv.Tanh(),
        iv.Apply(every_fourth, over="x", stride={"x": 4}, reach={"x": 1.0}),
    ]
    chosen = [stages[int(k)] for k in rng.choice(5, size=3)]
    return iv.Pipeline(chosen), iv.label(rng.standard_normal((3, 200)), "channel", iv.Axis("x"))


@pytest.mark.parametrize("seed", range(16))
def test_the_verdict_is_the_worst_of_all_that_can_tell(seed):
    op, x = random_pipeline(seed)
    given = AsGiven.of(op, x, ["x"])
    judged = [given.judge(move) for move in default_moves_as_given(given.along)]
    verdict = verdict_of(given, judged)
    told = []
    for each in judged:
        if np.isfinite(each.cut):
            told.append(float(iv.equivariance_error(op, x, each.move, protocol="cut")))
        if not each.blind:
            try:
                told.append(float(iv.equivariance_error(op, x, each.move, protocol="interior")))
            except iv.errors.BorderError:
                told.append(float(iv.equivariance_error(op, x, each.move, protocol="roll")))
    assert verdict.error >= max(told) * (1 - 1e-9)


@pytest.mark.parametrize("seed", some(range(0, 16, 3), 4))
def test_the_bar_of_causes_splits_the_very_error_of_the_verdict(seed):
    op, x = random_pipeline(seed)
    found = iv.diagnose(op, x, "x").findings
    if found.attrs["verdict_state"] != "known" or "cause_share" not in found:
        pytest.skip("nothing to split")
    np.testing.assert_allclose(found["cause_error"][0], found.attrs["verdict_error"], rtol=1e-9)
    if found.attrs["verdict_error"] > 1e-6:
        sums = found["cause_share"].sel(cause_bar="verdict").sum()
        np.testing.assert_allclose(sums, 1.0, atol=1e-9)


@pytest.mark.parametrize("seed", some([1, 2, 6, 10], 3))
def test_every_change_that_is_offered_runs_and_gives_the_error_that_was_said(seed):
    op, x = random_pipeline(seed)
    found = iv.diagnose(op, x, "x").findings
    for row in range(found.sizes.get("remedy", 0)):
        one = found.isel(remedy=row)
        changed = eval(one["remedy_code"].item(), {"iv": iv, "every_fourth": every_fourth})
        given = AsGiven.of(changed, x, ["x"])
        moves = default_moves_as_given(AsGiven.of(op, x, ["x"]).along)
        worst = np.nanmax([given.judge(move).worst for move in moves])
        np.testing.assert_allclose(worst, float(one["remedy_after"]), rtol=1e-9, atol=1e-13)
        assert float(one["remedy_after"]) < float(one["remedy_before"])
        np.testing.assert_allclose(one["remedy_before"], found.attrs["verdict_error"])


def test_moves_by_the_whole_stride_alone_decide_nothing():
    op, x = iv.Subsample(stride={"x": 4}), noise(256)
    found = iv.diagnose(op, x, "x", shifts=[4.0, 8.0]).findings
    assert found.attrs["verdict_state"] == "blind"
    assert "cause_share" not in found


def test_where_real_cuts_differ_another_border_is_offered(photograph):
    found = iv.diagnose(BOX >> BOX >> BOX, photograph, "x", shifts=[1.0, 4.0]).findings
    best = found.isel(remedy=found.attrs["remedy_recommended"])
    assert "pad" in best["remedy_change"].item()
    assert float(best["remedy_after"]) < 0.1 * float(best["remedy_before"])


def test_a_pipeline_that_refuses_the_signal_is_said_to():
    def refuses(values):
        if values.shape[-1] == 60:
            raise iv.errors.AxisError("60 samples are not wanted; give 61.")
        return values

    op = iv.Apply(refuses, over="x", reach={"x": 1.0})
    x = iv.label(np.arange(61.0), iv.Axis("x", period=61.0)).isel(x=slice(0, 60))
    found = iv.diagnose(op, x, "x", shifts=[1.0])
    assert found.findings.attrs["verdict_state"] == "refused"
