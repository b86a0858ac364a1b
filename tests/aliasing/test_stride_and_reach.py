"""Stride and reach of the whole pipeline, however its stages are put together."""

import numpy as np
import pytest

import invarsig as iv
from invarsig.aliasing import stride_and_reach
from invarsig.operators import Operator
from invarsig.operators.base import stages_of

SIZE = 2**4 * 3**4 * 5


def line(size=SIZE, **kind):
    axis = iv.Axis("x", step=0.5, size=size, unit="s", **kind)
    return iv.power_law_noise(axis, exponent=1.0, rng=1)


def random_stages(rng):
    """Stages with strides, without, and perhaps one at the end that loses the axis."""
    choices = (
        lambda: iv.MaxPool(window={"x": int(rng.integers(2, 5))}, stride={"x": 2}),
        lambda: iv.MeanPool(window={"x": 3}),
        lambda: iv.Subsample(stride={"x": int(rng.integers(1, 4))}),
        lambda: iv.BlurPool(taps=3, stride={"x": 1}),
        iv.Relu,
    )
    stages = [choices[rng.integers(len(choices))]() for _ in range(rng.integers(1, 5))]
    return [*stages, iv.GlobalPool("x")] if rng.random() < 0.6 else stages


def randomly_nested(stages, rng, names):
    """The same stages, some of them as one within another operator."""
    if len(stages) == 1 or rng.random() < 0.2:
        inner: Operator = iv.Pipeline(stages)
    else:
        cut = int(rng.integers(1, len(stages)))
        parts = [stages[:cut], stages[cut:]]
        inner = iv.Pipeline([randomly_nested(part, rng, names) for part in parts])
    around = rng.integers(3)
    if around == 0:
        return iv.Sum(inner)
    if around == 1:
        return iv.Parallel({"a": inner, "b": inner}, dim=f"branch {len(names.append(0) or names)}")
    return inner


@pytest.mark.parametrize("kind", [{}, {"period": SIZE * 0.5}])
@pytest.mark.parametrize("seed", range(60))
def test_nesting_changes_neither_stride_nor_reach(seed, kind):
    rng = np.random.default_rng(seed)
    x, stages = line(**kind), random_stages(rng)
    flat = iv.Pipeline(stages)
    nested = randomly_nested(stages, rng, [])
    assert len(stages_of(nested)) <= len(stages)
    stride, reach = stride_and_reach(flat, x, "x")
    found, far = stride_and_reach(nested, x, "x")
    assert found == stride
    np.testing.assert_allclose(far, reach, rtol=1e-12)


@pytest.mark.parametrize("seed", range(60))
def test_stride_and_reach_are_those_of_the_stages_before_the_axis_is_lost(seed):
    rng = np.random.default_rng(seed)
    x, stages = line(period=SIZE * 0.5), random_stages(rng)
    stride, reach, step = 1, 0.0, 0.5
    for stage in stages:
        by = {**getattr(stage, "window", {})}.get("x", 1) if not isinstance(stage, iv.Relu) else 1
        if isinstance(stage, iv.BlurPool):
            by = 3
        reach += (by - 1) / 2 * step
        own = getattr(stage, "stride", None) or getattr(stage, "window", {})
        stride, step = stride * own.get("x", 1), step * own.get("x", 1)
    found, far = stride_and_reach(iv.Pipeline(stages), x, "x")
    assert found == stride
    np.testing.assert_allclose(far, (reach, reach), rtol=1e-12)


def test_a_residual_body_tells_how_far_it_reaches():
    body = iv.BlurPool(taps=5, stride={"x": 1})
    assert stride_and_reach(iv.Residual(body), line(), "x") == stride_and_reach(body, line(), "x")


def test_branches_that_lose_an_axis_move_alike_at_the_common_multiple_of_their_strides():
    ends = {by: iv.MaxPool(window={"x": by}) >> iv.GlobalPool("x") for by in (4, 6, 10)}
    op = iv.Parallel({str(by): end for by, end in ends.items()})
    assert stride_and_reach(op, line(), "x") == (60, (2.25, 2.25))
    x = line(period=SIZE * 0.5)
    moved = {by: iv.invariance_error(op, x, iv.Translate(x=by * 0.5)).item() for by in (20, 60)}
    assert moved[60] < 1e-14
    assert moved[20] > 1e-4


def test_a_dim_that_is_created_again_under_a_lost_name_is_another_one():
    again = iv.Parallel({"a": iv.Relu(), "b": iv.Relu()}, dim="x")
    op = iv.MaxPool(window={"x": 4}) >> iv.GlobalPool("x") >> again
    plan = op.plan(iv.axes.Axes.of(line()))
    assert "x" not in plan.stride
    assert plan.stride_along("x") == 4


def test_what_a_branch_loses_is_diagnosed():
    x = iv.power_law_noise(*[iv.Axis(dim, size=64, unit="px") for dim in "yx"], exponent=1.0, rng=1)
    lost = iv.GlobalPool(("y", "x"))
    op = iv.Parallel({"a": iv.MaxPool(window={"y": 5, "x": 5}) >> lost})
    flat = iv.MaxPool(window={"y": 5, "x": 5}) >> lost
    found, same = iv.diagnose(op, x), iv.diagnose(flat, x)
    for dim in ("y", "x"):
        assert found[dim].attrs["stride"] == 5
        np.testing.assert_allclose(found[dim].invariance, same[dim].invariance, atol=1e-14)


def test_hmax_of_several_bands_is_diagnosed_on_a_picture():
    x = iv.power_law_noise(*[iv.Axis(dim, size=72, unit="px") for dim in "yx"], exponent=1.0, rng=1)
    patches = iv.models.sample_patches(iv.models.complex_cells(1)(x), 4, 3, rng=2)
    found = iv.diagnose(
        iv.models.hmax(patches, bands=(1, 2)), x, along="x", shifts=[1.0, 10.0, 20.0]
    )
    assert found["x"].attrs["stride"] == 20
    invariance = found["x"].invariance
    assert float(invariance.sel(length=20.0)) < 1e-12
    assert float(invariance.sel(length=10.0)) > 1e-3
